"""Rows on the nerve itself: fibres side by side through a squeezed, bare patch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.simulate.nerve.bundle import BundleOptions, make_bundle
from hemispasm.simulate.nerve.evoked import double_shock, evoke_lateral_spread
from hemispasm.simulate.nerve.spontaneous import watch_spontaneous
from hemispasm.validate.behaviour_experiments import Experiment
from hemispasm.validate.behaviour_scores import Measured, mean_of, median_of, share_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.simulate.nerve.bundle import Bundle
    from hemispasm.validate.behaviour_experiments import Scores

INTERVALS_MS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0)
SHORT_MS = 1.0
WATCHED_MS, QUICK_WATCHED_MS = 120.0, 40.0


def squeezed_bundle(seed: int) -> Bundle:
    """Return the bundle of one nerve under the vessel."""
    return make_bundle(BundleOptions(), seed)


@dataclass(frozen=True)
class Crossing:
    """What one volley of the upper branch does in one nerve, and what the nerve does by itself."""

    interpeak_ms: float
    share: float
    burst_rates_hz: NDArray[np.float64]


def observe_crossing(seed: int, quick: bool) -> Crossing:
    """Stimulate one nerve, then leave it alone."""
    bundle = squeezed_bundle(seed)
    evoked = evoke_lateral_spread(bundle, seed=seed)
    alone = watch_spontaneous(bundle, QUICK_WATCHED_MS if quick else WATCHED_MS, seed=seed)
    return Crossing(
        evoked.interpeak_ms,
        evoked.crossing,
        np.concatenate([evoked.burst_rates_hz, alone.burst_rates_hz]),
    )


def score_crossing(seen: Sequence[Crossing], rng: np.random.Generator) -> Scores:
    """Return rows 3, 6 and 7."""
    rates = np.concatenate([one.burst_rates_hz for one in seen])
    of = f"bursts of {len(seen)} nerves"
    lowest = [float(one.burst_rates_hz.min()) for one in seen if one.burst_rates_hz.size]
    highest = [float(one.burst_rates_hz.max()) for one in seen if one.burst_rates_hz.size]
    return {
        (3, "median_interval"): median_of([one.interpeak_ms for one in seen], "nerves"),
        (6, "median_rate"): median_of(rates, of),
        (6, "lowest_rate"): Measured(min(lowest, default=None), None, len(rates), of),
        (6, "highest_rate"): Measured(max(highest, default=None), None, len(rates), of),
        (7, "mean_share"): mean_of([100.0 * one.share for one in seen], "nerves", rng),
    }


@dataclass(frozen=True)
class Twice:
    """Answers of one nerve to one stimulus, and to the second of two by the interval."""

    first: bool
    present: NDArray[np.bool_]
    shift_ms: NDArray[np.float64]


def observe_twice(seed: int, quick: bool) -> Twice:
    """Stimulate one nerve twice in short succession."""
    bundle = squeezed_bundle(seed)
    found = double_shock(bundle, INTERVALS_MS, seed=seed)
    return Twice(
        evoke_lateral_spread(bundle, seed=seed).present,
        np.asarray(found.present, dtype=bool),
        np.asarray(found.shift_ms, dtype=float),
    )


def score_twice(seen: Sequence[Twice], rng: np.random.Generator) -> Scores:
    """Return row 5, of the nerves that answer to a single stimulus."""
    kept = [one for one in seen if one.first]
    present = np.array([one.present for one in kept]).reshape(-1, len(INTERVALS_MS))
    short = np.array(INTERVALS_MS) <= SHORT_MS
    back = recovery_interval(present)
    drawn = [
        recovery_interval(present[rng.integers(0, len(kept), len(kept))])
        for _ in range(500 if kept else 0)
    ]
    finite = [value for value in drawn if np.isfinite(value)]
    ends = np.percentile(finite, [2.5, 97.5]) if finite else None
    shifts = [float(np.nanmedian(one.shift_ms[one.present])) for one in kept if one.present.any()]
    return {
        (5, "absent_at_short_interval"): share_of(present[:, short].any(axis=1), "nerves"),
        (5, "recovery_interval"): Measured(
            back if np.isfinite(back) else None,
            None if ends is None else (float(ends[0]), float(ends[1])),
            len(kept),
            "nerves",
            "intervals " + ", ".join(f"{one:g}" for one in INTERVALS_MS) + " ms",
        ),
        (5, "latency_shift"): median_of(shifts, "nerves"),
    }


def recovery_interval(present: NDArray[np.bool_]) -> float:
    """Return the shortest interval from which on most nerves answer again, ms; inf where none.

    Examples
    --------
    >>> recovery_interval(np.array([[0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 1, 1]], dtype=bool))
    2.5
    """
    if not len(present):
        return float("inf")
    most = present.mean(axis=0) > 0.5
    found = [ms for k, ms in enumerate(INTERVALS_MS) if most[k]]
    return min(found, default=float("inf"))


BUNDLE_EXPERIMENTS = (
    Experiment("crossing", (3, 6, 7), 12, 2, 7.0, observe_crossing, score_crossing),
    Experiment("double shock", (5,), 8, 2, 8.0, observe_twice, score_twice),
)
"""Experiments on a bundle of fibres."""
