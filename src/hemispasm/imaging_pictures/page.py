"""The report on one MRI examination that stands in no case, with its pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hemispasm.imaging_pictures.make import make_imaging_views

if TYPE_CHECKING:
    from hemispasm.measure.imaging.measure import ImagingMeasurement
    from hemispasm.model.imaging import ImagingStudy
    from hemispasm.report.document import Document


def imaging_report_html(study: ImagingStudy, measured: ImagingMeasurement) -> str:
    """Return the report as one self-contained page.

    Parameters
    ----------
    study : ImagingStudy
        The series that were measured.
    measured : ImagingMeasurement
        What measuring them gave.
    """
    from hemispasm.report.html import render_html

    return render_html(_document(study, measured))


def imaging_report_pdf(study: ImagingStudy, measured: ImagingMeasurement) -> bytes:
    """Return the report as a PDF with the same words and pictures.

    Parameters
    ----------
    study, measured
        As for `imaging_report_html`.
    """
    from hemispasm.report.pdf import render_pdf

    return render_pdf(_document(study, measured))


def _document(study: ImagingStudy, measured: ImagingMeasurement) -> Document:
    from hemispasm.report.imaging_report import build_imaging_report
    from hemispasm.report.imaging_section import ImagingPart

    views = make_imaging_views(study, measured)
    return build_imaging_report(ImagingPart(measured.document, views))
