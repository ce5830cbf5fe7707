"""Volumes know where their voxels lie; clicks know their side."""

import numpy as np
import pytest
from pydantic import ValidationError

from hemispasm.model.imaging import ImagingStudy, Nerve, Role, Volume, lps_affine
from hemispasm.model.seeds import Seed, SeedKind, Seeds
from hemispasm.model.side import Side


def click(side, x, kind=SeedKind.PORUS, nerve=Nerve.VII):
    return Seed(nerve=nerve, side=side, kind=kind, xyz_mm=(x, 1.0, -1.0))


def turned():
    return np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])


def test_voxels_and_places_are_inverse_in_an_oblique_volume():
    affine = lps_affine((0.5, 0.7, 1.1), (-20.0, 3.0, 40.0), turned())
    volume = Volume(np.zeros((8, 9, 10), np.int16), affine)
    places = np.random.default_rng(0).uniform(-30, 30, (20, 3))
    assert np.allclose(volume.to_patient(volume.to_voxel(places)), places)
    assert np.allclose(volume.direction, turned())
    assert volume.to_patient([[1, 0, 0]])[0] - volume.origin_mm == pytest.approx([0.0, 0.5, 0.0])


def test_a_margin_keeps_places_away_from_the_rim():
    volume = Volume(np.zeros((11, 11, 11), np.int16), lps_affine((1.0, 1.0, 1.0)))
    assert volume.contains([[1.0, 5.0, 5.0]])[0]
    assert not volume.contains([[1.0, 5.0, 5.0]], margin_mm=2.0)[0]
    assert not volume.contains([[-0.1, 5.0, 5.0]])[0]


@pytest.mark.parametrize(
    ("array", "affine"),
    [
        (np.zeros((4, 4), np.int16), np.eye(4)),
        (np.zeros((4, 4, 4), np.float64), np.eye(4)),
        (np.zeros((4, 4, 4), np.int16), np.diag([1.0, 0.0, 1.0, 1.0])),
        (np.zeros((4, 4, 4), np.int16), np.full((4, 4), np.nan)),
    ],
)
def test_what_is_no_volume_cannot_be_made(array, affine):
    with pytest.raises(ValueError, match=r"volume|affine"):
        Volume(array, affine)


def test_the_finest_series_of_a_role_is_taken():
    fine, coarse = (
        Volume(np.zeros((4, 4, 4), np.int16), lps_affine((s, s, s)), role=Role.TOF)
        for s in (0.5, 1.0)
    )
    study = ImagingStudy((coarse, fine))
    assert study.of_role(Role.TOF) is fine
    assert study.of_role(Role.CT) is None


def test_clicks_with_left_and_right_exchanged_are_refused():
    Seeds(seeds=(click(Side.LEFT, 20.0), click(Side.RIGHT, -22.0)))
    with pytest.raises(ValidationError, match="to the right of the right one"):
        Seeds(seeds=(click(Side.LEFT, -20.0), click(Side.RIGHT, 22.0)))


def test_a_place_is_marked_once_but_vessels_often():
    with pytest.raises(ValidationError, match="marked twice"):
        Seeds(seeds=(click(Side.LEFT, 20.0), click(Side.LEFT, 21.0)))
    seeds = Seeds(seeds=tuple(click(Side.LEFT, x, SeedKind.VESSEL) for x in (20.0, 21.0)))
    assert len(seeds.select(kind=SeedKind.VESSEL)) == 2


def test_a_side_counts_as_marked_only_with_both_ends():
    ends = (click(Side.LEFT, 15.0, SeedKind.ROOT_EXIT), click(Side.LEFT, 28.0))
    seeds = Seeds(seeds=(*ends, click(Side.RIGHT, -28.0)))
    assert seeds.sides == (Side.LEFT,)


def test_a_click_has_one_side_and_a_finite_place():
    with pytest.raises(ValidationError):
        click(Side.BOTH, 3.0)
    with pytest.raises(ValidationError):
        click(Side.LEFT, float("nan"))
