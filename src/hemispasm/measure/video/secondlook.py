"""The same face seen in a mirror: what the mesh makes of left and right cancels in the mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.video.baseline import rest_level
from hemispasm.measure.video.engine import MESH_SIZE, N_POINTS
from hemispasm.measure.video.landmarks import points_to_picture
from hemispasm.measure.video.pose import fit_similarity
from hemispasm.measure.video.signals import FEATURES, read_face

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.video.engine import FaceModels
    from hemispasm.measure.video.landmarks import FaceFrame

N_NUMBERS = 2 * len(FEATURES)


def mirror_partners(canonical: NDArray[np.floating]) -> NDArray[np.intp]:
    """Return each point's partner on the other side of the face (478,).

    Parameters
    ----------
    canonical : ndarray (468, 3)
        A face symmetric about x = 0. The ten iris points, which it lacks, swap eyes.
    """
    flipped = canonical * np.array([-1.0, 1.0, 1.0])
    distance = np.linalg.norm(flipped[:, None, :] - canonical[None, :, :], axis=2)
    partners = np.arange(N_POINTS)
    partners[: len(canonical)] = distance.argmin(axis=1)
    partners[468:473], partners[473:478] = np.arange(473, 478), np.arange(468, 473)
    return partners


class SecondLook:
    """Reads a face's features off the mirrored crop.

    Parameters
    ----------
    models : FaceModels
    reference : ndarray (478, 3)
        The clip's face shape.
    """

    def __init__(self, models: FaceModels, reference: NDArray[np.float64]) -> None:
        self._models = models
        self._reference = reference
        self._partners = mirror_partners(models.canonical)

    def __call__(self, face: FaceFrame) -> NDArray[np.float64]:
        """Return the features (2 x number of ``FEATURES``), picture's left half first in each."""
        points, score = self._models.mesh(np.ascontiguousarray(face.crop[:, ::-1]))
        if score < 0.5:
            return np.full(N_NUMBERS, np.nan)
        points = points[self._partners]
        points[:, 0] = MESH_SIZE - 1 - points[:, 0]
        seen = points_to_picture(points, face.roi)[None]
        raw = read_face(seen, fit_similarity(seen, self._reference), self._reference)
        return np.concatenate([getattr(raw, name)[0] for name in FEATURES])


def merge_looks(
    time_s: NDArray[np.float64],
    first: NDArray[np.floating],
    second: NDArray[np.floating],
    rest: NDArray[np.bool_],
    merge: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Return the mean of both looks where asked, without a step at its edges.

    Parameters
    ----------
    time_s : ndarray (n,)
    first : ndarray (n, m)
        Features of every frame.
    second : ndarray (n, m)
        Features of the mirrored crop; NaN where it was not looked at.
    rest : ndarray of bool (n,)
        Frames at rest, in which the standing difference of the two looks is read.
    merge : ndarray of bool (n,)
        Frames to merge.

    Returns
    -------
    ndarray (n, m)
        ``first`` outside ``merge`` and where there was no second look.
    """
    out = np.asarray(first, np.float64).copy()
    both = rest & np.isfinite(second).all(axis=1)
    if int(both.sum()) < 3:
        return out
    for column in range(out.shape[1]):
        difference = second[:, column] - out[:, column]
        standing = rest_level(time_s, difference, both, window_s=12.0, min_quiet=3)
        change = 0.5 * (difference - standing)
        use = merge & np.isfinite(change)
        out[use, column] += change[use]
    return out
