"""The rule-out checklist: what these series could show. A reader answers it, never a program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hemispasm.measure.imaging.hints import find_hints
from hemispasm.model import Finding, Grade
from hemispasm.model.imaging import Role
from hemispasm.model.side import Side

if TYPE_CHECKING:
    from hemispasm.measure.imaging.hints import Hint
    from hemispasm.model.imaging import ImagingStudy
    from hemispasm.model.seeds import Seeds

METHOD = "imaging/1"
_SIDED = (Side.LEFT, Side.RIGHT)
_NEEDS: dict[str, tuple[tuple[Role, ...], bool]] = {
    "imaging.cpa_mass": ((Role.CISS, Role.T1_CONTRAST, Role.T2, Role.CT, Role.CTA), True),
    "imaging.vascular_malformation": ((Role.TOF, Role.CTA, Role.DSA), True),
    "imaging.aneurysm_or_ectasia": ((Role.TOF, Role.CTA, Role.DSA), True),
    "imaging.demyelination": ((Role.FLAIR, Role.T2), False),
    "imaging.brainstem_lesion": ((Role.FLAIR, Role.T2, Role.T1_CONTRAST), True),
    "imaging.adhesions": ((Role.CISS,), True),
}


@dataclass(frozen=True)
class ChecklistItem:
    """One question of the checklist.

    Attributes
    ----------
    code : str
        Of the vocabulary.
    series : tuple of Role
        Series of this study that can show it; empty: not assessable.
    """

    code: str
    series: tuple[Role, ...]

    @property
    def value(self) -> str:
        """``not_looked`` until a reader looks, ``not_assessable`` where no series shows it."""
        return "not_looked" if self.series else "not_assessable"


def checklist_of(study: ImagingStudy) -> tuple[ChecklistItem, ...]:
    """Return the checklist for the series at hand.

    Nothing is ever prefilled as ``not_seen``: no exclusion is automatic.
    """
    here = {volume.role for volume in study.volumes} | {series.role for series in study.seen}
    return tuple(
        ChecklistItem(code, tuple(role for role in roles if role in here))
        for code, (roles, _) in _NEEDS.items()
    )


def rule_out_findings(
    study: ImagingStudy, seeds: Seeds | None = None, withheld: tuple[Side, ...] = ()
) -> list[Finding]:
    """Return the checklist as findings, with hints beside it and unanswered.

    A reader answers; the value of a finding stays ``not_looked`` (or ``not_assessable`` where no
    series at hand shows it) whatever a measure says. ``hint`` is ``seen`` (a measure is over its
    limit: look there first), ``not_seen`` (it is not; that excludes nothing) or ``not_measured``.

    Parameters
    ----------
    study : ImagingStudy
        Every series of the session.
    seeds : Seeds, optional
        Clicks; hints need both ends of VII.
    withheld : tuple of Side
        Sides whose clicks contradict their name: no hint there.
    """
    hints: list[Hint] = []
    if seeds is not None:
        for marked in _SIDED:
            if marked not in withheld:
                hints += find_hints(study, seeds, marked)
    found = []
    for item in checklist_of(study):
        for side in _SIDED if _NEEDS[item.code][1] else (None,):
            own = [h for h in hints if h.code == item.code and side in (None, h.side)]
            found.append(_finding(item, side, own))
    return found


def _finding(item: ChecklistItem, side: Side | None, hints: list[Hint]) -> Finding:
    """Return one line of the checklist with the measure that speaks loudest."""
    shown = ", ".join(role.value for role in item.series)
    reason = (
        f"reader_must_look: series that can show it: {shown}"
        if item.series
        else "series_missing: no series at hand shows it"
    )
    extra: dict[str, Any] = {"series": [role.value for role in item.series]}
    if item.series:
        extra["hint"] = "not_measured"
    if hints:
        best = max(hints, key=lambda h: (h.is_over, h.value / h.limit))
        extra |= {
            "hint": "seen" if best.is_over else "not_seen",
            "hint_measure": best.measure,
            "hint_value": best.value,
            "hint_limit": best.limit,
        }
        if side is None:
            extra["hint_side"] = best.side.value
        word = "above" if best.is_over else "not above"
        reason = (
            f"{'look_here_first' if best.is_over else 'no_hint'}: {best.measure} is "
            f"{best.value:.2f} on {best.role.value}, {word} {best.limit:.2f}"
            f"{'' if best.is_over else '; that excludes nothing'}; {reason}"
        )
    return Finding(
        code=item.code,
        side=side,
        value=item.value,
        quality=Grade.NOT_ASSESSABLE,
        method=METHOD,
        reason=reason,
        **extra,
    )
