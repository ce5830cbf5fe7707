"""How many rows pass, by what they may be used for, and whether the bar is kept.

The bar was set before anything was fitted: at least 22 of the 27 rows pass, and with them every
hold-out row that is tried. A row marked ``seen`` was a hold-out then and counts as fitted now, so
the bar is held both ways, and beside it at the looks before: at the first, every hold-out was one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hemispasm.validate.behaviour_first_look import load_second_look

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hemispasm.validate.behaviour_report import BehaviourReport, RowResult

ROWS_TO_PASS = 22


@dataclass(frozen=True)
class Tally:
    """How many rows of a group pass, fail and were not tried, and how many passed at first."""

    name: str
    passed: int
    failed: int
    not_tried: int
    passed_first: int

    @property
    def rows(self) -> int:
        """Rows of the group."""
        return self.passed + self.failed + self.not_tried


@dataclass(frozen=True)
class Bar:
    """The bar under one way of counting.

    Attributes
    ----------
    name : str
        Which way.
    passed, rows : int
        Of all rows.
    missed, untried : tuple of int
        Numbers of the hold-out rows that fail, and of those not tried.
    hold_outs : int
        Rows that count as hold-outs in this way.
    """

    name: str
    passed: int
    rows: int
    missed: tuple[int, ...]
    untried: tuple[int, ...]
    hold_outs: int

    @property
    def enough(self) -> bool:
        """Whether as many rows pass as the bar asks for."""
        return self.passed >= ROWS_TO_PASS

    @property
    def kept(self) -> bool:
        """Whether enough rows pass, all hold-outs were tried, and none of them fails."""
        return self.enough and not self.missed and not self.untried


def tally_rows(report: BehaviourReport) -> tuple[Tally, ...]:
    """Return the rows in the groups that mean different things; groups without rows are left out.

    Parameters
    ----------
    report : BehaviourReport
        A run.

    Returns
    -------
    tuple of Tally
        Fit and must; seen; hold-outs that passed at the first look; hold-outs that failed there
        and for which nothing was changed.
    """
    rows = report.rows
    held = [row for row in rows if row.use == "hold_out"]
    groups = (
        ("fit and must", [row for row in rows if row.use in ("fit", "must")]),
        ("seen", [row for row in rows if row.use == "seen"]),
        ("hold-out, never seen to fail", [row for row in held if row.first_look is not False]),
        ("hold-out, failed at the first look", [row for row in held if row.first_look is False]),
    )
    return tuple(_tally(name, group) for name, group in groups if group)


def hold_bar(report: BehaviourReport) -> tuple[Bar, ...]:
    """Return the bar with seen rows as fitted, as hold-outs, and at the two looks before."""
    rows = report.rows
    now = {row.number: row.passed for row in rows}
    first = {row.number: row.first_look for row in rows}
    failed = load_second_look().failed
    second: dict[int, bool | None] = {row.number: row.number not in failed for row in rows}
    pure = [row.number for row in rows if row.use == "hold_out"]
    all_of_them = [row.number for row in rows if row.use in ("hold_out", "seen")]
    return (
        _bar("seen rows counted as fitted", now, pure),
        _bar("seen rows counted as the hold-outs they were", now, all_of_them),
        _bar("at the second look", second, all_of_them),
        _bar("at the first look", first, all_of_them),
    )


def bar_words(bar: Bar) -> str:
    """Return one way of counting as a sentence.

    Examples
    --------
    >>> bar_words(Bar("at the first look", 17, 27, (5, 6), (), 17))
    'At the first look: 17 of 27 rows pass, 15 of 17 hold-out rows pass (not 5, 6). Not kept.'
    """
    good = bar.hold_outs - len(bar.missed) - len(bar.untried)
    lost = [f"not {_numbers(bar.missed)}"] if bar.missed else []
    lost += [f"not tried: {_numbers(bar.untried)}"] if bar.untried else []
    aside = f" ({'; '.join(lost)})" if lost else ""
    return (
        f"{bar.name[0].upper()}{bar.name[1:]}: {bar.passed} of {bar.rows} rows pass, {good} of "
        f"{bar.hold_outs} hold-out rows pass{aside}. {'Kept' if bar.kept else 'Not kept'}."
    )


def _bar(name: str, passed: dict[int, bool | None], hold_outs: list[int]) -> Bar:
    return Bar(
        name,
        passed=sum(one is True for one in passed.values()),
        rows=len(passed),
        missed=tuple(number for number in hold_outs if passed[number] is False),
        untried=tuple(number for number in hold_outs if passed[number] is None),
        hold_outs=len(hold_outs),
    )


def _tally(name: str, rows: Iterable[RowResult]) -> Tally:
    group = list(rows)
    return Tally(
        name,
        passed=sum(row.passed is True for row in group),
        failed=sum(row.passed is False for row in group),
        not_tried=sum(row.passed is None for row in group),
        passed_first=sum(row.first_look is True for row in group),
    )


def _numbers(rows: tuple[int, ...]) -> str:
    return ", ".join(str(row) for row in rows)
