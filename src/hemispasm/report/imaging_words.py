"""Words and numbers that every part of the report on MRI prints alike."""

from __future__ import annotations

import re
from collections.abc import Iterable

from hemispasm.model import Finding, FindingsDocument, Side
from hemispasm.model.imaging import Role, Segment
from hemispasm.model.texts import load_texts
from hemispasm.report.document import (
    Cell,
    FromFinding,
    FromRule,
    Identifier,
    Number,
    Origin,
    Verbatim,
)
from hemispasm.report.number import plain_decimals
from hemispasm.report.phrase import phrase
from hemispasm.report.words import sentence_of

DISTANCE = "imaging.vessel_nerve_distance"
CONTACT = "imaging.vessel_contact"
GRADE = "imaging.conflict_grade"
SIDES = (Side.LEFT, Side.RIGHT)
#: Grades as readers write them.
ROMAN = {"0": "zero", "1": "I", "2": "II", "3": "III"}
_MM_DECIMALS = 2
_WITH_DIGITS = {Role.T1: "T1", Role.T1_CONTRAST: "T1", Role.T2: "T2"}


def side_title(side: Side) -> Cell:
    """Return a side at the beginning of a line."""
    return phrase(f"imaging.side.{side}")


def segment_words(segment: object, *, at: bool = False) -> Cell:
    """Return a stretch of the nerve in words; with ``at`` as the end of a sentence.

    Examples
    --------
    >>> segment_words("attached", at=True)
    ('at the attached segment',)
    """
    known = segment in {s.value for s in Segment}
    return phrase(f"imaging.segment.{'at_' if at else ''}{segment if known else 'unknown'}")


def candidate_words(finding: Finding, *, short: bool = False) -> Cell:
    """Return which vessel a finding is about: its running name, then what it is called."""
    ident = Identifier(str(finding.extra("candidate") or "–"))
    name = "unsure" if is_unsure(finding) else str(finding.extra("vessel") or "unnamed")
    table = "imaging.vessel_short" if short else "imaging.vessel"
    known = f"{table}.{name}" in load_texts()
    said = phrase(f"{table}.{name if known else 'unnamed'}")
    return phrase(f"imaging.vessel.{'short' if short else 'candidate'}", ident=ident, name=said)


def candidate_name(name: str) -> Cell:
    """Return the short name of a vessel."""
    key = f"imaging.vessel_short.{name}"
    return phrase(key if key in load_texts() else "imaging.vessel_short.unnamed")


def clause_of(reason: str) -> str:
    """Return a reason as the end of a sentence.

    Examples
    --------
    >>> clause_of("no_trunk: No trunk lies in the field")
    'no trunk lies in the field'
    """
    text = sentence_of(reason)
    return text[:1].lower() + text[1:]


def is_unsure(finding: Finding) -> bool:
    """Return whether the vessel is only a dark line."""
    return "vessel_unsure" in (finding.reason or "")


def distances(document: FindingsDocument, side: Side) -> list[Finding]:
    """Return the findings of distance of one side, the attached segment's apart, nearest first.

    Arteries come before dark lines that may be no vessel; inside a group the middle of the interval
    decides.
    """
    found = [
        finding
        for finding in document.findings
        if finding.code == DISTANCE
        and finding.side is side
        and finding.extra("segment") not in (None, Segment.ATTACHED.value)
    ]
    return sorted(found, key=lambda f: (is_unsure(f), _middle(f)))


def attached_of(document: FindingsDocument, side: Side) -> Finding | None:
    """Return the distance at the attached segment, None where nothing was looked for."""
    return next(
        (
            f
            for f in document.findings
            if f.code == DISTANCE
            and f.side is side
            and f.extra("segment") == Segment.ATTACHED.value
        ),
        None,
    )


def partner(document: FindingsDocument, of: Finding, code: str) -> Finding | None:
    """Return the finding of another code on the same vessel and stretch."""
    return next(
        (
            f
            for f in document.findings
            if f.code == code
            and f.side is of.side
            and f.extra("segment") == of.extra("segment")
            and f.extra("candidate") == of.extra("candidate")
        ),
        None,
    )


