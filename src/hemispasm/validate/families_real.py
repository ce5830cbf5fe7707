"""Real signals of family C: found in a folder, read once per process, never kept."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

from hemispasm.formats.video import hash_file, read_frames
from hemispasm.model.errors import UsageError
from hemispasm.simulate.families.real_faces import (
    FaceMarks,
    RealFace,
    blink_courses,
    follow_face,
    known_marks,
    read_marks,
)
from hemispasm.simulate.families.real_traces import RealPieces, cut_pieces, parse_trace

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

RATE_HZ = 10_000.0
LARGEST_SIDE_PX = 960


def find_traces(folder: Path) -> list[Path]:
    """Return the real EMG traces of a folder: ``emg/*.txt``, two columns."""
    return sorted((folder / "emg").glob("*.txt"))


def find_faces(folder: Path) -> list[tuple[Path, FaceMarks]]:
    """Return the real clips of a folder whose face is marked, with the marks.

    Marks stand beside a clip as ``<name>.marks.json``; those of some public clips are known.
    """
    found = []
    for path in sorted((folder / "faces").glob("*.mp4")):
        beside = path.with_suffix(".marks.json")
        if beside.is_file():
            found.append((path, read_marks(json.loads(beside.read_text(encoding="utf-8")))))
        elif (marks := known_marks().get(hash_file(path))) is not None:
            found.append((path, marks))
    return found


def check_real(folder: Path | None) -> Path | None:
    """Return a folder with real signals.

    Raises
    ------
    UsageError
        It holds no EMG trace or no marked face (``no_real_signals``).
    """
    if folder is not None and not (find_traces(folder) and find_faces(folder)):
        raise UsageError(
            "no_real_signals",
            "The folder given with --real holds no EMG trace in emg or no marked face in faces.",
            "Give a folder as the how-to on validation describes, or leave --real out.",
        )
    return folder


@cache
def real_pieces(folder: Path) -> RealPieces:
    """Return the pieces of all traces of a folder."""
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in find_traces(folder)]
    return cut_pieces([parse_trace(text) for text in texts], RATE_HZ)


@cache
def real_faces(folder: Path) -> tuple[tuple[RealFace, ...], tuple[NDArray[np.float64], ...]]:
    """Return the faces of a folder, followed, and the courses of all blinks in them.

    Raises
    ------
    UsageError
        No clip has a blink (``no_real_signals``).
    """
    faces = []
    for path, marks in find_faces(folder):
        frames = [frame.rgb for frame in read_frames(path, max_side=LARGEST_SIDE_PX)]
        faces.append(follow_face(frames, marks))
    courses = [course for face in faces for course in blink_courses(face)]
    if not courses:
        raise UsageError(
            "no_real_signals",
            "None of the marked clips in the folder given with --real has a blink in it.",
            "Add a clip in which the person blinks, and its frames to the marks.",
        )
    return tuple(faces), tuple(courses)
