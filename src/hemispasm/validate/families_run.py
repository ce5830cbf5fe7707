"""One recording of one family: make it, measure it, keep what the scores need."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.evoked import measure_lateral_spreads
from hemispasm.measure.emg.spontaneous import measure_spontaneous
from hemispasm.model import EventKind, Mirrored, Side
from hemispasm.model.emg import Muscle
from hemispasm.simulate.emg.options import EmgOptions
from hemispasm.simulate.emg.recording import simulate_emg
from hemispasm.simulate.families.imitator_emg import make_imitator_emg
from hemispasm.simulate.families.imitator_evoked import make_imitator_sweeps
from hemispasm.simulate.families.imitators import IMITATORS
from hemispasm.simulate.families.resampled_emg import ResampledOptions, make_resampled_emg
from hemispasm.simulate.families.resampled_evoked import SpreadOptions, make_resampled_spread
from hemispasm.validate.clips import ClipResult, ClipSpec, found_value, true_spasm_rate
from hemispasm.validate.emg_lateral_spread import sets_of
from hemispasm.validate.emg_matching import count_bursts, true_spans
from hemispasm.validate.emg_plan import EmgJob
from hemispasm.validate.families_plan import (
    CLOSURES,
    HFS,
    LSR_DB,
    SNR_DB,
    SWEEPS,
    VIDEO_RATES_PER_MIN,
    FamilyJob,
)
from hemispasm.validate.families_real import real_faces, real_pieces
from hemispasm.validate.tallies import SideOutcome, Tally, side_outcome, spasm_tally

if TYPE_CHECKING:
    from hemispasm.model import FindingsDocument, Truth
    from hemispasm.model.emg import EmgRecording
    from hemispasm.simulate.emg.truth import SimulatedEmg
    from hemispasm.simulate.face.clip import FaceClip
    from hemispasm.validate.emg_scores import Family

GENERATORS = {"A": "mechanistic", "B": "phenomenological"}
FACES = {"A": "head", "B": "photo"}
NULL_SETS = 2


@dataclass(frozen=True)
class SidedOutcome:
    """What one recording at rest gave, on video or EMG.

    Attributes
    ----------
    job : FamilyJob
        What was made.
    truth, said : str
        Affected side that was put in, and the one named.
    right, wrong : bool
        Whether the answer is right; whether a side was named that is not right. Neither holds
        where nothing was named and something should have been.
    tally : Tally
        Spasms (video) or bursts of the eye muscle (EMG): hits, false, missed.
    true_rate, found_rate : float or None
        Spasms per minute on the affected side (video).
    false_spasms, analysed_s : int, float
        Spasms found on a recording without any (video); or recordings called spasm-like (EMG).
    """

    job: FamilyJob
    truth: str
    said: str
    right: bool
    wrong: bool
    tally: Tally
    true_rate: float | None = None
    found_rate: float | None = None
    false_spasms: int = 0
    analysed_s: float = 0.0


@dataclass(frozen=True)
class SpreadOutcome:
    """Evidence for a lateral spread in sets with it and without, and the p of those without."""

    job: FamilyJob
    present: tuple[float, ...]
    absent: tuple[float, ...]
    p_absent: tuple[float, ...]


Outcome = SidedOutcome | SpreadOutcome


def run_family(job: FamilyJob) -> Outcome:
    """Make, measure and judge one recording."""
    if job.part == "video":
        return _run_video(job)
    return _run_rest(job) if job.part == "emg" else _run_spread(job)


def judge_answer(job: FamilyJob, said: str, truth: str) -> tuple[bool, bool]:
    """Return whether an answer to "which side" is right, and whether it is wrong.

    Examples
    --------
    >>> judge_answer(FamilyJob("emg", "A", "hfs", 0, 0), "uncertain", "left")
    (False, False)
    >>> judge_answer(FamilyJob("emg", "D", "wink_series", 0, 0), "left", "none_seen")
    (False, True)
    """
    if job.family == "D":
        right = IMITATORS[job.scenario].allows(said, job.side)
        return right, not right
    right = said == truth or (truth == "none_seen" and said == "uncertain")
    return right, said in ("left", "right", "both") and said != truth


def _run_video(job: FamilyJob) -> SidedOutcome:
    from hemispasm.validate.running import run_clip

    spec = _spec(job)
    if job.family in FACES:
        result = run_clip(spec)
    else:
        truth, document = _film_and_measure(job)
        result = ClipResult(spec=spec, truth=truth, document=document)
    outcome = side_outcome(result)
    said = str(found_value(result, "video.affected_side") or "refused")
    right, wrong = judge_answer(job, said, result.truth.affected_side)
    if outcome is SideOutcome.REFUSED:
        said, right, wrong = "refused", False, False
    hfs = job.scenario == HFS
    found = found_value(result, "video.spasm_rate", job.side)
    return SidedOutcome(
        job, result.truth.affected_side, said, right, wrong,
        spasm_tally(result) if hfs else Tally(),
        true_spasm_rate(result, job.side) if hfs else None,
        (float(found) if isinstance(found, float | int) else 0.0) if hfs else None,
        0 if hfs else sum(e.kind is EventKind.SPASM for e in result.document.events),
        result.analysed_s,
    )  # fmt: skip


def _spec(job: FamilyJob) -> ClipSpec:
    """Return the clip of families A and B; C and D only borrow its name and length."""
    hfs = job.scenario == HFS
    closure = CLOSURES[job.place % 2]
    extra: dict[str, float | str | bool] = {}
    if hfs:
        extra["rate_per_min"] = VIDEO_RATES_PER_MIN[job.place % len(VIDEO_RATES_PER_MIN)]
    return ClipSpec(
        clip_id=f"{job.family}-{job.scenario}-{job.place + 1}",
        generator="head" if job.family == "A" else "photo",
        scenario="hfs" if hfs else "blinks_only",
        side="left" if job.side is Side.LEFT else "right",
        severity=sum(closure) / 2,
        seed=job.seed,
        duration_s=job.duration_s,
        extra=extra,
    )


def _film_and_measure(job: FamilyJob) -> tuple[Truth, FindingsDocument]:
    """Write a clip of family C or D as a file, as a camera would, and measure the file."""
    from hemispasm.formats.video_write import write_video
    from hemispasm.measuring import measure_video_file
    from hemispasm.validate.running import shared_landmarker

    clip = _clip(job)
    with TemporaryDirectory(prefix="hemispasm-families-") as scratch:
        path = Path(scratch) / "clip.mp4"
        write_video(
            path, clip.frames, 30.0, crf=23, metadata={"comment": "SIMULATED. Not a patient."}
        )
        measured = measure_video_file(path, mirrored=Mirrored.NO, landmarker=shared_landmarker())
    return clip.truth(), measured.document


def _clip(job: FamilyJob) -> FaceClip:
    """Return the pictures of family C or D."""
    if job.family == "D":
        from skimage.data import astronaut

        from hemispasm.simulate.families.imitator_face import imitator_clip

        return imitator_clip(
            astronaut(), job.scenario, job.side, job.seed, duration_s=job.duration_s
        )
    from hemispasm.simulate.families.resampled_face import FaceOptions, resampled_face_clip

    assert job.real is not None
    faces, courses = real_faces(job.real)
    hfs = job.scenario == HFS
    options = FaceOptions(
        "hfs" if hfs else "healthy", job.side, CLOSURES[job.place % 2],
        VIDEO_RATES_PER_MIN[job.place % len(VIDEO_RATES_PER_MIN)], job.duration_s,
    )  # fmt: skip
    # Sides and strengths go round by twos, faces by pairs: each face meets every combination.
    return resampled_face_clip(faces[(job.place // 4) % len(faces)], courses, options, job.seed)


def _run_rest(job: FamilyJob) -> SidedOutcome:
    made = _rest(job)
    found = measure_spontaneous(made.recording)
    index = made.recording.channel(Muscle.ORBICULARIS_OCULI, job.side)
    assert index is not None
    label = made.recording.channels[index].label
    onsets = np.array([b.start_s for b in found.channels[index].bursts], dtype=float)
    counted = count_bursts(
        true_spans(made.truth, label), true_spans(made.truth, label, own=False), onsets
    )
    said = found.verdict.value
    right, wrong = judge_answer(job, said, made.truth.affected_side)
    like = any(side.pattern("hfs_like").present for side in found.sides)
    return SidedOutcome(
        job, made.truth.affected_side, said, right, wrong, counted.tally,
        false_spasms=int(like and job.scenario != HFS), analysed_s=job.duration_s,
    )  # fmt: skip


def _rest(job: FamilyJob) -> SimulatedEmg:
    if job.family == "D":
        return make_imitator_emg(
            job.scenario, job.side, job.seed, duration_s=job.duration_s, snr_db=SNR_DB
        )
    if job.family == "C":
        assert job.real is not None
        options = ResampledOptions(
            "hfs" if job.scenario == HFS else "healthy", job.side, job.duration_s, SNR_DB
        )
        return make_resampled_emg(options, real_pieces(job.real), job.seed)
    return simulate_emg(
        EmgOptions(
            "hfs" if job.scenario == HFS else "healthy",
            generator=GENERATORS[job.family],
            side=job.side,
            duration_s=job.duration_s,
            snr_db=SNR_DB,
        ),
        job.seed,
    )


def _run_spread(job: FamilyJob) -> SpreadOutcome:
    present, absent = _sets(job)
    with_it = [_evidence(one, job.seed)[0] for one in present]
    without = [_evidence(one, job.seed) for one in absent]
    return SpreadOutcome(
        job, tuple(with_it), tuple(score for score, _ in without), tuple(p for _, p in without)
    )


def _sets(job: FamilyJob) -> tuple[list[EmgRecording], list[EmgRecording]]:
    """Return sets of eight sweeps with a lateral spread and sets without."""
    if job.family == "D":
        return [], [make_imitator_sweeps(job.scenario, job.side, job.seed, SWEEPS)]
    if job.family == "C":
        assert job.real is not None
        pieces = real_pieces(job.real)
        made = [
            make_resampled_spread(
                SpreadOptions(job.side, SWEEPS, present, LSR_DB), pieces, job.seed
            ).recording
            for present in (True, False)
        ]
        return made[:1], made[1:]
    family: Family = "mechanistic" if job.family == "A" else "phenomenological"
    sets = sets_of(EmgJob("lsr", family, job.seed, LSR_DB, "lsr", sets=NULL_SETS))
    return sets[:1], sets[1:]


def _evidence(recording: EmgRecording, seed: int) -> tuple[float, float]:
    """Return score and p of the chin, without a baseline."""
    index = next(k for k, c in enumerate(recording.channels) if c.muscle is Muscle.MENTALIS)
    label = recording.channels[index].label
    (found,) = [o for o in measure_lateral_spreads(recording, None, seed) if o.channel == label]
    return found.response.score, found.response.p
