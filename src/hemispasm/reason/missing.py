"""What was not asked, looked for or recorded, and would matter: the gates' questions first."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Literal

from hemispasm.model.base import Noun
from hemispasm.model.chart import Chart
from hemispasm.model.plan.plan import Missing
from hemispasm.model.vocabulary import lookup_code
from hemispasm.reason.conditions import Condition, load_thresholds, read_table
from hemispasm.reason.gates import load_gate_rules
from hemispasm.reason.records import (
    age_at_onset,
    age_now,
    decompressions,
    operations,
    toxin_cycles,
)

TREATMENTS = "record.treatments"
AFTER_TREATMENT = ("history.new_facial_weakness", "history.watery_nose_or_ear", "exam.wound")
"""Questions that make sense only once something has been done."""
CHILD_BEARING_UNTIL = "child_bearing_until"


class MissingRule(Noun):
    """One row of ``missing.toml``."""

    matters_for: str
    codes: tuple[str, ...]
    only: Literal["may_be_pregnant"] | None = None


@cache
def load_missing_rules() -> tuple[MissingRule, ...]:
    """Return what is asked for beyond the gates.

    Examples
    --------
    >>> load_missing_rules()[0].codes
    ('history.onset_age',)
    """
    return tuple(MissingRule.model_validate(entry) for entry in read_table("missing")["missing"])


def list_missing(chart: Chart) -> tuple[Missing, ...]:
    """Return what is not known and would matter, each once, with what it matters for first.

    Parameters
    ----------
    chart : Chart
        The chart.

    Returns
    -------
    tuple of Missing
        The questions of the gates in the gates' order, emergencies first; then what refusals,
        causes, the differential, options, toxin and the work-up need. ``record.treatments`` says
        that nobody recorded whether anything was done.

    Examples
    --------
    >>> from datetime import date
    >>> from hemispasm.model.case import Case
    >>> list_missing(Chart(case=Case(id="P-1"), as_of=date(2026, 3, 2)))[0]
    Missing(code='history.sudden_deficit', matters_for='gates')
    """
    asked: dict[str, str] = {}
    for code in _gate_questions(chart):
        asked.setdefault(code, "gates")
    if chart.treatments is None:
        asked.setdefault(TREATMENTS, "gates")
    for rule in load_missing_rules():
        if rule.only == "may_be_pregnant" and not _may_be_pregnant(chart):
            continue
        for code in rule.codes:
            asked.setdefault(code, rule.matters_for)
    return tuple(
        Missing(code=code, matters_for=what)
        for code, what in asked.items()
        if not _is_known(chart, code)
    )


def _gate_questions(chart: Chart) -> Iterator[str]:
    """Yield the codes a person can be asked for or examined for; tests are the work-up's."""
    for rule in load_gate_rules():
        for part in (p for condition in rule.any_of for p in condition.parts()):
            if part.code is None or part.measured or not _makes_sense(chart, part):
                continue
            if lookup_code(part.code).instrument == "exam" and not part.code.startswith("report."):
                yield part.code


def _makes_sense(chart: Chart, part: Condition) -> bool:
    if part.code is not None and part.code.startswith("scale."):
        return False
    needed = {
        "toxin": toxin_cycles(chart),
        "operation": operations(chart),
        "decompression": decompressions(chart),
    }
    if part.after is not None and not needed[part.after]:
        return False
    if part.code in AFTER_TREATMENT:
        return bool(operations(chart)) or bool(toxin_cycles(chart))
    return True


def _is_known(chart: Chart, code: str) -> bool:
    if code == TREATMENTS:
        return chart.treatments is not None
    if code == "history.onset_age":
        return age_at_onset(chart) is not None
    if code == "history.age":
        return age_now(chart) is not None
    if code == "history.prior_decompression" and decompressions(chart):
        return True
    newest = max((seen.day for seen in chart.every(code)), default=None)
    if newest is None:
        return False
    if code == "history.pregnancy":
        limit = load_thresholds()["pregnancy_until"].number
        return (chart.as_of - newest).days <= limit
    return True


def _may_be_pregnant(chart: Chart) -> bool:
    """Return whether the question makes sense; unknown sex or age does not spare it."""
    age = age_now(chart)
    young_enough = age is None or age.low <= load_thresholds()[CHILD_BEARING_UNTIL].number
    return chart.case.sex != "male" and young_enough
