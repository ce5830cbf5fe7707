"""What the page shows beside the marks: courses on the right side, a draft without confirmation."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from mri_sessions import SMALL, session

from hemispasm.imaging_page.tracking import HEALTHY_CONTACT, Tracker
from hemispasm.model.errors import UsageError
from hemispasm.model.imaging import ImagingStudy, Role
from hemispasm.model.seeds import Seeds
from hemispasm.model.side import Side
from hemispasm.simulate.mri.options import SeriesPlan

SERIES = (
    SeriesPlan(voxel_mm=(0.7, 0.7, 0.7), snr=60.0, **SMALL),
    SeriesPlan(Role.TOF, voxel_mm=(0.7, 0.7, 0.7), snr=60.0, **SMALL),
)


@pytest.fixture(scope="module")
def simulated():
    made = session(series=SERIES)
    clicks = Seeds(seeds=made.seeds.select(side=Side.LEFT))
    return Tracker(ImagingStudy(made.volumes)), clicks


def test_courses_run_between_the_marks_of_their_side(simulated):
    tracker, clicks = simulated
    found = tracker.track(clicks, Side.LEFT)
    assert [one["nerve"] for one in found["nerves"]] == ["VII", "VIII"]
    for one in found["nerves"]:
        assert min(x for x, _, _ in one["points_mm"]) > 0
        porus = next(
            s.xyz_mm for s in clicks.seeds if s.kind == "porus" and s.nerve == one["nerve"]
        )
        assert np.linalg.norm(np.subtract(one["points_mm"][-1], porus)) < 1.0


def test_a_moved_mark_is_tracked_again_without_preparing_anew(simulated, monkeypatch):
    from hemispasm.imaging_page import tracking

    tracker, clicks = simulated
    first = tracker.track(clicks, Side.LEFT)
    monkeypatch.setattr(tracking, "prepare_nerves", lambda *_, **__: pytest.fail("prepared anew"))
    moved = [
        s.model_copy(update={"xyz_mm": (s.xyz_mm[0] + 0.4, *s.xyz_mm[1:])}) for s in clicks.seeds
    ]
    again = tracker.track(Seeds(seeds=tuple(moved)), Side.LEFT)
    assert again["nerves"][0]["points_mm"] != first["nerves"][0]["points_mm"]


def test_a_side_without_both_ends_is_not_tracked(simulated):
    tracker, clicks = simulated
    with pytest.raises(UsageError) as told:
        tracker.track(clicks, Side.RIGHT)
    assert told.value.code == "ends_unmarked"


def test_a_draft_says_how_often_contact_is_seen_without_spasm_and_no_number_lacks_its_interval(
    simulated,
):
    from hemispasm.evidence import lookup_evidence

    tracker, clicks = simulated
    draft = tracker.draft(clicks, Side.LEFT)
    assert draft["healthy_contact"] == lookup_evidence(HEALTHY_CONTACT).value
    distances = [f for f in draft["findings"] if f["code"] == "imaging.vessel_nerve_distance"]
    assert distances
    assert all(f["interval"] for f in distances if f["value"] is not None)
    assert not any("confirm" in reason for reason in draft["reasons"])
    assert not clicks.confirmed
