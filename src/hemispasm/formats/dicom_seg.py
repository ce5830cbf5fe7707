"""Nerves and vessels as a DICOM segmentation on the grid of the series they were found in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.formats.dicom_seg_source import (
    MAKER,
    MODEL,
    NOT_A_DEVICE,
    VERSION,
    Signature,
    SourceSeries,
    describe,
    highdicom,
    new_uid,
    status_words,
)
from hemispasm.model.errors import RefusedError, UsageError
from hemispasm.model.imaging import Nerve, VesselName
from hemispasm.model.side import Side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pydicom import Dataset
    from pydicom.sr.coding import Code

SERIES_NUMBER = 8801
_LONG = {
    Nerve.VII: "facial nerve (VII)",
    Nerve.VIII: "vestibulocochlear nerve (VIII)",
    VesselName.AICA: "AICA",
    VesselName.PICA: "PICA",
    VesselName.VA: "vertebral artery",
    VesselName.BA: "basilar artery",
    VesselName.VEIN: "vein",
    VesselName.UNNAMED: "unnamed vessel",
}


@dataclass(frozen=True)
class Structure:
    """A nerve or a vessel as voxels.

    Attributes
    ----------
    kind : Nerve or VesselName
        What it is.
    side : Side, optional
        The patient's side. Only the basilar artery, which lies in the midline, may have none.
    mask : ndarray of bool
        On the grid of the volume: (i, j, k).
    candidate : str, optional
        Tells vessels of one name apart.
    """

    kind: Nerve | VesselName
    side: Side | None
    mask: NDArray[np.bool_]
    candidate: str | None = None

    @property
    def label(self) -> str:
        """Name with its side, for people."""
        words = [str(self.side)] if self.side else []
        words += [_LONG[self.kind]] + ([str(self.candidate)] if self.candidate else [])
        return " ".join(words)


def lateral_code(side: Side) -> Code:
    """Return the SNOMED code of a side.

    Examples
    --------
    >>> lateral_code(Side.LEFT).value, lateral_code(Side.RIGHT).value
    ('7771000', '24028007')
    """
    from pydicom.sr.codedict import codes

    return {Side.LEFT: codes.SCT.Left, Side.RIGHT: codes.SCT.Right}[side]


def anatomy_code(kind: Nerve | VesselName) -> Code:
    """Return the SNOMED code of a structure.

    Arteries that DICOM's own tables do not name are coded as artery; their label says which.

    Examples
    --------
    >>> anatomy_code(Nerve.VII).value
    '56052001'
    """
    from pydicom.sr.codedict import codes

    return {
        Nerve.VII: codes.SCT.FacialNerve,
        Nerve.VIII: codes.SCT.VestibulocochlearNerve,
        VesselName.AICA: codes.SCT.Artery,
        VesselName.PICA: codes.SCT.Artery,
        VesselName.VA: codes.SCT.VertebralArtery,
        VesselName.BA: codes.SCT.BasilarArtery,
        VesselName.VEIN: codes.SCT.Vein,
        VesselName.UNNAMED: codes.SCT.BloodVessel,
    }[kind]


def build_segmentation(
    source: SourceSeries,
    structures: Sequence[Structure],
    *,
    signature: Signature | None = None,
) -> Dataset:
    """Return a binary segmentation, one segment a structure, in a new series of the same study.

    Parameters
    ----------
    source : SourceSeries
        From `read_source`.
    structures : sequence of Structure
        Segments are numbered in this order, from 1. They may overlap.
    signature : Signature, optional
        None: a draft.

    Returns
    -------
    Dataset
        To be written with `write_objects`.

    Raises
    ------
    UsageError
        A mask is not of booleans on the volume's grid (``mask_of_other_grid``), highdicom is
        missing (``no_highdicom``).
    RefusedError
        A mask is empty (``empty_mask``), a structure has no side (``structure_without_side``),
        two are the same (``structure_twice``), or the left nerve lies to the right of the right
        one (``sides_crossed``).
    """
    check_structures(source, structures)
    hd = highdicom()
    volume = source.volume
    # highdicom counts slice, row, column; ours is column, row, slice.
    stacked = np.stack([s.mask.transpose(2, 1, 0) for s in structures], axis=-1).astype(np.uint8)
    affine = volume.affine[:, [2, 1, 0, 3]]
    grid = hd.Volume(
        stacked,
        affine,
        coordinate_system="PATIENT",
        frame_of_reference_uid=source.frame_of_reference,
        channels={"SegmentNumber": list(range(1, len(structures) + 1))},
    )
    data: Dataset = hd.seg.Segmentation(
        source_images=list(source.headers),
        pixel_array=grid,
        segmentation_type="BINARY",
        segment_descriptions=[
            _description(hd, number, s) for number, s in enumerate(structures, start=1)
        ],
        series_instance_uid=new_uid(),
        series_number=SERIES_NUMBER,
        sop_instance_uid=new_uid(),
        instance_number=1,
        manufacturer=MAKER,
        manufacturer_model_name=MODEL,
        software_versions=VERSION,
        device_serial_number="none",
        content_label="NERVES_VESSELS",
        content_description=f"{status_words(signature)}. {NOT_A_DEVICE}"[:64],
    )
    describe(data, source, "segmentation", signature)
    return data


def check_structures(source: SourceSeries, structures: Sequence[Structure]) -> None:
    """Refuse what would come back wrong; see `build_segmentation` for what is raised."""
    volume = source.volume
    if not structures:
        raise RefusedError(
            "empty_mask",
            "There is no nerve and no vessel to segment.",
            "Measure the study first.",
        )
    for structure in structures:
        if structure.mask.shape != volume.shape or structure.mask.dtype != np.bool_:
            raise UsageError(
                "mask_of_other_grid",
                f"The mask of the {structure.label} is not of booleans on the grid of its series.",
                "Resample it to the series that it is exported with.",
            )
        if structure.side not in _sides(structure.kind):
            raise RefusedError(
                "structure_without_side",
                f"The {structure.label} has no side of the patient.",
                "State left or right; a paired structure is never exported without.",
            )
        if not structure.mask.any():
            raise RefusedError(
                "empty_mask",
                f"The mask of the {structure.label} is empty.",
                "Leave out what was not found.",
            )
    names = [structure.label for structure in structures]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise RefusedError(
            "structure_twice",
            f"The {twice} is there twice.",
            "Join the masks, or tell them apart as candidates.",
        )
    for nerve in Nerve:
        left, right = (nerve_centre(source, structures, nerve, s) for s in (Side.LEFT, Side.RIGHT))
        if left is not None and right is not None and left[0] <= right[0]:
            raise RefusedError(
                "sides_crossed",
                f"The left {_LONG[nerve]} lies to the right of the right one.",
                "Correct the sides before anything is exported.",
            )


def nerve_centre(
    source: SourceSeries, structures: Sequence[Structure], nerve: Nerve, side: Side
) -> NDArray[np.float64] | None:
    """Return the LPS centre of a nerve's voxels, None where it is not among the structures."""
    for structure in structures:
        if structure.kind is nerve and structure.side is side:
            inside = np.argwhere(structure.mask).mean(axis=0)
            place: NDArray[np.float64] = source.volume.to_patient([inside])[0]
            return place
    return None


def _sides(kind: Nerve | VesselName) -> tuple[Side | None, ...]:
    pair = (Side.LEFT, Side.RIGHT)
    return (*pair, None) if kind is VesselName.BA else pair


def _description(hd: Any, number: int, structure: Structure) -> Dataset:
    from pydicom.sr.codedict import codes

    made: Dataset = hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=structure.label,
        segmented_property_category=codes.SCT.AnatomicalStructure,
        segmented_property_type=anatomy_code(structure.kind),
        algorithm_type="SEMIAUTOMATIC",
        algorithm_identification=hd.AlgorithmIdentificationSequence(
            name=MODEL, family=codes.DCM.DeformableModels, version=VERSION
        ),
        tracking_id=structure.label,
        tracking_uid=new_uid(),
    )
    if structure.side is not None:
        modifier = hd.sr.CodedConcept.from_code(lateral_code(structure.side))
        kind = made.SegmentedPropertyTypeCodeSequence[0]
        kind.SegmentedPropertyTypeModifierCodeSequence = [modifier]
    return made
