"""The chart: everything known about one patient on one day, as findings and never as recordings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TypeVar

from hemispasm.model.base import Noun
from hemispasm.model.case import Case
from hemispasm.model.finding import Finding
from hemispasm.model.quality import Grade
from hemispasm.model.side import Side
from hemispasm.model.treatment import Operation, ToxinCycle, Treatments

TreatmentT = TypeVar("TreatmentT", ToxinCycle, Operation)


class Observation(Noun):
    """A finding with the day of the visit it belongs to."""

    day: date
    finding: Finding


class Doubt(Noun):
    """Answers of one visit that cannot both be right, in words; nothing is settled by us."""

    day: date
    words: str


class Chart(Noun):
    """What reasoning sees: the case, its findings over time, and its treatments.

    Unknown is not absent: a code without an observation was never asked, looked for or measured.

    Attributes
    ----------
    case : Case
        The patient.
    as_of : date
        The day from which the chart is read; nothing later is in it.
    observations : tuple of Observation
        Oldest first. Measured, examined, told and reported findings alike.
    doubts : tuple of Doubt
        What contradicts itself in the records.
    treatments : Treatments or None
        None: nobody said whether there were any.

    Examples
    --------
    >>> chart = Chart(case=Case(id="P-1"), as_of=date(2026, 3, 2), observations=(
    ...     Observation(day=date(2026, 3, 2), finding=Finding(
    ...         code="history.spasm", side=Side.LEFT, value="present", quality="measurable",
    ...         method="exam/1", origin="told")),))
    >>> chart.is_present("history.spasm", Side.LEFT), chart.is_present("history.tearing")
    (True, None)
    """

    case: Case
    as_of: date
    observations: tuple[Observation, ...] = ()
    treatments: Treatments | None = None
    doubts: tuple[Doubt, ...] = ()

    def every(self, code: str, side: Side | None = None) -> Iterator[Observation]:
        """Yield the assessable observations of a code, oldest first; of one side when given."""
        for seen in self.observations:
            finding = seen.finding
            if finding.code != code or (side is not None and finding.side != side):
                continue
            if finding.value is not None and finding.quality is not Grade.NOT_ASSESSABLE:
                yield seen

    def latest(self, code: str, side: Side | None = None) -> Observation | None:
        """Return the newest assessable observation of a code; None when there is none."""
        return max(self.every(code, side), key=lambda seen: seen.day, default=None)

    def value(self, code: str, side: Side | None = None) -> float | str | None:
        """Return the newest assessable value of a code; None when it is not known."""
        seen = self.latest(code, side)
        return None if seen is None else seen.finding.value

    def is_present(self, code: str, side: Side | None = None) -> bool | None:
        """Return whether a present/absent code is present; None when it is not known.

        Without a side, present on either side counts.
        """
        sides = (None, *Side) if side is None else (side,)
        values = [self.value(code, each) for each in sides]
        if "present" in values:
            return True
        # "not looked" and "not assessable" are values too, and neither of them means absent.
        return False if "absent" in values else None

    def sides_with(self, code: str, *values: str) -> tuple[Side, ...]:
        """Return the sides whose newest value of a code is one of these."""
        return tuple(side for side in Side if self.value(code, side) in values)

    def mirrored(self) -> Chart:
        """Return the chart with left and right exchanged, for the test that sides only swap."""
        swap = {"left": "right", "right": "left"}

        def of(finding: Finding) -> Finding:
            side = finding.side.other if finding.side else None
            value = finding.value
            if isinstance(value, str) and finding.code.endswith(".affected_side"):
                value = swap.get(value, value)
            return finding.model_copy(update={"side": side, "value": value})

        seen = tuple(o.model_copy(update={"finding": of(o.finding)}) for o in self.observations)
        treatments = self.treatments
        if treatments is not None:
            treatments = Treatments(
                toxin=tuple(_other_side(c) for c in treatments.toxin),
                operations=tuple(_other_side(o) for o in treatments.operations),
            )
        onset = self.case.onset
        case = self.case
        if onset is not None and onset.side is not None:
            case = case.model_copy(
                update={"onset": onset.model_copy(update={"side": onset.side.other})}
            )
        return self.model_copy(
            update={"observations": seen, "treatments": treatments, "case": case}
        )


def _other_side(given: TreatmentT) -> TreatmentT:
    return given.model_copy(update={"side": given.side.other}) if given.side else given
