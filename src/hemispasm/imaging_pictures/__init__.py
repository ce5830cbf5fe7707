"""The pictures of a measured MRI examination: cuts with outlines, and rendered views."""

from __future__ import annotations

from hemispasm.imaging_pictures.make import make_imaging_views
from hemispasm.imaging_pictures.page import imaging_report_html, imaging_report_pdf

__all__ = ["imaging_report_html", "imaging_report_pdf", "make_imaging_views"]
