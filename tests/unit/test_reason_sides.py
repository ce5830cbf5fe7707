"""The side: every source is heard, none is overruled, and in doubt there is none."""

from __future__ import annotations

import pytest
from reason_charts import chart, operation, seen, toxin

from hemispasm.model.case import Onset
from hemispasm.model.chart import Chart
from hemispasm.model.side import ImageSide, Side
from hemispasm.model.treatment import Treatments
from hemispasm.model.vocabulary import lookup_code
from hemispasm.reason.conditions import read_table
from hemispasm.reason.sides import says_both_sides, view_side


def treated(*, toxins=(), operations=()):
    return Treatments(toxin=tuple(toxins), operations=tuple(operations))


def one_source(name: str, side: str) -> Chart:
    if name == "case":
        return chart(onset=Onset(side=Side(side)))
    if name == "toxin":
        return chart(treatments=treated(toxins=[toxin(30, side=Side(side))]))
    if name == "operation":
        return chart(treatments=treated(operations=[operation(30, side=Side(side))]))
    if name.endswith("affected_side"):
        return chart(seen(name, side))
    definition = lookup_code(name)
    return chart(seen(name, 2.0 if definition.unit else definition.values[0], side))


CODES = [entry["code"] for entry in read_table("gates")["side_source"]]
LEADING = ("history.spasm", "exam.spasm", "video.affected_side", "emg.affected_side")
SOURCES = ["case", "toxin", "operation", *CODES]


def joined(one: Chart, other: Chart) -> Chart:
    """Return a chart that holds what two charts say."""
    given = [t for t in (one.treatments, other.treatments) if t is not None]
    onset = one.case.onset or other.case.onset
    return chart(
        *one.observations,
        *other.observations,
        onset=onset,
        treatments=Treatments(
            toxin=tuple(c for t in given for c in t.toxin),
            operations=tuple(o for t in given for o in t.operations),
        ),
    )


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("source", SOURCES)
def test_every_source_alone_gives_its_own_side_and_the_mirrored_chart_the_other(source, side):
    told = one_source(source, side)
    view = view_side(told)
    assert (view.side, view.conflict) == (Side(side), False)
    assert len(view.because) == 1
    mirrored = view_side(told.mirrored())
    assert (mirrored.side, mirrored.conflict) == (Side(side).other, False)


@pytest.mark.parametrize("source", [s for s in SOURCES if s != "history.spasm"])
def test_every_source_that_contradicts_the_patient_makes_a_conflict_and_no_side(source):
    both = joined(one_source(source, "right"), one_source("history.spasm", "left"))
    view = view_side(both)
    assert view.conflict
    assert view.side is None
    assert len(view.because) == 2
    mirrored = view_side(both.mirrored())
    assert mirrored.conflict
    assert mirrored.side is None


@pytest.mark.parametrize("source", [s for s in SOURCES if s != "history.spasm"])
def test_every_source_that_agrees_with_the_patient_leaves_the_side_standing(source):
    view = view_side(joined(one_source(source, "right"), one_source("history.spasm", "right")))
    assert (view.side, view.conflict, len(view.because)) == (Side.RIGHT, False, 2)


@pytest.mark.parametrize("code", ["video.affected_side", "emg.affected_side"])
@pytest.mark.parametrize("value", ["uncertain", "none_seen"])
def test_a_recording_that_does_not_decide_disagrees_with_nobody(code, value):
    view = view_side(chart(seen("history.spasm", side="left"), seen(code, value)))
    assert (view.side, view.conflict) == (Side.LEFT, False)


def test_no_spasm_seen_on_the_day_does_not_contradict_the_patient():
    view = view_side(
        chart(seen("history.spasm", side="left"), seen("exam.spasm", "absent", side="left"))
    )
    assert view.side is Side.LEFT


def test_absence_on_one_side_does_not_name_the_other():
    assert view_side(chart(seen("exam.spasm", "absent", side="left"))).side is None


def test_an_edge_of_the_picture_is_no_side():
    at_edge = seen("video.spasm_rate", 12.0, image_side=ImageSide.IMAGE_LEFT)
    uncertain = seen("video.affected_side", "uncertain", reason="mirroring_unknown")
    view = view_side(chart(at_edge, uncertain))
    assert (view.side, view.conflict, view.because) == (None, False, ())


def test_a_finding_with_an_image_edge_cannot_pass_a_side_on():
    said = seen("video.affected_side", "left", image_side=ImageSide.IMAGE_LEFT)
    assert view_side(chart(said)).side is None


