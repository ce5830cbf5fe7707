"""Conditions over a chart, written as data: what they ask for, and what shows them to hold.

A condition that nothing shows does not hold. That says nothing about its opposite: what nobody
asked or looked for is unknown, not absent.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from hemispasm.evidence import lookup_evidence
from hemispasm.model.base import Noun
from hemispasm.model.chart import Chart, Observation
from hemispasm.model.finding import Origin
from hemispasm.model.plan.common import Because
from hemispasm.model.plan.gates import Gate
from hemispasm.model.quality import Grade
from hemispasm.model.side import Side
from hemispasm.model.vocabulary import lookup_code
from hemispasm.reason.records import (
    decompressions,
    operation_reason,
    operations,
    same_side,
    toxin_cycles,
    toxin_reason,
)

Reasons = tuple[Because, ...]
Fact = Callable[[Chart], Reasons]
Treatment = Literal["toxin", "operation", "decompression"]


class Threshold(Noun):
    """A number with its source: our own (``expert_rule``), or from the evidence tables.

    ``of`` takes the smallest or largest number of the published ranges of ``source``.
    """

    value: float | None = None
    of: Literal["low", "high"] | None = None
    unit: str
    source: tuple[str, ...]
    why: str = ""

    @field_validator("source", mode="before")
    @classmethod
    def _one_or_many(cls, given: Any) -> Any:
        return (given,) if isinstance(given, str) else given

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.value is None) == (self.of is None):
            raise ValueError("a threshold has a value of its own or takes a published one")
        return self

    @property
    def number(self) -> float:
        """The number itself."""
        if self.value is not None:
            return self.value
        ranges = [lookup_evidence(key).range for key in self.source]
        published = [r for r in ranges if r is not None]
        if self.of == "low":
            return min(low for low, _ in published)
        return max(high for _, high in published)


class Condition(Noun):
    """One thing to look for, or several joined; the head of ``gates.toml`` explains each key."""

    code: str | None = None
    values: tuple[str, ...] = Field(default=(), alias="is")
    below: str | None = None
    at_least: str | None = None
    after: Treatment | None = None
    outside: Treatment | None = None
    from_day: str | None = None
    until_day: str | None = None
    untreated: bool = False
    same_side: bool = False
    one_side_only: bool = False
    recent: str | None = None
    measured: bool = False
    origins: tuple[Origin, ...] = ()
    fact: str | None = None
    gate: str | None = None
    urgency: str | None = None
    any_of: tuple[Condition, ...] = ()
    all_of: tuple[Condition, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        asked = (self.code, self.fact, self.gate, self.urgency)
        kinds = sum(each is not None for each in asked) + bool(self.any_of) + bool(self.all_of)
        if kinds != 1:
            raise ValueError("a condition asks for exactly one thing")
        if self.code is not None:
            allowed = lookup_code(self.code).values
            unknown = set(self.values) - set(allowed)
            if unknown:
                raise ValueError(f"{self.code} never takes {sorted(unknown)}")
            if not (self.values or self.below or self.at_least):
                raise ValueError(f"{self.code}: say which value or number is meant")
        return self

    def parts(self) -> Iterator[Condition]:
        """Yield this condition and everything inside it."""
        yield self
        for part in (*self.any_of, *self.all_of):
            yield from part.parts()


@dataclass(frozen=True)
class Scene:
    """What conditions are held against: the chart, its side, gates so far, facts, thresholds."""

    chart: Chart
    side: Side | None = None
    gates: Sequence[Gate] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def days(self, name: str | None, otherwise: float) -> float:
        """Return a threshold by name."""
        return otherwise if name is None else load_thresholds()[name].number


@cache
def load_thresholds() -> Mapping[str, Threshold]:
    """Return every threshold of ``gates.toml`` by name.

    Examples
    --------
    >>> load_thresholds()["young_onset_age"].number
    40.0
    """
    table = read_table("gates")["threshold"]
    return {name: Threshold.model_validate(fields) for name, fields in table.items()}


def read_table(name: str) -> dict[str, Any]:
    """Return one table of ``reason/data``."""
    text = files("hemispasm.reason").joinpath("data", f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def show(condition: Condition, scene: Scene) -> Reasons:
    """Return what shows that a condition holds; nothing when nothing shows it.

    Parameters
    ----------
    condition : Condition
        What is looked for.
    scene : Scene
        Where it is looked for.

    Returns
    -------
    tuple of Because
        Every finding that speaks for it, treatments it depends on included.
    """
    if condition.any_of:
        return unique(because for part in condition.any_of for because in show(part, scene))
    if condition.all_of:
        shown = [show(part, scene) for part in condition.all_of]
        return unique(because for part in shown for because in part) if all(shown) else ()
    if condition.fact is not None:
        return scene.facts[condition.fact](scene.chart)
    if condition.gate is not None:
        return tuple(b for g in scene.gates if g.code == condition.gate for b in g.because)
    if condition.urgency is not None:
        return unique(b for g in scene.gates if g.urgency == condition.urgency for b in g.because)
    return unique(because for because in _show_code(condition, scene))


def unique(reasons: Iterator[Because] | Sequence[Because]) -> Reasons:
    """Return reasons once each, in the order in which they first came."""
    kept: list[Because] = []
    for because in reasons:
        if because not in kept:
            kept.append(because)
    return tuple(kept)


def _show_code(condition: Condition, scene: Scene) -> Iterator[Because]:
    matching: dict[Side | None, list[Observation]] = {}
    for side in (None, *Side):
        found = [
            seen
            for seen in _newest(condition, scene, side)
            if _matches(condition, scene, seen) and _placed(condition, scene, seen)
        ]
        if found:
            matching[side] = found
    if condition.one_side_only and len(matching) != 1:
        return
    if condition.one_side_only and Side.BOTH in matching:
        return
    for found in matching.values():
        for seen in found:
            treatment = _treatment_before(condition.after, condition, scene, seen)
            if condition.after is not None and treatment is None:
                continue
            yield Because.of(seen)
            if treatment is not None:
                yield treatment


def _newest(condition: Condition, scene: Scene, side: Side | None) -> list[Observation]:
    """Return the observations of the newest day, of one side, that the condition may use."""
    usable = [
        seen
        for seen in scene.chart.observations
        if seen.finding.code == condition.code
        and seen.finding.side == side
        and seen.finding.value is not None
        and seen.finding.quality is not Grade.NOT_ASSESSABLE
        and seen.day <= scene.chart.as_of
        and (condition.measured or seen.finding.origin is not Origin.MEASURED)
        and (not condition.origins or seen.finding.origin in condition.origins)
        and (not condition.untreated or is_untreated(scene.chart, seen.day))
    ]
    newest = max((seen.day for seen in usable), default=None)
    return [seen for seen in usable if seen.day == newest]


def _matches(condition: Condition, scene: Scene, seen: Observation) -> bool:
    value = seen.finding.value
    if isinstance(value, str):
        return value in condition.values
    if value is None:
        return False
    if condition.below is not None:
        return value < scene.days(condition.below, 0)
    return condition.at_least is not None and value >= scene.days(condition.at_least, 0)


def _placed(condition: Condition, scene: Scene, seen: Observation) -> bool:
    """Return whether the finding is on the right side and at the right time."""
    if condition.same_side and not same_side(seen.finding.side, scene.side):
        return False
    age = (scene.chart.as_of - seen.day).days
    if condition.recent is not None and age > scene.days(condition.recent, 0):
        return False
    return _treatment_before(condition.outside, condition, scene, seen) is None


def _treatment_before(
    kind: Treatment | None, condition: Condition, scene: Scene, seen: Observation
) -> Because | None:
    """Return the latest treatment of a kind in the window before a finding."""
    first = scene.days(condition.from_day, 0)
    last = scene.days(condition.until_day, float("inf"))
    within = [
        reason
        for reason in _treatments(kind, scene.chart)
        if first <= (seen.day - reason.day).days <= last
    ]
    return max(within, key=lambda reason: reason.day, default=None)


def _treatments(kind: Treatment | None, chart: Chart) -> list[Because]:
    if kind == "toxin":
        return [toxin_reason(c) for c in toxin_cycles(chart)]
    if kind == "operation":
        return [operation_reason(o) for o in operations(chart)]
    if kind == "decompression":
        return [operation_reason(o) for o in decompressions(chart)]
    return []


def is_untreated(chart: Chart, day: date) -> bool:
    """Return whether it is known that nothing had been done before a day.

    Toxin on the day itself does not count: a patient is examined first, and toxin takes days to
    act. An operation on the day counts. Treatments that nobody recorded are not "none".
    """
    if chart.treatments is None or chart.case.prior_treatment:
        return False
    if chart.is_present("history.prior_decompression"):
        return False
    return all(c.day >= day for c in toxin_cycles(chart)) and all(
        o.day > day for o in operations(chart)
    )
