"""Before a decompression: the checklist, and the findings for which hearing needs care."""

from __future__ import annotations

import pytest
from reason_charts import seen
from reason_mvd import view

from hemispasm.model.plan import MvdView
from hemispasm.model.side import Side


def status(found: MvdView, code: str) -> str:
    return next(item.status for item in found.checklist if item.code == code)


@pytest.mark.parametrize(
    ("observation", "note"),
    [
        (seen("imaging.offending_vessel", "va", "left"), "mvd_note.hearing_vertebral"),
        (seen("emg.baep_wave_v", "lost", "left"), "mvd_note.hearing_wave_lost"),
        (seen("emg.baep_wave_v", "changed", "left"), "mvd_note.hearing_wave_changed"),
        (seen("report.audiogram", "abnormal", "right"), "mvd_note.hearing_other_ear"),
        (seen("history.hearing_dependence"), "mvd_note.hearing_dependence"),
    ],
)
def test_a_finding_on_hearing_is_noted_for_its_own_side(observation, note):
    found = view(observation)
    assert note in found.notes
    assert [b.code for b in found.hearing] == [observation.finding.code]
    if observation.finding.side is not None:
        wrong = view(observation, side=Side.RIGHT)
        assert note not in wrong.notes
        assert wrong.hearing == ()


def test_what_nobody_wrote_down_is_open_and_never_done():
    assert {item.status for item in view().checklist} == {"open"}


@pytest.mark.parametrize(
    ("observations", "code", "expected"),
    [
        ([seen("imaging.study", "mri_high_resolution")], "mri_high_resolution", "done"),
        (
            [
                seen("imaging.study", "mri_high_resolution", days=-9),
                seen("imaging.study", "mra"),
            ],
            "mri_high_resolution",
            "done",
        ),
        ([seen("imaging.study", "mri_routine")], "mri_high_resolution", "open"),
        ([seen("imaging.study", "mri_high_resolution")], "mra", "open"),
        ([seen("imaging.assessability", "C", "left")], "image_quality", "caution"),
        (
            [seen("imaging.radiologist_report", "no_secondary_cause")],
            "radiologist_report",
            "done",
        ),
        (
            [seen("imaging.radiologist_report", "secondary_cause")],
            "radiologist_report",
            "caution",
        ),
        ([seen("imaging.radiologist_report", "not_assessable")], "radiologist_report", "open"),
        ([seen("report.audiogram", "normal", "left")], "audiogram", "open"),
        (
            [
                seen("report.audiogram", "normal", "left"),
                seen("report.audiogram", "normal", "right"),
            ],
            "audiogram",
            "done",
        ),
        ([seen("report.audiogram", "abnormal", "right")], "audiogram", "caution"),
        ([seen("history.fit_for_anaesthesia", "fit")], "anaesthesia", "done"),
        ([seen("history.fit_for_anaesthesia", "doubtful")], "anaesthesia", "caution"),
        ([seen("history.antithrombotic")], "antithrombotic_plan", "caution"),
        ([seen("history.antithrombotic", "absent")], "antithrombotic_plan", "done"),
        ([seen("video.affected_side", "left")], "baseline_recording", "done"),
        ([seen("history.spasm", side="left")], "side_confirmed", "open"),
        (
            [seen("history.spasm", side="left"), seen("exam.spasm", side="left")],
            "side_confirmed",
            "done",
        ),
        (
            [seen("history.spasm", side="left"), seen("exam.spasm", side="right")],
            "side_confirmed",
            "caution",
        ),
        (
            [seen("exam.spasm", side="left", days=-9), seen("exam.spasm", side="left")],
            "side_confirmed",
            "open",
        ),
        (
            [seen("history.spasm", side="left"), seen("history.first_site", "lower_lid", "left")],
            "side_confirmed",
            "open",
        ),
        (
            [seen("exam.spasm", side="left"), seen("scale.smc", 2.0, "left")],
            "side_confirmed",
            "open",
        ),
        (
            [seen("history.spasm", side="left"), seen("video.affected_side", "left")],
            "side_confirmed",
            "done",
        ),
    ],
)
def test_the_checklist_reads_the_chart(observations, code, expected):
    assert status(view(*observations), code) == expected