def _middle(finding: Finding) -> float:
    if isinstance(finding.value, float):
        return finding.value
    if finding.interval is not None:
        return 0.5 * (finding.interval[0] + finding.interval[1])
    return 1e3


def mm_number(finding: Finding) -> Number:
    """Return a length with its interval."""
    source = FromFinding(finding.code, finding.side)
    value = finding.value if isinstance(finding.value, float) else None
    return Number(value, "mm", source, finding.interval, finding.level, decimals=_MM_DECIMALS)


def distance_cell(finding: Finding) -> Cell:
    """Return a distance with its interval; the interval alone where no number is carried."""
    if isinstance(finding.value, float):
        return (mm_number(finding),)
    ends = finding.interval
    if ends is None:
        return phrase("imaging.compare.not_assessable")
    return phrase("imaging.conflicts.interval_only", interval=interval_number(finding, ends))


def interval_number(finding: Finding, ends: tuple[float, float], key: str | None = None) -> Number:
    """Return an interval alone, such as ``0.10 to 0.84 mm (95 %)``."""
    source = FromFinding(finding.code, finding.side, key=key)
    shown = Number(ends[0], "mm", source, ends, decimals=_MM_DECIMALS)
    level = f" ({finding.level * 100:g} %)" if finding.level else ""
    return Number(f"{shown.limits_text} mm{level}", "mm", source)


def phantom_number(finding: Finding) -> Number | None:
    """Return the interval on simulated series."""
    ends = finding.extra("interval_phantom")
    if ends is None:
        return None
    return interval_number(finding, (float(ends[0]), float(ends[1])), "interval_phantom")


def share_number(finding: Finding, value: float, key: str) -> Number:
    """Return a probability in whole per cent; next to nothing and next to all say so."""
    source = FromFinding(finding.code, finding.side, key=key)
    percent = 100.0 * value
    if percent < 1.0:
        return Number("below 1 %", "%", source)
    if percent > 99.0:
        return Number("above 99 %", "%", source)
    return Number(float(round(percent)), "%", source, decimals=0)


def p_contact_number(finding: Finding) -> Number | None:
    """Return the probability that the surfaces touch."""
    found = finding.extra("p_contact")
    return None if found is None else share_number(finding, float(found), "p_contact")


def factor_number(document: FindingsDocument) -> Number:
    """Return the factor that widens intervals for real series."""
    found = next(
        (f.extra("real_factor") for f in document.findings if f.extra("real_factor") is not None),
        None,
    )
    source = FromFinding(DISTANCE, key="real_factor")
    value = None if found is None else float(found)
    decimals = 0 if value is None else plain_decimals((value,))
    return Number(value, "1", source, absent="some", decimals=decimals)


def voxel_number(voxel_mm: Iterable[float], rule: str = "imaging.voxel") -> Number:
    """Return the three edges of a voxel, without the unit.

    Examples
    --------
    >>> voxel_number((0.5, 0.5, 1.0)).text
    '0.50 × 0.50 × 1.00'
    """
    return Number(" × ".join(f"{edge:.2f}" for edge in voxel_mm), "mm", FromRule(rule))


def place_number(xyz_mm: Iterable[float]) -> Number:
    """Return a place in the patient."""
    said = ", ".join(f"{value:.1f}" for value in xyz_mm)
    return Number(said.replace("-", "−"), "mm", FromRule("imaging.place"))


def limit_number(rule: str, value_mm: float) -> Number:
    """Return a limit of ours, an expert's rule, in millimetres."""
    return Number(value_mm, "mm", FromRule(rule), decimals=1)


def role_words(role: Role) -> Cell:
    """Return what a series is for."""
    if role in _WITH_DIGITS:
        contrast = phrase("imaging.series.with_contrast") if role is Role.T1_CONTRAST else ()
        return (Identifier(_WITH_DIGITS[role]), *contrast)
    return phrase(f"imaging.series.{role.value}")


def reason_cell(reason: str) -> Cell:
    """Return a reason of the measurement in the words that it came with."""
    return (Verbatim(sentence_of(reason), Origin.QUALITY),)


def reasons_of(finding: Finding) -> list[str]:
    """Return the separate reasons of a finding."""
    return [
        part for part in re.split(r"; (?=(?!series: )[a-z0-9_]+: )", finding.reason or "") if part
    ]
