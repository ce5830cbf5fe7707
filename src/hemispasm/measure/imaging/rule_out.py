"""The rule-out checklist: what these series could show. A reader answers it, never a program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hemispasm.model import Finding, Grade
from hemispasm.model.imaging import Role
from hemispasm.model.side import Side

if TYPE_CHECKING:
    from hemispasm.model.imaging import ImagingStudy

METHOD = "imaging/1"
_SIDED = (Side.LEFT, Side.RIGHT)
_NEEDS: dict[str, tuple[tuple[Role, ...], bool]] = {
    "imaging.cpa_mass": ((Role.CISS, Role.T1_CONTRAST, Role.T2, Role.CT, Role.CTA), True),
    "imaging.vascular_malformation": ((Role.TOF, Role.CTA, Role.DSA), True),
    "imaging.aneurysm_or_ectasia": ((Role.TOF, Role.CTA, Role.DSA), True),
    "imaging.demyelination": ((Role.FLAIR, Role.T2), False),
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
    here = {volume.role for volume in study.volumes}
    return tuple(
        ChecklistItem(code, tuple(role for role in roles if role in here))
        for code, (roles, _) in _NEEDS.items()
    )


def rule_out_findings(study: ImagingStudy) -> list[Finding]:
    """Return the checklist as findings, unanswered."""
    found = []
    for item in checklist_of(study):
        sides = _SIDED if _NEEDS[item.code][1] else (None,)
        shown = ", ".join(role.value for role in item.series)
        reason = (
            f"reader_must_look: series that can show it: {shown}"
            if item.series
            else "series_missing: no series at hand shows it"
        )
        found += [
            Finding(
                code=item.code,
                side=side,
                value=item.value,
                quality=Grade.NOT_ASSESSABLE,
                method=METHOD,
                reason=reason,
            )
            for side in sides
        ]
    return found
