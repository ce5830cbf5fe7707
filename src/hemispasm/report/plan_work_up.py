"""Tests still to do: what a rule asks for, and what would change the ranking most."""

from __future__ import annotations

from collections.abc import Sequence

from hemispasm.model.plan import Plan, WorkUpStep
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Block,
    Callout,
    Cell,
    FromRule,
    Number,
    Para,
    Section,
    Soft,
    Strong,
    Table,
)
from hemispasm.report.phrase import joined, lines, phrase, say
from hemispasm.report.plan_cites import basis_names
from hemispasm.report.plan_sources import evidence_in_parts

# Words for a test's expected information beside that of the best test.
_WORDS = ((2 / 3, "nearly"), (1 / 3, "some"), (0.0, "little"))
# Below this many bits even the best test changes little.
_LITTLE_BITS = 0.05


def work_up_section(plan: Plan) -> Section:
    """Return the tests still to do; what must be asked before ordering stands first."""
    title = phrase("report.work_up.title")
    if not plan.work_up:
        return Section("work-up", title, (Para(*phrase("report.work_up.none")),))
    children: list[Block] = []
    cautions = dict.fromkeys(caution for step in plan.work_up for caution in step.cautions)
    if cautions:
        asked = tuple(say(f"caution.{caution}") for caution in cautions)
        lead = Para(*joined(asked, " "))
        children.append(Callout("warning", phrase("report.work_up.ask_first"), (lead,)))
    children.append(Para(*phrase("report.work_up.lead"), role="lead"))
    keys = ("test", "why", "gain", "decides")
    columns = tuple(lookup_text(f"report.work_up.{key}") for key in keys)
    best = max((step.information_bits or 0.0 for step in plan.work_up), default=0.0)
    rows = tuple(_row(step, best) for step in plan.work_up)
    children.append(Table.plain(phrase("report.work_up.caption"), columns, rows, "prose"))
    return Section("work-up", title, tuple(children))


def _row(step: WorkUpStep, best: float) -> tuple[Cell, ...]:
    reasons: list[Cell] = []
    if step.cautions:
        reasons.append((Strong(*phrase("report.work_up.caution"), ": "), *_titles(step.cautions)))
    reasons.append(say(f"test.{step.test}.why"))
    if step.rule is not None:
        reasons.append((*phrase("report.work_up.rule"), *say(f"workup.{step.rule}")))
    named = [key for cell in reasons for key in evidence_in_parts(cell)]
    basis = basis_names(step.basis, named)
    if basis:
        reasons.append((Soft(*phrase("report.rests_on"), *basis),))
    decides = joined(say(f"class.{name}", name) for name in step.would_decide)
    return (
        say(f"test.{step.test}.title", f"test.{step.test}"),
        lines(reasons),
        information_words(step.information_bits, best),
        decides or ("–",),
    )


def _titles(cautions: Sequence[str]) -> Cell:
    return joined(say(f"caution_short.{name}", name) for name in cautions)


def information_words(bits: float | None, best: float) -> Cell:
    """Return how much a test is expected to change the ranking, beside the best one.

    Examples
    --------
    >>> from hemispasm.report.document import text_of
    >>> text_of(information_words(0.4, 0.4)), text_of(information_words(None, 0.4))
    ('most (expected information 0.40 bits)', 'asked for by a rule')
    """
    if bits is None:
        return phrase("report.work_up.by_rule")
    number = Number(round(bits, 4), "bits", FromRule("work_up.information"), decimals=2)
    return (
        *phrase(f"report.work_up.{_word(bits, best)}"),
        *phrase("report.work_up.bits", bits=number),
    )


def _word(bits: float, best: float) -> str:
    if best < _LITTLE_BITS:
        return "little"
    if bits >= best:
        return "most"
    return next(word for share, word in _WORDS if bits >= share * best)
