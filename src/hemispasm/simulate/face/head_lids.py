"""Lids that close by a known share of their gap, whatever else the face is doing.

The eyelids of linear face units cross each other when blink, squint and smile add up. Here the
upper lid is moved last: column by column along the fissure it takes the place that leaves the
wanted share of the resting gap, so the true gap is known and the margins meet without crossing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.face.head_files import Target

UPPER_MARGIN = (13364, 13369, 13371, 13359, 13352, 13353, 13358, 13357, 13356, 13355)
"""Mid-line of the left upper lid margin, inner to outer, in the MakeHuman base mesh."""

LOWER_MARGIN = (
    *(13365, 13360, 13361, 13362, 13378, 13367, 13368, 13370, 13372, 13373),
    *(13374, 13366, 13379, 13375, 13376, 13377),
)
MIDDLE = UPPER_MARGIN.index(13352)
OUTER_CANTHUS = 13377
INNER_CANTHUS = 13365

MM_PER_DM = 100.0
MIN_TRAVEL_SHARE = 0.5
"""A column is steered by itself when its blink travel is at least this share of its gap."""


@dataclass(frozen=True)
class Lids:
    """One eye's lids on a particular head.

    Attributes
    ----------
    upper, lower : ndarray of int
        Margin vertices from the nose outwards.
    index, delta_mm : ndarray (k,), (k, 3)
        Vertices that follow the upper lid, and their travel at full blink.
    place : ndarray (k,)
        Where each of them lies along the columns of ``upper``, as a fractional column.
    open_gap_mm : ndarray (columns,)
        Vertical gap of every column at rest; the middle one is the person's normal gap.
    sign : float
        +1 for the patient's left eye, -1 for the right.
    fall_mm : ndarray (columns,)
        How far the upper margin of every column comes down at full blink.
    """

    upper: NDArray[np.int64]
    lower: NDArray[np.int64]
    index: NDArray[np.int64]
    delta_mm: NDArray[np.float32]
    place: NDArray[np.float64]
    open_gap_mm: NDArray[np.float64]
    sign: float
    fall_mm: NDArray[np.float64]

    @property
    def normal_gap_mm(self) -> float:
        """Gap between the middles of the lid margins of the open eye, in millimetres."""
        return float(self.open_gap_mm[MIDDLE])

    def gaps_mm(self, xyz_mm: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the vertical gap of every column; negative where the margins cross."""
        return _gaps(xyz_mm, self.upper, self.lower, self.sign)

    def middle_gap_mm(self, xyz_mm: NDArray[np.float32]) -> float:
        """Return the gap between the middles of the lid margins, in millimetres."""
        return float(self.gaps_mm(xyz_mm)[MIDDLE])


def _gaps(
    xyz: NDArray[np.float32], upper: NDArray[np.int64], lower: NDArray[np.int64], sign: float
) -> NDArray[np.float64]:
    """Height of the upper margin over the lower one at the same distance from the nose."""
    out = np.maximum.accumulate(sign * xyz[lower, 0].astype(np.float64))
    below = np.interp(sign * xyz[upper, 0], out, xyz[lower, 1])
    return np.asarray(xyz[upper, 1] - below, dtype=np.float64)


def make_lids(
    xyz_mm: NDArray[np.float32],
    template: NDArray[np.float64],
    blink: Target,
    side_vertex: dict[int, int],
    sign: float,
) -> Lids:
    """Calibrate the lids of one eye on a person's mesh.

    Parameters
    ----------
    xyz_mm : ndarray, shape (v, 3)
        The person at rest.
    template : ndarray, shape (v, 3)
        The same vertices in the neutral template, decimetres.
    blink : Target
        This side's blink, with indices of this mesh.
    side_vertex : dict of int to int
        Where the named left-side vertices of the template, or their mirror images, lie.
    sign : float
        +1 left, -1 right.
    """
    upper = np.array([side_vertex[i] for i in UPPER_MARGIN])
    lower = np.array([side_vertex[i] for i in LOWER_MARGIN])
    at = template[blink.index]
    # The blink of the data also stirs the throat and the other side of the nose; an eyelid cannot.
    near = _ramp(sign * at[:, 0], 0.10, 0.15) * _ramp(-sign * at[:, 0], -0.58, -0.50)
    near *= _ramp(at[:, 1], 7.08, 7.12)
    keep = near > 0
    columns = sign * template[upper, 0]
    place = np.interp(sign * at[keep, 0], columns, np.arange(len(columns), dtype=np.float64))
    delta = (MM_PER_DM * near[keep, None] * blink.delta[keep]).astype(np.float32)
    row = {int(v): k for k, v in enumerate(blink.index[keep])}
    fall = -delta[[row[int(v)] for v in upper], 1]
    return Lids(
        upper=upper,
        lower=lower,
        index=blink.index[keep],
        delta_mm=delta,
        place=place,
        open_gap_mm=_gaps(xyz_mm, upper, lower, sign),
        sign=sign,
        fall_mm=fall.astype(np.float64),
    )


def _ramp(value: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """Return 0 below ``low``, 1 above ``high``."""
    return np.asarray(np.clip((value - low) / (high - low), 0.0, 1.0))


def close_lids(lids: Lids, xyz_mm: NDArray[np.float32], open_share: float) -> float:
    """Set the upper lid so that ``open_share`` of the normal gap is left, in place.

    Parameters
    ----------
    lids : Lids
    xyz_mm : ndarray, shape (v, 3)
        The face with every other unit already applied; changed in place.
    open_share : float
        0 shut, 1 the normal gap, above 1 wide.

    Returns
    -------
    float
        The gap between the middles of the lid margins afterwards, in millimetres.
    """
    wanted = max(open_share, 0.0) * lids.open_gap_mm
    travel = np.zeros(len(lids.upper))
    fall = lids.fall_mm
    own = fall > MIN_TRAVEL_SHARE * np.maximum(lids.open_gap_mm, 0.2)
    columns = np.arange(len(travel))
    start = xyz_mm[lids.index].copy()
    for _ in range(3):
        step = (lids.gaps_mm(xyz_mm) - wanted)[own] / fall[own]
        travel = travel + np.interp(columns, columns[own], step)
        along = np.interp(lids.place, columns, travel)
        xyz_mm[lids.index] = start + along[:, None].astype(np.float32) * lids.delta_mm
    return max(lids.middle_gap_mm(xyz_mm), 0.0)


def lift_over_eye(
    lids: Lids, xyz_mm: NDArray[np.float32], centre_mm: NDArray[np.float64], radius_mm: float
) -> None:
    """Push lid skin that sank into the eyeball forward to its surface, in place.

    Only the depth changes, so gaps keep their value.
    """
    at = xyz_mm[lids.index]
    flat = np.hypot(at[:, 0] - centre_mm[0], at[:, 1] - centre_mm[1])
    surface = centre_mm[2] + np.sqrt(np.maximum(radius_mm**2 - flat**2, 0.0))
    front = (at[:, 2] > centre_mm[2] + 0.45 * radius_mm) & (flat < 0.9 * radius_mm)
    sunk = front & (at[:, 2] < surface)
    xyz_mm[lids.index[sunk], 2] = surface[sunk].astype(np.float32)
