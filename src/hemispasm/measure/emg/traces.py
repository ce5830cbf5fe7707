"""Signals of a recording as a page and a comparison with video need them: small and honest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.measure.emg.background import lower_mode
from hemispasm.measure.emg.channel_quality import usable_spans
from hemispasm.measure.emg.filters import band_edges, band_pass, find_mains, remove_mains
from hemispasm.model.emg import ChannelKind
from hemispasm.model.trace import Trace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.emg.segments import Clock
    from hemispasm.model.emg import EmgChannel, EmgRecording

ENVELOPE = "emg_envelope"
HEIGHT = "emg_z"

#: Points per second of the envelope: the highest that keeps a trace below so many points.
ENVELOPE_RATES_HZ = (200.0, 100.0, 50.0, 25.0, 10.0, 5.0)
MOST_POINTS = 24_000
_DIGITS = 4


def envelope_rate(duration_s: float) -> float:
    """Return the points per second of the envelope of a recording of this length.

    Examples
    --------
    >>> envelope_rate(60.0), envelope_rate(600.0)
    (200.0, 25.0)
    """
    fitting = (rate for rate in ENVELOPE_RATES_HZ if rate * duration_s <= MOST_POINTS)
    return next(fitting, ENVELOPE_RATES_HZ[-1])


def make_envelopes(rest: EmgRecording, clock: Clock) -> tuple[Trace, ...]:
    """Return the envelope of every EMG channel, and its height above its own background.

    Parameters
    ----------
    rest : EmgRecording
        On one clock, trains of stimuli taken out.
    clock : Clock
        The way back to the seconds from the recording's first sample.

    Returns
    -------
    tuple of Trace
        Per channel ``emg_envelope`` (root mean square in each step, uV, pass band, mains taken
        out) and ``emg_z`` (its cube-root power in standard deviations above the background); NaN
        where samples are missing, saturated or within a train. ``meta`` names ``channel``,
        ``index``, ``muscle`` and the band.
    """
    step_s = 1.0 / envelope_rate(rest.duration_s)
    count = int(rest.duration_s / step_s)
    centres = (np.arange(count) + 0.5) * step_s
    time_s = np.array([clock.true_time(t) for t in centres.tolist()])
    found = []
    for index, channel in enumerate(rest.channels):
        if channel.kind is not ChannelKind.EMG:
            continue
        envelope = _envelope(rest, index, count, step_s)
        if envelope is None:
            continue
        meta = describe_channel(channel, index)
        found.append(Trace(ENVELOPE, "uV", time_s, envelope, channel.side, meta=meta))
        found.append(Trace(HEIGHT, "1", time_s, _height(envelope), channel.side, meta=meta))
    return tuple(found)


def describe_channel(channel: EmgChannel, index: int) -> dict[str, Any]:
    """Return what a trace says of its channel."""
    low_hz, high_hz = band_edges(channel.rate_hz)
    return {
        "channel": channel.label,
        "index": index,
        "muscle": None if channel.muscle is None else channel.muscle.value,
        "band_hz": [low_hz, high_hz],
    }


def filtered_channel(
    recording: EmgRecording, index: int
) -> tuple[NDArray[np.float32], list[tuple[int, int]]]:
    """Return a channel in the pass band without mains, and the sample ranges that count."""
    channel, signal = recording.channels[index], recording.signals_uv[index]
    spans = usable_spans(signal, channel.rate_hz)
    filtered = np.zeros(signal.size, np.float32)
    for a, b in spans:
        piece = band_pass(signal[a:b], channel.rate_hz)
        line = find_mains(signal[a:b], channel.rate_hz, recording.line_hz)
        filtered[a:b] = piece if line is None else remove_mains(piece, channel.rate_hz, *line)
    return filtered, spans


def _envelope(
    recording: EmgRecording, index: int, count: int, step_s: float
) -> NDArray[np.float64] | None:
    rate_hz = recording.channels[index].rate_hz
    # A step must hold samples enough for a mean.
    if rate_hz * step_s < 2:
        return None
    filtered, spans = filtered_channel(recording, index)
    if not spans:
        return None
    good = np.zeros(filtered.size)
    for a, b in spans:
        good[a:b] = 1.0
    edges = np.minimum(np.round(np.arange(count + 1) * step_s * rate_hz).astype(int), good.size)
    power = np.add.reduceat(np.r_[np.square(filtered, dtype=np.float64), 0.0], edges)[:-1]
    seen = np.add.reduceat(np.r_[good, 0.0], edges)[:-1]
    widths = np.diff(edges)
    whole = (widths > 0) & (seen >= 0.5 * widths)
    out = np.full(count, np.nan)
    out[whole] = np.sqrt(power[whole] / seen[whole])
    return _short(out)


def _height(envelope: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return standard deviations above the background of the cube-root power."""
    root = np.cbrt(np.square(envelope))
    known = root[np.isfinite(root)]
    if known.size < 2:
        return np.full(envelope.size, np.nan)
    centre, spread, _ = lower_mode(known)
    return np.round((root - centre) / spread, 2)


def _short(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to four digits of the largest value: below what any electrode resolves."""
    largest = float(np.nanmax(values, initial=0.0))
    if largest <= 0:
        return values
    return np.round(values, max(0, _DIGITS - 1 - int(np.floor(np.log10(largest)))))
