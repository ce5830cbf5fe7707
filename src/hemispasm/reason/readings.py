"""From the chart to one reading per feature, and a reason for every finding that is not weighed.

One sign counts once: what an examiner saw goes before what a report says, that before what the
patient tells, that before what a machine measured. Then the newest, then the better grade. The
order in which the chart holds its observations never matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from hemispasm.model.chart import Chart, Observation
from hemispasm.model.finding import Origin
from hemispasm.model.plan.common import Because
from hemispasm.model.plan.differential import Ignored
from hemispasm.model.quality import Grade
from hemispasm.model.side import Side
from hemispasm.model.vocabulary import lookup_code
from hemispasm.reason.detectors import is_detected, share_above
from hemispasm.reason.features import Detector, Feature, FeatureTable, ReadingRule

#: Whose word goes first. A machine that was never tried on patients comes last.
ORIGINS = (Origin.EXAMINED, Origin.REPORTED, Origin.TOLD, Origin.MEASURED)
GRADES = (Grade.MEASURABLE, Grade.LIMITED)


@dataclass(frozen=True)
class Reading:
    """One finding read as states of one feature.

    Attributes
    ----------
    sign : tuple of bool
        States of the feature that count as the sign.
    p_sign : float
        Probability that the sign was seen, from the finding's own interval or count; one or
        nought for a coded value.
    number : float or None
        The value of a feature that is a number.
    detector : Detector or None
        The machine that saw it; None for a human reading.
    """

    feature: str
    observation: Observation
    quality: Grade
    sign: tuple[bool, ...] = ()
    p_sign: float = 1.0
    number: float | None = None
    detector: Detector | None = None

    @property
    def possible(self) -> tuple[bool, ...]:
        """States that a coded reading leaves possible."""
        return self.sign if self.p_sign >= 0.5 else tuple(not s for s in self.sign)

    @property
    def rank(self) -> tuple[int, int, int]:
        """Sorts the reading that counts first."""
        return (
            ORIGINS.index(self.observation.finding.origin),
            -self.observation.day.toordinal(),
            GRADES.index(self.quality),
        )


@dataclass
class _Notes:
    """Findings that are not weighed, each with the reason."""

    ignored: list[Ignored]

    def add(self, seen: Observation, reason: str) -> None:
        self.ignored.append(Ignored(because=Because.of(seen), reason=reason))


def read_features(
    chart: Chart, side: Side | None, table: FeatureTable
) -> tuple[dict[str, Reading], tuple[Ignored, ...]]:
    """Return the reading of each feature that is known, and the findings left aside.

    Parameters
    ----------
    chart : Chart
        Everything known on the day.
    side : Side or None
        The affected side. None: findings that belong to a side are not weighed at all.
    table : FeatureTable
        The features.

    Returns
    -------
    readings : dict of str to Reading
        By feature; a feature that is not there is unknown, which is not "absent".
    ignored : tuple of Ignored
        With the reason: ``other_side``, ``side_unknown``, ``not_assessable``, ``undetermined``,
        ``counted_once``, ``counted_together``, ``superseded``, ``contradicted`` or
        ``not_weighed``.
    """
    notes = _Notes([])
    observations = sorted(chart.observations, key=_order)
    readings: dict[str, Reading] = {}
    for feature in table.features.values():
        reading = _read_feature(feature, observations, side, notes)
        if reading is not None and feature.unless in readings:
            notes.add(reading.observation, "counted_once")
        elif reading is not None:
            readings[feature.name] = reading
    for seen in observations:
        if seen.finding.code in table.not_weighed and seen.finding.value is not None:
            notes.add(seen, "not_weighed")
    # A finding that one feature cannot use may be what another rests on.
    used = {Because.of(reading.observation) for reading in readings.values()}
    left: dict[Because, Ignored] = {}
    for note in notes.ignored:
        # "Undetermined" only where no other feature has a better reason.
        known = left.get(note.because)
        if note.because not in used and (known is None or known.reason == "undetermined"):
            left[note.because] = note
    return readings, tuple(left.values())


def _order(seen: Observation) -> tuple[date, str, str, str, str]:
    finding = seen.finding
    return (seen.day, finding.code, str(finding.side), str(finding.value), str(finding.interval))


def _read_feature(
    feature: Feature, observations: Sequence[Observation], side: Side | None, notes: _Notes
) -> Reading | None:
    found: list[Reading] = []
    for rule in feature.readings:
        candidates = list(_candidates(feature, rule, observations, side, notes))
        chosen = _choose(candidates, feature, side, notes)
        if chosen is not None:
            found.append(chosen)
    if not found:
        return None
    if feature.combine == "all":
        return _narrow(found, notes)
    best = min(reading.rank[0] for reading in found)
    same = [reading for reading in found if reading.rank[0] == best]
    if feature.combine == "any":
        # A sign that one of several questions finds is there.
        first = next((r for r in same if r.possible[0]), same[0])
    else:
        first = same[0]
    for other in found:
        if other is not first:
            notes.add(other.observation, "counted_once")
    return first


def _candidates(
    feature: Feature,
    rule: ReadingRule,
    observations: Iterable[Observation],
    side: Side | None,
    notes: _Notes,
) -> Iterator[Reading]:
    seen_of_code = [seen for seen in observations if seen.finding.code == rule.code]
    usable = []
    for seen in seen_of_code:
        if seen.finding.value is None or seen.finding.quality is Grade.NOT_ASSESSABLE:
            notes.add(seen, "not_assessable")
        else:
            usable.append(seen)
    if rule.kind == "sides":
        yield from _read_sides(feature, rule, usable, side)
        return
    for seen in usable:
        reason = _wrong_side(seen, rule, side)
        if reason is None:
            reading = _read_one(feature, rule, seen)
            if reading is not None:
                yield reading
                continue
            reason = "undetermined"
        notes.add(seen, reason)


def _wrong_side(seen: Observation, rule: ReadingRule, side: Side | None) -> str | None:
    finding = seen.finding
    if rule.kind == "affected_side":
        named = finding.value
        if side is not None and side is not Side.BOTH and named == side.other:
            return "other_side"
        return None
    if finding.side is None:
        hidden = finding.image_side is not None or lookup_code(finding.code).sided
        return "side_unknown" if hidden else None
    if side is None:
        return "side_unknown"
    if Side.BOTH in (side, finding.side) or finding.side is side:
        return None
    return "other_side"


def _read_one(feature: Feature, rule: ReadingRule, seen: Observation) -> Reading | None:
    finding = seen.finding
    base = Reading(
        feature=feature.name,
        observation=seen,
        quality=finding.quality,
        detector=rule.detector if is_detected(finding) else None,
    )
    if rule.kind == "number":
        is_number = isinstance(finding.value, (int, float))
        return replace(base, number=float(finding.value)) if is_number else None  # type: ignore[arg-type]
    if rule.kind in ("value", "affected_side"):
        states = _states_named(rule, finding.value)
        if states is None:
            return None
        p_sign = _probability(rule, seen)
        return _coded(base, feature, states, p_sign)
    sign = tuple(state in rule.sign for state in feature.states)
    p_sign = _measured_probability(rule, seen)
    return None if p_sign is None else replace(base, sign=sign, p_sign=p_sign)


def _states_named(rule: ReadingRule, value: float | str | None) -> tuple[str, ...] | None:
    if rule.kind == "affected_side" and value in (Side.LEFT, Side.RIGHT):
        return rule.states.get("one")
    return rule.states.get(str(value))


def _coded(
    base: Reading, feature: Feature, states: tuple[str, ...], p_sign: float | None
) -> Reading:
    named = tuple(state in states for state in feature.states)
    if states == (feature.absent,):
        # "Looked and not there" is the machine's silence, not a sign of its own.
        there = tuple(not n for n in named)
        return replace(base, sign=there, p_sign=0.0 if p_sign is None else p_sign)
    return replace(base, sign=named, p_sign=1.0 if p_sign is None else p_sign)


def _probability(rule: ReadingRule, seen: Observation) -> float | None:
    # A machine that says how sure it is is believed that far and no further.
    p = seen.finding.extra(rule.key) if rule.key and is_detected(seen.finding) else None
    return float(p) if isinstance(p, (int, float)) and 0 <= p <= 1 else None


def _measured_probability(rule: ReadingRule, seen: Observation) -> float | None:
    value = seen.finding.value
    if rule.kind == "count":
        return float(value >= rule.threshold) if isinstance(value, (int, float)) else None
    if rule.kind == "probability":
        p = seen.finding.extra(rule.key)
        return float(p) if isinstance(p, (int, float)) and 0 <= p <= 1 else None
    if rule.kind == "probabilities":
        known = seen.finding.extra(rule.key)
        return min(1.0, sum(float(known.get(v, 0.0)) for v in rule.of)) if known else None
    return share_above(seen.finding, rule.threshold)


def _read_sides(
    feature: Feature, rule: ReadingRule, usable: Sequence[Observation], side: Side | None
) -> Iterator[Reading]:
    """Read "present on this side, absent on the other" off two findings of one code."""
    newest: dict[Side, Observation] = {}
    for on in Side:
        last = [s for s in usable if s.finding.side is on]
        last = [s for s in last if s.day == max(each.day for each in last)]
        if len({s.finding.value for s in last}) == 1:
            newest[on] = last[0]
    value = {s: seen.finding.value for s, seen in newest.items()}
    left, right = value.get(Side.LEFT), value.get(Side.RIGHT)
    state = ""
    if value.get(Side.BOTH) == "present" or left == right == "present":
        state = "both"
    elif {left, right} == {"present", "absent"}:
        state = "one"
    if state not in rule.states:
        return
    there = [s for s in newest.values() if s.finding.value == "present"]
    shown = next((s for s in there if s.finding.side is side), there[0])
    if state == "both":
        # The newer and worse of the two, so that left and right are read alike.
        newest_first = max(there, key=lambda s: (s.day, GRADES.index(s.finding.quality)))
        shown = _on_both_sides(newest_first)
    base = Reading(feature=feature.name, observation=shown, quality=shown.finding.quality)
    yield _coded(base, feature, rule.states[state], None)


def _choose(
    candidates: Sequence[Reading], feature: Feature, side: Side | None, notes: _Notes
) -> Reading | None:
    if not candidates:
        return None
    best = min(reading.rank for reading in candidates)
    same = [reading for reading in candidates if reading.rank == best]
    for reading in candidates:
        if reading.rank != best:
            older = reading.rank[0] == best[0]
            notes.add(reading.observation, "superseded" if older else "counted_once")
    first = same[0]
    if {reading.observation.finding.side for reading in same} >= {Side.LEFT, Side.RIGHT}:
        first = replace(first, observation=_on_both_sides(first.observation))
    if all(r.sign == first.sign and r.p_sign == first.p_sign for r in same):
        return first
    if side is Side.BOTH:
        # With both sides affected, the state listed first counts if either side shows it.
        return min(same, key=lambda r: r.possible.index(True) if True in r.possible else 99)
    if all(r.sign == first.sign and 0 < r.p_sign < 1 for r in same):
        return replace(first, p_sign=sum(r.p_sign for r in same) / len(same))
    for reading in same:
        notes.add(reading.observation, "contradicted")
    return None


def _on_both_sides(seen: Observation) -> Observation:
    """Return one of two alike findings as the finding of both sides that they are together."""
    finding = seen.finding.model_copy(update={"side": Side.BOTH})
    return seen.model_copy(update={"finding": finding})


def _narrow(found: Sequence[Reading], notes: _Notes) -> Reading | None:
    """Join readings that each leave some states possible."""
    possible = tuple(all(states) for states in zip(*(r.possible for r in found), strict=True))
    narrowest = min(found, key=lambda r: (sum(r.possible), r.rank))
    if not any(possible):
        for reading in found:
            notes.add(reading.observation, "contradicted")
        return None
    for reading in found:
        if reading is not narrowest:
            notes.add(reading.observation, "counted_together")
    quality = max((r.quality for r in found), key=GRADES.index)
    return replace(narrowest, sign=possible, p_sign=1.0, quality=quality)
