"""The whole path of a simulated patient: one nerve a side, three instruments, one case folder."""

from __future__ import annotations

from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hemispasm.model.errors import HemispasmError
from hemispasm.model.side import Side
from hemispasm.simulate.patient.acts import SIDES
from hemispasm.simulate.patient.options import PatientOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from hemispasm.model import Truth
    from hemispasm.simulate.face.timeline import FaceTimeline
    from hemispasm.simulate.mri.truth import MriTruth
    from hemispasm.simulate.patient.nerves import Sitting
    from hemispasm.simulate.patient.records import SeenToday
    from hemispasm.simulate.patient.visits import PlannedVisit

    Watch = Callable[[int, int], None]

PATIENT_TRUTH_SCHEMA = "hemispasm.patient-truth/1"
PATIENT_TRUTH_FILE = "patient.truth.json"
ATTEMPTS = 8
"""Anatomies that are tried for one conflict."""


@dataclass(frozen=True)
class _Film:
    """What one video needs, as a process takes it."""

    out: Path
    options: PatientOptions
    visit: int
    timeline: FaceTimeline
    marks_s: tuple[float, ...]


def simulate_patient(
    folder: Path | str,
    options: PatientOptions | None = None,
    watch: Watch | None = None,
    *,
    processes: int = 1,
) -> dict[str, Any]:
    """Simulate a patient and write a complete case: video, EMG, MRI, examination, treatment.

    Face, EMG and MRI of a side come from the same nerve at the same moments: the impulses that move
    the face are those that the electrodes see, and the pressure that couples the axons is the one
    that the pictures show.

    Parameters
    ----------
    folder : path-like
        A folder that does not exist yet. ``patient.truth.json`` in it holds everything true; each
        recording has its own truth beside it. All of it says that it is simulated.
    options : PatientOptions, optional
        Stage or imitator, side, treatment, seed, lengths.
    watch : callable, optional
        Called with (parts done, parts in all).
    processes : int
        Above 1, videos are drawn beside the rest.

    Returns
    -------
    dict
        The truth as ``patient.truth.json`` holds it.

    Raises
    ------
    UsageError
        An impossible option.
    RefusedError
        The folder exists.

    Examples
    --------
    >>> from hemispasm import simulate_patient
    >>> truth = simulate_patient("case", PatientOptions("late", seed=3))  # doctest: +SKIP
    >>> truth["affected_side"]  # doctest: +SKIP
    'left'
    """
    from hemispasm.formats.atomic import new_folder, write_text
    from hemispasm.formats.case import write_case
    from hemispasm.formats.findings import json_text
    from hemispasm.simulate.patient.records import person_of
    from hemispasm.simulate.patient.visits import plan_course

    chosen = options or PatientOptions()
    course = plan_course(chosen)
    steps = _Steps(4 * len(course.visits), watch)
    with new_folder(Path(folder)) as beside, _pool(processes, len(course.visits)) as pool:
        write_case(beside, person_of(chosen))
        films: list[Future[Truth]] = []
        rows: list[dict[str, Any]] = []
        seen: dict[Side, SeenToday] = {}
        for visit in course.visits:
            film, row, seen = _write_visit(beside, chosen, visit, steps)
            films.append(pool.submit(_shoot, film) if pool else _done(_shoot(film)))
            rows.append(row)
        for visit, row in zip(course.visits, rows, strict=True):
            row["imaging"] = _scan(beside, chosen, visit)
            steps.step()
        for row, filmed in zip(rows, films, strict=True):
            row["video"]["affected_side"] = filmed.result().affected_side
            steps.step()
        _write_treatments(beside, chosen, course, seen)
        truth = _truth(chosen, course, rows)
        write_text(beside / PATIENT_TRUTH_FILE, json_text(truth))
    return truth


class _Steps:
    """Counts what is done."""

    def __init__(self, total: int, watch: Watch | None) -> None:
        self._done, self._total, self._watch = 0, total, watch

    def step(self) -> None:
        """Tell that one more part is done."""
        self._done += 1
        if self._watch is not None:
            self._watch(self._done, self._total)


def _pool(processes: int, films: int) -> AbstractContextManager[ProcessPoolExecutor | None]:
    from contextlib import nullcontext

    if processes < 2:
        return nullcontext()
    return ProcessPoolExecutor(min(processes, films), mp_context=get_context("spawn"))


def _done(truth: Truth) -> Future[Truth]:
    ready: Future[Truth] = Future()
    ready.set_result(truth)
    return ready


