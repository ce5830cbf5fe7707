"""A validation of everything on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table

from hemispasm.validate.whole_rows import FAMILIES

if TYPE_CHECKING:
    from rich.console import Console

    from hemispasm.validate.whole import PartResult, WholeReport
    from hemispasm.validate.whole_rows import AccuracyRow, BesideRow

VERDICTS = {True: "kept", False: "NOT kept", None: ""}
_DIGITS = {"1": 3, "%": 1, "mm": 3, "ms": 2, "/min": 2, "s": 2, "MB": 0}


def show_observed(row: AccuracyRow | BesideRow, unit: str) -> str:
    """Return value, unit and interval, a dash where there is none.

    Examples
    --------
    >>> from hemispasm.validate.whole_rows import BesideRow
    >>> show_observed(BesideRow(tool="t", value=0.91, interval=(0.88, 0.93)), "1")
    '0.910 (0.880 to 0.930)'
    """
    if row.value is None:
        return "-"
    digits = 0 if unit.startswith("{") else _DIGITS.get(unit, 2)
    tail = "" if unit == "1" or unit.startswith("{") else f" {unit}"
    shown = f"{row.value:.{digits}f}{tail}"
    if row.interval is None:
        return shown
    return f"{shown} ({row.interval[0]:.{digits}f} to {row.interval[1]:.{digits}f})"


def show_beside(row: AccuracyRow) -> str:
    """Return what the usual ways score, in one line."""
    return "; ".join(f"{one.tool} {show_observed(one, row.unit)}" for one in row.beside)


def accuracy_table(part: PartResult) -> Table:
    """Return the scores of one part that carry a bar or have something beside them."""
    table = Table(
        title=f"{part.title}: {part.count(True)} kept, {part.count(False)} not kept",
        box=SIMPLE_HEAD, padding=(0, 1, 0, 0), title_justify="left",
    )  # fmt: skip
    for name in ("score", "family", "value (95 % interval)", "n", "bar", "", "beside"):
        table.add_column(name, overflow="fold")
    for row in part.rows:
        if not (row.expected or row.beside):
            continue
        table.add_row(
            f"{row.key} {row.material}".strip(), row.family, show_observed(row, row.unit),
            str(row.n or ""), row.expected, VERDICTS[row.passed], show_beside(row),
            style="bold red" if row.passed is False else None,
        )  # fmt: skip
    return table


def print_all(report: WholeReport, console: Console) -> None:
    """Print each part's promises, then machine, seeds and verdict."""
    for part in report.parts:
        console.print(accuracy_table(part))
    console.print("; ".join(f"family {letter}: {words}" for letter, words in FAMILIES.items()))
    machine = report.machine
    console.print(
        f"hemispasm {report.hemispasm}, code {machine.code}; {machine.system}, {machine.python}, "
        f"{machine.cores} cores. Began {report.began}; {report.seconds:.0f} s."
    )
    stale = [part.name for part in report.parts if not part.fresh]
    if stale:
        console.print(f"TUNING SEEDS, this is no validation: {', '.join(stale)}.")
    if report.left_out:
        console.print(f"Left out: {', '.join(report.left_out)}.")
    failed = report.failed
    words = f"Not kept ({len(failed)}): {'; '.join(failed)}." if failed else "Every bar was kept."
    console.print(words)
    console.print(report.footer)
