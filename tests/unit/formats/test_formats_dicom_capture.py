"""Key pictures carry status, side and warning in their pixels, and cover nothing."""

import shutil
import subprocess

import numpy as np
import pydicom
import pytest
from archived_study import archived

from hemispasm.formats.dicom_capture import build_capture, burn_words, burned_words
from hemispasm.formats.dicom_seg_source import Signature, write_objects
from hemispasm.model import RefusedError, UsageError
from hemispasm.model.side import Side

pytest.importorskip("highdicom", reason="highdicom is not installed on this Python version")

PICTURE = (np.arange(120 * 500).reshape(120, 500) % 251).astype(np.uint8)
SIGNED = Signature("Reader^Anna", "Clinic")


def band(data):
    return data.pixel_array[: data.Rows - PICTURE.shape[0]]


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
@pytest.mark.parametrize("signature", [None, SIGNED])
def test_status_side_and_warning_are_in_the_pixels_above_the_whole_picture(
    tmp_path, side, signature
):
    source = archived(tmp_path / "in")
    write_objects(
        tmp_path / "out", {"a": build_capture(source, PICTURE, side, signature=signature)}
    )
    back = pydicom.dcmread(tmp_path / "out" / "a.dcm")
    status = "DRAFT, not signed" if signature is None else "signed"
    words = (
        f"{status} - patient's {str(side).upper()} side",
        "Research software, not a medical device",
        "SIMULATED, no patient",
    )
    blank = np.zeros_like(PICTURE)
    drawn = burn_words(blank, words)
    assert np.array_equal(band(back), drawn[: drawn.shape[0] - PICTURE.shape[0]])
    assert band(back).max() == 255
    assert np.array_equal(back.pixel_array[-120:, :, 1], PICTURE)
    assert back.Laterality == {Side.LEFT: "L", Side.RIGHT: "R"}[side]
    assert back.StudyInstanceUID == source.volume.uids.study
    assert back.SeriesInstanceUID != source.volume.uids.series


def test_pictures_of_left_and_right_draft_and_signed_differ(tmp_path):
    bands = {
        burn_words(PICTURE, burned_words(side, signature, simulated=False)).tobytes()
        for side in (Side.LEFT, Side.RIGHT)
        for signature in (None, SIGNED)
    }
    assert len(bands) == 4
    assert "Anna" not in " ".join(burned_words(Side.LEFT, SIGNED, simulated=False))


def test_a_picture_without_side_or_of_another_kind_is_refused(tmp_path):
    source = archived(tmp_path / "in")
    with pytest.raises(RefusedError, match="side"):
        build_capture(source, PICTURE, Side.BOTH)
    for wrong in (PICTURE.astype(float), PICTURE[:0], PICTURE[..., None], PICTURE[0]):
        with pytest.raises(UsageError) as caught:
            build_capture(source, wrong, Side.LEFT)
        assert caught.value.code == "not_a_picture"


def test_a_narrow_picture_gets_a_canvas_that_its_words_fit():
    words = burned_words(Side.RIGHT, None, simulated=True)
    burned = burn_words(np.zeros((4, 4), np.uint8), words)
    # The last columns stay black: no word runs out of the picture.
    assert burned.max() == 255
    assert burned[:, -4:].max() == 0


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (dicom3tools) is missing")
def test_dciodvfy_finds_no_error_in_a_key_picture(tmp_path):
    source = archived(tmp_path / "in")
    write_objects(tmp_path / "out", {"a": build_capture(source, PICTURE, Side.LEFT)})
    told = subprocess.run(
        ["dciodvfy", str(tmp_path / "out" / "a.dcm")], capture_output=True, text=True, check=False
    )
    assert [line for line in told.stderr.splitlines() if line.startswith("Error")] == []