def _write_visit(
    folder: Path, options: PatientOptions, visit: PlannedVisit, steps: _Steps
) -> tuple[_Film, dict[str, Any], dict[Side, SeenToday]]:
    """Let the nerves run, write examination and EMG, and return what is still to be filmed."""
    import tomli_w

    from hemispasm.formats.atomic import write_text
    from hemispasm.formats.case import write_visit
    from hemispasm.model import Context, Visit
    from hemispasm.simulate.patient.clocks import draw_marks
    from hemispasm.simulate.patient.face import face_timeline
    from hemispasm.simulate.patient.nerves import sit
    from hemispasm.simulate.patient.records import exam_of
    from hemispasm.simulate.patient.seen import count_side, rest_spans, today

    made = write_visit(folder, Visit(day=visit.day, context=Context.CLINIC))
    sitting = sit(options, visit.conditions, visit.number)
    timeline, halves = face_timeline(options, sitting, visit.number)
    spans = rest_spans(timeline.tasks)
    counted = {s: count_side(timeline.events, s, spans, halves[s].faint_s) for s in SIDES}
    seen = {side: today(counted[side], visit.conditions[side]) for side in options.affected}
    write_text(made / "exam.toml", tomli_w.dumps(exam_of(options, visit, seen)))
    steps.step()
    marks = draw_marks(options, visit.number)
    (made / "emg").mkdir()
    row: dict[str, Any] = {
        "day": visit.day.isoformat(),
        "days_after": visit.days_after,
        "conditions": {side.value: _plain(visit.conditions[side]) for side in SIDES},
        "video": {side.value: counted[side].as_json() for side in SIDES},
        "emg": _record(made / "emg", options, sitting, visit, marks),
        "lateral_spread": _stimulate(made / "emg", options, visit),
    }
    row["video"] |= _long_run(options, visit)
    steps.step()
    film = _Film(made / "video" / "rest.mp4", options, visit.number, timeline, marks)
    return film, row, seen


def _long_run(options: PatientOptions, visit: PlannedVisit) -> dict[str, Any]:
    from hemispasm.simulate.patient.seen import watch_long

    long_run = {
        side.value: watch_long(options, visit.conditions, visit.number, side)
        for side in options.affected
    }
    rates = {side: found["rate_per_min"] for side, found in long_run.items()}
    return {"long_run": long_run, "long_run_rate_per_min": rates}


def _shoot(film: _Film) -> Truth:
    """Draw and write one video."""
    from hemispasm.assets import read_asset_files
    from hemispasm.formats.sidecar import read_sidecar, write_sidecar
    from hemispasm.simulate.face.clip import ClipOptions
    from hemispasm.simulate.face.clip_head import head_clip
    from hemispasm.simulated_case import HEAD_ASSET, write_film
    from hemispasm.simulated_pair import first_frames, with_light

    options = film.options
    clip = ClipOptions(
        scenario=options.imitator or ("hfs" if options.has_spasm else "healthy"),
        side=options.leading.value,
        seed=options.seed * 10 + film.visit,
        person_seed=options.seed,
        duration_s=options.video_s,
        frame_rate_hz=options.frame_rate_hz,
        width=options.width,
        height=options.height,
        mirrored=options.mirrored,
    )
    drawn = head_clip(clip, read_asset_files(HEAD_ASSET), film.timeline)
    truth = write_film(
        film.out, drawn, clip, change=lambda frames: with_light(frames, film.marks_s)
    )
    seen = first_frames(film.marks_s, truth.frames["time_s"])
    write_sidecar(film.out, read_sidecar(film.out).model_copy(update={"sync_marks_s": seen}))
    return truth


def _record(
    folder: Path,
    options: PatientOptions,
    sitting: Sitting,
    visit: PlannedVisit,
    marks_s: tuple[float, ...],
) -> dict[str, Any]:
    """Write the EMG at rest and return what is true of it and its clock."""
    from hemispasm.model.emg import Annotation
    from hemispasm.simulate.patient.emg import record_rest
    from hemispasm.simulate.patient.nerves import contraction_delay_s
    from hemispasm.simulated_emg import write_made_emg

    made = record_rest(options, sitting, visit.number)
    clock = sitting.clock
    noted = tuple(
        Annotation(time_s=round(clock.recording_time(mark), 5), text="sync") for mark in marks_s
    )
    write_made_emg(folder / "rest.edf", made, _settings(options), notes=noted)
    spasms = made.truth.spasms
    return {
        "offset_s": clock.offset_s,
        "drift_ppm": clock.drift_ppm,
        "sync_marks_s": list(marks_s),
        "contraction_delay_s": round(contraction_delay_s(options.seed), 5),
        "duration_s": options.emg_s,
        "spasms": {side.value: sum(s.side is side for s in spasms) for side in SIDES},
    }


