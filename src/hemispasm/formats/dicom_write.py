"""Write a simulated volume as a classic DICOM series: marked, and with nobody's name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.formats.atomic import new_folder
from hemispasm.formats.dicom import SIMULATED_ID
from hemispasm.model.errors import RefusedError
from hemispasm.model.imaging import Role, Volume

if TYPE_CHECKING:
    from pydicom import Dataset

_MR, _CT = "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.2"
_NAMES = {
    Role.CISS: "t2_ciss3d", Role.TOF: "tof3d", Role.T1: "t1_3d", Role.T1_CONTRAST: "t1_3d_post_gd",
    Role.T2: "t2_tse", Role.FLAIR: "flair_3d", Role.CT: "ct",
}  # fmt: skip


def write_dicom_series(
    folder: Path | str, volume: Volume, *, study: str = "study", frame: str = "frame"
) -> Path:
    """Write one series into a new folder, one file a slice.

    Parameters
    ----------
    folder : path-like
        It must not exist; it appears complete or not at all.
    volume : Volume
        Simulated, of int16.
    study, frame : str
        Series with the same words share a study and a frame of reference.

    Raises
    ------
    RefusedError
        The volume is not simulated (``not_simulated``): real series stay as the archive has them.
    """
    if not volume.simulated or volume.array.dtype != np.int16:
        raise RefusedError(
            "not_simulated",
            "Only simulated volumes of whole numbers are written as DICOM series.",
            "Keep the original series of a patient as they are.",
        )
    out = Path(folder)
    right_handed = np.linalg.det(volume.affine[:3, :3]) > 0
    count = volume.shape[2]
    with new_folder(out) as made:
        header = _header(volume, study, frame)
        for index in range(count):
            # The normal of a picture is row x column: slices of a left-handed volume run backwards.
            k = index if right_handed else count - 1 - index
            _slice(header, volume, index, k).save_as(
                made / f"{index:04d}.dcm", enforce_file_format=True
            )
    return out


def _uid(*words: str) -> str:
    from pydicom.uid import generate_uid

    return str(generate_uid(entropy_srcs=["hemispasm simulated", *words]))


def _header(volume: Volume, study: str, frame: str) -> Dataset:
    from pydicom import Dataset
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import UID, ExplicitVRLittleEndian

    facts = volume.facts
    is_ct = volume.role is Role.CT
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = UID(_CT if is_ct else _MR)
    data.SOPClassUID = _CT if is_ct else _MR
    data.PatientName = ""
    data.PatientID = SIMULATED_ID
    data.PatientBirthDate = data.PatientSex = ""
    data.StudyDate = data.StudyTime = data.AccessionNumber = data.ReferringPhysicianName = ""
    data.StudyID = ""
    data.ImageComments = "SIMULATED by hemispasm; no patient. Research software."
    data.Manufacturer = "hemispasm (simulated)"
    data.Modality = "CT" if is_ct else "MR"
    name = _NAMES.get(volume.role, volume.role.value)
    data.SeriesDescription = f"SIMULATED {name}"
    data.ImageType = ["DERIVED", "SECONDARY", "OTHER"]
    data.StudyInstanceUID = _uid(study)
    data.SeriesInstanceUID = _uid(study, name, str(volume.series_number))
    data.FrameOfReferenceUID = _uid(study, frame)
    data.PositionReferenceIndicator = ""
    data.SeriesNumber = volume.series_number or 1
    data.Laterality = ""
    if not is_ct:
        data.ScanningSequence, data.SequenceVariant, data.ScanOptions = "GR", "SS", ""
        data.MRAcquisitionType = "3D" if facts.acquired_3d else "2D"
        data.EchoTrainLength = 1
        for keyword, value in {
            "RepetitionTime": facts.repetition_ms, "EchoTime": facts.echo_ms,
            "InversionTime": facts.inversion_ms, "FlipAngle": facts.flip_deg,
            "MagneticFieldStrength": facts.field_t,
        }.items():  # fmt: skip
            if value is not None:
                setattr(data, keyword, _decimal(value))
        if facts.acquired_voxel_mm:
            along, down = (
                round(n * s / v)
                for n, s, v in zip(
                    volume.shape[:2], volume.spacing_mm, facts.acquired_voxel_mm, strict=False
                )
            )
            data.AcquisitionMatrix = [0, along, down, 0]
    if facts.contrast:
        data.ContrastBolusAgent = "simulated"
    _describe_grid(data, volume)
    return data


def _describe_grid(data: Dataset, volume: Volume) -> None:
    """Write what all slices share: spacing, directions, matrix, kind of pixel."""
    facts, is_ct = volume.facts, volume.role is Role.CT
    data.SliceThickness = _decimal(facts.slice_thickness_mm or volume.spacing_mm[2])
    data.SpacingBetweenSlices = _decimal(volume.spacing_mm[2])
    along_mm, down_mm, _ = volume.spacing_mm
    data.PixelSpacing = [_decimal(down_mm), _decimal(along_mm)]
    turned = volume.direction[:, :2].T.ravel()
    data.ImageOrientationPatient = [_decimal(v) for v in turned]
    data.Columns, data.Rows = volume.shape[0], volume.shape[1]
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit = 16, 16, 15
    data.PixelRepresentation = 1
    if is_ct:
        data.RescaleSlope, data.RescaleIntercept, data.RescaleType = 1, 0, "HU"
        data.KVP = ""
        data.AcquisitionNumber = 1


def _decimal(value: float) -> str:
    """Return a number as the sixteen characters that a decimal string may have."""
    from pydicom.valuerep import format_number_as_ds

    return format_number_as_ds(float(value) + 0.0)


def _slice(header: Dataset, volume: Volume, index: int, k: int) -> Dataset:
    place = volume.to_patient([[0, 0, k]])[0]
    header.SOPInstanceUID = _uid(str(header.SeriesInstanceUID), str(index))
    header.file_meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID
    header.InstanceNumber = index + 1
    header.ImagePositionPatient = [_decimal(v) for v in place]
    header.PixelData = np.ascontiguousarray(volume.array[:, :, k].T, dtype="<i2").tobytes()
    header["PixelData"].VR = "OW"
    return header
