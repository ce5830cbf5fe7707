"""Find the images in a folder of DICOM files: headers only, one record a picture."""

from __future__ import annotations

import warnings
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.formats.orientation import LARGEST_VOXELS
from hemispasm.model.errors import DecodeError, RefusedError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom import Dataset

MOST_FILES = 20_000
_ALWAYS_DECODED = 64_000_000
_HEAD_BYTES = 4096
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_INFLATED_MOST, _INFLATED_RATIO = 400_000_000, 50
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True)
class Picture:
    """One image: a file, or one frame of an enhanced file.

    Attributes
    ----------
    path, frame
        Where its pixels are.
    position, row, column : ndarray, shape (3,)
        LPS of the centre of its first pixel; unit vectors along a row and down a column.
    step_mm : tuple of float
        Distance of pixels along a row and down a column.
    slope, intercept : float
        Stored value to the value that is meant.
    """

    path: Path
    frame: int
    position: NDArray[np.float64]
    row: NDArray[np.float64]
    column: NDArray[np.float64]
    step_mm: tuple[float, float]
    rows: int
    columns: int
    slope: float
    intercept: float
    uid: str


@dataclass
class Series:
    """The pictures of one series and the header of its first file, without pixels.

    ``unread`` counts files of the folder that begin like DICOM and cannot be read: a slice at an
    end of the series may be among them.
    """

    uid: str
    header: Dataset
    pictures: list[Picture] = field(default_factory=list)
    faults: list[DecodeError] = field(default_factory=list)
    unread: int = 0

    @property
    def shown(self) -> str:
        """How messages name it: by its number, never by free text."""
        number = self.header.get("SeriesNumber")
        return f"series {number}" if number is not None else "a series without number"


def find_series(folder: Path) -> list[Series]:
    """Read the headers of every DICOM file under a folder, or of one file.

    Raises
    ------
    UsageError
        The path does not exist.
    DecodeError
        It holds no DICOM image (``no_dicom``), too many files (``too_many_files``), or one that may
        not be read (``file_not_readable``).
    RefusedError
        It holds two patients (``two_patients``).
    """
    if not folder.exists():
        raise UsageError("no_such_file", f"There is no {folder.name}.", "Check the path.")
    files = sorted(p for p in folder.rglob("*") if p.is_file()) if folder.is_dir() else [folder]
    if len(files) > MOST_FILES:
        raise DecodeError(
            "too_many_files",
            f"{folder.name} holds more than {MOST_FILES} files.",
            "Give the folder of one examination.",
        )
    found: dict[str, Series] = {}
    patients: set[str] = set()
    unread = 0
    for file in files:
        start = _start(file)
        header = _header(file, start) if start[128:132] == b"DICM" else None
        unread += header is None and start[128:132] == b"DICM"
        if header is None or "Rows" not in header:
            continue
        patients.add(str(header.get("PatientID", "")))
        uid = str(header.get("SeriesInstanceUID", ""))
        series = found.setdefault(uid, Series(uid, header))
        try:
            series.pictures.extend(_pictures(file, header, series.shown))
        except DecodeError as fault:
            series.faults.append(fault)
    if not found:
        raise DecodeError(
            "no_dicom", f"{folder.name} holds no DICOM image.", "Give the exported series."
        )
    if len(patients) > 1:
        raise RefusedError(
            "two_patients",
            f"{folder.name} holds images of {len(patients)} patients.",
            "Keep one patient in a folder.",
        )
    for series in found.values():
        series.unread = unread
    return sorted(found.values(), key=lambda s: (_number(s.header.get("SeriesNumber")), s.uid))


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 1e9


def _start(file: Path) -> bytes:
    """Return the first bytes of a file; empty when it cannot be read, unless that is forbidden."""
    try:
        with file.open("rb") as handle:
            return handle.read(_HEAD_BYTES)
    except PermissionError:
        raise DecodeError(
            "file_not_readable",
            f"A file in {file.parent.name} may not be read.",
            "Check the permissions of the files, or copy the series.",
        ) from None
    except OSError:
        return b""


def _header(file: Path, start: bytes) -> Dataset | None:
    """Return a DICOM file's header, None when it cannot be read."""
    import pydicom
    from pydicom.errors import BytesLengthException, InvalidDicomError

    try:
        if _DEFLATED in start and not _unpacks(file):
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return pydicom.dcmread(file, stop_before_pixels=True, defer_size=1_000_000)
    except (InvalidDicomError, BytesLengthException, OSError, EOFError, RecursionError):
        return None
    except (ValueError, KeyError, TypeError, AttributeError, NotImplementedError, MemoryError):
        return None
    except zlib.error:
        return None


def _unpacks(file: Path) -> bool:
    """Return whether a deflated file unpacks to a size that one can hold.

    pydicom unpacks such a file whole before it looks at anything.
    """
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    most = max(_ALWAYS_DECODED, min(_INFLATED_MOST, _INFLATED_RATIO * file.stat().st_size))
    size = 0
    with file.open("rb") as handle:
        start = handle.read(_HEAD_BYTES)
        # Group length of the meta header, which stands first in it.
        handle.seek(144 + int.from_bytes(start[140:144], "little"))
        while block := handle.read(65536):
            while block:
                size += len(unpacker.decompress(block, _PIECE_BYTES))
                if size > most:
                    return False
                block = unpacker.unconsumed_tail
    return True


