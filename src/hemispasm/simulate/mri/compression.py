"""One dial, one patient: what the compression of the nerve looks like on the pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hemispasm.simulate.mri.parameters import number

if TYPE_CHECKING:
    from hemispasm.simulate.mri.options import Conflict


def conflict_of(compression: float, conflict: Conflict) -> Conflict:
    """Return a conflict with the distance and displacement that a compression stands for.

    Parameters
    ----------
    compression : float
        0 to 1, the same number that drives the simulated face and EMG. 0: the vessel passes at
        a gap. Above 0 it touches; the signed distance falls linearly to its value at 1
        (indentation); above a limit the nerve is also pushed aside, linearly. The numbers stand
        in ``parameters.toml`` under ``state`` and are assumed: no study links them.
    conflict : Conflict
        Vessel, segment and course.

    Examples
    --------
    >>> from hemispasm.simulate.mri.options import Conflict
    >>> conflict_of(0.0, Conflict()).distance_mm, conflict_of(1.0, Conflict()).displacement_mm
    (1.5, 1.6)
    """
    if compression <= 0.0:
        return replace(conflict, distance_mm=number("state.free_gap_mm"), displacement_mm=0.0)
    first = number("state.displacement_from")
    pushed = max(0.0, compression - first) / (1.0 - first)
    return replace(
        conflict,
        distance_mm=compression * number("state.distance_at_full_mm"),
        displacement_mm=pushed * number("state.displacement_at_full_mm"),
    )
