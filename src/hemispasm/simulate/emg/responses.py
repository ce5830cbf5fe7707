"""The truth of bursts and responses, read off the noiseless signals."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from hemispasm.simulate.emg.edges import active_spans
from hemispasm.simulate.emg.parameters import number
from hemispasm.simulate.emg.render import LAYERS, RESPONSES
from hemispasm.simulate.emg.truth import ResponseKind, TrueBurst, TrueResponse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.emg.electrodes import Signals
    from hemispasm.simulate.emg.patient import Patient

WINDOW_S = 0.095
TAIL_S = 0.007
DRIVEN = ("voluntary", "speech", "synkinesis", "free_emg")
"""Causes whose units fire one by one, so that pauses between potentials belong to the burst."""


def read_bursts(
    patient: Patient, signals: Signals, labels: tuple[str, ...]
) -> tuple[TrueBurst, ...]:
    """Return the bursts of every channel: the muscle's own, and those conducted from elsewhere."""
    rate = patient.options.rate_hz
    found: list[TrueBurst] = []
    is_response = np.isin(signals.layer, [LAYERS.index(name) for name in RESPONSES])
    for channel in range(len(patient.pools)):
        own = active_spans(signals.own[channel], rate)
        mine = (signals.spikes.channel == channel) & ~is_response
        spans: list[tuple[int, int, str]] = []
        times, layers = signals.spikes.time_s[mine], signals.layer[mine]

        def burst(a: int, b: int, cause: str, k: int = channel) -> TrueBurst:
            side = patient.pools[k].side
            return TrueBurst(
                channel=labels[k], start_s=a / rate, end_s=b / rate, cause=cause, side=side
            )

        for a, b in own:
            low, high = np.searchsorted(times, [a / rate - TAIL_S, b / rate])
            inside = layers[low:high]
            if len(inside):
                spans.append((a, b, LAYERS[int(np.bincount(inside).argmax())]))
        found += [burst(a, b, cause) for a, b, cause in _joined(spans, rate)]
        covered = np.zeros(signals.own.shape[1] + 1, dtype=np.int32)
        for a, b, _ in _joined(spans, rate):
            covered[a] += 1
            covered[b] -= 1
        free = np.cumsum(covered)[:-1] == 0
        for a, b in active_spans(np.where(free, signals.conducted[channel], 0.0), rate):
            found.append(burst(a, b, "volume_conduction"))
    return tuple(sorted(found, key=lambda row: (row.start_s, row.channel)))


def _joined(spans: list[tuple[int, int, str]], rate: float) -> list[tuple[int, int, str]]:
    """Join single potentials of one contraction (or one myokymic group) into one burst."""
    pauses = {name: number("truth.bridge_drive_s") for name in DRIVEN}
    pauses["myokymia"] = number("truth.bridge_myokymia_s")
    joined: list[tuple[int, int, str]] = []
    for a, b, cause in spans:
        if joined and joined[-1][2] == cause and a - joined[-1][1] < pauses.get(cause, 0.0) * rate:
            joined[-1] = (joined[-1][0], b, cause)
        else:
            joined.append((a, b, cause))
    return joined


def read_responses(
    patient: Patient,
    signals: Signals,
    stimuli_s: NDArray[np.float64],
    labels: tuple[str, ...],
) -> tuple[TrueResponse, ...]:
    """Return latency and size of every response to every stimulus on every channel."""
    rate, n = patient.options.rate_hz, signals.own.shape[1]
    ends = np.r_[stimuli_s[1:], np.inf]
    found: list[TrueResponse] = []
    for kind, drawn in signals.responses.items():
        chosen = signals.layer == LAYERS.index(kind)
        times = signals.spikes.time_s[chosen]
        channels, units = signals.spikes.channel[chosen], signals.spikes.unit[chosen]
        for sweep, time_s in enumerate(stimuli_s):
            stop = min(time_s + WINDOW_S, ends[sweep])
            low, high = np.searchsorted(times, [time_s, stop])
            for channel in np.unique(channels[low:high]):
                fired = np.unique(units[low:high][channels[low:high] == channel])
                first = int(np.ceil(time_s * rate))
                last = min(int(stop * rate), n)
                row = _measure(drawn[channel, first:last], rate, first / rate - time_s)
                if row is None:
                    continue
                onset, peak, end, size = row
                found.append(
                    TrueResponse(
                        kind=cast("ResponseKind", kind),
                        channel=labels[channel],
                        sweep=sweep,
                        onset_ms=onset,
                        peak_ms=peak,
                        end_ms=end,
                        amplitude_uv=size,
                        participation=len(fired) / len(patient.pools[channel]),
                    )
                )
    return tuple(sorted(found, key=lambda row: (row.sweep, row.onset_ms, row.channel)))


def _measure(
    clean: NDArray[np.float32], rate: float, lag_s: float
) -> tuple[float, float, float, float] | None:
    """Return onset, peak, end in milliseconds and peak-to-peak size of a response."""
    spans = active_spans(clean, rate)
    if not spans:
        return None
    peak = int(np.abs(clean).argmax())

    def at(sample: int) -> float:
        return round(1000.0 * (sample / rate + lag_s), 4)

    size = float(clean.max() - clean.min())
    return at(spans[0][0]), at(peak), at(spans[-1][1]), round(size, 3)
