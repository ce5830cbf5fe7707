"""Find the MRI examination of a visit: which files are series, and what belongs to them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from hemispasm.formats.outside_findings import SUFFIX
from hemispasm.formats.video import hash_file

SEEDS_FILE = "seeds.json"
READINGS_FILE = "readings.json"

#: What may stand beside series and is none; pictures and papers are named among those left aside.
_COMPANIONS = (".json", ".toml", ".md", ".txt", ".tsv", ".csv")
_NO_SERIES = (".jpg", ".jpeg", ".png", ".gif", ".tif", ".tiff", ".pdf", ".docx", ".doc", ".html")


@dataclass(frozen=True)
class ImagingFiles:
    """The examination of one visit as it lies on disk.

    Attributes
    ----------
    folder : Path
        ``visits/<day>/imaging``.
    series : tuple of Path
        The files of its series, DICOM or NIfTI, by path.
    beside : tuple of Path
        The files that decide how they are read: sidecars of NIfTI.
    seeds : Path
        Where the clicks stand, whether the file exists or not.
    clicks : int
        How many files of clicks there are; more than one, and nothing says which one counts.

    Examples
    --------
    >>> one = Path("visits/2026-03-02/imaging")
    >>> ImagingFiles(one, (one / "ciss.nii.gz",), (), one / "seeds.json").readings.name
    'readings.json'
    """

    folder: Path
    series: tuple[Path, ...]
    beside: tuple[Path, ...]
    seeds: Path
    clicks: int = 0

    @property
    def readings(self) -> Path:
        """Return where readers' readings stand, whether the file exists or not."""
        return self.folder / READINGS_FILE

    def digest(self) -> str:
        """Return the SHA-256 of what the series hold, whatever the files are called.

        Only bytes are read, nothing is decoded.
        """
        whole = hashlib.sha256()
        for one in sorted(hash_file(path) for path in self.series):
            whole.update(one.encode())
        return whole.hexdigest()

    def digests_beside(self) -> dict[str, str]:
        """Return the SHA-256 of each file that decides how the series are read, by its place."""
        found = {p.relative_to(self.folder).as_posix(): hash_file(p) for p in self.beside}
        if self.seeds.is_file():
            found[SEEDS_FILE] = hash_file(self.seeds)
        return found


def find_imaging(folder: Path) -> tuple[ImagingFiles | None, tuple[str, ...]]:
    """Return the examination in a visit's ``imaging/``, and the names of files left aside.

    Parameters
    ----------
    folder : Path
        ``visits/<day>/imaging``; nothing is found where it does not exist or holds no series, such
        as one with findings of another program alone.

    Returns
    -------
    ImagingFiles or None
        One examination a visit; whether its series belong together is known only when they are
        read.
    tuple of str
        Names of pictures and papers, which are no series.
    """
    if not folder.is_dir():
        return None, ()
    files = sorted(p for p in folder.rglob("*") if p.is_file() and not _hidden(p, folder))
    series = tuple(p for p in files if p.suffix.lower() not in (*_COMPANIONS, *_NO_SERIES))
    ignored = tuple(p.name for p in files if p.suffix.lower() in _NO_SERIES)
    if not series:
        return None, ignored
    seeds, clicks = _seeds_of(folder, files)
    return ImagingFiles(folder, series, _beside(files, series), seeds, clicks), ignored


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _beside(files: list[Path], series: tuple[Path, ...]) -> tuple[Path, ...]:
    stems = {
        path.with_name(path.name.removesuffix(".gz")).with_suffix("")
        for path in series
        if path.name.lower().endswith((".nii", ".nii.gz"))
    }
    sidecars = [p for p in files if p.suffix.lower() == ".json" and not p.name.endswith(SUFFIX)]
    return tuple(p for p in sidecars if p.with_suffix("") in stems)


def _seeds_of(folder: Path, files: list[Path]) -> tuple[Path, int]:
    """Return the clicks directly in the folder, else the only ones below or beside it."""
    own = folder / SEEDS_FILE
    if own.is_file():
        return own, 1
    others = [path for path in files if path.name == SEEDS_FILE]
    beside = folder.parent / SEEDS_FILE
    others += [beside] if beside.is_file() else []
    return (others[0] if len(others) == 1 else own), len(others)
