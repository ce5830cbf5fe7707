"""The whole path for one EMG recording: read the file, measure, keep provenance."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from hemispasm.model.errors import DecodeError
from hemispasm.model.finding import Provenance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.measure.emg.measure import EmgMeasurement
    from hemispasm.model.emg import EmgRecording
    from hemispasm.model.finding import FindingsDocument
    from hemispasm.model.trace import Trace


def measure_emg_file(
    path: Path | str, *, seed: int = 0, baseline: Path | str | None = None
) -> FindingsDocument:
    """Measure one EMG recording; muscles and sides come from what stands beside it.

    Parameters
    ----------
    path : path-like
        An EDF, BDF or WFDB file, or a text export with its profile.
    seed : int
        Of the draws behind intervals; the same seed gives the same numbers.
    baseline : path-like, optional
        A recording with the same montage and stimuli before treatment; its lateral spread response
        becomes the template.

    Returns
    -------
    FindingsDocument
        A recording that decodes always gets here, with a grade. A file that was paused is measured
        stretch by stretch, its times counting from its first sample.

    Raises
    ------
    DecodeError
        The file cannot be decoded.
    UsageError
        The sidecar or the profile of a text export is wrong.

    Examples
    --------
    >>> measure_emg_file("rest.edf").find("emg.affected_side").value  # doctest: +SKIP
    'left'

    What cannot be decoded is said in one sentence:

    >>> measure_emg_file("nowhere.edf")
    Traceback (most recent call last):
        ...
    hemispasm.model.errors.DecodeError: There is no file nowhere.edf. Check the path and its \
spelling.
    """
    return _measure(_as_paths(path), seed, baseline, with_traces=False).document


def measure_emg_recording(
    path: Path | str | Sequence[Path | str],
    *,
    seed: int = 0,
    baseline: Path | str | None = None,
) -> EmgMeasurement:
    """Measure one EMG recording and keep its traces.

    Parameters
    ----------
    path : path-like or sequence of path-like
        As for `measure_emg_file`; several files are the parts of one recording, and what stands
        between them is refused, never closed.
    seed, baseline
        As for `measure_emg_file`.

    Returns
    -------
    EmgMeasurement
        ``document`` and ``traces``.

    Raises
    ------
    DecodeError, UsageError
        As for `measure_emg_file`; or the parts do not fit together.
    """
    return _measure(_as_paths(path), seed, baseline, with_traces=True)


def _as_paths(path: Path | str | Sequence[Path | str]) -> tuple[Path, ...]:
    return (Path(path),) if isinstance(path, Path | str) else tuple(Path(one) for one in path)


def _measure(
    paths: tuple[Path, ...], seed: int, baseline: Path | str | None, *, with_traces: bool
) -> EmgMeasurement:
    from hemispasm.measure.emg.measure import measure_emg_recording as measure

    began = time.perf_counter()
    segments = _read(paths)
    before = None if baseline is None else _read_baseline(Path(baseline))
    measured = measure(
        segments,
        sha256=emg_digest(*paths),
        seed=seed,
        baseline=before,
        with_traces=with_traces,
    )
    settings = dict(measured.document.provenance.settings)
    if baseline is not None:
        settings["baseline_sha256"] = emg_digest(Path(baseline))
    made = Provenance(
        hemispasm=version("hemispasm"),
        settings=settings,
        seconds=round(time.perf_counter() - began, 2),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return replace(measured, document=measured.document.model_copy(update={"provenance": made}))


def _read(paths: tuple[Path, ...]) -> tuple[EmgRecording, ...]:
    from hemispasm.formats.case_emg import EmgFiles
    from hemispasm.formats.emg import read_emg_segments
    from hemispasm.formats.emg_join import read_emg_files
    from hemispasm.formats.emg_sidecar import read_emg_sidecar

    for path in paths:
        if not path.is_file():
            raise DecodeError(
                "no_file", f"There is no file {path.name}.", "Check the path and its spelling."
            )
    if len(paths) == 1:
        return read_emg_segments(paths[0])
    return (read_emg_files(paths, montage=read_emg_sidecar(EmgFiles(paths).sidecar)),)


def _read_baseline(path: Path) -> EmgRecording:
    """Read the recording before treatment; one that was paused has no one train."""
    from hemispasm.formats.emg import read_emg

    if not path.is_file():
        raise DecodeError(
            "no_file", f"There is no file {path.name}.", "Check the path and its spelling."
        )
    return read_emg(path)


#: Values of the trace of an operation's state.
THEATRE_STATES = {"absent": 0.0, "reduced": 1.0, "present": 2.0}


def follow_operation(path: Path, *, seed: int = 0) -> tuple[Trace, ...]:
    """Return the lateral spread over an operation, sweep by sweep, as traces.

    Parameters
    ----------
    path : Path
        A recording of an operation, with stimuli.
    seed : int
        Of the test for a response in the baseline.

    Returns
    -------
    tuple of Trace
        ``theatre_state`` (two: present, one: reduced, nought: absent; NaN: undetermined or frozen)
        of the operation, with its ``events`` and the baseline in ``meta``, and ``theatre_ratio`` of
        every watched channel: the running mean as a share of the baseline. None where nothing
        could be watched.
    """
    import numpy as np

    from hemispasm.model.trace import Trace
    from hemispasm.monitor import monitor_file

    said = monitor_file(path, seed=seed)
    if not said.sweeps:
        return ()
    times = np.array([moment.time_s for moment in said.sweeps])
    states = [
        np.nan if moment.frozen else THEATRE_STATES.get(moment.state, np.nan)
        for moment in said.sweeps
    ]
    baseline = said.baseline
    meta = {
        "events": [[event.time_s, event.text] for event in said.events],
        "baseline_s": None if baseline is None else [baseline.start_s, baseline.end_s],
        "reduced_share": said.criteria.reduced_share,
        "last": said.sweeps[-1].state,
        "count": len(said.sweeps),
        "frozen": sum(moment.frozen is not None for moment in said.sweeps),
    }
    traces = [Trace("theatre_state", "1", times, np.array(states), meta=meta)]
    for index, channel in enumerate(said.channels):
        rows = [one for m in said.sweeps for one in m.channels if one.channel == index]
        if not channel.watched or len(rows) != len(times):
            continue
        ratios = [np.nan if one.ratio is None else one.ratio for one in rows]
        about = {
            "channel": channel.label,
            "index": index,
            "muscle": None if channel.muscle is None else channel.muscle.value,
        }
        traces.append(
            Trace("theatre_ratio", "1", times, np.round(ratios, 3), channel.side, meta=about)
        )
    return tuple(traces)


def emg_digest(*paths: Path | str) -> str:
    """Return the SHA-256 of a recording; of a WFDB record, of its header and its signals.

    Parameters
    ----------
    *paths : path-like
        The recording; its parts in order where it has several.
    """
    total = hashlib.sha256()
    for part in (part for path in paths for part in _parts(Path(path))):
        with part.open("rb") as handle:
            while block := handle.read(1 << 20):
                total.update(block)
    return total.hexdigest()


def _parts(path: Path) -> list[Path]:
    header = path.with_suffix(".hea")
    if path.suffix.lower() not in (".hea", ".dat") or not header.is_file():
        return [path]
    lines = header.read_text(encoding="utf-8", errors="replace").splitlines()
    rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    names = dict.fromkeys(row[0] for row in rows[1:])
    return [
        header,
        *(found for name in names if (found := path.parent / Path(name).name).is_file()),
    ]
