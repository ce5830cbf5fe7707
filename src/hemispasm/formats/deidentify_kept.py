"""What an exported image keeps. Whatever is not named here is dropped, at every depth.

The list is narrower than the basic profile of DICOM PS3.15: no dates, no names, no free text, no
device but its maker, no overlays. Geometry, pixels, physics of the acquisition and references stay.
"""

from __future__ import annotations

GEOMETRY_AND_PIXELS = frozenset(
    [
        "ImagePositionPatient",
        "ImageOrientationPatient",
        "PixelSpacing",
        "SliceThickness",
        "SpacingBetweenSlices",
        "SliceLocation",
        "Rows",
        "Columns",
        "NumberOfFrames",
        "SamplesPerPixel",
        "PhotometricInterpretation",
        "PlanarConfiguration",
        "BitsAllocated",
        "BitsStored",
        "HighBit",
        "PixelRepresentation",
        "PixelData",
        "PixelPaddingValue",
        "SmallestImagePixelValue",
        "LargestImagePixelValue",
        "WindowCenter",
        "WindowWidth",
        "RescaleSlope",
        "RescaleIntercept",
        "RescaleType",
        "LossyImageCompression",
        "LossyImageCompressionRatio",
        "PositionReferenceIndicator",
        "PatientPosition",
        "ImageType",
        "Laterality",
        "BurnedInAnnotation",
        "VolumetricProperties",
        "VolumeBasedCalculationTechnique",
        "PresentationLUTShape",
        "PixelPresentation",
        "FrameType",
    ]
)
ACQUISITION = frozenset(
    [
        "Modality",
        "Manufacturer",
        "ScanningSequence",
        "SequenceVariant",
        "ScanOptions",
        "MRAcquisitionType",
        "RepetitionTime",
        "EchoTime",
        "EffectiveEchoTime",
        "InversionTime",
        "FlipAngle",
        "MagneticFieldStrength",
        "ImagingFrequency",
        "ImagedNucleus",
        "EchoNumbers",
        "EchoTrainLength",
        "NumberOfAverages",
        "PixelBandwidth",
        "AcquisitionMatrix",
        "InPlanePhaseEncodingDirection",
        "PercentSampling",
        "PercentPhaseFieldOfView",
        "NumberOfPhaseEncodingSteps",
        "VariableFlipAngleFlag",
        "KVP",
        "XRayTubeCurrent",
        "Exposure",
        "ExposureTime",
        "ReconstructionDiameter",
        "GantryDetectorTilt",
        "SpiralPitchFactor",
        "AngioFlag",
    ]
)
PLACE_IN_STUDY = frozenset(
    [
        "SOPClassUID",
        "SOPInstanceUID",
        "StudyInstanceUID",
        "SeriesInstanceUID",
        "FrameOfReferenceUID",
        "SeriesNumber",
        "InstanceNumber",
        "AcquisitionNumber",
        "SpecificCharacterSet",
        "InStackPositionNumber",
        "StackID",
        "TemporalPositionIndex",
        "DimensionIndexValues",
        "DimensionOrganizationUID",
        "DimensionIndexPointer",
        "FunctionalGroupPointer",
        "DimensionOrganizationType",
        "ReferencedSOPClassUID",
        "ReferencedSOPInstanceUID",
        "ReferencedFrameNumber",
        "ReferencedSegmentNumber",
    ]
)
SEQUENCES = frozenset(
    [
        "SharedFunctionalGroupsSequence",
        "PerFrameFunctionalGroupsSequence",
        "PlanePositionSequence",
        "PlaneOrientationSequence",
        "PixelMeasuresSequence",
        "PixelValueTransformationSequence",
        "FrameVOILUTSequence",
        "FrameContentSequence",
        "MRTimingAndRelatedParametersSequence",
        "MREchoSequence",
        "MRImageFrameTypeSequence",
        "MRFOVGeometrySequence",
        "DimensionOrganizationSequence",
        "DimensionIndexSequence",
        "ReferencedSeriesSequence",
        "ReferencedInstanceSequence",
        "DerivationImageSequence",
        "SourceImageSequence",
        "SegmentSequence",
        "SegmentIdentificationSequence",
        "SegmentedPropertyCategoryCodeSequence",
        "SegmentedPropertyTypeCodeSequence",
        "SegmentedPropertyTypeModifierCodeSequence",
        "PurposeOfReferenceCodeSequence",
        "DerivationCodeSequence",
    ]
)
SEGMENTATION = frozenset(
    [
        "SegmentationType",
        "SegmentNumber",
        "SegmentLabel",
        "SegmentAlgorithmType",
        "TrackingID",
        "TrackingUID",
        "ContentLabel",
        "CodeValue",
        "CodingSchemeDesignator",
        "CodeMeaning",
        "SegmentsOverlap",
    ]
)
KEPT = GEOMETRY_AND_PIXELS | ACQUISITION | PLACE_IN_STUDY | SEQUENCES | SEGMENTATION

PrivateKey = tuple[str, int, int]
"""Creator, group and the last two digits of the element."""

NUMBERS = frozenset({"DS", "IS", "FL", "FD", "US", "SS", "UL", "SL"})
"""A private value of another kind may hold words and is never kept."""

PRIVATE_KEPT: frozenset[PrivateKey] = frozenset({("SIEMENS MR HEADER", 0x0019, 0x0C)})
"""The b-value. Vendors keep names and dates in private elements: a longer list needs a reason."""
