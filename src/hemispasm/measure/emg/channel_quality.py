"""Whether a channel of spontaneous EMG can be measured, and which samples count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.filters import finite_spans
from hemispasm.measure.emg.limits import spontaneous_limit as limit
from hemispasm.model import Grade

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class ChannelQuality:
    """Grade of one channel.

    Attributes
    ----------
    grade : Grade
        Whether it can be measured.
    analysed_s : float
        Seconds that counted.
    reasons : tuple of str
        Each ``code: sentence`` with the value and the limit that was crossed.
    noise_uv : float
        Root mean square of the background in the pass band; the smallest bursts that can be seen
        are of about this size.
    mains_hz : float or None
        Mains line that was found and taken out.
    """

    grade: Grade
    analysed_s: float
    reasons: tuple[str, ...] = ()
    noise_uv: float = 0.0
    mains_hz: float | None = None


def usable_spans(signal: NDArray[np.floating], rate_hz: float) -> list[tuple[int, int]]:
    """Return the sample ranges that are neither missing nor saturated, long enough to filter."""
    railed = saturated(signal)
    if railed.any():
        reach = max(1, int(limit("quality.rail_margin_s") * rate_hz))
        near = np.convolve(railed, np.ones(2 * reach + 1), "same") > 0.5
        signal = np.where(near, np.nan, signal)
    shortest = limit("quality.span_s") * rate_hz
    return [(a, b) for a, b in finite_spans(signal) if b - a >= shortest]


def saturated(signal: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Return which samples lie on a rail: the same extreme value again and again.

    Examples
    --------
    >>> saturated(np.array([0.0, 1.0, 5.0, 5.0, 5.0, 5.0, 1.0, -2.0])).sum()
    np.int64(4)
    """
    railed = np.zeros(signal.size, bool)
    finite = signal[np.isfinite(signal)]
    if finite.size == 0 or finite.max() == finite.min():
        return railed
    run = int(limit("quality.rail_samples"))
    for extreme in (finite.max(), finite.min()):
        at = np.diff(np.r_[0, (signal == extreme).astype(np.int8), 0])
        starts, ends = np.flatnonzero(at == 1), np.flatnonzero(at == -1)
        for a, b in zip(starts[ends - starts >= run], ends[ends - starts >= run], strict=True):
            railed[a:b] = True
    return railed


def grade_channel(
    signal: NDArray[np.floating], rate_hz: float, spans: list[tuple[int, int]]
) -> ChannelQuality:
    """Return what can be said before anything is measured."""
    analysed = sum(b - a for a, b in spans) / rate_hz
    finite = signal[np.isfinite(signal)]
    bad: list[str] = []
    weak: list[str] = []
    if finite.size == 0 or finite.max() == finite.min():
        bad.append("flat: the channel never changes")
    lowest = limit("quality.rate_min_hz")
    if rate_hz < lowest:
        bad.append(f"rate_too_low: {rate_hz:g} Hz; bursts need {lowest:g} Hz")
    elif rate_hz < limit("quality.rate_full_hz"):
        full = limit("quality.rate_full_hz")
        weak.append(f"rate_low: {rate_hz:g} Hz; firing within bursts needs {full:g} Hz")
    if not bad:
        share = float(saturated(signal).sum()) / max(1, finite.size)
        most = limit("quality.rail_share_max")
        if share > most:
            bad.append(f"saturated: {share:.0%} of the samples on the rail; at most {most:.0%}")
        elif share > limit("quality.rail_share_warn"):
            weak.append(f"saturated: {share:.1%} of the samples on the rail were left out")
        least, wanted = limit("quality.seconds_min"), limit("quality.seconds_full")
        if analysed < least:
            bad.append(f"too_short: {analysed:.1f} s usable; {least:g} s are needed")
        elif analysed < wanted:
            weak.append(f"short: {analysed:.1f} s usable; a verdict needs {wanted:g} s")
    grade = Grade.NOT_ASSESSABLE if bad else Grade.LIMITED if weak else Grade.MEASURABLE
    return ChannelQuality(grade, analysed, (*bad, *weak))


def with_noise(quality: ChannelQuality, noise_uv: float, mains_hz: float | None) -> ChannelQuality:
    """Return the quality with what the measured background adds."""
    reasons = list(quality.reasons)
    loudest, least = limit("quality.noise_max_uv"), limit("quality.noise_min_uv")
    if noise_uv > loudest:
        reasons.append(
            f"too_noisy: background {noise_uv:.0f} uV; above {loudest:g} uV usual bursts are missed"
        )
    elif noise_uv < least:
        reasons.append(
            f"calibration: background {noise_uv:.2g} uV; no amplifier is below {least:g} uV, "
            "so the unit may be wrong"
        )
    grade = quality.grade
    if len(reasons) > len(quality.reasons) and grade is Grade.MEASURABLE:
        grade = Grade.LIMITED
    return ChannelQuality(grade, quality.analysed_s, tuple(reasons), noise_uv, mains_hz)
