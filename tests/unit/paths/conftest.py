"""A made-up case, measured without a face model."""

import pytest
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
