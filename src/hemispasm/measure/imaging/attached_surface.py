"""The surface of the brainstem and of the nerve that lies on it, near a vessel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree
from skimage.measure import marching_cubes

from hemispasm.measure.imaging.courses import nearest_on

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.imaging.attached_fit import AttachedFit

_FINER = 2
_SEED_MM = 1.2
_EIGHTH_MM = 1.1
# Expert rules: half the width of what is broad, the reach of the attached nerve's surface from its
# course, and how far the surface lies from the middle of the outermost voxels, with some noise.
_BROAD_MM = 1.2
_NERVE_MM = 1.5
_RIM_MM = 0.6


def tissue_surface(
    fit: AttachedFit, root_mm: NDArray[np.float64], eighth_mm: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return points on the surface of the tissue that VII is attached to.

    The surface is the half-level of the share of tissue: brainstem and nerve are one. Islands
    (what the vessel's picture left over) and VIII in the cistern are left out, and so is every
    thin bridge that is not the attached nerve itself: along VIII, what the vessel's picture left
    over can hang together with the brainstem.

    Parameters
    ----------
    fit : AttachedFit
        From :func:`~hemispasm.measure.imaging.attached_fit.fit_attached`.
    root_mm : ndarray of shape (n, 3)
        Attached course of VII.
    eighth_mm : ndarray of shape (m, 3)
        VIII in the cistern; may be empty.

    Returns
    -------
    ndarray of shape (k, 3)
        LPS; empty where no tissue lies in the patch.
    """
    fine = ndimage.zoom(fit.tissue, _FINER, order=3, mode="nearest", grid_mode=False)
    scale = (np.array(fit.tissue.shape) - 1) / (np.array(fine.shape) - 1)
    labels, _ = ndimage.label(fine > 0.5)
    index = np.argwhere(labels > 0)
    if not len(index):
        return np.zeros((0, 3))
    apart, _ = cKDTree(root_mm).query(fit.to_patient(index * scale))
    close = labels[tuple(index[apart < max(_SEED_MM, float(apart.min()) + 0.3)].T)]
    body = labels == np.bincount(close).argmax()
    rim = ndimage.binary_dilation(body, iterations=2)
    cube = np.where(rim & (body | (labels == 0)), fine, np.minimum(fine, 0.2))
    if float(cube.min()) >= 0.5:
        return np.zeros((0, 3))
    corners, _, _, _ = marching_cubes(cube, 0.5)
    points = fit.to_patient(corners * scale)
    points = points[_is_broad(points, fit.to_patient(_opened(body, fit, scale)), root_mm)]
    if len(eighth_mm):
        points = points[nearest_on(points, eighth_mm)[0] > _EIGHTH_MM]
    return np.asarray(points, dtype=np.float64)


def _opened(
    body: NDArray[np.bool_], fit: AttachedFit, scale: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the voxels (indices of the patch) of a body without what is thin."""
    step = np.linalg.norm(fit.axes_mm, axis=0) * scale
    margin = [int(np.ceil(_BROAD_MM / s)) for s in step]
    # The brain goes on beyond the patch.
    wide = np.pad(body, [(m, m) for m in margin], mode="edge")
    deep = ndimage.distance_transform_edt(wide, sampling=tuple(step)) >= _BROAD_MM
    if not deep.any():
        # Without a place to measure from, the transform below would mean nothing.
        return np.zeros((0, 3))
    near = ndimage.distance_transform_edt(~deep, sampling=tuple(step)) < _BROAD_MM
    inner = near[tuple(slice(m, -m) for m in margin)]
    return np.argwhere(inner & body) * scale


def _is_broad(
    points: NDArray[np.float64], broad: NDArray[np.float64], root_mm: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return which points lie on what is broad, or on the attached nerve."""
    on_nerve = nearest_on(points, root_mm)[0] <= _NERVE_MM
    if not len(broad):
        return np.asarray(on_nerve)
    return np.asarray(on_nerve | (cKDTree(broad).query(points)[0] <= _RIM_MM))
