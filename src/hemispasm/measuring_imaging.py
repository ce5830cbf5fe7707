"""The whole path for one MRI examination: read series and clicks, measure, keep provenance."""

from __future__ import annotations

import hashlib
import time
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from hemispasm.model.errors import DecodeError, HemispasmError, IntegrityError, UsageError
from hemispasm.model.finding import Provenance
from hemispasm.model.imaging import ImagingStudy, Role
from hemispasm.model.seeds import Seeds

if TYPE_CHECKING:
    from hemispasm.measure.imaging.measure import ImagingMeasurement
    from hemispasm.model.finding import FindingsDocument
    from hemispasm.model.imaging import SeenSeries, Volume

SEEDS_NAME = "seeds.json"
_NIFTI = (".nii", ".nii.gz")
# The clicks are made on the first of these that is there.
_LEADING = (Role.CISS, Role.TOF, Role.T1, Role.T1_CONTRAST)

Paths = Path | str | Sequence[Path | str]


def measure_imaging_folder(
    path: Paths, *, seeds: Seeds | Path | str | None = None, seed: int = 0
) -> FindingsDocument:
    """Measure one MRI examination with a reader's clicks.

    Parameters
    ----------
    path : path-like or sequence of path-like
        A folder of DICOM series (searched through) or of NIfTI files, one such file, or several
        of these that belong to one examination.
    seeds : Seeds or path-like, optional
        The clicks. When None, ``seeds.json`` in the folder, else beside it.
    seed : int
        Of the draws behind intervals; the same seed gives the same numbers.

    Returns
    -------
    FindingsDocument
        Series that decode always get here, with a class of each side. Without confirmed clicks, or
        where the series carry no number, there is none, and the quality says why and what to order.

    Raises
    ------
    DecodeError
        No series can be decoded; or it is a zip (``zip_packed``).
    UsageError
        There is no such path, the clicks are wrong, or it holds several examinations.
    IntegrityError
        The clicks were made on a series that is not here (``seeds_of_another_series``).
    RefusedError
        It holds two patients.

    Examples
    --------
    >>> document = measure_imaging_folder("imaging/")  # doctest: +SKIP
    >>> document.find("imaging.assessability", Side.LEFT).value  # doctest: +SKIP
    'A'
    """
    return measure_imaging_series(path, seeds=seeds, seed=seed).document


