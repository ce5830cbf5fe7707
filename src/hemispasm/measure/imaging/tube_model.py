"""The picture that tubes make, its residual, and its derivative by every parameter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.imaging.raster import trace_tube

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.measure.imaging.tubes import Body, Tube
    from hemispasm.measure.imaging.views import View

_BEND_SD_MM = 0.25
_OFFSET_SD_MM = 0.5
_LOOSE = 3.0


@dataclass(frozen=True)
class LightPrior:
    """What is known of the brightness before looking: rows times brightness should give ``wanted``.

    Columns: fluid, (cisternogram) its slope along three axes, nerve over fluid, vessel over fluid,
    (angiogram) the vessel's middle over its edge.
    """

    rows: NDArray[np.float64]
    wanted: NDArray[np.float64]


@dataclass(frozen=True)
class Picture:
    """One series at the best brightness.

    Attributes
    ----------
    distances : list of ndarray
        Signed distance of each tube on the fine grid.
    base : ndarray
        What brightness multiplies, weighted, with the rows of its prior.
    parts : ndarray
        Brightness of nerve, vessel and (angiogram) the vessel's middle.
    residual : ndarray
        Of each voxel.
    missing : ndarray
        Weighted residual, with that of the prior.
    """

    distances: list[NDArray[np.float32]]
    base: NDArray[np.float64]
    parts: NDArray[np.float64]
    residual: NDArray[np.float64]
    missing: NDArray[np.float64]


class TubeProblem:
    """Tubes, the series that show them, and what is expected before looking.

    Brightness enters linearly and is solved for at every step; derivatives leave out its change
    (it is projected away). The last three parameters are the shift of the second series.
    """

    def __init__(
        self,
        tubes: Sequence[Tube],
        views: Sequence[View],
        light: Sequence[LightPrior],
        shift_sd_mm: float,
    ) -> None:
        self.tubes, self.views, self.light = tuple(tubes), tuple(views), tuple(light)
        self.starts = np.cumsum([0, *[t.size for t in tubes]])
        self.count = int(self.starts[-1]) + 3
        self.shift_sd_mm = shift_sd_mm
        self.weights = [view.usable.copy() for view in views]
        self.noise = [1.0 for _ in views]
        self.prior, self.expected = self._prior()

    def _prior(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return rows of the prior, and what they should give."""
        rows, wanted = [], []
        for tube, start in zip(self.tubes, self.starts[:-1], strict=True):
            k = tube.offsets
            for side in (0, k):
                for i in range(k):
                    rows.append({start + side + i: 1.0 / _OFFSET_SD_MM})
                    wanted.append(0.0)
                for i in range(1, k - 1):
                    s = start + side + i
                    rows.append(
                        {
                            s - 1: 0.5 / _BEND_SD_MM,
                            s: -1.0 / _BEND_SD_MM,
                            s + 1: 0.5 / _BEND_SD_MM,
                        }
                    )
                    wanted.append(0.0)
            rows.append({start + 2 * k: 1.0 / tube.radius_sd_mm})
            wanted.append(tube.radius_mm / tube.radius_sd_mm)
            rows.append({start + 2 * k + 1: 1.0 / tube.taper_sd_mm})
            wanted.append(0.0)
            for i in range(2 * k + 2, tube.size):
                rows.append({start + i: 1.0 / tube.oval_sd})
                wanted.append(0.0)
        for i in range(3):
            rows.append({self.count - 3 + i: 1.0 / self.shift_sd_mm})
            wanted.append(0.0)
        matrix = np.zeros((len(rows), self.count))
        for r, row in enumerate(rows):
            for column, value in row.items():
                matrix[r, column] = value
        return matrix, np.array(wanted)

    def start(self) -> NDArray[np.float64]:
        """Return the parameters before fitting."""
        return np.concatenate([*[t.start() for t in self.tubes], np.zeros(3)])

    def body(self, values: NDArray[np.float64], index: int, second: bool) -> Body:
        """Return one tube as one series shows it."""
        tube, start = self.tubes[index], self.starts[index]
        body = tube.body(values[start : start + tube.size])
        return body.moved(values[-3:]) if second else body

    def solve(self, values: NDArray[np.float64], v: int) -> Picture:
        """Return one series' picture at the best brightness."""
        view = self.views[v]
        box = view.whole()
        distances = [view.distance_of(self.body(values, i, v > 0)) for i in range(len(self.tubes))]
        parts = _parts(distances, view, v > 0)
        centre = view.places_mm.mean(axis=0)
        flat = [np.ones(len(view.values))]
        if v == 0:
            flat += list((view.places_mm - centre).T / 5.0)
        blurred = [view.blurred(part, box) for part in parts]
        base = np.stack([*flat, *blurred], axis=1)
        root, prior = self.root(v), self.light[v]
        whole = np.concatenate([base * root[:, None], prior.rows])
        target = np.concatenate([view.values * root, prior.wanted])
        light = np.linalg.lstsq(whole, target, rcond=None)[0]
        missing = target - whole @ light
        return Picture(distances, whole, light[len(flat) :], view.values - base @ light, missing)

    def root(self, v: int) -> NDArray[np.float64]:
        """Return the square root of each voxel's weight."""
        found: NDArray[np.float64] = (
            np.sqrt(self.weights[v] * self.views[v].native_share) / self.noise[v]
        )
        return found

    def derivative(
        self, values: NDArray[np.float64], v: int, picture: Picture
    ) -> NDArray[np.float64]:
        """Return the derivative of one series' residual by every parameter, weighted."""
        view, second = self.views[v], v > 0
        columns = np.zeros((len(view.values), self.count))
        shift = np.zeros((3, *view.fine_shape), dtype=np.float32)
        for i, gain in enumerate(_gains(picture, view, second)):
            index = np.argwhere(gain)
            if len(index) < 8:
                continue
            body = self.body(values, i, second)
            segment, moved = trace_tube(index, *view.drawn(body), view.fine_mm)
            change = gain[tuple(index.T)][:, None] * moved[:, 1:]
            # A surface that moves one way is a grid that moves the other way.
            pushed = -change[:, :3] @ view.turn
            if second:
                for a in range(3):
                    np.add.at(shift[a], tuple(index.T), pushed[:, a].astype(np.float32))
            self._fill(columns, view, i, index, segment, moved[:, 0], pushed, change[:, 3:])
        if second:
            for a in range(3):
                columns[:, self.count - 3 + a] = view.blurred(shift[a], view.whole())
        columns *= -self.root(v)[:, None]
        columns = np.concatenate([columns, np.zeros((len(self.light[v].rows), self.count))])
        base = np.linalg.qr(picture.base)[0]
        projected: NDArray[np.float64] = columns - base @ (base.T @ columns)
        return projected

    def _fill(
        self,
        columns: NDArray[np.float64],
        view: View,
        i: int,
        index: NDArray[np.intp],
        segment: NDArray[np.int64],
        share: NDArray[np.float64],
        pushed: NDArray[np.float64],
        widened: NDArray[np.float64],
    ) -> None:
        """Write the columns of one tube's parameters."""
        tube, start = self.tubes[i], int(self.starts[i])
        k = tube.offsets

        def between(values: NDArray[np.float64]) -> NDArray[np.float64]:
            """Return what belongs to the points of a tube at the voxels near it."""
            low, high = values[segment], values[segment + 1]
            part = share[:, None] if values.ndim > 1 else share
            return np.asarray(low + part * (high - low), dtype=np.float64)

        weights = between(tube.weights)
        for side in (0, 1):
            along = np.einsum("nk,nk->n", pushed, tube.across[segment, side])
            for p in range(k):
                columns[:, start + side * k + p] = _spread(view, index, weights[:, p] * along)
        columns[:, start + 2 * k] = _spread(view, index, widened[:, 0])
        columns[:, start + 2 * k + 1] = _spread(view, index, widened[:, 0] * between(tube.along))
        for p in range(2 * k + 2, tube.size):
            columns[:, start + p] = _spread(view, index, widened[:, p - 2 * k - 1])

    def reweigh(self, v: int, residual: NDArray[np.float64]) -> None:
        """Trust voxels less that the model cannot explain."""
        usable = self.views[v].usable
        inside = residual[usable > 0]
        spread = 1.4826 * float(np.median(np.abs(inside - np.median(inside)))) + 1e-9
        self.noise[v] = spread
        self.weights[v] = usable / (1.0 + (residual / (_LOOSE * spread)) ** 2) ** 2

    def cost(self, values: NDArray[np.float64], pictures: list[Picture] | None) -> float:
        """Return the weighted squares."""
        total = float(np.sum((self.expected - self.prior @ values) ** 2))
        for v in range(len(self.views)):
            picture = self.solve(values, v) if pictures is None else pictures[v]
            total += float(picture.missing @ picture.missing)
        return total


