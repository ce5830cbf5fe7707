"""Made-up cases: one of videos, measured without a face model; one with an MRI, without a fit."""

import pytest
from imaging_cases import FakeImaging, add_series, imaging_case
from made_cases import FakeMeasuring, make_case

from hemispasm import assessing


@pytest.fixture
def fake_measuring(monkeypatch):
    measuring = FakeMeasuring()
    monkeypatch.setattr(assessing, "measure_video_file", measuring)
    monkeypatch.setattr(assessing, "asset_digest", lambda name: "0" * 64)
    return measuring


@pytest.fixture
def case(tmp_path, fake_measuring):
    return make_case(tmp_path / "case")


@pytest.fixture
def fake_imaging(monkeypatch):
    fake = FakeImaging()
    monkeypatch.setattr(assessing, "measure_case_imaging", fake)
    return fake


@pytest.fixture
def mri_case(tmp_path):
    made = imaging_case(tmp_path / "case")
    add_series(made)
    return made
