"""The usual ways to a distance of vessel and nerve, with the same series and the same clicks.

Both begin alike: register the angiogram (SimpleITK, rigid, mutual information), follow both nerves
with a ridge filter and a minimal path (scikit-image), find the artery above half of its brightness
where the reader clicked. Then

- ``masks``: voxels of nerve and vessel on the grid of the cisternogram, and the Euclidean distance
  transform between them (SciPy);
- ``surfaces``: iso-surfaces at half level on series up-sampled to 0.25 mm, and the smallest
  distance of their points.

Nothing of the measurement itself is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree
from skimage.filters import sato
from skimage.graph import route_through_array
from skimage.measure import label, marching_cubes

from hemispasm.model.imaging import Nerve, Role
from hemispasm.model.seeds import SeedKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from hemispasm.model.imaging import Volume
    from hemispasm.model.seeds import Seeds
    from hemispasm.model.side import Side

    Route = Callable[[Sequence[Volume], Seeds, Side], tuple[float | None, str | None]]

MARGIN_MM = 4.0
FINE_MM = 0.25
NEAR_NERVE_MM = 1.2
"""Half of the widest nerve with some room; beyond it lies another structure."""

ROOT_MM = 0.5
PORUS_MM = 2.0
CLICK_MM = 2.5
STEPS: dict[str, tuple[str, ...]] = {
    "masks": (
        "register the angiogram", "cut the surroundings", "filter for ridges",
        "follow both nerves", "threshold the vessel", "threshold the nerve", "distance transform",
    ),
    "surfaces": (
        "register the angiogram", "cut and up-sample the surroundings", "filter for ridges",
        "follow both nerves", "surface of the vessel", "surface of the nerve",
        "smallest distance of the surfaces",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Prepared:
    """Both series on one grid, and the courses of the nerves.

    ``step_mm`` is the spacing of the three axes; points are LPS.
    """

    dark: NDArray[np.float32]
    bright: NDArray[np.float32]
    affine: NDArray[np.float64]
    step_mm: NDArray[np.float64]
    seventh: NDArray[np.float64]
    eighth: NDArray[np.float64]
    click: NDArray[np.float64]

    def to_patient(self, ijk: NDArray[Any]) -> NDArray[np.float64]:
        """Return LPS of voxel positions."""
        points: NDArray[np.float64] = ijk @ self.affine[:3, :3].T + self.affine[:3, 3]
        return points


def masks_distance(
    volumes: Sequence[Volume], seeds: Seeds, side: Side
) -> tuple[float | None, str | None]:
    """Return the distance by masks and a distance transform, and why there is none.

    Parameters
    ----------
    volumes : sequence of Volume
        Cisternogram and angiogram.
    seeds, side
        Clicks of that side: both ends of VII and VIII, and the vessel.

    Returns
    -------
    tuple of float and str
        Distance in mm between the nearest voxels of the masks, 0 where they overlap; else a reason.
    """
    ready = _prepare(volumes, seeds, side, None)
    vessel = _vessel_mask(ready)
    if vessel is None:
        return None, "no vessel above half level at the click"
    nerve = _near_nerve(ready, np.argwhere(ready.dark < _half_level(ready)))
    if not len(nerve):
        return None, "no nerve below half level"
    away = ndimage.distance_transform_edt(~vessel, sampling=ready.step_mm)
    return float(away[tuple(nerve.T)].min()), None


def surfaces_distance(
    volumes: Sequence[Volume], seeds: Seeds, side: Side
) -> tuple[float | None, str | None]:
    """Return the distance by iso-surfaces at half level; see `masks_distance`.

    Points of the nerve's surface that lie in the vessel count with a negative sign.
    """
    ready = _prepare(volumes, seeds, side, FINE_MM)
    mask = _vessel_mask(ready)
    if mask is None:
        return None, "no vessel above half level at the click"
    alone = np.where(ndimage.binary_dilation(mask, iterations=2), ready.bright, ready.bright.min())
    level = _vessel_level(ready)
    vessel = ready.to_patient(marching_cubes(alone, level)[0])
    points = marching_cubes(ready.dark, _half_level(ready))[0]
    nerve = _near_nerve(ready, points)
    if not len(nerve):
        return None, "no nerve below half level"
    inside = ndimage.map_coordinates(alone, nerve.T, order=1) > level
    apart = cKDTree(vessel).query(ready.to_patient(nerve))[0]
    return float(np.where(inside, -apart, apart).min()), None


ROUTES: dict[str, Route] = {"masks": masks_distance, "surfaces": surfaces_distance}


def _prepare(
    volumes: Sequence[Volume], seeds: Seeds, side: Side, fine_mm: float | None
) -> Prepared:
    cisternogram = next(v for v in volumes if v.role is Role.CISS)
    angiogram = next(v for v in volumes if v.role is Role.TOF)
    places = np.array([s.xyz_mm for s in seeds.select(side=side)])
    dark, affine = _cut(cisternogram, places, fine_mm)
    step = np.linalg.norm(affine[:3, :3], axis=0)
    move = _register(dark, affine, angiogram)
    inverse = np.linalg.inv(angiogram.affine) @ move @ affine
    bright = ndimage.affine_transform(
        angiogram.array.astype(np.float32), inverse[:3, :3], inverse[:3, 3], dark.shape,
        order=3 if fine_mm else 1, mode="nearest",
    )  # fmt: skip
    ridges = np.asarray(
        sato(dark / float(np.percentile(dark, 95)), [0.5 / float(step.min())], black_ridges=True)
    )
    cost = 1.0 / (0.05 + ridges / float(np.percentile(ridges, 99.0)))
    courses = [_course(cost, affine, seeds, side, nerve) for nerve in (Nerve.VII, Nerve.VIII)]
    clicks = seeds.select(side=side, kind=SeedKind.VESSEL)
    return Prepared(dark, bright, affine, step, courses[0], courses[1], np.array(clicks[0].xyz_mm))


def _cut(
    volume: Volume, places: NDArray[np.float64], fine_mm: float | None
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return the voxels around some places with their affine, up-sampled where asked."""
    ijk = volume.to_voxel(places)
    room = MARGIN_MM / np.array(volume.spacing_mm)
    low = np.clip(np.floor(ijk.min(axis=0) - room).astype(int), 0, None)
    high = np.minimum(np.ceil(ijk.max(axis=0) + room).astype(int) + 1, np.array(volume.shape))
    part = volume.array[low[0] : high[0], low[1] : high[1], low[2] : high[2]].astype(np.float32)
    affine = volume.affine.copy()
    affine[:3, 3] = volume.to_patient([low])[0]
    if fine_mm is None:
        return part, affine
    scale = np.array(volume.spacing_mm) / fine_mm
    shape = tuple(int(n) for n in np.floor((np.array(part.shape) - 1) * scale) + 1)
    fine = ndimage.affine_transform(part, 1.0 / scale, output_shape=shape, order=3, mode="nearest")
    affine[:3, :3] = affine[:3, :3] / scale
    return fine.astype(np.float32), affine


