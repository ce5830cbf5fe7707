"""The work-up: tests that a rule asks for, then tests that would change the ranking most."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np

from hemispasm.model.base import Noun
from hemispasm.model.chart import Chart, Observation
from hemispasm.model.plan.common import Basis
from hemispasm.model.plan.differential import CLASSES, Differential, WorkUpStep
from hemispasm.model.plan.gates import Gate
from hemispasm.model.side import Side
from hemispasm.reason.features import Detector, Feature, load_features
from hemispasm.reason.information import Gain, expected_gain, outcome_table
from hemispasm.reason.readings import read_features
from hemispasm.reason.sides import view_side

#: Several studies are several answers, and one of each may do.
_SEVERAL = ("imaging.study", "imaging.assessability")


class Sign(Noun):
    """A value of a code that a rule looks for; without values any answer counts.

    ``study`` asks for the extra key of that name to begin so; ``where`` for an answer on the side
    of the spasm, on either side while that is not known.
    """

    code: str
    values: tuple[str, ...] = ()
    study: str | None = None
    where: Literal["affected"] | None = None

    def is_in(self, chart: Chart) -> bool:
        """Return whether a newest answer of the code, on any side, is such a value."""
        every = list(chart.every(self.code))
        affected = view_side(chart).side if self.where == "affected" else None
        if affected is not None and affected is not Side.BOTH:
            every = [seen for seen in every if seen.finding.side in (affected, Side.BOTH)]
        last = {s: max(x.day for x in every if x.finding.side is s) for s in _sides(every)}
        answers = [
            seen for seen in every if self.code in _SEVERAL or seen.day == last[seen.finding.side]
        ]
        return any(
            (not self.values or seen.finding.value in self.values)
            and (
                self.study is None
                or str(seen.finding.extra("study", "")).lower().startswith(self.study)
            )
            for seen in answers
        )


class Test(Noun):
    """One test: the codes it would bring, and what must be asked before it."""

    __test__ = False

    codes: tuple[str, ...]
    not_codes: tuple[str, ...] = ()
    not_features: tuple[str, ...] = ()
    not_with: tuple[Sign, ...] = ()
    machine: bool = False
    cautions: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


class TestRule(Noun):
    """A rule that asks for a test outright; ``without_ranking``, where the ranking is withheld."""

    __test__ = False

    name: str
    test: str
    without_ranking: bool = False
    leads: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    seen: tuple[Sign, ...] = ()
    only_if: tuple[Sign, ...] = ()
    unless: tuple[Sign, ...] = ()
    evidence: tuple[str, ...] = ()


class Caution(Noun):
    """What must be known before a test; ``sexes`` limits whom it concerns."""

    code: str
    sexes: tuple[str, ...] = ()


class TestSettings(Noun):
    """When a test is worth suggesting, and how its gain is reckoned."""

    __test__ = False

    minimum_bits: float
    decide_part: float
    enumerate_up_to: int
    samples_per_class: int


class TestTable(Noun):
    """``data/tests.toml``."""

    __test__ = False

    model: TestSettings
    test: dict[str, Test]
    rule: tuple[TestRule, ...]
    caution: dict[str, Caution]


@cache
def load_tests() -> TestTable:
    """Return the packaged table of tests.

    Examples
    --------
    >>> load_tests().test["mri"].cautions[0]
    'mri_contraindication'
    """
    path = files("hemispasm.reason").joinpath("data", "tests.toml")
    return TestTable.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


def suggest_work_up(
    chart: Chart, differential: Differential | None, gates: Sequence[Gate]
) -> tuple[WorkUpStep, ...]:
    """Return the tests that are not done: those of rules first, then by expected information.

    Parameters
    ----------
    chart : Chart
        Everything known on the day.
    differential : Differential or None
        The ranking as it stands; None when it is withheld, and then only gates ask for tests.
    gates : sequence of Gate
        Red flags that fired.

    Returns
    -------
    tuple of WorkUpStep
        Each test once. ``information_bits`` is None for a test that a rule asks for.
        ``cautions`` end in ``_unknown`` (ask) or ``_present`` (known to be so).

    Examples
    --------
    >>> from datetime import date
    >>> from hemispasm.model import Case
    >>> from hemispasm.reason.differential import rank_differential
    >>> chart = Chart(case=Case(id="P-1", clinic_type="neurosurgery"), as_of=date(2026, 3, 2))
    >>> suggest_work_up(chart, rank_differential(chart, side=None), ())[0].rule
    'mri_recommended'
    """
    table = load_tests()
    steps: dict[str, WorkUpStep] = {}
    for rule in table.rule:
        if rule.test not in steps and _fires(rule, chart, differential, gates):
            steps[rule.test] = WorkUpStep(
                test=rule.test,
                rule=rule.name,
                cautions=_cautions(table, rule.test, chart),
                basis=Basis(evidence=rule.evidence, expert_rule=True),
            )
    ranked = [] if differential is None else list(_by_information(table, chart, differential))
    ranked = [step for step in ranked if step.test not in steps]
    ranked.sort(key=lambda step: (-(step.information_bits or 0.0), step.test))
    return (*steps.values(), *ranked)


def _fires(
    rule: TestRule, chart: Chart, differential: Differential | None, gates: Iterable[Gate]
) -> bool:
    if any(sign.is_in(chart) for sign in rule.unless):
        return False
    if not all(sign.is_in(chart) for sign in rule.only_if):
        return False
    leads = differential is not None and differential.shares[0].name in rule.leads
    fired = any(gate.code in rule.gates for gate in gates)
    withheld = rule.without_ranking and differential is None
    return leads or fired or withheld or any(sign.is_in(chart) for sign in rule.seen)


def _cautions(table: TestTable, test: str, chart: Chart) -> tuple[str, ...]:
    found = []
    for name in table.test[test].cautions:
        caution = table.caution[name]
        known = chart.is_present(caution.code)
        concerns = not caution.sexes or chart.case.sex is None or chart.case.sex in caution.sexes
        if known:
            found.append(f"{name}_present")
        elif known is None and concerns:
            found.append(f"{name}_unknown")
    return tuple(found)


def _sides(seen: Iterable[Observation]) -> set[Side | None]:
    return {each.finding.side for each in seen}


def _by_information(
    table: TestTable, chart: Chart, differential: Differential
) -> Iterator[WorkUpStep]:
    features = load_features()
    known, _ = read_features(chart, differential.side, features)
    by_name = {share.name: share.share for share in differential.shares}
    shares = np.array([by_name[name] for name in CLASSES])
    for name, test in table.test.items():
        if any(sign.is_in(chart) for sign in test.not_with):
            continue
        brought = _brought(test, features.features, known)
        if not brought:
            continue
        gain = expected_gain(
            shares,
            [outcome_table(feature, detector, shares) for feature, detector in brought],
            enumerate_up_to=table.model.enumerate_up_to,
            samples_per_class=table.model.samples_per_class,
            seed=0,
        )
        if gain.bits < table.model.minimum_bits:
            continue
        yield WorkUpStep(
            test=name,
            information_bits=gain.bits,
            cautions=_cautions(table, name, chart),
            would_decide=_decided(gain, table.model.decide_part),
            basis=Basis(evidence=test.evidence, expert_rule=True),
        )


def _brought(
    test: Test, features: Mapping[str, Feature], known: Iterable[str]
) -> list[tuple[Feature, Detector | None]]:
    """Return the features that a test would bring and that are not known yet."""
    brought = []
    for feature in features.values():
        rule = next(
            (
                r
                for r in feature.readings
                if r.code.startswith(test.codes or ("-",)) and r.code not in test.not_codes
            ),
            None,
        )
        open_still = feature.name not in (*known, *test.not_features) and bool(feature.states)
        if rule is not None and open_still:
            brought.append((feature, rule.detector if test.machine else None))
    return brought


def _decided(gain: Gain, part: float) -> tuple[str, ...]:
    largest = gain.by_class.max()
    order = np.argsort(-gain.by_class, kind="stable")[:4]
    return tuple(
        CLASSES[c] for c in order if gain.by_class[c] >= part * largest and CLASSES[c] != "other"
    )
