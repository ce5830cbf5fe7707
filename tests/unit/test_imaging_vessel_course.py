"""The axis of a vessel follows a narrow loop to its tip, and no leak into a nerve."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from hemispasm.measure.imaging.region import Region
from hemispasm.measure.imaging.vessel_course import course_through

STEP_MM = 0.35
SHAPE = (60, 50, 30)
RADIUS_MM = 0.6
TIP_MM = np.array([14.0, 8.0, 5.0])


def limb(end, *, y):
    return np.linspace([2.0, y, 5.0], end, 80)


@pytest.fixture(scope="module")
def hairpin():
    """Two limbs that lie against each other from halfway on, and meet at the tip."""
    meet = np.array([9.0, 8.0, 5.0])
    return np.concatenate(
        [limb(meet, y=5.0), np.linspace(meet, TIP_MM, 40), limb(meet, y=11.0)[::-1]]
    )


def filled(points):
    index = np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), axis=-1)
    apart, _ = cKDTree(points).query(index.reshape(-1, 3) * STEP_MM)
    return (apart <= RADIUS_MM).reshape(SHAPE), apart.reshape(SHAPE)


def course(piece, apart, bright):
    region = Region(np.zeros(SHAPE, np.float32), np.zeros(3), STEP_MM, np.ones(SHAPE, bool))
    cost = np.where(piece, 0.1 + apart**2, -1.0)
    return course_through(region, cost, piece, np.argwhere(piece)[0], bright)


def reached(points):
    return float(np.linalg.norm(points - TIP_MM, axis=1).min())


def test_a_loop_whose_limbs_touch_is_followed_to_its_tip(hairpin):
    piece, apart = filled(hairpin)
    points = course(piece, apart, piece)
    assert reached(points) < 0.8
    assert np.linalg.norm(points[0] - points[-1]) > 5.0


def test_a_faint_branch_such_as_a_touched_nerve_is_not_followed(hairpin):
    piece, apart = filled(hairpin)
    assert reached(course(piece, apart, np.zeros_like(piece))) > 3.0
    assert reached(course(piece, apart, None)) > 3.0


def test_a_straight_vessel_stays_straight():
    axis = np.linspace([2.0, 8.0, 5.0], [18.0, 8.0, 5.0], 120)
    piece, apart = filled(axis)
    points = course(piece, apart, piece)
    # Its ends are corners of the piece; between them it keeps to the middle.
    assert float(np.abs(points[4:-4, 1:] - [8.0, 5.0]).max()) < 0.3
