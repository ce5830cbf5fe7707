"""Rules of the gates and refusals that need more than one look at a finding."""

from __future__ import annotations

from types import MappingProxyType

from hemispasm.model.chart import Chart
from hemispasm.model.finding import Origin
from hemispasm.model.plan.common import Because
from hemispasm.model.side import Side
from hemispasm.model.treatment import Operation
from hemispasm.reason.conditions import Reasons, load_thresholds
from hemispasm.reason.records import (
    age_at_onset,
    age_now,
    decompressions,
    operation_reason,
    same_side,
    toxin_cycles,
    toxin_reason,
)
from hemispasm.reason.sides import says_both_sides, view_side

DAYS_IN_MONTH = 365.25 / 12
DEFICITS = MappingProxyType(
    {
        "history.limb_weakness": "present",
        "history.new_facial_weakness": "present",
        "exam.speech": "abnormal",
        "exam.limb_power": "reduced",
        "exam.facial_power": "reduced",
    }
)
WEAKENED_BY_TOXIN = ("history.new_facial_weakness", "exam.facial_power")


def side_conflict(chart: Chart) -> Reasons:
    """Return every statement on the side when they disagree."""
    view = view_side(chart)
    return view.because if view.conflict else ()


def young_onset(chart: Chart) -> Reasons:
    """Return the age at onset when it was surely below the threshold.

    Where nothing tells it, the age now stands in: nobody was older at onset than now.
    """
    age = age_at_onset(chart) or age_now(chart)
    limit = load_thresholds()["young_onset_age"].number
    return (age.because,) if age is not None and age.high < limit else ()


def may_be_child(chart: Chart) -> Reasons:
    """Return the age when the patient is, or may be, below the age of an adult.

    The year of birth leaves a year open; figures of adults are then withheld until the age is
    told. An age that nothing tells withholds nothing.
    """
    age = age_now(chart)
    limit = load_thresholds()["adult_age"].number
    return (age.because,) if age is not None and age.low < limit else ()


def sudden_with_deficit(chart: Chart) -> Reasons:
    """Return a sudden beginning together with weakness of face or limb or with failing speech.

    A beginning known to be long ago does not count; how long ago is often unknown, and unknown
    is not long ago. Weakness of the face after toxin is the effect of the toxin, and weakness that
    an examiner sees where a palsy or an injury is on file may be left from that. What a machine
    measured makes no emergency.
    """
    began = chart.latest("history.onset_course")
    if began is None or began.finding.value != "sudden" or _known_to_be_long_ago(chart):
        return ()
    limit = load_thresholds()["toxin_effect_until"].number
    found: list[Because] = []
    for code, value in DEFICITS.items():
        for side in (None, *Side):
            seen = chart.latest(code, side)
            if seen is None or seen.finding.value != value:
                continue
            after_toxin = any(0 <= (seen.day - c.day).days <= limit for c in toxin_cycles(chart))
            excused = code in WEAKENED_BY_TOXIN and after_toxin
            excused |= code == "exam.facial_power" and _weak_before(chart, side)
            if not excused and seen.finding.origin is not Origin.MEASURED:
                found.append(Because.of(seen))
    return (Because.of(began), *dict.fromkeys(found)) if found else ()


def _weak_before(chart: Chart, side: Side | None) -> bool:
    causes = ("history.prior_facial_palsy", "history.facial_nerve_injury")
    return any(chart.value(code, side) == "present" for code in causes)


def _known_to_be_long_ago(chart: Chart) -> bool:
    lasted = chart.latest("history.duration")
    if lasted is None or not isinstance(lasted.finding.value, float):
        return False
    interval = lasted.finding.interval
    months = interval[0] if interval else lasted.finding.value
    months += (chart.as_of - lasted.day).days / DAYS_IN_MONTH
    return months >= load_thresholds()["sudden_until"].number


def weakness_of_unknown_treatment(chart: Chart) -> Reasons:
    """Return weakness of the face that was seen while nobody said what was done before."""
    told = chart.treatments is not None or chart.case.prior_treatment is not None
    if told or chart.is_present("history.prior_decompression"):
        return ()
    grade = load_thresholds()["palsy_grade"].number
    found: list[Because] = []
    for side in Side:
        power = chart.latest("exam.facial_power", side)
        if power is not None and power.finding.value == "reduced":
            found.append(Because.of(power))
        graded = chart.latest("scale.house_brackmann", side)
        value = None if graded is None else graded.finding.value
        if graded is not None and isinstance(value, float) and value >= grade:
            found.append(Because.of(graded))
    return tuple(found)


def toxin_effect_not_over(chart: Chart) -> Reasons:
    """Return toxin cycles with trouble of swallowing or breathing that has not ended."""
    found: list[Because] = []
    for cycle in toxin_cycles(chart):
        for effect in cycle.effects or ():
            grave = effect.kind in ("swallowing", "breathing")
            if grave and (effect.end is None or effect.end > chart.as_of):
                found.append(toxin_reason(cycle))
                found.append(
                    Because(
                        code="record.toxin_effect",
                        value=effect.kind,
                        side=cycle.side,
                        day=effect.start or cycle.day,
                        origin=Origin.REPORTED,
                    )
                )
    return tuple(found)


def redo(chart: Chart) -> Reasons:
    """Return what tells that the next decompression of this side would be a second one.

    That is: two on record, or one with a recorded recurrence, or one that was told of before the
    first recorded one or without any. One decompression on record without a recurrence is the
    first operation, and its course is what the published figures are about.
    """
    recorded = decompressions(chart)
    for i, earlier in enumerate(recorded):
        again = [later for later in recorded[i + 1 :] if same_side(earlier.side, later.side)]
        if again:
            return tuple(operation_reason(o) for o in (earlier, *again))
        if earlier.recurrence_day is not None and earlier.recurrence_day <= chart.as_of:
            return (operation_reason(earlier),)
    return _told_before(chart, recorded)


def _told_before(chart: Chart, recorded: tuple[Operation, ...]) -> Reasons:
    side = view_side(chart).side
    found: list[Because] = []
    for told_side in Side:
        told = chart.latest("history.prior_decompression", told_side)
        if told is None or told.finding.value != "present" or not same_side(told_side, side):
            continue
        operated = [o for o in recorded if same_side(o.side, told_side)]
        if all(told.day <= o.day for o in operated):
            found.append(Because.of(told))
            found += [operation_reason(o) for o in operated]
    return tuple(found)


def operated_once(chart: Chart) -> Reasons:
    """Return the one recorded decompression of this side, when there is one and no redo."""
    if redo(chart):
        return ()
    side = view_side(chart).side
    return tuple(operation_reason(o) for o in decompressions(chart) if same_side(o.side, side))


FACTS = MappingProxyType(
    {
        "side_conflict": side_conflict,
        "both_sides": says_both_sides,
        "young_onset": young_onset,
        "may_be_child": may_be_child,
        "sudden_with_deficit": sudden_with_deficit,
        "weakness_of_unknown_treatment": weakness_of_unknown_treatment,
        "toxin_effect_not_over": toxin_effect_not_over,
        "redo": redo,
        "operated_once": operated_once,
    }
)
