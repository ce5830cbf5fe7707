"""The options side by side: published figures, whom they suit, and an order only by values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from hemispasm.model.chart import Chart
from hemispasm.model.plan.common import Basis
from hemispasm.model.plan.differential import Differential
from hemispasm.model.plan.gates import Gate, Refusal, Urgency
from hemispasm.model.plan.options import Figures, Option, OptionReason, OptionsGrid
from hemispasm.model.plan.toxin import ToxinView
from hemispasm.model.side import Side
from hemispasm.model.treatment import Centre
from hemispasm.reason.driving import driving_prompt
from hemispasm.reason.option_facts import derive_facts
from hemispasm.reason.option_rules import (
    Rule,
    Situation,
    applying_reasons,
    load_option_table,
)
from hemispasm.reason.values import RANKED, Ranking, rank_by_values

Applying: TypeAlias = Sequence[tuple[Rule, OptionReason]]


def build_options(
    chart: Chart,
    *,
    side: Side | None,
    gates: Sequence[Gate],
    refusals: Sequence[Refusal],
    differential: Differential | None = None,
    centre: Centre | None = None,
    toxin: ToxinView | None = None,
) -> OptionsGrid:
    """Return every option with its figures and with the reasons that apply to this patient.

    No figure depends on age, sex, ancestry or severity: none of them has been shown to say who
    profits. Reasons are expert rules. Nothing is ranked unless the patient's stated values do.

    Parameters
    ----------
    chart : Chart
        The patient.
    side : Side or None
        The affected side. While it is unknown or in conflict (None), no finding that needs a side
        counts for or against an option.
    gates : sequence of Gate
        What fired; emergencies and urgent ones forbid a ranking.
    refusals : sequence of Refusal
        What is withheld; figures of those outputs are left out and the option names the refusal.
    differential : Differential, optional
        For the reasons that need a leading diagnosis.
    centre : Centre, optional
        The clinic's own audit; its figure stands in the view on decompression.
    toxin : ToxinView, optional
        For a failing response to toxin.

    Returns
    -------
    OptionsGrid
        Options in the fixed order of the table.
    """
    warned = any(g.urgency in (Urgency.EMERGENCY, Urgency.URGENT) for g in gates)
    facts = derive_facts(chart, side=side, differential=differential, toxin=toxin, warned=warned)
    situation = Situation(chart=chart, side=side, gates=gates, refusals=refusals, facts=facts)
    applying = applying_reasons(situation)
    table = load_option_table()
    options = tuple(_option(row, applying, refusals, centre) for row in table["option"])
    ranking = rank_by_values(chart)
    why_not = _why_not_ranked(ranking, options, gates, refusals)
    return OptionsGrid(
        options=options,
        by_values=ranking.order if why_not is None else None,
        no_ranking=why_not,
        values=ranking.values,
        driving=driving_prompt(chart),
        notes=_figures(table["note"], refusals),
    )


def _option(
    row: Mapping[str, Any],
    applying: Applying,
    refusals: Sequence[Refusal],
    centre: Centre | None,
) -> Option:
    name = row["name"]
    figures = _figures(row["figures"], refusals)
    rows = row["figures"]
    withheld = [r.code for r in refusals if any(_is_withheld(f, [r]) for f in rows)]
    if name == "mvd" and centre is not None and not withheld:
        own = Figures(aspect="benefit", text="option_figure.mvd.own_centre")
        figures = (own, *figures)
    return Option(
        name=name,
        evidence_grade=row["evidence_grade"],
        figures=figures,
        suits=tuple(reason for rule, reason in applying if name in rule.suits),
        against=tuple(reason for rule, reason in applying if name in rule.against),
        withheld=tuple(dict.fromkeys(withheld)),
    )


def _figures(rows: Iterable[Mapping[str, Any]], refusals: Sequence[Refusal]) -> tuple[Figures, ...]:
    return tuple(
        Figures(
            aspect=row["aspect"],
            text=row["text"],
            evidence=tuple(row.get("evidence", ())),
            per_hundred=bool(row.get("per_hundred", False)),
            basis=Basis(
                evidence=tuple(row.get("evidence", ())),
                expert_rule=bool(row.get("expert_rule", False)),
            ),
        )
        for row in rows
        if not _is_withheld(row, refusals)
    )


def _is_withheld(row: Mapping[str, Any], refusals: Iterable[Refusal]) -> bool:
    outputs = set(row.get("withheld_by", ()))
    kept_despite = set(row.get("shown_despite", ()))
    return any(outputs & set(r.outputs) and r.code not in kept_despite for r in refusals)


def _why_not_ranked(
    ranking: Ranking,
    options: Iterable[Option],
    gates: Iterable[Gate],
    refusals: Iterable[Refusal],
) -> (
    Literal["no_values", "undecided", "contradictory", "refused", "gate_first", "ruled_out"] | None
):
    if any("ranking" in refusal.outputs for refusal in refusals):
        return "refused"
    if any(gate.urgency in (Urgency.EMERGENCY, Urgency.URGENT) for gate in gates):
        return "gate_first"
    if ranking.why_not is not None:
        return ranking.why_not
    ranked = (option for option in options if option.name in RANKED)
    if any(reason.rules_out for option in ranked for reason in option.against):
        return "ruled_out"
    return None
