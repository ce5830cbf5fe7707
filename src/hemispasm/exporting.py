"""The whole path from recordings or a case to EMG-BIDS: signals, montage, events, findings."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from hemispasm.model.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.formats.bids_emg_write import BidsSite
    from hemispasm.formats.case import CaseFolder
    from hemispasm.model.emg import EmgRecording
    from hemispasm.model.finding import FindingsDocument

# A file's name may hold a patient's. Only these words of it go into the data set.
TASKS = (
    "rest", "talking", "speech", "smile", "voluntary", "blink", "blinkreflex", "lsr", "amr",
    "lateralspread", "fwave", "cmap", "enog", "zl", "theatre", "mvd", "needle", "baseline",
)  # fmt: skip
_OTHER_TASK = "emg"


@dataclass(frozen=True)
class ExportedRecording:
    """One recording in the data set.

    Attributes
    ----------
    source : Path
        What it was made from.
    runs : tuple of str
        Names of its files in the data set, one for each stretch without a pause.
    notes : tuple of str
        What reading mended, left out or took from a rule.
    texts : tuple of str
        The annotations that went along, each once, without those of stimuli.
    simulated : bool
        Marked as such.
    """

    source: Path
    runs: tuple[str, ...]
    notes: tuple[str, ...]
    texts: tuple[str, ...]
    simulated: bool


@dataclass(frozen=True)
class _Item:
    """One recording to be written."""

    paths: tuple[Path, ...]
    subject: str
    session: str | None
    task: str


def export_bids(
    paths: Sequence[Path | str],
    out: Path | str,
    *,
    subject: str | None = None,
    session: str | None = None,
    task: str | None = None,
    site: BidsSite | None = None,
    measured: bool = True,
    annotations: bool = True,
    seed: int = 0,
) -> tuple[ExportedRecording, ...]:
    """Write recordings, or all recordings of cases, as a new EMG-BIDS data set.

    Signals are written anew: no header of the source is copied, so neither name nor birth date nor
    day of the recording comes along. The visits of a case are sessions in order of time, and say
    how many days after the first they took place; no date is written.

    Parameters
    ----------
    paths : sequence of path-like
        EMG recordings of one patient, or case folders, or folders of them.
    out : path-like
        The folder to make. It appears complete, or not at all.
    subject, session, task : str, optional
        Labels of letters and digits for recordings; by default ``01``, none, and what a known word
        in the file's name says. A case gives its own subject and sessions.
    site : BidsSite, optional
        What the laboratory knows of electrode sites and recorder.
    measured : bool
        Also measure each recording and write events and findings as derivatives.
    annotations : bool
        Keep all notes of the recordings; otherwise the stimuli alone. Notes are free text.
    seed : int
        Of the measurement.

    Returns
    -------
    tuple of ExportedRecording
        In the order in which they were written.

    Raises
    ------
    UsageError
        ``no_recording``, ``mixed_sources``, ``bad_bids_label``, ``label_from_case``, or what
        reading says.
    RefusedError
        The folder exists already (``already_written``).
    DecodeError
        A recording cannot be read; nothing is written then.
    """
    from hemispasm.formats.atomic import new_folder

    out = Path(out)
    if out.exists() or out.is_symlink():
        raise RefusedError(
            "already_written",
            f"{out.name} exists already, and nothing is written into it.",
            "Give a folder that does not exist yet; several cases go into one call.",
        )
    if not out.absolute().parent.is_dir():
        raise UsageError(
            "no_folder",
            f"There is no folder {out.absolute().parent.name} to write into.",
            "Make it first.",
        )
    items, days = _items([Path(path) for path in paths], subject, session, task)
    counts: dict[tuple[str, str | None, str], int] = {}
    for item in items:
        key = (item.subject, item.session, item.task)
        counts[key] = counts.get(key, 0) + 1
    written = []
    simulated: bool | None = None
    with new_folder(out.absolute()) as folder:
        used: dict[tuple[str, str | None, str], int] = {}
        for item in items:
            key = (item.subject, item.session, item.task)
            first_run = used.get(key, 0) + 1
            made = _write(
                folder, item, first_run, counts[key] > 1, site, measured, annotations, seed
            )
            if simulated not in (None, made.simulated):
                raise UsageError(
                    "mixed_sources",
                    "Simulated and real recordings were given together.",
                    "Export them into data sets of their own.",
                )
            simulated = made.simulated
            used[key] = first_run - 1 + len(made.runs)
            written.append(made)
        _write_sessions(folder, days)
    return tuple(written)


def task_of(name: str) -> str:
    """Return the known word for a task in a file's name, ``emg`` where there is none.

    Examples
    --------
    >>> task_of("2026-03-02_LSR_left.edf"), task_of("Anna_Muster.edf")
    ('lsr', 'emg')
    >>> task_of("sub-01_task-talking_emg.edf")
    'talking'
    """
    words = re.findall(r"[a-z]+", Path(name).stem.lower().replace("-wave", "wave"))
    return next((word for word in words if word in TASKS), _OTHER_TASK)


def _items(
    paths: list[Path], subject: str | None, session: str | None, task: str | None
) -> tuple[list[_Item], dict[str, list[tuple[str, int]]]]:
    """Return what is to be written, and the days of each subject's sessions from the first."""
    from hemispasm.formats.case import find_cases, read_case

    folders = [path for path in paths if path.is_dir()]
    if folders and len(folders) < len(paths):
        raise UsageError(
            "mixed_sources",
            "Recordings and case folders were given together.",
            "Export them in two calls.",
        )
    if not folders:
        return [
            _Item((path,), subject or "01", session, task or task_of(path.name)) for path in paths
        ], {}
    if subject or session or task:
        raise UsageError(
            "label_from_case",
            "A case has its own subject, sessions and tasks.",
            "Leave --subject, --session and --task out.",
        )
    items: list[_Item] = []
    days: dict[str, list[tuple[str, int]]] = {}
    for folder in (case for path in folders for case in find_cases(path)):
        case = read_case(folder)
        label = re.sub(r"[^A-Za-z0-9]", "", case.case.id)
        if label in days:
            raise UsageError(
                "same_subject",
                f"Two cases would both be sub-{label}.",
                "Export them into data sets of their own.",
            )
        own, days[label] = _case_items(case, label)
        items += own
    if not items:
        raise UsageError(
            "no_recording",
            "No visit of the case holds an EMG recording.",
            "Put EDF files into visits/<day>/emg/.",
        )
    return items, days


