"""Conflicts as a DICOM structured report (Comprehensive 3D SR, TID 1500) beside the segmentation.

One volumetric group a conflict (TID 1411). That template has no place for the line between the
nearest points, so the distance stands once more, with its line, in a group of its own (TID 1501)
that carries the same tracking identifiers. Codes are SNOMED's and DICOM's. A private scheme is used
only for what has no code there: contact, grade, displacement, indentation, class and segment
of the nerve, each spelled out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.formats.dicom_seg import anatomy_code, lateral_code
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
from hemispasm.formats.dicom_sr_conflicts import (
    ConflictGroup,
    NearestPoints,
    assessed_sides,
    group_conflicts,
)
from hemispasm.model.errors import RefusedError
from hemispasm.model.imaging import Nerve, VesselName
from hemispasm.model.side import Side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydicom import Dataset
    from pydicom.sr.coding import Code

    from hemispasm.formats.dicom_seg import Structure
    from hemispasm.model.finding import Finding, FindingsDocument

SERIES_NUMBER = 8802
SCHEME = "99HEMISPASM"
_SCHEME_NAME = "hemispasm: contact, grade, assessability, segment and shape of the facial nerve"
_GRADES = {
    "0": "Grade 0: no contact seen",
    "1": "Grade I: vessel touches the nerve",
    "2": "Grade II: vessel displaces the nerve",
    "3": "Grade III: vessel indents the nerve",
}
_CONTACTS = {
    "present": "Contact probable; also seen on many healthy sides",
    "absent": "No contact probable on these series",
    "not_assessable": "Contact not assessable on these series",
}
_CLASSES = {
    "A": "A: series allow a distance with its interval",
    "B": "B: series allow a category, not a distance",
    "C": "C: not assessable with these series",
}


def build_report(
    source: SourceSeries,
    document: FindingsDocument,
    structures: Sequence[Structure],
    segmentation: Dataset | None,
    *,
    points: Sequence[NearestPoints] = (),
    signature: Signature | None = None,
) -> Dataset:
    """Return the structured report of both sides, in a new series of the same study.

    Parameters
    ----------
    source : SourceSeries
        From `read_source`.
    document : FindingsDocument
        The ``imaging.*`` findings of that series.
    structures : sequence of Structure
        What the segmentation was built from, in the same order.
    segmentation : Dataset, optional
        From `build_segmentation`; None where nothing was followed and only classes are reported.
    points : sequence of NearestPoints
        Where nerve and vessel come nearest, per conflict.
    signature : Signature, optional
        None: a draft; the report is then neither final nor verified.

    Returns
    -------
    Dataset
        To be written with `write_objects`.

    Raises
    ------
    UsageError
        highdicom is missing (``no_highdicom``).
    RefusedError
        A finding has no side (``finding_without_side``), there is nothing to report
        (``nothing_to_report``), findings of a conflict cannot be told apart
        (``conflict_unclear``), a point lies outside the series or on the other side
        (``point_on_wrong_side``), or neither vessel nor nerve of a conflict is in the segmentation
        (``conflict_without_segment``).
    """
    hd = highdicom()
    from pydicom.sr.codedict import codes

    groups = group_conflicts(source, document, structures, points)
    sides = assessed_sides(document)
    if not groups and not sides:
        raise RefusedError(
            "nothing_to_report",
            "The findings hold no conflict and no assessability.",
            "Measure the study first.",
        )
    made = [part for group in groups for part in _conflict(hd, source, segmentation, group)]
    made += [_assessability(hd, finding) for finding in sides]
    content = hd.sr.MeasurementReport(
        observation_context=_context(hd, signature),
        procedure_reported=codes.SCT.ImagingProcedure,
        imaging_measurements=made,
        title=codes.DCM.ImagingMeasurementReport,
        referenced_images=list(source.headers),
    )
    data: Dataset = hd.sr.Comprehensive3DSR(
        evidence=[*source.headers, *([] if segmentation is None else [segmentation])],
        content=content,
        series_instance_uid=new_uid(),
        series_number=SERIES_NUMBER,
        sop_instance_uid=new_uid(),
        instance_number=1,
        manufacturer=MAKER,
        is_complete=signature is not None,
        is_final=signature is not None,
        is_verified=signature is not None,
        verifying_observer_name=signature.name if signature else None,
        verifying_organization=signature.organisation if signature else None,
    )
    describe(data, source, "nerve and vessel", signature)
    data.ManufacturerModelName, data.SoftwareVersions = MODEL, VERSION
    data.CodingSchemeIdentificationSequence = [_scheme()]
    return data


def private_code(value: str, meaning: str) -> Code:
    """Return a code of our own scheme; its meaning is the whole explanation."""
    from pydicom.sr.coding import Code

    return Code(value, SCHEME, meaning[:64])


def _scheme() -> Dataset:
    from pydicom import Dataset

    item = Dataset()
    item.CodingSchemeDesignator = SCHEME
    item.CodingSchemeName = _SCHEME_NAME
    item.CodingSchemeResponsibleOrganization = MAKER
    return item


def _context(hd: Any, signature: Signature | None) -> Any:
    from pydicom.sr.codedict import codes

    device = hd.sr.ObserverContext(
        observer_type=codes.DCM.Device,
        observer_identifying_attributes=hd.sr.DeviceObserverIdentifyingAttributes(
            uid=new_uid(),
            name=f"{NOT_A_DEVICE}; {status_words(signature)}",
            manufacturer_name=MAKER,
            model_name=f"{MODEL} {VERSION}",
        ),
    )
    person = None
    if signature is not None:
        person = hd.sr.ObserverContext(
            observer_type=codes.DCM.Person,
            observer_identifying_attributes=hd.sr.PersonObserverIdentifyingAttributes(
                name=signature.name, organization_name=signature.organisation
            ),
        )
    return hd.sr.ObservationContext(observer_person_context=person, observer_device_context=device)


def _conflict(
    hd: Any, source: SourceSeries, segmentation: Dataset | None, group: ConflictGroup
) -> list[Any]:
    """Return the volumetric group of a conflict and, where it is known, the group of its line."""
    from pydicom.sr.codedict import codes

    tracking = new_uid()

    def shared() -> dict[str, Any]:
        site = hd.sr.FindingSite(anatomy_code(Nerve.VII), laterality=lateral_code(group.side))
        return {
            "tracking_identifier": hd.sr.TrackingIdentifier(uid=tracking, identifier=group.name),
            "finding_type": anatomy_code(VesselName(group.vessel)),
            "finding_sites": [site],
        }

    measurements = []
    distance = group.distance
    if distance is not None and distance.value is not None:
        measurements.append(_measurement(hd, codes.DCM.Distance, distance))
    for name, finding in (
        (codes.SCT.Length, group.contact_length),
        (private_code("displacement", "Displacement of the facial nerve"), group.displacement),
        (private_code("indentation", "Indentation of the facial nerve"), group.indentation),
    ):
        if finding is not None and finding.value is not None:
            measurements.append(_measurement(hd, name, finding))
    made = [
        hd.sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
            **shared(),
            referenced_segment=hd.sr.ReferencedSegment.from_segmentation(
                segmentation, group.number
            ),
            measurements=measurements,
            qualitative_evaluations=_evaluations(hd, group),
        )
    ]
    if group.points is not None and distance is not None and distance.value is not None:
        line = _between(hd, source, group.points)
        made.append(
            hd.sr.MeasurementsAndQualitativeEvaluations(
                **shared(), measurements=[_measurement(hd, codes.DCM.Distance, distance, line)]
            )
        )
    return made


def _evaluations(hd: Any, group: ConflictGroup) -> list[Any]:
    found = [
        hd.sr.QualitativeEvaluation(
            private_code("segment", "Segment of the facial nerve"),
            private_code(f"segment-{group.segment}", group.segment.replace("_", " ")),
        )
    ]
    if group.contact is not None and group.contact.value is not None:
        contact = str(group.contact.value)
        found.append(
            hd.sr.QualitativeEvaluation(
                private_code("contact", "Contact of vessel and facial nerve (hemispasm)"),
                private_code(f"contact-{contact.replace('_', '-')}", _CONTACTS[contact]),
            )
        )
    if group.grade is not None and group.grade.value is not None:
        grade = str(group.grade.value)
        found.append(
            hd.sr.QualitativeEvaluation(
                private_code("grade", "Grade of the conflict (hemispasm), most probable"),
                private_code(f"grade-{grade}", _GRADES[grade]),
            )
        )
    return found


def _between(hd: Any, source: SourceSeries, points: NearestPoints) -> list[Any]:
    line = np.array([points.nerve_xyz_mm, points.vessel_xyz_mm], dtype=np.float64)
    # A line of no length is no line: where both touch, the place is a point.
    touching = np.array_equal(line[0].astype(np.float32), line[1].astype(np.float32))
    return [
        hd.sr.CoordinatesForMeasurement3D(
            "POINT" if touching else "POLYLINE",
            line[:1] if touching else line,
            frame_of_reference_uid=source.frame_of_reference,
        )
    ]


def _measurement(hd: Any, name: Code, finding: Finding, between: list[Any] | None = None) -> Any:
    from pydicom.sr.codedict import codes

    value = float(finding.value)  # type: ignore[arg-type]
    said, properties = [f"quality {finding.quality}"], None
    if finding.interval is not None:
        low, high = finding.interval
        properties = hd.sr.MeasurementProperties(
            upper_measurement_uncertainty=high - value,
            lower_measurement_uncertainty=value - low,
        )
        level = f" at level {finding.level!r}" if finding.level is not None else ""
        said.append(f"interval {low!r} to {high!r} mm{level}")
    factor = finding.extra("real_factor")
    if factor is not None:
        said.append(f"interval widened for real data by {factor!r}, not calibrated")
    if finding.reason:
        said.append(finding.reason)
    return hd.sr.Measurement(
        name=name,
        value=value,
        unit=codes.UCUM.Millimeter,
        algorithm_id=hd.sr.AlgorithmIdentification(
            name=finding.method, version=VERSION, parameters=said
        ),
        properties=properties,
        referenced_coordinates=between,
    )


def _assessability(hd: Any, finding: Finding) -> Any:
    side = Side(str(finding.side))
    return hd.sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=hd.sr.TrackingIdentifier(
            uid=new_uid(), identifier=f"{side} assessability"
        ),
        finding_sites=[hd.sr.FindingSite(anatomy_code(Nerve.VII), laterality=lateral_code(side))],
        qualitative_evaluations=[
            hd.sr.QualitativeEvaluation(
                private_code("assessability", "Assessability of vessel and nerve (hemispasm)"),
                private_code(f"assessability-{finding.value}", _CLASSES[str(finding.value)]),
            )
        ],
    )
