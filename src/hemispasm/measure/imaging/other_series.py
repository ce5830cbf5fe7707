"""Every series of an examination in the document, with what it alone can carry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hemispasm.measure.imaging.statements import series_statements
from hemispasm.measure.imaging.voxels import native_voxel
from hemispasm.model import Finding, Grade

if TYPE_CHECKING:
    from hemispasm.model.imaging import ImagingStudy, Role, SeenSeries, Volume

METHOD = "imaging/1"
_SURE = 0.5


def series_findings(study: ImagingStudy) -> list[Finding]:
    """Return one finding a series: its role, and the statements that it alone can carry.

    Series that are no volumes (a projection angiogram) are listed as well and never measured.

    Parameters
    ----------
    study : ImagingStudy
        Volumes and series that were only seen.

    Notes
    -----
    ``channel`` tells series apart, by the number that the scanner gave, else by their place in
    the list; ``confidence`` and ``source`` say how sure the role is and what said so.
    """
    found = [_of_volume(v, _name(v, i)) for i, v in enumerate(study.volumes, 1)]
    start = len(found) + 1
    found += [_of_seen(s, _name(s, i)) for i, s in enumerate(study.seen, start)]
    return found


def _name(series: Volume | SeenSeries, index: int) -> str:
    """Return a name that two series of one examination never share."""
    number = series.series_number
    return f"series {index}" if number is None else f"series {index} (number {number})"


def _of_volume(volume: Volume, name: str) -> Finding:
    return _finding(
        volume.role,
        name,
        Grade.MEASURABLE if volume.role_confidence >= _SURE else Grade.LIMITED,
        "; ".join(volume.notes) or None,
        confidence=round(float(volume.role_confidence), 3),
        source=volume.role_source,
        allowed=list(series_statements(volume.role, volume)),
        voxel_mm=[round(float(v), 3) for v in native_voxel(volume)],
        is_volume=True,
    )


def _of_seen(series: SeenSeries, name: str) -> Finding:
    return _finding(
        series.role,
        name,
        Grade.NOT_ASSESSABLE,
        series.reason or "not_a_volume: it is listed and never measured",
        confidence=round(float(series.role_confidence), 3),
        source=series.role_source,
        allowed=list(series_statements(series.role)),
        is_volume=False,
    )


def _finding(role: Role, name: str, quality: Grade, reason: str | None, **extra: Any) -> Finding:
    return Finding(
        code="imaging.series",
        value=role.value,
        quality=quality,
        method=METHOD,
        reason=reason,
        channel=name,
        **extra,
    )
