"""The expert rules on whom an option suits: read from a table, evaluated on the chart."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from hemispasm.model.chart import Chart, Observation
from hemispasm.model.plan.common import Basis, Because
from hemispasm.model.plan.gates import Gate, Refusal
from hemispasm.model.plan.options import OptionReason
from hemispasm.model.side import Side


@dataclass(frozen=True)
class Condition:
    """A finding that must stand in the chart.

    Attributes
    ----------
    code : str
        Finding code.
    where : str
        ``affected`` or ``other`` side of the face (not met while the side is unknown), or
        ``any``: whatever side, and codes without one.
    values : tuple of str
        Text values that meet it.
    at_least, at_most : float or None
        Limits of a number, in the unit of the code.
    """

    code: str
    where: Literal["affected", "other", "any"] = "any"
    values: tuple[str, ...] = ()
    at_least: float | None = None
    at_most: float | None = None

    def is_met_by(self, value: float | str | None) -> bool:
        """Return whether a value meets it; an unknown value never does."""
        if value is None:
            return False
        if isinstance(value, str):
            return value in self.values
        if self.at_least is None and self.at_most is None:
            return False
        low = self.at_least is None or value >= self.at_least
        return low and (self.at_most is None or value <= self.at_most)


@dataclass(frozen=True)
class Rule:
    """One reason of the table: for which options it speaks, and when it applies.

    It applies when every condition of ``every`` and one of ``one_of`` is met (where there are
    any), when one of ``gates``, ``urgencies`` or ``refusals`` fired, or when ``fact`` holds.
    """

    code: str
    suits: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    rules_out: bool = False
    every: tuple[Condition, ...] = ()
    one_of: tuple[Condition, ...] = ()
    gates: tuple[str, ...] = ()
    urgencies: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    fact: str | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Situation:
    """What the rules look at: chart, affected side, what fired, what is refused, derived facts.

    ``facts`` holds the facts that are true, each with the findings that say so.
    """

    chart: Chart
    side: Side | None
    gates: Sequence[Gate] = ()
    refusals: Sequence[Refusal] = ()
    facts: Mapping[str, tuple[Because, ...]] = field(default_factory=dict)


@cache
def load_option_table() -> Mapping[str, Any]:
    """Return the parsed table of options, rules, thresholds and preferences.

    Examples
    --------
    >>> [option["name"] for option in load_option_table()["option"]][:3]
    ['observation', 'toxin', 'mvd']
    """
    text = files("hemispasm.reason").joinpath("data", "options.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def load_rules() -> tuple[Rule, ...]:
    """Return the rules in the order of the table."""
    return tuple(_rule(row) for row in load_option_table()["reason"])


def threshold(name: str) -> float:
    """Return one limit of an expert rule.

    Examples
    --------
    >>> threshold("hfs_leads_share")
    0.8
    """
    return float(load_option_table()["threshold"][name]["value"])


def applying_reasons(situation: Situation) -> tuple[tuple[Rule, OptionReason], ...]:
    """Return the rules that apply, each with the reason as the page shows it.

    Parameters
    ----------
    situation : Situation
        Chart, side, gates and facts.

    Returns
    -------
    tuple of (Rule, OptionReason)
        In the order of the table.
    """
    found = []
    for rule in load_rules():
        because = _because(rule, situation)
        if because is not None:
            basis = Basis(evidence=rule.evidence, expert_rule=True)
            reason = OptionReason(
                code=rule.code, rules_out=rule.rules_out, because=because, basis=basis
            )
            found.append((rule, reason))
    return tuple(found)


def observations_that_meet(
    condition: Condition, chart: Chart, side: Side | None
) -> tuple[Observation, ...]:
    """Return the newest observations, at most one a side, that meet a condition."""
    newest = [chart.latest(condition.code, each) for each in _sides(condition, side)]
    if condition.where == "any":
        newest.append(_unsided(chart, condition.code))
    return tuple(o for o in newest if o is not None and condition.is_met_by(o.finding.value))


def _unsided(chart: Chart, code: str) -> Observation | None:
    found = (o for o in chart.every(code) if o.finding.side is None)
    return max(found, key=lambda o: o.day, default=None)


def _sides(condition: Condition, side: Side | None) -> tuple[Side, ...]:
    if condition.where == "any":
        return tuple(Side)
    if side is None:
        return ()
    if side is Side.BOTH:
        return tuple(Side)
    return (side, Side.BOTH) if condition.where == "affected" else (side.other, Side.BOTH)


def _because(rule: Rule, situation: Situation) -> tuple[Because, ...] | None:
    if rule.fact is not None:
        return situation.facts.get(rule.fact)
    fired: list[Gate | Refusal] = [
        g for g in situation.gates if g.code in rule.gates or g.urgency.value in rule.urgencies
    ]
    fired += [r for r in situation.refusals if r.code in rule.refusals]
    if fired:
        return _without_repeats(b for each in fired for b in each.because)
    if not (rule.every or rule.one_of):
        return None
    chart, side = situation.chart, situation.side
    all_of = [observations_that_meet(c, chart, side) for c in rule.every]
    any_of = [o for c in rule.one_of for o in observations_that_meet(c, chart, side)]
    if not all(all_of) or (rule.one_of and not any_of):
        return None
    seen = [o for group in all_of for o in group] + any_of
    return _without_repeats(Because.of(o) for o in seen)


def _without_repeats(reasons: Iterable[Because]) -> tuple[Because, ...]:
    kept: list[Because] = []
    for reason in reasons:
        if reason not in kept:
            kept.append(reason)
    return tuple(kept)


def _rule(row: Mapping[str, Any]) -> Rule:
    return Rule(
        code=row["code"],
        suits=tuple(row.get("suits", ())),
        against=tuple(row.get("against", ())),
        rules_out=bool(row.get("rules_out", False)),
        every=tuple(_condition(c) for c in row.get("every", ())),
        one_of=tuple(_condition(c) for c in row.get("one_of", ())),
        gates=tuple(row.get("gates", ())),
        urgencies=tuple(row.get("urgencies", ())),
        refusals=tuple(row.get("refusals", ())),
        fact=row.get("fact"),
        evidence=tuple(row.get("evidence", ())),
    )


def _condition(row: Mapping[str, Any]) -> Condition:
    return Condition(
        code=row["code"],
        where=row.get("where", "any"),
        values=tuple(row.get("values", ())),
        at_least=row.get("at_least"),
        at_most=row.get("at_most"),
    )
