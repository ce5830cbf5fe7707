"""What the generator of an EMG recording knows: spikes, bursts, spasms, responses, state."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hemispasm.model.base import Noun
from hemispasm.model.emg import Muscle
from hemispasm.model.event import Pattern
from hemispasm.model.side import Side

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.emg import EmgRecording

EMG_TRUTH_SCHEMA: Literal["hemispasm.emg_truth/1"] = "hemispasm.emg_truth/1"

ResponseKind = Literal[
    "M", "LSR", "LSR_late", "F", "R1", "R2", "R2c", "synkinetic_R1", "synkinetic_R2", "ZL"
]


class TrueBurst(Noun):
    """Activity on one channel: the noiseless signal of that muscle exceeds 5 microvolt.

    Pauses shorter than the parameter ``truth.bridge_s`` do not end a burst (longer ones in a
    voluntary contraction or a myokymic group, whose units fire one by one). Edges are the first
    and last crossing, without smoothing. ``cause`` is ``ectopic``, ``blink``, ``voluntary``,
    ``speech``, ``synkinesis``, ``myokymia``, ``seizure``, ``cocontraction``, ``free_emg``, or
    ``volume_conduction`` (another muscle's burst on this electrode: neither a hit nor a false
    detection). Responses to stimuli are not bursts.
    """

    channel: str
    start_s: float
    end_s: float
    cause: str
    side: Side | None = None


class TrueSpasm(Noun):
    """One involuntary contraction: the bursts of one ectopic cluster."""

    side: Side
    start_s: float
    end_s: float
    cause: str
    pattern: Pattern | None = None
    muscles: tuple[Muscle, ...] = ()


class TrueResponse(Noun):
    """One response to one stimulus on one channel, from the noiseless signal of that response.

    ``sweep`` is the index in ``recording.stimuli_s``; latencies count from that stimulus.
    ``participation`` is the share of the muscle's motor units that fired.
    """

    kind: ResponseKind
    channel: str
    sweep: int
    onset_ms: float
    peak_ms: float
    end_ms: float
    amplitude_uv: float
    participation: float


class StatePoint(Noun):
    """The nerve at one time of the recording."""

    time_s: float
    compression: float
    excitability: float
    cross_talk_gain: float
    nuclear_gain: float


@dataclass(frozen=True)
class Spikes:
    """Every motor-unit discharge, in order of time.

    Attributes
    ----------
    time_s : ndarray of float64
        Arrival at the muscle, recording clock.
    channel, unit : ndarray of int32
        Index of the channel whose muscle fired, and of the unit in that muscle.
    cause : ndarray of int8
        Index into ``causes``.
    causes : tuple of str
        ``seed``, ``autoexcitation``, ``ephaptic``, ``f``, ``nuclear``, ``voluntary``, ``blink`` …
    """

    time_s: NDArray[np.float64]
    channel: NDArray[np.int32]
    unit: NDArray[np.int32]
    cause: NDArray[np.int8]
    causes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.time_s)


@dataclass(frozen=True)
class EmgTruth:
    """Everything that was put in. All times are on the recording's clock.

    Attributes
    ----------
    generator, scenario, seed
        What made the recording.
    affected_side : {"left", "right", "none_seen"}
        Side of hemifacial spasm; ``none_seen`` in imitators and healthy faces.
    bursts, spasms, responses, states, spikes
        See their types; ``responses`` is empty without stimuli.
    participation : ndarray, shape (n_stimuli, n_channels)
        Share of each muscle's units with a lateral spread after each stimulus.
    lateral_spread_present : ndarray of bool, shape (n_stimuli,)
        Whether the nerve's cross-talk was open at that stimulus.
    vanish_sweep : int or None
        First sweep after which no lateral spread occurs.
    noise_uv : float
        RMS of the amplifier noise.
    burst_rms_uv : float
        RMS of the noiseless leading channel within its bursts or responses.
    clock_offset_s, clock_drift_ppm, electromechanical_delay_s : float
        For matching a video.
    rejected_sweeps : tuple of int
        Sweeps with diathermy.
    artefact_spans : tuple of (start_s, end_s, kind)
        Diathermy, pops and movement.
    values : dict
        Other true values (rates, latencies, gains).
    """

    generator: str
    scenario: str
    seed: int
    affected_side: Literal["left", "right", "none_seen"]
    bursts: tuple[TrueBurst, ...]
    spasms: tuple[TrueSpasm, ...]
    spikes: Spikes
    responses: tuple[TrueResponse, ...] = ()
    states: tuple[StatePoint, ...] = ()
    participation: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0)))
    lateral_spread_present: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    vanish_sweep: int | None = None
    noise_uv: float = 0.0
    burst_rms_uv: float = 0.0
    clock_offset_s: float = 0.0
    clock_drift_ppm: float = 0.0
    electromechanical_delay_s: float = 0.0
    rejected_sweeps: tuple[int, ...] = ()
    artefact_spans: tuple[tuple[float, float, str], ...] = ()
    values: dict[str, float] = field(default_factory=dict)

    def bursts_of(self, channel: str) -> tuple[TrueBurst, ...]:
        """Return the muscle's own bursts on a channel (not those conducted from elsewhere)."""
        return tuple(
            b for b in self.bursts if b.channel == channel and b.cause != "volume_conduction"
        )

    def as_json(self, *, with_spikes: bool = True) -> dict[str, Any]:
        """Return plain lists and numbers for ``*.truth.json``."""
        flat: dict[str, Any] = {"schema": EMG_TRUTH_SCHEMA}
        for name, value in vars(self).items():
            if name == "spikes":
                continue
            if isinstance(value, np.ndarray):
                plain = value if value.dtype == np.bool_ else np.round(value, 6)
                flat[name] = plain.tolist()
            elif isinstance(value, tuple) and value and isinstance(value[0], Noun):
                flat[name] = [row.model_dump(mode="json") for row in value]
            else:
                flat[name] = list(value) if isinstance(value, tuple) else value
        if with_spikes:
            flat["spikes"] = {
                "time_s": np.round(self.spikes.time_s, 6).tolist(),
                "channel": self.spikes.channel.tolist(),
                "unit": self.spikes.unit.tolist(),
                "cause": [self.spikes.causes[c] for c in self.spikes.cause],
            }
        return flat


@dataclass(frozen=True)
class SimulatedEmg:
    """A recording as an amplifier would have made it, and its truth."""

    recording: EmgRecording
    truth: EmgTruth
