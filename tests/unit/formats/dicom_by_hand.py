"""Small DICOM series made slice by slice, right or deliberately wrong."""

import numpy as np
import pydicom
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

MR = "1.2.840.10008.5.1.4.1.1.4"
ENHANCED = "1.2.840.10008.5.1.4.1.1.4.1"


def meta(uid, kind=MR):
    head = FileMetaDataset()
    head.TransferSyntaxUID = ExplicitVRLittleEndian
    head.MediaStorageSOPClassUID = kind
    head.MediaStorageSOPInstanceUID = uid
    return head


def one_slice(pixels, place, series="1.2.3", patient="A", turned=(1, 0, 0, 0, 1, 0), **more):
    data = pydicom.Dataset()
    data.SOPInstanceUID = generate_uid()
    data.file_meta = meta(data.SOPInstanceUID)
    data.SOPClassUID, data.Modality, data.SeriesNumber = MR, "MR", 4
    data.PatientID, data.PatientName = patient, "Nobody^Real"
    data.StudyInstanceUID, data.SeriesInstanceUID = "1.2", series
    data.ImagePositionPatient = [float(v) for v in place]
    data.ImageOrientationPatient = list(turned)
    data.PixelSpacing = [1.0, 0.5]
    data.SliceThickness = 2.0
    data.Rows, data.Columns = pixels.shape
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit, data.PixelRepresentation = 15, 1
    data.PixelData = pixels.astype("<i2").tobytes()
    data["PixelData"].VR = "OW"
    for name, value in more.items():
        setattr(data, name, value)
    return data


def series(folder, places, names=None, **more):
    """Write slices at heights in mm; the pixel values count upwards from the feet."""
    folder.mkdir(parents=True, exist_ok=True)
    for k, height in enumerate(places):
        pixels = np.full((6, 8), round(10 * height), np.int16)
        data = one_slice(pixels, (0.0, 0.0, height), **more)
        name = f"{k:03d}.dcm" if names is None else names[k]
        data.save_as(folder / name, enforce_file_format=True)
    return folder


def enhanced(path, heights):
    """Write one enhanced file whose frames stand in the order of ``heights``."""
    data = one_slice(np.zeros((6, 8), np.int16), (0, 0, 0))
    data.file_meta = meta(data.SOPInstanceUID, ENHANCED)
    data.SOPClassUID = ENHANCED
    del data.ImagePositionPatient, data.ImageOrientationPatient, data.PixelSpacing
    data.NumberOfFrames = len(heights)
    plane, measures = pydicom.Dataset(), pydicom.Dataset()
    plane.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    measures.PixelSpacing, measures.SliceThickness = [1.0, 0.5], 2.0
    shared = pydicom.Dataset()
    shared.PlaneOrientationSequence = [plane]
    shared.PixelMeasuresSequence = [measures]
    data.SharedFunctionalGroupsSequence = [shared]
    frames = []
    for height in heights:
        place, scale, frame = pydicom.Dataset(), pydicom.Dataset(), pydicom.Dataset()
        place.ImagePositionPatient = [0.0, 0.0, float(height)]
        scale.RescaleSlope, scale.RescaleIntercept = 2.0, 1.0
        frame.PlanePositionSequence = [place]
        frame.PixelValueTransformationSequence = [scale]
        frames.append(frame)
    data.PerFrameFunctionalGroupsSequence = frames
    stack = np.stack([np.full((6, 8), round(10 * h), "<i2") for h in heights])
    data.PixelData = stack.tobytes()
    data["PixelData"].VR = "OW"
    data.save_as(path, enforce_file_format=True)
