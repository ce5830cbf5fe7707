"""Shocks to a branch: what crosses at the patch, when it reaches the muscle, and what repeats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hemispasm.simulate.nerve.bundle import Bundle
from hemispasm.simulate.nerve.bursts import burst_rates, intervals_in_bursts
from hemispasm.simulate.nerve.parameters import Flags, Indices, Numbers, number
from hemispasm.simulate.nerve.run import BundleRun, Shock, run_bundle


@dataclass(frozen=True)
class Volley:
    """Impulses that climb from a stimulated branch to the bundle.

    Attributes
    ----------
    shocks : tuple of Shock
        One per stimulated fibre.
    skipped_ms : float
        Time of the stimulus to the branch minus the beginning of the run: what is added to a time
        of the run to count from the stimulus.
    """

    shocks: tuple[Shock, ...]
    skipped_ms: float


@dataclass(frozen=True)
class LateralSpread:
    """The answer of the fibres that were not stimulated.

    Attributes
    ----------
    crossing : float
        Share of the unstimulated fibres that the volley excites.
    latency_ms : array (fibres,)
        First impulse at the muscle, from the stimulus; nan in fibres that do not answer.
    onset_ms, median_ms : float
        Over the fibres that answer; nan without any.
    interpeak_ms : float
        Between the peaks of the volley and of the crossed impulses in the potential of the nerve
        3 mm distal of the patch; nan without any.
    intervals_s, burst_rates_hz : array
        Intervals inside bursts of crossed fibres, and one rate per burst of three or more.
    impulses : array of int (fibres,)
        Impulses of each fibre that answers.
    """

    crossing: float
    latency_ms: Numbers
    onset_ms: float
    median_ms: float
    interpeak_ms: float
    intervals_s: Numbers
    burst_rates_hz: Numbers
    impulses: Indices

    @property
    def present(self) -> bool:
        """Whether any fibre answers."""
        return bool(np.isfinite(self.latency_ms).any())


@dataclass(frozen=True)
class DoubleShock:
    """Second answers to pairs of stimuli.

    Attributes
    ----------
    intervals_ms : array
        Between the two stimuli.
    share : array
        Fibres that answer to the second stimulus, relative to those that could be seen to: they
        answer to a single one, and its afterdischarge leaves the expected time free. nan where no
        fibre could.
    present : array of bool
        Whether that share is seen as a response.
    shift_ms : array
        Median latency of the second answer minus that of the first, same fibre; nan without any.
    """

    intervals_ms: Numbers
    share: Numbers
    present: Flags
    shift_ms: Numbers


@dataclass(frozen=True)
class Jitter:
    """Spread of the latency over repeated stimuli.

    Attributes
    ----------
    spread_ms : array
        Standard deviation per fibre that answers at least three times.
    median_ms : float
        Over fibres; nan without any.
    """

    spread_ms: Numbers
    median_ms: float


def make_volley(bundle: Bundle, *, upper: bool = True, dispersed: bool = True) -> Volley:
    """Return the impulses of a shock to a branch when they come to the distal end of the bundle.

    Parameters
    ----------
    bundle : Bundle
        The nerve.
    upper : bool
        The upper branch; otherwise the lower one.
    dispersed : bool
        Each fibre at its own velocity; otherwise all at once, which overstates what crosses.
    """
    side_mm = 1e-3 * bundle.shape.length[: bundle.layout.patch.start].sum(axis=0)
    arrival = (number("nerve.to_patch_mm") - side_mm) / bundle.velocity_m_s
    chosen = np.flatnonzero(bundle.branch(upper=upper))
    if chosen.size == 0:
        return Volley((), 0.0)
    middle = float(np.median(arrival[chosen]))
    arrival = arrival if dispersed else np.full_like(arrival, middle)
    skipped = float(arrival[chosen].min()) - number("run.settle_ms")
    return Volley(tuple(Shock(int(i), float(arrival[i] - skipped)) for i in chosen), skipped)


def evoke_lateral_spread(
    bundle: Bundle,
    *,
    upper: bool = True,
    seed: int = 0,
    dispersed: bool = True,
    duration_ms: float = 20.0,
    dt_us: float | None = None,
) -> LateralSpread:
    """Stimulate one branch once and read the other.

    A fibre counts as crossed into when it is silent in the same run without a stimulus.

    Parameters
    ----------
    bundle : Bundle
        The nerve.
    upper : bool
        Stimulate the upper branch, or the lower one; all other fibres are read.
    seed : int
        Of the membrane noise.
    dispersed : bool
        As in ``make_volley``.
    duration_ms, dt_us : float
        Of the run.

    Returns
    -------
    LateralSpread
        Latencies from the stimulus at the branch to the muscle.
    """
    volley = make_volley(bundle, upper=upper, dispersed=dispersed)
    run = run_bundle(bundle, volley.shocks, duration_ms, seed=seed, dt_us=dt_us)
    silent = _silent_alone(bundle, duration_ms, seed, dt_us)
    return read_lateral_spread(run, volley, silent, upper=upper)


def read_lateral_spread(
    run: BundleRun, volley: Volley, silent: Flags, *, upper: bool
) -> LateralSpread:
    """Read the answer of the unstimulated branch from a run.

    Parameters
    ----------
    run : BundleRun
        With the volley.
    volley : Volley
        What was put in.
    silent : array of bool (fibres,)
        Fibres without an impulse of their own in this time.
    upper : bool
        The stimulated branch.
    """
    bundle = run.bundle
    other = ~bundle.branch(upper=upper)
    arrived = run.first("distal")
    start = float(arrived[~other].min(initial=np.inf))
    crossed = other & silent & (arrived >= start) & (arrived < start + number("read.window_ms"))
    onward_mm = number("nerve.to_muscle_mm") - number("nerve.record_mm")
    outside = onward_mm / bundle.velocity_m_s + number("nerve.terminal_ms") + volley.skipped_ms
    latency = np.where(crossed, arrived + outside, np.nan)
    fibre, time = run.at("distal")
    chosen = crossed[fibre]
    return LateralSpread(
        crossing=float(crossed.sum() / max(other.sum(), 1)),
        latency_ms=latency,
        onset_ms=float(latency[crossed].min()) if crossed.any() else float("nan"),
        median_ms=float(np.median(latency[crossed])) if crossed.any() else float("nan"),
        interpeak_ms=_interpeak(arrived[~other], arrived[crossed]),
        intervals_s=intervals_in_bursts(fibre[chosen], time[chosen]),
        burst_rates_hz=burst_rates(fibre[chosen], time[chosen]),
        impulses=np.bincount(fibre[chosen], minlength=other.size),
    )


def _silent_alone(bundle: Bundle, duration_ms: float, seed: int, dt_us: float | None) -> Flags:
    """Return which fibres have no impulse of their own in a run without stimuli."""
    if bundle.options.noise <= 0.0 or not bundle.bare.any():
        return np.ones(bundle.upper.size, dtype=bool)
    alone = run_bundle(bundle, (), duration_ms, seed=seed, dt_us=dt_us)
    return ~np.isfinite(alone.first("distal"))


def _interpeak(volley_ms: Numbers, crossed_ms: Numbers) -> float:
    """Return the time from the peak of the volley to that of the crossed impulses, ms."""
    volley = volley_ms[np.isfinite(volley_ms)]
    if volley.size == 0 or crossed_ms.size == 0:
        return float("nan")
    return _peak(crossed_ms) - _peak(volley)


def _peak(times_ms: Numbers) -> float:
    """Return where the summed potential of impulses is highest, ms."""
    width = number("read.kernel_ms")
    grid = np.arange(times_ms.min() - width, times_ms.max() + width, 0.01)
    summed = np.exp(-0.5 * ((grid[:, None] - times_ms) / width) ** 2).sum(axis=1)
    return float(grid[np.argmax(summed)])


def double_shock(
    bundle: Bundle,
    intervals_ms: tuple[float, ...] = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0),
    *,
    upper: bool = True,
    seed: int = 0,
    dt_us: float | None = None,
) -> DoubleShock:
    """Stimulate a branch twice and see whether the other answers again.

    An impulse counts for the second stimulus when the run with the first stimulus alone has none of
    the same fibre near it, and when the fibre has kept its answer to the first: afterdischarge of
    the first answer does not count, nor does a first answer that the second volley has moved.

    Parameters
    ----------
    bundle : Bundle
        The nerve.
    intervals_ms : tuple of float
        Between the stimuli.
    upper : bool
        The stimulated branch.
    seed : int
        Of the membrane noise.
    dt_us : float, optional
        Step.

    Returns
    -------
    DoubleShock
        One entry per interval.
    """
    volley = make_volley(bundle, upper=upper)
    length = 16.0 + max(intervals_ms)
    once = run_bundle(bundle, volley.shocks, length, seed=seed, dt_us=dt_us)
    silent = _silent_alone(bundle, length, seed, dt_us)
    first = once.first("distal")
    single = read_lateral_spread(once, volley, silent, upper=upper)
    crossed = np.flatnonzero(np.isfinite(single.latency_ms))
    share, shift = [], []
    for interval in intervals_ms:
        again = tuple(Shock(s.fibre, s.time_ms + interval, s.proximal) for s in volley.shocks)
        twice = run_bundle(bundle, volley.shocks + again, length, seed=seed, dt_us=dt_us)
        free = [i for i in crossed if _silent_near(once, int(i), first[i] + interval)]
        late = [
            found - interval - first[i]
            for i in free
            for found in [_new_near(twice, once, int(i), first[i] + interval)]
            if np.isfinite(found) and _kept(twice, int(i), first[i])
        ]
        share.append(len(late) / len(free) if free else float("nan"))
        shift.append(float(np.median(late)) if late else float("nan"))
    return DoubleShock(
        np.array(intervals_ms),
        np.array(share),
        np.array(share) >= number("read.second_share"),
        np.array(shift),
    )


def _silent_near(once: BundleRun, fibre: int, expected_ms: float) -> bool:
    """Return whether the first stimulus alone leaves a fibre silent near a time.

    Where its afterdischarge falls on the time, an answer could be neither seen nor missed.
    """
    apart = np.abs(_times(once, fibre) - expected_ms)
    return bool(apart.min(initial=np.inf) >= 2.0 * number("read.same_ms"))


def _kept(twice: BundleRun, fibre: int, first_ms: float) -> bool:
    """Return whether a fibre still answers to the first stimulus when a second one follows.

    Where its only impulse has moved, the two volleys together have made one answer, not two.
    """
    apart = np.abs(_times(twice, fibre) - first_ms)
    return bool(apart.min(initial=np.inf) <= number("read.same_ms"))


def _new_near(twice: BundleRun, once: BundleRun, fibre: int, expected_ms: float) -> float:
    """Return the impulse of a fibre near a time that the first stimulus alone does not explain."""
    near = 2.0 * number("read.same_ms")
    found = _times(twice, fibre)
    known = _times(once, fibre)
    for time in found[np.abs(found - expected_ms) < near]:
        if np.abs(known - time).min(initial=np.inf) > number("read.same_ms"):
            return float(time)
    return float("nan")


def _times(run: BundleRun, fibre: int) -> Numbers:
    """Return the impulses of one fibre 3 mm distal of the patch, ms."""
    of, time = run.at("distal")
    return time[of == fibre]


def measure_jitter(
    bundle: Bundle,
    *,
    trials: int = 6,
    upper: bool = True,
    seed: int = 0,
    dt_us: float | None = None,
) -> Jitter:
    """Repeat a stimulus under new membrane noise and measure how the latency varies.

    Parameters
    ----------
    bundle : Bundle
        The nerve, with noise.
    trials : int
        Stimuli.
    upper : bool
        The stimulated branch.
    seed : int
        Of the first trial's noise; the others follow.
    dt_us : float, optional
        Step.

    Returns
    -------
    Jitter
        Per fibre over trials.
    """
    latency = np.stack(
        [
            evoke_lateral_spread(
                bundle, upper=upper, seed=1000 * seed + trial, duration_ms=14.0, dt_us=dt_us
            ).latency_ms
            for trial in range(trials)
        ]
    )
    often = np.isfinite(latency).sum(axis=0) >= 3
    spread = np.nanstd(latency[:, often], axis=0, ddof=1) if often.any() else np.zeros(0)
    return Jitter(spread, float(np.median(spread)) if spread.size else float("nan"))
