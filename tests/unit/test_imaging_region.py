"""What counts as brain on a cisternogram: not a vessel, however wide."""

import numpy as np

from hemispasm.measure.imaging.region import Region, with_vessels

STEP = 0.5


def cistern(radius_mm):
    """Fluid with brain below z = 4 mm and a dark vessel along x through the middle."""
    axis = (np.arange(48) + 0.5) * STEP
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    array = np.ones(x.shape, dtype=np.float32)
    array[z < 4.0] = 0.4
    array[np.hypot(y - 12.0, z - 14.0) < radius_mm] = 0.1
    return Region(array, np.full(3, 0.5 * STEP), STEP, np.ones(x.shape, dtype=np.bool_))


def course():
    x = np.arange(0.5, 23.5, 0.5)
    return np.stack([x, np.full_like(x, 12.0), np.full_like(x, 14.0)], axis=1)


def test_a_wide_vessel_passes_for_brain_until_the_angiogram_tells():
    region = cistern(2.4)
    middle = region.nearest((12.0, 12.0, 14.0))
    brain = region.nearest((12.0, 12.0, 1.5))
    assert region.tissue[middle]
    known = with_vessels(region, [course()], [2.5])
    assert not known.tissue[middle]
    assert known.tissue[brain]
    assert known.tissue_away_mm[middle] > 6.0


def test_a_narrow_vessel_changes_nothing():
    region = cistern(0.7)
    assert with_vessels(region, [course()], [0.7]) is region
    assert not region.tissue[region.nearest((12.0, 12.0, 14.0))]


def test_a_course_that_leaves_the_box_is_cut_there():
    far = course() + np.array([18.0, 0.0, 0.0])
    known = with_vessels(cistern(2.4), [far], [2.5])
    assert known.tissue[known.nearest((8.0, 12.0, 14.0))]
    assert not known.tissue[known.nearest((21.0, 12.0, 14.0))]
