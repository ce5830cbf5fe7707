"""A case whose recordings are tiny and whose measurements are made up, so that paths run fast."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np

from hemispasm.cli import main
from hemispasm.formats.case import read_case, write_case, write_treatments, write_visit
from hemispasm.formats.sidecar import read_sidecar
from hemispasm.formats.video import hash_file, probe_video
from hemispasm.measure.video.findings import findings_from_events
from hemispasm.measure.video.measure import VideoMeasurement, pick_clips
from hemispasm.measure.video.observed import Observed, side_keys
from hemispasm.measuring import decide_mirroring
from hemispasm.model import (
    Case,
    Event,
    FindingsDocument,
    Grade,
    Provenance,
    Quality,
    RecordingRef,
    Side,
    ToxinCycle,
    Trace,
    Treatments,
    Visit,
)
from hemispasm.results import latest_run

BEFORE, AFTER = date(2026, 3, 2), date(2026, 3, 30)


def write_video(path: Path, shade: int = 90, n: int = 6) -> Path:
    """Write a short clip; another shade is another recording."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(n):
            rgb = np.full((48, 64, 3), shade, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb)))
        container.mux(stream.encode(None))
    return path


def make_case(folder: Path, *, mirrored: str | None = "no", visits: int = 2) -> Path:
    """Make a case with a video per visit, before and after toxin."""
    write_case(folder, Case(id="P-001"))
    write_treatments(folder, Treatments(toxin=(ToxinCycle(day=BEFORE, side="left"),)))
    for number, day in enumerate((BEFORE, AFTER)[:visits]):
        visit = write_visit(folder, Visit(day=day))
        video = write_video(visit / "video" / "rest.mp4", shade=60 + 50 * number)
        if mirrored is not None:
            video.with_suffix(".json").write_text(json.dumps({"mirrored": mirrored}))
    return folder


def measurement(path: Path, mirrored=None, n_spasms: int = 8, n_blinks: int = 6):
    """Return what a recording with left spasms would give; the first shade has the most."""
    info = probe_video(path)
    stated = decide_mirroring(mirrored, read_sidecar(path))
    keys = side_keys(stated)
    sided = {"side" if isinstance(keys[0], Side) else "image_side": keys[0]}
    both = {"side": "both"} if isinstance(keys[0], Side) else {}
    spasms = [
        Event(
            id=f"spasm-{k * 5000 + 1000:07d}",
            kind="spasm",
            start_s=k * 5.0 + 1,
            end_s=k * 5.0 + 2,
            pattern="clonic",
            region=("eye", "mouth"),
            confidence=0.95,
            measures={
                "strength": 1.0 + k,
                "mouth_excursion_iod": 0.1,
                f"peak_closure_{keys[0]}": 0.8,
            },
            **sided,
        )
        for k in range(n_spasms)
    ]
    blinks = [
        Event(
            id=f"blink-{k * 7000 + 3000:07d}",
            kind="blink",
            start_s=k * 7.0 + 3,
            end_s=k * 7.0 + 3.2,
            region=("eye",),
            confidence=0.9,
            measures={f"peak_closure_{key}": 0.9 for key in keys},
            **both,
        )
        for k in range(n_blinks)
    ]
    events = tuple(sorted((*spasms, *blinks), key=lambda e: e.start_s))
    recording = RecordingRef(kind="video", sha256=info.sha256, duration_s=60.0)
    observed = Observed(recording, keys, 60.0, 60.0, ((0.0, 60.0),), Grade.MEASURABLE, True, 30.0)
    document = FindingsDocument(
        recording=recording,
        quality=Quality(grade="measurable", analysed_s=60.0),
        findings=findings_from_events(events, observed),
        events=events,
        clips=pick_clips(events, observed),
        provenance=Provenance(
            hemispasm="0.1.0",
            settings={
                "mirrored": str(stated),
                "verdict_allowed": True,
                "frame_rate_hz": 30.0,
            },
        ),
    )
    time_s = np.arange(1800) / 30
    trace = Trace("eye_closure", "1", time_s, np.sin(time_s) ** 2, **sided)
    return VideoMeasurement(document, (trace,))


class FakeMeasuring:
    """Stands in for `measure_video_file` and counts its calls."""

    def __init__(self) -> None:
        self.calls = 0
        self.told = []

    def __call__(self, path, *, mirrored=None, progress=None, known_side=None, **_):
        self.calls += 1
        self.told.append(known_side)
        first = hash_file(Path(path)) and "2026-03-30" not in str(path)
        made = measurement(Path(path), mirrored, n_spasms=8 if first else 2)
        if known_side is not None:
            made.document.provenance.settings["known_side"] = str(known_side)
        return made


def run_of(case):
    return latest_run(read_case(case))


def first_document(case):
    return run_of(case).machine.visits[0].recordings[0]


def review(case, *options):
    return main(["review", str(case), "--initials", "AB", "--reason", "seen on video", *options])