def _register(
    dark: NDArray[np.float32], affine: NDArray[np.float64], angiogram: Volume
) -> NDArray[np.float64]:
    """Return the rigid movement from the cisternogram's places to the angiogram's."""
    import SimpleITK as sitk

    fixed, moving = _image(sitk, dark, affine), _image(sitk, angiogram.array, angiogram.affine)
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(32)
    method.SetMetricSamplingStrategy(method.RANDOM)
    method.SetMetricSamplingPercentage(0.2, 1)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(0.2, 0.005, 40)
    method.SetOptimizerScalesFromPhysicalShift()
    centre = affine @ [*(0.5 * np.array(dark.shape)), 1.0]
    start = sitk.Euler3DTransform()
    start.SetCenter([float(v) for v in centre[:3]])
    method.SetInitialTransform(start, inPlace=True)
    method.SetNumberOfThreads(1)
    method.Execute(fixed, moving)
    turn = np.array(start.GetMatrix()).reshape(3, 3)
    move = np.eye(4)
    move[:3, :3] = turn
    move[:3, 3] = centre[:3] + np.array(start.GetTranslation()) - turn @ centre[:3]
    return move


def _image(sitk: Any, array: NDArray[Any], affine: NDArray[np.float64]) -> Any:
    image = sitk.GetImageFromArray(np.ascontiguousarray(array.T.astype(np.float32)))
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    image.SetSpacing([float(v) for v in spacing])
    image.SetOrigin([float(v) for v in affine[:3, 3]])
    image.SetDirection([float(v) for v in (affine[:3, :3] / spacing).ravel()])
    return image


