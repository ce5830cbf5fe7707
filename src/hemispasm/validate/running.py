"""Simulate a clip, measure it, keep what scoring needs. One clip per call, one thread each."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict, fields
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.formats.atomic import write_text
from hemispasm.formats.sidecar import read_sidecar
from hemispasm.formats.video import probe_video, read_frames
from hemispasm.measure.video.extract import extract_signals
from hemispasm.measure.video.facesignals import FaceSignals
from hemispasm.measure.video.landmarks import Landmarker
from hemispasm.measure.video.measure import measure_video
from hemispasm.measuring import FACE_ASSET, MAX_SIDE_PX
from hemispasm.model import Truth, VideoInfo, VideoSidecar
from hemispasm.validate.baselines import run_baselines
from hemispasm.validate.clips import BAND_EDGES, ClipResult, ClipSpec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hemispasm.model import Frame


@cache
def shared_landmarker() -> Landmarker:
    """Return this process's face models."""
    from hemispasm.assets import read_asset

    return Landmarker(read_asset(FACE_ASSET))


def render_spec(spec: ClipSpec, path: Path) -> Truth:
    """Simulate a clip into an MP4 with its sidecar; return its truth."""
    from hemispasm.simulated_case import simulate_face_clip

    more: dict[str, Any] = dict(spec.extra)
    if spec.band is not None:
        more["closure_band"] = BAND_EDGES[spec.band]
    return simulate_face_clip(
        path,
        generator=spec.generator,
        scenario=spec.scenario,
        side=spec.side,
        severity=spec.severity,
        seed=spec.seed,
        duration_s=spec.duration_s,
        frame_rate_hz=spec.frame_rate_hz,
        width=spec.width,
        height=spec.height,
        crf=spec.crf,
        **more,
    )


def signals_of(path: Path, frames: Iterable[Frame] | None = None) -> FaceSignals:
    """Return the face signals of a video, or of frames derived from it."""
    given = read_frames(path, max_side=MAX_SIDE_PX) if frames is None else frames
    return extract_signals(given, shared_landmarker())


def save_signals(path: Path, signals: FaceSignals) -> None:
    """Write signals to an NPZ file."""
    arrays = {f.name: getattr(signals, f.name) for f in fields(signals) if f.name != "notes"}
    arrays = {name: values for name, values in arrays.items() if values is not None}
    with open(path, "wb") as handle:
        np.savez_compressed(handle, notes=np.array(signals.notes, dtype=str), **arrays)


def load_signals(path: Path) -> FaceSignals:
    """Read signals from an NPZ file."""
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    notes = tuple(str(note) for note in arrays.pop("notes"))
    return FaceSignals(**arrays, notes=notes)


def kept_name(spec: ClipSpec) -> str:
    """Return the name under which a clip's signals are kept; another spec has another name."""
    digest = hashlib.sha256(spec.model_dump_json().encode()).hexdigest()[:10]
    return f"{spec.clip_id}-{digest}"


def run_clip(spec: ClipSpec, folder: Path | None = None, *, reuse: bool = False) -> ClipResult:
    """Simulate and measure one clip.

    Parameters
    ----------
    spec : ClipSpec
        What to simulate.
    folder : Path, optional
        Where the clip, its truth and its signals stay; without it they are deleted.
    reuse : bool
        Take signals kept in ``folder`` by an earlier run, so that only the event detection and
        the findings are made anew.

    Returns
    -------
    ClipResult
        With the CPU seconds of rendering, of the signals and of the rest.
    """
    if folder is None:
        with TemporaryDirectory(prefix="hemispasm-validate-") as scratch:
            return run_clip(spec, Path(scratch))
    stem = folder / kept_name(spec)
    kept = [Path(f"{stem}.{kind}") for kind in ("signals.npz", "scored.json")]
    cpu = {}
    if reuse and all(path.exists() for path in kept):
        signals = load_signals(kept[0])
        stored = json.loads(kept[1].read_text(encoding="utf-8"))
        truth = Truth.model_validate(stored["truth"])
        info = VideoInfo(**stored["info"])
        sidecar = VideoSidecar.model_validate(stored["sidecar"])
    else:
        path = Path(f"{stem}.mp4")
        began = time.process_time()
        truth = render_spec(spec, path).model_copy(update={"frames": {}})
        rendered = time.process_time()
        signals = signals_of(path)
        cpu = {"render": rendered - began, "signals": time.process_time() - rendered}
        info, sidecar = probe_video(path), read_sidecar(path)
        save_signals(kept[0], signals)
        write_text(kept[1], _stored(truth, info, sidecar))
    began = time.process_time()
    document = measure_video(signals, info, mirrored=sidecar.mirrored, tasks=sidecar.tasks).document
    cpu["events"] = time.process_time() - began
    return ClipResult(
        spec=spec,
        truth=truth,
        document=document,
        baselines=run_baselines(signals, sidecar.mirrored),
        cpu_seconds={name: round(seconds, 3) for name, seconds in cpu.items()},
    )


def _stored(truth: Truth, info: VideoInfo, sidecar: VideoSidecar) -> str:
    content = {
        "truth": truth.model_dump(mode="json", by_alias=True),
        "info": asdict(info),
        "sidecar": sidecar.model_dump(mode="json", by_alias=True),
    }
    return json.dumps(content)


def one_thread() -> None:
    """Keep this process to one thread, so that jobs do not fight for cores."""
    import cv2

    cv2.setNumThreads(1)