def _pictures(file: Path, header: Dataset, shown: str) -> list[Picture]:
    from pydicom.errors import BytesLengthException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _check_pixels(file, header, shown)
            if "PerFrameFunctionalGroupsSequence" in header:
                return _enhanced(file, header, shown)
            return [_classic(file, header, shown)]
    except DecodeError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError, IndexError, OverflowError):
        raise _no_place(shown) from None
    except (RecursionError, BytesLengthException, NotImplementedError):
        raise _no_place(shown) from None


def _no_place(shown: str) -> DecodeError:
    return DecodeError(
        "no_geometry",
        f"In {shown} an image does not say where it lies in the patient.",
        "Give the original images, not pictures made from them.",
    )


def _check_pixels(file: Path, header: Dataset, shown: str) -> None:
    """Refuse colours, projections and claims that the file cannot hold, before any is decoded."""
    if int(header.get("SamplesPerPixel", 1)) != 1:
        raise DecodeError(
            "not_a_volume", f"{shown} holds colour pictures.", "Give the grey original series."
        )
    kinds = {str(part).upper() for part in header.get("ImageType", [])}
    if kinds & {"MIP", "PROJECTION IMAGE", "MIN IP", "MPR", "CSA MIP", "SCREEN SAVE"}:
        raise DecodeError(
            "projection",
            f"{shown} was made from other images (projection or reformat).",
            "Give the source images.",
        )
    frames = int(header.get("NumberOfFrames", 1) or 1)
    pixels = int(header.Rows) * int(header.Columns) * frames
    claimed = pixels * max(int(header.get("BitsAllocated", 16)), 8) // 8
    syntax = getattr(header.file_meta, "TransferSyntaxUID", None)
    packed = syntax is not None and syntax.is_compressed
    size = file.stat().st_size
    # An empty slice packs to almost nothing: only a large claim of a small file is refused.
    believed = max(_ALWAYS_DECODED, 200 * size) if packed else size
    if pixels > LARGEST_VOXELS or claimed > believed:
        raise DecodeError(
            "claims_too_much",
            f"In {shown} a file of {size} bytes claims {claimed} bytes of pixels.",
            "Export or copy the series again.",
        )


def _vector(values: Any) -> NDArray[np.float64]:
    vector = np.array([float(v) for v in values], dtype=np.float64)
    if not np.all(np.isfinite(vector)):
        raise ValueError("not finite")
    return vector


def _steps(values: Any, shown: str) -> tuple[float, float]:
    """Return the spacing of rows and of columns; a negative one would mirror the patient."""
    down, along = (float(v) for v in values)
    if not (down > 0.0 and along > 0.0):
        raise DecodeError(
            "bad_spacing",
            f"The pixels of {shown} lie {down:.3g} and {along:.3g} mm apart, which cannot be.",
            "Export the series anew from the archive.",
        )
    return down, along


def _classic(file: Path, header: Dataset, shown: str) -> Picture:
    turned = _vector(header.ImageOrientationPatient)
    down, along = _steps(header.PixelSpacing, shown)
    return Picture(
        path=file,
        frame=0,
        position=_vector(header.ImagePositionPatient)[:3],
        row=turned[:3],
        column=turned[3:6],
        step_mm=(along, down),
        rows=int(header.Rows),
        columns=int(header.Columns),
        slope=float(header.get("RescaleSlope", 1.0)),
        intercept=float(header.get("RescaleIntercept", 0.0)),
        uid=str(header.get("SOPInstanceUID", "")),
    )


def _enhanced(file: Path, header: Dataset, shown: str) -> list[Picture]:
    shared = header.get("SharedFunctionalGroupsSequence")
    common = shared[0] if shared else None
    found = []
    for index, frame in enumerate(header.PerFrameFunctionalGroupsSequence):
        turned = _vector(_group(frame, common, "PlaneOrientation").ImageOrientationPatient)
        down, along = _steps(_group(frame, common, "PixelMeasures").PixelSpacing, shown)
        place = _vector(_group(frame, common, "PlanePosition").ImagePositionPatient)
        scale = _group(frame, common, "PixelValueTransformation", needed=False)
        slope = 1.0 if scale is None else float(scale.get("RescaleSlope", 1.0))
        intercept = 0.0 if scale is None else float(scale.get("RescaleIntercept", 0.0))
        found.append(
            Picture(
                file, index, place[:3], turned[:3], turned[3:6], (along, down),
                int(header.Rows), int(header.Columns), slope, intercept,
                str(header.get("SOPInstanceUID", "")),
            )
        )  # fmt: skip
    return found


def _group(frame: Any, common: Any, name: str, needed: bool = True) -> Any:
    """Return a functional group of a frame, or the one that all frames share."""
    for holder in (frame, common):
        sequence = None if holder is None else holder.get(f"{name}Sequence")
        if sequence:
            return sequence[0]
    if needed:
        raise KeyError(name)
    return None
