"""What the page shows of a series: a name, its size, a window. Nothing of the patient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.model.imaging import ImagingStudy, Role, Volume

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

_WORDS = {
    Role.CISS: "Cisternogram",
    Role.TOF: "TOF angiogram",
    Role.T1: "T1",
    Role.T1_CONTRAST: "T1 with contrast",
    Role.T2: "T2",
    Role.FLAIR: "FLAIR",
    Role.CT: "CT",
    Role.CTA: "CT angiogram",
    Role.DSA: "Rotational angiogram",
    Role.UNKNOWN: "Series of unknown kind",
}
_LEADING = (Role.CISS, Role.TOF, Role.T1, Role.T1_CONTRAST)
_SAMPLE = 400_000
# Darkest and brightest share of the voxels that the first window leaves out, in percent.
_WINDOW = (0.5, 99.7)
# Laid over another series an angiogram shows what is brighter than this share of its voxels.
_VESSELS = 98.0


def series_to_mark(study: ImagingStudy) -> Volume:
    """Return the series on which marks are made: the cisternogram, else the next best.

    Examples
    --------
    >>> from hemispasm.model.imaging import lps_affine
    >>> volume = Volume(np.zeros((2, 3, 4), np.int16), lps_affine((1, 1, 1)), role=Role.T1)
    >>> series_to_mark(ImagingStudy((volume,))).role.value
    't1'
    """
    found = (study.of_role(role) for role in _LEADING)
    return next((volume for volume in found if volume is not None), study.volumes[0])


def order_series(study: ImagingStudy) -> tuple[Volume, ...]:
    """Return the series with the one to mark first, then by what they are for."""
    first = series_to_mark(study)
    roles = list(_WORDS)
    others = [volume for volume in study.volumes if volume is not first]
    return (first, *sorted(others, key=lambda v: (roles.index(v.role), v.series_number or 0)))


def describe_series(volumes: Iterable[Volume]) -> list[dict[str, Any]]:
    """Return names, voxels and windows of series as plain data.

    Examples
    --------
    >>> from hemispasm.model.imaging import lps_affine
    >>> volume = Volume(np.zeros((2, 3, 4), np.int16), lps_affine((1, 1, 2)), role=Role.T1)
    >>> describe_series([volume])[0]["label"]
    'T1, 1.00 × 1.00 × 2.00 mm'
    """
    return [_describe(number, volume) for number, volume in enumerate(volumes)]


def _describe(number: int, volume: Volume) -> dict[str, Any]:
    size = " × ".join(f"{step:.2f}" for step in volume.spacing_mm)
    series = "" if volume.series_number is None else f"series {volume.series_number}, "
    values = _sample(volume)
    low, high = (float(v) for v in np.percentile(values, _WINDOW))
    high = high if high > low else low + 1.0
    return {
        "number": number,
        "role": volume.role.value,
        "label": f"{_WORDS[volume.role]}, {series}{size} mm",
        "window": [low, high],
        "vessels": [float(np.percentile(values, _VESSELS)), high],
        "least": float(volume.array.min()),
        "most": float(volume.array.max()),
        "simulated": volume.simulated,
    }


def _sample(volume: Volume) -> NDArray[np.int16] | NDArray[np.float32]:
    values = volume.array.reshape(-1)
    return values[:: max(1, values.size // _SAMPLE)]
