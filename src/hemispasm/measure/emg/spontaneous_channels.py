"""Each channel of a recording on its own: filtered, freed of its neighbours, its bursts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.background import PowerTraces, measure_power
from hemispasm.measure.emg.bursts import Burst, find_bursts
from hemispasm.measure.emg.channel_quality import (
    ChannelQuality,
    grade_channel,
    usable_spans,
    with_noise,
)
from hemispasm.measure.emg.conduction import estimate_conduction, remove_conduction
from hemispasm.measure.emg.filters import band_pass, find_mains, remove_mains
from hemispasm.measure.emg.labels import label_artefacts
from hemispasm.measure.emg.limits import spontaneous_limit as limit
from hemispasm.measure.emg.weighting import weigh_frequencies
from hemispasm.model import Grade
from hemispasm.model.emg import ChannelKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.emg import EmgChannel, EmgRecording

Spans = list[tuple[int, int]]


@dataclass(frozen=True)
class PreparedChannel:
    """An EMG channel ready for measuring.

    Attributes
    ----------
    index : int
        Place in the recording.
    channel : EmgChannel
        What it records.
    quality : ChannelQuality
        Grade and reasons.
    filtered : ndarray of float32, shape (n,)
        Pass band, without mains and without what is conducted from other channels; zero where
        samples are missing. Empty when the channel is not assessable.
    traces : PowerTraces or None
        Power in which bursts are looked for; None when the channel is not assessable.
    noise_power : float
        Power of the background in the pass band.
    bursts : tuple of Burst
        Found in this channel alone, artefacts labelled.
    conducted_from : dict of int to float
        Share of the amplitude of other channels that was taken out.
    spans : list of (int, int)
        Sample ranges that count.
    """

    index: int
    channel: EmgChannel
    quality: ChannelQuality
    filtered: NDArray[np.float32]
    traces: PowerTraces | None = None
    noise_power: float = 0.0
    bursts: tuple[Burst, ...] = ()
    conducted_from: dict[int, float] = field(default_factory=dict)
    spans: Spans = field(default_factory=list)

    @property
    def is_assessable(self) -> bool:
        """Whether anything could be measured."""
        return self.traces is not None


def prepare_channels(recording: EmgRecording) -> list[PreparedChannel]:
    """Return every EMG channel of a recording, ready for measuring."""
    found = [
        _prepare(i, channel, signal, recording.line_hz)
        for i, (channel, signal) in enumerate(
            zip(recording.channels, recording.signals_uv, strict=True)
        )
        if channel.kind is ChannelKind.EMG
    ]
    # Weighted last: what is conducted would else weigh as this muscle's own.
    found = [_weighted(c) for c in _without_conduction(found)]
    return [
        replace(
            c, bursts=label_artefacts(c.bursts, recording.signals_uv[c.index], c.channel.rate_hz)
        )
        for c in found
    ]


def _prepare(
    index: int, channel: EmgChannel, signal: NDArray[np.floating], line_hz: float | None
) -> PreparedChannel:
    """Filter one channel and find its bursts."""
    rate = channel.rate_hz
    spans = usable_spans(signal, rate)
    quality = grade_channel(signal, rate, spans)
    if quality.grade is Grade.NOT_ASSESSABLE:
        return PreparedChannel(index, channel, quality, np.zeros(0, np.float32), spans=spans)
    filtered = np.zeros(signal.size, np.float32)
    mains, counted = None, []
    for a, b in spans:
        piece = band_pass(signal[a:b], rate)
        line = find_mains(signal[a:b], rate, line_hz)
        if line is not None:
            piece = remove_mains(piece, rate, *line)
            mains = line[0]
        filtered[a:b] = piece
        # A hum that breaks off at an end of the stretch rings there.
        margin = 0 if line is None else min(int(limit("filter.mains_end_s") * rate), (b - a) // 4)
        counted.append((a + margin, b - margin))
    spans = counted
    traces = measure_power(filtered, rate, spans)
    quality = with_noise(quality, float(np.sqrt(traces.noise_power)), mains)
    return PreparedChannel(
        index,
        channel,
        quality,
        filtered,
        traces,
        traces.noise_power,
        find_bursts(traces),
        spans=spans,
    )


def _weighted(c: PreparedChannel) -> PreparedChannel:
    """Look for bursts again with frequencies weighted by what this channel's bursts carry."""
    if c.traces is None:
        return c
    rate = c.channel.rate_hz
    weighted = weigh_frequencies(c.filtered, c.traces, c.bursts, rate)
    if weighted is None:
        return c
    traces = measure_power(weighted, rate, c.spans)
    return replace(c, traces=traces, bursts=find_bursts(traces))


def _without_conduction(channels: list[PreparedChannel]) -> list[PreparedChannel]:
    """Take out what channels hear of one another, where they share rate and length."""
    out = list(channels)
    kinds = {(c.channel.rate_hz, c.filtered.size) for c in channels if c.is_assessable}
    for kind in kinds:
        at = [
            i
            for i, c in enumerate(channels)
            if c.is_assessable and (c.channel.rate_hz, c.filtered.size) == kind
        ]
        if len(at) < 2:
            continue
        signals = [channels[i].filtered for i in at]
        share = estimate_conduction(signals, [channels[i].bursts for i in at], kind[0])
        cleaned = remove_conduction(signals, share)
        for row, i in enumerate(at):
            if not share[row].any():
                continue
            traces = measure_power(cleaned[row], kind[0], channels[i].spans)
            heard = {channels[at[k]].index: float(v) for k, v in enumerate(share[row]) if v}
            out[i] = replace(
                channels[i],
                filtered=cleaned[row],
                traces=traces,
                noise_power=traces.noise_power,
                bursts=find_bursts(traces),
                conducted_from=heard,
            )
    return out
