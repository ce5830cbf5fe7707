"""One vessel and one stretch of the nerve: distance with intervals, contact, grade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.imaging.displacement import measure_displacement
from hemispasm.measure.imaging.distances import Nearest, nearest_bodies
from hemispasm.measure.imaging.limits import imaging_limit as limit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.imaging.nerves import NerveTrack
    from hemispasm.measure.imaging.pair_fit import PairFit
    from hemispasm.model.imaging import Segment

_ENDS = (2.5, 97.5)
_Z95 = 1.959964


@dataclass(frozen=True)
class Spread:
    """Standard deviations of a distance that come from one cause each, in millimetres.

    Attributes
    ----------
    noise : float
        Of the fit, widened by the factor that tuning phantoms need.
    resolution : float
        From not knowing how the scanner filtered.
    clicks : float
        From the reader's hand.
    registration : float
        From the shift between the series, where the fit could not free it.
    model : float
        What a tube cannot say about a nerve.
    """

    noise: float
    resolution: float
    clicks: float
    registration: float
    model: float

    @property
    def total(self) -> float:
        """All of them together."""
        parts = (
            self.noise,
            self.resolution,
            self.clicks,
            self.registration,
            self.model,
        )
        return float(np.sqrt(sum(p * p for p in parts)))

    def largest(self, *, thick: bool) -> str:
        """Return the code of the largest contributor.

        Examples
        --------
        >>> Spread(0.02, 0.1, 0.01, 0.0, 0.05).largest(thick=False)
        'resolution'
        """
        named = {
            "slice_thickness" if thick else "noise": self.noise,
            "resolution": self.resolution,
            "clicks": self.clicks,
            "registration": self.registration,
            "shape_of_nerve": self.model,
        }
        return max(named, key=lambda name: named[name])


@dataclass(frozen=True)
class ConflictMeasure:
    """What is measured for one vessel and one stretch of VII.

    Attributes
    ----------
    distance_mm : float
        Between the surfaces; below 0 the vessel lies in the nerve's outline.
    interval_phantom_mm : tuple of float
        95 % on simulated series.
    interval_mm : tuple of float
        95 %, widened by a factor for real series that nobody has calibrated.
    p_contact : float
        That the surfaces touch, with the printed interval's spread.
    grades : dict
        Probability of ``0`` none, ``1`` contact, ``2`` displacement, ``3`` indentation.
    contact_length_mm, displacement_mm, indentation_mm : tuple of (middle, low, high)
        With the printed interval's spread.
    contributor : str
        Largest contributor to the interval, a code.
    reasons : tuple of str
        Why no number may be printed; empty when one may.
    """

    segment: Segment
    vessel: str
    distance_mm: float
    interval_phantom_mm: tuple[float, float]
    interval_mm: tuple[float, float]
    p_contact: float
    grades: dict[str, float]
    contact_length_mm: tuple[float, float, float]
    displacement_mm: tuple[float, float, float]
    indentation_mm: tuple[float, float, float]
    crossing_deg: float
    arc_mm: float
    nerve_point_mm: NDArray[np.float64]
    vessel_point_mm: NDArray[np.float64]
    spread: Spread
    contributor: str
    residual: float
    reasons: tuple[str, ...] = ()


def measure_conflict(
    pair: PairFit,
    nerve: NerveTrack,
    segment: Segment,
    vessel: str,
    span_mm: tuple[float, float],
    voxel_mm: NDArray[np.float64],
    rng: np.random.Generator,
    *,
    resolution_mm: float = 0.0,
    clicks_mm: float = 0.0,
) -> ConflictMeasure | None:
    """Measure one vessel against one stretch of VII.

    Parameters
    ----------
    pair : PairFit
        Fitted tubes.
    nerve : NerveTrack
        VII, for its course away from the vessel.
    segment, vessel
        Names for the result.
    span_mm : tuple of float
        The stretch, as arc length of VII.
    voxel_mm : ndarray
        Acquired voxel of the cisternogram.
    rng : Generator
        For the draws.
    resolution_mm, clicks_mm : float
        Standard deviations of the distance from these causes.

    Returns
    -------
    ConflictMeasure or None
        None where the fitted patch does not reach the stretch.
    """
    gap = limit("contact.gap_mm")
    found = _nearest(pair, pair.fit.values, span_mm, gap)
    if found is None:
        return None
    draws = _draws(pair, span_mm, gap, rng)
    moved = measure_displacement(nerve, found, pair.fit.bodies()[0].points_mm, pair.arc_mm)
    model = _model_sd(pair, voxel_mm, moved.value_mm)
    spread = _spread(draws, found, pair, resolution_mm, clicks_mm, model)
    factor = limit("interval.real_factor")
    distances = np.array([d.distance_mm for d in draws])
    widened = _widened(distances, found.distance_mm, factor * spread.total)
    shift = moved.value_mm + moved.sd_mm * rng.standard_normal(len(widened))
    # Nearer by this much, a longer stretch touches: the draws' own relation carries over.
    lengths = _contact_lengths(pair, span_mm, gap, widened - found.distance_mm)
    half = _Z95 * spread.total
    return ConflictMeasure(
        segment=segment,
        vessel=vessel,
        distance_mm=found.distance_mm,
        interval_phantom_mm=(found.distance_mm - half, found.distance_mm + half),
        interval_mm=(
            found.distance_mm - factor * half,
            found.distance_mm + factor * half,
        ),
        p_contact=float(_normal_below(gap, found.distance_mm, factor * spread.total)),
        grades=_grades(widened, shift, gap),
        contact_length_mm=_summary(lengths, found.contact_mm),
        displacement_mm=_summary(np.maximum(shift, 0.0), moved.value_mm),
        indentation_mm=_summary(np.maximum(-widened, 0.0), max(0.0, -found.distance_mm)),
        crossing_deg=found.crossing_deg,
        arc_mm=found.arc_mm,
        nerve_point_mm=found.first_mm,
        vessel_point_mm=found.second_mm,
        spread=spread,
        contributor=spread.largest(thick=float(voxel_mm.max()) > 1.4 * float(voxel_mm.min())),
        residual=pair.fit.residual,
        reasons=_gates(pair, spread),
    )


def _nearest(
    pair: PairFit, values: NDArray[np.float64], span: tuple[float, float], gap: float
) -> Nearest | None:
    shapes = pair.fit.bodies(values)
    return nearest_bodies(shapes[0], shapes[-1], pair.arc_mm, span, gap)


def _draws(
    pair: PairFit, span: tuple[float, float], gap: float, rng: np.random.Generator
) -> list[Nearest]:
    count = int(limit("interval.draws"))
    root = np.linalg.cholesky(pair.fit.covariance + 1e-12 * np.eye(len(pair.fit.values)))
    steps = rng.standard_normal((count, len(pair.fit.values))) @ root.T
    found = [_nearest(pair, pair.fit.values + step, span, gap) for step in steps]
    return [one for one in found if one is not None]


def _spread(
    draws: list[Nearest],
    found: Nearest,
    pair: PairFit,
    resolution_mm: float,
    clicks_mm: float,
    model_mm: float,
) -> Spread:
    distances = np.array([d.distance_mm for d in draws])
    own = float(np.sqrt(np.mean((distances - found.distance_mm) ** 2)))
    fused = len(pair.on) > 1
    return Spread(
        noise=limit("interval.fit_factor") * own,
        resolution=resolution_mm,
        clicks=clicks_mm,
        registration=0.0 if fused else limit("interval.registration_sd_mm"),
        model=model_mm,
    )


def _model_sd(pair: PairFit, voxel_mm: NDArray[np.float64], pushed_mm: float) -> float:
    """Return what smooth tubes cannot say: other sections, a dim wall, a nerve bent by a push."""
    coarse = float(np.prod(voxel_mm) ** (1.0 / 3.0)) / 0.5
    bodies = pair.fit.bodies()
    nerve, vessel = bodies[0], bodies[-1]
    # One oval is fitted to the whole patch; a real section turns and changes along the nerve.
    flat = float(np.hypot(*nerve.oval) * nerve.radii_mm.mean())
    floor = limit("interval.floor_mm") * coarse ** limit("interval.floor_power")
    wall = limit("interval.radius_share") * float(vessel.radii_mm.mean())
    push = limit("interval.push_share") * pushed_mm
    return float(np.linalg.norm([floor, limit("interval.oval_share") * flat, wall, push]))


def _widened(distances: NDArray[np.float64], centre: float, sd: float) -> NDArray[np.float64]:
    """Return the draws about ``centre`` with a given spread."""
    own = distances - distances.mean()
    scale = float(own.std()) or 1.0
    return np.asarray(centre + own * (sd / scale), dtype=np.float64)


def _contact_lengths(
    pair: PairFit, span: tuple[float, float], gap: float, shifts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the length that touches when all surfaces were nearer or farther by a shift."""
    shapes = pair.fit.bodies()
    lengths = []
    for shift in shifts:
        moved = nearest_bodies(shapes[0], shapes[-1], pair.arc_mm, span, gap - float(shift))
        lengths.append(0.0 if moved is None else moved.contact_mm)
    return np.array(lengths)


