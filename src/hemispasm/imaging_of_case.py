"""The whole path for the MRI examination of a visit: what decides a measurement, and measuring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from hemispasm.model.errors import UsageError

if TYPE_CHECKING:
    from hemispasm.formats.case import CaseFolder
    from hemispasm.formats.case_findings import CaseFindings
    from hemispasm.formats.case_imaging import ImagingFiles
    from hemispasm.measure.imaging.measure import ImagingMeasurement
    from hemispasm.model.finding import FindingsDocument
    from hemispasm.model.imaging import ImagingStudy
    from hemispasm.report.imaging_section import ImagingPart

#: Of the draws behind intervals: a case measured twice gives the same numbers.
IMAGING_SEED = 0


def fingerprint_imaging(files: ImagingFiles, sha256: str) -> str:
    """Return a hash of all that decides how an examination is measured; nothing is decoded.

    Parameters
    ----------
    files : ImagingFiles
        Series and clicks on disk.
    sha256 : str
        Of the series.
    """
    from hemispasm.measure.imaging.findings import METHOD
    from hemispasm.results import fingerprint_of

    return fingerprint_of(
        sha256=sha256,
        beside=files.digests_beside(),
        hemispasm=version("hemispasm"),
        method=METHOD,
        seed=IMAGING_SEED,
    )


def measure_case_imaging(
    files: ImagingFiles, sha256: str, *, pictures: bool = True
) -> tuple[FindingsDocument, dict[str, Any] | None]:
    """Measure the examination of one visit.

    Parameters
    ----------
    files : ImagingFiles
        Series and clicks on disk.
    sha256 : str
        Of the series; the document bears it.
    pictures : bool
        False draws none, for those who want findings alone.

    Returns
    -------
    FindingsDocument
        Without confirmed clicks a class and why, never a number.
    dict or None
        The pictures of the report, as plain data.

    Raises
    ------
    DecodeError
        No series can be decoded.
    UsageError
        Several examinations in one folder (``several_examinations``), several files of clicks
        (``several_seeds``), or wrong clicks.
    IntegrityError
        The clicks were made on a series that is not here.
    RefusedError
        It holds two patients.
    """
    from hemispasm.measuring_imaging import measure_read_study

    study = _read(files)
    measured = _named(measure_read_study(study, seed=IMAGING_SEED), sha256)
    return measured.document, _views(study, measured) if pictures else None


def imaging_parts(
    case: CaseFolder, findings: CaseFindings, views: Mapping[str, Mapping[str, Any]]
) -> tuple[ImagingPart, ...]:
    """Return every examination with its pictures and readings, the latest visit first.

    Parameters
    ----------
    case : CaseFolder
        Where readers' readings lie.
    findings : CaseFindings
        As reviewed where somebody has.
    views : mapping of str to mapping
        Pictures as plain data, by SHA-256.
    """
    documents = [
        (visit.day, document)
        for visit in reversed(findings.visits)
        for document in visit.of_kind("imaging")
    ]
    if not documents:
        return ()
    from hemispasm.formats.readings import read_readings
    from hemispasm.model.imaging_views import ImagingViews
    from hemispasm.report.imaging_section import ImagingPart

    readings = {
        visit.day: read_readings(visit.imaging.readings).readings
        for visit in case.visits
        if visit.imaging is not None
    }
    made = []
    for number, (day, document) in enumerate(documents, start=1):
        pictures = views.get(document.recording.sha256)
        made.append(
            ImagingPart(
                document=document,
                views=None if pictures is None else ImagingViews.model_validate(pictures),
                day=day,
                number=number,
                readings=readings.get(day, ()),
            )
        )
    return tuple(made)


def _read(files: ImagingFiles) -> ImagingStudy:
    from hemispasm.measuring_imaging import read_imaging_study

    if files.clicks > 1:
        raise UsageError(
            "several_seeds",
            f"The MRI folder holds {files.clicks} files of clicks, and nothing says which counts.",
            "Keep one seeds.json, directly in imaging/.",
        )
    try:
        return read_imaging_study(
            (files.folder,), seeds=files.seeds if files.seeds.is_file() else None
        )
    except UsageError as error:
        if error.code != "several_examinations":
            raise
        raise UsageError(
            "several_examinations",
            f"The MRI folder of one visit holds several examinations: {_examinations(files)}.",
            "Put each into the visit of its own day.",
        ) from None


def _examinations(files: ImagingFiles) -> str:
    """Name the examinations by the day and the series' numbers, never by free text."""
    from hemispasm.formats.dicom_files import find_series

    numbers: dict[tuple[str, str], list[str]] = {}
    for series in find_series(files.folder):
        day = str(series.header.get("StudyDate", "") or "unknown day")
        key = (day, str(series.header.get("StudyInstanceUID", "")))
        numbers.setdefault(key, []).append(str(series.header.get("SeriesNumber", "?")))
    named = [f"{day} with series {', '.join(found)}" for (day, _), found in sorted(numbers.items())]
    return "; ".join(named)


def _named(measured: ImagingMeasurement, sha256: str) -> ImagingMeasurement:
    """Let the document bear the digest of the files, which is known without decoding them."""
    document = measured.document
    recording = document.recording.model_copy(update={"sha256": sha256})
    findings = tuple(f.model_copy(update={"recording": recording}) for f in document.findings)
    changed = document.model_copy(update={"recording": recording, "findings": findings})
    return replace(measured, document=changed)


def _views(study: ImagingStudy, measured: ImagingMeasurement) -> dict[str, Any]:
    from hemispasm.imaging_pictures import make_imaging_views

    return make_imaging_views(study, measured).model_dump(mode="json", by_alias=True)
