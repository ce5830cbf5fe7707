"""What the second EMG family is made of: packets, each one burst that one or more muscles share.

A packet knows when, how long, why, and how much of its fine structure its muscles have in common
(``binding``): near one the same discharges arrive everywhere, near zero only the envelope is the
same. It does not know any motor unit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.simulate.emg.phenomenological_shapes import (
    Wavelet,
    add_wavelet,
    draw_wavelet,
    hump_noise,
    swell,
    wobble,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.emg import Muscle
    from hemispasm.model.side import Side

    Array = NDArray[np.float64]
    Place = tuple[Muscle, Side]


@dataclass(frozen=True)
class Packet:
    """One burst of activity.

    Attributes
    ----------
    start_s, duration_s : float
        When it begins in the muscle that leads, and how long it lasts.
    cause : str
        Why it is there, as the truth says it.
    heights_uv : dict of (muscle, side) to float
        RMS at the top of the envelope in every muscle that takes part.
    lags_s : dict of (muscle, side) to float
        How much later than the leader a muscle begins.
    grains : float
        Share of the packet that is repeated wavelets; the rest is noise.
    grain_gap_s, grain_scatter : float
        Mean spacing of the wavelets and its coefficient of variation.
    binding : float
        0 to 1, see above.
    rise, fall : float
        Shares of the length that the flanks take.
    spasm : int or None
        Which spasm the packet belongs to.
    """

    start_s: float
    duration_s: float
    cause: str
    heights_uv: dict[Place, float]
    lags_s: dict[Place, float] = field(default_factory=dict)
    grains: float = 0.0
    grain_gap_s: float = 0.004
    grain_scatter: float = 0.3
    binding: float = 0.0
    rise: float = 0.25
    fall: float = 0.4
    spasm: int | None = None


@dataclass(frozen=True)
class Texture:
    """How one muscle of one person looks: its wavelet, and the hump of its noise."""

    shape: Wavelet
    centre_hz: float
    width_octaves: float


@dataclass(frozen=True)
class Drawn:
    """One packet as it stands in one muscle: where, and the times of its wavelets."""

    start_s: float
    signal: Array
    grain_times_s: tuple[float, ...]


def draw_texture(rng: np.random.Generator, *, needle: bool) -> Texture:
    """Return the texture of a muscle; a needle sees sharper and faster waves."""
    longest = 0.006 if needle else 0.009
    return Texture(
        shape=draw_wavelet(rng, shortest_s=0.4 * longest, longest_s=longest),
        centre_hz=float(rng.uniform(200.0, 450.0) if needle else rng.uniform(90.0, 220.0)),
        width_octaves=float(rng.uniform(0.6, 1.0)),
    )


def draw_packet(
    packet: Packet, textures: dict[Place, Texture], rate_hz: float, rng: np.random.Generator
) -> dict[Place, Drawn]:
    """Return what every muscle of a packet shows.

    Parameters
    ----------
    packet : Packet
        The burst.
    textures : dict of (muscle, side) to Texture
        At least the packet's muscles.
    rate_hz : float
        Samples per second.
    rng : Generator
        Source of chance.
    """
    count = max(round(packet.duration_s * rate_hz), 8)
    envelope = swell(count, packet.rise, packet.fall)
    gaps = _gaps(packet, rng)
    common_times = gaps[gaps < packet.duration_s]
    common_beat = _beat(count, rate_hz, packet, rng)
    found = {}
    for place, height in packet.heights_uv.items():
        texture = textures[place]
        own_beat = _beat(count, rate_hz, packet, rng)
        beat = packet.binding * common_beat + (1.0 - packet.binding) * own_beat
        carrier = hump_noise(count, rate_hz, texture.centre_hz, texture.width_octaves, rng)
        signal = np.sqrt(1.0 - packet.grains) * height * envelope * carrier * beat
        times: tuple[float, ...] = ()
        if packet.grains > 0.0:
            times = _own_times(packet, common_times, rng)
            signal = _with_grains(signal, rate_hz, times, packet, height, texture, rng)
        start = packet.start_s + packet.lags_s.get(place, 0.0)
        found[place] = Drawn(start, signal, tuple(start + t for t in times))
    return found


def _gaps(packet: Packet, rng: np.random.Generator) -> Array:
    """Return times of a renewal train with gamma gaps, from the start of the packet."""
    most = int(packet.duration_s / packet.grain_gap_s * 3.0) + 4
    shape = 1.0 / max(packet.grain_scatter, 0.02) ** 2
    gaps = rng.gamma(shape, packet.grain_gap_s / shape, most)
    return np.asarray(np.concatenate([[0.0], np.cumsum(np.maximum(gaps, 0.0018))]))


def _own_times(packet: Packet, common: Array, rng: np.random.Generator) -> tuple[float, ...]:
    """Return the wavelet times of one muscle: shared ones that arrived, and some of its own."""
    kept = common[rng.random(len(common)) < packet.binding]
    kept = kept + 0.00015 * rng.standard_normal(len(kept))
    stray = _gaps(packet, rng) + packet.grain_gap_s * rng.random()
    stray = stray[stray < packet.duration_s]
    stray = stray[rng.random(len(stray)) > packet.binding]
    times = np.sort(np.concatenate([kept, stray]))
    return tuple(float(t) for t in times[times >= 0.0])


def _with_grains(
    noise: Array, rate_hz: float, times: tuple[float, ...], packet: Packet, height: float,
    texture: Texture, rng: np.random.Generator,
) -> Array:  # fmt: skip
    """Return the noise with its wavelets on top; the last ones may outlast the noise."""
    tail = int(np.ceil(1.6 * texture.shape.duration_s * rate_hz))
    signal = np.concatenate([noise, np.zeros(tail)])
    for time in times:
        size = 2.4 * height * np.sqrt(packet.grains) * np.exp(0.3 * rng.standard_normal())
        add_wavelet(signal, rate_hz, time, float(size), wobble(texture.shape, 0.06, rng))
    return signal


def _beat(count: int, rate_hz: float, packet: Packet, rng: np.random.Generator) -> Array:
    """Return a fast positive modulation of mean square 1: the grain of a noise packet."""
    if packet.binding <= 0.0:
        return np.ones(count)
    pace_hz = 1.0 / packet.grain_gap_s
    turns = np.cumsum(pace_hz * np.exp(0.25 * hump_noise(count, rate_hz, 0.4 * pace_hz, 0.8, rng)))
    wave = np.exp(1.4 * np.cos(2.0 * np.pi * (turns / rate_hz + rng.random())))
    return np.asarray(wave / np.sqrt(np.mean(wave**2)))