def _case_items(case: CaseFolder, label: str) -> tuple[list[_Item], list[tuple[str, int]]]:
    items = []
    days = []
    with_emg = [visit for visit in case.visits if visit.emg]
    for number, visit in enumerate(with_emg, start=1):
        session = f"{number:02d}"
        days.append((session, (visit.day - with_emg[0].day).days))
        for files in visit.emg:
            items.append(_Item(files.paths, label, session, task_of(files.paths[0].name)))
    return items, days


def _write(
    folder: Path,
    item: _Item,
    first_run: int,
    several: bool,
    site: BidsSite | None,
    measured: bool,
    annotations: bool,
    seed: int,
) -> ExportedRecording:
    """Write one recording, each stretch as a run, and what was measured in it."""
    from hemispasm.formats.bids_emg_write import write_bids
    from hemispasm.measuring_emg import measure_emg_recording

    segments = _read(item.paths)
    names = []
    for number, segment in enumerate(segments, start=first_run):
        path = write_bids(
            folder,
            segment if annotations else _without_notes(segment),
            subject=item.subject,
            session=item.session,
            task=item.task,
            run=str(number) if several or len(segments) > 1 else None,
            site=site,
        )
        names.append(path.name)
    if measured:
        document = measure_emg_recording(item.paths, seed=seed).document
        _write_derivatives(folder, names, segments, document)
    texts = dict.fromkeys(note.text for segment in segments for note in segment.annotations)
    return ExportedRecording(
        source=item.paths[0],
        runs=tuple(names),
        notes=tuple(dict.fromkeys(note for segment in segments for note in segment.notes)),
        texts=tuple(text for text in texts if annotations and text.casefold() != "stimulus"),
        simulated=any(segment.simulated for segment in segments),
    )


def _read(paths: tuple[Path, ...]) -> tuple[EmgRecording, ...]:
    from hemispasm.formats.case_emg import EmgFiles
    from hemispasm.formats.emg import read_emg_segments
    from hemispasm.formats.emg_join import read_emg_files
    from hemispasm.formats.emg_sidecar import read_emg_sidecar

    if len(paths) == 1:
        return read_emg_segments(paths[0])
    return (read_emg_files(paths, montage=read_emg_sidecar(EmgFiles(paths).sidecar)),)


def _without_notes(segment: EmgRecording) -> EmgRecording:
    kept = tuple(note for note in segment.annotations if note.text.casefold() == "stimulus")
    return replace(segment, annotations=kept)


def _write_derivatives(
    folder: Path,
    names: Sequence[str],
    segments: Sequence[EmgRecording],
    document: FindingsDocument,
) -> None:
    from hemispasm.formats.bids_emg_results import add_bids_findings
    from hemispasm.formats.bids_emg_write import write_bids_derivative

    columns = {
        "side": "Side of the patient.",
        "channel": "Label of the channel, as in the file.",
        "confidence": "From 0 to 1.",
        "pattern": "How the event is built.",
    }
    tables = []
    for name, segment in zip(names, segments, strict=True):
        end_s = segment.start_s + segment.duration_s
        rows = [
            {
                "onset": event.start_s - segment.start_s,
                "duration": event.end_s - event.start_s,
                "trial_type": event.kind,
                "side": event.side,
                "channel": event.channel,
                "confidence": event.confidence,
                "pattern": event.pattern,
            }
            for event in document.events
            if segment.start_s <= event.start_s < end_s
        ]
        tables.append(
            write_bids_derivative(folder, name, rows, columns, version=version("hemispasm"))
        )
    # Findings are of the whole recording, pauses and all, and stand beside its first run.
    add_bids_findings(tables[0], document)


def _write_sessions(folder: Path, days: dict[str, list[tuple[str, int]]]) -> None:
    from hemispasm.formats.bids_emg_results import write_bids_sessions

    for subject, sessions in days.items():
        if sessions:
            write_bids_sessions(folder, subject, sessions)
