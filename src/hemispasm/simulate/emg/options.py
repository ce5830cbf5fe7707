"""What decides a simulated EMG recording; the same options and seed give the same recording."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from hemispasm.model.emg import Branch, Muscle
from hemispasm.model.errors import UsageError
from hemispasm.model.side import Side

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hemispasm.model.event import Pattern

GENERATORS = ("mechanistic", "phenomenological")
SPONTANEOUS = (
    "hfs",
    "healthy",
    "blinks_only",
    "voluntary",
    "speech",
    "cocontraction",
    "myokymia",
    "post_paralytic",
    "seizure_rhythm",
    "electrode_pop",
)
EVOKED = ("lsr", "blink_reflex", "f_wave", "z_l", "theatre")
SCENARIOS = SPONTANEOUS + EVOKED

Electrode = Literal["surface", "needle", "hook"]
BothSides = (Side.LEFT, Side.RIGHT)


@dataclass(frozen=True)
class Artefacts:
    """Everything on the electrodes that is not muscle; 0 switches a source off.

    Attributes
    ----------
    mains_uv, mains_harmonics : float
        Amplitude of the mains hum, and of its harmonics relative to it.
    ecg_uv, ecg_per_min : float
        Height of the R wave on the face, and heart rate.
    movement_per_min, movement_uv : float
        Slow shifts by cable or skin movement, per minute and channel.
    drift_uv : float
        Standard deviation of the slow wander of the baseline.
    pops_per_min, pop_uv : float
        Abrupt electrode pops with an exponential return, per minute on one channel.
    stimulus_uv, stimulus_fast_ms, stimulus_slow_ms : float
        Stimulus artefact: size on the first channel and its two decays.
    m_wave_leak : float
        Share of a direct response that reaches the other electrodes by volume conduction.
    leak : float
        Scale of the volume conduction between electrodes for everything else; 1 is the default
        matrix, 0 none.
    free_emg_share : float
        Share of the sweeps with unrelated motor-unit discharges in them.
    cautery_share, cautery_uv : float
        Share of the sweeps (or, without stimuli, of the seconds) with diathermy, and its size.
    clip_uv : float
        The amplifier saturates here.
    """

    mains_uv: float = 3.0
    mains_harmonics: float = 0.3
    ecg_uv: float = 8.0
    ecg_per_min: float = 70.0
    movement_per_min: float = 0.0
    movement_uv: float = 120.0
    drift_uv: float = 0.0
    pops_per_min: float = 0.0
    pop_uv: float = 250.0
    stimulus_uv: float = 2000.0
    stimulus_fast_ms: float = 0.35
    stimulus_slow_ms: float = 4.0
    m_wave_leak: float = 0.03
    leak: float = 1.0
    free_emg_share: float = 0.0
    cautery_share: float = 0.0
    cautery_uv: float = 400.0
    clip_uv: float = 5000.0


CLEAN = Artefacts(
    mains_uv=0.0, ecg_uv=0.0, stimulus_uv=0.0, m_wave_leak=0.0, leak=0.0, mains_harmonics=0.0
)
"""No artefact at all: muscle and amplifier noise only."""

THEATRE_ARTEFACTS = Artefacts(free_emg_share=0.08, cautery_share=0.05, drift_uv=10.0)
"""What an operating theatre adds."""


@dataclass(frozen=True)
class StimulusTrain:
    """A train of electrical stimuli.

    Attributes
    ----------
    site : Branch
        A branch of the facial nerve, ``supraorbital`` (blink reflex) or ``artery`` (Z-L response).
    side : Side, optional
        Stimulated side; the affected side when None.
    count, rate_hz, first_s : int or float
        Number of stimuli, their rate, and the time of the first.
    jitter_s : float
        Standard deviation of the interval, so that mains is not locked to the train.
    intensity_ma, pulse_ms, strength : float
        Protocol values, and the share of the branch's axons that are excited.
    pair_interval_ms : float, optional
        A second stimulus follows each after this interval.
    """

    site: Branch = Branch.ZYGOMATIC
    side: Side | None = None
    count: int = 60
    rate_hz: float = 3.0
    first_s: float = 0.5
    jitter_s: float = 0.004
    intensity_ma: float = 12.0
    pulse_ms: float = 0.2
    strength: float = 0.95
    pair_interval_ms: float | None = None


@dataclass(frozen=True)
class TheatrePlan:
    """The course of an operation, in stimuli of the train.

    Attributes
    ----------
    vanish_sweep : int, optional
        Index of the first sweep without a lateral spread; None when it persists to the end.
    fade_sweeps : int
        Over so many sweeps before it the response shrinks; 0 vanishes from one to the next.
    dip : tuple of int, optional
        First and last sweep of a transient loss (opening of the dura, release of CSF).
    cautery : tuple of (int, int)
        Runs of sweeps with diathermy, beside the scattered ones.
    """

    vanish_sweep: int | None = 240
    fade_sweeps: int = 0
    dip: tuple[int, int] | None = None
    cautery: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class GivenSpasm:
    """A spasm (or blink) that must happen at a stated time of the patient's clock.

    ``start_s`` and ``end_s`` are those of the movement, as a video shows it; the muscle's
    electrical activity precedes it by the electromechanical delay.
    """

    start_s: float
    end_s: float
    pattern: Pattern | None = None


@dataclass(frozen=True)
class Clock:
    """How the recording's clock differs from the patient's.

    recording time = offset_s + patient time x (1 + drift_ppm / 1,000,000)

    Examples
    --------
    >>> round(Clock(offset_s=2.0, drift_ppm=50.0).recording_time(100.0), 6)
    102.005
    """

    offset_s: float = 0.0
    drift_ppm: float = 0.0

    def recording_time(self, patient_s: float) -> float:
        """Return the time on the recording's clock of a moment on the patient's."""
        return self.offset_s + patient_s * (1.0 + 1e-6 * self.drift_ppm)


@dataclass(frozen=True)
class EmgOptions:
    """Everything that decides a simulated EMG recording.

    Attributes
    ----------
    scenario : str
        One of ``SCENARIOS``.
    generator : str
        ``mechanistic`` (motor units of a compressed nerve) or ``phenomenological`` (an independent
        idea, never used for tuning).
    side : Side
        Affected, moving or stimulated side; in ``healthy`` and ``blinks_only`` nothing is affected
        and it only names the stimulated side.
    compression : float
        0 (free nerve) to 1, the one dial of the disease.
    excitability, nuclear_gain : float, optional
        0-1; in balance with the compression when None.
    toxin_block : mapping of Muscle to float
        Share of the neuromuscular transmission of the affected side that toxin blocks; terminals
        that are more active take up more.
    muscles : tuple of Muscle
        Recorded on each of ``record_sides``, in this order, affected side first.
    leading : Muscle
        The muscle in whose fibres the ectopic activity starts.
    snr_db : float, optional
        20 log10 of RMS of the noiseless signal within the true bursts (ectopic ones where there
        are any; evoked scenarios: within the responses of the patient before treatment) over RMS
        of the amplifier noise, on the leading channel of the affected side. All channels have the
        same noise. Hum, ECG and the other artefacts are not counted as noise.
    noise_uv : float, optional
        RMS of the amplifier noise instead of ``snr_db``; the default of the electrode when both
        are None.
    blink_rate_per_min, voluntary_per_min : float, optional
        Of spontaneous blinks (both sides) and of voluntary movements; the scenario's when None.
    spasm_rate_per_min : float, optional
        Long-run rate of the spasms; follows from the excitability when None.
    stimuli, theatre : StimulusTrain, TheatrePlan, optional
        Of the evoked scenarios; a default train when None.
    given_spasms, given_blinks : tuple of GivenSpasm, optional
        Events of a matching video; they replace those that would be drawn.
    clock : Clock
        Offset and drift of the recording's clock against the patient's.
    line_hz : float
        Mains frequency.

    Examples
    --------
    >>> EmgOptions("hfs", side=Side.RIGHT, snr_db=6.0).channels()[0]
    (<Muscle.ORBICULARIS_OCULI: 'orbicularis_oculi'>, <Side.RIGHT: 'right'>)
    """

    scenario: str = "hfs"
    generator: str = "mechanistic"
    side: Side = Side.LEFT
    duration_s: float = 60.0
    rate_hz: float = 10_000.0
    compression: float = 0.7
    excitability: float | None = None
    nuclear_gain: float | None = None
    toxin_block: Mapping[Muscle, float] = field(default_factory=dict)
    electrode: Electrode = "surface"
    muscles: tuple[Muscle, ...] = (Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS)
    record_sides: tuple[Side, ...] = BothSides
    leading: Muscle = Muscle.ORBICULARIS_OCULI
    snr_db: float | None = None
    noise_uv: float | None = None
    blink_rate_per_min: float | None = None
    voluntary_per_min: float | None = None
    spasm_rate_per_min: float | None = None
    stimuli: StimulusTrain | None = None
    theatre: TheatrePlan | None = None
    artefacts: Artefacts | None = None
    given_spasms: tuple[GivenSpasm, ...] | None = None
    given_blinks: tuple[GivenSpasm, ...] | None = None
    clock: Clock = field(default_factory=Clock)
    line_hz: float = 50.0

    def __post_init__(self) -> None:
        _check_names(self)
        _check_sizes(self)

    def channels(self) -> tuple[tuple[Muscle, Side], ...]:
        """Return muscle and side of every channel, affected side first."""
        sides = sorted(self.record_sides, key=lambda side: side is not self.side)
        return tuple((muscle, side) for side in sides for muscle in self.muscles)

    @property
    def is_affected(self) -> bool:
        """Whether this patient has a nerve that can cross-talk."""
        return self.scenario in ("hfs", *EVOKED) and self.compression > 0.0

    def train(self) -> StimulusTrain | None:
        """Return the stimuli of an evoked scenario: the given ones or the usual ones."""
        if self.stimuli is not None or self.scenario not in EVOKED:
            return self.stimuli
        usual = {
            "lsr": StimulusTrain(),
            "theatre": StimulusTrain(count=360),
            "blink_reflex": StimulusTrain(site=Branch.SUPRAORBITAL, count=12, rate_hz=0.2),
            "f_wave": StimulusTrain(site=Branch.MANDIBULAR, count=20, rate_hz=1.0, strength=1.0),
            "z_l": StimulusTrain(site=Branch.ARTERY, intensity_ma=2.0, count=40),
        }
        return usual[self.scenario]


def _check_names(options: EmgOptions) -> None:
    if options.scenario not in SCENARIOS:
        raise UsageError(
            "unknown_scenario",
            f"There is no EMG scenario called {options.scenario!r}.",
            f"Choose one of: {', '.join(SCENARIOS)}.",
        )
    if options.generator not in GENERATORS:
        raise UsageError(
            "unknown_generator",
            f"There is no generator called {options.generator!r}.",
            f"Choose one of: {', '.join(GENERATORS)}.",
        )
    if options.side is Side.BOTH or Side.BOTH in options.record_sides:
        raise UsageError("scenario_side", "A simulated nerve has one side.", "Give left or right.")
    if not options.muscles or not options.record_sides:
        raise UsageError(
            "no_channels", "The recording would have no channel.", "Name a muscle and a side."
        )
    wrong = [m.value for m in options.muscles if m in (Muscle.MASSETER, Muscle.OTHER)]
    if wrong or len(set(options.muscles)) != len(options.muscles):
        raise UsageError(
            "scenario_muscle",
            "Only muscles of the facial nerve are simulated, each once.",
            "Choose among frontalis, orbicularis oculi, zygomaticus, orbicularis oris, mentalis "
            "and platysma.",
        )


def _check_sizes(options: EmgOptions) -> None:
    if not 0.5 <= options.duration_s <= 14_400 or not 500 <= options.rate_hz <= 100_000:
        raise UsageError(
            "scenario_size",
            "The recording must last 0.5 s to 4 h at 500 to 100,000 samples per second.",
            "Change the duration or the rate.",
        )
    fractions = [options.compression, *options.toxin_block.values()]
    fractions += [v for v in (options.excitability, options.nuclear_gain) if v is not None]
    if any(not 0.0 <= value <= 1.0 for value in fractions):
        raise UsageError(
            "scenario_fraction",
            "Compression, excitability, nuclear gain and toxin block lie between 0 and 1.",
            "Change the value.",
        )
    if options.snr_db is not None and options.noise_uv is not None:
        raise UsageError(
            "scenario_noise", "The noise is given twice.", "Give snr_db or noise_uv, not both."
        )
    if options.stimuli is not None and (options.stimuli.count < 1 or options.stimuli.rate_hz <= 0):
        raise UsageError(
            "scenario_train", "A train needs stimuli and a rate.", "Change count or rate_hz."
        )
