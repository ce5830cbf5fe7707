"""The differential: which disease the findings speak for, how surely, and why.

A naive-Bayes model on log-odds with a fixed weight per feature, a cap on every likelihood ratio,
and a share of "something else" that never vanishes. ``docs/explanation/how-the-differential-works``
says what that means and what it cannot do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hemispasm.model.chart import Chart
from hemispasm.model.plan.common import Basis, Because
from hemispasm.model.plan.differential import CLASSES, ClassShare, Contribution, Differential
from hemispasm.model.side import Side
from hemispasm.reason.features import Feature, FeatureTable, load_features
from hemispasm.reason.likelihood import (
    drawn_likelihood,
    exponent_of,
    plug_in_likelihood,
    temper,
)
from hemispasm.reason.priors import Prior, find_prior
from hemispasm.reason.readings import Reading, read_features

FloatArray = NDArray[np.float64]
NoLead = Literal[
    "nothing_said", "vessel_only", "defining_finding", "not_separated", "something_else"
]
OTHER = CLASSES.index("other")
#: A ratio closer to one than this is no statement at all.
NOTHING_SAID = 1 + 1e-9


def rank_differential(chart: Chart, *, side: Side | None, seed: int = 0) -> Differential:
    """Return the classes in order of their share, each with its band and what moved it.

    Parameters
    ----------
    chart : Chart
        Everything known on the day.
    side : Side or None
        The affected side. None: findings that belong to a side are not weighed.
    seed : int
        Seed of the draws behind the bands; shares do not depend on it.

    Returns
    -------
    Differential
        ``share`` is the posterior at the expected value of every number in the tables; ``band``
        holds the middle 80 % of posteriors when those numbers are drawn from what is known of
        them. ``leading`` is None when no finding says anything or only a vessel at the nerve does,
        when a finding all but defines another class than the first, or when the first class is
        not first in most draws; ``no_lead`` says which.

    Notes
    -----
    Sex and ancestry are not used. Unknown and not assessable findings move nothing. A finding
    of a feature that was not known before never lowers the class under which it is most likely.

    Examples
    --------
    >>> from datetime import date
    >>> from hemispasm.model import Case
    >>> from hemispasm.model.chart import Observation
    >>> from hemispasm.model.finding import Finding
    >>> sign = Finding(code="exam.other_babinski", side="left", value="present",
    ...                quality="measurable", method="exam/1", origin="examined")
    >>> day = date(2026, 3, 2)
    >>> chart = Chart(case=Case(id="P-1", clinic_type="movement_disorder"), as_of=day,
    ...               observations=(Observation(day=day, finding=sign),))
    >>> rank_differential(chart, side=Side.LEFT).leading
    'hfs'
    >>> rank_differential(chart, side=Side.RIGHT).ignored[0].reason
    'other_side'
    """
    table = load_features()
    prior = find_prior(chart.case.clinic_type)
    readings, ignored = read_features(chart, side, table)
    terms = plug_in_terms(readings, table)
    shares = combine(np.log(prior.shares()), terms, table.rules.other_floor)
    drawn = draw_posteriors(prior, readings, table, seed=seed, draws=table.rules.draws)
    before = mix_other(prior.shares(), table.rules.other_floor)
    order = sorted(range(len(CLASSES)), key=lambda c: (-shares[c], c))
    first_in = float(np.mean(drawn.argmax(axis=1) == order[0]))
    contributions = tuple(
        _contribution(table.features[name], readings[name], terms, shares, prior, table)
        for name in terms
        if np.exp(-terms[name].min()) > NOTHING_SAID
    )
    no_lead = _why_none_leads(order[0], first_in, terms, table)
    return Differential(
        clinic_type=chart.case.clinic_type,
        prior_clinic=prior.clinic,
        other_floor=table.rules.other_floor,
        side=side,
        shares=tuple(
            ClassShare(
                name=CLASSES[c],
                share=float(shares[c]),
                band=_band(drawn[:, c], float(shares[c]), table.rules.level),
                level=table.rules.level,
                prior=float(before[c]),
            )
            for c in order
        ),
        leading=CLASSES[order[0]] if no_lead is None else None,
        no_lead=no_lead,
        first_in=first_in,
        contributions=tuple(sorted(contributions, key=lambda c: (-c.ratio, c.feature))),
        ignored=ignored,
        basis=Basis(evidence=prior.evidence, expert_rule=prior.expert_rule),
    )


def plug_in_terms(readings: Mapping[str, Reading], table: FeatureTable) -> dict[str, FloatArray]:
    """Return what each known feature adds to the log-share of every class, before scaling."""
    return {
        name: temper(
            plug_in_likelihood(table.features[name], reading),
            table.features[name].cap,
            exponent_of(table.features[name], reading),
        )
        for name, reading in readings.items()
    }


def combine(log_prior: FloatArray, terms: Mapping[str, FloatArray], floor: float) -> FloatArray:
    """Return posterior shares; works on one prior or on one per draw."""
    total = log_prior + sum(terms.values(), start=np.zeros_like(log_prior))
    total = np.exp(total - total.max(axis=-1, keepdims=True))
    return mix_other(total / total.sum(axis=-1, keepdims=True), floor)


def mix_other(shares: FloatArray, floor: float) -> FloatArray:
    """Return shares of which "something else" always holds at least ``floor``.

    Every other share is scaled by the same number, so none can fall because another was raised.

    Examples
    --------
    >>> bool(mix_other(np.eye(14)[0], 0.05)[OTHER] == 0.05)
    True
    """
    mixed = (1 - floor) * shares
    mixed[..., OTHER] += floor
    return mixed


def draw_posteriors(
    prior: Prior,
    readings: Mapping[str, Reading],
    table: FeatureTable,
    *,
    seed: int,
    draws: int,
) -> FloatArray:
    """Return posterior shares for drawn priors and drawn shares, of shape (draws, classes)."""
    # The prior's stream is set apart from those of the features by its last entry.
    rng = np.random.default_rng([seed, 0, 9])
    terms = {
        name: temper(
            drawn_likelihood(table.features[name], reading, seed=seed, draws=draws),
            table.features[name].cap,
            exponent_of(table.features[name], reading),
        )
        for name, reading in readings.items()
    }
    return combine(np.log(prior.draw(rng, draws)), terms, table.rules.other_floor)


def _band(drawn: FloatArray, share: float, level: float) -> tuple[float, float]:
    tail = (1 - level) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    # The posterior at the expected numbers is not the middle of skewed draws; the band that is
    # printed always holds the share that is printed.
    return min(float(low), share), max(float(high), share)


def _why_none_leads(
    first: int, first_in: float, terms: Mapping[str, FloatArray], table: FeatureTable
) -> NoLead | None:
    rules, material = table.rules, np.log(table.rules.material_ratio)
    spoken = [name for name, term in terms.items() if -term.min() >= material]
    if not spoken:
        return "nothing_said"
    if all(table.features[name].supportive for name in spoken):
        return "vessel_only"
    if first == OTHER:
        return "something_else"
    for name in spoken:
        defined = table.features[name].defines
        if defined and terms[name][CLASSES.index(defined)] - terms[name][first] >= material:
            return "defining_finding"
    return "not_separated" if first_in < rules.lead_probability else None


@dataclass(frozen=True)
class _Verdict:
    favours: int
    over: int


def _verdict(term: FloatArray, before: FloatArray, after: FloatArray, in_play: float) -> _Verdict:
    """Return which class a finding favours over which, among the classes still in play."""
    named = np.arange(len(CLASSES)) != OTHER
    largest = np.maximum(before, after)
    playing = named & (largest >= in_play)
    # Where one class alone is in play it is compared with the next, not with the rarest of all.
    two = np.zeros(len(CLASSES), dtype=bool)
    two[np.argsort(np.where(named, -largest, 0.0), kind="stable")[:2]] = True
    spread = np.log(NOTHING_SAID)
    everyone = np.ones(len(CLASSES), dtype=bool)
    candidates = next(
        np.flatnonzero(group)
        for group in (playing, two, named, everyone)
        if group is everyone or (group.any() and np.ptp(term[group]) > spread)
    )
    most = candidates[term[candidates] >= term[candidates].max() - 1e-12]
    favours = int(most[np.argmax(before[most])])
    # The class from which the finding took most.
    lost = before[candidates] * (1 - np.exp(term[candidates] - term[favours]))
    return _Verdict(favours, int(candidates[np.argmax(lost)]))


def _contribution(
    feature: Feature,
    reading: Reading,
    terms: Mapping[str, FloatArray],
    shares: FloatArray,
    prior: Prior,
    table: FeatureTable,
) -> Contribution:
    term = terms[feature.name]
    raw = plug_in_likelihood(feature, reading)
    without = {name: t for name, t in terms.items() if name != feature.name}
    before = combine(np.log(prior.shares()), without, table.rules.other_floor)
    verdict = _verdict(term, before, shares, table.rules.in_play)
    top = int(np.argmax(shares))
    names = (CLASSES[verdict.favours], CLASSES[verdict.over])
    evidence, expert_rule = feature.evidence_of(*names)
    machine = reading.detector.evidence if reading.detector is not None else ()
    return Contribution(
        feature=feature.name,
        group=feature.group,
        because=Because.of(reading.observation),
        favours=names[0],
        over=names[1],
        ratio=float(np.exp(term[verdict.favours] - term[verdict.over])),
        capped=bool(raw[verdict.favours] / raw[verdict.over] > feature.cap * (1 + 1e-9)),
        detector=reading.detector is not None,
        shift=float(shares[top] - before[top]),
        basis=Basis(
            evidence=tuple(dict.fromkeys((*evidence, *machine))),
            # A machine without published figures is an expert's word, whatever the ratio rests on.
            expert_rule=expert_rule or (reading.detector is not None and not machine),
        ),
    )
