"""Those of a clinic's patients whom nobody treats: who they are, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from hemispasm.simulate.course.laws import KNOT_DAYS, follow_steps, laws_of
from hemispasm.simulate.course.parameters import default_settings
from hemispasm.simulate.course.patient import spasm_rate
from hemispasm.simulate.course.patients import KNOTS_PER_YEAR, draw_patients, drive_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.course.parameters import CourseSettings

    Floats = NDArray[np.float64]

CHANGES = ("worse", "same", "better", "remission")


@dataclass(frozen=True)
class Untreated:
    """Those of a clinic's patients who stayed without treatment, years after their first spasms.

    Attributes
    ----------
    change : ndarray of str
        ``worse``, ``same``, ``better`` or ``remission``, against the visit.
    remission_years : ndarray of float
        From the first spasms to the last, where they have gone; nan otherwise.
    asked : int
        Patients of the clinic from whom these are left.
    """

    change: NDArray[np.str_]
    remission_years: Floats
    asked: int


def untreated_cohort(
    n: int, seed: int, settings: CourseSettings | None = None, *, years: float = 12.0
) -> Untreated:
    """Follow patients of a clinic who are not treated.

    Who has many spasms soon wants to be rid of them: a patient is treated at a rate that rises with
    the spasms, and leaves. Whose spasms are few, or gone, stays.

    Parameters
    ----------
    n, seed : int
        How many come to the clinic, and which; few of them stay untreated.
    settings : CourseSettings, optional
        Defaults with changes.
    years : float
        From the first spasms; at least as many after the visit as the settings say, and never more
        than the vessel is drawn for.

    Returns
    -------
    Untreated

    Examples
    --------
    >>> set(untreated_cohort(200, seed=1).change.tolist()) <= set(CHANGES)
    True
    """
    chosen = settings or default_settings()
    people = draw_patients(n, seed, chosen)
    laws, steps = laws_of(chosen), people.vessel.shape[1] - 1
    vessel, start = people.vessel[:, 1:], np.zeros(n, dtype=np.int64)
    states = follow_steps(vessel, start, people.state, KNOT_DAYS, people.traits, laws)
    now = np.stack([part[:, None] for part in people.state])
    drive = np.hstack([
        drive_of(people.vessel[:, :1], now, people.traits, laws),
        drive_of(vessel, states, people.traits, laws),
    ])  # fmt: skip
    rate = spasm_rate(np.maximum(drive - 1.0, 0.0), chosen)
    after = np.maximum(years - people.duration_years, chosen.number("untreated.years_after_visit"))
    last = np.minimum(np.ceil(after * KNOTS_PER_YEAR), steps).astype(np.int64)
    rows = np.arange(n)
    wanted = chosen.number("untreated.treated_per_year") / KNOTS_PER_YEAR * np.cumsum(rate, axis=1)
    # The wish of each half year counts from its beginning: nothing is treated before the visit.
    stays = wanted[rows, last - 1] < -np.log(ndtr(people.normal("untreated")))
    final = rate[rows, last]
    spasms = (rate > 0.0) & (np.arange(steps + 1) <= last[:, None])
    gone = people.duration_years + (steps - np.argmax(spasms[:, ::-1], axis=1)) / KNOTS_PER_YEAR
    change = _changes(rate[:, 0], final, chosen.number("judged.changed_by"))
    return Untreated(change[stays], np.where(final > 0.0, np.nan, gone)[stays], n)


def _changes(before: Floats, after: Floats, by: float) -> NDArray[np.str_]:
    ratio = after / before
    kind = np.where(ratio > 1.0 + by, 0, np.where(ratio >= 1.0 - by, 1, 2))
    named: NDArray[np.str_] = np.array(CHANGES)[np.where(after <= 0.0, 3, kind)]
    return named
