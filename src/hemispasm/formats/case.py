"""Read and write case folders: plain directories that a technician can make by hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import tomli_w

from hemispasm.formats import atomic
from hemispasm.formats.case_emg import EmgFiles, find_emg_recordings
from hemispasm.formats.case_imaging import ImagingFiles, find_imaging
from hemispasm.formats.exam import EXAM_FILE
from hemispasm.formats.findings import json_text
from hemispasm.formats.outside_findings import find_outside_findings
from hemispasm.formats.parse import parse, read_json_object, read_toml
from hemispasm.formats.sidecar import sidecar_path
from hemispasm.model.case import Case, Visit
from hemispasm.model.errors import UsageError
from hemispasm.model.review import Review
from hemispasm.model.treatment import Treatments

CASE_FILE = "case.toml"
VIDEO_SUFFIXES = (".mp4", ".mov", ".avi", ".webm", ".mkv", ".m4v")


@dataclass(frozen=True)
class VisitFolder:
    """One visit as it lies on disk.

    Attributes
    ----------
    videos : tuple of Path
        The recordings in ``video/``, by name.
    emg : tuple of EmgFiles
        The recordings in ``emg/``, by name; the parts of one recording together.
    imaging : ImagingFiles or None
        The series in ``imaging/``: one examination; None when there is none.
    exam : Path or None
        ``exam.toml``; None when there is none.
    emg_findings, imaging_findings : tuple of Path
        Findings of EMG and imaging that another run or program wrote, by name.
    review : Review
        The reviewers' decisions so far; empty when there is no ``review.json``.
    ignored : tuple of str
        Files in ``video/``, ``emg/`` and ``imaging/`` that are neither recordings nor what belongs
        to one.
    """

    path: Path
    visit: Visit
    videos: tuple[Path, ...] = ()
    emg: tuple[EmgFiles, ...] = ()
    imaging: ImagingFiles | None = None
    exam: Path | None = None
    emg_findings: tuple[Path, ...] = ()
    imaging_findings: tuple[Path, ...] = ()
    review: Review = field(default_factory=Review)
    ignored: tuple[str, ...] = ()

    @property
    def day(self) -> date:
        """The day of the visit."""
        return self.visit.day

    @property
    def has_recordings(self) -> bool:
        """Whether there is a video, an EMG recording or an MRI examination."""
        return bool(self.videos or self.emg or self.imaging)

    @property
    def has_exam(self) -> bool:
        """Whether ``exam.toml`` is there."""
        return self.exam is not None


@dataclass(frozen=True)
class CaseFolder:
    """A case as it lies on disk; visits in order of time.

    ``treatments`` is None when there is no ``treatments.toml``: nobody said whether there were
    any, which is not the same as none.
    """

    path: Path
    case: Case
    visits: tuple[VisitFolder, ...] = ()
    treatments: Treatments | None = None

    @property
    def results(self) -> Path:
        """Where the runs are written."""
        return self.path / "results"


def is_case_folder(path: Path | str) -> bool:
    """Whether a folder holds a ``case.toml``."""
    return (Path(path) / CASE_FILE).is_file()


def find_cases(path: Path | str) -> tuple[Path, ...]:
    """Return the folder itself when it is a case, else the cases directly in it, by name.

    Raises
    ------
    UsageError
        No such folder, or no case in it (``no_case``).
    """
    path = Path(path)
    if is_case_folder(path):
        return (path,)
    if not path.is_dir():
        raise UsageError(
            "no_case", f"There is no folder {path.name}.", "Check the path and its spelling."
        )
    found = tuple(sorted(p for p in path.iterdir() if p.is_dir() and is_case_folder(p)))
    if not found:
        raise UsageError(
            "no_case",
            f"{path.name} holds no {CASE_FILE}, and no folder in it does.",
            f'Make a {CASE_FILE} with one line, id = "P-001", and put videos into '
            "visits/2026-03-02/video/.",
        )
    return found


def read_case(folder: Path | str) -> CaseFolder:
    """Read a case folder; the recordings themselves are not opened.

    Parameters
    ----------
    folder : path-like
        A folder with ``case.toml``; only its ``id`` is required.

    Returns
    -------
    CaseFolder
        The case, its visits in order of day with their recordings, and its treatments.

    Raises
    ------
    UsageError
        A wrong file, key, date or value, named relative to the folder.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "case.toml").write_text('id = "P-001"')
    ...     read_case(folder).case.id
    'P-001'
    """
    folder = Path(folder)
    if not is_case_folder(folder):
        raise UsageError(
            "no_case",
            f"{folder.name} holds no {CASE_FILE}.",
            f'Make a {CASE_FILE} with one line: id = "P-001".',
        )
    case = parse(Case, read_toml(folder / CASE_FILE, CASE_FILE), CASE_FILE)
    return CaseFolder(
        path=folder,
        case=case,
        visits=tuple(_read_visit(path) for path in _visit_folders(folder)),
        treatments=_read_treatments(folder),
    )


def write_case(folder: Path | str, case: Case) -> Path:
    """Write ``case.toml`` and return the folder, made when it does not exist."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _write_toml(folder / CASE_FILE, {"schema": "hemispasm.case/1", **_plain(case)})
    return folder


