"""Microvascular decompression: what it takes away, and how centres differ.

A centre is a profile: how often its operations free the nerve, and how strictly it says
spasm-free. Published centres differ in both far beyond chance, so no profile is the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import ndtr

from hemispasm.model.errors import UsageError
from hemispasm.simulate.course.laws import Operations
from hemispasm.simulate.course.parameters import DEFAULTS, default_settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.course.parameters import CourseSettings
    from hemispasm.simulate.course.patients import Patients

Result = Literal["complete", "partial", "failed"]
RESULTS: tuple[Result, ...] = ("complete", "partial", "failed")
CENTRES = ("centre_a", "pooled")


@dataclass(frozen=True)
class Decompression:
    """One operation.

    Attributes
    ----------
    day : int
        From the visit at which the course begins.
    result : str, optional
        ``complete``, ``partial`` or ``failed``: what it does to the pressure. By default it is
        drawn as the patient's centre operates.
    """

    day: int
    result: Result | None = None


@dataclass(frozen=True)
class CentreProfile:
    """How a centre operates and counts.

    Attributes
    ----------
    name : str
    criterion : float
        Drive from which it counts a spasm; 1 is where spasms begin, less is stricter.
    complete, partial : float
        Shares of operations; the rest fail.
    intervals : mapping of str to pair
        Central 95 % of the values that fit its published results about as well.
    """

    name: str
    criterion: float
    complete: float
    partial: float
    intervals: dict[str, tuple[float, float]]

    @property
    def failed(self) -> float:
        """Share of operations that leave the pressure."""
        return max(0.0, 1.0 - self.complete - self.partial)


def centre_profile(name: str, settings: CourseSettings | None = None) -> CentreProfile:
    """Return a centre's profile.

    Parameters
    ----------
    name : str
        ``centre_a`` (one centre, 175 patients timed until spasm-free) or ``pooled`` (reviews).
    settings : CourseSettings, optional
        Defaults with changes.

    Raises
    ------
    UsageError
        There is no such centre (``unknown_choice``).

    Examples
    --------
    >>> 0.0 <= centre_profile("pooled").failed < 0.3
    True
    """
    if name not in CENTRES:
        raise UsageError(
            "unknown_choice", f"{name!r} is no centre here.", f"Choose one of {', '.join(CENTRES)}."
        )
    chosen = settings or default_settings()
    values = {
        part: chosen.number(f"{name}.{part}") for part in ("criterion", "complete", "partial")
    }
    intervals = {
        part: interval
        for part in values
        if (interval := DEFAULTS[f"{name}.{part}"].interval) is not None
    }
    return CentreProfile(name, **values, intervals=intervals)


def draw_results(
    people: Patients, profile: CentreProfile, settings: CourseSettings | None = None
) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """Return what the operation of each patient would do.

    Returns
    -------
    result : ndarray of int8
        Index into `RESULTS`.
    relieved : ndarray of float
        Share of the pressure that it takes away, 0 to 1.
    """
    rank = ndtr(people.normal("result"))
    result = (rank >= profile.complete).astype(np.int8)
    result += (rank >= profile.complete + profile.partial).astype(np.int8)
    return result, relieved_share(people, result, settings)


def relieved_share(
    people: Patients, result: NDArray[np.int8], settings: CourseSettings | None = None
) -> NDArray[np.float64]:
    """Return the share of the pressure that an operation of a known result takes away."""
    chosen = settings or default_settings()
    parts = np.array([chosen.pair(f"relief.{name}") for name in RESULTS])
    middle, spread = parts[result, 0], parts[result, 1]
    share: NDArray[np.float64] = np.clip(middle + spread * people.normal("relieved"), 0.0, 1.0)
    return share


def days_until_lost(people: Patients, settings: CourseSettings | None = None) -> NDArray[np.int64]:
    """Return how long the relief of an operation holds; -1 where it holds for good.

    What was put between vessel and nerve may slip, or the vessel finds another way round it.

    Returns
    -------
    ndarray of int
        Days from the operation.

    Examples
    --------
    >>> from hemispasm.simulate.course.patients import draw_patients
    >>> held = days_until_lost(draw_patients(400, seed=1)) < 0
    >>> bool(held.mean() > 0.9)
    True
    """
    chosen = settings or default_settings()
    lost = ndtr(people.normal("slip")) < chosen.number("recompression.chance")
    years = -chosen.number("recompression.years") * np.log(ndtr(people.normal("slip_day")))
    days: NDArray[np.int64] = np.where(lost, 1 + np.floor(365.25 * years), -1).astype(np.int64)
    return days


def operate_all(
    day: int | NDArray[np.int64],
    relieved: NDArray[np.float64],
    lost_after: NDArray[np.int64] | None = None,
) -> Operations:
    """Return one operation for each patient; a day of -1 is none.

    ``lost_after`` counts from the operation, as `days_until_lost` gives it.
    """
    days = np.broadcast_to(np.asarray(day, dtype=np.int64), relieved.shape)
    after = np.full(relieved.shape, -1) if lost_after is None else lost_after
    lost = np.where((days >= 0) & (after >= 0), days + after, -1).astype(np.int64)
    one = (-1, 1)
    return Operations(
        days.reshape(one).copy(), relieved.reshape(one).copy(), lost.reshape(one).copy()
    )


def operate_nobody(n: int) -> Operations:
    """Return no operation for each of some patients."""
    return operate_all(-1, np.zeros(n))
