"""A video validation on the terminal, and what the terminals of all validations share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table

from hemispasm.validate.tallies import side_outcome, spasm_tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.console import Console

    from hemispasm.validate.scoring import Score
    from hemispasm.validate.video import ValidationReport

VERDICTS = {True: "pass", False: "FAIL", None: ""}
WIDE_ENOUGH = 130
UNIT_WORDS = {
    "%": " %", "ms": " ms", "mm": " mm", "s": " s", "/min": " /min", "MB": " MB",
    "{times}": " x", "{sweep}": " sweeps",
}  # fmt: skip
PERCENT_POINTS = {"%": " pts", "ms": " ms", "/min": "/min"}


def show_value(score: Score) -> str:
    """Return a score's value with its unit, a dash where there is none."""
    if score.value is None:
        return "-"
    digits = 0 if score.unit.startswith("{") else 3 if score.unit == "1" else 1
    return f"{score.value:.{digits}f}{PERCENT_POINTS.get(score.unit, '')}"


def show_interval(score: Score) -> str:
    """Return the ends of a score's 95 % interval."""
    if score.interval is None:
        return ""
    digits = 3 if score.unit == "1" else 1
    return f"{score.interval[0]:.{digits}f} to {score.interval[1]:.{digits}f}"


def show_measured(
    value: float | None,
    unit: str,
    interval: tuple[float, float] | None,
    digits: Mapping[str, int],
    other_digits: int = 1,
) -> str:
    """Return a value with its unit and interval, a dash where there is none.

    Parameters
    ----------
    value, unit, interval
        Of a score.
    digits : mapping of str to int
        Decimals by unit.
    other_digits : int
        Decimals of any other unit.

    Examples
    --------
    >>> show_measured(97.5, "%", (88.1, 99.2), {}), show_measured(0.104, "ms", None, {"ms": 2})
    ('97.5 % (88.1 to 99.2)', '0.10 ms')
    >>> show_measured(None, "1", None, {})
    '-'
    """
    if value is None:
        return "-"
    decimals = digits.get(unit, other_digits)
    shown = f"{value:.{decimals}f}{UNIT_WORDS.get(unit, '')}"
    if interval is None:
        return shown
    return f"{shown} ({interval[0]:.{decimals}f} to {interval[1]:.{decimals}f})"


def seeds_words(*, fresh: bool) -> str:
    """Return what kind of seeds a run was on, in words."""
    return "fresh seeds" if fresh else "TUNING SEEDS, this is no validation"


def verdict_words(failed: Iterable[str]) -> str:
    """Return which promises were not kept, in a sentence."""
    named = ", ".join(failed)
    return f"Not kept: {named}." if named else "Every bar with material was kept."


def score_table(report: ValidationReport, width: int = 160) -> Table:
    """Return every score with its interval and its bar; what it rests on where there is room."""
    wide = width >= WIDE_ENOUGH
    table = Table(
        title=f"Video measurement, {report.plan} plan", box=SIMPLE_HEAD, padding=(0, 1, 0, 0)
    )
    table.add_column("score", no_wrap=True)
    table.add_column("value (95 % interval)", justify="right", no_wrap=True)
    if wide:
        table.add_column("n", justify="right", no_wrap=True)
        table.add_column("of")
    table.add_column("bar", justify="right", no_wrap=True)
    table.add_column("")
    for score in report.scores:
        interval = show_interval(score)
        cells = [score.key, show_value(score) + (f" ({interval})" if interval else "")]
        cells += [str(score.n), score.of] if wide else []
        table.add_row(
            *cells,
            score.bar or "",
            VERDICTS[score.passed],
            style="bold red" if score.passed is False else None,
        )
    return table


def clip_table(report: ValidationReport) -> Table:
    """Return one line per clip: what it was and what came out."""
    table = Table(title="Clips (h/f/m: spasms hit, false, missed)", box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("clip", "seed", "side", "said", "outcome", "h/f/m"):
        table.add_column(heading, no_wrap=True)
    for result in report.clips:
        said = result.document.find("video.affected_side")
        tally = spasm_tally(result)
        table.add_row(
            result.spec.clip_id,
            str(result.spec.seed),
            result.truth.affected_side,
            str(said.value) if said is not None else "-",
            str(side_outcome(result)),
            f"{tally.hits}/{tally.false}/{tally.missed}",
        )
    return table


def print_report(report: ValidationReport, console: Console) -> None:
    """Print tables, seeds and verdict."""
    if report.clips:
        console.print(clip_table(report))
    console.print(score_table(report, console.width))
    seeds = [r.spec.seed for r in report.clips] + [p.spec.seed for p in report.patients]
    kind = seeds_words(fresh=report.fresh)
    if seeds:
        console.print(f"Seeds {min(seeds)} to {max(seeds)} ({kind}); {report.seconds:.0f} s.")
    console.print(verdict_words(score.key for score in report.failed))
    console.print(report.footer)
