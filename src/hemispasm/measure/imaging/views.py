"""What one series shows of a small patch: voxels to explain, and how tubes become voxels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hemispasm.measure.imaging.raster import FAR_MM, draw_tube
from hemispasm.measure.imaging.tubes import Body, round_body

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.imaging import Volume

Box = tuple[slice, slice, slice]
_FINEST_MM = 0.26
_RIM_MM = 1.6
_REACH_MM = 0.3


class Drawn(NamedTuple):
    """A tube on a fine grid: axis and mean radius in millimetres from its first voxel, oval."""

    points: NDArray[np.float64]
    radii: NDArray[np.float64]
    oval: NDArray[np.float64]
    across: NDArray[np.float64]


@dataclass(frozen=True)
class View:
    """A patch of one series.

    Attributes
    ----------
    values : ndarray of shape (n,)
        Voxels to explain.
    usable : ndarray of shape (n,)
        0 for those that other structures shape.
    places_mm : ndarray of shape (n, 3)
        In the frame of the tubes.
    shape : tuple of int
        Of the patch.
    fine_shape, fine_mm
        Of the grid on which tubes are drawn.
    blurs : tuple of ndarray
        Along each axis from the fine grid to the voxels: what the scanner's resolution does.
    turn, origin_mm
        From the frame of the tubes to millimetres from the fine grid's first voxel.
    native_share : float
        Independent values per voxel; below 1 where the series is interpolated.
    axes : tuple of (voxels_mm, fine_mm, native_mm)
        Along each axis: places of the voxels from the fine grid's first one, spacing of the fine
        grid, acquired voxel.
    window : float
        Share of the plain term in the raised cosine that shapes k-space.
    """

    values: NDArray[np.float64]
    usable: NDArray[np.float64]
    places_mm: NDArray[np.float64]
    shape: tuple[int, int, int]
    fine_shape: tuple[int, int, int]
    fine_mm: NDArray[np.float64]
    blurs: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]
    turn: NDArray[np.float64]
    origin_mm: NDArray[np.float64]
    native_share: float
    axes: tuple[tuple[NDArray[np.float64], float, float], ...]
    window: float

    def filtered(self, window: float) -> View:
        """Return the same voxels under another raised cosine."""
        a, b, c = (
            _blur(voxels, fine, n, native, window)
            for (voxels, fine, native), n in zip(self.axes, self.fine_shape, strict=True)
        )
        return replace(self, blurs=(a, b, c), window=window)

    def to_fine(self, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return millimetres from the fine grid's first voxel."""
        return points_mm @ self.turn.T + self.origin_mm

    def whole(self) -> Box:
        """Return the box of the whole fine grid."""
        return (
            slice(0, self.fine_shape[0]),
            slice(0, self.fine_shape[1]),
            slice(0, self.fine_shape[2]),
        )

    def drawn(self, body: Body) -> Drawn:
        """Return a tube as the fine grid sees it."""
        turned = np.ascontiguousarray(body.across @ self.turn.T)
        return Drawn(self.to_fine(body.points_mm), body.radii_mm, body.oval, turned)

    def distance_of(self, body: Body) -> NDArray[np.float32]:
        """Return the signed distance of a tube on the whole fine grid."""
        return self._distance(body, self.whole())

    def distance(
        self, points_mm: NDArray[np.float64], radii: NDArray[np.float64], box: Box
    ) -> NDArray[np.float32]:
        """Return the signed distance of a tube of round section in a box of the fine grid."""
        return self._distance(round_body(points_mm, radii), box)

    def _distance(self, body: Body, box: Box) -> NDArray[np.float32]:
        size = tuple(part.stop - part.start for part in box)
        out = np.full(size, FAR_MM, dtype=np.float32)
        low = np.array([part.start for part in box], dtype=np.int64)
        draw_tube(out, *self.drawn(body), self.fine_mm, low, _REACH_MM)
        return out

    def blurred(self, field: NDArray[np.float32], box: Box) -> NDArray[np.float64]:
        """Return what a fine field in a box becomes in the voxels, flattened."""
        a, b, c = (m[:, part] for m, part in zip(self.blurs, box, strict=True))
        n, m, k = field.shape
        first = (a @ field.reshape(n, m * k)).reshape(-1, m, k)
        last = first @ c.T
        result = np.matmul(b, last)
        return np.asarray(result.reshape(-1), dtype=np.float64)


