"""Shapes of the second EMG family: chirped wavelets and packets of modulated noise.

Nothing here knows a motor unit. A discharge is a short oscillation whose frequency glides and whose
number of half-waves is drawn; a contraction is noise with a spectral hump under an envelope.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class Wavelet:
    """A short oscillation that starts and ends at zero.

    Attributes
    ----------
    duration_s : float
        From its first to its last value that is not zero.
    half_waves : int
        Phases: how often it swings to one side.
    chirp : float
        Above zero the oscillation begins fast and ends slow; -0.8 to 0.8.
    skew : float
        Where the envelope peaks, 0.1 (early) to 0.9 (late).
    flip : bool
        Begins downwards.
    """

    duration_s: float
    half_waves: int
    chirp: float
    skew: float
    flip: bool = False

    def values(self, times_s: Array) -> Array:
        """Return the oscillation at times from its start; its largest swing is close to 1.

        Examples
        --------
        >>> shape = Wavelet(0.004, 3, 0.2, 0.4)
        >>> shape.values(np.array([-0.001, 0.0, 0.004, 0.005])).tolist()
        [0.0, 0.0, 0.0, 0.0]
        """
        place = np.clip(times_s / self.duration_s, 0.0, 1.0)
        turned = place + self.chirp * place * (1.0 - place)
        bump = place**self._rise * (1.0 - place) ** self._fall
        swing = np.sin(np.pi * self.half_waves * turned)
        swing[(place <= 0.0) | (place >= 1.0)] = 0.0
        return (-1.0 if self.flip else 1.0) * swing * bump / self._top

    @property
    def _rise(self) -> float:
        return 0.4 + 2.0 * self.skew

    @property
    def _fall(self) -> float:
        return 0.4 + 2.0 * (1.0 - self.skew)

    @property
    def _top(self) -> float:
        peak = self._rise / (self._rise + self._fall)
        return float(peak**self._rise * (1.0 - peak) ** self._fall)


def draw_wavelet(
    rng: np.random.Generator,
    *,
    shortest_s: float = 0.003,
    longest_s: float = 0.008,
    most_half_waves: int = 5,
) -> Wavelet:
    """Return a wavelet of random length, glide and number of half-waves."""
    return Wavelet(
        duration_s=float(rng.uniform(shortest_s, longest_s)),
        half_waves=int(rng.integers(2, most_half_waves + 1)),
        chirp=float(rng.uniform(-0.3, 0.7)),
        skew=float(rng.uniform(0.2, 0.6)),
        flip=bool(rng.random() < 0.5),
    )


def wobble(shape: Wavelet, share: float, rng: np.random.Generator) -> Wavelet:
    """Return the same wavelet a little longer or shorter, with a little more or less glide."""
    return Wavelet(
        duration_s=shape.duration_s * float(np.exp(share * rng.standard_normal())),
        half_waves=shape.half_waves,
        chirp=float(np.clip(shape.chirp + share * rng.standard_normal(), -0.8, 0.8)),
        skew=shape.skew,
        flip=shape.flip,
    )


def add_wavelet(into: Array, rate_hz: float, start_s: float, height: float, shape: Wavelet) -> None:
    """Add one wavelet at its exact time, between samples where that falls there."""
    first = max(int(np.ceil(start_s * rate_hz)), 0)
    last = min(int(np.floor((start_s + shape.duration_s) * rate_hz)) + 1, len(into))
    if last > first:
        times = np.arange(first, last) / rate_hz - start_s
        into[first:last] += height * shape.values(times)


def hump_noise(
    count: int, rate_hz: float, centre_hz: float, width_octaves: float, rng: np.random.Generator
) -> Array:
    """Return Gaussian noise of RMS 1 whose spectrum is one hump on a logarithmic axis.

    Parameters
    ----------
    count : int
        Samples.
    rate_hz : float
        Samples per second.
    centre_hz, width_octaves : float
        Top of the hump, and its standard deviation.
    rng : Generator
        Source of chance.
    """
    if count < 2:
        return np.zeros(max(count, 0))
    # A longer stretch is made and cut: the ends of a periodic noise would match each other.
    full = int(2 ** np.ceil(np.log2(count + 64)))
    freqs = np.fft.rfftfreq(full, 1.0 / rate_hz)
    octaves = np.log2(np.maximum(freqs, 1e-3) / centre_hz)
    amplitude = np.exp(-0.25 * (octaves / width_octaves) ** 2)
    amplitude[0] = 0.0
    phases = rng.standard_normal(len(freqs)) + 1j * rng.standard_normal(len(freqs))
    noise = np.fft.irfft(amplitude * phases, full)[:count]
    return np.asarray(noise / (np.sqrt(np.mean(amplitude**2)) or 1.0) * np.sqrt(full / 2.0))


def swell(count: int, rise: float, fall: float) -> Array:
    """Return an envelope from 0 to 1 to 0 with smooth flanks.

    ``rise`` and ``fall`` are the shares of the length that the flanks take.

    Examples
    --------
    >>> swell(5, 0.5, 0.5).round(2).tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """
    place = np.linspace(0.0, 1.0, count)
    up = np.clip(place / max(rise, 1e-6), 0.0, 1.0)
    down = np.clip((1.0 - place) / max(fall, 1e-6), 0.0, 1.0)
    return np.asarray(np.sin(0.5 * np.pi * up) ** 2 * np.sin(0.5 * np.pi * down) ** 2)
