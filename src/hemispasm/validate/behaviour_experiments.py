"""Experiments on simulated patients that answer the rows of the table of behaviour."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np

    from hemispasm.validate.behaviour_scores import Measured

Scores: TypeAlias = Mapping[tuple[int, str], "Measured"]
"""What an experiment found, by row number and key of the check."""


@dataclass(frozen=True)
class Experiment:
    """One way of asking the simulated patient; it may answer several rows.

    Attributes
    ----------
    name : str
        Stable name.
    rows : tuple of int
        Numbers of the rows it answers.
    runs, quick_runs : int
        How many seeds, in the plan and in the quick one.
    cost : float
        About how many CPU seconds one seed takes.
    observe : callable
        From a seed and whether the run is quick to what was seen; both picklable.
    score : callable
        From what was seen, in the order of the seeds, and a generator to the checks' numbers.
    """

    name: str
    rows: tuple[int, ...]
    runs: int
    quick_runs: int
    cost: float
    observe: Callable[[int, bool], Any]
    score: Callable[[Sequence[Any], np.random.Generator], Scores]


@cache
def load_experiments() -> tuple[Experiment, ...]:
    """Return every experiment; every row belongs to one.

    Examples
    --------
    >>> rows = [row for experiment in load_experiments() for row in experiment.rows]
    >>> sorted(set(rows)) == list(range(1, 28))
    True
    """
    from hemispasm.validate.behaviour_bundle import BUNDLE_EXPERIMENTS
    from hemispasm.validate.behaviour_course import COURSE_EXPERIMENTS
    from hemispasm.validate.behaviour_evoked import EVOKED_EXPERIMENTS
    from hemispasm.validate.behaviour_spontaneous import SPONTANEOUS_EXPERIMENTS

    return (
        *BUNDLE_EXPERIMENTS,
        *EVOKED_EXPERIMENTS,
        *SPONTANEOUS_EXPERIMENTS,
        *COURSE_EXPERIMENTS,
    )