def measure_imaging_series(
    path: Paths, *, seeds: Seeds | Path | str | None = None, seed: int = 0
) -> ImagingMeasurement:
    """Measure one MRI examination and keep courses, vessels and fits for pages.

    Parameters
    ----------
    path, seeds, seed
        As for `measure_imaging_folder`.

    Returns
    -------
    ImagingMeasurement
        ``document`` and ``sides``.

    Raises
    ------
    DecodeError, UsageError, IntegrityError, RefusedError
        As for `measure_imaging_folder`.
    """
    began = time.perf_counter()
    paths = (Path(path),) if isinstance(path, Path | str) else tuple(Path(one) for one in path)
    study = read_imaging_study(paths, seeds=seeds)
    measured = measure_read_study(study, seed=seed)
    made = Provenance(
        hemispasm=version("hemispasm"),
        settings=measured.document.provenance.settings,
        seconds=round(time.perf_counter() - began, 2),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return replace(measured, document=measured.document.model_copy(update={"provenance": made}))


def measure_read_study(study: ImagingStudy, *, seed: int = 0) -> ImagingMeasurement:
    """Measure series that were read already, with their clicks.

    Parameters
    ----------
    study : ImagingStudy
        From `read_imaging_study`.
    seed : int
        Of the draws behind intervals.
    """
    from hemispasm.measure.imaging.measure import measure_imaging_study

    clicks = study.seeds or Seeds()
    _check_clicks(clicks, study)
    settings: dict[str, str | float | bool | None] = {
        "seeds_sha256": None if study.seeds is None else _digest(clicks)
    }
    base = Provenance(hemispasm=version("hemispasm"), settings=settings)
    return measure_imaging_study(study, seeds=clicks, seed=seed, provenance=base)


def read_imaging_study(
    paths: Sequence[Path], *, seeds: Seeds | Path | str | None = None
) -> ImagingStudy:
    """Read the series of one examination and the clicks that belong to them.

    Parameters
    ----------
    paths : sequence of Path
        Folders or files of one examination.
    seeds : Seeds or path-like, optional
        As for `measure_imaging_folder`.

    Returns
    -------
    ImagingStudy
        Series in one frame of reference. ``notes`` names the series that were left out, and why;
        ``seen`` holds projections, which are listed and never measured.

    Raises
    ------
    DecodeError, UsageError, RefusedError
        As for `measure_imaging_folder`.
    """
    from hemispasm.formats.seen_series import find_seen_series

    clicks = seeds if isinstance(seeds, Seeds) else _read_clicks(paths, seeds)
    found: dict[str, Volume] = {}
    seen: dict[str, SeenSeries] = {}
    notes: list[str] = []
    faults: list[HemispasmError] = []
    for path in paths:
        volumes, refused = _read(path)
        for volume in volumes:
            found.setdefault(volume.sha256, volume)
            notes += volume.notes
        faults += [fault for _, fault in refused]
        notes += [f"series_left_out: {name}: {fault.cause}" for name, fault in refused]
        if refused:
            seen |= {one.sha256: one for one in find_seen_series(path)}
    if not found and not seen:
        raise faults[0]
    examinations = {v.uids.study for v in found.values() if v.uids.study}
    if len(examinations) > 1:
        raise UsageError(
            "several_examinations",
            f"These are series of {len(examinations)} examinations.",
            "Give the series of one of them.",
        )
    kept, apart = _one_frame(tuple(found.values()))
    return ImagingStudy(kept, clicks, tuple(dict.fromkeys((*notes, *apart))), tuple(seen.values()))


def _read(path: Path) -> tuple[list[Volume], list[tuple[str, HemispasmError]]]:
    """Return the volumes of one path and what could not be read, by its name or number."""
    from hemispasm.formats.dicom import read_dicom_folder
    from hemispasm.formats.nifti import read_nifti
    from hemispasm.formats.seen_series import find_seen_series

    if not path.exists():
        raise UsageError("no_such_file", f"There is no {path.name}.", "Check the path.")
    files = sorted(p for p in path.rglob("*.nii*") if p.is_file()) if path.is_dir() else [path]
    files = [file for file in files if file.name.lower().endswith(_NIFTI)]
    if not files and path.is_file() and zipfile.is_zipfile(path):
        raise _packed(path.name)
    volumes: list[Volume] = []
    refused: list[tuple[str, HemispasmError]] = []
    for file in files:
        try:
            volumes.append(read_nifti(file))
        except HemispasmError as fault:
            refused.append((file.name, fault))
    if path.is_file() and files:
        return volumes, refused
    try:
        folder = read_dicom_folder(path)
    except DecodeError as fault:
        if fault.code == "no_dicom" and files:
            return volumes, refused
        if fault.code == "no_dicom" and path.is_dir() and any(path.rglob("*.zip")):
            raise _packed(next(path.rglob("*.zip")).name) from None
        if not volumes and not find_seen_series(path):
            raise
        return volumes, [*refused, ("DICOM", fault)]
    volumes += folder.volumes
    refused += [
        ("a series" if one.series_number is None else f"series {one.series_number}", one.error)
        for one in folder.refused
    ]
    return volumes, refused


def _packed(name: str) -> DecodeError:
    return DecodeError(
        "zip_packed", f"{name} is a packed archive.", "Unpack it and give the folder with series."
    )


def _one_frame(volumes: tuple[Volume, ...]) -> tuple[tuple[Volume, ...], list[str]]:
    """Keep what lies in the frame of the series that carries the clicks.

    Series of another frame stay only where nothing is measured on them.
    """
    study = ImagingStudy(volumes)
    first = next((v for role in _LEADING if (v := study.of_role(role)) is not None), None)
    frame = None if first is None else first.uids.frame_of_reference
    kept, notes = [], []
    for volume in volumes:
        other = volume.uids.frame_of_reference
        if volume.role in _LEADING and frame and other and other != frame:
            notes.append(
                f"other_frame: series {volume.series_number} ({volume.role.value}) lies in another "
                "frame of reference than the series with the clicks and is not used"
            )
        else:
            kept.append(volume)
    return tuple(kept), notes


def _read_clicks(paths: Sequence[Path], given: Path | str | None) -> Seeds | None:
    from hemispasm.formats.seeds import read_seeds

    if given is not None:
        return read_seeds(given)
    inside = [path / SEEDS_NAME for path in paths if path.is_dir()]
    beside = [path.absolute().parent / SEEDS_NAME for path in paths]
    for places in (inside, beside):
        files = sorted({place.resolve() for place in places if place.is_file()})
        if len(files) > 1:
            raise UsageError(
                "several_seeds",
                f"There are {len(files)} files of clicks, and nothing says which one counts.",
                "Name one with --seeds.",
            )
        if files:
            return read_seeds(files[0])
    return None


def _check_clicks(clicks: Seeds, study: ImagingStudy) -> None:
    known = {volume.sha256 for volume in study.volumes}
    if clicks.series_sha256 is not None and clicks.series_sha256 not in known:
        raise IntegrityError(
            "seeds_of_another_series",
            "The clicks were made on a series that is not among these.",
            "Give the seeds.json of this examination.",
        )


def _digest(clicks: Seeds) -> str:
    return hashlib.sha256(clicks.model_dump_json(by_alias=True).encode()).hexdigest()