def _grades(
    distances: NDArray[np.float64], shift: NDArray[np.float64], gap: float
) -> dict[str, float]:
    touches = distances <= gap
    indented = touches & (distances <= -limit("grade.indentation_mm"))
    displaced = touches & ~indented & (shift >= limit("grade.displacement_mm"))
    shares = {
        "0": float(np.mean(~touches)),
        "2": float(np.mean(displaced)),
        "3": float(np.mean(indented)),
    }
    shares["1"] = max(0.0, 1.0 - sum(shares.values()))
    return {name: round(shares[name], 4) for name in "0123"}


def _summary(draws: NDArray[np.float64], middle: float) -> tuple[float, float, float]:
    low, high = np.percentile(draws, _ENDS)
    return (
        float(middle),
        min(float(low), float(middle)),
        max(float(high), float(middle)),
    )


def _normal_below(limit_mm: float, middle: float, sd: float) -> float:
    from scipy.special import ndtr

    return float(ndtr((limit_mm - middle) / max(sd, 1e-9)))


def _gates(pair: PairFit, spread: Spread) -> tuple[str, ...]:
    """Return why the fit gives no number: it is read by eye then."""
    reasons = []
    if pair.fit.residual > limit("fit.residual"):
        reasons.append(
            f"fit_residual: the picture holds more than tubes and fluid "
            f"({pair.fit.residual:.2f}; limit {limit('fit.residual'):.2f})"
        )
    if spread.total > limit("fit.sd_mm"):
        reasons.append(
            f"fit_uncertain: the distance has a spread of {spread.total:.2f} mm; "
            f"limit {limit('fit.sd_mm'):.2f}"
        )
    if pair.explained < limit("fit.explained"):
        reasons.append(
            f"fit_hidden: other structures hide all but {pair.explained:.0%} of the place; "
            f"limit {limit('fit.explained'):.0%}"
        )
    shapes = pair.fit.shapes()
    radius = float(np.mean(shapes[-1][1]))
    deepest = limit("fit.overlap") * min(radius, float(np.mean(shapes[0][1])))
    if pair.closest_mm() < -deepest:
        reasons.append(
            f"fit_overlap: nerve and vessel would lie {-pair.closest_mm():.2f} mm in each other; "
            f"limit {deepest:.2f} mm: one of the two courses is wrong"
        )
    if radius < limit("fit.radius_mm"):
        reasons.append(
            f"vessel_thin: a radius of {radius:.2f} mm cannot be measured; "
            f"limit {limit('fit.radius_mm'):.2f} mm"
        )
    return tuple(reasons)
