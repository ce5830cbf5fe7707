"""Copy image series without what names the patient: an allow-list, new UIDs, a pseudonym.

The basic profile of DICOM PS3.15 is the floor. Sources are read and never changed. Pixels are not
judged by a program: what may hold burned-in words is left out or warned of, and a series that may
show the face is warned of, because a crop to the posterior fossa holds no face, whereas a defaced
head often still can be matched.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hemispasm.formats.atomic import new_folder
from hemispasm.formats.deidentify_crop import Box, crop_slice, may_show_face
from hemispasm.formats.deidentify_kept import KEPT, NUMBERS, PRIVATE_KEPT
from hemispasm.formats.dicom import SIMULATED_ID
from hemispasm.formats.dicom_files import MOST_FILES
from hemispasm.formats.series_role import RoleHints, guess_role
from hemispasm.model.errors import DecodeError, RefusedError, UsageError
from hemispasm.model.imaging import Role, SequenceFacts

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydicom import DataElement, Dataset

    from hemispasm.formats.deidentify_kept import PrivateKey

_CLASSIC = {"1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.2"}
_ENHANCED = {"1.2.840.10008.5.1.4.1.1.4.1", "1.2.840.10008.5.1.4.1.1.2.1"}
_SEG = "1.2.840.10008.5.1.4.1.1.66.4"
_SHORTEST_KEY = 16
_EMPTY = [
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ReferringPhysicianName",
    "StudyID",
    "PatientBirthDate",
    "PatientSex",
]


@dataclass(frozen=True)
class DeidentifiedExport:
    """What was written, and what a person has to look at.

    Attributes
    ----------
    files : int
        Images written.
    left_out : tuple of str
        Each kind of file that was not written, and why. Never a name.
    warnings : tuple of str
        What no program can promise: faces, words burned into pixels.
    """

    files: int
    left_out: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass
class _Job:
    pseudonym: str
    key: bytes
    crop: Box | None
    private: frozenset[PrivateKey]
    numbers: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, None] = field(default_factory=dict)
    warnings: dict[str, None] = field(default_factory=dict)


def deidentify_folder(
    source: Path | str,
    target: Path | str,
    *,
    pseudonym: str,
    key: bytes,
    crop: Box | None = None,
    private: frozenset[PrivateKey] = PRIVATE_KEPT,
) -> DeidentifiedExport:
    """Write the MR and CT series of one patient, and our segmentations, without identity.

    Parameters
    ----------
    source : path-like
        Searched through; never changed.
    target : path-like
        A new folder; it appears complete or not at all. Files are named by numbers.
    pseudonym : str
        Stands for the patient. Letters, digits and hyphens.
    key : bytes
        Secret, at least 16 bytes. The same key gives the same new UIDs in later exports, so that
        series keep their study and frame of reference; nobody can go back without it.
    crop : Box, optional
        Of the posterior fossa, LPS millimetres: only slices and pixels about it are written.
    private : frozenset
        Private numbers to keep: (creator, group, element).

    Returns
    -------
    DeidentifiedExport
        Show its warnings to a person before anything leaves the house.

    Raises
    ------
    UsageError
        The pseudonym is not one (``bad_pseudonym``) or the key is short (``weak_key``).
    DecodeError
        Nothing there can be exported (``nothing_to_export``), or there are too many files
        (``too_many_files``).
    RefusedError
        Two patients (``two_patients``), or the target exists (``already_written``).
    """
    folder, files = Path(source), []
    if len(key) < _SHORTEST_KEY:
        raise UsageError(
            "weak_key",
            f"The key has fewer than {_SHORTEST_KEY} bytes.",
            "Make one with `secrets.token_bytes(32)` and keep it secret.",
        )
    patients = set()
    found = sorted(p for p in folder.rglob("*") if p.is_file())
    if len(found) > MOST_FILES:
        raise DecodeError(
            "too_many_files",
            f"The folder holds more than {MOST_FILES} files.",
            "Give the folder of one study.",
        )
    for path in found:
        header = _header(path)
        if header is not None and "SOPClassUID" in header:
            files.append(path)
            patients.add((str(header.get("PatientID", "")), str(header.get("PatientName", ""))))
    if len(patients) > 1:
        raise RefusedError(
            "two_patients",
            "The folder holds images of more than one patient.",
            "Export each patient with a pseudonym of its own.",
        )
    _check_pseudonym(pseudonym, patients)
    job = _Job(pseudonym, key, crop, private)
    with new_folder(Path(target)) as made:
        for path in files:
            try:
                _export(path, made, job)
            except Exception:
                # Half an image is none: pixels that end early, a place that is missing.
                job.left_out["damaged files"] = None
        if not job.counts:
            raise DecodeError(
                "nothing_to_export",
                "There is no MR or CT image that can be exported without identity.",
                "; ".join(job.left_out) or "Give the folder of the series.",
            )
    return DeidentifiedExport(
        sum(job.counts.values()), tuple(sorted(job.left_out)), tuple(sorted(job.warnings))
    )


def new_uid_of(uid: str, key: bytes) -> str:
    """Return the UID that stands for another; UIDs of the standard itself stay.

    Examples
    --------
    >>> new_uid_of("1.2.840.10008.1.2.1", b"k" * 16)
    '1.2.840.10008.1.2.1'
    >>> new_uid_of("1.2.3", b"k" * 16) == new_uid_of("1.2.3", b"k" * 16)
    True
    """
    if uid.startswith("1.2.840.10008.") or not uid:
        return uid
    digest = hmac.new(key, uid.encode("ascii", "replace"), hashlib.sha256).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def _header(path: Path) -> Dataset | None:
    import pydicom

    try:
        return pydicom.dcmread(path, stop_before_pixels=True)
    except Exception:
        # Whatever cannot be read is not exported: that is the safe side.
        return None


def _check_pseudonym(pseudonym: str, patients: set[tuple[str, str]]) -> None:
    plain = pseudonym.replace("-", "")
    known = {part.lower() for one in patients for text in one for part in text.split("^") if part}
    known |= {text.lower() for one in patients for text in one}
    if not (plain.isascii() and plain.isalnum() and len(pseudonym) <= 32) or (
        pseudonym.lower() in known
    ):
        raise UsageError(
            "bad_pseudonym",
            "The pseudonym is the patient's own number or name, or not letters, digits, hyphens.",
            "Choose one that says nothing, such as P-0001.",
        )


def _export(path: Path, made: Path, job: _Job) -> None:
    import pydicom

    data = pydicom.dcmread(path)
    why = _reason_to_leave_out(data, job)
    if why is not None:
        job.left_out[why] = None
        return
    number = f"series {data.get('SeriesNumber', '?')}"
    kind = {str(part).upper() for part in data.get("ImageType", [])}
    is_image = data.SOPClassUID != _SEG
    if is_image and kind & {"SECONDARY", "DERIVED", "SCREEN SAVE"}:
        job.warnings[f"{number} is derived: look for words burned into its pictures"] = None
    if job.crop is not None and is_image:
        if not crop_slice(data, job.crop):
            return
    elif is_image and may_show_face(data):
        job.warnings[f"{number} may show the face: crop it to the posterior fossa"] = None
    clean = _clean(data, job)
    _name(clean, data, job)
    place = str(data.SeriesInstanceUID)
    series = job.numbers.setdefault(place, len(job.numbers) + 1)
    out = made / f"series-{series:03d}" / f"{job.counts.get(place, 0) + 1:05d}.dcm"
    out.parent.mkdir(exist_ok=True)
    try:
        clean.save_as(out, enforce_file_format=True)
    except BaseException:
        out.unlink(missing_ok=True)
        raise
    job.counts[place] = job.counts.get(place, 0) + 1


def _reason_to_leave_out(data: Dataset, job: _Job) -> str | None:
    kind = str(data.SOPClassUID)
    if kind == _SEG:
        own = str(data.get("Manufacturer", "")) == "hemispasm"
        return None if own else "a segmentation of another program: its labels are free text"
    if kind not in _CLASSIC | _ENHANCED:
        return "reports, captures and other objects: they hold words or words in pixels"
    if str(data.get("BurnedInAnnotation", "")).upper() == "YES":
        return "pictures that say words are burned into them"
    if job.crop is not None and kind in _ENHANCED:
        return "enhanced files: they cannot be cropped here"
    return None


def _clean(data: Dataset, job: _Job) -> Dataset:
    from pydicom import Dataset

    kept = Dataset()
    for element in data:
        if element.tag.is_private:
            _keep_private(kept, data, element, job.private)
        elif element.keyword in KEPT:
            if element.VR == "SQ":
                setattr(kept, element.keyword, [_clean(item, job) for item in element.value])
            elif element.VR == "UI":
                setattr(kept, element.keyword, _mapped(element, lambda u: new_uid_of(u, job.key)))
            else:
                kept.add(element)
    return kept


def _mapped(element: DataElement, new: Callable[[str], str]) -> str | list[str]:
    if element.VM > 1:
        return [new(str(uid)) for uid in element.value]
    return new(str(element.value or ""))


def _keep_private(
    kept: Dataset, data: Dataset, element: DataElement, allowed: frozenset[PrivateKey]
) -> None:
    holder = data.get((element.tag.group << 16) | (element.tag.element >> 8))
    creator = str(holder.value) if holder is not None else ""
    key = (creator, element.tag.group, element.tag.element & 0xFF)
    if element.tag.element >= 0x1000 and element.VR in NUMBERS and key in allowed:
        block = kept.private_block(key[1], creator, create=True)
        block.add_new(key[2], element.VR, element.value)


def _name(clean: Dataset, data: Dataset, job: _Job) -> None:
    """Write the pseudonym, what was done, and from our own words what the series is for."""
    from pydicom.dataset import Dataset, FileMetaDataset

    simulated = str(data.get("PatientID", "")).startswith(SIMULATED_ID)
    for keyword in _EMPTY:
        setattr(clean, keyword, "")
    name = f"{SIMULATED_ID}-{job.pseudonym}" if simulated else job.pseudonym
    clean.PatientName = clean.PatientID = name
    clean.PatientIdentityRemoved = "YES"
    clean.DeidentificationMethod = "hemispasm allow-list; no dates, no free text, new UIDs"
    method = Dataset()
    method.CodeValue, method.CodingSchemeDesignator = "113100", "DCM"
    method.CodeMeaning = "Basic Application Confidentiality Profile"
    clean.DeidentificationMethodCodeSequence = [method]
    clean.LongitudinalTemporalInformationModified = "REMOVED"
    if data.SOPClassUID == _SEG:
        # The format wants a time here; this one says plainly that it is none.
        clean.ContentDate, clean.ContentTime, clean.ContentCreatorName = "19000101", "000000", ""
    text = f"{data.get('SeriesDescription', '')} {data.get('ProtocolName', '')}"
    role = guess_role(RoleHints(text, SequenceFacts(modality=str(data.get("Modality", "MR")))))[0]
    clean.SeriesDescription = "" if role is Role.UNKNOWN else role.value
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = data.file_meta.TransferSyntaxUID
    meta.MediaStorageSOPClassUID = clean.SOPClassUID
    meta.MediaStorageSOPInstanceUID = clean.SOPInstanceUID
    clean.file_meta = meta
