"""NIfTI in and out by nibabel; RAS becomes LPS here and nowhere else."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.formats.atomic import write_bytes, write_text
from hemispasm.formats.nifti_start import check_start
from hemispasm.formats.orientation import check_affine, check_size, ras_to_lps
from hemispasm.formats.series_role import RoleHints, guess_role
from hemispasm.model.errors import DecodeError, UsageError
from hemispasm.model.imaging import Role, SequenceFacts, Volume

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

SUFFIXES = (".nii", ".nii.gz")
_MARK = "SIMULATED"

# A gzip of a real head shrinks less than a hundredfold.
_LARGEST_RATIO, _ALWAYS_READ = 200, 64_000_000


def nifti_stem(path: Path) -> str:
    """Return a file's name without ``.nii`` or ``.nii.gz``.

    Examples
    --------
    >>> nifti_stem(Path("imaging/ciss.nii.gz"))
    'ciss'
    """
    return path.name.removesuffix(".gz").removesuffix(".nii")


def read_nifti(path: Path | str) -> Volume:
    """Read one volume.

    Parameters
    ----------
    path : path-like
        ``.nii`` or ``.nii.gz``. A ``.json`` of the same name beside it may say the role and, in
        the words of BIDS, how it was acquired.

    Returns
    -------
    Volume
        In LPS. Its role is that of the sidecar, else what the name suggests (low confidence).

    Raises
    ------
    DecodeError
        It is no NIfTI, says not where it lies, is sheared, has no 3-D volume, or claims more than
        it can hold: one sentence each, before the voxels are loaded.
    """
    file = Path(path)
    image = _open(file)
    shape = tuple(int(n) for n in image.shape)
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    check_size(shape, file.name)
    _check_claim(file, image, shape)
    affine, notes = _affine(image, file.name)
    array, more = _voxels(image, shape, file.name)
    sidecar = _sidecar(file)
    simulated = _MARK.encode() in bytes(image.header["descrip"]) or bool(sidecar.get("simulated"))
    role, confidence, source = _role(sidecar, file)
    return Volume(
        array=array,
        affine=affine,
        role=role,
        role_confidence=confidence,
        role_source=source,
        facts=_facts(sidecar),
        sha256=_sha256(file),
        simulated=simulated,
        notes=(*notes, *more),
    )


def write_nifti(path: Path | str, volume: Volume) -> None:
    """Write a volume and a ``.json`` with its role and facts beside it.

    Raises
    ------
    UsageError
        The name does not end in ``.nii`` or ``.nii.gz`` (``not_a_nifti_name``).
    """
    import nibabel

    file = Path(path)
    if not file.name.endswith(SUFFIXES):
        raise UsageError(
            "not_a_nifti_name", f"{file.name} is no NIfTI name.", "End it in .nii or .nii.gz."
        )
    image = nibabel.Nifti1Image(volume.array, ras_to_lps(volume.affine))
    image.set_sform(image.affine, code=1)
    image.set_qform(image.affine, code=1)
    image.header.set_xyzt_units("mm")
    if volume.simulated:
        image.header["descrip"] = f"{_MARK} by hemispasm, no patient".encode()
    data = image.to_bytes()
    facts = volume.facts.model_dump(mode="json", exclude_none=True)
    sidecar = {"role": volume.role.value, "simulated": volume.simulated, "facts": facts}
    write_text(file.with_name(nifti_stem(file) + ".json"), json.dumps(sidecar, indent=2) + "\n")
    write_bytes(file, gzip.compress(data, 4, mtime=0) if file.name.endswith(".gz") else data)


def _open(file: Path) -> Any:
    import nibabel
    from nibabel import imageglobals
    from nibabel.filebasedimages import ImageFileError
    from nibabel.spatialimages import HeaderDataError

    if not file.is_file():
        raise UsageError(
            "no_such_file", f"There is no file {file.name}.", "Check the path and its spelling."
        )
    try:
        check_start(file)
        with _quiet(imageglobals.logger):
            image = nibabel.load(file)
    except PermissionError:
        raise DecodeError(
            "file_not_readable", f"{file.name} may not be read.", "Check its permissions."
        ) from None
    except (ImageFileError, HeaderDataError, ValueError, OSError, EOFError, KeyError):
        raise _broken(file.name) from None
    except (OverflowError, zlib.error, TypeError):
        raise _broken(file.name) from None
    if not isinstance(image, nibabel.Nifti1Image):
        raise _broken(file.name)
    return image


@contextmanager
def _quiet(log: logging.Logger) -> Iterator[None]:
    """Keep a log still: nibabel tells what it mends, and the sentence of a refusal is enough."""
    before = log.disabled
    log.disabled = True
    try:
        yield
    finally:
        log.disabled = before


def _broken(shown: str) -> DecodeError:
    return DecodeError(
        "not_a_nifti", f"{shown} is not a whole NIfTI file.", "Export or copy it again."
    )


def _check_claim(file: Path, image: Any, shape: tuple[int, ...]) -> None:
    """Refuse a header that claims more than the file can hold."""
    claimed = int(np.prod(shape, dtype=np.int64)) * int(image.header["bitpix"]) // 8
    size = file.stat().st_size
    packed = file.name.endswith(".gz")
    too_much = (
        claimed > size * _LARGEST_RATIO and claimed > _ALWAYS_READ if packed else claimed > size
    )
    if too_much:
        raise DecodeError(
            "claims_too_much",
            f"{file.name} claims {claimed} bytes of voxels but holds only {size}.",
            "Export or copy it again.",
        )


def _affine(image: Any, shown: str) -> tuple[NDArray[np.float64], list[str]]:
    """Return the affine to LPS; refuse a file that does not say which side is left."""
    sform, scode = image.get_sform(coded=True)
    try:
        qform, qcode = image.get_qform(coded=True)
    except (ValueError, np.linalg.LinAlgError):
        qform, qcode = None, 0
    if not scode and not qcode:
        raise DecodeError(
            "side_unknown",
            f"{shown} does not say how it lies in the patient, so left and right are unknown.",
            "Convert the DICOM series anew, or give the DICOM series itself.",
        )
    chosen = sform if scode else qform
    affine = np.asarray(chosen, dtype=np.float64)
    check_affine(affine, shown)
    if scode and qcode and qform is not None and np.all(np.isfinite(qform)):
        one, two = (m[:3, :3] / np.linalg.norm(m[:3, :3], axis=0) for m in (affine, qform))
        if np.min(np.sum(one * two, axis=0)) < np.cos(np.deg2rad(20.0)):
            raise DecodeError(
                "side_unknown",
                f"{shown} gives two orientations that contradict each other.",
                "Convert the DICOM series anew, or give the DICOM series itself.",
            )
    note = [] if scode else ["orientation_from_qform: the file has no sform"]
    return ras_to_lps(affine), note


def _voxels(
    image: Any, shape: tuple[int, ...], shown: str
) -> tuple[NDArray[np.int16] | NDArray[np.float32], list[str]]:
    kind = image.get_data_dtype()
    if kind.kind not in "iuf":
        raise DecodeError(
            "not_a_volume",
            f"{shown} holds colours or complex numbers.",
            "Give a grey-value series.",
        )
    # nibabel moves the scaling from the header to the proxy of the voxels when it loads a file.
    slope, intercept = float(image.dataobj.slope), float(image.dataobj.inter)
    if not np.isfinite([slope, intercept]).all() or abs(slope) > 1e6 or abs(intercept) > 1e9:
        raise DecodeError(
            "bad_rescale", f"{shown} scales its voxels by {slope}.", "Export the series anew."
        )
    plain = slope == 1.0 and intercept == 0.0
    try:
        if plain and kind.kind in "iu":
            raw = np.asarray(image.dataobj).reshape(shape)
            if kind.itemsize <= 2 and raw.size and raw.min() >= -32768 and raw.max() <= 32767:
                return np.ascontiguousarray(raw, dtype=np.int16), []
            return np.ascontiguousarray(raw, dtype=np.float32), []
        array = image.get_fdata(dtype=np.float32, caching="unchanged").reshape(shape)
    except (OSError, EOFError, ValueError, MemoryError, zlib.error):
        raise _broken(shown) from None
    wrong = int(np.count_nonzero(~np.isfinite(array)))
    if wrong > array.size // 50:
        raise DecodeError(
            "not_finite", f"{shown} has {wrong} voxels that are no number.", "Export it anew."
        )
    if wrong:
        array = np.nan_to_num(array, nan=0.0, posinf=0.0, neginf=0.0)
        return array, [f"not_finite: {wrong} voxels were no number and are 0 now"]
    return np.ascontiguousarray(array), []


def _sidecar(file: Path) -> dict[str, Any]:
    from hemispasm.formats.parse import read_json_object

    beside = file.with_name(nifti_stem(file) + ".json")
    return read_json_object(beside, beside.name) if beside.is_file() else {}


_BIDS_SECONDS = {
    "RepetitionTime": "repetition_ms",
    "EchoTime": "echo_ms",
    "InversionTime": "inversion_ms",
}
_BIDS_PLAIN = {
    "FlipAngle": "flip_deg",
    "MagneticFieldStrength": "field_t",
    "SliceThickness": "slice_thickness_mm",
    "SpacingBetweenSlices": "slice_spacing_mm",
    "Modality": "modality",
}


def _facts(sidecar: dict[str, Any]) -> SequenceFacts:
    """Return what our own sidecar or a BIDS one says; what is not valid is left out."""
    from pydantic import ValidationError

    if isinstance(sidecar.get("facts"), dict):
        try:
            return SequenceFacts.model_validate(sidecar["facts"])
        except ValidationError:
            return SequenceFacts()
    rows: dict[str, Any] = {}
    for key, name in _BIDS_SECONDS.items():
        if isinstance(sidecar.get(key), int | float):
            rows[name] = 1000.0 * sidecar[key]
    for key, name in _BIDS_PLAIN.items():
        if key in sidecar:
            rows[name] = sidecar[key]
    if isinstance(sidecar.get("MRAcquisitionType"), str):
        rows["acquired_3d"] = sidecar["MRAcquisitionType"] == "3D"
    kept = SequenceFacts()
    for name, value in rows.items():
        try:
            kept = SequenceFacts.model_validate({**kept.model_dump(), name: value})
        except ValidationError:
            continue
    return kept


def _role(sidecar: dict[str, Any], file: Path) -> tuple[Role, float, str]:
    said = sidecar.get("role")
    if isinstance(said, str) and said in {role.value for role in Role}:
        return Role(said), 1.0, "sidecar"
    words = [str(sidecar.get(key, "")) for key in ("SeriesDescription", "ProtocolName")]
    role, confidence, source = guess_role(RoleHints(text=" ".join(words), facts=_facts(sidecar)))
    if role is not Role.UNKNOWN:
        return role, confidence, source
    role, confidence, source = guess_role(RoleHints(text=nifti_stem(file), facts=SequenceFacts()))
    named = "the file's name" if role is not Role.UNKNOWN else source
    return role, min(confidence, 0.5), named


def _sha256(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
