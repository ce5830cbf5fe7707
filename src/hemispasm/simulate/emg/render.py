"""From spikes to the noiseless signal of each electrode."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from hemispasm.simulate.emg.truth import Spikes
from hemispasm.simulate.emg.units import PHASES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.emg.units import Pool

CAUSES = (
    "seed",
    "autoexcitation",
    "ephaptic",
    "antidromic",
    "f",
    "reflex",
    "nuclear",
    "voluntary",
    "blink",
    "speech",
    "myokymia",
    "seizure",
    "aberrant",
    "free",
)
"""Why a motor unit fired."""

LAYERS = (
    "ectopic",
    "synkinesis",
    "blink",
    "voluntary",
    "cocontraction",
    "speech",
    "myokymia",
    "seizure",
    "free_emg",
    "M",
    "LSR",
    "LSR_late",
    "F",
    "R1",
    "R2",
    "R2c",
    "synkinetic_R1",
    "synkinetic_R2",
    "ZL",
)
"""What a discharge belongs to: the cause of a burst, or the kind of a response."""


RESPONSES = LAYERS[LAYERS.index("M") :]
"""The layers that are responses to a stimulus."""


@dataclass
class SpikeBook:
    """Collects the discharges of a recording while the scenario is acted out."""

    time_s: list[NDArray[np.float64]] = field(default_factory=list)
    channel: list[NDArray[np.int32]] = field(default_factory=list)
    unit: list[NDArray[np.int32]] = field(default_factory=list)
    cause: list[NDArray[np.int8]] = field(default_factory=list)
    layer: list[NDArray[np.int8]] = field(default_factory=list)

    def add(
        self,
        channel: int,
        unit: NDArray[np.integer],
        time_s: NDArray[np.float64],
        cause: str,
        layer: str,
    ) -> None:
        """Note discharges of units of one channel, by the time they reach the muscle."""
        n = len(time_s)
        if n == 0:
            return
        self.time_s.append(np.asarray(time_s, dtype=np.float64))
        self.channel.append(np.full(n, channel, dtype=np.int32))
        self.unit.append(np.asarray(unit, dtype=np.int32))
        self.cause.append(np.full(n, CAUSES.index(cause), dtype=np.int8))
        self.layer.append(np.full(n, LAYERS.index(layer), dtype=np.int8))

    def closed(self, pools: list[Pool], end_s: float) -> tuple[Spikes, NDArray[np.int8]]:
        """Return the discharges in order of time that lie in the recording and transmit."""
        if not self.time_s:
            empty = np.zeros(0, dtype=np.int32)
            return Spikes(np.zeros(0), empty, empty, np.zeros(0, np.int8), CAUSES), np.zeros(
                0, np.int8
            )
        time_s, channel = np.concatenate(self.time_s), np.concatenate(self.channel)
        unit = np.concatenate(self.unit)
        cause, layer = np.concatenate(self.cause), np.concatenate(self.layer)
        transmits = np.stack([pool.transmits for pool in pools])
        keep = (time_s >= 0.0) & (time_s < end_s) & transmits[channel, unit]
        order = np.flatnonzero(keep)[np.argsort(time_s[keep], kind="stable")]
        spikes = Spikes(time_s[order], channel[order], unit[order], cause[order], CAUSES)
        return spikes, layer[order]


@njit(cache=True)
def _draw(
    out: NDArray[np.float32],
    position: NDArray[np.float64],
    channel: NDArray[np.int32],
    unit: NDArray[np.int32],
    templates: NDArray[np.float32],
) -> None:
    n = out.shape[1]
    phases, size = templates.shape[2], templates.shape[3]
    for k in range(len(position)):
        first = int(np.floor(position[k]))
        phase = int((position[k] - first) * phases)
        row = templates[channel[k], unit[k], phase]
        for j in range(min(size, n - first)):
            out[channel[k], first + j] += row[j]


def draw_layer(
    spikes: Spikes,
    chosen: NDArray[np.bool_],
    pools: list[Pool],
    rate_hz: float,
    n_samples: int,
) -> NDArray[np.float32]:
    """Return the noiseless signal that the chosen spikes make, one row per channel."""
    out = np.zeros((len(pools), n_samples), dtype=np.float32)
    templates = np.stack([pool.templates for pool in pools])
    assert templates.shape[2] == PHASES
    _draw(
        out,
        spikes.time_s[chosen] * rate_hz,
        spikes.channel[chosen],
        spikes.unit[chosen],
        templates,
    )
    return out
