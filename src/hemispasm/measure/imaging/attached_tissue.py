"""What is known of tissue and brightness before a vessel on the brainstem is fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from hemispasm.measure.imaging.vessels import tissue_mask

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.imaging.region import Region
    from hemispasm.measure.imaging.views import View
    from hemispasm.model.imaging import Volume

_VOID, _VOID_SD = 0.18, 0.1
_FLOW, _FLOW_SD = 0.85, 0.25
_MIDDLE = 0.4
_BRAIN_SD, _BRAIN_ANGIOGRAM_SD = 0.02, 0.05
_SLOPE_SD = 0.02
_DEEP_MM = 1.5
# Rise of a blurred edge at its half level, per voxel.
_EDGE = 0.625


def brain_levels(
    cisternogram: Volume,
    angiogram: Volume,
    region: Region,
    root: NDArray[np.float64],
    move: NDArray[np.float64] | None,
) -> tuple[float, float] | None:
    """Return the brightness of the brain next to the nerve on both series.

    Parameters
    ----------
    cisternogram, angiogram : Volume
        As acquired.
    region : Region
        Up-sampled cisternogram: its large dark structures, without their rim, are brain.
    root : ndarray of shape (n, 3)
        Attached course of VII.
    move : ndarray of shape (4, 4), optional
        From the cisternogram's frame to the angiogram's.

    Returns
    -------
    tuple of float or None
        Cisternogram, angiogram; None where too little brain is in the region.
    """
    # Nearer to the surface the blur lets fluid in, and the half-level would lie too deep.
    deep = ndimage.distance_transform_edt(tissue_mask(region), sampling=region.step_mm)
    places = region.to_patient(np.argwhere(deep > _DEEP_MM))
    if len(places) < 30:
        return None
    places = places[np.argsort(np.linalg.norm(places - root[0], axis=1))[:400]]
    found = []
    for volume, turn in ((cisternogram, None), (angiogram, move)):
        matrix = np.eye(4) if turn is None else turn
        index = volume.to_voxel(places @ matrix[:3, :3].T + matrix[:3, 3]).T
        grey = ndimage.map_coordinates(
            volume.array.astype(np.float32), index, order=1, mode="nearest"
        )
        found.append(float(np.median(grey)))
    return found[0], found[1]


@dataclass(frozen=True)
class LightKnown:
    """Brightness that is known beforehand: of both series' fluid and brain, of fresh blood."""

    fluid: float
    brain: float
    brain_angiogram: float
    blood: float

    @classmethod
    def seen(cls, first: View, angiogram: Volume, brain: tuple[float, float]) -> LightKnown:
        """Return what the patch and the brain next to the nerve say."""
        fluid = float(np.percentile(first.values, 90.0))
        return cls(fluid, brain[0], brain[1], float(np.percentile(angiogram.array, 99.9)))

    def prior(self, view: View, number: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return rows over a series' brightness, and what they should give, over their spread."""
        if number == 0:
            rows = [[1.0 - _VOID, 0, 0, 0, 0, 1.0], [1.0 - self.brain / self.fluid, 0, 0, 0, 1, 0]]
            rows += [[0.0, 1, 0, 0, 0, 0], [0.0, 0, 1, 0, 0, 0], [0.0, 0, 0, 1, 0, 0]]
            sd = np.array([_VOID_SD, _BRAIN_SD, *[_SLOPE_SD] * 3]) * self.fluid
            return np.array(rows) / sd[:, None], np.zeros(5)
        fluid = float(np.percentile(view.values, 25.0))
        span = self.blood - fluid
        rows = [[1.0, 0, 1, 1], [0.0, 0, 0, 1], [1.0, 1, 0, 0]]
        sd = np.array([_FLOW_SD, _FLOW_SD, _BRAIN_ANGIOGRAM_SD]) * span
        wanted = np.array([fluid + _FLOW * span, _MIDDLE * span, self.brain_angiogram])
        return np.array(rows) / sd[:, None], wanted / sd


@dataclass(frozen=True)
class Grid:
    """Where the voxels of the cisternogram's patch lie."""

    origin_mm: NDArray[np.float64]
    axes_mm: NDArray[np.float64]
    edge_mm: float

    @classmethod
    def of(cls, volume: Volume, view: View) -> Grid:
        """Return the grid of a view of a volume."""
        axes = np.array(volume.affine)[:3, :3]
        return cls(view.places_mm[0], axes, float(abs(np.linalg.det(axes)) ** (1.0 / 3.0)))


def filled_tissue(
    share: NDArray[np.float64], grid: Grid, view: View, back: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return how much of each fine voxel is tissue: the half-level of the share is its surface.

    Parameters
    ----------
    share : ndarray of shape (i, j, k)
        Share of tissue in the cisternogram's voxels, blurred as they are.
    grid : Grid
        Where those lie.
    view : View
        Whose fine grid is filled.
    back : ndarray of shape (3,)
        Added to places of that grid: what the series lies off.
    """
    places = [m * np.arange(n) for m, n in zip(view.fine_mm, view.fine_shape, strict=True)]
    fine = np.stack(np.meshgrid(*places, indexing="ij"), axis=-1).reshape(-1, 3)
    patient = (fine - view.origin_mm) @ np.linalg.inv(view.turn).T + back
    index = (patient - grid.origin_mm) @ np.linalg.inv(grid.axes_mm).T
    value = ndimage.map_coordinates(share, index.T, order=3, mode="nearest")
    # How steep the share is across a blurred edge: what turns it into a distance.
    depth = (value - 0.5) * grid.edge_mm / _EDGE / float(view.fine_mm.mean())
    filled: NDArray[np.float32] = np.clip(0.5 + depth, 0.0, 1.0).astype(np.float32)
    return filled.reshape(view.fine_shape)
