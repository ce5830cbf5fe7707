"""What the channels of one side show together: bursts, spasms, spacing, common firing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.intraburst import measure_intraburst_rate
from hemispasm.measure.emg.limits import spontaneous_limit as limit
from hemispasm.measure.emg.measured import Measured, missing
from hemispasm.measure.emg.patterns import shared_share
from hemispasm.measure.emg.spasms import (
    Spasm,
    bootstrap_interval,
    burst_intervals,
    local_variation,
    merge_bursts,
    spacing_cv,
    tonic_share,
)
from hemispasm.measure.emg.synchrony import Synchrony, family_p, measure_synchrony
from hemispasm.stats import (
    Interval,
    dispersion_estimate,
    median_interval,
    rate_interval,
    time_fraction_interval,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hemispasm.measure.emg.bursts import Burst
    from hemispasm.measure.emg.spontaneous_channels import PreparedChannel


@dataclass(frozen=True)
class PairSynchrony:
    """Common firing of two channels of one side.

    Attributes
    ----------
    first, second : int
        Places of the channels in the recording.
    synchrony : Synchrony
        Within the bursts of the one that has fewer.
    shared_share : float
        Share of the other's bursts during which this one has a burst too, 0-1.
    """

    first: int
    second: int
    synchrony: Synchrony
    shared_share: float


@dataclass(frozen=True)
class SideFeatures:
    """Numbers of one side, from its spontaneous bursts.

    Attributes
    ----------
    burst_rate, spasm_rate : Measured
        Per minute.
    burst_duration_ms : Measured
        Median.
    spacing_cv : Measured
        Coefficient of variation of onset-to-onset times within spasms.
    local_variation : Measured
        Mean difference of neighbouring intervals over their mean: near 0 in a rhythm.
    repetition_hz : Measured
        One over the median onset-to-onset time within spasms.
    tonic_fraction : Measured
        Share of spasm time in continuous activity of at least a second.
    time_fraction : Measured
        Share of the recording spent in spasms.
    intraburst_rate : Measured
        Impulses per second within bursts, of the channel with the clearest peak.
    intraburst_channel : int or None
        Which channel that was.
    synchrony : Measured
        Correlation of the envelopes of two branches within bursts, of the pair that rises most
        above its own shuffled bursts.
    synchrony_excess : float or None
        How far that is above the 95th percentile of the shuffles.
    synchrony_lag_ms : Measured
        Lag of that pair; the second channel is later than the first when positive.
    synchrony_p : float or None
        How often chance lifts any of the pairs so far.
    synchrony_share : float or None
        Share of the busier branch's bursts in which the other of that pair takes part.
    pairs : tuple of PairSynchrony
        All pairs.
    """

    burst_rate: Measured
    spasm_rate: Measured
    burst_duration_ms: Measured
    spacing_cv: Measured
    local_variation: Measured
    repetition_hz: Measured
    tonic_fraction: Measured
    time_fraction: Measured
    intraburst_rate: Measured
    intraburst_channel: int | None
    synchrony: Measured
    synchrony_excess: float | None
    synchrony_lag_ms: Measured
    synchrony_p: float | None
    synchrony_share: float | None
    pairs: tuple[PairSynchrony, ...]

    @property
    def best_pair(self) -> PairSynchrony | None:
        """The pair of branches that ``synchrony`` and what stands beside it were read from."""
        return max(self.pairs, key=_rank, default=None)


def measure_side(
    channels: Sequence[PreparedChannel],
    bursts: Sequence[Burst],
    by_channel: Sequence[Sequence[Burst]],
    exposure_s: float,
    rng: np.random.Generator,
) -> SideFeatures:
    """Return the numbers of one side.

    Parameters
    ----------
    channels : sequence of PreparedChannel
        Assessable channels of this side.
    bursts : sequence of Burst
        Spontaneous bursts of the side.
    by_channel : sequence of sequence of Burst
        Spontaneous bursts of each channel.
    exposure_s : float
        Analysed seconds.
    rng : numpy.random.Generator
        For intervals and shuffles.
    """
    spasms = merge_bursts(bursts)
    pairs = _pairs(channels, by_channel, rng)
    best = max(pairs, key=_rank, default=None)
    chance = family_p(best.synchrony, [pair.synchrony for pair in pairs]) if best else None
    intra, where = _intraburst(channels, by_channel, rng)
    durations = [1000 * b.duration_s for b in bursts]
    return SideFeatures(
        burst_rate=burst_rate(bursts, exposure_s),
        spasm_rate=rate([s.start_s for s in spasms], exposure_s),
        burst_duration_ms=median(durations, "no_bursts: no spontaneous burst on this side"),
        spacing_cv=_over_spasms(spasms, spacing_cv),
        local_variation=_over_spasms(spasms, local_variation),
        repetition_hz=_over_spasms(spasms, _repetition),
        tonic_fraction=_tonic(spasms),
        time_fraction=_time_share(spasms, exposure_s),
        intraburst_rate=intra,
        intraburst_channel=where,
        synchrony=_synchrony_value(best, channels),
        synchrony_excess=best.synchrony.excess if best else None,
        synchrony_lag_ms=_synchrony_lag(best, chance, channels),
        synchrony_p=chance,
        synchrony_share=best.shared_share if best else None,
        pairs=tuple(pairs),
    )


def burst_rate(bursts: Sequence[Burst], exposure_s: float) -> Measured:
    """Return bursts per minute of one side or channel in so many analysed seconds."""
    return burst_rate_of(merge_bursts(bursts), exposure_s)


def burst_rate_of(spasms: Sequence[Spasm], exposure_s: float) -> Measured:
    """Return bursts per minute; the interval knows that bursts come in spasms.

    Parameters
    ----------
    spasms : sequence of Spasm
        Each with the number of its bursts.
    exposure_s : float
        Analysed seconds.

    Notes
    -----
    Spasms, not bursts, start of their own accord, so a recording tells of the rate only as much as
    it has spasms. In a compound process the variance-to-mean ratio of the bursts is the mean size
    of a spasm times the sum of that of the spasms and the squared coefficient of variation of
    their sizes. A few spasms do not tell the latter: it is shrunk towards that of a train that may
    end after each burst with the same chance.
    """
    if not spasms:
        return rate([], exposure_s)
    sizes = np.array([s.burst_count for s in spasms], dtype=float)
    known, prior = sizes.size - 1, limit("rate.spasm_sizes")
    observed = sizes.var(ddof=1) / sizes.mean() ** 2 if known else 0.0
    varied = (prior * limit("rate.spasm_size_cv") ** 2 + known * observed) / (prior + known)
    of_spasms = dispersion_estimate([s.start_s for s in spasms], exposure_s)
    dispersion = float(sizes.mean() * (of_spasms + varied))
    starts = [s.start_s for s in spasms for _ in range(s.burst_count)]
    return rate(starts, exposure_s, dispersion=dispersion)


def rate(
    onsets_s: Sequence[float], exposure_s: float, *, dispersion: float | None = None
) -> Measured:
    """Return events per minute with the patient's interval and the observed one.

    The dispersion is that of the events themselves where none is given.
    """
    if exposure_s <= 0:
        return missing("no_exposure: no usable second on this side")
    count = len(onsets_s)
    if dispersion is None:
        dispersion = dispersion_estimate(list(onsets_s), exposure_s)
    minutes = exposure_s / 60
    # Detection: what was found may miss or add a few (limits measured on tuning seeds).
    off = limit("rate.detection_error") * count
    return Measured(
        value=count / minutes,
        interval=rate_interval(
            count,
            exposure_s,
            dispersion=dispersion,
            recall=limit("rate.recall"),
            false_per_min=limit("rate.false_per_min"),
        ),
        count=count,
        count_interval=Interval(max(0.0, count - off) / minutes, (count + off) / minutes),
    )


def median(values: Sequence[float], reason: str) -> Measured:
    """Return the median with its interval."""
    if not values:
        return missing(reason)
    return Measured(float(np.median(values)), median_interval(values), len(values))


def _over_spasms(
    spasms: Sequence[Spasm], statistic: Callable[[Sequence[Spasm]], float | None]
) -> Measured:
    """Return a statistic of the intervals within spasms, its interval over whole spasms."""
    count = burst_intervals(spasms).size
    value = statistic(spasms)
    if value is None:
        least = limit("spasm.spacing_count")
        return missing(f"few_intervals: {count} intervals within spasms; {least:g} needed", count)
    # Its own generator: the same spasms give the same interval whatever was drawn before.
    interval = bootstrap_interval(list(spasms), statistic, np.random.default_rng(count))
    return Measured(value, interval, count)


def _repetition(spasms: Sequence[Spasm]) -> float | None:
    gaps = burst_intervals(spasms)
    return float(1 / np.median(gaps)) if gaps.size >= limit("spasm.spacing_count") else None


def _tonic(spasms: Sequence[Spasm]) -> Measured:
    value = tonic_share(spasms)
    if value is None:
        return missing("no_bursts: no spasm on this side")
    interval = bootstrap_interval(list(spasms), tonic_share, np.random.default_rng(len(spasms)))
    return Measured(value, interval, len(spasms))


def _time_share(spasms: Sequence[Spasm], exposure_s: float) -> Measured:
    if exposure_s <= 0:
        return missing("no_exposure: no usable second on this side")
    lengths = [s.duration_s for s in spasms]
    dispersion = dispersion_estimate([s.start_s for s in spasms], exposure_s)
    interval = time_fraction_interval(lengths, exposure_s, dispersion=dispersion)
    return Measured(min(1.0, sum(lengths) / exposure_s), interval, len(spasms))


def _pairs(
    channels: Sequence[PreparedChannel],
    by_channel: Sequence[Sequence[Burst]],
    rng: np.random.Generator,
) -> list[PairSynchrony]:
    """Return the common firing of every pair of different muscles with one rate and length."""
    found = []
    for i, j in combinations(range(len(channels)), 2):
        a, b = channels[i], channels[j]
        same_clock = (a.channel.rate_hz, a.filtered.size) == (b.channel.rate_hz, b.filtered.size)
        same_muscle = a.channel.muscle is not None and a.channel.muscle == b.channel.muscle
        if not same_clock or same_muscle:
            continue
        # Bursts of the channel that has fewer: where it fires, does the other fire with it?
        leading, busier = sorted((by_channel[i], by_channel[j]), key=len)
        result = measure_synchrony(a.filtered, b.filtered, leading, a.channel.rate_hz, rng)
        if result is not None:
            shared = shared_share(busier, leading)
            found.append(PairSynchrony(a.index, b.index, result, shared))
    return found


def _rank(pair: PairSynchrony) -> tuple[bool, float]:
    """Order pairs: those that share their bursts first, then by how far chance is surpassed.

    The highest peak would not do: with few bursts chance reaches far.
    """
    return pair.shared_share >= limit("pattern.common_share"), pair.synchrony.excess


def _intraburst(
    channels: Sequence[PreparedChannel],
    by_channel: Sequence[Sequence[Burst]],
    rng: np.random.Generator,
) -> tuple[Measured, int | None]:
    """Return the impulse rate of the channel whose bursts show it best."""
    best, where = None, None
    for channel, bursts in zip(channels, by_channel, strict=True):
        found = measure_intraburst_rate(channel.filtered, bursts, channel.channel.rate_hz, rng)
        if found is not None and (best is None or found.prominence > best.prominence):
            best, where = found, channel.index
    if best is None:
        return missing("no_regular_impulses: no interval between impulses stands out"), None
    return Measured(best.rate_hz, best.interval_hz, best.count), where


def _synchrony_reason(channels: Sequence[PreparedChannel]) -> str:
    if len(channels) < 2:
        return "one_channel: common firing needs two muscles of one side"
    least = limit("synchrony.bursts_min")
    return f"few_bursts: common firing needs {least:g} bursts in both muscles, at one sampling rate"


def _synchrony_value(best: PairSynchrony | None, channels: Sequence[PreparedChannel]) -> Measured:
    if best is None:
        return missing(_synchrony_reason(channels))
    return Measured(best.synchrony.peak, best.synchrony.interval, best.synchrony.count)


def _synchrony_lag(
    best: PairSynchrony | None, chance: float | None, channels: Sequence[PreparedChannel]
) -> Measured:
    if best is None or chance is None:
        return missing(_synchrony_reason(channels))
    if chance > limit("pattern.synchrony_p"):
        return missing("no_synchrony: without common firing a lag means nothing")
    return Measured(best.synchrony.lag_ms, best.synchrony.lag_interval_ms, best.synchrony.count)
