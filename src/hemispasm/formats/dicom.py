"""DICOM series, classic and enhanced, as volumes in the patient's LPS."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.formats.dicom_files import Picture, Series, find_series
from hemispasm.formats.dicom_grid import ordered
from hemispasm.formats.series_role import RoleHints, guess_role
from hemispasm.model.errors import DecodeError, HemispasmError
from hemispasm.model.imaging import SequenceFacts, SourceUids, Volume
from hemispasm.model.side import Side

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom import Dataset

SIMULATED_ID = "SIMULATED"


@dataclass(frozen=True)
class RefusedSeries:
    """A series that is no regular volume, and why."""

    series_number: int | None
    error: HemispasmError


@dataclass(frozen=True)
class DicomFolder:
    """What a folder of DICOM files holds.

    Attributes
    ----------
    volumes : tuple of Volume
        In the order of their series numbers.
    refused : tuple of RefusedSeries
        Localisers, projections, series with holes.
    """

    volumes: tuple[Volume, ...]
    refused: tuple[RefusedSeries, ...] = ()


def read_dicom_folder(path: Path | str) -> DicomFolder:
    """Read every series under a folder.

    Parameters
    ----------
    path : path-like
        A folder (searched through), or one enhanced file. Files that are no DICOM are passed over.

    Returns
    -------
    DicomFolder
        Names, birth dates and free text of the headers are not kept.

    Raises
    ------
    DecodeError
        There is no DICOM image, or not one series is a regular volume (the first reason is given).
    RefusedError
        The folder holds two patients.
    """
    volumes, refused = [], []
    for series in find_series(Path(path)):
        try:
            volumes.append(_volume(series))
        except HemispasmError as fault:
            refused.append(RefusedSeries(_integer(series.header, "SeriesNumber"), fault))
    if not volumes:
        raise refused[0].error
    return DicomFolder(tuple(volumes), tuple(refused))


def read_dicom_series(path: Path | str) -> Volume:
    """Read a folder that holds one series.

    Raises
    ------
    DecodeError
        As `read_dicom_folder`; or it holds several series (``several_series``).
    """
    found = find_series(Path(path))
    if len(found) > 1:
        raise DecodeError(
            "several_series",
            f"{Path(path).name} holds {len(found)} series.",
            "Give the folder of one of them.",
        )
    return _volume(found[0])


def _volume(series: Series) -> Volume:
    if series.faults:
        raise series.faults[0]
    single, twice = _without_copies(series.pictures)
    pictures, affine = ordered(single, series.shown)
    header = series.header
    facts = _facts(header, affine, pictures)
    role, confidence, source = guess_role(_hints(header, facts))
    array, digest = _voxels(pictures, series.shown)
    return Volume(
        array=array,
        affine=affine,
        role=role,
        role_confidence=confidence,
        role_source=source,
        facts=facts,
        uids=SourceUids(
            study=_text(header, "StudyInstanceUID"),
            series=series.uid or None,
            frame_of_reference=_text(header, "FrameOfReferenceUID"),
            sop_class=_text(header, "SOPClassUID"),
            instances=tuple(dict.fromkeys(picture.uid for picture in pictures)),
        ),
        series_number=_integer(header, "SeriesNumber"),
        sha256=digest,
        simulated=str(header.get("PatientID", "")).startswith(SIMULATED_ID),
        notes=_notes(twice, series.unread),
    )


def _notes(twice: int, unread: int) -> tuple[str, ...]:
    """Return what a reader should know of the files of this folder."""
    notes = []
    if twice:
        notes.append(f"copies_left_out: {twice} of the files are copies of others")
    if unread:
        notes.append(
            f"files_unread: {unread} of the files begin like DICOM and cannot be read; slices at "
            "an end may be missing"
        )
    return tuple(notes)


def _without_copies(pictures: list[Picture]) -> tuple[list[Picture], int]:
    """Return the pictures without files that are copies of one another byte for byte.

    Two different files of one name stay: they lie at one place, and the series is refused.
    """
    files: dict[str, list[Path]] = {}
    for picture in pictures:
        known = files.setdefault(picture.uid, [])
        if picture.path not in known:
            known.append(picture.path)
    copies: set[Path] = set()
    for same in files.values():
        seen: set[str] = set()
        for path in same if len(same) > 1 else ():
            with path.open("rb") as handle:
                digest = hashlib.file_digest(handle, "sha256").hexdigest()
            if digest in seen:
                copies.add(path)
            seen.add(digest)
    return [p for p in pictures if p.path not in copies], len(copies)


def _voxels(
    pictures: list[Picture], shown: str
) -> tuple[NDArray[np.int16] | NDArray[np.float32], str]:
    """Return the voxels as (column, row, slice) and the hash of the files in that order."""
    first = pictures[0]
    plain = all(p.slope == 1.0 and p.intercept == round(p.intercept) for p in pictures)
    shape = (first.columns, first.rows, len(pictures))
    array = np.empty(shape, dtype=np.float32, order="F")
    digest = hashlib.sha256()
    frames: dict[Path, NDArray[Any]] = {}
    for index, picture in enumerate(pictures):
        if picture.path not in frames:
            # An enhanced file holds many pictures: it is decoded once.
            frames = {picture.path: _decoded(picture.path, shown)}
            digest.update(picture.path.read_bytes())
        pixels = frames[picture.path]
        pixels = pixels[picture.frame] if pixels.ndim == 3 else pixels
        if pixels.shape != (picture.rows, picture.columns):
            raise _not_decoded(shown)
        array[:, :, index] = pixels.T.astype(np.float32) * picture.slope + picture.intercept
    if plain and array.min() >= -32768 and array.max() <= 32767:
        return np.ascontiguousarray(array, dtype=np.int16), digest.hexdigest()
    if not np.all(np.isfinite(array)):
        raise _not_decoded(shown)
    return np.ascontiguousarray(array), digest.hexdigest()


def _decoded(path: Path, shown: str) -> NDArray[Any]:
    """Return the stored pixels of a file; GDCM helps where pydicom has no decoder."""
    import pydicom

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            data = pydicom.dcmread(path)
            if not data.file_meta.TransferSyntaxUID.is_compressed:
                return np.asarray(data.pixel_array)
        except Exception:
            raise _not_decoded(shown) from None
        try:
            return np.asarray(data.pixel_array)
        except Exception:
            return _by_gdcm(path, data, shown)


def _by_gdcm(path: Path, data: Dataset, shown: str) -> NDArray[Any]:
    import SimpleITK

    try:
        image = SimpleITK.ReadImage(str(path), imageIO="GDCMImageIO")
    except RuntimeError:
        raise _not_decoded(shown) from None
    pixels = SimpleITK.GetArrayFromImage(image).astype(np.float64)
    # GDCM has rescaled already; here stored values are wanted.
    slope = float(data.get("RescaleSlope", 1.0))
    stored = (pixels - float(data.get("RescaleIntercept", 0.0))) / slope
    return np.asarray(stored[0] if stored.shape[0] == 1 else stored)


def _not_decoded(shown: str) -> DecodeError:
    return DecodeError(
        "pixels_not_decoded",
        f"The pixels of {shown} cannot be decoded.",
        "Export the series again without compression.",
    )


def _hints(header: Dataset, facts: SequenceFacts) -> RoleHints:
    words = ("SeriesDescription", "ProtocolName", "SequenceName", "PulseSequenceName")
    variant = str(header.get("SequenceVariant", "")).upper()
    return RoleHints(
        text=" ".join(str(header.get(word, "")) for word in words),
        facts=facts,
        steady_state="SS" in variant,
        spin_echo="SE" in str(header.get("ScanningSequence", "")).upper(),
        image_type=tuple(str(part) for part in header.get("ImageType", [])),
    )


def _facts(header: Dataset, affine: NDArray[np.float64], pictures: list[Picture]) -> SequenceFacts:
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    holder = _Holder(header)
    acquired = _acquired_matrix(holder)
    thickness = holder.number("SliceThickness")
    first = pictures[0]
    native = None
    if acquired is not None:
        native = (
            max(float(spacing[0]), first.columns * float(spacing[0]) / acquired[0]),
            max(float(spacing[1]), first.rows * float(spacing[1]) / acquired[1]),
            max(float(spacing[2]), thickness or 0.0),
        )
    side = {"L": Side.LEFT, "R": Side.RIGHT}.get(str(holder.get("Laterality") or "")[:1])
    kind = str(holder.get("MRAcquisitionType") or "")
    flip = holder.number("FlipAngle")
    return SequenceFacts(
        modality=str(header.get("Modality", "")) or None,
        acquired_3d={"3D": True, "2D": False}.get(kind),
        repetition_ms=holder.number("RepetitionTime"),
        echo_ms=holder.number("EchoTime") or holder.number("EffectiveEchoTime"),
        inversion_ms=holder.number("InversionTime"),
        flip_deg=flip if flip is not None and flip <= 360.0 else None,
        field_t=holder.number("MagneticFieldStrength"),
        slice_thickness_mm=thickness or None,
        slice_spacing_mm=holder.number("SpacingBetweenSlices") or None,
        acquired_matrix=acquired,
        reconstructed_matrix=(first.columns, first.rows),
        acquired_voxel_mm=native,
        contrast=bool(str(header.get("ContrastBolusAgent", "")).strip()) or None,
        laterality=side,
        sequence=str(header.get("ScanningSequence", "") or "")[:32],
    )


class _Holder:
    """Looks for a value in the header, then in the groups that enhanced frames share."""

    def __init__(self, header: Dataset) -> None:
        self._places = [header]
        for name in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
            sequence = header.get(name)
            if sequence:
                groups = (element.value for element in sequence[0] if element.VR == "SQ")
                self._places += [group[0] for group in groups if group]

    def get(self, name: str) -> Any:
        """Return a value, None where nobody gives it."""
        for place in self._places:
            value = place.get(name)
            if value is not None and value != "":
                return value
        return None

    def number(self, name: str) -> float | None:
        """Return a value as a number that is not negative."""
        try:
            found = float(self.get(name))
        except (TypeError, ValueError):
            return None
        return found if np.isfinite(found) and found >= 0.0 else None


def _acquired_matrix(holder: _Holder) -> tuple[int, int] | None:
    """Return the acquired matrix along rows and columns of the picture."""
    try:
        rows_f, columns_f, rows_p, columns_p = (int(v) for v in holder.get("AcquisitionMatrix"))
    except (TypeError, ValueError):
        return None
    along, down = columns_f or columns_p, rows_f or rows_p
    return (along, down) if along > 0 and down > 0 else None


def _text(header: Dataset, name: str) -> str | None:
    return str(header.get(name, "")) or None


def _integer(header: Dataset, name: str) -> int | None:
    try:
        return int(header.get(name))
    except (TypeError, ValueError):
        return None
