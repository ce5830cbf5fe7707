"""What the lateral spread at surgery says: two meta-analyses side by side, never one number."""

from __future__ import annotations

from datetime import timedelta

from hemispasm.model.chart import Chart
from hemispasm.model.plan.mvd import ResidualRisk
from hemispasm.model.side import Side
from hemispasm.model.treatment import Operation
from hemispasm.reason.mvd_table import load_mvd_table, mvd_limit

LOST = ("lost_at_opening", "lost_at_arachnoid", "lost_at_decompression")


def residual_risks(
    chart: Chart, operation: Operation, side: Side | None
) -> tuple[ResidualRisk, ...]:
    """Return the published figures that go with what the lateral spread did.

    Parameters
    ----------
    chart : Chart
        Read for ``emg.lateral_spread_at_surgery`` of the operated side, recorded on or after the
        day of the operation.
    operation : Operation
        The decompression.
    side : Side or None
        The operated side.

    Returns
    -------
    tuple of ResidualRisk
        The rows of what happened; every row when nobody wrote down what happened.
    """
    rows = tuple(ResidualRisk(**row) for row in load_mvd_table()["residual"])
    status = lateral_spread_at_surgery(chart, operation, side)
    return rows if status is None else tuple(r for r in rows if r.lateral_spread == status)


def lateral_spread_at_surgery(chart: Chart, operation: Operation, side: Side | None) -> str | None:
    """Return ``lost``, ``persisted`` or ``never_recorded``; None when it is not known."""
    found = _value_between(
        chart, "emg.lateral_spread_at_surgery", operation, side, (0.0, float("inf"))
    )
    if found is None:
        return None
    return "lost" if found in LOST else found


def month_after(chart: Chart, operation: Operation, side: Side | None) -> ResidualRisk | None:
    """Return the figure that goes with a lateral spread still there a month after surgery.

    None when it was not recorded then, or is gone: the source tells of those in whom it is there
    and the spasm too.
    """
    span = (mvd_limit("month_finding_from_days"), mvd_limit("month_finding_until_days"))
    found = _value_between(chart, "emg.lateral_spread_after_month", operation, side, span)
    row = load_mvd_table().get("month_after")
    return ResidualRisk(**row) if found == "present" and row else None


def _value_between(
    chart: Chart,
    code: str,
    operation: Operation,
    side: Side | None,
    days: tuple[float, float],
) -> str | None:
    if side is None:
        return None
    first = operation.day + timedelta(days=days[0])
    seen = [o for o in chart.every(code, side) if o.day >= first]
    if days[1] != float("inf"):
        last = operation.day + timedelta(days=days[1])
        seen = [o for o in seen if o.day <= last]
    newest = max(seen, key=lambda o: o.day, default=None)
    return None if newest is None else str(newest.finding.value)
