"""A vessel over the nerve that lies on the brainstem, on pictures drawn for these tests."""

from functools import cache

import numpy as np
import pytest

from hemispasm.measure.imaging.attached import measure_attached
from hemispasm.measure.imaging.attached_fit import AttachedFit
from hemispasm.measure.imaging.attached_surface import tissue_surface
from hemispasm.measure.imaging.courses import falls_to_end
from hemispasm.measure.imaging.nerves import NerveTrack
from hemispasm.measure.imaging.region import cut_region
from hemispasm.measure.imaging.vessels import VesselTrack
from hemispasm.model.imaging import Nerve, Role, Volume, lps_affine
from hemispasm.model.side import Side

VOXEL = 0.5
EXTENT = 17.0
RADIUS = 0.7


def acquired(plane, count):
    """What a scanner keeps of a fine picture: the middle of k-space under a mild window."""
    waves = np.fft.fftshift(np.fft.fft2(plane))
    low = (len(plane) - count) // 2
    kept = waves[low : low + count, low : low + count]
    window = 0.9 + 0.1 * np.cos(np.pi * np.linspace(-1.0, 1.0, count))
    kept = kept * np.outer(window, window) * (count / len(plane)) ** 2
    # The coarse voxel's centre lies half a fine step further in.
    phase = np.exp(2j * np.pi * np.fft.fftshift(np.fft.fftfreq(count, 1.0 / count)) / len(plane))
    return np.fft.ifft2(np.fft.ifftshift(kept * np.outer(phase, phase))).real


