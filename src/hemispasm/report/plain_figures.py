"""Published numbers in plain words: so many of a hundred people, and so many the other way."""

from __future__ import annotations

import math

from hemispasm.evidence import EvidenceItem, Quantity, lookup_evidence
from hemispasm.model.plan import Option, Plan
from hemispasm.model.texts import load_texts
from hemispasm.report.document import Cell, FromEvidence, FromRule, Number
from hemispasm.report.icon_array import PEOPLE, people
from hemispasm.report.phrase import is_known, phrase

_THOUSAND = 1000
# Figures of a first operation; where an option has them, those of a second one are left out.
_FIRST_OPERATION = "mvd_effect.random_effects"
_SECOND_OPERATION = "mvd_redo."
# Harms that a table of options keeps with other figures on second operations.
_HARMS = ("mvd_redo.facial_palsy", "mvd_redo.hearing_loss")


def figure_sentence(key: str) -> Cell:
    """Return a published number as a sentence for patients; nothing where there is no such text.

    Gains and losses are told in the same frame: how many had it, and how many did not.

    Examples
    --------
    >>> from hemispasm.report.document import text_of
    >>> text_of(figure_sentence("untreated.worse"))
    'In 11 of 100 they got worse. In 89 they did not.'
    """
    if f"plain.figure.{key}" not in load_texts() or not is_known(key):
        return ()
    return phrase(f"plain.figure.{key}", **_nodes(lookup_evidence(key)))


def option_sentences(plan: Plan, option: Option) -> dict[str, list[Cell]]:
    """Return the figures of an option as sentences by aspect, each once.

    A figure that other sources dispute is followed by them. Nothing where the published figures
    are not about patients such as this one.
    """
    if figures_withheld(plan, option.name):
        return {}
    every = {key for figures in option.figures for key in figures.evidence}
    said: dict[str, None] = {}
    found: dict[str, list[Cell]] = {}
    for figures in option.figures:
        for key in figures.evidence:
            if key in said or (_FIRST_OPERATION in every and key.startswith(_SECOND_OPERATION)):
                continue
            disputed = [k for k in _conflicts(key) if k in every and k not in said]
            said |= dict.fromkeys((key, *disputed))
            cells = [figure_sentence(each) for each in (key, *disputed)]
            aspect = "harm" if key in _HARMS else figures.aspect
            found.setdefault(aspect, []).extend(cell for cell in cells if cell)
    return found


def _conflicts(key: str) -> tuple[str, ...]:
    return lookup_evidence(key).conflicts if is_known(key) else ()


def figures_fit(plan: Plan) -> bool:
    """Return whether figures of hemifacial spasm from a vessel may be shown to this patient.

    A refusal that withholds the course without treatment says that the series are about others.
    """
    return not any("untreated_course" in r.outputs for r in plan.refusals if not r.standing)


def figures_withheld(plan: Plan, option: str) -> bool:
    """Return whether no published figure of an option may be shown to this patient.

    Where those of a first decompression are withheld, the plan holds those of a second one alone.
    """
    other = option not in ("observation", "mvd")
    held = any("option_figures" in r.outputs for r in plan.refusals if not r.standing)
    return (other and held) or not figures_fit(plan)


def hundred() -> Number:
    """Return the one hundred people that every share is told of."""
    return Number(float(PEOPLE), "1", FromRule("icon_array.people"), decimals=0)


def whole(value: float, source: FromEvidence | FromRule) -> Number:
    """Return a number rounded to a whole one, halves upwards."""
    return Number(float(math.floor(value + 0.5)), "1", source, decimals=0)


def _nodes(item: EvidenceItem) -> dict[str, Cell]:
    source = FromEvidence(item.key)
    limits = item.range or item.interval
    if item.quantity is not Quantity.PROPORTION:
        ends = limits or ((item.value, item.value) if item.value is not None else ())
        return {n: (whole(v, source),) for n, v in zip(("low", "high"), ends, strict=False)}
    nodes: dict[str, Cell] = {"hundred": (hundred(),)}
    if item.value is not None:
        nodes |= {"have": _people(item.value, source), "lack": _others(item.value, source)}
    if limits is not None:
        low, high = limits
        nodes |= {"low": _people(low, source), "high": _people(high, source)}
        nodes |= {"lack_low": _others(high, source), "lack_high": _others(low, source)}
        nodes |= {
            "low_thousand": (whole(low * _THOUSAND, source),),
            "high_thousand": (whole(high * _THOUSAND, source),),
            "thousand": (whole(_THOUSAND, source),),
        }
    return nodes


def _people(share: float, source: FromEvidence) -> Cell:
    """Return people out of a hundred; a share that rounds to nobody is not nobody."""
    if share > 0 and people(share) == 0:
        return ("fewer than ", whole(1, source))
    return (whole(people(share), source),)


def _others(share: float, source: FromEvidence) -> Cell:
    if share > 0 and people(share) == 0:
        return ("more than ", whole(PEOPLE - 1, source))
    return (whole(PEOPLE - people(share), source),)