def test_a_side_that_cannot_be_assessed_says_nothing():
    said = seen("video.affected_side", "left", quality="not_assessable")
    assert view_side(chart(said)).side is None


def test_nothing_on_file_gives_no_side_and_no_conflict():
    view = view_side(chart())
    assert (view.side, view.conflict, view.because) == (None, False, ())


def test_both_sides_at_one_visit_are_both():
    told = chart(seen("history.spasm", side="left"), seen("history.spasm", side="right"))
    assert view_side(told).side is Side.BOTH
    assert len(says_both_sides(told)) == 2


def test_both_said_in_one_word_are_both():
    assert view_side(chart(seen("history.spasm", side="both"))).side is Side.BOTH
    assert view_side(chart(seen("video.affected_side", "both"))).side is Side.BOTH


def test_a_second_side_that_joins_later_is_both_and_no_conflict():
    later = chart(
        seen("history.spasm", side="left", days=-400),
        seen("history.spasm", side="left"),
        seen("history.spasm", side="right"),
    )
    assert (view_side(later).side, view_side(later).conflict) == (Side.BOTH, False)


def test_one_source_that_changes_its_side_contradicts_itself():
    changed = chart(seen("exam.spasm", side="left", days=-90), seen("exam.spasm", side="right"))
    assert view_side(changed).conflict
    assert view_side(changed).side is None
    assert len(says_both_sides(changed)) == 2


def test_a_recording_of_each_side_at_two_visits_is_a_conflict():
    changed = chart(
        seen("video.affected_side", "left", days=-90), seen("video.affected_side", "right")
    )
    assert view_side(changed).conflict


def test_one_side_against_both_sides_is_a_conflict():
    view = view_side(chart(seen("history.spasm", side="both"), seen("video.affected_side", "left")))
    assert (view.side, view.conflict) == (None, True)


def test_toxin_on_both_sides_is_no_statement_on_the_side():
    symmetric = treated(toxins=[toxin(30, side=Side.BOTH)])
    assert view_side(chart(seen("history.spasm", side="left"), treatments=symmetric)).side is (
        Side.LEFT
    )
    assert view_side(chart(treatments=symmetric)).side is None
    assert says_both_sides(chart(treatments=symmetric)) == ()


def test_two_injections_on_one_day_are_toxin_on_both_sides():
    symmetric = treated(toxins=[toxin(30, side=Side.LEFT), toxin(30, side=Side.RIGHT)])
    assert view_side(chart(seen("history.spasm", side="left"), treatments=symmetric)).side is (
        Side.LEFT
    )


def test_an_operation_that_was_no_decompression_says_nothing_on_the_side():
    lid = treated(operations=[operation(30, kind="other", side=Side.RIGHT)])
    assert view_side(chart(seen("history.spasm", side="left"), treatments=lid)).side is Side.LEFT


def test_a_healthy_side_graded_as_healthy_is_not_the_side_of_the_spasm():
    graded = chart(
        seen("scale.jrs_total", 6.0, side="left"), seen("scale.jrs_total", 0.0, side="right")
    )
    assert view_side(graded).side is Side.LEFT


def test_a_graded_palsy_of_the_other_side_is_not_the_side_of_the_spasm():
    told = chart(
        seen("history.spasm", side="left"), seen("scale.house_brackmann", 3.0, side="right")
    )
    assert view_side(told).side is Side.LEFT


def test_statements_come_oldest_first_and_each_names_its_own_side():
    told = chart(seen("exam.spasm", side="right"), seen("history.spasm", side="right", days=-30))
    assert [b.code for b in view_side(told).because] == ["history.spasm", "exam.spasm"]


@pytest.mark.parametrize("source", [s for s in SOURCES if s not in LEADING])
def test_a_detail_or_treatment_of_one_side_does_not_contradict_both(source):
    told = joined(one_source(source, "right"), one_source("history.spasm", "both"))
    assert (view_side(told).side, view_side(told).conflict) == (Side.BOTH, False)


def test_earlier_spasms_count_while_a_source_has_moved_to_the_other_side():
    told = chart(
        seen("history.first_site", "lower_lid", "left", days=-90),
        seen("history.first_site", "lower_lid", "right"),
        seen("history.spasm", side="right"),
    )
    assert (view_side(told).side, view_side(told).conflict) == (None, True)


def test_details_alone_that_disagree_are_a_conflict_and_not_both_sides():
    told = chart(
        seen("history.first_site", "lower_lid", "left"), seen("exam.other_babinski", side="right")
    )
    assert (view_side(told).side, view_side(told).conflict) == (None, True)
