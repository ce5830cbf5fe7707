"""Join the files of one study that a console exported in parts; anything doubtful is refused."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from hemispasm.formats.bids_emg import BidsContext
from hemispasm.formats.emg import name_segment, read_raw_segments
from hemispasm.formats.emg_raw import RawSegment
from hemispasm.formats.emg_sidecar import read_emg_sidecar
from hemispasm.model.emg import EmgRecording
from hemispasm.model.emg_sidecar import EmgSidecar
from hemispasm.model.errors import DecodeError, UsageError


def read_emg_files(
    paths: Sequence[Path | str], *, montage: EmgSidecar | None = None
) -> EmgRecording:
    """Read several files as one recording, where each begins when the one before it ends.

    Parameters
    ----------
    paths : sequence of path-like
        EDF or BDF files, in any order.
    montage : EmgSidecar, optional
        What the channels are; in place of the sidecar beside the files.

    Returns
    -------
    EmgRecording
        Annotations of all files, in order.

    Raises
    ------
    DecodeError
        A file cannot be read or was paused (``has_pauses``).
    UsageError
        ``no_recording``, ``sidecars_differ``, ``no_start_time``, ``channels_differ``,
        ``gap_between_files``, ``files_overlap`` or ``gap_not_knowable``.
    """
    files = [Path(path) for path in paths]
    if not files:
        raise UsageError("no_recording", "No file was given.", "Give at least one.")
    sidecar = montage or _one_sidecar(files)
    units = {c.label: c.unit for c in sidecar.channels if c.unit} if sidecar else {}
    parts = []
    for path in files:
        segments = read_raw_segments(path, units)
        if len(segments) > 1:
            raise DecodeError(
                "has_pauses",
                f"{path.name} was paused and cannot be joined with another file.",
                "Read it as segments, on its own.",
            )
        parts.append((path, segments[0]))
    if len(parts) == 1:
        return name_segment(parts[0][1], sidecar, BidsContext())
    parts.sort(key=lambda part: _start(*part))
    notes: list[str] = [note for _, segment in parts for note in segment.notes]
    is_exact = any(segment.is_start_exact for _, segment in parts)
    for (before, first), (after, second) in itertools.pairwise(parts):
        _check_alike(before, first, after, second)
        _check_consecutive(before, first, after, second, is_exact)
    if not is_exact:
        notes.append(
            "joined_to_the_second: the files give their start to the full second; a gap of less"
            " than a second between two of them would not show."
        )
    return name_segment(_join([segment for _, segment in parts], notes), sidecar, BidsContext())


def _one_sidecar(files: Sequence[Path]) -> EmgSidecar | None:
    found = [sidecar for path in files if (sidecar := read_emg_sidecar(path)) is not None]
    if any(sidecar != found[0] for sidecar in found):
        raise UsageError(
            "sidecars_differ",
            "The sidecars of the files contradict one another.",
            "Keep one of them, or make them equal.",
        )
    return found[0] if found else None


def _start(path: Path, segment: RawSegment) -> datetime:
    if segment.started_at is None:
        raise UsageError(
            "no_start_time",
            f"{path.name} does not say when it began, so its place among the others is unknown.",
            "Measure each file on its own.",
        )
    return segment.started_at


def _duration_s(segment: RawSegment) -> float:
    return max(len(signal.values) / signal.rate_hz for signal in segment.signals)


def _check_alike(before: Path, first: RawSegment, after: Path, second: RawSegment) -> None:
    shapes = [
        [(s.label, s.rate_hz, s.is_voltage) for s in segment.signals] for segment in (first, second)
    ]
    lengths = {len(signal.values) / signal.rate_hz for signal in first.signals}
    if shapes[0] != shapes[1] or max(lengths) - min(lengths) > 1e-9:
        raise UsageError(
            "channels_differ",
            f"{before.name} and {after.name} do not have the same channels at the same rates.",
            "Measure each file on its own.",
        )


def _check_consecutive(
    before: Path, first: RawSegment, after: Path, second: RawSegment, is_exact: bool
) -> None:
    end = _start(before, first) + timedelta(seconds=_duration_s(first))
    gap_s = (_start(after, second) - end).total_seconds()
    fastest = max(signal.rate_hz for signal in first.signals)
    # Time stamps are written to the microsecond.
    if abs(gap_s) <= (0.5 / fastest if is_exact else 0.0) + 1e-6:
        return
    if not is_exact and abs(gap_s) < 1:
        raise UsageError(
            "gap_not_knowable",
            f"Whether {after.name} begins when {before.name} ends cannot be told: both give their"
            " start to the full second only.",
            "Measure each file on its own, or export EDF+ with fractions of a second.",
        )
    if gap_s < 0:
        raise UsageError(
            "files_overlap",
            f"{after.name} begins {-gap_s:g} s before {before.name} ends.",
            "Give each part of the recording once.",
        )
    raise UsageError(
        "gap_between_files",
        f"{gap_s:g} s lie between the end of {before.name} and the start of {after.name}.",
        "Measure each file on its own; a gap is never closed.",
    )


def _join(segments: Sequence[RawSegment], notes: Sequence[str]) -> RawSegment:
    first = segments[0]
    starts_s = np.concatenate([[0.0], np.cumsum([_duration_s(s) for s in segments[:-1]])])
    return replace(
        first,
        signals=tuple(
            replace(signal, values=np.concatenate([s.signals[i].values for s in segments]))
            for i, signal in enumerate(first.signals)
        ),
        annotations=tuple(
            note.model_copy(update={"time_s": note.time_s + float(start_s)})
            for start_s, segment in zip(starts_s, segments, strict=True)
            for note in segment.annotations
        ),
        simulated=any(segment.simulated for segment in segments),
        notes=tuple(dict.fromkeys(notes)),
    )
