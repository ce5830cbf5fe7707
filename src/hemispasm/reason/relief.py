"""When relief came, among those relieved in the end: the published curve and who still waits."""

from __future__ import annotations

from dataclasses import dataclass

from hemispasm.evidence import lookup_evidence
from hemispasm.model.plan.common import Basis
from hemispasm.model.plan.mvd import CourseStep, Waiting
from hemispasm.reason.mvd_table import load_mvd_table
from hemispasm.stats import wilson_interval


@dataclass(frozen=True)
class _Step:
    day: float
    count: int
    n: int
    evidence: str


def relief_course() -> tuple[CourseStep, ...]:
    """Return the share relieved by each day after surgery, of those relieved in the end.

    Returns
    -------
    tuple of CourseStep
        In order of days, with Wilson intervals at 95 %. Conditional on eventual relief: it says
        when, never whether.

    Notes
    -----
    Source: ``relief_curve.day_7`` to ``relief_curve.day_365``.

    Examples
    --------
    >>> step = relief_course()[0]
    >>> step.day, round(step.share, 3)
    (7.0, 0.354)
    """
    return tuple(
        CourseStep(
            day=step.day,
            share=step.count / step.n,
            interval=wilson_interval(step.count, step.n).pair,
        )
        for step in _steps()
    )


def still_waiting(days_since: int) -> Waiting | None:
    """Return the share relieved only later, for a patient not relieved so long after surgery.

    Parameters
    ----------
    days_since : int
        Days since the operation.

    Returns
    -------
    Waiting or None
        Of those relieved in the end, the share whose relief came after the last day of the curve
        that has passed. None before the first day of the curve.

    Examples
    --------
    >>> waiting = still_waiting(100)
    >>> waiting.since_day, waiting.count, waiting.n
    (90.0, 47, 175)
    """
    passed = [step for step in _steps() if step.day <= days_since]
    if not passed:
        return None
    step = passed[-1]
    later = step.n - step.count
    return Waiting(
        days_since=days_since,
        since_day=step.day,
        later_share=later / step.n,
        interval=wilson_interval(later, step.n).pair,
        count=later,
        n=step.n,
        basis=Basis(evidence=(step.evidence,)),
    )


def relief_evidence() -> tuple[str, ...]:
    """Return the evidence keys of the curve."""
    return tuple(step.evidence for step in _steps())


def _steps() -> tuple[_Step, ...]:
    found = []
    for row in load_mvd_table()["course"]:
        item = lookup_evidence(row["evidence"])
        if item.count is None or item.n is None:
            raise ValueError(f"{item.key} needs a count and n to be a step of the curve")
        found.append(_Step(float(row["day"]), item.count, item.n, item.key))
    return tuple(found)
