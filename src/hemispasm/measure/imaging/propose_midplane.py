"""The plane that divides a head into two like halves, found from the picture alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage, optimize

from hemispasm.measure.imaging.region import cut_region

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from hemispasm.model.imaging import Volume

_STEP_MM = 2.0
_REACH_MM = 24.0
_SHARED = 0.4
_TILT = 0.06
_TRIES = 90


@dataclass(frozen=True)
class Midplane:
    """A plane between the patient's halves.

    Attributes
    ----------
    normal : ndarray of shape (3,)
        Unit vector to the patient's left.
    offset_mm : float
        Place of the plane along it.
    likeness : float
        Correlation of the picture with its mirror image, 1 for equal halves.
    """

    normal: NDArray[np.float64]
    offset_mm: float
    likeness: float

    def beside(self, xyz_mm: ArrayLike) -> NDArray[np.float64]:
        """Return how far points lie to the patient's left of the plane; negative: right.

        Examples
        --------
        >>> plane = Midplane(np.array([1.0, 0.0, 0.0]), 2.0, 1.0)
        >>> plane.beside([[5.0, 0.0, 0.0], [0.0, 9.0, 9.0]]).tolist()
        [3.0, -2.0]
        """
        return np.asarray(xyz_mm, dtype=np.float64) @ self.normal - self.offset_mm


def corners_of(volume: Volume) -> NDArray[np.float64]:
    """Return LPS of the eight outer voxels."""
    last = np.array(volume.shape) - 1
    grid = np.meshgrid(*[[0, n] for n in last], indexing="ij")
    return volume.to_patient(np.array(grid).reshape(3, -1).T)


def find_midplane(volume: Volume) -> Midplane:
    """Return the plane about which the picture is most like its mirror image.

    The plane may be shifted and tilted; left and right come from the patient's frame, never from
    the picture. At least 40 % of the picture must have a partner on the other side.

    Parameters
    ----------
    volume : Volume
        With parts of both sides.
    """
    region = cut_region(volume, corners_of(volume), 0.0, _STEP_MM)
    bright = float(np.percentile(region.array[region.inside], 99.0))
    array = ndimage.gaussian_filter(np.minimum(region.array, bright), 0.5)
    points = region.points()[region.inside]
    values = array[region.inside]
    centre = points.mean(axis=0)
    last = np.array(array.shape) - 1

    def unlike(place: ArrayLike) -> float:
        normal, offset = _plane(centre, place)
        mirrored = points - 2.0 * ((points @ normal) - offset)[:, None] * normal
        index = region.to_voxel(mirrored)
        held = np.all((index >= 0) & (index <= last), axis=1)
        nearest = np.rint(index[held]).astype(int)
        held[held] = region.inside[tuple(nearest.T)]
        if np.count_nonzero(held) < _SHARED * len(points):
            return 1.0
        partner = ndimage.map_coordinates(array, index[held].T, order=1)
        own = values[held]
        if own.std() == 0 or partner.std() == 0:
            return 1.0
        return -float(np.corrcoef(own, partner)[0, 1])

    start = min(np.arange(-_REACH_MM, _REACH_MM + 1, 3.0), key=lambda x: unlike((x, 0.0, 0.0)))
    simplex = start * np.eye(1, 3) + np.array(
        [[0, 0, 0], [_STEP_MM, 0, 0], [0, _TILT, 0], [0, 0, _TILT]]
    )
    found = optimize.minimize(
        unlike,
        simplex[0],
        method="Nelder-Mead",
        options={"initial_simplex": simplex, "xatol": 0.02, "fatol": 1e-4, "maxfev": _TRIES},
    )
    normal, offset = _plane(centre, found.x)
    return Midplane(normal, offset, -float(found.fun))


def _plane(centre: NDArray[np.float64], place: ArrayLike) -> tuple[NDArray[np.float64], float]:
    shift, back, up = np.asarray(place, dtype=np.float64)
    normal = np.array([1.0, back, up]) / np.sqrt(1.0 + back**2 + up**2)
    return normal, float(centre @ normal + shift)
