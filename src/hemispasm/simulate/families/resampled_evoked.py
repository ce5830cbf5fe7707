"""Family C, EMG with stimuli: a response made of real motor units in real background.

The zygomatic branch is stimulated; the muscle around the eye answers directly, the chin by a
lateral spread where there is one. The stimulus artefact is the only synthetic signal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.emg import Branch, EmgRecording, Muscle, StimulusInfo
from hemispasm.model.side import Side
from hemispasm.simulate.emg.truth import EmgTruth, SimulatedEmg, Spikes, TrueResponse
from hemispasm.simulate.families.parameters import number, pair
from hemispasm.simulate.families.real_traces import RealPieces, long_background
from hemispasm.simulate.families.resampled_emg import Unit, channel_of, draw_units, label_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class SpreadOptions:
    """A short train of stimuli.

    Attributes
    ----------
    side : Side
        Stimulated and recorded side.
    sweeps : int
        Stimuli.
    present : bool
        Whether the nerve spreads; without it only the direct response and background are there.
    snr_db : float
        20 log10 of RMS within the lateral spread over RMS of the background, single sweep; the
        background is the same with and without the response.
    """

    side: Side = Side.LEFT
    sweeps: int = 8
    present: bool = True
    snr_db: float = -6.0


def make_resampled_spread(options: SpreadOptions, pieces: RealPieces, seed: int) -> SimulatedEmg:
    """Return a train of stimuli on one side, two muscles, made of real pieces.

    The same seed is the same patient: with and without ``present`` the units, the artefact and the
    direct response are alike; the background is drawn anew.
    """
    who, beat, behind = np.random.default_rng([seed, 4, int(options.present)]).spawn(3)
    patient = np.random.default_rng([seed, 4, 2])
    rate_hz = pieces.rate_hz
    times = 0.5 + np.cumsum(1.0 / 3.0 + beat.normal(0.0, 0.004, options.sweeps))
    count = round((times[-1] + 0.5) * rate_hz)
    eye = draw_units(pieces, number("spread.direct_uv"), patient, "spread.stretch")
    chin = draw_units(pieces, number("burst.strength_uv"), patient, "spread.stretch")
    latency_s = 0.001 * float(patient.normal(*pair("spread.latency_ms")))
    artefact = _artefact(rate_hz, patient)
    share = float(patient.uniform(*pair("spread.participation")))
    direct_s = 0.001 * number("spread.direct_ms")
    signals = {Muscle.ORBICULARIS_OCULI: np.zeros(count), Muscle.MENTALIS: np.zeros(count)}
    clean, responses = np.zeros(count), []
    for sweep, time in enumerate(times):
        for muscle, gain in ((Muscle.ORBICULARIS_OCULI, 1.0), (Muscle.MENTALIS, 0.5)):
            _add(signals[muscle], gain * artefact, round(time * rate_hz))
        _fire(signals[Muscle.ORBICULARIS_OCULI], eye, time + direct_s, rate_hz, 1.0, who)
        if options.present:
            _fire(clean, chin, time + latency_s, rate_hz, share, who)
            responses.append(_response(options.side, sweep, latency_s, share))
    reference = _reference_uv(chin, rate_hz, share, np.random.default_rng([seed, 4, 3]))
    noise_uv = reference / 10 ** (options.snr_db / 20)
    signals[Muscle.MENTALIS] += clean
    rows = tuple(
        (signal + noise_uv * long_background(pieces, count, behind)).astype(np.float32)
        for signal in signals.values()
    )
    channels = tuple(channel_of((muscle, options.side), rate_hz) for muscle in signals)
    info = StimulusInfo(site=Branch.ZYGOMATIC, side=options.side, pulse_ms=0.2, rate_hz=3.0)
    return SimulatedEmg(
        EmgRecording(channels, rows, times, stimulus=info, simulated=True),
        EmgTruth(
            generator="resampled", scenario="lsr", seed=seed,
            affected_side="left" if options.side is Side.LEFT else "right",
            bursts=(), spasms=(), spikes=_no_spikes(), responses=tuple(responses),
            lateral_spread_present=np.full(options.sweeps, options.present),
            noise_uv=noise_uv, burst_rms_uv=reference,
        ),
    )  # fmt: skip


def _fire(
    into: Array, units: tuple[Unit, ...], at_s: float, rate_hz: float, share: float,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Let so large a share of the units answer once; a shape begins where it is first seen."""
    for unit in units:
        if rng.random() < share:
            late_s = unit.late_s + float(rng.normal(0.0, number("spread.jitter_s")))
            _add(into, unit.shape_uv, round((at_s + late_s) * rate_hz))


def _add(into: Array, piece: Array, first: int) -> None:
    part = piece[: max(len(into) - first, 0)]
    into[first : first + len(part)] += part


def _artefact(rate_hz: float, rng: np.random.Generator) -> Array:
    """Return the stimulus artefact: a spike with a fast and a slow decay."""
    t_ms = 1000.0 * np.arange(round(0.02 * rate_hz)) / rate_hz
    size = number("spread.artefact_uv") * float(rng.uniform(0.5, 1.5))
    return np.asarray(size * (np.exp(-t_ms / 0.3) - 0.03 * np.exp(-t_ms / 3.0)))


def _reference_uv(
    units: tuple[Unit, ...], rate_hz: float, share: float, rng: np.random.Generator
) -> float:
    """Return the RMS within a response of this patient, over some trials."""
    values = []
    for _ in range(20):
        line = np.zeros(round(0.04 * rate_hz))
        _fire(line, units, 0.002, rate_hz, share, rng)
        inside = np.flatnonzero(np.abs(line) > number("truth.threshold_uv"))
        if len(inside):
            values.append(float(np.sqrt(np.mean(line[inside[0] : inside[-1] + 1] ** 2))))
    return float(np.median(values)) if values else number("burst.strength_uv")


def _response(side: Side, sweep: int, latency_s: float, share: float) -> TrueResponse:
    onset = round(1000.0 * latency_s, 4)
    return TrueResponse(
        kind="LSR", channel=label_of((Muscle.MENTALIS, side)), sweep=sweep, onset_ms=onset,
        peak_ms=onset, end_ms=onset, amplitude_uv=0.0, participation=share,
    )  # fmt: skip


def _no_spikes() -> Spikes:
    nothing = np.zeros(0)
    return Spikes(nothing, nothing.astype(np.int32), nothing.astype(np.int32),
                  nothing.astype(np.int8), ())  # fmt: skip
