"""Pictures of MRI: left is left, the outlines lie on what they outline, a draft shows no result."""

from __future__ import annotations

import io

import numpy as np
import pytest
from imaging_scenes import BELOW_MM, SHIFT_MM, conflict, course, outward, views, volume
from PIL import Image

from hemispasm.imaging_pictures.cuts import STEP_MM, Series, grey_png
from hemispasm.imaging_pictures.planes import cut_frame
from hemispasm.imaging_pictures.render import render
from hemispasm.imaging_pictures.tubes import DrawnTube
from hemispasm.model.imaging import Role
from hemispasm.model.imaging_views import Basis, CutPicture, ImagingViews, Plane
from hemispasm.model.side import Side

SIDES = (Side.LEFT, Side.RIGHT)


def pixels(picture):
    return np.asarray(Image.open(io.BytesIO(picture.data))).astype(float)


def spot_at(frame, offset, *, flipped):
    """Return where a bright spot, placed off the middle of a cut, appears in the picture, mm."""
    place = np.array(frame.centre_mm) + offset
    series = Series(volume(flipped=flipped, spots=((place, 4000.0),)), np.eye(4))
    png = grey_png(series, frame, (0.0, 4000.0))
    cut = CutPicture(
        plane=Plane.AXIAL, role=Role.CISS, frame=frame, png=png, native_voxel_mm=(1, 1, 1), alt="-"
    )
    grey = pixels(cut)
    rows, columns = np.nonzero(grey > 0.6 * grey.max())
    high, wide = grey.shape
    return (columns.mean() + 0.5 - wide / 2) * STEP_MM, (rows.mean() + 0.5 - high / 2) * STEP_MM


LEFT, FRONT, HEAD = np.array([5.0, 0, 0]), np.array([0, -5.0, 0]), np.array([0, 0, 5.0])


@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize(
    ("plane", "offset", "expected"),
    [
        (Plane.AXIAL, LEFT, (5, 0)),
        (Plane.AXIAL, FRONT, (0, -5)),
        (Plane.CORONAL, LEFT, (5, 0)),
        (Plane.CORONAL, HEAD, (0, -5)),
        (Plane.OBLIQUE, FRONT, (-5, 0)),
        (Plane.OBLIQUE, HEAD, (0, -5)),
    ],
)
def test_the_patients_left_is_on_the_right_and_the_head_above(flipped, plane, offset, expected):
    frame = cut_frame(plane, (0.0, -8.0, 4.0), (1.0, 0.0, 0.0))
    assert spot_at(frame, offset, flipped=flipped) == pytest.approx(expected, abs=0.4)


@pytest.mark.parametrize("side", SIDES)
def test_every_cut_of_a_side_names_its_edges_with_left_on_the_right(side):
    for cut in views().of_side(side).cuts:
        left, right, above, below = cut.frame.letters
        if cut.plane is Plane.AXIAL:
            assert (left, right, above, below) == ("R", "L", "A", "P")
        elif cut.plane is Plane.CORONAL:
            assert (left, right, above, below) == ("R", "L", "H", "F")
        else:
            assert (left[0], right[0], above[0], below[0]) == ("A", "P", "H", "F")


@pytest.mark.parametrize("side", SIDES)
def test_cuts_of_a_side_lie_on_that_side_of_the_patient(side):
    for cut in views().of_side(side).cuts:
        assert cut.frame.centre_mm[0] * outward(side) > 5.0


@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize("side", SIDES)
def test_outlines_of_nerve_and_vessel_lie_where_both_run(side, flipped):
    one = conflict(side)
    for cut in views(flipped=flipped).of_side(side).cuts:
        if cut.plane is not Plane.OBLIQUE:
            continue
        found = {line.structure: np.array(line.points) for line in cut.outlines if line.closed}
        for name, point in (("VII", one.nerve_point_mm), ("vessel", one.vessel_point_mm)):
            middle = 0.5 * (found[name].min(axis=0) + found[name].max(axis=0))
            assert middle == pytest.approx(cut.frame.place(tuple(point)), abs=0.35)
        # The vessel runs below the nerve.
        assert found["vessel"][:, 1].mean() - found["VII"][:, 1].mean() > 0.6 * BELOW_MM


@pytest.mark.parametrize("side", SIDES)
def test_the_angiogram_is_shown_where_registration_puts_it(side):
    assert np.linalg.norm(SHIFT_MM) > 2.0
    for cut in views().of_side(side).cuts:
        if cut.role is Role.TOF and cut.plane is Plane.OBLIQUE:
            grey = pixels(cut)
            vessel = next(line for line in cut.outlines if line.structure == "vessel")
            x, y = np.mean(vessel.points, axis=0)
            row, column = (int((v + 15.0) / STEP_MM) for v in (y, x))
            assert cut.moved
            assert grey[row, column] > 0.7 * grey.max()


