"""Family C, EMG: what is cut out of real recordings. Background, motor-unit shapes, interference.

Signals in, pieces out; nothing is read or kept here. Every piece is used with its own noise: a real
signal has no noiseless version.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import butter, find_peaks, resample_poly, sosfiltfilt

from hemispasm.model.errors import DecodeError
from hemispasm.simulate.families.parameters import number, pair

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

FEWEST_SAMPLES = 2000


@dataclass(frozen=True)
class Trace:
    """A real recording of one muscle: samples per second, and its signal in microvolt."""

    rate_hz: float
    signal_uv: NDArray[np.float64]


@dataclass(frozen=True)
class RealPieces:
    """Pieces of real recordings, all at one rate.

    Attributes
    ----------
    rate_hz : float
        Samples per second.
    quiet : tuple of ndarray
        Silences between discharges, RMS 1.
    shapes : tuple of ndarray
        Single motor-unit potentials, peak to peak 1, zero at both ends.
    busy : tuple of ndarray
        Stretches of interference, RMS 1.
    """

    rate_hz: float
    quiet: tuple[NDArray[np.float64], ...]
    shapes: tuple[NDArray[np.float64], ...]
    busy: tuple[NDArray[np.float64], ...]


def parse_trace(text: str) -> Trace:
    """Read a trace of two columns, seconds and millivolt; lines that are not two numbers drop out.

    Parameters
    ----------
    text : str
        As the PhysioNet EMG examples are written.

    Raises
    ------
    DecodeError
        Fewer than 2,000 samples can be read (``not_a_trace``).

    Examples
    --------
    >>> text = chr(10).join(f"{k / 4000:.5f} {0.001 * (k % 7)}" for k in range(4000))
    >>> trace = parse_trace(text)
    >>> trace.rate_hz, len(trace.signal_uv), round(float(trace.signal_uv.max()))
    (4000.0, 4000, 3)
    """
    rows = []
    for line in text.splitlines():
        try:
            time, value = (float(word) for word in line.split())
        except ValueError:
            continue
        rows.append((time, value))
    if len(rows) < FEWEST_SAMPLES:
        raise DecodeError(
            "not_a_trace",
            "The file is not a recording in two columns, seconds and millivolt.",
            "Leave it out of the folder of real EMG.",
        )
    table = np.array(rows)
    rate_hz = (len(table) - 1) / (table[-1, 0] - table[0, 0])
    return Trace(float(100.0 * round(rate_hz / 100.0)), 1000.0 * (table[:, 1] - table[:, 1].mean()))


def cut_pieces(traces: Sequence[Trace], rate_hz: float) -> RealPieces:
    """Cut real recordings into background, motor-unit shapes and interference.

    Parameters
    ----------
    traces : sequence of Trace
        Real recordings, each with parts that are nearly silent and parts with units.
    rate_hz : float
        Wanted rate; nothing above half the traces' own rate is in the pieces.

    Raises
    ------
    DecodeError
        No motor unit stands out of a silence (``no_motor_units``).
    """
    quiet: list[Array] = []
    shapes: list[Array] = []
    busy: list[Array] = []
    for trace in traces:
        signal = _resampled(_without_drift(trace), trace.rate_hz, rate_hz)
        quiet += _silences(signal, rate_hz)
        busy += _contractions(signal, rate_hz)
        shapes += _shapes(signal, rate_hz)
    if not shapes or not quiet:
        raise DecodeError(
            "no_motor_units",
            "The real EMG has no motor unit that stands out of a silence.",
            "Give a folder with recordings of a slight contraction.",
        )
    return RealPieces(rate_hz, tuple(quiet), tuple(shapes), tuple(busy))


def warped(piece: NDArray[np.float64], stretch: float) -> NDArray[np.float64]:
    """Return a piece played slower (stretch above 1) or faster.

    Examples
    --------
    >>> len(warped(np.zeros(100), 1.5))
    150
    """
    count = max(round(len(piece) * stretch), 2)
    places = np.linspace(0.0, len(piece) - 1.0, count)
    return np.asarray(np.interp(places, np.arange(len(piece)), piece))


def long_background(
    pieces: RealPieces, count: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return real background of any length, RMS 1: quiet stretches in random order, cross-faded."""
    fade = max(round(number("background.fade_s") * pieces.rate_hz), 2)
    ramp = np.sin(0.5 * np.pi * np.linspace(0.0, 1.0, fade))
    out = np.zeros(count + fade)
    place = 0
    while place < count:
        chosen = pieces.quiet[int(rng.integers(len(pieces.quiet)))]
        block = warped(chosen, float(rng.uniform(*pair("background.stretch"))))
        block = block * float(rng.choice((-1.0, 1.0)))
        block[:fade] *= ramp
        block[-fade:] *= ramp[::-1]
        piece = block[: len(out) - place]
        out[place : place + len(piece)] += piece
        place += len(block) - fade
    signal = out[:count]
    return np.asarray(signal / (float(np.sqrt(np.mean(signal**2))) or 1.0))


