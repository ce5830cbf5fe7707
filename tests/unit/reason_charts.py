"""Charts for the tests of reasoning, in one line each."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hemispasm.model.case import Case
from hemispasm.model.chart import Chart, Observation
from hemispasm.model.finding import Finding, Origin
from hemispasm.model.side import Side
from hemispasm.model.treatment import Operation, ToxinCycle, Treatments
from hemispasm.model.vocabulary import lookup_code

DAY = date(2026, 3, 2)
UNTREATED = Treatments()


def origin_of(code: str) -> Origin:
    """Return who usually says it."""
    room = code.partition(".")[0]
    told = {"history": Origin.TOLD, "preference": Origin.TOLD, "exam": Origin.EXAMINED}
    measured = {"video": Origin.MEASURED, "emg": Origin.MEASURED, "scale": Origin.EXAMINED}
    return {**told, **measured}.get(room, Origin.REPORTED)


def seen(
    code: str, value: float | str = "present", side: str | None = None, **changes: Any
) -> Observation:
    """Return one observation; ``days`` moves it before (negative) or after the day."""
    day = DAY + timedelta(days=changes.pop("days", 0))
    extra: dict[str, Any] = {
        "quality": "measurable",
        "method": "test/1",
        "origin": origin_of(code),
        "unit": None if isinstance(value, str) else lookup_code(code).unit,
        **changes,
    }
    finding = Finding(code=code, value=value, side=None if side is None else Side(side), **extra)
    return Observation(day=day, finding=finding)


def chart(
    *observations: Observation,
    as_of: date = DAY,
    treatments: Treatments | None = None,
    **case: Any,
) -> Chart:
    """Return a chart of these observations."""
    return Chart(
        case=Case(id="P-1", **case), as_of=as_of, observations=observations, treatments=treatments
    )


def toxin(days_before: int, **changes: Any) -> ToxinCycle:
    """Return a toxin cycle so many days before the day."""
    return ToxinCycle(day=DAY - timedelta(days=days_before), **changes)


def operation(days_before: int, **changes: Any) -> Operation:
    """Return a decompression so many days before the day."""
    fields = {"kind": "microvascular_decompression", **changes}
    return Operation(day=DAY - timedelta(days=days_before), **fields)
