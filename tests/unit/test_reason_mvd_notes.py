"""Notes around a decompression: said while they apply, and without numbers where withheld."""

from __future__ import annotations

import re

import pytest
from reason_charts import DAY, operation, seen
from reason_mvd import view

from hemispasm.evidence import Quantity, lookup_evidence
from hemispasm.model.texts import lookup_text
from hemispasm.reason.mvd_table import load_mvd_table

EVERY_NOTE = (
    seen("history.spasm", side="left"),
    seen("history.hypertension"),
    seen("history.hearing_dependence"),
    seen("imaging.offending_vessel", "va", "left"),
    seen("emg.baep_wave_v", "lost", "left"),
)


@pytest.mark.parametrize("code", ["child", "pregnancy", "redo", "secondary_cause"])
@pytest.mark.parametrize("days", [None, 10, 400])
def test_withheld_figures_leave_no_number_in_any_note(code, days):
    refused = ("mvd_figures", "relief_curve", "lateral_spread_update")
    operated = None if days is None else operation(days, side="left")
    notes = view(*EVERY_NOTE, operated=operated, refused=refused, code=code).notes
    named = {key for note in notes for key in re.findall(r"\{=([a-z0-9_.]+)\}", lookup_text(note))}
    quantities = {key: lookup_evidence(key).quantity for key in named}
    assert {k for k, q in quantities.items() if q is not Quantity.STATEMENT} == set()


def test_figures_of_second_operations_stand_for_a_redo_and_for_nobody_else_refused():
    done = operation(500, side="left", recurrence_day=DAY)
    for code, shown in [("redo", True), ("child", False), ("pregnancy", False)]:
        notes = view(operated=done, refused=("mvd_figures",), code=code).notes
        assert ("mvd_note.second_operation" in notes) is shown


def test_a_note_with_figures_stands_before_its_figures():
    notes = view(*EVERY_NOTE, operated=operation(10, side="left")).notes
    for name in load_mvd_table()["notes"]["with_figures"]:
        place = notes.index(f"mvd_note.{name}")
        assert notes[place + 1] == f"mvd_note.{name}_figures"


def test_delayed_palsy_is_spoken_of_until_its_last_day_and_not_after():
    last = int((lookup_evidence("follow_up.delayed_palsy_window").range or (0, 0))[1])
    for days, spoken in [(last, True), (last + 1, False)]:
        notes = view(operated=operation(days, side="left")).notes
        assert ("mvd_note.delayed_palsy" in notes) is spoken
    assert "mvd_note.delayed_palsy" in view().notes


def test_hypertension_adds_a_direction_to_delayed_palsy_and_changes_no_figure():
    raised = view(seen("history.hypertension"), operated=operation(3, side="left"))
    assert "mvd_note.palsy_hypertension" in raised.notes
    plain = view(seen("history.hypertension", "absent"), operated=operation(3, side="left"))
    assert "mvd_note.palsy_hypertension" not in plain.notes
    assert raised.rate == plain.rate


@pytest.mark.parametrize(
    ("days", "done", "observations", "shown"),
    [
        (100, {}, (seen("history.spasm", side="left"),), True),
        (100, {}, (), True),
        (400, {}, (seen("history.spasm", side="left"),), False),
        (100, {"relief_day": DAY}, (), False),
        (100, {"relief_day": DAY, "recurrence_day": DAY}, (), False),
    ],
)
def test_what_a_group_had_is_not_shown_to_whose_result_is_in(days, done, observations, shown):
    found = view(*observations, operated=operation(days, side="left", **done))
    assert (found.rate is not None) is shown


def test_after_a_year_with_spasm_the_operation_may_be_judged():
    spasm = seen("history.spasm", side="left")
    for days, said in [(364, False), (365, True)]:
        found = view(spasm, operated=operation(days, side="left"))
        assert ("mvd_note.may_be_judged" in found.notes) is said
        assert ("mvd_note.delayed_relief" in found.notes) is not said
    assert "mvd_note.may_be_judged" not in view(operated=operation(500, side="left")).notes
