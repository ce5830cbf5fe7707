"""The table of behaviour: its rows, its verdicts, its page, and the result that is kept."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from hemispasm.evidence import load_evidence, load_sources
from hemispasm.model.errors import UsageError
from hemispasm.validate import behaviour
from hemispasm.validate.behaviour import SEEDS, chosen_rows, validate_behaviour
from hemispasm.validate.behaviour_experiments import Experiment, load_experiments
from hemispasm.validate.behaviour_first_look import load_first_look
from hemispasm.validate.behaviour_page import render_behaviour
from hemispasm.validate.behaviour_report import BehaviourReport, judge_row
from hemispasm.validate.behaviour_scores import (
    Measured,
    mean_of,
    median_of,
    ratio_of_sums,
    share_of,
)
from hemispasm.validate.behaviour_table import USE_WORDS, load_rows
from hemispasm.validate.behaviour_tables import print_behaviour, show_within

KEPT = Path(__file__).parents[2] / "docs" / "data" / "behaviour.json"
ROWS = {row.number: row for row in load_rows()}


def measured(value: float | None) -> Measured:
    return Measured(value, None, 12, "patients")


def latency_report(value: float) -> BehaviourReport:
    rows = [
        judge_row(row, {"median_latency": measured(value)}, (1000, 1011))
        if row.number == 1
        else judge_row(row, "not asked for in this run", None)
        for row in load_rows()
    ]
    return BehaviourReport(
        hemispasm="0", plan="quick", seed_base=1000, fresh=False, rows=tuple(rows), cpu_seconds=1.0
    )


def test_the_table_has_27_rows_and_every_source_and_figure_resolves() -> None:
    assert [row.number for row in load_rows()] == list(range(1, 28))
    assert len({row.key for row in load_rows()}) == 27
    for row in load_rows():
        assert set(row.sources) <= set(load_sources()), row.key
        assert len({check.key for check in row.checks}) == len(row.checks)
        for check in row.checks:
            assert check.within[0] <= check.target <= check.within[1], (row.key, check.key)
            assert check.evidence is None or check.evidence in load_evidence()


def test_what_may_be_fitted_is_what_was_written_down_first() -> None:
    used = {use: {r.number for r in load_rows() if r.use == use} for use in USE_WORDS}
    assert used["fit"] == {1, 4, 7, 10, 12, 14, 17, 18, 22}
    assert used["must"] == {26}
    held = {row.number for row in load_first_look().rows if row.use == "hold_out"}
    assert used["hold_out"] | used["seen"] == held
    pooled = {check.key: check.use for check in ROWS[19].checks}
    assert {use for key, use in pooled.items() if key.startswith("pooled")} == {"fit"}
    assert {use for key, use in pooled.items() if key.startswith("centre_a")} == {None}


def test_every_row_belongs_to_an_experiment_and_experiments_have_names_of_their_own() -> None:
    names = [experiment.name for experiment in load_experiments()]
    assert len(names) == len(set(names))
    assert {n for e in load_experiments() for n in e.rows} == set(ROWS)


def test_both_ends_of_a_tolerance_belong_to_it() -> None:
    for value, passed in ((8.0, True), (10.1, True), (10.11, False), (7.99, False)):
        result = judge_row(ROWS[1], {"median_latency": measured(value)}, (1, 2))
        assert result.passed is passed


def test_a_row_fails_with_one_check_out_and_says_which() -> None:
    found = {"ephaptic_jitter": measured(0.1), "nuclear_jitter": measured(0.2)}
    result = judge_row(ROWS[9], found, (1, 2))
    assert result.passed is False
    assert result.reason == "nuclear_jitter: 0.2 outside 0.3 to 5"


def test_a_check_with_nothing_to_count_fails_a_row_that_was_tried() -> None:
    found = {"ephaptic_jitter": measured(0.1), "nuclear_jitter": measured(None)}
    result = judge_row(ROWS[9], found, (1, 2))
    assert result.passed is False
    assert result.reason == "nuclear_jitter: nothing to count"


def test_a_row_that_was_not_tried_neither_passes_nor_fails() -> None:
    result = judge_row(ROWS[3], "not asked for in this run", None)
    assert (result.passed, result.verdict, result.seeds) == (None, "not tried", None)
    assert result.reason == "not asked for in this run"


def test_numbers_over_patients_carry_their_intervals() -> None:
    rng = np.random.default_rng(1)
    share = share_of([True] * 93 + [False] * 7, "patients")
    assert share.value == 93.0
    assert share.interval is not None
    assert 86.0 < share.interval[0] < 88.0
    assert median_of([np.nan, *range(11)], "nerves").n == 11
    assert mean_of([2.0, np.nan, 4.0], "patients", rng).value == 3.0
    assert ratio_of_sums([(1.0, 2.0), (3.0, 6.0)], "patients", rng).value == 2.0
    assert share_of([], "patients").value is None
    assert median_of([np.nan], "nerves").value is None


@pytest.mark.parametrize("base", [700, 1600, 2000, 49_000, 59_900])
def test_seeds_that_leave_their_range_are_refused(base: int) -> None:
    with pytest.raises(UsageError, match="cannot start"):
        validate_behaviour(quick=True, seed_base=base, workers=1)


@pytest.mark.parametrize("base", [49_600, 50_000, 50_999])
def test_seeds_that_are_spent_are_refused_with_the_reason(base: int) -> None:
    with pytest.raises(UsageError, match="50000 to 50999 are spent, as the model was mended"):
        validate_behaviour(quick=True, seed_base=base, workers=1)
    assert SEEDS.check(SEEDS.base) == 52_000


def test_a_row_that_is_not_in_the_table_is_refused() -> None:
    assert chosen_rows(None) == set(ROWS)
    with pytest.raises(UsageError, match="no row '28'"):
        chosen_rows("28")


def test_a_run_asks_only_for_the_chosen_rows_and_keeps_every_seed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[int, bool]] = []

    def observe(seed: int, quick: bool) -> float:
        asked.append((seed, quick))
        return 9.0

    made = (
        Experiment("first", (1,), 9, 7, 1.0, observe, lambda seen, _: {
            (1, "median_latency"): median_of(seen, "patients")}),
        Experiment("second", (2,), 9, 7, 1.0, lambda *_: 1 / 0, lambda *_: {}),
    )  # fmt: skip
    monkeypatch.setattr(behaviour, "load_experiments", lambda: made)
    lines: list[str] = []
    report = validate_behaviour(quick=True, seed_base=0, workers=1, only="1", told=lines.append)
    assert sorted(asked) == [(seed, True) for seed in range(7)]
    first, second = report.rows[:2]
    assert (first.passed, first.seeds, first.checks[0].n) == (True, (0, 6), 7)
    assert second.verdict == "not tried"
    assert lines[-1] == "first 7/7"
    assert (report.fresh, report.count(True), report.failed) == (False, 1, ())


def test_a_report_survives_the_way_through_json_and_onto_page_and_screen() -> None:
    report = latency_report(11.0)
    text = report.model_dump_json(by_alias=True)
    assert json.loads(text)["schema"] == "hemispasm.behaviour/1"
    assert BehaviourReport.model_validate_json(text) == report
    page = render_behaviour(report)
    assert "this is no validation" in page
    assert "outside 8 to 10.1" in page
    console = Console(record=True, width=160, file=io.StringIO())
    print_behaviour(report, console)
    shown = console.export_text()
    assert "Row 1, FAIL: median_latency: 11 outside 8 to 10.1." in shown
    assert "SEEDS OPEN TO TUNING" in shown
    assert "0 of 27 rows pass, 1 fail, 26 not tried" in shown


def test_limits_of_our_own_are_marked_with_an_asterisk() -> None:
    assumed = judge_row(ROWS[24], {"rate_ratio": measured(2.0)}, (1, 2)).checks[0]
    published = judge_row(ROWS[1], {"median_latency": measured(9.0)}, (1, 2)).checks[0]
    assert show_within(assumed) == "1.5 to 100 *"
    assert show_within(published) == "8 to 10.1 ms"


def test_the_kept_result_has_the_rows_of_the_table_and_stands_on_release_seeds() -> None:
    kept = BehaviourReport.model_validate_json(KEPT.read_text(encoding="utf-8"))
    assert (kept.plan, kept.fresh, kept.seed_base) == ("full", True, SEEDS.base)
    for row, result in zip(load_rows(), kept.rows, strict=True):
        assert (row.number, row.key, row.use, row.level) == (
            result.number, result.key, result.use, result.level,
        )  # fmt: skip
        assert (row.rescored, row.seen_because) == (result.rescored, result.seen_because)
        for check, got in zip(row.checks, result.checks, strict=True):
            assert (check.key, check.target, check.within) == (got.key, got.target, got.within)
            assert got.passed is (None if got.value is None else check.holds(got.value))
        assert row.observation == result.observation


def test_the_kept_healthy_nerve_is_healthy() -> None:
    kept = BehaviourReport.model_validate_json(KEPT.read_text(encoding="utf-8"))
    assert next(row for row in kept.rows if row.number == 26).passed


def test_healthy_hours_and_nights_of_few_patients_behave() -> None:
    report = validate_behaviour(quick=True, seed_base=1000, workers=1, only="26")
    healthy = next(row for row in report.rows if row.number == 26)
    assert healthy.passed, healthy.reason
