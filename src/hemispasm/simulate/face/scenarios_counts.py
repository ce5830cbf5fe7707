"""Spasms of one recording without any picture: for questions that need hundreds of patients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.simulate.face.parameters import number
from hemispasm.simulate.face.scenarios_spasms import build_spasm, draw_starts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.face.scenarios import Scenario

LOOKS = 12


@dataclass(frozen=True)
class SpasmTimes:
    """When the spasms of one recording came.

    Attributes
    ----------
    rate_per_min : float
        The patient's own long-run rate: what an interval for the rate should cover.
    session_rate_per_min : float
        The rate on this day.
    start_s, end_s : ndarray, shape (n,)
        Spasms that began within the recording.
    duration_s : float
        Length of the recording.
    """

    rate_per_min: float
    session_rate_per_min: float
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    duration_s: float


def simulate_face_events(
    scenario: Scenario,
    rng: np.random.Generator,
    duration_s: float | None = None,
    *,
    session_cv: float | None = None,
) -> SpasmTimes:
    """Return spasm times with overdispersed counts.

    Two things spread the counts more than a Poisson process does: the patient's rate varies from
    session to session (gamma with coefficient of variation ``session_cv``, mean 1), and pauses
    within a session are gamma-distributed with a shape below 1 after a dead time. The expected
    count is rate x duration, as long as the spasms leave room for a pause.

    Parameters
    ----------
    scenario : Scenario
        With spasms; ``rate_per_min`` is the patient's own rate.
    duration_s : float, optional
        Length of the recording; the scenario's when None.
    session_cv : float, optional
        0 for a patient whose rate never changes; the parameter file's when None.

    Examples
    --------
    >>> from hemispasm.simulate.face.scenarios import Scenario
    >>> found = simulate_face_events(Scenario("hfs", rate_per_min=12), np.random.default_rng(1), 60)
    >>> bool((found.end_s > found.start_s).all())
    True
    """
    length = scenario.duration_s if duration_s is None else duration_s
    rate = number("spasm.rate_per_min") if scenario.rate_per_min is None else scenario.rate_per_min
    cv = number("spasm.session_cv") if session_cv is None else session_cv
    session = rate * float(rng.gamma(cv**-2, cv**2)) if cv > 0.0 else rate
    if session <= 0.0:
        return SpasmTimes(rate, session, np.zeros(0), np.zeros(0), length)
    looks, timing = rng.spawn(2)
    lengths = np.array([build_spasm(scenario, looks).duration_s for _ in range(LOOKS)])
    starts = draw_starts(lengths, session, length, timing)
    ends = starts + lengths[np.arange(len(starts)) % len(lengths)]
    return SpasmTimes(rate, session, starts, ends, length)
