"""Head pose and pose-free points: a 3-D similarity fit to the clip's own face shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.measure.video.mesh_points import EYE_OUTER, STABLE

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class PoseFit:
    """Where each face of a run of frames sits relative to a reference shape.

    Attributes
    ----------
    rotation : ndarray (n, 3, 3)
        Turns the reference shape into the picture.
    scale : ndarray (n,)
        Picture pixels per unit of the reference shape.
    shift : ndarray (n, 3)
        Picture pixels.
    residual : ndarray (n,)
        Root-mean-square misfit of the stable points, in units of the reference shape.
    """

    rotation: NDArray[np.float64]
    scale: NDArray[np.float64]
    shift: NDArray[np.float64]
    residual: NDArray[np.float64]

    def undo(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return picture points (n, k, 3) in the frontal frame of the reference shape."""
        centred = (points - self.shift[:, None, :]) / self.scale[:, None, None]
        return np.asarray(centred @ self.rotation)

    @property
    def angles_deg(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Yaw, pitch and roll (n,).

        Yaw is positive when the face turns to the picture's right, pitch when the chin goes up,
        roll when the head tilts clockwise as seen.
        """
        forward = -self.rotation[:, :, 2]
        across = self.rotation[:, :, 0]
        yaw = np.degrees(np.arctan2(forward[:, 0], -forward[:, 2]))
        pitch = np.degrees(np.arcsin(np.clip(-forward[:, 1], -1.0, 1.0)))
        roll = np.degrees(np.arctan2(across[:, 1], across[:, 0]))
        return yaw, pitch, roll


def fit_similarity(
    points: NDArray[np.floating], reference: NDArray[np.floating], select: NDArray[np.intp] = STABLE
) -> PoseFit:
    """Fit scale, rotation and shift from a reference shape to each frame (Umeyama 1991).

    Parameters
    ----------
    points : ndarray (n, k, 3)
        Faces in picture pixels, z away from the camera.
    reference : ndarray (k, 3)
        Shape in its own unit, facing the camera.
    select : ndarray of int
        Points the fit rests on.

    Returns
    -------
    PoseFit
    """
    target = np.asarray(points[:, select, :], np.float64)
    source = np.asarray(reference[select], np.float64)
    target_mean = target.mean(axis=1)
    source_mean = source.mean(axis=0)
    target_c = target - target_mean[:, None, :]
    source_c = source - source_mean
    covariance = np.einsum("nki,kj->nij", target_c, source_c)
    u, singular, vt = np.linalg.svd(covariance)
    sign = np.ones((len(target), 3))
    sign[:, 2] = np.sign(np.linalg.det(u @ vt))
    rotation = (u * sign[:, None, :]) @ vt
    scale = (singular * sign).sum(axis=1) / max(float((source_c**2).sum()), 1e-12)
    scale = np.maximum(scale, 1e-9)
    shift = target_mean - scale[:, None] * (rotation @ source_mean)
    model = scale[:, None, None] * (source @ rotation.transpose(0, 2, 1)) + shift[:, None, :]
    residual = np.sqrt(((model - target) ** 2).sum(axis=2).mean(axis=1)) / scale
    return PoseFit(rotation, scale, shift, residual)


def reference_shape(
    points: NDArray[np.floating], canonical: NDArray[np.floating], rounds: int = 2
) -> NDArray[np.float64]:
    """Return the median shape (k, 3) of a face, upright and frontal, outer canthi 1 apart.

    Parameters
    ----------
    points : ndarray (n, k, 3)
        Frames of one face in picture pixels; the first 468 points as in ``canonical``.
    canonical : ndarray (468, 3)
        Orientation to bring the shape to (``FaceModels.canonical``).
    rounds : int
        Passes of alignment to the current median.
    """
    n_common = len(canonical)
    shape = np.zeros((points.shape[1], 3))
    shape[:n_common] = canonical
    for _ in range(rounds):
        shape = np.median(fit_similarity(points, shape).undo(points), axis=0)
    turn = fit_similarity(shape[None], _padded(canonical, len(shape)))
    shape = turn.undo(shape[None])[0]
    centre = 0.5 * (shape[EYE_OUTER[0]] + shape[EYE_OUTER[1]])
    across = np.linalg.norm(shape[EYE_OUTER[1]] - shape[EYE_OUTER[0]])
    return np.asarray((shape - centre) / max(float(across), 1e-9))


def _padded(shape: NDArray[np.floating], n: int) -> NDArray[np.float64]:
    padded = np.zeros((n, 3))
    padded[: len(shape)] = shape
    return padded


def remove_pose(
    values: NDArray[np.floating],
    angles_deg: NDArray[np.floating],
    quiet: NDArray[np.bool_],
    *,
    ridge: float = 4.0,
    min_frames: int = 60,
) -> NDArray[np.float64]:
    """Subtract what head pose alone explains from each signal.

    The fit rests on quiet frames only: a spasm biases the pose estimate, and a fit over all
    frames would remove the spasm with the pose (research: video trial, quiet-frame regression).

    Parameters
    ----------
    values : ndarray (n, m)
        Signals; NaN where not measured.
    angles_deg : ndarray (n, 3)
        Yaw, pitch, roll.
    quiet : ndarray of bool (n,)
        Frames without any facial movement.
    ridge : float
        Shrinkage in degrees squared per frame: swings much smaller than its square root are not
        trusted to explain anything.
    min_frames : int
        Fewer quiet frames than this leave the signals as they are.

    Returns
    -------
    ndarray (n, m)
    """
    out = np.asarray(values, np.float64).copy()
    design = _pose_terms(np.asarray(angles_deg, np.float64))
    for column in range(out.shape[1]):
        use = quiet & np.isfinite(out[:, column]) & np.isfinite(design).all(axis=1)
        if int(use.sum()) < min_frames:
            continue
        centre = np.median(design[use], axis=0)
        x = design[use] - centre
        y = out[use, column] - np.median(out[use, column])
        weight = _ridge_solve(x, y, ridge)
        limit = np.quantile(np.abs(x), 0.99, axis=0) * 1.5 + 1e-9
        # Beyond the poses seen at rest the fit is a guess: it is held at its edge.
        effect = np.clip(design - centre, -limit, limit) @ weight
        out[:, column] -= np.where(np.isfinite(effect), effect, 0.0)
    return out


def _pose_terms(angles_deg: NDArray[np.float64]) -> NDArray[np.float64]:
    yaw, pitch, roll = angles_deg.T
    # Squares are scaled so that 10 degrees weigh the same in both.
    return np.stack([yaw, pitch, roll, yaw * yaw / 10.0, yaw * pitch / 10.0, pitch**2 / 10.0], 1)


def _ridge_solve(
    x: NDArray[np.float64], y: NDArray[np.float64], ridge: float
) -> NDArray[np.float64]:
    weight: NDArray[Any] = np.zeros(x.shape[1])
    keep = np.ones(len(y), np.bool_)
    for _ in range(2):
        a = x[keep]
        gram = a.T @ a + ridge * max(len(a), 1) * 0.05 * np.eye(x.shape[1])
        weight = np.linalg.solve(gram, a.T @ y[keep])
        rest = np.abs(y - x @ weight)
        keep = rest <= 4.0 * 1.4826 * max(float(np.median(rest)), 1e-9)
    return weight
