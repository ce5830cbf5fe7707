"""What electrodes add in the second EMG family: noise, hum, heart, touched cables, diathermy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.simulate.emg.options import THEATRE_ARTEFACTS, Artefacts
from hemispasm.simulate.emg.phenomenological_background import (
    cautery_noise,
    coloured_noise,
    electrode_step,
    heart_times,
    heart_wave,
    movement_wave,
    wandering_mains,
)
from hemispasm.simulate.emg.phenomenological_evoked import stimulus_artefact
from hemispasm.simulate.emg.phenomenological_shapes import add_wavelet, draw_wavelet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.emg.options import EmgOptions
    from hemispasm.simulate.emg.phenomenological_canvas import Canvas
    from hemispasm.simulate.emg.phenomenological_packets import Place
    from hemispasm.simulate.emg.phenomenological_sweeps import Sweeps

    Array = NDArray[np.float64]

#: RMS of the noise when nobody asks for another: assumptions.
NOISE_UV = {"surface": 2.5, "needle": 6.0, "hook": 5.0}
#: How long diathermy lasts around a sweep that it spoils.
CAUTERY_S = 0.3


@dataclass
class Faults:
    """What was put on the electrodes, per channel, and when."""

    added: dict[Place, NDArray[np.float32]]
    spans: list[tuple[float, float, str]] = field(default_factory=list)


def chosen_artefacts(options: EmgOptions) -> Artefacts:
    """Return the artefacts of a recording: the given ones or the scenario's."""
    if options.artefacts is not None:
        return options.artefacts
    if options.scenario == "theatre":
        return THEATRE_ARTEFACTS
    if options.scenario == "electrode_pop":
        return Artefacts(pops_per_min=25.0, movement_per_min=4.0)
    return Artefacts()


def amplifier_noise(
    count: int, rate_hz: float, rms_uv: float, edge_hz: float, rng: np.random.Generator
) -> Array:
    """Return the noise of one channel: a given RMS, a colour of its own.

    The low end rises as 1/f**slope below a corner, the high end rolls off where this amplifier's
    band ends (``edge_hz``).
    """
    slope, corner_hz = float(rng.uniform(0.7, 1.5)), float(rng.uniform(3.0, 25.0))
    noise = coloured_noise(count, rate_hz, slope, corner_hz, edge_hz, rng)
    return noise * (rms_uv / (float(np.sqrt(np.mean(noise**2))) or 1.0))


def add_faults(
    options: EmgOptions, canvas: Canvas, sweeps: Sweeps | None, rng: np.random.Generator
) -> Faults:
    """Return everything on the electrodes that is neither muscle nor amplifier noise."""
    made = chosen_artefacts(options)
    count, rate_hz = canvas.count, canvas.rate_hz
    faults = Faults({place: np.zeros(count, np.float32) for place in canvas.places})
    duration_s = count / rate_hz
    beats = heart_times(duration_s, made.ecg_per_min, rng)
    for place in canvas.places:
        into = faults.added[place]
        hum = made.mains_uv * float(rng.uniform(0.6, 1.4)) / np.sqrt(2.0)
        into += wandering_mains(count, rate_hz, options.line_hz, hum, made.mains_harmonics, rng)
        height = made.ecg_uv * float(rng.uniform(0.5, 1.5)) * (1.0 if rng.random() < 0.5 else -1.0)
        if made.ecg_uv > 0.0:
            into += heart_wave(count, rate_hz, beats, height)
        if made.drift_uv > 0.0:
            slow = coloured_noise(count, rate_hz, 2.0, 0.8, 1.0, rng)
            into += made.drift_uv * slow / (float(slow.std()) or 1.0)
    _touch(faults, canvas, made, duration_s, rng)
    _pops(faults, canvas, made, duration_s, rng)
    if sweeps is not None:
        _stimulate(faults, canvas, made, sweeps, rng)
    _cauterise(faults, canvas, made, sweeps, duration_s, rng)
    return faults


def _times(per_min: float, duration_s: float, rng: np.random.Generator) -> Array:
    number = int(rng.poisson(max(per_min, 0.0) * duration_s / 60.0))
    return np.sort(rng.uniform(0.2, max(duration_s - 0.2, 0.3), number))


