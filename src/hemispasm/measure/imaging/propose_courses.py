"""Two dark courses from an auditory canal to the brainstem: which is VII and which VIII."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage
from skimage.graph import MCP_Geometric

from hemispasm.measure.imaging.courses import arc_of, nearest_on, resample, smooth
from hemispasm.measure.imaging.limits import imaging_limit as limit
from hemispasm.measure.imaging.propose_tissue import shrink
from hemispasm.measure.imaging.region import tube_strength

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.imaging.propose_canal import Canal
    from hemispasm.measure.imaging.propose_tissue import Landscape

_WIDTHS_MM = (0.45, 0.65)
_STRONG, _FLOOR = 0.12, 0.04
_CLOSED = 1e4
_REACH_MM = 34.0
_APART_MM = 1.0
_SULCUS_MM = (4.0, 10.0)
_BALL_MM = 4.0
_IN_FRONT_MM = 2.0
_ATTACHED_MM = 8.0
_STRAY = 0.02


@dataclass(frozen=True)
class Course:
    """One dark course from the brainstem outwards; ``cost`` per mm is 1 on a clear line."""

    points_mm: NDArray[np.float64]
    cost: float

    @property
    def length_mm(self) -> float:
        """From the brainstem into the canal."""
        return float(arc_of(self.points_mm)[-1])


@dataclass(frozen=True)
class SidePoints:
    """The places found on one side, LPS; None where something was not found."""

    detachment: NDArray[np.float64]
    root_exit: NDArray[np.float64] | None
    porus: NDArray[np.float64]
    eighth_exit: NDArray[np.float64]
    eighth_porus: NDArray[np.float64]


def find_points(land: Landscape, canal: Canal, sign: int) -> SidePoints | str:
    """Return the ends of VII and VIII of one side, or why they are not proposed.

    Parameters
    ----------
    land, canal
        Tissues, and the canal of this side.
    sign : int
        1 left, -1 right.
    """
    courses = _two_courses(land, canal, sign)
    if courses is None:
        return "no_course: no dark course leads from the canal to the brainstem"
    why = _doubt(*courses)
    if why:
        return why
    one, other = (_through(course.points_mm, canal) for course in courses)
    if one is None or other is None:
        return "no_porus: a course does not pass the mouth of the canal"
    seventh, eighth = courses if one[1] <= other[1] else courses[::-1]
    porus = one if one[1] <= other[1] else other
    if _behind(seventh, eighth) < 0.0:
        return "order_unclear: the two courses change places between canal and brainstem"
    # Both nerves are marked in one cross-section of the canal, which runs straight outwards.
    outwards = np.abs(_beside(land, eighth.points_mm) - _beside(land, porus[None])[0])
    level = int(outwards.argmin())
    first = seventh.points_mm[0]
    return SidePoints(
        first,
        _sulcus(land, first, eighth.points_mm[0], sign),
        porus,
        eighth.points_mm[0],
        eighth.points_mm[level],
    )


def _beside(land: Landscape, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far points lie to the patient's left of the midplane."""
    index = land.region.to_voxel(points).T
    beside: NDArray[np.float64] = ndimage.map_coordinates(land.left_mm, index, order=1)
    return beside


def _two_courses(land: Landscape, canal: Canal, sign: int) -> tuple[Course, Course] | None:
    """Return the cheapest course and the cheapest one that keeps off it."""
    step = land.step_mm
    beside = sign * land.left_mm
    near = np.linalg.norm(land.region.points() - canal.mouth_mm, axis=-1) < _REACH_MM
    box = ndimage.find_objects((near & (beside > 4.0)).astype(np.int8))[0]
    target = land.stem[box] & (beside[box] < limit("propose.exit_most_mm"))
    target &= ~shrink(target, 1.6 * step, step)
    starts = np.argwhere(canal.start[box])
    if not target.any() or len(starts) == 0:
        return None
    cost = _cost(land, box)
    corner = np.array([part.start for part in box])
    found: list[Course] = []
    away: NDArray[np.float64] | None = None
    for _ in range(2):
        open_ = cost
        if away is not None:
            kept = cost * (1.0 + 8.0 * np.exp(-0.5 * (away / 0.7) ** 2))
            open_ = np.where(away < _APART_MM, _CLOSED, kept).astype(np.float32)
        search = MCP_Geometric(open_)
        totals, _ = search.find_costs(starts)
        reached = np.where(target, totals, np.inf)
        end = np.unravel_index(int(reached.argmin()), reached.shape)
        if not np.isfinite(reached[end]):
            return None
        path = np.array(search.traceback(end))[::-1] + corner
        line = land.region.to_patient(path)
        length = max(float(arc_of(line)[-1]), 1e-6)
        found.append(Course(smooth(line, 0.35, 0.7), float(reached[end]) * step / length))
        away = _distance_to(land, line, box)
    return found[0], found[1]


