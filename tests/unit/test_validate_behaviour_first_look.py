"""The first look at the table of behaviour stays beside every later one, and so does the bar."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from hemispasm.validate.behaviour import SEEDS
from hemispasm.validate.behaviour_bar import Bar, bar_words, hold_bar, tally_rows
from hemispasm.validate.behaviour_first_look import load_first_look, load_second_look
from hemispasm.validate.behaviour_page import render_behaviour
from hemispasm.validate.behaviour_report import BehaviourReport, RowResult, judge_row
from hemispasm.validate.behaviour_scores import Measured
from hemispasm.validate.behaviour_table import USE_MEANINGS, Use, load_rows
from hemispasm.validate.behaviour_tables import bar_lines, group_words, print_behaviour, show_first

FAILED_AT_FIRST = (5, 6, 9, 11, 13, 15, 19, 21, 25, 27)
ROWS = {row.number: row for row in load_rows()}


def judged(number: int, passed: bool | None, use: Use, rescored: str = "") -> RowResult:
    row = ROWS[number].model_copy(update={"use": use, "rescored": rescored})
    if passed is None:
        return judge_row(row, "not asked for in this run", None)
    found = {
        check.key: Measured(check.target if passed else 1e6, None, 12, "patients")
        for check in row.checks
    }
    return judge_row(row, found, (51_000, 51_011))


def report_of(rows: list[RowResult]) -> BehaviourReport:
    return BehaviourReport(
        hemispasm="0", plan="full", seed_base=SEEDS.base, fresh=True, rows=tuple(rows),
        cpu_seconds=1.0,
    )  # fmt: skip


def mended_report() -> BehaviourReport:
    """Row 1 was fitted, 2 foretold, 5 and 9 mended (9 in vain), 13 failed as it did at first."""
    return report_of([
        judged(1, True, "fit"),
        judged(2, True, "hold_out"),
        judged(5, True, "seen", "Fibres that discharge anyway are left out."),
        judged(9, False, "seen"),
        judged(13, False, "hold_out"),
        judged(26, True, "must"),
    ])  # fmt: skip


def test_the_first_look_holds_every_row_and_check_as_it_was_found() -> None:
    look = load_first_look()
    assert (look.code, look.seed_base, look.hemispasm) == ("13d8f71", 50_000, "0.1.0")
    spent = [(seeds.start, seeds.stop - 1) for seeds, _ in SEEDS.spent]
    assert spent == [look.seeds, load_second_look().seeds]
    assert [row.number for row in look.rows] == [row.number for row in load_rows()]
    assert {row.number for row in look.rows if not row.passed} == {
        5,
        6,
        9,
        11,
        13,
        15,
        19,
        21,
        25,
        27,
    }
    for first in look.rows:
        row = ROWS[first.number]
        assert set(first.values) <= {check.key for check in row.checks}
        nothing = len(first.values) < len(row.checks)
        held = all(check.holds(first.values[check.key]) for check in row.checks
                   if check.key in first.values)  # fmt: skip
        assert first.passed is (held and not nothing)
    assert look.of(99) is None


def test_only_hold_outs_become_seen_and_one_that_had_passed_says_why() -> None:
    for row in load_rows():
        first = load_first_look().of(row.number)
        assert first is not None
        if row.use == "seen":
            assert first.use == "hold_out", row.number
            assert bool(row.seen_because) is first.passed, row.number
        else:
            assert (row.use, row.seen_because) == (first.use, ""), row.number


def test_a_row_that_failed_and_was_scored_anew_is_no_hold_out_any_more() -> None:
    anew = [row for row in load_rows() if row.rescored]
    assert {row.number for row in anew} >= {9, 11, 20, 25}
    for row in anew:
        first = load_first_look().of(row.number)
        assert first is not None
        assert first.passed or row.use != "hold_out", row.number


def test_rows_are_counted_apart_by_what_they_may_prove() -> None:
    found = {tally.name: tally for tally in tally_rows(mended_report())}
    assert [*found] == [
        "fit and must", "seen", "hold-out, never seen to fail",
        "hold-out, failed at the first look",
    ]  # fmt: skip
    assert (found["fit and must"].passed, found["fit and must"].rows) == (2, 2)
    assert (found["seen"].passed, found["seen"].failed, found["seen"].passed_first) == (1, 1, 0)
    assert found["hold-out, never seen to fail"].passed_first == 1
    assert found["hold-out, failed at the first look"].failed == 1
    assert "Seen: 1 of 2 pass; at the first look 0." in group_words(mended_report())


def test_the_bar_is_held_with_seen_rows_as_fitted_as_hold_outs_and_at_first() -> None:
    fitted, held, second, first = hold_bar(mended_report())
    assert second.missed == (5,)
    assert (fitted.passed, fitted.hold_outs, fitted.missed) == (4, 2, (13,))
    assert (held.passed, held.hold_outs, held.missed) == (4, 4, (9, 13))
    assert (first.passed, first.hold_outs, first.missed) == (3, 4, (5, 9, 13))
    assert not any(bar.kept for bar in (fitted, held, second, first))


def test_the_bar_needs_the_number_every_hold_out_tried_and_none_missed() -> None:
    good = Bar("now", passed=22, rows=27, missed=(), untried=(), hold_outs=9)
    assert good.kept
    assert bar_words(good).endswith("22 of 27 rows pass, 9 of 9 hold-out rows pass. Kept.")
    assert not replace(good, passed=21).kept
    assert not replace(good, missed=(6,)).kept
    untried = replace(good, untried=(27,))
    assert not untried.kept
    assert "8 of 9 hold-out rows pass (not tried: 27). Not kept." in bar_words(untried)


def test_the_first_look_of_the_table_itself_missed_the_bar() -> None:
    rows = [judged(number, True, row.use) for number, row in ROWS.items()]
    _, _, second, first = hold_bar(report_of(rows))
    assert (second.passed, second.missed) == (23, load_second_look().failed)
    assert (first.passed, first.hold_outs) == (17, 17)
    assert first.missed == FAILED_AT_FIRST
    assert not first.kept


def test_every_row_shows_its_first_look_on_screen_and_page() -> None:
    report = mended_report()
    by_number = {row.number: row for row in report.rows}
    assert (by_number[5].first_verdict, by_number[2].first_verdict) == ("failed", "passed")
    assert by_number[5].rescored == "Fibres that discharge anyway are left out."
    assert [show_first(check) for check in by_number[9].checks] == ["3.61 ms", "0.55 ms"]
    assert show_first(by_number[5].checks[1]) == "-"
    console = Console(record=True, width=200, file=io.StringIO())
    print_behaviour(report, console)
    screen, page = " ".join(console.export_text().split()), render_behaviour(report)
    for words in (
        *bar_lines(report),
        "code 13d8f71 on seeds from 50000",
        "Fibres that discharge anyway are left out.",
        USE_MEANINGS["seen"],
    ):
        assert words in screen
        assert words in page
    assert "first look: failed" in page


def test_a_row_younger_than_the_first_look_was_not_tried_there() -> None:
    young = judge_row(ROWS[2].model_copy(update={"number": 28}), "not asked for in this run", None)
    assert (young.first_look, young.first_verdict) == (None, "not tried")
    assert show_first(young.checks[0]) == "-"