def _spread(
    view: View, index: NDArray[np.intp], values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what values at some voxels of the fine grid become in the series' voxels."""
    there = np.flatnonzero(values)
    if not there.size:
        return np.zeros(len(view.values))
    places = index[there]
    low, high = places.min(axis=0), places.max(axis=0) + 1
    field = np.zeros(tuple(high - low), dtype=np.float32)
    field[tuple((places - low).T)] = values[there]
    a, b, c = (slice(int(i), int(j)) for i, j in zip(low, high, strict=True))
    return view.blurred(field, (a, b, c))


def _filled(distances: Sequence[NDArray[np.float32]], view: View) -> list[NDArray[np.float32]]:
    edge = np.float32(view.fine_mm.mean())
    return [np.clip(np.float32(0.5) - d / edge, 0.0, 1.0) for d in distances]


def _parts(
    distances: Sequence[NDArray[np.float32]], view: View, second: bool
) -> list[NDArray[np.float32]]:
    """Return how much of each fine voxel is nerve, vessel and (angiogram) its bright middle."""
    filled = _filled(distances, view)
    vessel = filled[-1]
    outside = np.float32(1.0) - vessel
    nerve = outside
    for part in filled[:-1]:
        nerve = nerve * (np.float32(1.0) - part)
    nerve = outside - nerve
    if not second:
        return [nerve, vessel]
    deep = np.clip(-distances[-1], 0.0, 1.0)
    return [nerve, vessel, vessel * deep * (np.float32(2.0) - deep)]


def _gains(picture: Picture, view: View, second: bool) -> list[NDArray[np.float32]]:
    """Return how the fine picture changes with each tube's signed distance."""
    edge = np.float32(view.fine_mm.mean())
    filled = _filled(picture.distances, view)
    vessel, bright = filled[-1], picture.parts.astype(np.float32)
    free = [np.float32(1.0) - part for part in filled]
    found = []
    for i, part in enumerate(filled[:-1]):
        others = free[-1]
        for j, other in enumerate(free[:-1]):
            if j != i:
                others = others * other
        rim = (part > 0) & (part < 1)
        found.append(np.where(rim, others * (-bright[0] / edge), np.float32(0.0)))
    empty = np.ones_like(vessel)
    for part in free[:-1]:
        empty = empty * part
    level = bright[1] - bright[0] * (np.float32(1.0) - empty)
    rim = (vessel > 0) & (vessel < 1)
    if second:
        deep = np.clip(-picture.distances[-1], 0.0, 1.0)
        level = level + bright[2] * deep * (np.float32(2.0) - deep)
        inner = np.where((deep > 0) & (deep < 1), vessel * (deep - 1) * 2 * bright[2], 0.0)
    gain = np.where(rim, level * (-1.0 / edge), np.float32(0.0))
    found.append((gain + inner if second else gain).astype(np.float32))
    return found
