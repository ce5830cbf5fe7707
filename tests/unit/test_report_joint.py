"""The section on video and EMG: what it says of the clock, the sides and what only one saw."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from joint_recordings import emg, video
from test_joint_clock import flashes, starts

from hemispasm.measure.joint.join import join_recordings
from hemispasm.model import Mirrored, Side, Trace
from hemispasm.report.document import Callout, Document, Figure, Para, Section, Table
from hemispasm.report.html import render_html
from hemispasm.report.joint_rows import Pair, lanes_of_pair
from hemispasm.report.joint_section import joint_section, with_joint
from hemispasm.report.text import render_text

DAY = date(2026, 3, 2)


def traces_of(watched, name, sides, **meta):
    step = 1 / 30
    times = np.arange(0, watched.duration_s, step)
    return tuple(
        Trace(name, "1", times, np.abs(np.sin(times)), meta=meta, **side) for side in sides
    )


def make_pair(seen, heard, *, closure_sides=None) -> Pair:
    both = ({"side": Side.LEFT}, {"side": Side.RIGHT})
    closures = traces_of(seen, "eye_closure", closure_sides or both)
    envelopes = traces_of(heard, "emg_envelope", both, channel="oculi", muscle="orbicularis_oculi")
    joined = join_recordings(seen, heard).document
    return Pair(joined, seen.document, closures, heard.document, envelopes, DAY)


def patient_pair(side=Side.LEFT, electrodes=None, *, lost=0, marks=None, **more):
    spasms, blinks = starts()
    named = {} if marks is None else {"marks": marks["marks"]}
    noted = {} if marks is None else {"marks": marks["noted"]}
    seen = video(spasms[lost:], blinks, side, **named, **more)
    return make_pair(seen, emg(spasms, blinks, electrodes or side, **noted))


def page(section: Section) -> Document:
    return Document(title=("Case",), mark=("DRAFT",), banners=(), summary=Para("Seen."),
                    sections=(Section("timeline", ("Timeline",), ()), section))  # fmt: skip


def words(section: Section) -> str:
    return render_text(page(section), twins=False)


def figure_of(section: Section) -> Figure:
    return next(block for block in section.children if isinstance(block, Figure))


def test_the_section_says_how_the_clock_was_found_and_its_interval():
    by_events = words(joint_section(patient_pair()))
    assert re.search(r"clock reads [67]\.\d{3} s \(95 % interval [\d.]+ to [\d.]+\)", by_events)
    assert "No sync mark was used" in by_events
    assert "too short to tell" in by_events
    by_marks = words(joint_section(patient_pair(marks=flashes(3.1, 4.2, 80.0))))
    assert "found from 3 marks that both recorders noted" in by_marks
    assert "after the muscle's activity" in by_marks


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
def test_spasms_that_only_one_saw_stand_in_a_table_with_time_and_side(side):
    section = joint_section(patient_pair(side, lost=2))
    (table,) = (block for block in section.children if isinstance(block, Table))
    (group,) = table.groups
    assert len(group.rows) == 2
    for row in group.rows:
        assert row[2] == (f"patient's {side}",)
        assert row[3] == ("EMG alone",)
    assert "The video alone saw 0 spasms; the EMG alone 2 spasms." in words(section)


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
def test_bars_and_links_stand_in_the_lane_of_their_side(side):
    pair = patient_pair(side)
    lanes = {lane.title: lane for lane in lanes_of_pair(pair)}
    own, other = lanes[f"patient's {side}"], lanes[f"patient's {side.other}"]
    assert len(own.links) == len(own.video) == len(own.emg) > 10
    assert not other.video
    assert not other.emg
    assert not other.links
    assert {t.side for t in own.closures + own.envelopes} == {side}
    for seen, heard in own.links:
        assert heard[0] == pytest.approx(seen[0], abs=0.06)


def test_opposite_sides_are_a_warning_above_everything_and_no_share_is_told():
    pair = patient_pair(Side.LEFT, Side.RIGHT)
    section = joint_section(pair)
    assert isinstance(section.children[0], Callout)
    report = with_joint(page(Section("change", ("Change",), ())), (pair,))
    assert report.banners[0].title == ("Video and EMG name opposite sides",)
    said = words(section)
    assert "find out which before anything is decided from either" in said
    assert "By chance" not in said
    assert not any(isinstance(block, Table) for block in section.children)
    assert all(not lane.links for lane in lanes_of_pair(pair))


def test_the_section_stands_behind_the_timeline_and_gates_stay_first():
    pair = patient_pair(Side.LEFT, Side.RIGHT)
    gate = Callout("emergency", ("Call",), ())
    before = replace(page(Section("change", ("Change",), ())), banners=(gate,))
    report = with_joint(before, (pair,))
    assert [section.ident for section in report.sections] == ["timeline", "joint", "change"]
    assert [banner.tone for banner in report.banners] == ["emergency", "warning"]
    assert with_joint(before, ()) is before


def test_an_unknown_picture_has_lanes_of_its_own_and_no_links():
    edges = ({"image_side": "image_left"}, {"image_side": "image_right"})
    spasms, blinks = starts()
    seen = video(spasms, blinks, mirrored=Mirrored.UNKNOWN)
    blinks_without_side = [
        e.model_copy(update={"side": None}) if e.kind == "blink" else e
        for e in seen.document.events
    ]
    seen = replace(
        seen, document=seen.document.model_copy(update={"events": tuple(blinks_without_side)})
    )
    pair = make_pair(seen, emg(spasms, blinks), closure_sides=edges)
    upper, lower = lanes_of_pair(pair)
    assert upper.video
    assert not upper.emg
    assert not upper.envelopes
    assert lower.emg
    assert not lower.video
    assert not lower.closures
    assert not upper.links + lower.links
    said = words(joint_section(pair))
    assert "matched without side" in said
    assert "the picture is not mirrored" in said
    assert "no side was taken from it" in said


def test_recordings_that_cannot_be_joined_are_said_to_be_so_without_a_figure():
    spasms, blinks = starts(1)
    others, winks = starts(51)
    section = joint_section(make_pair(video(spasms, blinks), emg(others, winks)))
    assert not any(isinstance(block, Figure) for block in section.children)
    assert "could not be laid over one another, so nothing is compared" in words(section)


def test_contradicting_marks_are_named_in_the_section():
    marks = flashes(3.1, 40.2, 80.3)
    marks["noted"] = (marks["noted"][0], marks["noted"][1] + 0.4, marks["noted"][2])
    assert "do not lie equally far apart" in words(joint_section(patient_pair(marks=marks)))


def test_the_page_holds_the_figure_and_its_data_as_a_table():
    section = joint_section(patient_pair())
    html = render_html(page(section))
    assert 'id="timeline-joint"' in html
    figure = figure_of(section)
    (group,) = figure.data.groups
    counted = sum(float(row[1][0].value) for row in group.rows)
    assert counted == len(lanes_of_pair(patient_pair())[0].video)