def drawn(gap_mm, side, noise=0.03):
    """A brainstem up to x = -2 (+2 on the right), a vessel along z at a gap from its surface."""
    fine = VOXEL / 3.0
    count = round(EXTENT / fine)
    axis = (np.arange(count) + 0.5) * fine - EXTENT / 2.0
    x, y = np.meshgrid(axis, axis, indexing="ij")
    outward = x if side is Side.LEFT else -x
    vessel = np.hypot(outward - (-2.0 + gap_mm + RADIUS), y) < RADIUS
    brain = (outward < -2.0) & ~vessel
    pictures = []
    # Blood flows fastest, and is brightest on the angiogram, in the middle.
    middle = np.clip(1.0 - np.hypot(outward - (-2.0 + gap_mm + RADIUS), y) / RADIUS, 0.0, 1.0)
    fresh = 420.0 + 480.0 * middle * (2.0 - middle)
    for number, (fluid, tissue, blood) in enumerate([(1000, 400, 180.0), (120, 330, fresh)]):
        plane = np.select([vessel, brain], [blood, tissue], fluid).astype(np.float32)
        plane = acquired(plane, count // 3)
        cube = np.repeat(plane[:, :, None], count // 3, axis=2)
        grain = np.random.default_rng(number).standard_normal(cube.shape)
        pictures.append((cube + noise * 1000 * grain).astype(np.float32))
    return pictures


@cache
def measured(gap_mm, side=Side.LEFT, clicked=True, slice_mm=VOXEL):
    start = -EXTENT / 2.0 + VOXEL / 2.0
    affine = lps_affine((VOXEL,) * 3, (start,) * 3)
    roles = (Role.CISS, Role.TOF)
    ciss, tof = (Volume(p, affine, r) for p, r in zip(drawn(gap_mm, side), roles, strict=True))
    sign = 1.0 if side is Side.LEFT else -1.0
    along = np.linspace(-6.0, 6.0, 35)
    root = np.stack([np.full(20, -2.3 * sign), np.zeros(20), np.linspace(-4.0, 3.0, 20)], axis=1)
    seventh = NerveTrack(Nerve.VII, side, root, np.linspace(-7.0, 0.0, 20), 1.0, 9.0)
    # The tracked course and the click are some tenths of a millimetre off.
    place = sign * (-2.0 + gap_mm + RADIUS + 0.3)
    course = np.stack([np.full(35, place), np.full(35, 0.2), along], axis=1)
    vessel = VesselTrack("v1", course, 0.55, "artery", 1.0, clicked)
    corners = [[-7.5, -7.5, -7.5], [7.5, 7.5, 7.5]]
    region = cut_region(ciss, corners, 0.5, 0.35)
    clicks = [np.array([place - 0.2, 0.4, 0.5])] if clicked else []
    voxel = np.array([VOXEL, VOXEL, slice_mm])
    return measure_attached(
        region, tof, seventh, [vessel], clicks, voxel, cisternogram=ciss, nerves=[seventh]
    )


@pytest.mark.parametrize("gap", [0.0, 0.6])
def test_vessel_to_surface_is_measured_although_both_are_dark(gap):
    found = measured(gap)
    assert found.distance_mm == pytest.approx(gap, abs=0.15)
    assert found.radius_mm == pytest.approx(RADIUS, abs=0.08)


def test_vessel_in_the_surface_reads_as_one_that_touches_and_not_as_one_apart():
    # How deep it lies in the surface cannot be told: both are dark.
    assert measured(-0.3).distance_mm < 0.1
    assert measured(-0.3).distance_mm < measured(0.3).distance_mm - 0.2


def test_a_distance_that_still_falls_where_the_vessel_ends_is_no_result():
    ends = np.full(3, np.inf)
    falling = np.concatenate([ends, np.linspace(1.5, 0.2, 12), ends])
    dipping = np.concatenate([ends, np.abs(np.linspace(-1.0, 1.0, 12)), ends])
    flat = np.concatenate([ends, np.full(12, 0.4), ends])
    found = [falls_to_end(gap, int(np.argmin(gap))) for gap in (falling, dipping, flat)]
    assert found == [True, False, False]


def test_mirrored_head_gives_the_mirrored_place_and_the_same_distance():
    left, right = measured(0.6), measured(0.6, Side.RIGHT)
    assert right.distance_mm == pytest.approx(left.distance_mm, abs=0.1)
    assert left.surface_mm[0] == pytest.approx(-2.0, abs=0.2)
    assert right.surface_mm[0] == pytest.approx(2.0, abs=0.2)


def test_without_a_click_into_the_vessel_there_is_no_number():
    found = measured(0.6, clicked=False)
    assert found.distance_mm is None
    assert found.reasons[0].startswith("vessel_unclicked")


def test_in_coarse_slices_the_attached_segment_has_no_number_and_says_why():
    found = measured(0.6, slice_mm=1.0)
    assert found.distance_mm is None
    assert found.interval_phantom_mm is None
    assert found.reasons[0].startswith("attached_coarse: voxels of 1.0 mm")


def patch_of(share):
    axis = np.stack([np.zeros(5), np.zeros(5), np.linspace(-2.0, 2.0, 5)], axis=1)
    origin = np.full(3, -4.0)
    return AttachedFit(axis, np.full(5, 0.7), share, origin, 0.5 * np.eye(3), np.zeros(3), axis[0])


def test_surface_leaves_out_islands_and_the_eighth_nerve():
    share = np.zeros((17, 17, 17))
    share[:5] = 1.0
    share[12:14, 7:10, 7:10] = 0.9
    root = np.stack([np.full(5, -2.5), np.zeros(5), np.linspace(-3.0, 3.0, 5)], axis=1)
    whole = tissue_surface(patch_of(share), root, np.zeros((0, 3)))
    assert whole[:, 0] == pytest.approx(-1.75, abs=0.1)
    eighth = root + np.array([0.6, 0.0, 0.0])
    rest = tissue_surface(patch_of(share), root, eighth)
    assert 0 < len(rest) < len(whole)
    assert np.linalg.norm(rest[:, None] - eighth[None], axis=2).min() > 1.0


def test_a_thin_bridge_that_leads_away_from_the_brainstem_is_no_surface_of_it():
    share = np.zeros((17, 17, 17))
    share[:5] = 1.0
    # A nerve's width from the brainstem out into the cistern, far from the attached nerve.
    share[5:14, 14:16, 7:9] = 1.0
    # The attached nerve itself stands out from the brainstem and is a surface.
    share[5:7, 7:9] = 1.0
    root = np.stack([np.full(5, -1.5), np.full(5, -0.2), np.linspace(-3.0, 3.0, 5)], axis=1)
    surface = tissue_surface(patch_of(share), root, np.zeros((0, 3)))
    outermost = surface[np.argmax(surface[:, 0])]
    assert outermost[0] == pytest.approx(-0.75, abs=0.15)
    assert abs(outermost[1] + 0.2) < 0.8
    assert (np.abs(surface[:, 1] + 3.0) < 0.5).any()


def test_where_nothing_is_broad_only_the_attached_nerve_has_a_surface():
    share = np.zeros((17, 17, 17))
    share[7:9, 7:9] = 1.0
    share[1:15, 12:14, 7:9] = 1.0
    share[7:9, 8:13, 7:9] = 1.0
    root = np.stack([np.full(5, -0.2), np.full(5, -0.2), np.linspace(-3.0, 3.0, 5)], axis=1)
    surface = tissue_surface(patch_of(share), root, root + np.array([0.0, 6.0, 0.0]))
    assert len(surface)
    assert np.hypot(surface[:, 0] + 0.2, surface[:, 1] + 0.2).max() <= 1.5


def test_interval_is_as_wide_as_its_spread_says():
    found = measured(0.6)
    low, high = found.interval_phantom_mm
    assert high - low == pytest.approx(2 * 1.96 * found.sd_mm, rel=1e-3)
    assert low < 0.6 < high
