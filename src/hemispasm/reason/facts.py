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
        "toxin_effect_not_over": toxin_effect_not_over,
        "redo": redo,
        "operated_once": operated_once,
    }
)
