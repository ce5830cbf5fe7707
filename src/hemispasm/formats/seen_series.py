"""Series that are no volumes: named and listed, so that a projection angiogram is not forgotten."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hemispasm.formats.dicom_files import find_series
from hemispasm.formats.series_role import RoleHints, guess_role
from hemispasm.model.errors import DecodeError
from hemispasm.model.imaging import Role, SeenSeries, SequenceFacts

if TYPE_CHECKING:
    from hemispasm.formats.dicom_files import Series

_PROJECTIONS = ("XA", "RF", "DX", "CR")


def find_seen_series(path: Path | str) -> tuple[SeenSeries, ...]:
    """Return the series under a folder that cannot become a volume but are worth a line.

    Projections (``XA`` with one or many frames, most often a catheter angiogram) have no place in
    the patient; pictures made from an angiogram (MIP) have lost their depth.

    Parameters
    ----------
    path : path-like
        A folder, or one file.

    Returns
    -------
    tuple of SeenSeries
        With role and the reason why it is no volume. Empty where there is no DICOM.
    """
    try:
        found = find_series(Path(path))
    except DecodeError:
        return ()
    return tuple(_seen(one) for one in found if one.faults and _is_worth_it(one))


def _is_worth_it(series: Series) -> bool:
    """Return whether the series is a projection, not a broken or mixed one."""
    return _modality(series) in _PROJECTIONS or series.faults[0].code == "projection"


def _modality(series: Series) -> str:
    return str(series.header.get("Modality", ""))


def _seen(series: Series) -> SeenSeries:
    modality = _modality(series)
    words = ("SeriesDescription", "ProtocolName")
    hints = RoleHints(
        text=" ".join(str(series.header.get(word, "")) for word in words),
        facts=SequenceFacts(modality=modality or None),
    )
    role, sure, source = guess_role(hints)
    fault = series.faults[0]
    told = fault.cause if fault.code == "projection" else _PLANE
    return SeenSeries(
        role=role if role is not Role.CISS else Role.UNKNOWN,
        role_confidence=sure,
        role_source=source,
        series_number=_whole(series.header.get("SeriesNumber")),
        pictures=max(_frames(series), 1),
        reason=f"projection: {told}",
        sha256=hashlib.sha256(series.uid.encode()).hexdigest(),
    )


_PLANE = "it is a projection without depth: it confirms a vessel by eye and carries no distance"


def _frames(series: Series) -> int:
    return _whole(series.header.get("NumberOfFrames")) or 1


def _whole(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
