"""A simulated patient goes through the documented steps and comes back with side and numbers."""

import re
from pathlib import Path

import numpy as np
import pydicom
import pytest
from archived_study import document, finding
from test_formats_dicom_seg import points_by_segment
from test_formats_dicom_sr import DISTANCE_CODE, groups, line_of, number, only, places, side_of

from hemispasm.formats.dicom_seg_tubes import mask_of_tube
from hemispasm.formats.dicom_sr_conflicts import NearestPoints
from hemispasm.model import RefusedError
from hemispasm.model.imaging import Nerve, Volume, lps_affine
from hemispasm.model.side import Side
from hemispasm.simulate.mri.options import Conflict, MriOptions, fusion_series
from hemispasm.simulated_mri import write_simulated_mri

PAGE = Path(__file__).parents[3] / "docs" / "howto" / "send-results-to-the-archive.md"


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
def test_the_documented_steps_bring_a_phantom_back_with_its_side(tmp_path, monkeypatch, side):
    pytest.importorskip("highdicom", reason="highdicom is not installed on this Python version")
    monkeypatch.chdir(tmp_path)
    across = 22.0 if side is Side.LEFT else -22.0
    series = fusion_series((0.8, 0.8, 0.8), extent_mm=(40, 36, 30), offset_mm=(across, 0, 0))
    options = MriOptions(
        side=side, sides=(side,), conflict=Conflict(distance_mm=0.5), series=series[:1]
    )
    truth = write_simulated_mri("session", options, seed=3).truth
    next(Path("session").glob("*_ciss")).rename("session/ciss")
    conflict = truth.set_conflict(side)
    nerve = next(n for n in truth.nerves if n.nerve is Nerve.VII and n.side is side)
    vessel = next(v for v in truth.vessels if v.id == conflict.vessel)
    place = (str(conflict.segment), "aica")
    names = {
        "side": side,
        "key": b"sixteen bytes or more",
        "nerve_points": nerve.points_mm,
        "nerve_radii": nerve.radius_mm,
        "vessel_points": vessel.points_mm,
        "vessel_radii": vessel.radius_mm,
        "findings": document([
            finding("imaging.vessel_nerve_distance", side, conflict.distance_mm, *place, unit="mm"),
            finding("imaging.assessability", side, "A"),
        ]),
        "nearest_points": [
            NearestPoints(
                side, conflict.segment, "aica", conflict.point_nerve_mm, conflict.point_vessel_mm
            )
        ],
    }  # fmt: skip
    for block in re.findall(r"```py\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        exec(compile(block, PAGE.name, "exec"), names)

    report = pydicom.dcmread("to-archive/report.dcm")
    (group,) = groups(report)
    assert side_of(group) is side
    assert number(only(group, DISTANCE_CODE)) == conflict.distance_mm
    line = np.reshape(places(line_of(report, group)).GraphicData, (2, 3))
    assert np.allclose(line, [conflict.point_nerve_mm, conflict.point_vessel_mm], atol=1e-4)
    assert np.sign(line[:, 0]).tolist() == [np.sign(across)] * 2
    seg = pydicom.dcmread("to-archive/segmentation.dcm")
    assert seg.SegmentSequence[0].SegmentLabel == f"{side} facial nerve (VII)"
    course = np.array(nerve.points_mm)
    away = np.linalg.norm(points_by_segment(seg)[1][:, None] - course, axis=2).min(1)
    assert away.max() <= max(nerve.radius_mm) + 0.2
    assert names["done"].files > 20
    assert Path("facial-nerve.glb").is_file()


def test_a_tube_outside_the_series_or_without_a_line_is_refused():
    volume = Volume(np.zeros((9, 9, 9), np.int16), lps_affine((1, 1, 1)))
    for line in ([(50, 4, 4), (60, 4, 4)], [(4, 4, 4)], [(4, 4, 4), (np.nan, 4, 4)]):
        with pytest.raises(RefusedError):
            mask_of_tube(volume, line, 1.0)
