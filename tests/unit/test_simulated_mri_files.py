"""Simulated sessions as files: read back as they were made, marked, with clicks and truth."""

import json

import numpy as np
import pytest
from mri_sessions import SMALL, TINY
from scipy.spatial import cKDTree
from typer.testing import CliRunner

from hemispasm.cli.simulate import app
from hemispasm.formats.dicom import read_dicom_folder
from hemispasm.formats.nifti import read_nifti
from hemispasm.formats.seeds import read_seeds
from hemispasm.model import DecodeError, RefusedError, UsageError
from hemispasm.model.imaging import Role
from hemispasm.model.side import Side
from hemispasm.simulate.mri import organic
from hemispasm.simulate.mri.options import Conflict, MriOptions, SeriesPlan
from hemispasm.simulated_mri import read_mri_truth, write_simulated_mri

PAIR = (TINY, SeriesPlan(Role.TOF, voxel_mm=(1.0, 1.0, 1.0), **SMALL))


def test_dicom_and_nifti_of_a_session_hold_the_same_voxels_at_the_same_places(tmp_path):
    options = MriOptions(series=PAIR, side=Side.LEFT)
    made = write_simulated_mri(tmp_path / "d", options, 11, form="dicom")
    write_simulated_mri(tmp_path / "n", options, 11, form="nifti")
    found = read_dicom_folder(tmp_path / "d")
    assert [volume.role for volume in found.volumes] == [Role.CISS, Role.TOF]
    frames = {volume.uids.frame_of_reference for volume in found.volumes}
    assert len(frames) == 1
    for one, volume in zip(made.volumes, found.volumes, strict=True):
        other = read_nifti(tmp_path / "n" / f"{one.series_number:02d}_{one.role.value}.nii.gz")
        for back in (volume, other):
            assert back.simulated
            assert np.array_equal(back.array, one.array)
            assert np.allclose(back.affine, one.affine, atol=1e-3)
    assert read_seeds(tmp_path / "d/seeds.json") == made.seeds
    assert read_mri_truth(tmp_path / "n") == made.truth


def test_nothing_is_half_written_and_nothing_overwritten(tmp_path):
    with pytest.raises(UsageError):
        write_simulated_mri(tmp_path / "a", MriOptions(series=(TINY,)), form="tiff")
    (tmp_path / "b").mkdir()
    with pytest.raises(RefusedError):
        write_simulated_mri(tmp_path / "b", MriOptions(series=(TINY,)))
    assert [entry.name for entry in tmp_path.iterdir()] == ["b"]


def test_a_folder_without_truth_or_with_another_is_told_apart(tmp_path):
    with pytest.raises(UsageError):
        read_mri_truth(tmp_path)
    (tmp_path / "truth.json").write_text('{"schema": "hemispasm.emg_truth/1"}')
    with pytest.raises(DecodeError):
        read_mri_truth(tmp_path)


def test_the_command_says_side_and_distance_and_that_it_is_simulated(tmp_path):
    words = ["mri", str(tmp_path / "s"), "--side", "right", "--series", "ciss", "--json",
             "--distance", "0.5", "--voxel", "1.5x1.5x1.5", "--vessel", "pica"]  # fmt: skip
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    told = json.loads(result.output)
    assert told["affected_side"] == told["conflict"]["side"] == "right"
    assert told["conflict"]["distance_mm"] == pytest.approx(0.5, abs=1e-3)
    assert told["conflict"]["name"] == "pica"
    assert read_mri_truth(tmp_path / "s").affected_side is Side.RIGHT


@pytest.mark.parametrize(
    "words", [["--voxel", "thin"], ["--vessel", "ba"], ["--side", "both"], ["--series", "dsa"]]
)
def test_words_that_the_command_does_not_know_end_without_a_folder(tmp_path, words):
    result = CliRunner().invoke(app, ["mri", str(tmp_path / "s"), *words])
    assert isinstance(result.exception, UsageError)
    assert not (tmp_path / "s").exists()


def test_distances_of_the_organic_family_are_those_of_its_skins():
    options = MriOptions(family="organic", conflict=Conflict(distance_mm=0.7), sides=(Side.LEFT,))
    half = organic._half(options, Side.LEFT, stem_of(8), 8)
    nerve, vessel = half.facial.body, half.vessels[0].body
    skins = [body.skin(0, len(body.middle), 90) for body in (nerve, vessel)]
    apart = cKDTree(skins[0]).query(skins[1])[0].min()
    assert apart == pytest.approx(0.7, abs=0.01)


def stem_of(seed):
    return organic.around.brain_stem(1.0, organic._stream(seed, "stem"))