def _without_drift(trace: Trace) -> Array:
    edge = butter(2, number("background.high_pass_hz"), "highpass", fs=trace.rate_hz, output="sos")
    return np.asarray(sosfiltfilt(edge, trace.signal_uv))


def _resampled(signal: Array, from_hz: float, to_hz: float) -> Array:
    up, down = round(to_hz), round(from_hz)
    shared = gcd(up, down)
    return np.asarray(resample_poly(signal, up // shared, down // shared))


def _silences(signal: Array, rate_hz: float) -> list[Array]:
    """Return the quietest stretches in which no unit stands out, each brought to RMS 1.

    Even a slight contraction has silence between its discharges, a few hundredths of a second
    long. Stretches without any noise are padding and left out.
    """
    size = round(number("background.silence_s") * rate_hz)
    blocks = [signal[a : a + size] for a in range(0, len(signal) - size, size // 2)]
    blocks = [block - block.mean() for block in blocks]
    spread = np.array([block.std() for block in blocks])
    height = np.array([np.abs(block).max() for block in blocks])
    plain = (spread > number("background.least_uv")) & (
        height < number("background.crest") * spread
    )
    chosen = np.flatnonzero(plain)
    few = max(round(number("background.quiet_share") * len(blocks)), 2)
    return [blocks[k] / spread[k] for k in chosen[np.argsort(spread[chosen])][:few]]


def _contractions(signal: Array, rate_hz: float) -> list[Array]:
    """Return the stretches with most in them, each brought to RMS 1."""
    size = round(number("busy.stretch_s") * rate_hz)
    blocks = [signal[a : a + size] for a in range(0, len(signal) - size, size // 2)]
    order = np.argsort([float(np.std(block)) for block in blocks])
    few = max(round(number("busy.share") * len(blocks)), 2)
    return [blocks[k] / (float(np.std(blocks[k])) or 1.0) for k in order[-few:]]


def _shapes(signal: Array, rate_hz: float) -> list[Array]:
    """Return potentials that stand alone: nothing half as large within a window around them."""
    half = round(number("shape.half_s") * rate_hz)
    noise = float(np.median(np.abs(signal))) / 0.6745
    size = np.abs(signal)
    peaks, _ = find_peaks(size, height=number("shape.times_noise") * noise, distance=half // 2)
    found = []
    for peak in peaks:
        piece = signal[peak - half : peak + half + 1]
        if peak < half or len(piece) < 2 * half + 1:
            continue
        near = np.abs(np.arange(-half, half + 1)) <= half // 3
        if np.abs(piece[~near]).max() < 0.5 * size[peak]:
            found.append(_trimmed(piece - piece.mean()))
    return found[: round(number("shape.most"))]


def _trimmed(potential: Array) -> Array:
    """Return a potential from its first to its last visible sample, ends brought to zero."""
    seen = np.flatnonzero(np.abs(potential) > number("shape.visible") * np.ptp(potential))
    shape = potential[seen[0] : seen[-1] + 1]
    edge = max(len(shape) // 12, 1)
    ramp = np.linspace(0.0, 1.0, edge, endpoint=False)
    shape[:edge] *= ramp
    shape[-edge:] *= ramp[::-1]
    return np.asarray(shape / np.ptp(shape))
