"""Refusals: what is not said about this patient, and what is never said about anybody."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Self

from pydantic import model_validator

from hemispasm.model.base import Noun
from hemispasm.model.chart import Chart
from hemispasm.model.plan.common import Basis
from hemispasm.model.plan.gates import OUTPUTS, Gate, Refusal
from hemispasm.reason.conditions import Condition, Scene, read_table, show, unique
from hemispasm.reason.facts import FACTS
from hemispasm.reason.sides import view_side


class RefusalRule(Noun):
    """One row of ``refusals.toml``; ``line`` is the line of the evidence review it keeps."""

    code: str
    line: str
    outputs: tuple[str, ...]
    any_of: tuple[Condition, ...] = ()
    unless: tuple[Condition, ...] = ()
    standing: bool = False
    evidence: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if sum((bool(self.any_of), bool(self.unless), self.standing)) != 1:
            raise ValueError(f"{self.code}: give any_of, unless or standing")
        if set(self.outputs) - set(OUTPUTS):
            raise ValueError(f"{self.code}: not outputs: {set(self.outputs) - set(OUTPUTS)}")
        return self


@cache
def load_refusal_rules() -> tuple[RefusalRule, ...]:
    """Return every refusal's rule, those for some patients first.

    Examples
    --------
    >>> load_refusal_rules()[1].code
    'child'
    """
    return tuple(RefusalRule.model_validate(entry) for entry in read_table("refusals")["refusal"])


def refuse_outputs(chart: Chart, gates: Sequence[Gate]) -> tuple[Refusal, ...]:
    """Return what is withheld, and why.

    Parameters
    ----------
    chart : Chart
        The chart.
    gates : sequence of Gate
        The gates that fired on it (`hemispasm.reason.gates.fire_gates`).

    Returns
    -------
    tuple of Refusal
        Those about this patient first; then, with ``standing`` set, what is never said about
        anybody. An emergency withholds the ranking and hides nothing. An age or a pregnancy that
        nobody asked for withholds nothing: it is listed as missing.

    Examples
    --------
    >>> from datetime import date
    >>> from hemispasm.model.case import Case
    >>> child = Chart(case=Case(id="P-1", birth_year=2016), as_of=date(2026, 3, 2))
    >>> refuse_outputs(child, ())[0].code
    'child'
    """
    scene = Scene(chart=chart, side=view_side(chart).side, gates=gates, facts=FACTS)
    refused = []
    for rule in load_refusal_rules():
        because = unique(reason for part in rule.any_of for reason in show(part, scene))
        if rule.any_of and not because:
            continue
        if any(show(part, scene) for part in rule.unless):
            continue
        refused.append(
            Refusal(
                code=rule.code,
                outputs=rule.outputs,
                because=because,
                standing=rule.standing,
                basis=Basis(evidence=rule.evidence, expert_rule=True),
            )
        )
    return tuple(refused)


def withheld_by(refusals: Sequence[Refusal], output: str) -> tuple[str, ...]:
    """Return the codes of the refusals that withhold an output; empty when it may be shown.

    Raises
    ------
    ValueError
        There is no such output.

    Examples
    --------
    >>> withheld_by((), "mvd_figures")
    ()
    """
    if output not in OUTPUTS:
        raise ValueError(f"{output!r} is not an output that can be withheld")
    return tuple(r.code for r in refusals if output in r.outputs)
