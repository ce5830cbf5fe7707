"""The table of behaviour on the terminal, and its words for every other place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table

from hemispasm.validate.behaviour_bar import ROWS_TO_PASS, bar_words, hold_bar, tally_rows
from hemispasm.validate.behaviour_first_look import load_first_look
from hemispasm.validate.behaviour_table import USE_MEANINGS, USE_WORDS, load_rows

if TYPE_CHECKING:
    from rich.console import Console

    from hemispasm.validate.behaviour_report import BehaviourReport, CheckResult, RowResult

CHANGED = "Scored anew or marked anew since the first look"
UNIT_WORDS = {"1": "", "%": " %", "{event}": ""}


def show_amount(value: float, unit: str) -> str:
    """Return a number with the digits that its unit deserves.

    Examples
    --------
    >>> show_amount(9.126, "ms"), show_amount(43.21, "%"), show_amount(0.0, "{event}")
    ('9.13', '43.2', '0')
    """
    digits = {"ms": 2, "%": 1, "1": 2, "/s": 0, "d": 1, "wk": 1}.get(unit, 0)
    return f"{value + 0.0:.{digits}f}"


def show_value(check: CheckResult) -> str:
    """Return value, unit and interval, a dash where there is none."""
    if check.value is None:
        return "-"
    shown = show_amount(check.value, check.unit) + unit_words(check.unit)
    if check.interval is None:
        return shown
    low, high = (show_amount(end, check.unit) for end in check.interval)
    return f"{shown} ({low} to {high})"


def show_within(check: CheckResult) -> str:
    """Return the tolerance as it is printed; an asterisk where the limits are ours."""
    low, high = (f"{end:g}" for end in check.within)
    words = low if low == high else f"{low} to {high}"
    return words + unit_words(check.unit) + (" *" if check.assumed else "")


def show_use(row: RowResult, check: CheckResult) -> str:
    """Return whether a check may be fitted; only where it differs from its row."""
    return "" if check.use == row.use else f" [{USE_WORDS[check.use]}]"


def unit_words(unit: str) -> str:
    """Return a unit with the space before it."""
    return UNIT_WORDS.get(unit, f" {unit}")


def reason_words(row: RowResult) -> str:
    """Return which checks of a row do not hold, and what is known of the reason."""
    why = next((one.why for one in load_rows() if one.number == row.number), "")
    return f"{row.reason}. {why}" if row.passed is False and why else f"{row.reason}."


def changed_words(row: RowResult) -> str:
    """Return how a row's standing changed since the first look: its tag, its scoring."""
    return " ".join(words for words in (row.seen_because, row.rescored) if words)


def summary_words(report: BehaviourReport) -> str:
    """Return how many rows pass, fail and were not tried.

    Hold-out rows are counted by themselves as well: only they are a test.
    """
    held = [report.count(outcome, "hold_out") for outcome in (True, False, None)]
    return (
        f"{report.count(True)} of {len(report.rows)} rows pass, {report.count(False)} fail, "
        f"{report.count(None)} not tried; of the hold-out rows {held[0]} pass, {held[1]} fail, "
        f"{held[2]} not tried."
    )


def first_look_words() -> str:
    """Return where the first look was taken."""
    look = load_first_look()
    return (
        f"The first look was at code {look.code} on seeds from {look.seed_base}; seeds "
        f"{look.seeds[0]} to {look.seeds[1]} are spent with it."
    )


def group_words(report: BehaviourReport) -> tuple[str, ...]:
    """Return how many rows of each use pass, beside how many did at the first look."""
    return tuple(
        f"{tally.name[0].upper()}{tally.name[1:]}: {tally.passed} of {tally.rows} pass"
        + (f", {tally.not_tried} not tried" if tally.not_tried else "")
        + f"; at the first look {tally.passed_first}."
        for tally in tally_rows(report)
    )


def bar_lines(report: BehaviourReport) -> tuple[str, ...]:
    """Return the bar, and whether it is kept in each way of counting."""
    bar = (
        f"Bar: at least {ROWS_TO_PASS} rows pass, all hold-out rows are tried, none of them fails."
    )
    return (bar, *(bar_words(one) for one in hold_bar(report)))


def show_first(check: CheckResult) -> str:
    """Return the value of the first look with its unit, a dash where there was none."""
    if check.first_value is None:
        return "-"
    return show_amount(check.first_value, check.unit) + unit_words(check.unit)


def print_behaviour(report: BehaviourReport, console: Console) -> None:
    """Print the table, what failed and why, and on which seeds."""
    table = Table(title="Does it behave like hemifacial spasm?", box=SIMPLE_HEAD,
                  title_justify="left", padding=(0, 1, 0, 0))  # fmt: skip
    for name in ("row", "observation", "use", "value (95 % interval)", "published", "accepted", "n",
                 "first look", ""):  # fmt: skip
        table.add_column(name, overflow="fold", no_wrap=name in ("row", "use", "n", ""))
    for row in report.rows:
        style = {True: None, False: "bold red", None: "dim"}[row.passed]
        table.add_row(
            str(row.number), f"{row.observation} ({row.level})", USE_WORDS[row.use], "", "", "", "",
            row.first_verdict, row.verdict, style=style,
        )  # fmt: skip
        for check in row.checks:
            table.add_row(
                "", f"  {check.statement}{show_use(row, check)}", "", show_value(check),
                f"{check.target:g}{unit_words(check.unit)}", show_within(check), str(check.n or ""),
                show_first(check), "" if check.passed is not False else "out", style="dim",
            )  # fmt: skip
    console.print(table)
    for row in report.rows:
        if row.reason:
            console.print(f"Row {row.number}, {row.verdict}: {reason_words(row)}")
        if row.passed is not None and changed_words(row):
            console.print(f"Row {row.number}, since the first look: {changed_words(row)}")
    kind = "fresh seeds" if report.fresh else "SEEDS OPEN TO TUNING, this is no validation"
    console.print(f"{summary_words(report)} Seeds from {report.seed_base} ({kind}).")
    for line in (*group_words(report), *bar_lines(report)):
        console.print(line)
    console.print(f"Seen: {USE_MEANINGS['seen']}. {first_look_words()}")
    console.print("* the limits are ours: the source gives words and no numbers.")
    console.print(report.footer)
