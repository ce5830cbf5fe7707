"""Rigid registration of a second series to the cisternogram, in a box around the clicks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk

from hemispasm.measure.imaging.limits import imaging_limit as limit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.imaging import Volume

_BINS = 40
# A fixed count: more of them cost time and made the result no better on tuning phantoms.
_SAMPLES = 45_000
_COARSE_SHARE = 0.15
_MOST_MM = 5.0


@dataclass(frozen=True)
class Registration:
    """How a point of the cisternogram is found in another series.

    Attributes
    ----------
    move : ndarray of shape (4, 4)
        LPS of the cisternogram to LPS of the other series.
    moved_mm : float
        How far it moved the places asked for, at most.
    residual_mm : float
        Difference there between registering on two disjoint halves of the samples: repeatability,
        not accuracy.
    accepted : bool
        Otherwise ``move`` is the identity: the headers' common frame.
    """

    move: NDArray[np.float64]
    moved_mm: float
    residual_mm: float
    accepted: bool


def register_series(
    fixed: Volume, moving: Volume, places_mm: NDArray[np.float64], *, seed: int = 0
) -> Registration:
    """Register by mutual information, starting from the headers.

    Parameters
    ----------
    fixed, moving : Volume
        Cisternogram and the other series.
    places_mm : ndarray of shape (n, 3)
        Clicks; the box is built around them and the result is judged there.
    seed : int
        Of the samples.
    """
    low, high = places_mm.min(axis=0), places_mm.max(axis=0)
    grown = np.maximum(0.0, limit("register.crop_mm") - 0.5 * (high - low))
    box = np.stack([low - grown, high + grown])
    one, two = _image(fixed, box), _image(moving, box)
    if one is None or two is None:
        return Registration(np.eye(4), 0.0, 0.0, accepted=False)
    centre = 0.5 * (box[0] + box[1])
    found = [_registered(one, two, centre, 2 * seed + k + 1) for k in range(2)]
    if found[0] is None or found[1] is None:
        return Registration(np.eye(4), 0.0, float("inf"), accepted=False)
    there = [places_mm @ m[:3, :3].T + m[:3, 3] for m in found if m is not None]
    middle = 0.5 * (there[0] + there[1])
    moved = float(np.linalg.norm(middle - places_mm, axis=1).max())
    residual = float(np.linalg.norm(there[0] - there[1], axis=1).max())
    if moved > _MOST_MM:
        return Registration(np.eye(4), moved, residual, accepted=False)
    return Registration(found[0], moved, residual, accepted=True)


def _image(volume: Volume, box: NDArray[np.float64]) -> sitk.Image | None:
    corners = np.array(np.meshgrid(*box.T, indexing="ij")).reshape(3, -1).T
    index = volume.to_voxel(corners)
    low = np.clip(np.floor(index.min(axis=0)).astype(int), 0, volume.shape)
    high = np.clip(np.ceil(index.max(axis=0)).astype(int) + 1, 0, volume.shape)
    if np.any(high - low < 12):
        return None
    part = volume.array[low[0] : high[0], low[1] : high[1], low[2] : high[2]].astype(np.float32)
    top = float(np.percentile(part, 99.5)) or 1.0
    image = sitk.GetImageFromArray(np.ascontiguousarray(np.clip(part / top, 0.0, 1.0).T))
    image.SetSpacing(volume.spacing_mm)
    image.SetOrigin([float(v) for v in volume.to_patient(low[None, :])[0]])
    image.SetDirection([float(v) for v in volume.direction.ravel()])
    return image


def _registered(
    fixed: sitk.Image, moving: sitk.Image, centre: NDArray[np.float64], seed: int
) -> NDArray[np.float64] | None:
    method = sitk.ImageRegistrationMethod()
    method.SetNumberOfThreads(2)
    method.SetMetricAsMattesMutualInformation(_BINS)
    method.SetMetricSamplingStrategy(method.RANDOM)
    share = min(1.0, _SAMPLES / max(fixed.GetNumberOfPixels(), 1))
    method.SetMetricSamplingPercentagePerLevel([_COARSE_SHARE, share], seed)
    method.SetInterpolator(sitk.sitkLinear)
    start = sitk.Euler3DTransform()
    start.SetCenter([float(v) for v in centre])
    method.SetInitialTransform(start, inPlace=False)
    method.SetOptimizerAsRegularStepGradientDescent(0.4, 0.005, 60, relaxationFactor=0.6)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([2, 1])
    method.SetSmoothingSigmasPerLevel([1.0, 0.4])
    method.SetSmoothingSigmasAreSpecifiedInPhysicalUnits(True)
    try:
        found = method.Execute(fixed, moving)
    except RuntimeError:
        # Too little overlap: the headers' frame stays.
        return None
    flat = (
        found
        if isinstance(found, sitk.Euler3DTransform)
        else sitk.Euler3DTransform(sitk.CompositeTransform(found).GetBackTransform())
    )
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(flat.GetMatrix()).reshape(3, 3)
    shift = np.array(flat.GetTranslation()) + np.array(flat.GetCenter())
    matrix[:3, 3] = shift - matrix[:3, :3] @ np.array(flat.GetCenter())
    return matrix
