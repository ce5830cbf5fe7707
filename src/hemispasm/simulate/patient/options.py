"""What decides a simulated patient; the same options give the same case, byte for byte."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from hemispasm.model.errors import UsageError
from hemispasm.model.side import Side

if TYPE_CHECKING:
    from hemispasm.simulate.population.condition import NerveCondition

STAGES = ("healthy", "early", "established", "late")
TREATMENTS = ("none", "toxin", "mvd")
IMITATORS = ("blepharospasm", "post_paralytic", "tic", "myokymia", "functional")
RESULTS = ("complete", "partial", "failed")
FORMS = ("nifti", "dicom")
SPANS_S = (20.0, 600.0)


@dataclass(frozen=True)
class PatientOptions:
    """Everything that decides a simulated patient.

    Attributes
    ----------
    stage : {"healthy", "early", "established", "late"}
        Of the affected nerve; an imitator has healthy nerves whatever it says.
    condition : NerveCondition, optional
        Of the affected nerve before treatment, in place of the stage's.
    side : Side
        Affected side, the patient's. ``both``: two diseased nerves, each with its own spasms.
        For a healthy person it names the side that is stimulated.
    seed : int
        The patient.
    treatment : {"none", "toxin", "mvd"}
        What happens between the two visits.
    result : {"complete", "partial", "failed"}
        How far the operation frees the nerve.
    imitator : str, optional
        ``blepharospasm``, ``post_paralytic``, ``tic``, ``myokymia`` or ``functional`` in place of
        hemifacial spasm; one visit unless a treatment is named.
    second_visit : bool, optional
        None: there is one where a treatment was given.
    video_s, emg_s : float
        Length of the video, and of the EMG recording that holds it.
    width, height, frame_rate_hz : int or float
        Of the video.
    sync_marks : int
        Flashes that both recordings note; 0 leaves the clocks to the events.
    imaging : bool
        False leaves the MRI out.
    form : {"nifti", "dicom"}
        How series are written.
    first_day : date
        Day of the first visit.
    atypical : bool
        The contact lies where the lower face leads.
    mirrored : bool
        Pictures are flipped as in a selfie preview, and the sidecar says so.

    Examples
    --------
    >>> PatientOptions(treatment="mvd").has_second_visit
    True
    """

    stage: str = "established"
    condition: NerveCondition | None = None
    side: Side = Side.LEFT
    seed: int = 0
    treatment: str = "none"
    result: str = "complete"
    imitator: str | None = None
    second_visit: bool | None = None
    video_s: float = 44.0
    emg_s: float = 90.0
    width: int = 640
    height: int = 480
    frame_rate_hz: float = 30.0
    sync_marks: int = 6
    imaging: bool = True
    form: Literal["nifti", "dicom"] = "nifti"
    first_day: date = date(2026, 3, 2)
    atypical: bool = False
    mirrored: bool = False

    def __post_init__(self) -> None:
        _check_choice("stage", self.stage, STAGES)
        _check_choice("treatment", self.treatment, TREATMENTS)
        _check_choice("result of an operation", self.result, RESULTS)
        _check_choice("form", self.form, FORMS)
        if self.imitator is not None:
            _check_choice("imitator", self.imitator, IMITATORS)
        low, high = SPANS_S
        if not low <= self.video_s <= high or not self.video_s + 25.0 <= self.emg_s <= 4.0 * high:
            raise UsageError(
                "scenario_size",
                f"The video lasts {low:g} to {high:g} s, the EMG at least 25 s longer.",
                "Change the lengths.",
            )
        if not 0 <= self.sync_marks <= 12:
            raise UsageError(
                "pair_marks", "A pair has up to twelve sync marks.", "Give fewer of them."
            )

    @property
    def has_second_visit(self) -> bool:
        """Whether there is a visit after the first."""
        if self.second_visit is None:
            return self.treatment != "none"
        return self.second_visit

    @property
    def has_spasm(self) -> bool:
        """Whether this patient has hemifacial spasm."""
        return self.imitator is None and (self.stage != "healthy" or self.condition is not None)

    @property
    def affected(self) -> tuple[Side, ...]:
        """The sides with a compressed nerve."""
        if not self.has_spasm:
            return ()
        return (Side.LEFT, Side.RIGHT) if self.side is Side.BOTH else (self.side,)

    @property
    def leading(self) -> Side:
        """The side that is stimulated first and that treatment names."""
        return Side.LEFT if self.side is Side.BOTH else self.side


def side_of_name(name: str) -> Side:
    """Return a side from its name.

    Examples
    --------
    >>> side_of_name("both").value
    'both'
    """
    _check_choice("side", name, tuple(side.value for side in Side))
    return Side(name)


def _check_choice(what: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise UsageError(
            "unknown_choice", f"{given!r} is no {what}.", f"Choose one of: {', '.join(known)}."
        )
