"""Which whole patients a validation simulates: stages, sides and treatments crossed."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal

from hemispasm.model.side import Side
from hemispasm.validate.seed_ranges import VALIDATION_SEEDS

if TYPE_CHECKING:
    from hemispasm.simulate.patient.options import PatientOptions

Treatment = Literal["none", "toxin", "mvd"]

SEEDS = VALIDATION_SEEDS["patients"]

STAGES = ("early", "established", "late")
TREATMENTS: tuple[Treatment, ...] = ("toxin", "mvd", "none")
RESULTS = ("complete", "complete", "partial", "complete", "failed")
"""Of one operation after the other."""

BOTH_SIDED_PLACE = 13
"""One patient in thirty has spasms on both sides."""


@dataclass(frozen=True)
class PatientSizes:
    """How many patients, and how long each is recorded.

    The full plan films as the recording protocol says: a minute of rest and three gentle closures,
    and five minutes of rest at every visit of a patient in whose first minute few spasms come.

    Attributes
    ----------
    patients : int
        Number.
    video_s : float
        Length of each video. The EMG recording that holds it is ``EMG_MORE_S`` longer.
    longer_s : float
        Length where few spasms, by the recording protocol, came in a video of ``video_s``.
    """

    patients: int
    video_s: float
    longer_s: float


EMG_MORE_S = 30.0
PICTURE = (512, 384)
"""Pixels of the video: between the sizes at which the validation of video counts the same."""

FULL = PatientSizes(30, 70.0, 310.0)
QUICK = PatientSizes(3, 44.0, 44.0)


@dataclass(frozen=True)
class PatientJob:
    """One patient to be simulated, measured and compared.

    Attributes
    ----------
    place : int
        Number in the run, which decides stage, side, treatment and the rest.
    marks : bool
        Whether both recorders note flashes; without them the clocks are left to the events.
    mirrored : bool
        Whether the video is flipped, as a selfie is, and says so.
    """

    place: int
    seed: int
    stage: str
    side: Side
    treatment: Treatment
    result: str
    marks: bool
    mirrored: bool
    form: Literal["nifti", "dicom"]
    atypical: bool
    video_s: float
    longer_s: float

    @property
    def key(self) -> str:
        """Name of the patient in a file of kept results."""
        return f"{self.seed}-{self.place}-{self.video_s:g}-{self.longer_s:g}"

    @property
    def visits(self) -> int:
        """How many visits the patient has."""
        return 1 if self.treatment == "none" else 2


def plan_patients(seed_base: int, sizes: PatientSizes) -> list[PatientJob]:
    """Return the patients of a run; stage and treatment form Latin squares of nine.

    Parameters
    ----------
    seed_base : int
        Seed of the first patient.
    sizes : PatientSizes
        How many, how long.

    Examples
    --------
    >>> jobs = plan_patients(0, FULL)
    >>> [job.treatment for job in jobs[:3]], sum(job.mirrored for job in jobs)
    (['toxin', 'mvd', 'none'], 10)
    """
    return [_job(place, seed_base + place, sizes) for place in range(sizes.patients)]


def _job(place: int, seed: int, sizes: PatientSizes) -> PatientJob:
    side = Side.LEFT if place % 2 == 0 else Side.RIGHT
    return PatientJob(
        place=place,
        seed=seed,
        stage=STAGES[place % 3],
        side=Side.BOTH if place % 30 == BOTH_SIDED_PLACE else side,
        treatment=TREATMENTS[(place + place // 3) % 3],
        result=RESULTS[(place // 3) % len(RESULTS)],
        marks=place % 9 not in (2, 3, 7),
        mirrored=place % 9 in (1, 5, 6),
        form="nifti" if (place // 2) % 2 == 0 else "dicom",
        atypical=place % 10 == 9,
        video_s=sizes.video_s,
        longer_s=sizes.longer_s,
    )


def options_of(job: PatientJob) -> PatientOptions:
    """Return the patient as the simulator takes one, filmed for the shorter time."""
    from hemispasm.simulate.patient.options import PatientOptions

    given: dict[str, Any] = {
        "stage": job.stage, "side": job.side, "seed": job.seed, "treatment": job.treatment,
        "result": job.result, "form": job.form, "atypical": job.atypical,
        "mirrored": job.mirrored, "width": PICTURE[0], "height": PICTURE[1],
    }  # fmt: skip
    if not job.marks:
        given["sync_marks"] = 0
    known = {field.name for field in fields(PatientOptions)}
    return PatientOptions(
        **{name: value for name, value in given.items() if name in known},
        video_s=job.video_s,
        emg_s=job.video_s + EMG_MORE_S,
    )


def filmed_options(job: PatientJob) -> PatientOptions:
    """Return the patient filmed as long as the recording protocol asks for."""
    options = options_of(job)
    if job.longer_s <= job.video_s or not _shows_few(options):
        return options
    return replace(options, video_s=job.longer_s, emg_s=job.longer_s + EMG_MORE_S)


def _shows_few(options: PatientOptions) -> bool:
    """Tell whether too few spasms come on an affected side, as who films sees at once."""
    from hemispasm.model.protocol import load_video_protocol
    from hemispasm.simulate.patient.seen import count_beforehand
    from hemispasm.simulate.patient.visits import plan_course

    enough = load_video_protocol().few.fewer_than
    first = plan_course(options).visits[0]
    return any(
        count_beforehand(options, first.conditions, first.number, side) < enough
        for side in options.affected
    )
