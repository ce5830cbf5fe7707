"""Family D, EMG with stimuli: sweeps that hold no lateral spread but something that passes for one.

======== =========================================================================================
long     a direct response that lasts past 7.5 ms, as after regrowth of the nerve
mains    stimuli locked to the mains: the hum is alike in every sweep
effort   the chin is tensed throughout
pops     an electrode jumps in some sweeps
======== =========================================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import butter, sosfilt

from hemispasm.model.emg import Branch, EmgRecording, Muscle, StimulusInfo
from hemispasm.model.errors import UsageError
from hemispasm.simulate.families.parameters import number, pair
from hemispasm.simulate.families.resampled_emg import channel_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.side import Side

    Array = NDArray[np.float64]

RATE_HZ = 10_000.0
SWEEP_IMITATORS = ("long", "mains", "effort", "pops")


def make_imitator_sweeps(kind: str, side: Side, seed: int, sweeps: int = 8) -> EmgRecording:
    """Return a short train of stimuli without a lateral spread.

    Parameters
    ----------
    kind : str
        One of ``SWEEP_IMITATORS``.
    side : Side
        Stimulated and recorded side.
    seed, sweeps : int
        The same arguments give the same recording; number of stimuli.

    Raises
    ------
    UsageError
        There is no such kind (``unknown_imitator``).

    Examples
    --------
    >>> from hemispasm.model.side import Side
    >>> len(make_imitator_sweeps("mains", Side.LEFT, seed=1).stimuli_s)
    8
    """
    if kind not in SWEEP_IMITATORS:
        raise UsageError(
            "unknown_imitator",
            f"There is no imitator of a lateral spread called {kind!r}.",
            f"Choose one of: {', '.join(SWEEP_IMITATORS)}.",
        )
    rng = np.random.default_rng([seed, 6])
    wander = 0.0 if kind == "mains" else 0.006
    step_s = 0.34 if kind == "mains" else 1.0 / 3.0
    times = 0.5 + np.cumsum(step_s + wander * rng.standard_normal(sweeps))
    count = round((times[-1] + 0.5) * RATE_HZ)
    noise_uv = number("imitator.sweep_noise_uv")
    eye, chin = (noise_uv * rng.standard_normal(count) for _ in range(2))
    length_s = 0.001 * float(
        rng.uniform(*pair("imitator.long_ms" if kind == "long" else "imitator.direct_ms"))
    )
    direct = _direct(length_s, rng)
    for time in times:
        first = round((time + 0.003) * RATE_HZ)
        eye[first : first + len(direct)] += direct
        chin[first : first + len(direct)] += number("imitator.conducted") * direct
        _spark(eye, time, 1.0)
        _spark(chin, time, 0.5)
    if kind == "mains":
        t = np.arange(count) / RATE_HZ
        for signal in (eye, chin):
            phase = rng.uniform(0, 6.28)
            signal += 2.0 * noise_uv * np.sin(2 * np.pi * 50.0 * t + phase)
            signal += 0.5 * noise_uv * np.sin(2 * np.pi * 150.0 * t + 3 * phase)
    elif kind == "effort":
        band = butter(1, [40, 300], "bandpass", fs=RATE_HZ, output="sos")
        tensed = sosfilt(band, rng.standard_normal(count))
        chin += 2.0 * noise_uv * tensed / tensed.std()
    elif kind == "pops":
        for time in times[rng.random(sweeps) < 0.4]:
            at = round((time + rng.uniform(0.0, 0.03)) * RATE_HZ)
            chin[at:] += rng.uniform(*pair("electrode.pop_uv")) * np.exp(
                -np.arange(count - at) / (rng.uniform(*pair("electrode.return_s")) * RATE_HZ)
            )
    muscles = (Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS)
    return EmgRecording(
        tuple(channel_of((muscle, side), RATE_HZ) for muscle in muscles),
        (eye.astype(np.float32), chin.astype(np.float32)),
        times,
        stimulus=StimulusInfo(site=Branch.ZYGOMATIC, side=side, pulse_ms=0.2, rate_hz=3.0),
        line_hz=50.0,
        simulated=True,
    )


def _direct(length_s: float, rng: np.random.Generator) -> Array:
    """Return a direct response: a biphasic wave; a long one trails off in wavelets."""
    t = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    wave = np.sin(2 * np.pi * t / min(length_s, 0.008)) * np.exp(-t / (0.35 * length_s))
    for _ in range(int(length_s / 0.004)):
        centre, width = rng.uniform(0.2, 0.9) * length_s, rng.uniform(0.5e-3, 1.2e-3)
        bump = np.exp(-(((t - centre) / width) ** 2)) * (t - centre) / width
        wave += rng.uniform(0.05, 0.3) * bump
    wave *= np.hanning(len(t)) ** 0.2
    return np.asarray(number("imitator.direct_uv") * wave / np.abs(wave).max())


def _spark(signal: Array, time_s: float, gain: float) -> None:
    first = round(time_s * RATE_HZ)
    t_ms = np.arange(30) / 10.0
    part = signal[first : first + 30]
    part += gain * number("spread.artefact_uv") * np.exp(-t_ms / 0.25)[: len(part)]
