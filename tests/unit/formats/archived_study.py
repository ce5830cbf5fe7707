"""A small simulated series in the archive with nerves, a vessel and findings on both sides."""

import numpy as np

from hemispasm.formats.dicom import read_dicom_series
from hemispasm.formats.dicom_seg import Structure
from hemispasm.formats.dicom_seg_source import read_source
from hemispasm.formats.dicom_sr_conflicts import NearestPoints
from hemispasm.formats.dicom_write import write_dicom_series
from hemispasm.model.finding import Finding, FindingsDocument, Provenance, RecordingRef
from hemispasm.model.imaging import (
    Nerve,
    Role,
    Segment,
    SequenceFacts,
    VesselName,
    Volume,
    lps_affine,
)
from hemispasm.model.quality import Quality
from hemispasm.model.side import Side

METHOD = "imaging/1"
# LPS: the patient's left is at positive x. Nothing is symmetric, so that no flip goes unseen.
LEFT_NERVE, RIGHT_NERVE = (13.0, 3.0, -2.0), (-11.0, 1.0, 2.5)
LEFT_VESSEL, RIGHT_VESSEL = (13.0, -1.0, -3.0), (-11.0, -4.0, 3.5)
DISTANCE = {Side.LEFT: 0.1234567890123, Side.RIGHT: 1.7}
INTERVAL = {Side.LEFT: (-0.2, 0.61), Side.RIGHT: (1.1, 2.33)}


def oblique(direction, degrees=11.0):
    """Tilt a direction out of the axes, as scanners do."""
    a = np.deg2rad(degrees)
    tilt = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1.0]])
    lean = np.array(
        [[1, 0, 0], [0, np.cos(a / 2), -np.sin(a / 2)], [0, np.sin(a / 2), np.cos(a / 2)]]
    )
    return tilt @ lean @ direction


def archived(folder, direction=None, spacing=(1.0, 1.5, 2.0), extent=44.0):
    """Write a simulated series, read it back, and return it with its headers."""
    turned = np.eye(3) if direction is None else direction
    step = np.array(spacing)
    shape = np.ceil(extent / step).astype(int)
    affine = lps_affine(step, (0, 0, 0), turned)
    affine[:3, 3] = -affine[:3, :3] @ ((shape - 1) / 2)
    voxels = np.arange(np.prod(shape), dtype=np.int64).reshape(shape) % 900
    facts = SequenceFacts(modality="MR", acquired_3d=True, repetition_ms=6.0, echo_ms=2.6)
    volume = Volume(voxels.astype(np.int16), affine, role=Role.CISS, facts=facts, simulated=True)
    write_dicom_series(folder, volume)
    return read_source(folder, read_dicom_series(folder))


def ball(volume, centre, radius_mm=2.6):
    """Return a ball about an LPS point as a mask on the volume's grid."""
    index = np.stack(np.meshgrid(*(np.arange(n) for n in volume.shape), indexing="ij"), axis=-1)
    places = volume.to_patient(index.reshape(-1, 3)).reshape(*volume.shape, 3)
    return np.linalg.norm(places - np.array(centre), axis=-1) <= radius_mm


def structures(volume):
    """Return both facial nerves, the left VIII, and a vessel on each side."""
    eighth = np.add(LEFT_NERVE, (1.0, 3.0, 0.5))
    return [
        Structure(Nerve.VII, Side.LEFT, ball(volume, LEFT_NERVE)),
        Structure(Nerve.VIII, Side.LEFT, ball(volume, eighth)),
        Structure(VesselName.AICA, Side.LEFT, ball(volume, LEFT_VESSEL)),
        Structure(Nerve.VII, Side.RIGHT, ball(volume, RIGHT_NERVE)),
        Structure(VesselName.VA, Side.RIGHT, ball(volume, RIGHT_VESSEL)),
    ]


def nearest():
    """Return where nerve and vessel of both conflicts come nearest."""
    return [
        NearestPoints(
            Side.LEFT, Segment.TRANSITION, VesselName.AICA, (13.0, 1.0, -2.5), (13.0, 0.9, -2.6)
        ),
        NearestPoints(
            Side.RIGHT, Segment.ATTACHED, VesselName.VA, (-11.0, -0.5, 3.0), (-11.0, -2.0, 3.25)
        ),
    ]


def finding(code, side, value, segment=None, vessel=None, **more):
    extra = {} if segment is None else {"segment": segment, "vessel": vessel}
    return Finding(
        code=code, side=side, value=value, quality="measurable", method=METHOD, **extra, **more
    )


def conflict(side, segment, vessel, grade, length):
    place = (segment, vessel)
    return [
        finding(
            "imaging.vessel_nerve_distance", side, DISTANCE[side], *place,
            unit="mm", interval=INTERVAL[side], level=0.95, p_contact=0.5,
        ),
        finding("imaging.contact_length", side, length, *place, unit="mm"),
        finding("imaging.conflict_grade", side, grade, *place),
        finding("imaging.assessability", side, "A" if side is Side.LEFT else "B"),
    ]  # fmt: skip


def document(findings=None):
    found = findings or [
        *conflict(Side.LEFT, "transition", "aica", "2", 1.37),
        *conflict(Side.RIGHT, "attached", "va", "0", 0.0),
    ]
    return FindingsDocument(
        recording=RecordingRef(kind="imaging", sha256="0" * 64, simulated=True),
        quality=Quality(grade="measurable", analysed_s=0.0),
        findings=tuple(found),
        provenance=Provenance(hemispasm="0"),
    )
