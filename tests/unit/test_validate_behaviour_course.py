"""Rows over months and years are counted as their sources count: of whom, and by whose word."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from hemispasm.validate import behaviour_course as course
from hemispasm.validate.behaviour_course import (
    Operated,
    chi_square_p,
    score_operated,
    score_untreated,
)

RNG = np.random.default_rng(0)


def operated(n: int = 8, **changes: Any) -> Any:
    """Return patients in whom everything went well at once, but for the changes."""
    no, yes = np.zeros(n, dtype=bool), np.ones(n, dtype=bool)
    plain = {
        "relief_day": np.zeros(n), "outcome": np.full(n, "complete"),
        "lsr_before": yes, "lsr_at_end": no,
        "directions_before": np.full(n, 2), "directions_week": np.zeros(n, dtype=int),
        "directions_months": np.zeros(n, dtype=int),
        "afterdischarge_before": yes, "afterdischarge_week": no, "afterdischarge_months": no,
        "spasm_discharge": no, "spasm_1_year": no,
        "silent_days": np.full(n, np.nan), "recurrence_day": np.full(n, np.nan),
    }  # fmt: skip
    return SimpleNamespace(**(plain | changes))


def scored(**centres: Any) -> Any:
    names = ("centre_a", "pooled", "centre_a_by_pooled")
    return score_operated([Operated(**{n: centres.get(n, operated()) for n in names})], RNG)


def test_what_disappears_is_counted_of_those_who_had_it_before() -> None:
    pooled = operated(
        directions_before=np.array([2, 2, 2, 2, 1, 1, 0, 0]),
        directions_week=np.array([0, 1, 1, 2, 0, 0, 0, 0]),
        afterdischarge_before=np.array([True] * 4 + [False] * 4),
        afterdischarge_week=np.array([True] + [False] * 7),
    )
    found = scored(pooled=pooled)
    assert (found[15, "ephaptic_gone"].value, found[15, "ephaptic_gone"].n) == (25.0, 4)
    assert found[15, "ephaptic_one_way"].value == 50.0
    assert (found[15, "afterdischarge_gone"].value, found[15, "afterdischarge_gone"].n) == (75.0, 4)
    assert found[16, "ephaptic_gone"].value == 100.0


def test_silence_is_counted_of_those_whose_spasms_went_completely() -> None:
    silent = np.array([1.0, 3.0, np.nan, np.nan, 2.0, np.nan, np.nan, np.nan])
    people = operated(
        silent_days=silent,
        outcome=np.array(["complete"] * 4 + ["partial"] * 4),
        relief_day=np.array([5.0, 9.0, 0.0, 0.0, np.nan, np.nan, np.nan, np.nan]),
    )
    found = scored(centre_a=people)
    assert (found[20, "share"].value, found[20, "share"].n) == (50.0, 4)
    assert found[20, "share"].note == "38 % of all who were operated"
    assert (found[20, "mean_length"].value, found[20, "mean_length"].n) == (2.0, 2)


def test_centre_a_is_judged_by_those_who_published_the_figure() -> None:
    kept = np.array([True] * 4 + [False] * 4)
    strict = operated(lsr_at_end=kept, spasm_discharge=np.ones(8, dtype=bool))
    mild = operated(lsr_at_end=kept, spasm_discharge=np.array([True, True] + [False] * 6))
    found = scored(centre_a=strict, centre_a_by_pooled=mild)
    kept_share = found[19, "centre_a_kept_discharge"]
    assert (kept_share.value, kept_share.n) == (50.0, 4)
    assert kept_share.note == "100 % as it counts itself"
    assert found[19, "centre_a_gone_discharge"].value == 0.0
    assert found[19, "pooled_gone_discharge"].note == ""


def test_who_had_no_monitored_response_is_no_part_of_the_row_on_it() -> None:
    monitored = np.array([True] * 6 + [False] * 2)
    found = scored(pooled=operated(lsr_before=monitored))
    assert found[19, "pooled_gone_year"].n == 6
    assert found[19, "pooled_kept_year"].value is None


def test_untreated_patients_say_of_how_many_they_are_left() -> None:
    people: Any = SimpleNamespace(
        change=np.array(["worse", "same", "same", "remission"]), asked=4000
    )
    found = score_untreated([people], RNG)
    assert found[27, "same"].value == 50.0
    assert found[27, "same"].of == "who stayed untreated of 4000 of a clinic"


def test_times_to_relief_far_from_the_published_ones_are_refused() -> None:
    assert chi_square_p(np.array([62, 28, 38, 25, 17, 5])) == pytest.approx(1.0)
    assert chi_square_p(np.array([175, 0, 0, 0, 0, 0])) < 1e-6


def test_a_cohort_asks_for_both_ways_of_judging(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, dict[str, Any]]] = []

    def cohort(n: int, seed: int, centre: str, **given: Any) -> Any:
        asked.append((centre, given))
        return operated()

    monkeypatch.setattr(course.rows, "decompressed_cohort", cohort)
    course.observe_operated(3, quick=True)
    assert [centre for centre, _ in asked] == ["centre_a", "pooled", "centre_a"]
    assert asked[2][1]["judged_by"] == "pooled"
