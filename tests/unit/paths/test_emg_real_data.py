"""Real recordings go in and come out sane: no verdict where nobody said what was recorded."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

import hemispasm
from hemispasm.formats.edf_write import write_edf
from hemispasm.formats.emg import read_emg_segments
from hemispasm.formats.emg_ascii_profile import AsciiProfile, write_ascii_profile
from hemispasm.measure.emg.measure import measure_emg

DATA = Path(__file__).parents[3].parent / "shared" / "data" / "emg"
NEEDLE = AsciiProfile(time={"column": 1}, channels=[{"column": 2, "label": "EMG", "unit": "mV"}])


def real(name):
    path = DATA / name
    if not path.is_file():
        pytest.skip(f"the shared recordings are not here: {name}")
    return path


# Another method saw 26.0 and 18.3 events a second in these; the truth is known to nobody.
@pytest.mark.parametrize(
    ("name", "seconds", "low", "high"),
    [("emg_healthy.txt", 12.7, 10, 30), ("emg_neuropathy.txt", 37.0, 8, 25)],
)
def test_needle_emg_of_an_unnamed_muscle_is_counted_and_given_no_side(
    tmp_path, name, seconds, low, high
):
    path = tmp_path / name
    shutil.copy(real(name), path)
    write_ascii_profile(path.with_suffix(".toml"), NEEDLE)
    document = hemispasm.measure_emg(path)
    assert document.recording.duration_s == pytest.approx(seconds, abs=0.05)
    assert document.find("emg.affected_side").value == "uncertain"
    assert "side_unknown" in document.find("emg.affected_side").reason
    assert {finding.side for finding in document.findings} == {None}
    assert document.find("emg.spasm_rate") is None
    bursts = [event for event in document.events if event.kind == "burst"]
    assert low < len(bursts) / document.quality.analysed_s < high
    assert any(reason.startswith("damaged_lines: 2 ") for reason in document.quality.reasons)


def test_the_hole_of_a_real_recording_holds_no_event(tmp_path):
    path = tmp_path / "emg_neuropathy.txt"
    shutil.copy(real("emg_neuropathy.txt"), path)
    write_ascii_profile(path.with_suffix(".toml"), NEEDLE)
    document = hemispasm.measure_emg(path)
    first, second, _ = read_emg_segments(path)
    hole = (first.start_s + first.duration_s, second.start_s)
    assert hole == pytest.approx((12.29225, 12.3145), abs=5e-4)
    for event in document.events:
        assert not (hole[0] + 1e-3 < event.start_s < hole[1] - 1e-3)


def test_real_evoked_traces_are_sweeps_and_an_unknown_site_gives_no_response(tmp_path):
    traces = np.load(real("evoked_examples.npy"))
    np.savetxt(tmp_path / "evoked.csv", traces, delimiter=",", fmt="%.10g")
    profile = AsciiProfile(
        layout="sweep_rows",
        delimiter="comma",
        rate_hz=4000,
        sweeps={"label": "EMG", "unit": "uV", "stimulus_s": 0.25},
    )
    segments = read_emg_segments(tmp_path / "evoked.csv", profile=profile)
    assert [segment.stimuli_s.tolist() for segment in segments] == [[0.25]] * 5
    for segment, trace in zip(segments, traces, strict=True):
        assert np.allclose(segment.signals_uv[0], trace, atol=1e-6)
    # The response of the three middle traces lies just behind the stimulus.
    assert all(1000 < np.argmax(np.abs(traces[i])) < 1060 for i in (1, 2, 3))
    document = measure_emg(segments, sha256="0" * 64)
    assert document.quality.grade == "not_assessable"
    assert any(r.startswith("stimulus_site_unknown") for r in document.quality.reasons)
    assert not any(finding.value == "present" for finding in document.findings)


def test_the_facial_example_of_the_standard_is_measured_without_a_side():
    path = DATA / "bids_face" / "sub-01" / "emg" / "sub-01_task-talking_emg.edf"
    if not path.is_file():
        pytest.skip("the shared EMG-BIDS example is not here")
    document = hemispasm.measure_emg(path)
    assert document.quality.grade == "not_assessable"
    assert {finding.side for finding in document.findings} <= {None}
    assert document.find("emg.affected_side").value == "uncertain"


def test_others_read_back_the_real_recording_that_was_written_here_and_find_no_date(tmp_path):
    pyedflib = pytest.importorskip("pyedflib")
    mne = pytest.importorskip("mne")
    (source,) = read_emg_segments(real("emg_healthy.txt"), profile=NEEDLE)
    path = write_edf(tmp_path / "a.edf", source)
    ours = hemispasm.read_emg(path)
    assert np.array_equal(np.isnan(ours.signals_uv[0]), np.isnan(source.signals_uv[0]))
    assert np.nanmax(np.abs(ours.signals_uv[0] - source.signals_uv[0])) < 0.05
    known = ~np.isnan(ours.signals_uv[0])
    with pyedflib.EdfReader(str(path)) as file:
        assert file.getSignalLabels() == ["EMG"]
        assert file.getSampleFrequency(0) == pytest.approx(4000, rel=1e-12)
        assert file.getStartdatetime() == datetime(1985, 1, 1)
        assert file.getPatientName() in ("", "X")
        assert file.getBirthdate() == ""
        theirs = file.readSignal(0).astype(np.float32)
        texts = file.readAnnotations()[2].tolist()
    assert np.array_equal(theirs[: known.size][known], ours.signals_uv[0][known])
    assert texts == ["not recorded@@EMG"] * 2
    raw = mne.io.read_raw_edf(path, verbose="error")
    assert raw.info["sfreq"] == pytest.approx(4000, rel=1e-12)
    assert raw.info["meas_date"] in (None, datetime(1985, 1, 1, tzinfo=UTC))
    assert raw.info["subject_info"].get("birthday") is None
    theirs = raw.get_data()[0][: known.size] * 1e6
    assert np.allclose(theirs[known], ours.signals_uv[0][known], atol=1e-3)
