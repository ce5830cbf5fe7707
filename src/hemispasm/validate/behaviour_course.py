"""Rows on months and years: first spasms, decompression, toxin, no treatment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.simulate.course import rows
from hemispasm.validate.behaviour_experiments import Experiment
from hemispasm.validate.behaviour_scores import Measured, mean_of, median_of, share_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.simulate.course.rows import (
        Decompressed,
        Presented,
        ToxinCohort,
        Untreated,
    )
    from hemispasm.validate.behaviour_experiments import Scores

COHORT, QUICK_COHORT = 4000, 400
OPERATED_COHORT = 12_000
"""Recurrences of one per cent need many patients."""

ASKED, QUICK_ASKED = 20_000, 4000
"""Patients of a clinic, of whom few stay untreated."""

TOXIN_COHORT, QUICK_TOXIN_COHORT = 400, 60
PUBLISHED_RELIEF = (62, 28, 38, 25, 17, 5)
"""Patients of centre A by the time to relief, as row 17 says."""

YEAR_D = 365.25

YEARS_TO_FINAL_RESULT = 2.3
"""As short as a cohort may be followed."""


@dataclass(frozen=True)
class Operated:
    """Cohorts of the two profiles of centres.

    Attributes
    ----------
    centre_a, pooled : Decompressed
        Each judged as the centre judges.
    centre_a_by_pooled : Decompressed
        Operated in centre A, judged as the pooled studies judge.
    """

    centre_a: Decompressed
    pooled: Decompressed
    centre_a_by_pooled: Decompressed


def observe_operated(seed: int, quick: bool) -> Operated:
    """Decompress a cohort in each centre."""
    n = QUICK_COHORT if quick else OPERATED_COHORT
    return Operated(
        rows.decompressed_cohort(n, seed, "centre_a"),
        rows.decompressed_cohort(n, seed, "pooled"),
        rows.decompressed_cohort(
            n, seed, "centre_a", judged_by="pooled", years=YEARS_TO_FINAL_RESULT
        ),
    )


def score_operated(seen: Sequence[Operated], rng: np.random.Generator) -> Scores:
    """Return rows 15 to 21."""
    (both,) = seen
    scores = dict(_answers_after(both.pooled))
    scores |= _relief(both.centre_a, rng)
    scores |= _by_spread("centre_a", both.centre_a_by_pooled, both.centre_a)
    scores |= _by_spread("pooled", both.pooled)
    scores |= _silence(both.centre_a, rng)
    scores |= _recurrence(both.pooled)
    return scores


def _answers_after(people: Decompressed) -> Scores:
    """Return rows 15 and 16: of those who had before what is gone after."""
    found: dict[tuple[int, str], Measured] = {}
    both_ways, firing = people.directions_before == 2, people.afterdischarge_before
    spread = "patients with lateral spread both ways before, pooled centres"
    after = "patients with afterdischarge before, pooled centres"
    for number, ways, discharge in (
        (15, people.directions_week, people.afterdischarge_week),
        (16, people.directions_months, people.afterdischarge_months),
    ):
        found[number, "ephaptic_gone"] = share_of(ways[both_ways] == 0, spread)
        found[number, "ephaptic_one_way"] = share_of(ways[both_ways] == 1, spread)
        found[number, "afterdischarge_gone"] = share_of(~discharge[firing], after)
    return found


def _relief(people: Decompressed, rng: np.random.Generator) -> Scores:
    """Return rows 17 and 18."""
    cured = (people.outcome == "complete") & np.isfinite(people.relief_day)
    days = people.relief_day[cured]
    counts = relief_counts(days)
    shares = 100.0 * counts / max(counts.sum(), 1)
    drawn = [
        chi_square_p(relief_counts(rng.choice(days, len(days))))
        for _ in range(200 if len(days) else 0)
    ]
    interval = tuple(np.percentile(drawn, [2.5, 97.5])) if drawn else None
    p = Measured(
        chi_square_p(counts) if len(days) else None,
        None if interval is None else (float(interval[0]), float(interval[1])),
        len(days),
        "patients cured in the end, centre A",
        "simulated shares " + ", ".join(f"{share:.0f}" for share in shares) + " %",
    )
    who = "patients, centre A"
    return {
        (17, "chi_square_p"): p,
        (18, "complete"): share_of(people.outcome == "complete", who),
        (18, "partial"): share_of(people.outcome == "partial", who),
        (18, "none"): share_of(people.outcome == "none", who),
    }


def relief_counts(days: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how many patients were relieved in each published span of time.

    Examples
    --------
    >>> relief_counts(np.array([1.0, 20.0, 400.0])).tolist()
    [1, 1, 0, 0, 0, 1]
    """
    return np.bincount(np.searchsorted(rows.RELIEF_EDGES_D, days, "right"), minlength=6)