def _touch(
    faults: Faults, canvas: Canvas, made: Artefacts, duration_s: float, rng: np.random.Generator
) -> None:
    for place in canvas.places:
        for at_s in _times(made.movement_per_min, duration_s, rng):
            length_s = float(rng.uniform(0.2, 1.2))
            height = made.movement_uv * float(np.exp(0.4 * rng.standard_normal()))
            wave = movement_wave(canvas.count, canvas.rate_hz, float(at_s), length_s, height, rng)
            faults.added[place] += wave
            faults.spans.append((float(at_s), float(at_s) + length_s, "movement"))


def _pops(
    faults: Faults, canvas: Canvas, made: Artefacts, duration_s: float, rng: np.random.Generator
) -> None:
    # One loose electrode; which one is chance.
    loose = canvas.places[int(rng.integers(len(canvas.places)))]
    for at_s in _times(made.pops_per_min, duration_s, rng):
        leak_s = float(np.exp(rng.uniform(np.log(0.004), np.log(0.15))))
        height = made.pop_uv * float(np.exp(0.5 * rng.standard_normal()))
        height *= 1.0 if rng.random() < 0.5 else -1.0
        at = float(at_s)
        for _ in range(1 + int(rng.geometric(0.6))):
            faults.added[loose] += electrode_step(canvas.count, canvas.rate_hz, at, height, leak_s)
            at += float(rng.uniform(0.01, 0.2))
            height *= float(rng.uniform(-1.1, 0.9))
        faults.spans.append((float(at_s), at + 3.0 * leak_s, "pop"))


def _stimulate(
    faults: Faults, canvas: Canvas, made: Artefacts, sweeps: Sweeps, rng: np.random.Generator
) -> None:
    fade = float(rng.uniform(1.1, 2.2))
    sizes = made.stimulus_uv * np.exp(0.8 * rng.standard_normal(len(canvas.places)) - 0.6)
    signs = np.where(rng.random(len(canvas.places)) < 0.5, 1.0, -1.0)
    for index, place in enumerate(canvas.places):
        if made.stimulus_uv <= 0.0:
            break
        near = 1.0 if place[1] is sweeps.side else 0.4
        height = float(near * sizes[index] * signs[index])
        for time in sweeps.times_s:
            first, wave = stimulus_artefact(canvas.rate_hz, float(time), height, fade, rng)
            piece = wave[: max(canvas.count - first, 0)]
            faults.added[place][first : first + len(piece)] += piece
    share = made.free_emg_share
    for time in sweeps.times_s:
        if rng.random() < share:
            place = canvas.places[int(rng.integers(len(canvas.places)))]
            signal = np.zeros(int(0.08 * canvas.rate_hz))
            for _ in range(int(rng.integers(1, 6))):
                at = float(rng.uniform(0.0, 0.06))
                height = float(rng.uniform(15.0, 60.0))
                add_wavelet(signal, canvas.rate_hz, at, height, draw_wavelet(rng))
            canvas.lay(place, float(time) - 0.02, signal, "free_emg")


def _cauterise(
    faults: Faults, canvas: Canvas, made: Artefacts, sweeps: Sweeps | None, duration_s: float,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Add diathermy around the sweeps that it spoils, or in some of the seconds."""
    if sweeps is not None:
        starts = sweeps.times_s[sweeps.cautery] - float(rng.uniform(0.02, 0.1))
    else:
        seconds = np.arange(int(duration_s))
        starts = seconds[rng.random(len(seconds)) < made.cautery_share].astype(float)
    for start in starts:
        first = max(int(start * canvas.rate_hz), 0)
        length = min(int(CAUTERY_S * canvas.rate_hz), canvas.count - first)
        for place in canvas.places:
            rms = made.cautery_uv * float(rng.uniform(0.4, 1.6))
            burn = cautery_noise(length, canvas.rate_hz, rms, rng)
            faults.added[place][first : first + len(burn)] += burn
        faults.spans.append((round(float(start), 6), round(float(start) + CAUTERY_S, 6), "cautery"))
