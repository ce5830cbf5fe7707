"""Find the EMG recordings of a visit: which files are recordings, and which belong together."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from hemispasm.formats.emg import TEXT_SUFFIXES
from hemispasm.formats.emg_sidecar import emg_sidecar_path
from hemispasm.model.errors import UsageError

EDF_SUFFIXES = (".edf", ".bdf")

#: How the parts of one recording are named: ``rest_part1.edf``; BIDS writes ``rest_split-01.edf``.
_PART = re.compile(r"^(?P<stem>.+?)[_-](?:part|split)[_-]?(?P<number>\d+)$", re.IGNORECASE)
#: What may stand beside a recording and is none.
_NOT_READ = (".findings.json", ".truth.json")
_COMPANIONS = (".json", ".toml", ".tsv", ".md", ".docx", ".pdf")


@dataclass(frozen=True)
class EmgFiles:
    """One EMG recording as it lies on disk.

    Attributes
    ----------
    paths : tuple of Path
        Its file; several where a console exported the recording in parts, in order of their
        number.
    sidecar : Path
        Where the file that names muscles and sides stands, whether it exists or not.

    Examples
    --------
    >>> EmgFiles((Path("emg/rest_part1.edf"), Path("emg/rest_part2.edf"))).sidecar.name
    'rest.json'
    """

    paths: tuple[Path, ...]

    @property
    def sidecar(self) -> Path:
        """Return where the sidecar stands."""
        if len(self.paths) == 1:
            return emg_sidecar_path(self.paths[0])
        return self.paths[0].with_name(f"{_stem(self.paths[0])}.json")

    @property
    def beside(self) -> tuple[Path, ...]:
        """Return the files that decide how the recording is read, as far as they exist.

        Of a BIDS recording all tables of the folder: one of them may hold for several recordings.
        """
        own = [
            self.sidecar,
            *(p.with_suffix(end) for p in self.paths for end in (".json", ".toml")),
        ]
        if any(path.stem.endswith("_emg") for path in self.paths):
            own += sorted(
                p for p in self.paths[0].parent.iterdir() if p.suffix in (".tsv", ".json")
            )
        return tuple(
            path
            for path in dict.fromkeys(own)
            if path.is_file() and not path.name.endswith(_NOT_READ)
        )


def find_emg_recordings(folder: Path, shown: str) -> tuple[tuple[EmgFiles, ...], tuple[str, ...]]:
    """Return the recordings in a visit's ``emg/`` by name, and the names of files left aside.

    Parameters
    ----------
    folder : Path
        ``visits/<day>/emg``; nothing is found where it does not exist.
    shown : str
        How messages name it.

    Returns
    -------
    tuple of EmgFiles, tuple of str
        EDF, BDF and WFDB files, and text exports with a profile beside them. A text file without
        one may be a note or a recording, so it is named among those left aside.

    Raises
    ------
    UsageError
        Two recordings share one sidecar (``shared_sidecar``).
    """
    if not folder.is_dir():
        return (), ()
    files = sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))
    found = [p for p in files if _is_recording(p)]
    recordings = _grouped(found)
    _refuse_shared_sidecars(recordings, shown)
    headers = {p.stem for p in found if p.suffix.lower() == ".hea"}
    ignored = tuple(
        p.name
        for p in files
        if p not in found and p.suffix.lower() not in _COMPANIONS and p.stem not in headers
    )
    return recordings, ignored


def _is_recording(path: Path) -> bool:
    suffix = path.suffix.lower()
    if suffix in (*EDF_SUFFIXES, ".hea"):
        return True
    if suffix == ".dat" and path.with_suffix(".hea").is_file():
        return False
    return suffix in TEXT_SUFFIXES and path.with_suffix(".toml").is_file()


def _stem(path: Path) -> str:
    named = _PART.match(path.stem)
    return named["stem"] if named else path.stem


def _grouped(found: list[Path]) -> tuple[EmgFiles, ...]:
    """Put the parts of one recording together; a single part stays a recording of its own."""
    groups: dict[tuple[str, str], list[Path]] = {}
    for path in found:
        part = _PART.match(path.stem) if path.suffix.lower() in EDF_SUFFIXES else None
        key = (part["stem"], "parts") if part else (path.name, "whole")
        groups.setdefault(key, []).append(path)
    return tuple(EmgFiles(tuple(sorted(paths, key=_number))) for paths in groups.values())


def _number(path: Path) -> tuple[int, str]:
    part = _PART.match(path.stem)
    return (int(part["number"]) if part else 0, path.name)


def _refuse_shared_sidecars(recordings: tuple[EmgFiles, ...], shown: str) -> None:
    counts = Counter(one.sidecar for one in recordings)
    for sidecar, count in counts.items():
        if count > 1 and sidecar.exists():
            raise UsageError(
                "shared_sidecar",
                f"{shown}/{sidecar.name} stands beside {count} recordings of that name.",
                "Rename all but one recording, each with a .json of its own.",
            )
