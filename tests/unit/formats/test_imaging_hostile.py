"""Broken series end in one clear sentence, in bounded time and memory, and leave nothing behind."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from dicom_by_hand import series
from hostile_imaging import HOSTILE, PLACES

from hemispasm.formats.dicom import read_dicom_folder, read_dicom_series
from hemispasm.formats.nifti import read_nifti
from hemispasm.model.errors import DecodeError
from hemispasm.model.imaging import Volume, lps_affine

HERE = Path(__file__).parent
LIMIT_MB = 4000
PEAK_MB = 600
"""Far below what the inputs claim (two gigabytes and more), well above what reading one needs."""

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux limits the address space"
)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    root = tmp_path_factory.mktemp("hostile")
    ended = subprocess.run(
        [sys.executable, HERE / "hostile_imaging.py", root, str(LIMIT_MB)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    return json.loads(ended.stdout)


@pytest.mark.parametrize("name", HOSTILE)
def test_each_ends_as_it_should_and_says_so_in_one_sentence(told, name):
    one = told[name]
    assert one["code"] in HOSTILE[name][1], one
    assert one["exit"] == {None: 0, "bad_json": 2}.get(one["code"], 3)
    if one["code"] is not None:
        assert re.fullmatch(r"[^\n]{10,200}[.]", one["cause"])
        assert "Traceback" not in one["cause"]


def test_no_input_needs_the_memory_that_it_claims(told):
    assert max(one["peak_mb"] for one in told.values()) < PEAK_MB


def test_reading_writes_nothing_beside_the_series(told):
    assert [name for name, one in told.items() if not one["left"]] == []


def test_a_copied_file_is_left_out_and_said(told):
    assert "copies_left_out: 1 of the files" in told["the same file twice"]["cause"]


def test_a_slice_that_cannot_be_read_is_said_even_at_the_end_of_a_series(told):
    assert "files_unread: 1 of the files" in told["deflated bomb, 2 GB"]["cause"]


def test_a_mirrored_patient_by_negative_spacing_is_refused(tmp_path):
    for spacing in ([1.0, -0.5], [-1.0, 0.5], [1.0, float("nan")]):
        folder = series(tmp_path / str(spacing), PLACES, PixelSpacing=spacing)
        with pytest.raises(DecodeError) as caught:
            read_dicom_series(folder)
        assert caught.value.code in ("bad_spacing", "no_geometry")


def test_a_file_that_may_not_be_read_is_named_as_such(tmp_path, monkeypatch):
    folder = series(tmp_path / "s", PLACES)
    (tmp_path / "x.nii").write_bytes(b"\0" * 400)
    opened = Path.open

    def forbidden(path, *args, **kwargs):
        if path.name in ("002.dcm", "x.nii"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", forbidden)
    for read, path in ((read_dicom_folder, folder), (read_nifti, tmp_path / "x.nii")):
        with pytest.raises(DecodeError, match="may not be read") as caught:
            read(path)
        assert caught.value.code == "file_not_readable"


def test_extensions_of_a_usual_size_are_passed_over(tmp_path):
    import nibabel
    import numpy as np

    from hemispasm.formats.nifti import write_nifti

    whole = np.arange(64, dtype=np.int16).reshape(4, 4, 4)
    write_nifti(tmp_path / "x.nii.gz", Volume(whole, lps_affine((1.0, 1.0, 1.0))))
    image = nibabel.load(tmp_path / "x.nii.gz")
    for text in (b"short", b"longer " * 3000):
        image.header.extensions.append(nibabel.nifti1.Nifti1Extension("comment", text))
    nibabel.save(image, tmp_path / "with.nii.gz")
    assert np.array_equal(read_nifti(tmp_path / "with.nii.gz").array, whole)
