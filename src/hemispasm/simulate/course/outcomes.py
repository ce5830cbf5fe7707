"""What a follow-up after decompression finds: relief, its day, silence, spasms, recurrence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.course.parameters import CourseSettings

    Floats = NDArray[np.float64]

OUTCOMES = ("complete", "partial", "none")


@dataclass(frozen=True)
class Judged:
    """What the centre found in each patient, by its own criterion of a spasm.

    Attributes
    ----------
    relief_day : ndarray of float
        First day of a long run without spasm, from the operation; nan where none came.
    outcome : ndarray of int
        Index into `OUTCOMES` on the day of the final result.
    spasm : ndarray of bool, shape (patients, days)
    silent_days : ndarray of float
        Days without spasm right after the operation, where spasms then came back and later went
        for good; nan otherwise.
    recurrence_day : ndarray of float
        First spasm after relief, from the operation; nan where none came.
    """

    relief_day: Floats
    outcome: NDArray[np.int8]
    spasm: NDArray[np.bool_]
    silent_days: Floats
    recurrence_day: Floats


def judge(
    traces: NDArray[np.float32], before: Floats, criterion: float, settings: CourseSettings
) -> Judged:
    """Return what a centre finds.

    Parameters
    ----------
    traces : ndarray
        Of `follow_days`, from the day of the operation on: at least the final day and the length
        of a run of relief.
    before : ndarray of float
        Drive of each patient before the operation.
    criterion : float
        Drive from which this centre counts a spasm.
    settings : CourseSettings
    """
    run = int(settings.number("judged.relief_run_days"))
    final = min(int(settings.number("judged.final_day")), traces.shape[2] - 1)
    excess = traces[0] - np.float32(criterion) - traces[1]
    spasm = excess > 0.0
    relief = _relief_day(spasm, run)
    share = excess[:, final] / np.maximum(before - criterion, 1e-6)
    partial = share <= settings.number("judged.partial_below")
    outcome = np.where(~spasm[:, final], 0, np.where(partial, 1, 2)).astype(np.int8)
    returned = _first_after(spasm, relief)
    first = _first_after(spasm, np.zeros(len(relief)))
    silent = np.where(~spasm[:, 0] & (first < relief), first, np.nan)
    return Judged(relief, outcome, spasm, silent, returned)


@njit(cache=True)
def _relief_day(spasm, run):  # type: ignore[no-untyped-def]
    """Return the first day of ``run`` days without spasm, or nan."""
    patients, days = spasm.shape
    found = np.full(patients, np.nan)
    for i in range(patients):
        free = 0
        for day in range(days):
            free = 0 if spasm[i, day] else free + 1
            if free == run:
                found[i] = day - run + 1
                break
    return found


@njit(cache=True)
def _first_after(spasm, start):  # type: ignore[no-untyped-def]
    """Return the first day with spasm from some day on, or nan; nan as a start stays nan."""
    patients, days = spasm.shape
    found = np.full(patients, np.nan)
    for i in range(patients):
        if np.isnan(start[i]):
            continue
        for day in range(int(start[i]), days):
            if spasm[i, day]:
                found[i] = day
                break
    return found
