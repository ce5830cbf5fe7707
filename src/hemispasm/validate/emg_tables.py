"""An EMG validation on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table

from hemispasm.validate.emg_scores import OURS
from hemispasm.validate.tables import (
    VERDICTS,
    WIDE_ENOUGH,
    seeds_words,
    show_measured,
    verdict_words,
)

if TYPE_CHECKING:
    from rich.console import Console

    from hemispasm.validate.emg import EmgValidationReport
    from hemispasm.validate.emg_scores import Family

TITLES = {
    "bursts": "Bursts",
    "lsr": "Lateral spread in eight sweeps",
    "theatre": "The theatre replayed",
    "synchrony": "Common firing: spasm against co-contraction",
    "sides": "Affected side",
    "rates": "Rate of bursts",
    "latencies": "Latencies",
    "speed": "Speed on one core",
}
FAMILY_WORDS: dict[Family | None, str] = {
    "mechanistic": "first",
    "phenomenological": "second",
    None: "",
}
_DIGITS = {"1": 3, "ms": 2, "{times}": 0}


def part_table(report: EmgValidationReport, part: str, width: int = 160) -> Table:
    """Return the scores of one part, what stands beside them below."""
    wide = width >= WIDE_ENOUGH
    table = Table(title=TITLES[part], box=SIMPLE_HEAD, padding=(0, 1, 0, 0), title_justify="left")
    table.add_column("score", no_wrap=True)
    table.add_column("family", no_wrap=True)
    table.add_column("tool", min_width=len(OURS))
    table.add_column("value (95 % interval)", justify="right", no_wrap=True)
    if wide:
        table.add_column("n", justify="right", no_wrap=True)
        table.add_column("of")
    table.add_column("bar", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    if wide:
        table.add_column("note")
    for score in (s for s in report.scores if s.part == part):
        shown = show_measured(score.value, score.unit, score.interval, _DIGITS)
        cells = [score.key, FAMILY_WORDS[score.family], score.tool, shown]
        cells += [str(score.n), score.of] if wide else []
        cells += [score.bar or "", VERDICTS[score.passed]]
        cells += [score.note or ""] if wide else []
        style = "bold red" if score.passed is False else None
        table.add_row(*cells, style=style or ("dim" if score.tool != OURS else None))
    return table


def print_emg_report(report: EmgValidationReport, console: Console) -> None:
    """Print tables, peers, seeds and verdict."""
    for part in TITLES:
        if any(score.part == part for score in report.scores):
            console.print(part_table(report, part, console.width))
    for peer in report.peers:
        console.print(f"{peer.name}: {peer.words}")
    kind = seeds_words(fresh=report.fresh)
    console.print(
        f"{report.patients} recordings on seeds from {report.seed_base} ({kind}); first family: "
        "motor units of a compressed nerve; second family: packets and wavelets, never tuned on; "
        f"{report.seconds:.0f} s."
    )
    failed = (f"{score.key} {FAMILY_WORDS[score.family]}".strip() for score in report.failed)
    console.print(verdict_words(failed))
    console.print(report.footer)