def write_visit(folder: Path | str, visit: Visit) -> Path:
    """Write ``visits/<day>/visit.toml`` and return the visit's folder, with ``video/`` in it."""
    path = Path(folder) / "visits" / visit.day.isoformat()
    (path / "video").mkdir(parents=True, exist_ok=True)
    data = _plain(visit)
    data.pop("day")
    _write_toml(path / "visit.toml", data)
    return path


def write_treatments(folder: Path | str, treatments: Treatments) -> None:
    """Write ``treatments.toml``."""
    _write_toml(Path(folder) / "treatments.toml", _plain(treatments))


def read_review(visit: Path | str) -> Review:
    """Read ``review.json`` of a visit's folder; without one it is empty.

    Raises
    ------
    UsageError
        The file, which may be hand-written, has a wrong key or value; the key is named.
    """
    path = Path(visit) / "review.json"
    shown = f"visits/{Path(visit).name}/review.json"
    return parse(Review, read_json_object(path, shown), shown) if path.is_file() else Review()


def write_review(visit: Path | str, review: Review) -> None:
    """Write ``review.json``. What stands in it already must stay: decisions are only added.

    Raises
    ------
    UsageError
        The new review lacks a decision or signature of the old one (``review_shortened``).
    """
    old = read_review(visit)
    kept_items = review.items[: len(old.items)] == old.items
    kept_signatures = review.signatures[: len(old.signatures)] == old.signatures
    if not (kept_items and kept_signatures):
        raise UsageError(
            "review_shortened",
            "The review changed on disk meanwhile; decisions are only ever added to it.",
            "Run the review again.",
        )
    data = review.model_dump(mode="json", by_alias=True, exclude_none=True)
    atomic.write_text(Path(visit) / "review.json", json_text(data))


def _visit_folders(folder: Path) -> list[Path]:
    visits = folder / "visits"
    if not visits.is_dir():
        return []
    found = [p for p in visits.iterdir() if p.is_dir() and not p.name.startswith(".")]
    return sorted(found, key=lambda p: p.name)


def _read_visit(path: Path) -> VisitFolder:
    shown = f"visits/{path.name}"
    day = _day(path.name, shown)
    data: dict[str, Any] = {}
    if (path / "visit.toml").is_file():
        data = read_toml(path / "visit.toml", f"{shown}/visit.toml")
    if data.get("day", day) != day:
        raise UsageError(
            "bad_value",
            f"{shown}/visit.toml: `day` is not the date of its folder.",
            "Leave it out: the folder's name is the date.",
        )
    visit = parse(Visit, {**data, "day": day}, f"{shown}/visit.toml")
    videos, ignored = _videos(path / "video", shown)
    emg, emg_ignored = find_emg_recordings(path / "emg", f"{shown}/emg")
    imaging, imaging_ignored = find_imaging(path / "imaging")
    return VisitFolder(
        path=path,
        visit=visit,
        videos=videos,
        emg=emg,
        imaging=imaging,
        exam=exam if (exam := path / EXAM_FILE).is_file() else None,
        emg_findings=find_outside_findings(path, "emg"),
        imaging_findings=find_outside_findings(path, "imaging"),
        review=read_review(path),
        ignored=(*ignored, *emg_ignored, *imaging_ignored),
    )


def _day(name: str, shown: str) -> date:
    try:
        day = date.fromisoformat(name)
    except ValueError:
        day = None
    if day is None or day.isoformat() != name:
        raise UsageError(
            "bad_date",
            f"{shown} is not a date.",
            "Name the folder by the day of the visit, such as visits/2026-03-02.",
        )
    return day


def _videos(folder: Path, shown: str) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    if not folder.is_dir():
        return (), ()
    files = sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))
    videos = tuple(p for p in files if p.suffix.lower() in VIDEO_SUFFIXES)
    for stem, count in Counter(p.stem for p in videos).items():
        shared = next(sidecar_path(p) for p in videos if p.stem == stem)
        if count > 1 and shared.exists():
            raise UsageError(
                "shared_sidecar",
                f"{shown}/video/{shared.name} stands beside {count} videos of that name.",
                "Rename all but one video, each with a .json of its own.",
            )
    known = {".json", ".txt", ".md"}
    ignored = tuple(p.name for p in files if p not in videos and p.suffix.lower() not in known)
    return videos, ignored


def _read_treatments(folder: Path) -> Treatments | None:
    path = folder / "treatments.toml"
    if not path.is_file():
        return None
    return parse(Treatments, read_toml(path, path.name), path.name)


def _plain(noun: Case | Visit | Treatments) -> dict[str, Any]:
    # Python mode keeps dates as TOML dates; the JSON text in between would make them strings.
    return noun.model_dump(by_alias=True, exclude_none=True)


def _write_toml(path: Path, data: dict[str, Any]) -> None:
    atomic.write_text(path, tomli_w.dumps(data))