def test_an_artery_comes_before_a_nearer_line_that_may_be_no_vessel():
    for side in SIDES:
        view = views(unsure=True).of_side(side)
        assert view.shown == "v1"
        structures = {line.structure for cut in view.cuts for line in cut.outlines}
        assert "unsure" in structures


def test_without_a_fit_only_courses_are_shown():
    view = views(fitted=False).of_side(Side.LEFT)
    assert view.basis is Basis.COURSE
    assert view.shown is None
    kinds = {line.kind for cut in view.cuts for line in cut.outlines}
    assert kinds == {"course"}
    assert not any(mark.name == "nerve_point" for s in view.scenes for mark in s.marks)


def test_unconfirmed_clicks_show_clicks_and_nothing_that_was_measured():
    for view in views(confirmed=False).sides:
        assert view.draft
        assert view.basis is Basis.CLICKS
        assert view.scenes == ()
        assert view.conflicts == ()
        assert all(cut.outlines == () for cut in view.cuts)
        assert any(mark.name == "click" for cut in view.cuts for mark in cut.marks)


@pytest.mark.parametrize("side", SIDES)
def test_the_vessel_of_the_rendered_view_stands_at_its_place(side):
    for scene in views().of_side(side).scenes:
        rgb = pixels(scene)
        red = rgb[..., 0] - rgb[..., 1] > 70
        rows, columns = np.nonzero(red)
        step = scene.frame.width_mm / rgb.shape[1]
        x = (columns.mean() + 0.5) * step - scene.frame.width_mm / 2
        y = (rows.mean() + 0.5) * step - scene.frame.height_mm / 2
        expected = scene.frame.place(tuple(course(side, "vessel").mean(axis=0)))
        assert x == pytest.approx(expected[0], abs=1.0)
        assert y == pytest.approx(expected[1], abs=3.0)


@pytest.mark.parametrize("side", SIDES)
def test_the_brainstem_of_a_rendered_view_lies_towards_the_midline(side):
    for scene in views().of_side(side).scenes:
        assert scene.surface
        white = np.all(pixels(scene) > 250, axis=2)
        half = white.shape[1] // 2
        shares = white[:, :half].mean(), white[:, half:].mean()
        medial, lateral = shares if side is Side.LEFT else shares[::-1]
        assert medial < 0.5 < lateral


@pytest.mark.parametrize("side", SIDES)
def test_nearest_points_lie_between_the_axes_on_both_surfaces(side):
    for scene in views().of_side(side).scenes:
        marks = {mark.name: mark.at for mark in scene.marks if mark.name != "label"}
        one = conflict(side)
        nerve, vessel = (
            scene.frame.place(tuple(p)) for p in (one.nerve_point_mm, one.vessel_point_mm)
        )
        if scene.view == "front":
            assert nerve[1] < marks["nerve_point"][1] < marks["vessel_point"][1] < vessel[1]


def test_a_nearer_tube_hides_a_farther_one():
    frame = cut_frame(Plane.CORONAL, (0.0, 0.0, 0.0))
    line = np.linspace(-5.0, 5.0, 200)[:, None] * [1.0, 0.0, 0.0]
    front = DrawnTube("VII", line + np.array([0.0, -3.0, 0.0]), np.full(200, 1.0), True)
    behind = DrawnTube("vessel", line + np.array([0.0, 3.0, 0.0]), np.full(200, 1.0), True)
    for order in ((front, behind), (behind, front)):
        rgb = render(frame, None, order)
        red, green, _ = (float(v) for v in rgb[rgb.shape[0] // 2, rgb.shape[1] // 2])
        assert green > 0.6 * red


def test_a_place_outside_the_series_is_hatched_and_not_black():
    frame = cut_frame(Plane.AXIAL, (60.0, 0.0, 0.0))
    png = grey_png(Series(volume(), np.eye(4)), frame, (0.0, 1000.0))
    cut = CutPicture(
        plane=Plane.AXIAL, role=Role.CISS, frame=frame, png=png, native_voxel_mm=(1, 1, 1), alt="-"
    )
    assert set(np.unique(pixels(cut))) == {70.0, 120.0}


def test_pictures_survive_json_and_stay_small():
    made = views()
    text = made.model_dump_json(by_alias=True)
    assert ImagingViews.model_validate_json(text) == made
    assert len(text) < 1_400_000


def test_every_picture_has_its_words_and_its_native_voxel():
    for view in views().sides:
        for cut in view.cuts:
            assert f"{view.side.value} side" in cut.alt
            assert cut.native_voxel_mm == (0.5, 0.5, 0.8)
        for scene in view.scenes:
            assert f"{view.side.value} side" in scene.alt
            assert not any(character.isnumeric() for character in scene.alt)