def _cost(land: Landscape, box: tuple[slice, ...]) -> NDArray[np.float32]:
    """Return the cost of a step: low on dark lines that are not as dark as flowing blood."""
    array = land.region.array[box]
    widths = tuple(width / land.step_mm for width in _WIDTHS_MM)
    strength = tube_strength(array, widths, bright=False)
    cost = 1.0 / (_FLOOR + np.minimum(strength / _STRONG, 1.0 - _FLOOR))
    void = np.clip((0.75 * land.brain_level - array) / (0.4 * land.brain_level), 0.0, 1.0)
    open_ = ~land.bone[box] & land.region.inside[box]
    return np.where(open_, cost * (1.0 + 4.0 * void), _CLOSED).astype(np.float32)


def _distance_to(
    land: Landscape, line: NDArray[np.float64], box: tuple[slice, ...]
) -> NDArray[np.float64]:
    """Return how far each voxel of a box lies from a course, except from its inner end."""
    free = np.ones(land.bone.shape, dtype=np.bool_)
    even = resample(line, 0.5 * land.step_mm)
    for point in even[arc_of(even) > 1.5]:
        free[land.region.nearest(point)] = False
    away: NDArray[np.float64] = ndimage.distance_transform_edt(free[box], sampling=land.step_mm)
    return away


def _doubt(one: Course, other: Course) -> str:
    """Return why two courses are not two nerves; empty where nothing speaks against it."""
    worst = max(one.cost, other.cost)
    if worst > limit("propose.cost_mean"):
        return (
            f"course_faint: a course costs {worst:.1f} per mm; "
            f"limit {limit('propose.cost_mean'):.1f}"
        )
    low, high = limit("propose.length_least_mm"), limit("propose.length_most_mm")
    lengths = sorted((one.length_mm, other.length_mm))
    if lengths[0] < low or lengths[1] > high:
        return (
            f"course_length: the courses are {lengths[0]:.0f} and {lengths[1]:.0f} mm long; "
            f"{low:.0f} to {high:.0f}"
        )
    apart = float(np.median(nearest_on(one.points_mm, other.points_mm)[0]))
    low, high = limit("propose.apart_least_mm"), limit("propose.apart_most_mm")
    if not low <= apart <= high:
        return f"courses_apart: the courses lie {apart:.1f} mm apart; {low:.1f} to {high:.1f}"
    return ""


def _through(points: NDArray[np.float64], canal: Canal) -> NDArray[np.float64] | None:
    """Return where a course passes the plane of the canal's mouth for the last time."""
    past = (points - canal.plane_mm) @ canal.outward
    index = np.flatnonzero((past[:-1] < 0) & (past[1:] >= 0))
    if len(index) == 0:
        return None
    i = int(index[-1])
    share = -past[i] / (past[i + 1] - past[i])
    place: NDArray[np.float64] = points[i] + share * (points[i + 1] - points[i])
    return place


def _behind(seventh: Course, eighth: Course) -> float:
    """Return how far VIII lies behind VII between brainstem and canal, in millimetres."""
    middle = seventh.points_mm[len(seventh.points_mm) // 5 : -len(seventh.points_mm) // 5]
    _, index = nearest_on(middle, eighth.points_mm)
    return float(np.median(eighth.points_mm[index][:, 1] - middle[:, 1]))


def _sulcus(
    land: Landscape, detachment: NDArray[np.float64], eighth: NDArray[np.float64], sign: int
) -> NDArray[np.float64] | None:
    """Return the deepest groove of the brainstem below and inside the detachment.

    The facial nerve comes out of the groove between pons and medulla and runs upwards and outwards
    on the pons before it leaves it; there is no fluid around it to see it by.
    """
    step = land.step_mm
    span = int(np.ceil((_SULCUS_MM[1] + _BALL_MM) / step)) + 1
    centre = np.array(land.region.nearest(detachment))
    low = np.maximum(centre - span, 0)
    high = np.minimum(centre + span + 1, land.stem.shape)
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    stem, points = land.stem[box], land.region.points()[box]
    reach = int(_BALL_MM / step)
    offset = np.indices((2 * reach + 1,) * 3) - reach
    kernel = (np.linalg.norm(offset, axis=0) * step <= _BALL_MM).astype(np.float32)
    open_ = ndimage.convolve(
        (~stem & land.region.inside[box]).astype(np.float32), kernel / kernel.sum(), mode="nearest"
    )
    rim = stem & ~shrink(stem, 1.1 * step, step)
    away = np.linalg.norm(points - detachment, axis=-1)
    beside = sign * land.left_mm[box]
    inner = float(beside[tuple(centre - low)]) - 1.0
    rim &= (away >= _SULCUS_MM[0]) & (away <= _SULCUS_MM[1]) & (beside < inner)
    rim &= points[..., 2] < detachment[2] - 2.0
    # VII comes out in front of VIII; further back lies the groove of the peduncle.
    rim &= points[..., 1] < eighth[1] - _IN_FRONT_MM
    if not rim.any():
        return None
    # The attached course is some 8 mm long and runs upwards and outwards rather than back.
    strayed = np.abs(away - _ATTACHED_MM) + 3.0 * np.abs(points[..., 1] - detachment[1])
    score = np.where(rim, open_ + _STRAY * strayed, np.inf)
    best = np.unravel_index(int(score.argmin()), score.shape)
    if open_[best] > limit("propose.groove"):
        return None
    place: NDArray[np.float64] = points[best]
    return place
