"""To an Orthanc and back: the series by C-STORE, the results by DICOMweb, read again by DCMTK."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import archive_reading as reading
import archived_study as made
import numpy as np
import pytest

from hemispasm.formats.dicom_capture import build_capture
from hemispasm.formats.dicom_seg import build_segmentation
from hemispasm.formats.dicom_seg_source import new_uid, write_objects
from hemispasm.formats.dicom_sr import build_report
from hemispasm.model.side import Side

pytest.importorskip("highdicom")

EXCHANGE = Path(__file__).with_name("archive_exchange.py")
APART = ["unshare", "--map-root-user", "--net"]


def _missing() -> str:
    programs = ("Orthanc", "storescu", "dcm2json", "dciodvfy", "unshare")
    absent = [name for name in programs if shutil.which(name) is None]
    if absent:
        return f"not installed here: {', '.join(absent)}"
    if not Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so").is_file():
        return "Orthanc has no DICOMweb plugin here"
    if subprocess.run([*APART, "true"], check=False, capture_output=True).returncode:
        return "no network of its own can be made here, and Orthanc listens on every interface"
    return ""


pytestmark = pytest.mark.skipif(bool(_missing()), reason=_missing() or "-")


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    folder = tmp_path_factory.mktemp("orthanc")
    source = made.archived(folder / "series", made.oblique(np.eye(3)))
    before = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in _files(folder / "series")}
    structures, findings = made.structures(source.volume), made.document()
    segmentation = build_segmentation(source, structures)
    report = build_report(source, findings, structures, segmentation, points=made.nearest())
    picture = np.random.default_rng(5).integers(0, 255, (60, 90), np.uint8)
    series = new_uid()
    captures = {
        f"key-{number}": build_capture(source, picture, side, number=number, series_uid=series)
        for number, side in enumerate((Side.LEFT, Side.RIGHT), start=1)
    }
    write_objects(folder / "results", {"segmentation": segmentation, "report": report, **captures})
    back = folder / "back"
    command = [*APART, sys.executable, str(EXCHANGE)]
    subprocess.run(
        [*command, str(folder / "series"), str(folder / "results"), str(back)], check=True
    )
    told = json.loads((back / "exchange.json").read_text("utf-8"))
    print(
        f"C-STORE of {told['images']} images, STOW of {told['objects']} objects, back:",
        told["seconds"],
    )
    after = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in _files(folder / "series")}
    assert after == before
    return source, structures, findings, folder, told


def _files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file())


def test_everything_arrives_in_the_study_of_the_series(sent):
    source, _, _, _, told = sent
    assert told["accepted"] == told["objects"] == 4
    assert {one["study"] for one in told["held"].values()} == {source.volume.uids.study}
    counts = {one["modality"]: one["instances"] for one in told["held"].values()}
    assert counts == {"MR": len(source.headers), "SEG": 1, "SR": 1, "OT": 2}


def test_the_report_comes_back_with_the_same_numbers_and_sides(sent):
    _, _, findings, folder, _ = sent
    groups = reading.read_groups(reading.dataset(folder / "back" / "SR" / "0001.dcm"))
    for side in (Side.LEFT, Side.RIGHT):
        wanted = findings.find("imaging.vessel_nerve_distance", side)
        found = [g.numbers["Distance"] for g in groups if g.side == side and g.numbers]
        assert found
        for value, low, high in found:
            assert value == pytest.approx(wanted.value, abs=1e-12)
            assert (low, high) == pytest.approx(wanted.interval, abs=1e-9)
    assert {g.side for g in groups} == {"left", "right"}
    assert all(g.name.startswith(g.side) for g in groups)


def test_the_segments_come_back_at_the_same_places_and_left_at_the_patients_left(sent):
    source, structures, _, folder, _ = sent
    segments = reading.read_segments(reading.dataset(folder / "back" / "SEG" / "0001.dcm"))
    assert [s.label for s in segments] == [s.label for s in structures]
    for back, own in zip(segments, structures, strict=True):
        wanted = source.volume.to_patient(np.argwhere(own.mask))
        assert back.side == str(own.side)
        assert np.all((back.places[:, 0] > 0) == (own.side is Side.LEFT))
        order = [np.lexsort(np.round(places, 3).T) for places in (wanted, back.places)]
        np.testing.assert_allclose(back.places[order[1]], wanted[order[0]], atol=2e-3)


def test_the_key_pictures_come_back_with_their_side_and_as_drafts(sent):
    folder = sent[3]
    pictures = [reading.dataset(path) for path in _files(folder / "back" / "OT")]
    sides = {reading.value(one, "00200060") for one in pictures}
    assert sides == {"L", "R"}
    for one in pictures:
        word = "LEFT" if reading.value(one, "00200060") == "L" else "RIGHT"
        assert f"DRAFT, not signed - patient's {word} side" in reading.value(one, "00204000")


def test_dciodvfy_finds_no_error_of_ours(sent):
    folder = sent[3]
    source = _errors(_files(folder / "series")[0])
    for path in _files(folder / "back"):
        if path.suffix == ".dcm":
            assert not (_errors(path) - source), path.name


def _errors(path: Path) -> set[str]:
    told = subprocess.run(["dciodvfy", str(path)], check=False, capture_output=True, text=True)
    lines = (told.stdout + told.stderr).splitlines()
    return {line for line in lines if line.startswith("Error")}
