"""Write the page of behaviour from the committed result of the last release run."""

from __future__ import annotations

from pathlib import Path

from hemispasm.evidence import load_sources
from hemispasm.evidence.wording import describe_source
from hemispasm.validate.behaviour_report import BehaviourReport, CheckResult, RowResult
from hemispasm.validate.behaviour_table import LEVEL_WORDS, USE_MEANINGS, USE_WORDS, load_rows
from hemispasm.validate.behaviour_tables import (
    CHANGED,
    bar_lines,
    changed_words,
    first_look_words,
    group_words,
    reason_words,
    show_first,
    show_use,
    show_value,
    show_within,
    summary_words,
    unit_words,
)

RESULT = Path(__file__).parent / "data" / "behaviour.json"

INTRO = """\
The [simulated patient](../howto/simulate.md) is worth as much as its behaviour. This table holds it
against 27 published observations of patients and of their nerves. It is made by
`hemispasm validate behaviour`, which you can run yourself; the numbers below are those of the run
that is kept with the source.

- **Use.** The tags were written down before anything was fitted; only *seen* came later, and a row
  never goes back from it.
{uses}
- **First look.** {look}
  Its result stands beside the new one in every row, so that a row that was mended is not taken for
  a row that was foretold.
- **Accepted.** The value itself, not its interval, has to lie there; both ends belong to it. An
  asterisk marks limits that are ours, because the source gives words and no numbers.
- **Interval.** What another draw of as many simulated patients could show, at 95 %. It says nothing
  about real patients, and it does not hold what we do not know of the model.
- Almost all published figures were read in abstracts. A row that passes says that the model can do
  this, not that nature does it in the same way.
"""


def behaviour_page() -> str:
    """Return the page; the numbers are those of ``data/behaviour.json``."""
    report = read_result()
    lines = ["# Does it behave like hemifacial spasm?", "", *_intro().splitlines(), ""]
    lines += [f"**{summary_words(report)}**", "", *_seeds(report), ""]
    lines += ["## The bar, and the first look", ""]
    lines += [f"- {line}" for line in (*group_words(report), *bar_lines(report))]
    lines += ["", "## The rows", ""]
    lines += [
        "| | Counted | Simulated | Published | Accepted | Rests on | First look | |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in report.rows:
        lines += _row_lines(row)
    missed = [row for row in report.rows if row.reason]
    if missed:
        lines += ["", "## What does not pass, and why", ""]
        lines += [
            f"- **{row.number}. {row.observation}** ({row.verdict}): {reason_words(row)}"
            for row in missed
        ]
    lines += ["", "## What passes with a doubt", "", *_caveats(report)]
    anew = [row for row in report.rows if changed_words(row)]
    if anew:
        lines += ["", f"## {CHANGED}", ""]
        lines += [f"- **{row.number}. {row.observation}**: {changed_words(row)}" for row in anew]
    lines += ["", "## Sources of the rows", ""]
    sources = load_sources()
    named = dict.fromkeys(key for row in report.rows for key in row.sources)
    lines += [f"- **{key}**: {describe_source(sources[key])}" for key in sorted(named)]
    return "\n".join([*lines, ""])


def read_result() -> BehaviourReport:
    """Return the committed result."""
    return BehaviourReport.model_validate_json(RESULT.read_text(encoding="utf-8"))


def _intro() -> str:
    uses = "\n".join(
        f"  - *{USE_WORDS[use].capitalize()}*: {USE_MEANINGS[use]}." for use in USE_WORDS
    )
    return INTRO.format(uses=uses, look=first_look_words())


def _caveats(report: BehaviourReport) -> list[str]:
    passed = {row.number for row in report.rows if row.passed}
    return [
        f"- **{row.number}. {row.observation}**: {row.caveat}"
        for row in load_rows()
        if row.caveat and row.number in passed
    ]


def _seeds(report: BehaviourReport) -> list[str]:
    kind = (
        "kept for releases: nothing was tuned on them"
        if report.fresh
        else "open to tuning: **these numbers are no validation**"
    )
    size = "" if report.plan == "full" else " Few patients of each kind."
    return [
        f"Version {report.hemispasm}, seeds from {report.seed_base} ({kind}).{size} "
        f"The run took {report.cpu_seconds / 60:.0f} CPU minutes. Simulated patients are no "
        "evidence about real ones."
    ]


def _row_lines(row: RowResult) -> list[str]:
    tags = f"{USE_WORDS[row.use]}; {LEVEL_WORDS[row.level]}"
    tags += "; badly selected sample" if row.biased else ""
    sources = ", ".join(row.sources)
    what = f"**{row.observation}** ({tags}; {sources})"
    head = f"| **{row.number}** | {what} | | | | | {row.first_verdict} | **{row.verdict}** |"
    return [head, *(_check_line(row, check) for check in row.checks)]


def _check_line(row: RowResult, check: CheckResult) -> str:
    note = f"; {check.note}" if check.note else ""
    rests = f"{check.n} {check.of}{note}" if check.n else ""
    published = f"{check.target:g}{unit_words(check.unit)}"
    accepted = show_within(check).replace("*", "\\*")
    holds = {True: "", False: "out", None: ""}[check.passed]
    return (
        f"| | {check.statement}{show_use(row, check)} | {show_value(check)} | {published} "
        f"| {accepted} | {rests} | {show_first(check)} | {holds} |"
    )
