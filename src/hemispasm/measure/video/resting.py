"""Findings of the resting face: the lid gap, the mouth's height, time with an eye closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.measure.video.detect import column_keys
from hemispasm.measure.video.limits import event_limit
from hemispasm.measure.video.observed import LEVEL, METHOD, Observed, SideKey, side_fields
from hemispasm.model import Finding, Mirrored, TaskMark
from hemispasm.stats import fraction_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.video.facesignals import FaceSignals
    from hemispasm.measure.video.motion import Motion


def findings_from_signals(
    signals: FaceSignals,
    motion: Motion,
    observed: Observed,
    tasks: tuple[TaskMark, ...],
    mirrored: Mirrored,
) -> tuple[Finding, ...]:
    """Return the findings that need no events.

    Returns
    -------
    tuple of Finding
        Per half-face: time with the eye closed, resting asymmetry of lid gap and mouth height,
        and, when the gentle-closure task was done, the gap that stayed open.
    """
    resting = np.zeros(motion.time_s.size, dtype=bool)
    for start, end in observed.rest_spans:
        resting |= (motion.time_s >= start) & (motion.time_s <= end)
    resting &= motion.valid
    found: list[Finding] = []
    if not resting.any():
        return ()
    for column, key in enumerate(column_keys(mirrored)):
        found.append(_closed_fraction(motion, resting, observed, column, key))
        found += _asymmetry(signals, motion, resting, observed, column, key)
        found += _open_gap(motion, tasks, observed, column, key)
    return tuple(found)


def _finding(observed: Observed, key: SideKey, **fields: Any) -> Finding:
    return Finding(
        quality=fields.pop("quality", observed.grade),
        method=METHOD,
        recording=observed.recording,
        **side_fields(key),
        **fields,
    )


def _closed_fraction(
    motion: Motion, resting: NDArray[np.bool_], observed: Observed, column: int, key: SideKey
) -> Finding:
    closed = motion.closure[resting, column] >= 0.5
    # Closures last about a third of a second: that many frames are one independent look.
    looks = resting.sum() / max(1.0, motion.frame_rate_hz / 3)
    value = float(closed.mean())
    ends = fraction_interval(value * looks, looks)
    return _finding(
        observed,
        key,
        code="video.eye_closed_fraction",
        value=round(value, 4),
        unit="1",
        interval=(round(ends.low, 4), round(ends.high, 4)),
        level=LEVEL,
    )


def _asymmetry(
    signals: FaceSignals,
    motion: Motion,
    resting: NDArray[np.bool_],
    observed: Observed,
    column: int,
    key: SideKey,
) -> list[Finding]:
    quiet = resting & (motion.plain.max(axis=1) < event_limit("quiet_closure"))
    if quiet.sum() < 2 * motion.frame_rate_hz:
        return []
    mine = signals.aperture[quiet, column].astype(float)
    theirs = signals.aperture[quiet, 1 - column].astype(float)
    gap = np.log(np.maximum(mine, 1e-3) / np.maximum(theirs, 1e-3))
    centre = float(np.median(gap))
    # The mesh itself is uneven by a few per cent on even faces (method limit, not noise).
    bias = event_limit("aperture_bias")
    ends = np.exp(np.array([centre - bias, centre + bias])) - 1
    found = [
        _finding(
            observed,
            key,
            code="video.resting_aperture_asymmetry",
            value=round(float(np.exp(centre) - 1), 4),
            unit="1",
            interval=(round(float(ends[0]), 4), round(float(ends[1]), 4)),
            level=LEVEL,
        )
    ]
    height = signals.mouth_height
    if height is not None and np.isfinite(height[quiet]).any():
        difference = height[quiet, column] - height[quiet, 1 - column]
        value = float(np.nanmedian(difference))
        spread = event_limit("mouth_bias_iod")
        found.append(
            _finding(
                observed,
                key,
                code="video.resting_mouth_asymmetry",
                value=round(value, 4),
                unit="1",
                interval=(round(value - spread, 4), round(value + spread, 4)),
                level=LEVEL,
            )
        )
    return found


def _open_gap(
    motion: Motion, tasks: tuple[TaskMark, ...], observed: Observed, column: int, key: SideKey
) -> list[Finding]:
    gaps = []
    for task in tasks:
        if task.task != "gentle_closure":
            continue
        inside = (motion.time_s >= task.start_s) & (motion.time_s <= task.end_s) & motion.valid
        if inside.sum() >= 5:
            gaps.append(1 - float(np.percentile(motion.closure[inside, column], 90)))
    if not gaps:
        return []
    value = float(np.clip(np.median(gaps), 0, 1))
    spread = event_limit("closure_error")
    return [
        _finding(
            observed,
            key,
            code="video.incomplete_closure",
            value=round(value, 4),
            unit="1",
            interval=(round(max(0.0, value - spread), 4), round(min(1.0, value + spread), 4)),
            level=LEVEL,
        )
    ]
