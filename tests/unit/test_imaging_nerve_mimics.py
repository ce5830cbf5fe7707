"""A nerve that is hardly brighter than brain on the angiogram is not taken for an artery."""

from __future__ import annotations

import numpy as np
import pytest

from hemispasm.measure.imaging.nerve_mimics import with_doubt
from hemispasm.measure.imaging.nerves import NerveTrack
from hemispasm.measure.imaging.region import Region
from hemispasm.measure.imaging.vessels import Levels, VesselTrack
from hemispasm.model.imaging import Nerve
from hemispasm.model.side import Side

PORUS_MM = 12.0


@pytest.fixture
def nerve():
    points = np.linspace([0.0, 0.0, 0.0], [PORUS_MM, 0.0, 0.0], 40)
    arc = np.linspace(0.0, PORUS_MM, 40)
    return NerveTrack(Nerve.VIII, Side.LEFT, points, arc, 1.0, PORUS_MM)


def kind_of(nerve, start, end, *, share, clicked=False):
    """Return what a straight line of a brightness between brain (0) and artery (1) counts as."""
    shape = (60, 40, 40)
    bright = np.full(shape, 100.0 + share * 200.0, dtype=np.float32)
    region = Region(bright, np.array([-2.0, -10.0, -10.0]), 0.5, np.ones(shape, dtype=bool))
    track = VesselTrack("", np.linspace(start, end, 20), 0.5, "artery", 3.0, clicked)
    levels = Levels(fluid=40.0, tissue=100.0, vessel=300.0, noise=5.0)
    return with_doubt([track], region, bright, levels, [nerve])[0].kind


def test_a_faint_line_along_a_nerve_or_in_its_canal_is_unsure(nerve):
    assert kind_of(nerve, [2.0, 0.2, 0.0], [10.0, 0.2, 0.0], share=0.2) == "unsure"
    assert kind_of(nerve, [13.0, 1.5, 0.5], [19.0, 2.0, 0.5], share=0.2) == "unsure"


def test_a_bright_loop_into_the_canal_stays_an_artery(nerve):
    assert kind_of(nerve, [13.0, 1.5, 0.5], [19.0, 2.0, 0.5], share=0.6) == "artery"


def test_a_faint_artery_across_the_nerve_stays_an_artery(nerve):
    assert kind_of(nerve, [6.0, -5.0, 1.0], [6.0, 5.0, 1.0], share=0.2) == "artery"


def test_a_reader_who_clicked_the_faint_line_is_believed(nerve):
    assert kind_of(nerve, [13.0, 1.5, 0.5], [19.0, 2.0, 0.5], share=0.2, clicked=True) == "artery"
