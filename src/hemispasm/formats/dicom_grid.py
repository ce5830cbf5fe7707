"""Put the pictures of a series in the order of their places, or say in one sentence why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.formats.orientation import check_affine, check_size
from hemispasm.model.errors import DecodeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.formats.dicom_files import Picture

# Shares of the slice spacing that count as the same place, and as regular.
_SAME_MM, _REGULAR = 0.005, 0.03
_TURNED = 2e-3


def ordered(pictures: list[Picture], shown: str) -> tuple[list[Picture], NDArray[np.float64]]:
    """Return the pictures from one end to the other and the affine of their volume.

    The order follows the places, never names or numbers. The third axis points along the normal
    of the pictures, so that the axes are right-handed.

    Raises
    ------
    DecodeError
        Mixed pictures, doubled or missing slices, irregular spacing, a tilted gantry, a spacing
        of zero: one sentence each.
    """
    first = pictures[0]
    _check_alike(pictures, shown)
    normal = np.cross(first.row, first.column)
    along = np.array([p.position @ normal for p in pictures])
    order = np.argsort(along, kind="stable")
    pictures, along = [pictures[i] for i in order], along[order]
    check_size((first.columns, first.rows, len(pictures)), shown)
    spacing = _slice_spacing(along, shown)
    wander = np.array([p.position for p in pictures]) - pictures[0].position
    aside = wander - np.outer(wander @ normal, normal)
    if float(np.max(np.abs(aside))) > max(0.02, 0.02 * spacing):
        raise DecodeError(
            "sheared_volume",
            f"The slices of {shown} are shifted against each other (tilted gantry).",
            "Give a series without gantry tilt.",
        )
    affine = np.eye(4)
    step = (float(along[-1] - along[0])) / (len(along) - 1)
    affine[:3, 0] = first.row * first.step_mm[0]
    affine[:3, 1] = first.column * first.step_mm[1]
    affine[:3, 2] = normal * step
    affine[:3, 3] = pictures[0].position
    check_affine(affine, shown)
    return pictures, affine


def _check_alike(pictures: list[Picture], shown: str) -> None:
    first = pictures[0]
    axes = np.stack([first.row, first.column])
    if np.max(np.abs(axes @ axes.T - np.eye(2))) > _TURNED:
        raise DecodeError(
            "no_geometry",
            f"The orientation that {shown} gives is no pair of right-angled directions.",
            "Export the series anew from the archive.",
        )
    for picture in pictures:
        same = (picture.rows, picture.columns) == (first.rows, first.columns)
        same = same and np.allclose(picture.step_mm, first.step_mm, rtol=1e-3)
        turned = max(
            float(np.max(np.abs(picture.row - first.row))),
            float(np.max(np.abs(picture.column - first.column))),
        )
        if not same or turned > _TURNED:
            raise DecodeError(
                "mixed_series",
                f"{shown[0].upper()}{shown[1:]} mixes pictures of different size or direction.",
                "Give each volume as a series of its own.",
            )
    slopes = np.array([(p.slope, p.intercept) for p in pictures])
    if not np.all(np.isfinite(slopes)) or np.any(slopes[:, 0] == 0.0) or np.max(abs(slopes)) > 1e6:
        raise DecodeError(
            "bad_rescale",
            f"{shown[0].upper()}{shown[1:]} gives a rescale that cannot be (zero or huge).",
            "Export the series anew from the archive.",
        )


def _slice_spacing(along: NDArray[np.float64], shown: str) -> float:
    steps = np.diff(along)
    spacing = float(np.median(steps))
    if np.any(steps < _SAME_MM):
        raise DecodeError(
            "mixed_series",
            f"{shown[0].upper()}{shown[1:]} has several pictures at one place.",
            "Give each echo, phase or time point as a series of its own.",
        )
    holes, whole = _in_steps(steps, spacing)
    if not np.all(whole):
        # Of few slices the median itself may lie across a hole.
        holes, whole = _in_steps(steps, float(steps.min()))
    if np.all(whole) and np.any(holes > 1):
        missing = int(np.sum(holes - 1))
        raise DecodeError(
            "missing_slices",
            f"In {shown} {missing} of {len(along) + missing} slices are missing.",
            "Export the whole series again.",
        )
    if not np.all(whole & (holes == 1)):
        raise DecodeError(
            "irregular_slices",
            f"The slices of {shown} lie {steps.min():.3g} to {steps.max():.3g} mm apart.",
            "Give the original series with even spacing.",
        )
    return spacing


def _in_steps(
    steps: NDArray[np.float64], spacing: float
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return how many spacings each step is, and whether it is a whole number of them."""
    share = steps / spacing
    holes = np.rint(share).astype(np.int64)
    return holes, np.abs(share - holes) < _REGULAR * np.maximum(holes, 1)