def view_of(
    volume: Volume,
    centre_mm: NDArray[np.float64],
    half_mm: float,
    window: float,
    move: NDArray[np.float64] | None = None,
) -> View | None:
    """Return the patch of a series around a place; None where the series does not hold it.

    Parameters
    ----------
    volume : Volume
        Cisternogram or angiogram.
    centre_mm, half_mm
        Middle of the patch in the frame of the tubes, and half of its edge.
    window : float
        Share of the plain term in the raised cosine that shapes k-space: 1 none, 0.5 Hann.
    move : ndarray of shape (4, 4), optional
        From the frame of the tubes to the volume's.
    """
    turn = np.eye(4) if move is None else move
    place = volume.to_voxel((turn[:3, :3] @ centre_mm + turn[:3, 3])[None, :])[0]
    spacing = np.array(volume.spacing_mm)
    low = np.ceil(place - half_mm / spacing).astype(int)
    high = np.floor(place + half_mm / spacing).astype(int) + 1
    low = np.clip(low, 0, volume.shape)
    high = np.clip(high, 0, volume.shape)
    if np.any(high - low < 4):
        return None
    native = np.maximum(np.array(volume.facts.acquired_voxel_mm or volume.spacing_mm), spacing)
    fine_mm = spacing / np.ceil(spacing / _FINEST_MM - 1e-9)
    rim = np.maximum(_RIM_MM, 1.5 * native)
    starts = low * spacing - rim
    counts = np.ceil(((high - 1) * spacing + rim - starts) / fine_mm).astype(int) + 1
    axes = tuple(
        (
            spacing[a] * np.arange(low[a], high[a]) - starts[a],
            float(fine_mm[a]),
            float(native[a]),
        )
        for a in range(3)
    )
    blurs = [_blur(*axes[a][:2], counts[a], axes[a][2], window) for a in range(3)]
    index = np.stack(
        np.meshgrid(*[np.arange(i, j) for i, j in zip(low, high, strict=True)], indexing="ij"),
        axis=-1,
    )
    part = volume.array[low[0] : high[0], low[1] : high[1], low[2] : high[2]]
    back = np.linalg.inv(turn)
    patient = volume.to_patient(index.reshape(-1, 3))
    whole = volume.direction.T @ turn[:3, :3]
    origin = volume.direction.T @ (turn[:3, 3] - np.array(volume.origin_mm)) - starts
    shape = (int(part.shape[0]), int(part.shape[1]), int(part.shape[2]))
    return View(
        values=part.reshape(-1).astype(np.float64),
        usable=np.ones(part.size),
        places_mm=patient @ back[:3, :3].T + back[:3, 3],
        shape=shape,
        fine_shape=(int(counts[0]), int(counts[1]), int(counts[2])),
        fine_mm=fine_mm,
        blurs=(blurs[0], blurs[1], blurs[2]),
        turn=whole,
        origin_mm=origin,
        native_share=float(np.prod(spacing / native)),
        axes=axes,
        window=window,
    )


def _blur(
    voxels_mm: NDArray[np.float64],
    fine_mm: float,
    count: int,
    native_mm: float,
    window: float,
) -> NDArray[np.float32]:
    """Return the point spread of a cropped k-space under a raised cosine, as a matrix."""
    away = (voxels_mm[:, None] - fine_mm * np.arange(count)[None, :]) / native_mm
    kernel = window * np.sinc(away) + 0.5 * (1.0 - window) * (np.sinc(away - 1) + np.sinc(away + 1))
    # Beyond some voxels the lobes only ring at the rim of the patch.
    kernel *= np.abs(away) < 5.0
    return (kernel / kernel.sum(axis=1, keepdims=True)).astype(np.float32)
