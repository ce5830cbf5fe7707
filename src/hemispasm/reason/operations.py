"""The decompressions of one side."""

from __future__ import annotations

from hemispasm.model.chart import Chart
from hemispasm.model.side import Side
from hemispasm.model.treatment import Operation
from hemispasm.reason.records import decompressions, same_side


def decompressions_of(chart: Chart, side: Side | None) -> tuple[Operation, ...]:
    """Return the decompressions of a side up to the day of the chart, oldest first.

    Parameters
    ----------
    chart : Chart
        The patient.
    side : Side or None
        None: of whatever side. An operation whose side nobody wrote down fits any.

    Returns
    -------
    tuple of Operation
        Empty when there are none, or nobody said.
    """
    return tuple(o for o in decompressions(chart) if same_side(o.side, side))