def _stimulate(folder: Path, options: PatientOptions, visit: PlannedVisit) -> dict[str, Any]:
    """Write lateral spread of both sides and the blink reflex; return who has a spread."""
    from hemispasm.simulate.patient.evoked import record_blink_reflex, record_lateral_spread
    from hemispasm.simulated_emg import write_made_emg

    near = options.leading
    found = {}
    for side, name in ((near, "lsr"), (near.other, "lsr_other_side")):
        evoked = record_lateral_spread(options, visit.conditions, visit.number, side)
        write_made_emg(folder / f"{name}.edf", evoked.made, _settings(options))
        found[side.value] = {
            "present": evoked.spread_present,
            "share_of_sweeps": {m.value: share for m, share in evoked.spread_share.items()},
            "file": f"{name}.edf",
        }
    reflex = record_blink_reflex(options, visit.conditions, visit.number, near)
    write_made_emg(folder / "blink_reflex.edf", reflex.made, _settings(options))
    return found


def _scan(folder: Path, options: PatientOptions, visit: PlannedVisit) -> dict[str, Any] | None:
    """Write the MRI of a visit: before treatment, and after an operation."""
    is_operated = options.treatment == "mvd" and visit.number > 0
    if not options.imaging or (visit.number > 0 and not is_operated):
        return None
    from hemispasm.simulate.patient.mri import mri_options, mri_seed
    from hemispasm.simulated_mri import write_simulated_mri

    place = folder / "visits" / visit.day.isoformat() / "imaging"
    settings = mri_options(options, visit.conditions, is_operated=is_operated)
    # Not every vessel can be laid round every brainstem: then the anatomy is drawn again.
    for attempt in range(ATTEMPTS):
        seed = mri_seed(options, attempt)
        try:
            made = write_simulated_mri(place, settings, seed, options.form)
        except (HemispasmError, ValueError):
            if attempt == ATTEMPTS - 1:
                raise
        else:
            break
    found: dict[str, Any] = {side.value: _conflict(made.truth, side) for side in SIDES}
    return {**found, "anatomy_seed": made.truth.seed, "redrawn": attempt}


def _conflict(truth: MriTruth, side: Side) -> dict[str, Any] | None:
    pair = truth.set_conflict(side) or truth.nearest(side)
    if pair is None:
        return None
    return {
        "vessel": pair.name.value,
        "segment": pair.segment.value,
        "distance_mm": pair.distance_mm,
        "surface_distance_mm": pair.surface_distance_mm,
        "nearest_mm": getattr(truth.nearest(side), "distance_mm", None),
    }


def _write_treatments(folder: Path, options: PatientOptions, course: Any, seen: Any) -> None:
    from hemispasm.formats.case import write_treatments
    from hemispasm.simulate.patient.records import SeenToday, treatments_of

    last = seen.get(options.leading, SeenToday())
    write_treatments(folder, treatments_of(options, course, last))


def _truth(options: PatientOptions, course: Any, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what ``patient.truth.json`` says."""
    affected = "none_seen"
    if options.has_spasm:
        affected = options.side.value
    truth: dict[str, Any] = {
        "schema": PATIENT_TRUTH_SCHEMA,
        "simulated": True,
        "seed": options.seed,
        "affected_side": affected,
        "stage": options.stage if options.has_spasm else "healthy",
        "imitator": options.imitator,
        "treatment": options.treatment if course.treated else "none",
        "treated": None if course.treated is None else course.treated.isoformat(),
        "visits": rows,
        "settings": _settings(options),
    }
    if len(rows) > 1 and options.has_spasm:
        truth["effect"] = {side.value: _effect(rows, side.value) for side in options.affected}
    return truth


def _effect(rows: list[dict[str, Any]], side: str) -> dict[str, Any]:
    """Return what changed on a side from the first visit to the last."""
    before, after = rows[0], rows[-1]

    def change(name: str) -> float | None:
        old, new = before["video"][side][name], after["video"][side][name]
        return None if old <= 0.0 else round((new - old) / old, 4)

    return {
        "spasm_rate_change": change("rate_per_min"),
        "time_in_spasm_change": change("time_fraction"),
        "closure_change": change("median_closure"),
        "lateral_spread": [row["lateral_spread"][side]["present"] for row in (before, after)],
    }


def _settings(options: PatientOptions) -> dict[str, Any]:
    plain = {name: value for name, value in asdict(options).items() if value is not None}
    plain["first_day"] = options.first_day.isoformat()
    plain["side"] = options.side.value
    if options.condition is not None:
        plain["condition"] = _plain(options.condition)
    return plain


def _plain(condition: Any) -> dict[str, Any]:
    flat = asdict(condition)
    flat["release"] = {m.value: round(v, 6) for m, v in condition.release.items()}
    flat["contact_place"] = [round(float(v), 6) for v in condition.contact_place]
    return {k: round(v, 6) if isinstance(v, float) else v for k, v in flat.items()}


def quick(options: PatientOptions) -> PatientOptions:
    """Return the same patient in small pictures and short recordings, for a first look.

    Examples
    --------
    >>> quick(PatientOptions()).width
    320
    """
    return replace(
        options, width=320, height=240, frame_rate_hz=15.0, video_s=24.0, emg_s=60.0, imaging=False
    )
