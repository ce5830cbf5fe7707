"""Where the movements of a scenario add up, on one fine time grid."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.side import Side

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.recording import TaskMark
    from hemispasm.model.truth import TruthEvent

GRID_HZ = 240.0
"""Movements are made on this grid and sampled at the frame times, so the same patient can be
filmed at any frame rate."""

SIDES = (Side.LEFT, Side.RIGHT)
LEAD_S = 1.0


def sided(name: str, side: Side) -> str:
    """Return the unit name of one side: ``sided("eyeBlink", Side.LEFT)`` is ``eyeBlinkLeft``."""
    return f"{name}{side.value.capitalize()}"


@dataclass
class Canvas:
    """Collects movements. Lid closures multiply (an eye cannot close twice); units add.

    ``lid_gain`` and ``unit_gain`` weaken one side; spasms are put in at their final strength and
    pass by the gains (``weakened=False``).
    """

    duration_s: float
    time_s: NDArray[np.float64] = field(init=False)
    units: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    open_share: dict[Side, NDArray[np.float64]] = field(init=False)
    spasm: dict[Side, NDArray[np.bool_]] = field(init=False)
    lid_gain: dict[Side, float] = field(default_factory=lambda: dict.fromkeys(SIDES, 1.0))
    unit_gain: dict[Side, float] = field(default_factory=lambda: dict.fromkeys(SIDES, 1.0))
    rest_gap: dict[Side, float] = field(default_factory=lambda: dict.fromkeys(SIDES, 1.0))
    pose: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    events: list[TruthEvent] = field(default_factory=list)
    tasks: list[TaskMark] = field(default_factory=list)
    values: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = int(np.ceil((self.duration_s + LEAD_S) * GRID_HZ)) + 1
        self.time_s = np.arange(n) / GRID_HZ
        self.open_share = {side: np.ones(n) for side in SIDES}
        self.spasm = {side: np.zeros(n, dtype=np.bool_) for side in SIDES}

    def _span(self, start_s: float, n: int) -> tuple[slice, slice]:
        """Return the part of the canvas, and of ``n`` values, that overlap."""
        first = round(start_s * GRID_HZ)
        begin, end = max(first, 0), min(first + n, len(self.time_s))
        return slice(begin, max(end, begin)), slice(begin - first, max(end, begin) - first)

    def close_lid(
        self, side: Side, start_s: float, closure: NDArray[np.float64], *, weakened: bool = True
    ) -> None:
        """Close one eye by ``closure`` (fraction of the gap, grid steps from ``start_s``)."""
        here, there = self._span(start_s, len(closure))
        gain = self.lid_gain[side] if weakened else 1.0
        self.open_share[side][here] *= 1.0 - np.clip(gain * closure[there], 0.0, 1.0)

    def move(
        self,
        name: str,
        side: Side | None,
        start_s: float,
        activation: NDArray[np.float64],
        *,
        weakened: bool = True,
    ) -> None:
        """Add activation to a unit; ``side`` None for units without a side, BOTH for both."""
        sides = SIDES if side is Side.BOTH else (side,)
        for one in sides:
            key = name if one is None else sided(name, one)
            gain = self.unit_gain[one] if (weakened and one is not None) else 1.0
            row = self.units.setdefault(key, np.zeros(len(self.time_s)))
            here, there = self._span(start_s, len(activation))
            row[here] += gain * activation[there]

    def mark_spasm(self, side: Side, start_s: float, end_s: float) -> None:
        """Flag the time of a spasm."""
        self.spasm[side] |= (self.time_s >= start_s) & (self.time_s <= end_s)

    def closure(self, side: Side) -> NDArray[np.float64]:
        """Return the total closure of one eye, 0 open to 1 shut."""
        return 1.0 - self.open_share[side]
