"""Where imaging contradicts itself or the symptoms: shown to a person, settled by nobody here."""

from __future__ import annotations

from collections.abc import Iterator

from hemispasm.model.chart import Chart, Doubt, Observation
from hemispasm.model.finding import Origin
from hemispasm.model.plan.common import Because
from hemispasm.model.side import Side
from hemispasm.reason.conditions import Reasons, unique
from hemispasm.reason.sides import view_side

CONTACT = "imaging.vessel_contact"
#: What a surgeon reads of the images before an operation, in this order.
SHOWN = (
    "imaging.assessability",
    CONTACT,
    "imaging.vessel_nerve_distance",
    "imaging.conflict_grade",
    "imaging.nerve_deformity",
    "imaging.offending_vessel",
)
_SIDES = (Side.LEFT, Side.RIGHT)


def imaging_of_side(chart: Chart, side: Side | None) -> Reasons:
    """Return what imaging says of one side, a measurement and a reader's word side by side.

    Parameters
    ----------
    chart : Chart
        The patient.
    side : Side or None
        The side of the spasm; while it is unknown, in conflict or both, both sides are shown.

    Returns
    -------
    tuple of Because
        The newest of each code, side and kind of source.
    """
    wanted = (side,) if side in _SIDES else _SIDES
    found = [
        Because.of(seen)
        for code in SHOWN
        for each in wanted
        for seen in (_newest(chart, code, each, measured) for measured in (True, False))
        if seen is not None
    ]
    return unique(found)


def imaging_doubts(chart: Chart) -> tuple[Doubt, ...]:
    """Return where a measurement and a reader differ on contact, and where contact and symptoms do.

    Parameters
    ----------
    chart : Chart
        The patient.

    Returns
    -------
    tuple of Doubt
        Contact on the side without spasm and none on the side with it is a doubt about nothing but
        the images: contact is common on healthy sides. It never changes the side.

    Examples
    --------
    >>> from datetime import date
    >>> from hemispasm.model.case import Case
    >>> imaging_doubts(Chart(case=Case(id="P-1"), as_of=date(2026, 3, 2)))
    ()
    """
    return (*_differing(chart), *_other_side(chart))


def _differing(chart: Chart) -> Iterator[Doubt]:
    for side in _SIDES:
        ours, theirs = (_newest(chart, CONTACT, side, measured) for measured in (True, False))
        if ours is None or theirs is None:
            continue
        if {ours.finding.value, theirs.finding.value} == {"present", "absent"}:
            yield Doubt(
                day=max(ours.day, theirs.day),
                words=f"contact of vessel and nerve on the {side.value}: {ours.finding.value} as "
                f"measured, {theirs.finding.value} as read by a person; both are shown and neither "
                "is set aside",
            )


def _other_side(chart: Chart) -> Iterator[Doubt]:
    side = view_side(chart).side
    if side is None or side not in _SIDES:
        return
    for measured, word in ((True, "measured"), (False, "read")):
        here, there = (_newest(chart, CONTACT, each, measured) for each in (side, side.other))
        if here is None or there is None:
            continue
        if (here.finding.value, there.finding.value) == ("absent", "present"):
            yield Doubt(
                day=max(here.day, there.day),
                words=f"contact of vessel and nerve was {word} on the {side.other.value} and not "
                f"on the {side.value}, where the spasm is; contact is common on sides without "
                "spasm, and images do not say which side is affected",
            )


def _newest(chart: Chart, code: str, side: Side, measured: bool) -> Observation | None:
    found = [
        seen
        for seen in chart.every(code, side)
        if (seen.finding.origin is Origin.MEASURED) is measured
    ]
    return max(found, key=lambda seen: seen.day, default=None)
