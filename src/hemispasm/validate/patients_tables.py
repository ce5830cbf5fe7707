"""A validation on whole patients on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table

from hemispasm.validate.patients_scores import MAIN
from hemispasm.validate.tables import WIDE_ENOUGH, seeds_words, show_measured, verdict_words

if TYPE_CHECKING:
    from rich.console import Console

    from hemispasm.validate.patients import PatientsReport
    from hemispasm.validate.patients_case import PatientCase

TITLES = {
    "side": "Affected side at the first visit",
    "rate": "Spasms per minute in the video",
    "distance": "Distance of vessel and nerve",
    "spread": "Lateral spread",
    "clock": "Clocks of video and EMG",
    "effect": "Effect of treatment, true change of half and more",
    "run": "Run",
}
VERDICTS = {True: "kept", False: "NOT kept", None: ""}
_DIGITS = {"1": 3, "mm": 3, "/min": 2, "{patients}": 0}
NAMES = {"spasm_rate": "rate", "closure": "depth"}
MARKS = {"right": "+", "refused": "?", "wrong": "WRONG"}


def part_table(report: PatientsReport, part: str, width: int = 160) -> Table:
    """Return the scores of one part."""
    wide = width >= WIDE_ENOUGH
    table = Table(title=TITLES[part], box=SIMPLE_HEAD, padding=(0, 1, 0, 0), title_justify="left")
    table.add_column("score", no_wrap=True)
    table.add_column("value (95 % interval)", justify="right", no_wrap=True)
    table.add_column("of")
    table.add_column("bar", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    if wide:
        table.add_column("note")
    for score in (s for s in report.scores if s.part == part):
        shown = show_measured(score.value, score.unit, score.interval, _DIGITS)
        cells = [score.key, shown, score.of, score.bar or ""]
        cells += [VERDICTS[score.passed], *([score.note or ""] if wide else [])]
        table.add_row(*cells, style="bold red" if score.passed is False else None)
    return table


def case_table(report: PatientsReport) -> Table:
    """Return one line per patient: who it was and what came out."""
    table = Table(title="Patients", box=SIMPLE_HEAD, pad_edge=False, title_justify="left")
    for heading in ("seed", "patient", "side", "video", "emg", "imaging", "joint",
                    "rate true/said", "mm true/said", "clock ms", "effect"):  # fmt: skip
        table.add_column(heading, no_wrap=True)
    for case in report.cases:
        table.add_row(*case_cells(case))
    return table


def case_cells(case: PatientCase) -> tuple[str, ...]:
    """Return what came out for one patient, in a line."""
    treated = f", {case.treatment} {case.result}".rstrip() if case.treatment != "none" else ""
    who = (str(case.seed), f"{case.stage}{treated}", case.side)
    if case.crashed is not None:
        return (*who, case.crashed, "", "", "", "", "", "", "")
    marks = {s.instrument: f"{s.said} {MARKS[s.outcome]}" for s in case.sides}
    sides = tuple(marks.get(name, "-") for name in ("video", "emg", "imaging", "joint"))
    rates = "  ".join(
        f"{r.true_per_min:.1f}/{'-' if r.said_per_min is None else f'{r.said_per_min:.1f}'}"
        for r in case.rates
    )
    distances = "  ".join(
        f"{d.true_mm:.2f}/{'-' if d.said_mm is None else f'{d.said_mm:.2f}'}"
        for d in case.distances
        if d.visit == 0 and d.affected
    )
    clocks = "  ".join("-" if c.error_ms is None else f"{c.error_ms:.1f}" for c in case.clocks)
    return (*who, *sides, rates, distances, clocks, effect_words(case))


def effect_words(case: PatientCase) -> str:
    """Return what treatment changed by the measures that a promise counts, and what was said.

    The true change is relative, what is said is in the measure's own unit.
    """
    shown = []
    for effect in case.effects:
        if effect.measure not in MAIN or effect.true_change is None:
            continue
        said = "-" if effect.said is None else f"{effect.said:+.2f}"
        if effect.interval is not None:
            said += f" ({effect.interval[0]:.2f} to {effect.interval[1]:.2f})"
        elif effect.reason:
            said += f" {effect.reason.partition(':')[0]}"
        shown.append(f"{NAMES[effect.measure]} {100.0 * effect.true_change:+.0f} %/{said}")
    return "  ".join(shown)


def print_patients(report: PatientsReport, console: Console) -> None:
    """Print patients, tables, seeds and verdict."""
    if report.cases:
        console.print(case_table(report))
    for part in TITLES:
        if any(score.part == part for score in report.scores):
            console.print(part_table(report, part, console.width))
    kind = seeds_words(fresh=report.fresh)
    console.print(
        f"{len(report.cases)} patients on seeds from {report.seed_base} ({kind}), code "
        f"{report.code}; {report.seconds:.0f} s."
    )
    console.print(verdict_words(score.key for score in report.failed))
    console.print(report.footer)
