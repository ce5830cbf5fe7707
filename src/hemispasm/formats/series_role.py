"""What a series is for: rules on its header, each with the confidence it deserves."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from hemispasm.model.imaging import Role, SequenceFacts

# The first rule that fits wins. Names of vendors: CISS, TrueFISP, SPACE (Siemens), FIESTA-C, CUBE
# (GE), DRIVE, VISTA, bFFE, 3D TSE (Philips).
_WORDS: tuple[tuple[str, Role, float], ...] = (
    (r"flair|dark.?fluid|tirm", Role.FLAIR, 0.95),
    (r"\bswi\b|swan|swip|\bdwi\b|\badc\b|diff|ep2d|perf|localizer|scout|survey", Role.UNKNOWN, 0.9),
    (r"ciss|fiesta|trufi|true.?fisp|b.?ffe|balanced|bssfp|cistern|\bdrive\b", Role.CISS, 0.95),
    (r"tof|time.?of.?flight|inflow|\bmra\b|fl3d_ta", Role.TOF, 0.9),
    (
        r"\bt1.*(gd|\+c|\bce\b|post|km\b|contrast|gado)|(gd|post|contrast).*t1",
        Role.T1_CONTRAST,
        0.85,
    ),
    (r"mp.?rage|bravo|\bt1|spgr|vibe|flash|fspgr|t1.?w|tfe\b", Role.T1, 0.85),
    (r"(space|cube|vista|3d.*tse|tse.*3d|ci3d|t2.*3d|3d.*t2)", Role.CISS, 0.7),
    (r"t2", Role.T2, 0.7),
)


@dataclass(frozen=True)
class RoleHints:
    """What a header gives: its free text (never kept), facts, and codes of the image type."""

    text: str
    facts: SequenceFacts
    steady_state: bool = False
    spin_echo: bool = False
    image_type: tuple[str, ...] = field(default_factory=tuple)


def guess_role(hints: RoleHints) -> tuple[Role, float, str]:
    """Return role, confidence and the rule that said so.

    The words of the series speak first; without them the physics does, with less confidence.
    Where both speak and contradict each other, the confidence is halved.

    Examples
    --------
    >>> guess_role(RoleHints("t2_ci3d_tra", SequenceFacts(modality="MR", acquired_3d=True)))[0]
    <Role.CISS: 'ciss'>
    >>> guess_role(RoleHints("", SequenceFacts(modality="CT", contrast=True)))[:2]
    (<Role.CTA: 'cta'>, 0.7)
    """
    facts = hints.facts
    text = hints.text.lower().replace("_", " ")
    if facts.modality == "XA":
        return Role.DSA, 0.9, "modality XA"
    if facts.modality == "CT":
        named = re.search(r"angio|cta", text) is not None
        if named or facts.contrast:
            return Role.CTA, 0.9 if named else 0.7, "modality CT with contrast"
        return Role.CT, 0.9, "modality CT"
    if facts.modality not in (None, "MR"):
        return Role.UNKNOWN, 0.0, f"modality {facts.modality}"
    told, sure, word = _by_words(text, facts)
    measured, fit = _by_physics(hints)
    if told is not None:
        clash = measured not in (Role.UNKNOWN, told) and {measured, told} != _SAME
        return told, sure * (0.5 if clash else 1.0), f"series description says {word!r}"
    if measured is not Role.UNKNOWN:
        return measured, fit, "echo, repetition and flip angle"
    return Role.UNKNOWN, 0.0, "nobody"


_SAME = {Role.T1, Role.T1_CONTRAST}


def _by_words(text: str, facts: SequenceFacts) -> tuple[Role | None, float, str]:
    for pattern, role, sure in _WORDS:
        found = re.search(pattern, text)
        if found is None:
            continue
        if role is Role.T1 and facts.contrast:
            role = Role.T1_CONTRAST
        if role is Role.CISS and facts.acquired_3d is False:
            role, sure = Role.T2, 0.6
        return role, sure, found.group(0)
    return None, 0.0, ""


def _by_physics(hints: RoleHints) -> tuple[Role, float]:
    """Return what repetition, echo and flip angle allow; the limits are an expert's rule."""
    facts = hints.facts
    tr, te, flip, ti = facts.repetition_ms, facts.echo_ms, facts.flip_deg, facts.inversion_ms
    if tr is None or te is None:
        return Role.UNKNOWN, 0.0
    if ti is not None and ti >= 1500.0 and te > 60.0:
        return Role.FLAIR, 0.7
    if not facts.acquired_3d:
        return (Role.T2, 0.5) if tr > 2000.0 and te > 60.0 else (Role.UNKNOWN, 0.0)
    if tr < 15.0 and te > 0.33 * tr and flip is not None and flip >= 30.0:
        return Role.CISS, 0.7 if hints.steady_state else 0.6
    if te > 60.0 and (hints.spin_echo or tr > 900.0):
        return Role.CISS, 0.5
    if 15.0 <= tr <= 45.0 and te < 9.0 and flip is not None and 10.0 <= flip <= 35.0:
        return Role.TOF, 0.5
    if te < 7.0 and (tr < 15.0 or (ti is not None and 500.0 <= ti <= 1300.0)):
        return (Role.T1_CONTRAST if facts.contrast else Role.T1), 0.6
    return Role.UNKNOWN, 0.0
