"""Cut slices to a box of the posterior fossa, and tell which slices may show a face."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom import Dataset

Box = tuple[tuple[float, float, float], tuple[float, float, float]]
"""Lowest and highest LPS corner, millimetres."""

_LONGEST_WITHOUT_FACE_MM = 100.0


def may_show_face(data: Dataset) -> bool:
    """Return whether a picture reaches further from front to back than a posterior fossa does.

    An enhanced file is taken to show one: its pictures are not measured here.
    """
    if "ImageOrientationPatient" not in data:
        return True
    row, column, _, down, along = _grid(data)
    reach = abs(row[1]) * along * data.Columns + abs(column[1]) * down * data.Rows
    # Slices that look sideways or from the front are counted by their stack, which one slice
    # does not know: there the picture's height decides.
    height = abs(row[2]) * along * data.Columns + abs(column[2]) * down * data.Rows
    return bool(max(reach, height) > _LONGEST_WITHOUT_FACE_MM)


def crop_slice(data: Dataset, box: Box) -> bool:
    """Cut a classic picture to the rectangle about a box, in place; False if it lies outside.

    The picture is one in memory. Its position moves with its first pixel, so that every pixel
    stays where it is in the patient.
    """
    row, column, place, down, along = _grid(data)
    corners = np.array(list(itertools.product(*zip(*box, strict=True)))) - place
    height = corners @ np.cross(row, column)
    if height.min() > 0 or height.max() < 0:
        return False
    columns = _range(corners @ row / along, int(data.Columns))
    rows = _range(corners @ column / down, int(data.Rows))
    if columns is None or rows is None:
        return False
    pixels = data.pixel_array[rows[0] : rows[1], columns[0] : columns[1]]
    moved = place + row * along * columns[0] + column * down * rows[0]
    if data.file_meta.TransferSyntaxUID.is_compressed:
        data.decompress()
    data.Rows, data.Columns = pixels.shape[:2]
    data.ImagePositionPatient = [round(float(v), 6) for v in moved]
    data.PixelData = np.ascontiguousarray(pixels).tobytes()
    for gone in ("SliceLocation", "SmallestImagePixelValue", "LargestImagePixelValue"):
        data.pop(gone, None)
    return True


def _range(index: NDArray[np.float64], count: int) -> tuple[int, int] | None:
    first = max(0, int(np.floor(index.min())))
    after = min(count, int(np.ceil(index.max())) + 1)
    return (first, after) if after - first >= 2 else None


def _grid(
    data: Dataset,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], float, float]:
    turned = np.array([float(v) for v in data.ImageOrientationPatient])
    place = np.array([float(v) for v in data.ImagePositionPatient])
    down, along = (float(v) for v in data.PixelSpacing)
    return turned[:3], turned[3:], place, down, along
