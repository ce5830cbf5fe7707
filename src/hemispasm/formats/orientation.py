"""Where voxels lie: other conventions become LPS, and what is no regular grid is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.errors import DecodeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST_VOXELS = 300_000_000
"""A volume of more voxels than this is refused before anything is allocated."""

_FLIP = np.diag([-1.0, -1.0, 1.0, 1.0])
_SMALLEST_MM, _LARGEST_MM = 0.02, 50.0
_SHEAR = 2e-3


def ras_to_lps(affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return an affine to RAS as one to LPS, or back: the same two axes change their sign.

    Examples
    --------
    >>> ras_to_lps(np.diag([1.0, 1.0, 2.0, 1.0])).diagonal().tolist()
    [-1.0, -1.0, 2.0, 1.0]
    """
    turned: NDArray[np.float64] = _FLIP @ np.asarray(affine, dtype=np.float64)
    return turned


def check_affine(affine: NDArray[np.float64], shown: str) -> None:
    """Refuse an affine that no scanner's regular volume has.

    Raises
    ------
    DecodeError
        Not finite or with a spacing of zero or of the wrong order (``bad_spacing``), or sheared
        (``sheared_volume``).
    """
    if affine.shape != (4, 4) or not np.all(np.isfinite(affine)):
        raise DecodeError(
            "bad_spacing",
            f"{shown} says nothing finite about where its voxels lie.",
            "Export the series anew from the archive.",
        )
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    if np.any(spacing < _SMALLEST_MM) or np.any(spacing > _LARGEST_MM):
        raise DecodeError(
            "bad_spacing",
            f"{shown} has voxels of {' x '.join(f'{s:.3g}' for s in spacing)} mm, which cannot be.",
            "Export the series anew from the archive.",
        )
    unit = affine[:3, :3] / spacing
    if np.max(np.abs(unit.T @ unit - np.eye(3))) > _SHEAR:
        raise DecodeError(
            "sheared_volume",
            f"{shown} is sheared: its axes do not stand at right angles.",
            "Give the series as it was acquired, not one that was transformed.",
        )


def check_size(shape: tuple[int, ...], shown: str) -> None:
    """Refuse a volume that is empty or larger than any series.

    Raises
    ------
    DecodeError
        ``volume_too_large`` or ``not_a_volume``.
    """
    count = 1
    for n in shape:
        count *= int(n)
    if len(shape) != 3 or min(shape, default=0) < 2:
        size = " x ".join(str(n) for n in shape)
        raise DecodeError(
            "not_a_volume",
            f"{shown} holds {size} voxels: no single 3-D volume.",
            "Give one 3-D series, not single slices or a time course.",
        )
    if count > LARGEST_VOXELS:
        raise DecodeError(
            "volume_too_large",
            f"{shown} claims {count} voxels; more than {LARGEST_VOXELS} are not read.",
            "Check the file, or crop it to the posterior fossa.",
        )