def _course(
    cost: NDArray[Any], affine: NDArray[np.float64], seeds: Seeds, side: Side, nerve: Nerve
) -> NDArray[np.float64]:
    """Return the minimal path of a nerve from where it leaves the brainstem to the porus."""
    start = seeds.point(nerve, side, SeedKind.DETACHMENT) if nerve is Nerve.VII else None
    start = start or seeds.point(nerve, side, SeedKind.ROOT_EXIT)
    ends = [start, seeds.point(nerve, side, SeedKind.PORUS)]
    inverse = np.linalg.inv(affine)
    index = [
        np.clip(np.rint((inverse @ [*place, 1.0])[:3]).astype(int), 0, np.array(cost.shape) - 1)
        for place in ends
        if place is not None
    ]
    path, _ = route_through_array(cost, index[0], index[1], fully_connected=True, geometric=True)
    points = np.array(path) @ affine[:3, :3].T + affine[:3, 3]
    return np.asarray(ndimage.gaussian_filter1d(points, 2.0, axis=0, mode="nearest"))


def _half_level(ready: Prepared) -> float:
    """Return the middle between fluid and the nerve, as seen along the nerve's course."""
    inverse = np.linalg.inv(ready.affine)
    course = ready.seventh @ inverse[:3, :3].T + inverse[:3, 3]
    on_it = ndimage.map_coordinates(ready.dark, course.T, order=1, mode="nearest")
    return 0.5 * (float(np.median(on_it)) + float(np.percentile(ready.dark, 95.0)))


def _vessel_level(ready: Prepared) -> float:
    """Return the middle between tissue and the artery at the click."""
    tissue = float(np.median(ready.bright))
    return 0.5 * (tissue + float(ready.bright[_ball(ready)].max()))


def _ball(ready: Prepared) -> NDArray[np.bool_]:
    axes = np.meshgrid(*[np.arange(n) for n in ready.dark.shape], indexing="ij")
    places = ready.to_patient(np.stack(axes, axis=-1))
    near: NDArray[np.bool_] = np.linalg.norm(places - ready.click, axis=-1) < CLICK_MM
    return near


def _vessel_mask(ready: Prepared) -> NDArray[np.bool_] | None:
    """Return the connected bright voxels that come nearest to the click."""
    above = label(ready.bright > _vessel_level(ready), connectivity=3)
    inside = np.argwhere((above > 0) & _ball(ready))
    if not len(inside):
        return None
    apart = np.linalg.norm(ready.to_patient(inside) - ready.click, axis=1)
    chosen = above[tuple(inside[int(np.argmin(apart))])]
    return np.asarray(above == chosen)


def _near_nerve(ready: Prepared, places: NDArray[Any]) -> NDArray[Any]:
    """Return those places that belong to VII in the cistern: near its course, nearer than VIII."""
    if not len(places):
        return places
    points = ready.to_patient(places)
    away, index = cKDTree(ready.seventh).query(points)
    other = cKDTree(ready.eighth).query(points)[0]
    steps = np.linalg.norm(np.diff(ready.seventh, axis=0), axis=1)
    arc = np.concatenate([[0.0], np.cumsum(steps)])
    cistern = (arc[index] > ROOT_MM) & (arc[index] < arc[-1] - PORUS_MM)
    kept: NDArray[Any] = places[(away < NEAR_NERVE_MM) & (away < other) & cistern]
    return kept
