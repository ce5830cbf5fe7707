"""How much deeper or shallower the spasms of a later visit are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from hemispasm.model import EventKind, Finding, FindingsDocument
from hemispasm.stats import Interval, shift_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

DEPTH = "video.spasm_closure"
TOO_FEW = "too_few_spasms: four at each visit suffice, or eight at one and two at the other"
UNLIKE = "unlike_calibration: only one of the two visits has a closure of the eyes on request"

# Expert rule: how far the depth of the same spasms differs from sitting to sitting (posture, light,
# what the eye's own closure was taken for), one standard deviation of one recording.
REPEAT_DEPTH = 0.05


def compare_depth(
    old: Finding, new: Finding, earlier: FindingsDocument, later: FindingsDocument
) -> Interval | str:
    """Return the interval of later minus earlier depth, or why there is none.

    The median of fewer than six spasms has no interval of its own; the shift between two visits
    can have one, because every spasm of one visit is held against every spasm of the other.

    Parameters
    ----------
    old, new : Finding
        ``video.spasm_closure`` of one side at both visits.
    earlier, later : FindingsDocument
        With their events.
    """
    if old.extra("calibrated") != new.extra("calibrated"):
        return UNLIKE
    change = float(new.value or 0.0) - float(old.value or 0.0)
    found = depth_interval(change, depths_of(earlier, old), depths_of(later, new))
    return TOO_FEW if found is None else found


def depth_interval(
    change: float, earlier: Sequence[float], later: Sequence[float], level: float = 0.95
) -> Interval | None:
    """Return the interval of a change of the median depth, None where spasms are too few.

    Examples
    --------
    >>> shallow = depth_interval(-0.5, [0.8, 0.75, 0.9, 0.7], [0.2, 0.3, 0.25, 0.35])
    >>> [round(end, 2) for end in shallow.pair]
    [-0.74, -0.3]
    >>> depth_interval(-0.5, [0.8, 0.75, 0.9], [0.2, 0.3, 0.25]) is None
    True
    """
    shift = shift_interval(earlier, later, level)
    if shift is None:
        return None
    extra = float(ndtri(0.5 + level / 2)) * 2**0.5 * REPEAT_DEPTH
    # The shift is that of all differences; the difference of the medians lies among them.
    low, high = min(shift.low, change), max(shift.high, change)
    return Interval(
        change - float(np.hypot(change - low, extra)),
        change + float(np.hypot(high - change, extra)),
        level,
    )


def depths_of(document: FindingsDocument, finding: Finding) -> list[float]:
    """Return the peak closure of every spasm at rest on the finding's side."""
    rate = rate_of(document, finding)
    spans = () if rate is None else rate.extra("rest_spans") or ()
    return [
        event.measures["peak_closure"]
        for event in document.events
        if event.kind == EventKind.SPASM
        and event.side == finding.side
        and "peak_closure" in event.measures
        and any(a <= event.start_s <= b for a, b in spans)
    ]


def rate_of(document: FindingsDocument, finding: Finding) -> Finding | None:
    """Return the rate of the finding's side."""
    return next(
        (f for f in document.findings if f.code == "video.spasm_rate" and f.side == finding.side),
        None,
    )
