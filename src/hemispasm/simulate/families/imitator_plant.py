"""Family D, face: how skin and lids follow an order. Two lags in a row, slower on the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.event import EventKind
from hemispasm.model.side import Side
from hemispasm.model.truth import TruthEvent
from hemispasm.simulate.families.imitators import BOTH, PARTS, Score
from hemispasm.simulate.families.parameters import pair

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

GRID_HZ = 400.0
AFTER_S = 0.4
EDGE_SHARE = 0.1

KINDS: dict[str, str] = {
    "spontaneous_blink": EventKind.BLINK,
    "deliberate_wink": "wink",
    "blepharospasm": EventKind.FORCED_CLOSURE,
    "myokymia": EventKind.UNDETERMINED,
    "synkinesis": EventKind.SYNKINESIS,
    "spontaneous_smile": EventKind.VOLUNTARY,
    "tic": "tic",
    "chewing": EventKind.VOLUNTARY,
    "speech": "speech",
}
"""What each cause is called in the truth."""


def follow(command: NDArray[np.float64], there_s: float, back_s: float) -> NDArray[np.float64]:
    """Return what the skin does: two lags in a row, quick to follow, slow to let go.

    Examples
    --------
    >>> step = np.repeat([0.0, 1.0, 0.0], 400)
    >>> moved = follow(step, 0.02, 0.06)
    >>> bool(moved[799] > 0.99 and moved[399] == 0.0 and moved[820] > moved[480] * 0.2)
    True
    """
    there, back = 1.0 - np.exp(-1.0 / (GRID_HZ * there_s)), 1.0 - np.exp(-1.0 / (GRID_HZ * back_s))
    first = second = 0.0
    out = np.empty(len(command))
    for k, wanted in enumerate(command.tolist()):
        first += (there if wanted > first else back) * (wanted - first)
        second += (there if first > second else back) * (first - second)
        out[k] = second
    return out


def move_parts(score: Score) -> dict[tuple[str, Side], NDArray[np.float64]]:
    """Return the movement of each part and side on the fine grid, 0-1; silent parts are absent."""
    count = round(score.duration_s * GRID_HZ)
    moved: dict[tuple[str, Side], Array] = {}
    for part in PARTS:
        for side in BOTH:
            orders = [o for o in score.orders if o.part == part and o.side is side]
            if not orders:
                continue
            command = np.zeros(count)
            for order in orders:
                first, last = round(order.start_s * GRID_HZ), round(order.end_s * GRID_HZ)
                span = command[first : max(last, first + 1)]
                np.maximum(span, order.level, out=span)
            name = "lid" if part == "lid" else "skin"
            moved[part, side] = follow(command, *pair(f"plant.{name}_s"))
    return moved


def true_events(
    score: Score, moved: dict[tuple[str, Side], NDArray[np.float64]]
) -> tuple[TruthEvent, ...]:
    """Return every event: from the first to the last moment a part exceeds 10 % of its peak."""
    groups: dict[int, list[int]] = {}
    for k, order in enumerate(score.orders):
        groups.setdefault(order.event, []).append(k)
    events = []
    for members in groups.values():
        orders = [score.orders[k] for k in members]
        seen = [o for o in orders if (o.part, o.side) in moved]
        begin, end = orders[0].start_s, max(o.end_s for o in orders) + AFTER_S
        first, last = round(begin * GRID_HZ), round(end * GRID_HZ)
        edges = [_edges(moved[o.part, o.side][first:last]) for o in seen]
        edges = [edge for edge in edges if edge is not None]
        if not edges:
            continue
        sides = {o.side for o in orders}
        events.append(
            TruthEvent.model_validate(
                {
                    "kind": KINDS[orders[0].cause],
                    "side": Side.BOTH if len(sides) > 1 and not _one(score) else orders[0].side,
                    "start_s": round(begin + min(edge[0] for edge in edges if edge), 4),
                    "end_s": round(begin + max(edge[1] for edge in edges if edge), 4),
                    "cause": orders[0].cause,
                }
            )
        )
    return tuple(sorted(events, key=lambda event: event.start_s))


def _one(score: Score) -> bool:
    """Tell whether the strongest order names the side, as in a wink."""
    return score.imitator == "wink_series"


def _edges(part: Array) -> tuple[float, float] | None:
    if len(part) < 2 or np.ptp(part) < 1e-3:
        return None
    inside = np.flatnonzero(part - part.min() > EDGE_SHARE * np.ptp(part))
    return float(inside[0] / GRID_HZ), float(inside[-1] / GRID_HZ)
