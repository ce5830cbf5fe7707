"""Which examination a page shows, and where its marks are kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hemispasm.formats.case import is_case_folder
from hemispasm.formats.case_imaging import SEEDS_FILE, find_imaging
from hemispasm.model.errors import UsageError


@dataclass(frozen=True)
class Examination:
    """Series on disk and the file with the reader's marks.

    Attributes
    ----------
    source : Path
        A folder of series, or one file.
    seeds : Path
        Where the marks stand, whether the file exists or not.
    case : Path, optional
        The case folder they belong to.
    day : str, optional
        Of the visit.
    """

    source: Path
    seeds: Path
    case: Path | None = None
    day: str | None = None


def find_examination(path: Path | str, visit: str | None = None) -> Examination:
    """Find the series that a person means by a case, a visit, a folder or a file.

    Nothing of a case but its ``imaging`` folder is looked at: who reads the pictures must not know
    the side of the symptoms.

    Parameters
    ----------
    path : path-like
        A case folder, a visit's folder, a folder of series, or one NIfTI file.
    visit : str, optional
        Which day, where a case has examinations of several.

    Raises
    ------
    UsageError
        There is no such path (``no_such_file``), no examination (``no_imaging``), several and none
        is named (``which_visit``), or several files of marks (``several_seeds``).

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as case:
    ...     imaging = Path(case) / "visits" / "2026-03-02" / "imaging"
    ...     imaging.mkdir(parents=True)
    ...     _ = (Path(case) / "case.toml").write_text('id = "P-001"')
    ...     _ = (imaging / "ciss.nii").write_text("")
    ...     find_examination(case).seeds.relative_to(case).as_posix()
    'visits/2026-03-02/imaging/seeds.json'
    """
    place = Path(path).absolute()
    if not place.exists():
        raise UsageError("no_such_file", f"There is no {place.name}.", "Check the path.")
    if place.is_file():
        return Examination(place, place.parent / SEEDS_FILE)
    if is_case_folder(place):
        place = _of_case(place, visit)
    elif (place / "imaging").is_dir():
        place = place / "imaging"
    files, _ = find_imaging(place)
    if files is None:
        raise UsageError(
            "no_imaging",
            f"{place.name} holds no series.",
            "Put DICOM series or NIfTI files into visits/<day>/imaging/, or give their folder.",
        )
    if files.clicks > 1:
        raise UsageError(
            "several_seeds",
            f"There are {files.clicks} files of clicks, and nothing says which one counts.",
            "Keep one seeds.json, beside the series.",
        )
    visits = place.parent.parent
    if place.name == "imaging" and visits.name == "visits" and is_case_folder(visits.parent):
        return Examination(place, files.seeds, visits.parent, place.parent.name)
    return Examination(place, files.seeds)


def _of_case(case: Path, visit: str | None) -> Path:
    days = {
        folder.parent.name: folder
        for folder in sorted((case / "visits").glob("*/imaging"))
        if find_imaging(folder)[0] is not None
    }
    if visit is not None and visit not in days:
        raise UsageError(
            "no_imaging",
            f"The visit {visit} has no imaging.",
            f"There is imaging of: {', '.join(days) or 'no visit'}.",
        )
    if not days:
        raise UsageError(
            "no_imaging",
            f"{case.name} has no imaging.",
            "Put DICOM series or NIfTI files into visits/<day>/imaging/.",
        )
    if visit is None and len(days) > 1:
        raise UsageError(
            "which_visit",
            f"{case.name} has imaging of {len(days)} visits.",
            f"Choose one with --visit: {', '.join(days)}.",
        )
    return days[visit] if visit is not None else next(iter(days.values()))
