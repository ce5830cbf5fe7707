"""An imaging validation on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table

from hemispasm.validate.imaging_statistics import OURS
from hemispasm.validate.tables import WIDE_ENOUGH

if TYPE_CHECKING:
    from rich.console import Console

    from hemispasm.validate.imaging import ImagingValidationReport
    from hemispasm.validate.imaging_statistics import ImagingScore

TITLES = {
    "iso_half": "0.5 mm isotropic",
    "slices_10": "0.6 x 0.6 x 1.0 mm",
    "slices_15": "0.5 x 0.5 x 1.5 mm: a category, no number",
    "slices_20": "0.8 x 0.8 x 2.0 mm: refused",
    "organic": "Second family, never tuned on, 0.5 mm isotropic",
    "attached": "Attached segment, 0.5 mm isotropic",
    "attached_10": "Attached segment, 0.6 x 0.6 x 1.0 mm",
    "jitter": "Clicks moved by 0.7 mm per axis",
    "sides": "Two sides in any plane, and their mirror image",
    "speed": "One side, nothing else running",
}
VERDICTS = {True: "kept", False: "NOT kept", None: ""}
UNITS = {"%": " %", "mm": " mm", "s": " s", "MB": " MB"}
_DIGITS = {"1": 3, "mm": 3, "s": 2, "MB": 0, "{sessions}": 0}


def show_number(value: float, unit: str) -> str:
    """Return a number with the digits that its unit deserves.

    Examples
    --------
    >>> show_number(0.0624, "mm"), show_number(95.31, "%"), show_number(2.0, "{sessions}")
    ('0.062', '95.3', '2')
    """
    return f"{value:.{_DIGITS.get(unit, 1)}f}"


def show_score(score: ImagingScore) -> str:
    """Return value, unit and interval of a score, a dash where there is none."""
    if score.value is None:
        return "-"
    shown = show_number(score.value, score.unit) + UNITS.get(score.unit, "")
    if score.interval is None:
        return shown
    low, high = (show_number(end, score.unit) for end in score.interval)
    return f"{shown} ({low} to {high})"


def row_table(report: ImagingValidationReport, row: str, width: int = 160) -> Table:
    """Return the scores of one row, the usual ways below."""
    wide = width >= WIDE_ENOUGH
    table = Table(title=TITLES[row], box=SIMPLE_HEAD, padding=(0, 1, 0, 0), title_justify="left")
    table.add_column("score", no_wrap=True)
    table.add_column("way", min_width=len(OURS))
    table.add_column("value (95 % interval)", justify="right", no_wrap=True)
    table.add_column("n", justify="right", no_wrap=True)
    if wide:
        table.add_column("of")
    table.add_column("bar", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    if wide:
        table.add_column("note")
    for score in (s for s in report.scores if s.row == row):
        cells = [score.key.removesuffix(f".{row}"), score.tool, show_score(score), str(score.n)]
        cells += [score.of] if wide else []
        cells += [score.bar or "", VERDICTS[score.passed]]
        cells += [score.note or ""] if wide else []
        style = "bold red" if score.passed is False else None
        table.add_row(*cells, style=style or ("dim" if score.tool != OURS else None))
    return table


def print_imaging_report(report: ImagingValidationReport, console: Console) -> None:
    """Print the tables, the seeds and every promise that was not kept or not tried."""
    from hemispasm.validate.imaging import unscored

    for row in TITLES:
        if any(score.row == row for score in report.scores):
            console.print(row_table(report, row, console.width))
    kind = "fresh seeds" if report.fresh else "TUNING SEEDS, this is no validation"
    again = f", {report.reused} of them kept from an earlier run" if report.reused else ""
    console.print(
        f"{report.sessions} simulated sessions{again} on seeds from {report.seed_base} ({kind}); "
        f"code {report.code}; {report.seconds:.0f} s. Simulated anatomy only: real series are "
        "worse, by how much nobody has measured."
    )
    kept = sum(score.passed is True for score in report.scores)
    failed = ", ".join(score.key for score in report.failed)
    console.print(f"{kept} promises kept; NOT kept: {failed or 'none'}.")
    left = unscored(report)
    if left:
        console.print(f"Not tried in this run: {len(left)} promises.")
    console.print(report.footer)
