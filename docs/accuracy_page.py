"""Write the page of accuracy from the committed results of release runs, an instrument each.

``python docs/accuracy_page.py emg validation.json "words on the run"`` keeps a run for the page.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path

from hemispasm.model.base import Noun
from hemispasm.validate.whole_parts import PARTS
from hemispasm.validate.whole_rows import FAMILIES, AccuracyRow, accuracy_rows
from hemispasm.validate.whole_tables import VERDICTS, show_observed

FOLDER = Path(__file__).parent / "data" / "accuracy"
REPORTS = {
    "video": "video:ValidationReport",
    "emg": "emg:EmgValidationReport",
    "imaging": "imaging:ImagingValidationReport",
    "patients": "patients:PatientsReport",
}

INTRO = """\
What the measurements score on simulated recordings whose truth is known, held against what was
promised before they were scored. `hemispasm validate` repeats every table on your own machine, with
seeds of your choice; [Validate](../howto/validate.md) says what each score means.

**Simulated patients are not patients.** No open recording of hemifacial spasm with a known truth
exists, so these figures say what the software can do on recordings like these, and nothing about a
clinic. [What cannot be claimed](../explanation/limits.md).

- **Family A** is what the measurement was tuned beside (on other seeds); **family B** was drawn by
  another generator that nothing was ever tuned on. The gap between them is the honest part.
- **Value** has an interval of 95 % for another draw of as many recordings.
- **Beside** are the usual ways, on the very same recordings.
- A promise that was not kept stays in the table as **NOT kept**.
"""


class KeptRun(Noun):
    """What the page needs of one release run.

    Attributes
    ----------
    part : str
        Name in ``PARTS``.
    seed_base : int
        First seed.
    words : str
        What a reader should know of this run.
    rows : tuple of AccuracyRow
        Its scores.
    """

    part: str
    seed_base: int
    words: str
    rows: tuple[AccuracyRow, ...]


def keep_run(part: str, path: Path, words: str) -> None:
    """Keep the scores of a run, written by ``hemispasm validate ... --json``."""
    module, name = REPORTS[part].split(":")
    report = getattr(import_module(f"hemispasm.validate.{module}"), name)
    raw = json.loads(path.read_text(encoding="utf-8"))
    scores = report.model_validate(raw)
    rows = tuple(row.model_copy(update={"source": None}) for row in accuracy_rows(part, scores))
    kept = KeptRun(part=part, seed_base=raw["seed_base"], words=words, rows=rows)
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = kept.model_dump_json(indent=1, exclude_defaults=True)
    (FOLDER / f"{part}.json").write_text(text + "\n", encoding="utf-8")


def read_runs() -> list[KeptRun]:
    """Return the kept runs in the order of ``REPORTS``."""
    paths = (FOLDER / f"{part}.json" for part in REPORTS)
    return [KeptRun.model_validate_json(p.read_bytes()) for p in paths if p.is_file()]


def accuracy_page() -> str:
    """Return the page."""
    lines = ["# How accurate are the measurements?", "", *INTRO.splitlines(), ""]
    for run in read_runs():
        lines += _part_lines(run)
    lines.append("Research software, not a medical device.")
    return "\n".join([*lines, ""])


def _part_lines(run: KeptRun) -> list[str]:
    promised = [row for row in run.rows if row.passed is not None]
    kept = sum(row.passed is True for row in promised)
    lines = [f"## {PARTS[run.part].title}", ""]
    lines += [f"**{kept} of {len(promised)} promises kept.** {run.words}".rstrip()]
    lines += [f"Seeds from {run.seed_base}.", ""]
    # A promise for which nothing came out is shown as well: it was not kept.
    shown = [row for row in run.rows if row.expected or (row.beside and row.value is not None)]
    for family in dict.fromkeys(row.family for row in shown):
        rows = [row for row in shown if row.family == family]
        lines += [f"### {PARTS[run.part].title}: {_family_words(family)}", ""]
        lines += _promised(rows) + _beside(rows)
    return lines


def _promised(rows: list[AccuracyRow]) -> list[str]:
    """Return the table of what was promised."""
    lines = ["| Score | Value | n | Promised | |", "|---|---|---|---|---|"]
    lines += [
        _line(
            _name(row), show_observed(row, row.unit), f"{row.n} {row.of}", row.expected,
            "**NOT kept**" if row.passed is False else VERDICTS[row.passed],
        )
        for row in rows
        if row.expected
    ]  # fmt: skip
    return [*lines, ""] if len(lines) > 2 else []


def _beside(rows: list[AccuracyRow]) -> list[str]:
    """Return the table of the usual ways, one line a tool: ours first, on the same recordings."""
    held = [row for row in rows if row.beside]
    if not held:
        return []
    tools = list(dict.fromkeys(one.tool for row in held for one in row.beside))
    names = [_name(row) for row in held]
    lines = [_line("Beside", *names), _line(*["---"] * (len(held) + 1))]
    lines.append(_line("**ours**", *(show_observed(row, row.unit) for row in held)))
    for tool in tools:
        cells = []
        for row in held:
            one = next((b for b in row.beside if b.tool == tool), None)
            cells.append("" if one is None else show_observed(one, row.unit))
        lines.append(_line(tool, *cells))
    return [*lines, ""]


def _family_words(letters: str) -> str:
    if not letters:
        return "speed and the like"
    named = [f"family {letter} ({FAMILIES[letter]})" for letter in letters.split(", ")]
    return " and ".join(named)


def _name(row: AccuracyRow) -> str:
    plain = not row.material or row.key.endswith(f".{row.material}")
    return f"`{row.key}`" if plain else f"`{row.key}` {row.material}"


def _line(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    keep_run(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
