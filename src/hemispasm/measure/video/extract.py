"""From frames to face signals, in one pass and flat memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.video.candidates import FUTURE_S, PAST_S, candidate_frames
from hemispasm.measure.video.closelook import CloseLook
from hemispasm.measure.video.landmarks import FaceTracker
from hemispasm.measure.video.likeness import FaceLikeness
from hemispasm.measure.video.pose import fit_similarity, reference_shape
from hemispasm.measure.video.quality import load_limits
from hemispasm.measure.video.seen import SeenFrame, see_picture
from hemispasm.measure.video.signals import FEATURES, read_face
from hemispasm.measure.video.table import ClipTable, to_signals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from hemispasm.measure.video.facesignals import FaceSignals
    from hemispasm.measure.video.landmarks import Landmarker
    from hemispasm.model.recording import Frame


@dataclass(frozen=True)
class ExtractSettings:
    """How the extraction works through a clip. The results do not depend on ``chunk_s``.

    Attributes
    ----------
    chunk_s : float
        Seconds of picture crops worked off at a time, beyond the ``FUTURE_S`` looked ahead.
    reference_s : float
        The face's own shape is the median over the first so many seconds with a face.
    mirrored, second_look, flow, blendshapes : bool
        Run the mirrored half faces, the mirrored whole face, the brow flow, the eye-closure
        scores.
    """

    chunk_s: float = 8.0
    reference_s: float = 10.0
    mirrored: bool = True
    second_look: bool = True
    flow: bool = True
    blendshapes: bool = True


@dataclass
class _State:
    """What is carried from chunk to chunk."""

    table: ClipTable = field(default_factory=ClipTable)
    pending: list[SeenFrame] = field(default_factory=list)
    reference_s: float = 10.0
    read: int = 0  # of pending, how many frames already have features in the table
    reference: NDArray[np.float64] | None = None
    likeness: FaceLikeness | None = None
    last_likeness: NDArray[np.float64] | None = None
    look: CloseLook | None = None


def extract_signals(
    frames: Iterable[Frame],
    landmarker: Landmarker,
    *,
    settings: ExtractSettings | None = None,
    progress: Callable[[float], None] | None = None,
) -> FaceSignals:
    """Follow one face through a clip and return its per-side signals.

    Only numbers are kept per frame; pictures live in a ring of a few seconds of 256-pixel crops,
    so memory does not grow with the length of the clip.

    Parameters
    ----------
    frames : iterable of Frame
        In order of presentation. Frames whose time does not advance are skipped and counted in
        ``notes``.
    landmarker : Landmarker
    settings : ExtractSettings, optional
    progress : callable, optional
        Called now and then with the seconds of clip done so far.

    Returns
    -------
    FaceSignals
        Empty arrays for a clip without frames.
    """
    settings = settings or ExtractSettings()
    state = _State(reference_s=settings.reference_s)
    tracker = FaceTracker(landmarker)
    span_s = max(settings.chunk_s + FUTURE_S, settings.reference_s)
    last_s = -np.inf
    skipped = 0
    for frame in frames:
        if not frame.t_s > last_s:
            skipped += 1
            continue
        last_s = frame.t_s
        state.pending.append(see_picture(frame, tracker))
        if last_s - state.pending[0].t_s >= span_s:
            _work_off(state, landmarker, settings, final=False)
            if progress is not None:
                progress(last_s)
    _work_off(state, landmarker, settings, final=True)
    if progress is not None and np.isfinite(last_s):
        progress(last_s)
    notes = (f"{skipped} frames without a time of their own were skipped.",) if skipped else ()
    return to_signals(state.table, notes)


def _work_off(
    state: _State, landmarker: Landmarker, settings: ExtractSettings, *, final: bool
) -> None:
    if state.reference is None:
        state.reference = _reference(state.pending, landmarker, settings)
        if state.reference is not None:
            state.look = CloseLook(landmarker, state.reference, settings)
    _read_features(state)
    if not state.pending:
        return
    horizon = np.inf if final else state.pending[-1].t_s - FUTURE_S
    done = sum(frame.t_s <= horizon for frame in state.pending)
    if not done:
        return
    if state.look is not None:
        _look_closely(state, state.look, done)
    del state.pending[:done]
    state.read -= done


def _reference(
    pending: list[SeenFrame], landmarker: Landmarker, settings: ExtractSettings
) -> NDArray[np.float64] | None:
    """Return the face's own shape from its first seconds; None before there is a face."""
    found = [frame for frame in pending if frame.face is not None]
    if not found:
        return None
    until = found[0].t_s + settings.reference_s
    points = [f.face.points for f in found if f.face is not None and f.t_s <= until]
    return reference_shape(np.stack(points), landmarker.models.canonical)


def _read_features(state: _State) -> None:
    """Put the features of frames that have none yet into the table."""
    fresh = state.pending[state.read :]
    if not fresh:
        return
    columns = state.table.blank(len(fresh))
    columns["time_s"][:] = [frame.t_s for frame in fresh]
    columns["face_count"][:] = [frame.face_count for frame in fresh]
    rows = [k for k, frame in enumerate(fresh) if frame.face is not None]
    if rows and state.reference is not None:
        faces = [face for k in rows if (face := fresh[k].face) is not None]
        points = np.stack([face.points for face in faces])
        fit = fit_similarity(points, state.reference)
        raw = read_face(points, fit, state.reference)
        for name in FEATURES:
            columns[name][rows] = getattr(raw, name)
        columns["angles_deg"][rows] = np.stack(fit.angles_deg, axis=1)
        columns["iod_px"][rows] = fit.scale
        columns["score"][rows] = [face.score for face in faces]
        columns["found"][rows] = True
        for name in ("brightness", "contrast", "sharpness", "in_frame"):
            columns[name][rows] = [getattr(fresh[k], name) for k in rows]
        for k, row in enumerate(rows):
            shape = fit.scale[k] * (state.reference @ fit.rotation[k].T) + fit.shift[k]
            fresh[row].rigid = shape[:, :2]
        columns["likeness"][rows] = _likeness(
            state, len(state.table), rows, [fresh[k] for k in rows]
        )
    state.table.append(columns)
    state.read = len(state.pending)


def _likeness(
    state: _State, first_row: int, rows: list[int], faces: list[SeenFrame]
) -> NDArray[np.float64]:
    """Return likeness (m, 2) of faces in table rows; measured on every third row, held between."""
    if state.likeness is None:
        if state.reference is None:
            raise ValueError("likeness needs the face's own shape first")
        until = faces[0].t_s + state.reference_s
        state.likeness = FaceLikeness([f for f in faces if f.t_s <= until], state.reference)
    out = np.empty((len(rows), 2))
    for k, row in enumerate(rows):
        if state.last_likeness is None or (first_row + row) % 3 == 0:
            state.last_likeness = state.likeness(faces[k])
        out[k] = state.last_likeness
    return out


def _look_closely(state: _State, look: CloseLook, done: int) -> None:
    """Run the slow measurements on the candidates among the oldest ``done`` pending frames."""
    oldest = len(state.table) - len(state.pending)
    since = state.table.rows_since(state.pending[0].t_s - PAST_S, oldest)
    candidate = candidate_frames(
        state.table.column("time_s", since),
        state.table.column("aperture", since),
        oldest - since,
        oldest - since + done,
        load_limits()["signals"],
    )
    for name, values in look.run(state.pending[:done], candidate).items():
        state.table.set(name, oldest, values)