def chi_square_p(counts: NDArray[np.int64]) -> float:
    """Return the p of the published patients against the shares of the simulated ones.

    Examples
    --------
    >>> chi_square_p(np.array([6200, 2800, 3800, 2500, 1700, 500]))
    1.0
    """
    from scipy.special import chdtrc

    published = np.array(PUBLISHED_RELIEF, dtype=float)
    # Half a patient in an empty span keeps the sum finite and still damning.
    shares = np.maximum(counts, 0.5) / np.maximum(counts, 0.5).sum()
    expected = shares * published.sum()
    return float(chdtrc(len(published) - 1, float(((published - expected) ** 2 / expected).sum())))


def _by_spread(centre: str, people: Decompressed, own: Decompressed | None = None) -> Scores:
    """Return row 19 of one profile; ``own`` are the same patients as the centre itself judges."""
    found: dict[tuple[int, str], Measured] = {}
    for state, kept in (("kept", True), ("gone", False)):
        for when in ("discharge", "year"):
            note = ""
            if own is not None and (strict := _spasm(own, kept, when)).size:
                note = f"{100.0 * float(strict.mean()):.0f} % as it counts itself"
            found[19, f"{centre}_{state}_{when}"] = share_of(
                _spasm(people, kept, when), f"patients with the response {state}", note
            )
    return found


def _spasm(people: Decompressed, kept: bool, when: str) -> NDArray[np.bool_]:
    """Return who has spasms, of the patients whose monitored response was kept or went."""
    these = people.lsr_before & (people.lsr_at_end == kept)
    return {"discharge": people.spasm_discharge, "year": people.spasm_1_year}[when][these]


def _silence(people: Decompressed, rng: np.random.Generator) -> Scores:
    """Return row 20: of those whose spasms went completely, as in the source."""
    cured = (people.outcome == "complete") & np.isfinite(people.relief_day)
    silent = people.silent_days[cured]
    of_all = 100.0 * float(np.isfinite(people.silent_days).mean())
    note = f"{of_all:.0f} % of all who were operated"
    who = "patients with complete relief, centre A"
    return {
        (20, "share"): share_of(np.isfinite(silent), who, note),
        (20, "mean_length"): mean_of(silent, "silent periods", rng),
    }


def _recurrence(people: Decompressed) -> Scores:
    """Return row 21: of those relieved, from the operation."""
    since = people.recurrence_day[np.isfinite(people.relief_day)]
    found: dict[tuple[int, str], Measured] = {}
    for key, years in (("one_year", 1), ("two_years", 2), ("five_years", 5)):
        found[21, key] = share_of(since <= years * YEAR_D, "relieved patients, pooled centres")
    return found


def observe_presented(seed: int, quick: bool) -> Presented:
    """Let patients come to a clinic."""
    return rows.clinic_cohort(QUICK_COHORT if quick else COHORT, seed)


def score_presented(seen: Sequence[Presented], _: np.random.Generator) -> Scores:
    """Return rows 12 and 13."""
    (people,) = seen
    return {
        (12, "upper_face"): share_of(people.upper_first, "patients of a clinic"),
        (13, "both_regions"): share_of(people.both_regions, "patients of a clinic"),
    }


def observe_untreated(seed: int, quick: bool) -> Untreated:
    """Leave patients alone for twelve years."""
    return rows.untreated_cohort(QUICK_ASKED if quick else ASKED, seed)


def score_untreated(seen: Sequence[Untreated], _: np.random.Generator) -> Scores:
    """Return row 27."""
    (people,) = seen
    who = f"who stayed untreated of {people.asked} of a clinic"
    return {
        (27, change): share_of(people.change == change, who)
        for change in ("worse", "same", "better", "remission")
    }


def observe_toxin(seed: int, quick: bool) -> ToxinCohort:
    """Inject patients ten times."""
    return rows.toxin_cohort(QUICK_TOXIN_COHORT if quick else TOXIN_COHORT, seed)


def score_toxin(seen: Sequence[ToxinCohort], _: np.random.Generator) -> Scores:
    """Return rows 22 and 23."""
    (people,) = seen
    weeks = people.duration_weeks
    return {
        (22, "onset"): median_of(people.onset_d, "patients"),
        (22, "duration"): median_of(weeks[:, 0], "patients"),
        (22, "plateau"): median_of(100.0 * people.block_at_20_units, "patients"),
        (23, "last_to_first"): median_of(weeks[:, -1] / weeks[:, 0], "patients"),
    }


COURSE_EXPERIMENTS = (
    Experiment("decompression", tuple(range(15, 22)), 1, 1, 30.0, observe_operated, score_operated),
    Experiment("first visit", (12, 13), 1, 1, 5.0, observe_presented, score_presented),
    Experiment("no treatment", (27,), 1, 1, 10.0, observe_untreated, score_untreated),
    Experiment("toxin", (22, 23), 1, 1, 10.0, observe_toxin, score_toxin),
)
"""Experiments over months and years."""
