"""A comparison of generator families on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table

from hemispasm.validate.families_plan import WORDS
from hemispasm.validate.tables import VERDICTS, WIDE_ENOUGH, seeds_words, show_measured

if TYPE_CHECKING:
    from rich.console import Console

    from hemispasm.validate.families import FamiliesReport
    from hemispasm.validate.families_scores import FamilyGap, FamilyScore

TITLES = {
    "video": "Video",
    "emg": "EMG at rest, 10 dB",
    "lsr": "Lateral spread in eight sweeps, -6 dB",
}
_DIGITS = {"%": 1, "/min": 2, "1": 3}
_OTHER_DIGITS = 2


def part_table(report: FamiliesReport, part: str, width: int = 160) -> Table:
    """Return the scores of one part, the families below one another."""
    wide = width >= WIDE_ENOUGH
    table = Table(title=TITLES[part], box=SIMPLE_HEAD, padding=(0, 1, 0, 0), title_justify="left")
    table.add_column("family", no_wrap=True)
    table.add_column("score", no_wrap=True)
    table.add_column("value (95 % interval)", justify="right", no_wrap=True)
    if wide:
        table.add_column("n", justify="right", no_wrap=True)
        table.add_column("of")
    table.add_column("bar", no_wrap=True)
    if wide:
        table.add_column("note")
    for score in (s for s in report.scores if s.part == part):
        table.add_row(
            *_cells(score, wide=wide), style="bold red" if score.passed is False else None
        )
    return table


def _cells(score: FamilyScore, *, wide: bool) -> list[str]:
    name = score.key if score.scenario is None else f"{score.key}.{score.scenario}"
    bar = f"{score.bar} {VERDICTS[score.passed]}" if score.bar else ""
    shown = show_measured(score.value, score.unit, score.interval, _DIGITS, _OTHER_DIGITS)
    cells = [score.family, name, shown]
    cells += [str(score.n), score.of] if wide else []
    return [*cells, bar, *([score.note or ""] if wide else [])]


def gap_table(report: FamiliesReport) -> Table:
    """Return how far the first family scores better than the others."""
    table = Table(
        title="Gaps (of shares: percentage points)",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        title_justify="left",
    )
    for heading in ("gap", "part", "score", "difference (95 % interval)", "first flattered"):
        table.add_column(heading, no_wrap=True)
    for gap in report.gaps:
        shown = show_measured(gap.value, gap.unit, gap.interval, _DIGITS, _OTHER_DIGITS)
        table.add_row(gap.pair, gap.part, gap.key, shown, flattery(gap))
    return table


def flattery(gap: FamilyGap) -> str:
    """Return in a word whether the first family scores better than chance explains."""
    return {True: "yes", False: "no", None: "-"}[gap.flattered]


def print_families(report: FamiliesReport, console: Console) -> None:
    """Print tables, gaps, seeds and verdict."""
    for part in TITLES:
        if any(score.part == part for score in report.scores):
            console.print(part_table(report, part, console.width))
    if report.gaps:
        console.print(gap_table(report))
    words = "; ".join(f"{letter} {name}" for letter, name in WORDS.items())
    console.print(f"Families: {words}. Of C and D figures are shown and nothing is promised.")
    if not report.real_signals:
        console.print("Family C was left out: --real names a folder with real signals.")
    kind = seeds_words(fresh=report.fresh)
    console.print(
        f"{report.recordings} recordings on seeds from {report.seed_base} ({kind}); "
        f"{report.seconds:.0f} s."
    )
    failed = ", ".join(f"{score.key} {score.family}" for score in report.failed)
    kept = sum(score.passed is True for score in report.scores)
    console.print(f"Not kept: {failed}." if failed else f"Promises kept: {kept}, not kept: 0.")
    console.print(report.footer)
