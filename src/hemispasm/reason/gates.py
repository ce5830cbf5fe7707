"""Gates: emergencies and red flags, before anything else, each with what fired it.

The rules are data (``reason/data/gates.toml``). A gate that does not fire means that nothing on
file fired it, never that there is no danger.
"""

from __future__ import annotations

from functools import cache
from typing import Self

from pydantic import model_validator

from hemispasm.model.base import Noun
from hemispasm.model.chart import Chart
from hemispasm.model.plan.common import Basis
from hemispasm.model.plan.gates import Gate, Urgency
from hemispasm.model.side import Side
from hemispasm.reason.conditions import Condition, Reasons, Scene, read_table, show, unique
from hemispasm.reason.facts import FACTS
from hemispasm.reason.sides import view_side

SIDELESS = ("side_conflict", "bilateral_or_switching")


class GateRule(Noun):
    """One row of ``gates.toml``."""

    code: str
    urgency: Urgency
    any_of: tuple[Condition, ...]
    supports: tuple[Condition, ...] = ()
    unless_gate: str | None = None
    evidence: tuple[str, ...] = ()
    expert_rule: bool = False

    @model_validator(mode="after")
    def _check_emergency(self) -> Self:
        parts = [part for rule in (*self.any_of, *self.supports) for part in rule.parts()]
        if self.urgency is Urgency.EMERGENCY and any(part.measured for part in parts):
            raise ValueError(f"{self.code}: a machine's finding may not make an emergency")
        return self


@cache
def load_gate_rules() -> tuple[GateRule, ...]:
    """Return every gate's rule, most urgent first.

    Examples
    --------
    >>> load_gate_rules()[0].code
    'stroke'
    """
    rules = [GateRule.model_validate(entry) for entry in read_table("gates")["gate"]]
    order = list(Urgency)
    return tuple(sorted(rules, key=lambda rule: order.index(rule.urgency)))


def fire_gates(chart: Chart) -> tuple[Gate, ...]:
    """Return the gates that fire, most urgent first, in a fixed order.

    Parameters
    ----------
    chart : Chart
        The chart. Of each finding the newest day on which it was assessed counts, so a gate stays
        until a later visit answers the question otherwise.

    Returns
    -------
    tuple of Gate
        Each with every finding that fired it. What a machine measured alone never makes an
        emergency. What is unknown fires nothing and reassures nobody.

    Examples
    --------
    >>> from datetime import date
    >>> from hemispasm.model.case import Case
    >>> from hemispasm.model.chart import Observation
    >>> from hemispasm.model.finding import Finding
    >>> seizure = Finding(code="history.seizure", value="present", quality="measurable",
    ...                   method="exam/1", origin="told")
    >>> day = date(2026, 3, 2)
    >>> [gate.code for gate in fire_gates(Chart(case=Case(id="P-1"), as_of=day,
    ...     observations=(Observation(day=day, finding=seizure),)))]
    ['seizure_generalised']
    """
    scene = Scene(chart=chart, side=view_side(chart).side, facts=FACTS)
    fired: dict[str, Gate] = {}
    for rule in load_gate_rules():
        because = unique(reason for part in rule.any_of for reason in show(part, scene))
        if not because or rule.unless_gate in fired:
            continue
        more = [reason for part in rule.supports for reason in show(part, scene)]
        fired[rule.code] = Gate(
            code=rule.code,
            urgency=rule.urgency,
            side=None if rule.code in SIDELESS else _side_of(because),
            because=unique((*because, *more)),
            basis=Basis(evidence=rule.evidence, expert_rule=rule.expert_rule),
        )
    return tuple(fired.values())


def _side_of(because: Reasons) -> Side | None:
    """Return the side of the findings that fired; treatments do not say where a finding is."""
    sides = {b.side for b in because if b.side is not None and not b.code.startswith("record.")}
    if len(sides) > 1:
        return Side.BOTH
    return next(iter(sides), None)
