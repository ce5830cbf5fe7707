"""A projection angiogram is listed as seen; it is no volume and carries no distance."""

import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from hemispasm.measuring_imaging import measure_imaging_folder

XA = "1.2.840.10008.5.1.4.1.1.12.1"


def write_projection(path):
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = XA
    data.SOPInstanceUID = generate_uid()
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    data.StudyInstanceUID, data.SeriesInstanceUID = generate_uid(), generate_uid()
    data.PatientID, data.Modality, data.SeriesNumber = "SIMULATED", "XA", 7
    data.ImageType = ["ORIGINAL", "PRIMARY", "SINGLE PLANE"]
    data.Rows = data.Columns = 16
    data.NumberOfFrames, data.SamplesPerPixel = 3, 1
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit, data.PixelRepresentation = 15, 0
    data.PhotometricInterpretation = "MONOCHROME2"
    data.PixelData = np.zeros((3, 16, 16), np.uint16).tobytes()
    data.save_as(path, enforce_file_format=True)


def test_a_multi_frame_projection_is_listed_and_never_measured(tmp_path):
    folder = tmp_path / "imaging"
    folder.mkdir()
    write_projection(folder / "run.dcm")
    document = measure_imaging_folder(folder)
    series = [f for f in document.findings if f.code == "imaging.series"]
    assert [(f.value, f.extra("is_volume")) for f in series] == [("dsa", False)]
    assert "vessel_confirmed" in series[0].extra("allowed")
    assert document.quality.grade == "not_assessable"
    assert not [f for f in document.findings if f.code == "imaging.conflict_grade"]
    distances = [f for f in document.findings if f.code == "imaging.vessel_nerve_distance"]
    assert all(f.value is None and f.interval is None for f in distances)
