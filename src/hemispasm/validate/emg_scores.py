"""One number of an EMG validation, and how its interval is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.stats import rankdata

from hemispasm.stats import wilson_interval
from hemispasm.validate.intervals import resampled_interval, widest, wilson_of
from hemispasm.validate.scoring import Score
from hemispasm.validate.tallies import Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.validate.emg_matching import BurstCount

Family = Literal["mechanistic", "phenomenological"]
Part = Literal["bursts", "lsr", "theatre", "synchrony", "sides", "rates", "latencies", "speed"]

OURS = "hemispasm"
Pair = tuple[float, float]


class EmgScore(Score):
    """A score with the part of the validation it belongs to.

    Attributes
    ----------
    part : str
        Part of the plan.
    family : {"mechanistic", "phenomenological"} or None
        How the recordings were made; None where it does not matter.
    tool : str
        ``hemispasm``, or what stands beside it.
    """

    part: Part
    family: Family | None = None
    tool: str = OURS


def auc(present: Sequence[float], absent: Sequence[float]) -> float | None:
    """Return the chance that a score with the thing exceeds one without; ties count half.

    Examples
    --------
    >>> auc([2.0, 3.0], [1.0, 2.0])
    0.875
    """
    if not len(present) or not len(absent):
        return None
    ranks = rankdata(np.concatenate([present, absent]))[: len(present)]
    n, m = len(present), len(absent)
    return float((ranks.sum() - n * (n + 1) / 2) / (n * m))


def auc_with_interval(
    units: Sequence[tuple[Sequence[float], Sequence[float]]], rng: np.random.Generator
) -> tuple[float | None, Pair | None]:
    """Return the AUC over patients and its interval, whole patients resampled.

    Parameters
    ----------
    units : sequence of (present, absent)
        Scores of one patient with and without the thing; either may be empty.
    rng : numpy.random.Generator
        Of the resampling.
    """

    def statistic(chosen: Sequence[tuple[Sequence[float], Sequence[float]]]) -> float | None:
        return auc([x for one, _ in chosen for x in one], [x for _, one in chosen for x in one])

    value = statistic(units)
    interval = resampled_interval(units, statistic, rng)
    if value is None:
        return None, None
    if interval is not None and interval[0] == interval[1]:
        # Resampling says nothing where every pair is in order; a count does.
        fewer = min(sum(len(one) for one, _ in units), sum(len(one) for _, one in units))
        interval = widest(interval, wilson_interval(round(value * fewer), fewer).pair)
    return value, interval


def percent_score(
    key: str,
    units: Sequence[tuple[int, int]],
    rng: np.random.Generator,
    *,
    of: str,
    part: Part,
    family: Family | None,
    tool: str = OURS,
    note: str | None = None,
) -> EmgScore:
    """Return a share in percent; ``units`` are hits and trials of each patient."""
    hits, trials = sum(one for one, _ in units), sum(n for _, n in units)
    value = 100.0 * hits / trials if trials else None
    interval = None
    if trials:
        counted = wilson_interval(hits, trials).pair
        drawn = None
        if any(n > 1 for _, n in units):
            drawn = resampled_interval(
                units,
                lambda chosen: (
                    sum(one for one, _ in chosen) / total
                    if (total := sum(n for _, n in chosen))
                    else None
                ),
                rng,
            )
        both = widest(counted, drawn)
        interval = None if both is None else (100.0 * both[0], 100.0 * both[1])
    return EmgScore(
        key=key, value=value, interval=interval, unit="%", n=trials, of=of, part=part,
        family=family, tool=tool, note=note,
    )  # fmt: skip


def number_score(
    key: str,
    values: Sequence[float],
    statistic: Literal["median", "p95", "mean"],
    rng: np.random.Generator,
    *,
    unit: str,
    of: str,
    part: Part,
    family: Family | None,
    tool: str = OURS,
    note: str | None = None,
) -> EmgScore:
    """Return the median, mean or 95th percentile of values, each from a patient of its own."""

    def of_these(chosen: Sequence[float]) -> float | None:
        if not len(chosen):
            return None
        if statistic == "mean":
            return float(np.mean(chosen))
        return float(np.percentile(chosen, 50 if statistic == "median" else 95))

    return EmgScore(
        key=key, value=of_these(values), interval=resampled_interval(values, of_these, rng),
        unit=unit, n=len(values), of=of, part=part, family=family, tool=tool, note=note,
    )  # fmt: skip


def f1_score(
    key: str,
    counts: Sequence[BurstCount],
    rng: np.random.Generator,
    *,
    part: Part,
    family: Family | None,
    tool: str = OURS,
) -> EmgScore:
    """Return F1 of bursts, recordings resampled; precision and recall stand in the note."""

    def statistic(chosen: Sequence[Tally]) -> float | None:
        return sum(chosen, Tally()).f1

    tallies = [count.tally for count in counts]
    total = sum(tallies, Tally())
    precision, recall = total.precision, total.recall
    note = None
    if precision is not None and recall is not None:
        note = f"precision {precision:.3f}, recall {recall:.3f}"
    return EmgScore(
        key=key, value=statistic(tallies),
        interval=widest(resampled_interval(tallies, statistic, rng), wilson_of(total, "f1")),
        n=total.hits + total.missed, of=f"bursts in {len(counts)} recordings", part=part,
        family=family, tool=tool, note=note,
    )  # fmt: skip


def onset_error_score(
    key: str,
    counts: Sequence[BurstCount],
    rng: np.random.Generator,
    *,
    part: Part,
    family: Family | None,
    tool: str = OURS,
) -> EmgScore:
    """Return the mean absolute onset error of matched bursts in ms, recordings resampled."""
    units = [(1000 * float(np.sum(np.abs(c.errors_s))), len(c.errors_s)) for c in counts]

    def statistic(chosen: Sequence[tuple[float, int]]) -> float | None:
        n = sum(count for _, count in chosen)
        return sum(total for total, _ in chosen) / n if n else None

    n = sum(count for _, count in units)
    every = 1000 * np.array([e for c in counts for e in c.errors_s])
    note = f"median {np.median(np.abs(every)):.2f}, bias {every.mean():+.2f}" if n else None
    return EmgScore(
        key=key, value=statistic(units), interval=resampled_interval(units, statistic, rng),
        unit="ms", n=n, of=f"matched bursts in {len(counts)} recordings", part=part,
        family=family, tool=tool, note=note,
    )  # fmt: skip
