"""The whole path of a simulated pair: one patient filmed and recorded by EMG at the same time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hemispasm.model.errors import UsageError
from hemispasm.simulate.face.clip import ClipOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hemispasm.model import Frame, Truth
    from hemispasm.simulate.emg.options import EmgOptions, GivenSpasm

    Watch = Callable[[int, int], None]

PAIR_TRUTH_SCHEMA = "hemispasm.pair-truth/1"
PAIR_TRUTH_FILE = "pair.truth.json"
SCENARIOS = {"hfs": "hfs", "blinks_only": "blinks_only"}
FLASH_S = 0.1
Fault = Literal["none", "mirrored", "electrodes"]


@dataclass(frozen=True)
class PairOptions:
    """Everything that decides a simulated pair.

    Attributes
    ----------
    clip : ClipOptions
        The video; its spasms and blinks are those of the EMG too. Scenario ``hfs`` or
        ``blinks_only``.
    offset_s : float, optional
        Time on the EMG's clock when the video begins; negative when the EMG was started later.
        Drawn when None.
    drift_ppm : float, optional
        What the EMG's clock gains on the video's; drawn when None.
    sync_marks : int
        Flashes that the video shows and the EMG notes; unevenly spaced, at the beginning and the
        end.
    emg_generator : {"mechanistic", "phenomenological"}
        Family of the EMG.
    snr_db : float
        Muscle over amplifier noise.
    rate_hz : float
        Samples per second of the EMG.
    fault : {"none", "mirrored", "electrodes"}
        What the technician got wrong: the picture is mirrored and the file beside it says that it
        is not, or the electrodes of both sides are exchanged.
    """

    clip: ClipOptions
    offset_s: float | None = None
    drift_ppm: float | None = None
    sync_marks: int = 6
    emg_generator: str = "mechanistic"
    snr_db: float = 12.0
    rate_hz: float = 4000.0
    fault: Fault = "none"

    def __post_init__(self) -> None:
        if self.clip.scenario not in SCENARIOS:
            raise UsageError(
                "pair_scenario",
                f"There is no pair for the scenario {self.clip.scenario!r}.",
                f"Choose one of: {', '.join(SCENARIOS)}.",
            )
        if not 0 <= self.sync_marks <= 12:
            raise UsageError(
                "pair_marks", "A pair has up to twelve sync marks.", "Give fewer of them."
            )
        if self.fault not in ("none", "mirrored", "electrodes"):
            raise UsageError(
                "unknown_choice",
                f"{self.fault!r} is no fault of a pair.",
                "Choose none, mirrored or electrodes.",
            )


def simulate_pair(
    folder: Path | str,
    options: PairOptions,
    *,
    day: date = date(2026, 3, 2),
    watch: Watch | None = None,
) -> dict[str, Any]:
    """Write a case folder with one visit: a video and an EMG recording of the same minutes.

    Parameters
    ----------
    folder : path-like
        A folder that does not exist yet. ``video/rest.mp4`` and ``emg/rest.edf`` get sidecars and
        truths of their own; ``pair.truth.json`` beside them tells the clock.
    options : PairOptions
        Patient, cameras, clocks.
    day : date
        Day of the visit.
    watch : callable, optional
        Called with (frames done, frames in all).

    Returns
    -------
    dict
        The truth of the pair as ``pair.truth.json`` holds it: ``offset_s`` and ``drift_ppm``
        (EMG time = offset + video time x (1 + drift)), ``electromechanical_delay_s``, the true
        times of the marks on the video's clock.

    Raises
    ------
    UsageError
        An impossible option, or the folder exists.
    """
    from hemispasm.formats.atomic import new_folder, write_text
    from hemispasm.formats.case import write_case, write_visit
    from hemispasm.formats.findings import json_text
    from hemispasm.model import Case, Context, Visit

    seed = options.clip.seed
    with new_folder(Path(folder)) as beside:
        write_case(
            beside,
            Case(id=f"SIM-{seed:04d}", notes="SIMULATED. Not a patient.", simulated=True),
        )
        visit = write_visit(beside, Visit(day=day, context=Context.CLINIC))
        (visit / "emg").mkdir()
        marks_s = draw_marks(options)
        truth = _film_pair(visit / "video" / "rest.mp4", options, marks_s, watch)
        pair = _record_pair(visit / "emg" / "rest.edf", options, truth, marks_s)
        write_text(visit / PAIR_TRUTH_FILE, json_text(pair))
    return pair


def draw_marks(options: PairOptions) -> tuple[float, ...]:
    """Return when the flashes happen, seconds of the video: half early, half late, uneven."""
    rng = np.random.default_rng([options.clip.seed, 71])
    count, length = options.sync_marks, options.clip.duration_s
    early, late = count - count // 2, count // 2
    steps = rng.uniform(0.35, 0.9, count)
    first = 0.8 + np.cumsum(steps[:early])
    last = length - 0.5 - np.cumsum(steps[early:])[::-1] if late else np.zeros(0)
    times = np.sort(np.r_[first, last])
    return tuple(round(float(t), 4) for t in times if 0.0 < t < length - 0.2)


def emg_options(options: PairOptions, truth: Truth) -> EmgOptions:
    """Return the EMG of the patient whom the video shows, on its own clock.

    Parameters
    ----------
    options : PairOptions
        With its clock.
    truth : Truth
        Of the video: its spasms and blinks are the EMG's too.
    """
    from hemispasm.model import EventKind
    from hemispasm.simulate.emg.options import Clock, EmgOptions, GivenSpasm

    rng = np.random.default_rng([options.clip.seed, 72])
    offset, drift = float(rng.uniform(2.0, 25.0)), float(rng.normal(0.0, 40.0))
    after_s = float(rng.uniform(2.0, 20.0))
    clock = Clock(
        offset if options.offset_s is None else options.offset_s,
        drift if options.drift_ppm is None else options.drift_ppm,
    )
    duration_s = clock.recording_time(truth.duration_s) + after_s

    def given(kind: EventKind) -> tuple[GivenSpasm, ...]:
        found = [e for e in truth.events if e.kind == kind]
        return tuple(
            GivenSpasm(e.start_s, e.end_s, e.pattern)
            for e in found
            if 0.3 < clock.recording_time(e.start_s) < duration_s - 0.3
        )

    return EmgOptions(
        scenario=SCENARIOS[options.clip.scenario],
        generator=options.emg_generator,
        side=options.clip.patient_side,
        duration_s=duration_s,
        rate_hz=options.rate_hz,
        snr_db=options.snr_db,
        given_spasms=given(EventKind.SPASM),
        given_blinks=given(EventKind.BLINK),
        clock=clock,
    )


def first_frames(marks_s: tuple[float, ...], times_s: tuple[float, ...]) -> tuple[float, ...]:
    """Return the times of the first frames that show the marks, as a technician reads them.

    Examples
    --------
    >>> first_frames((0.05,), (0.0, 0.04, 0.08))
    (0.08,)
    """
    frames = np.asarray(times_s)
    at = np.searchsorted(frames, marks_s)
    return tuple(float(frames[k]) for k in at if k < frames.size)


def _film_pair(
    out: Path, options: PairOptions, marks_s: tuple[float, ...], watch: Watch | None
) -> Truth:
    """Film the face with a light that flashes at the marks; write video, sidecar and truth."""
    from hemispasm.formats.sidecar import read_sidecar, write_sidecar
    from hemispasm.simulated_case import write_clip

    clip = replace(options.clip, mirrored=options.clip.mirrored or options.fault == "mirrored")
    truth = write_clip(out, clip, watch, change=lambda frames: with_light(frames, marks_s))
    sidecar = read_sidecar(out)
    if options.fault == "mirrored":
        from hemispasm.model import Mirrored

        sidecar = sidecar.model_copy(update={"mirrored": Mirrored.NO})
    seen = first_frames(marks_s, truth.frames["time_s"])
    write_sidecar(out, sidecar.model_copy(update={"sync_marks_s": seen}))
    return truth


def with_light(frames: Iterator[Frame], marks_s: tuple[float, ...]) -> Iterator[Frame]:
    """Put a light into the lower right corner that shines for a while after each mark."""
    for frame in frames:
        shines = any(0.0 <= frame.t_s - mark < FLASH_S for mark in marks_s)
        size = max(8, frame.rgb.shape[0] // 24)
        frame.rgb[-size:, -size:] = (255, 244, 214) if shines else (32, 32, 32)
        yield frame


def _record_pair(
    out: Path, options: PairOptions, truth: Truth, marks_s: tuple[float, ...]
) -> dict[str, Any]:
    from hemispasm.formats.emg_sidecar import read_emg_sidecar, write_emg_sidecar
    from hemispasm.model.emg import Annotation
    from hemispasm.simulated_emg import write_simulated_emg

    emg = emg_options(options, truth)
    clock = emg.clock
    noted = [clock.recording_time(mark) for mark in marks_s]
    notes = tuple(
        Annotation(time_s=round(t, 5), text="sync") for t in noted if 0.0 < t < emg.duration_s
    )
    made = write_simulated_emg(out, emg, options.clip.seed, notes=notes)
    if options.fault == "electrodes":
        sidecar = read_emg_sidecar(out)
        if sidecar is not None:
            swapped = tuple(
                c.model_copy(update={"side": c.side.other if c.side else None})
                for c in sidecar.channels
            )
            write_emg_sidecar(out, sidecar.model_copy(update={"channels": swapped}))
    return {
        "schema": PAIR_TRUTH_SCHEMA,
        "simulated": True,
        "seed": options.clip.seed,
        "affected_side": truth.affected_side,
        "offset_s": clock.offset_s,
        "drift_ppm": clock.drift_ppm,
        "electromechanical_delay_s": made.truth.electromechanical_delay_s,
        "sync_marks_s": list(marks_s),
        "fault": options.fault,
    }
