"""EDF and BDF: what is written is read back, by us and by others."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from edf_by_hand import HandEdf, HandSignal

from hemispasm.formats.edf import read_edf_raw
from hemispasm.formats.edf_records import choose_record
from hemispasm.formats.edf_write import edf_labels, write_edf
from hemispasm.formats.emg import read_emg
from hemispasm.formats.emg_sidecar import sidecar_of, write_emg_sidecar
from hemispasm.model.emg import (
    Annotation,
    Branch,
    ChannelKind,
    EmgChannel,
    EmgRecording,
    Muscle,
    StimulusInfo,
)
from hemispasm.model.errors import UsageError
from hemispasm.model.side import Side


def recording(rate_hz=10_000.0, count=12_345, **changes):
    rng = np.random.default_rng(7)
    channels = (
        EmgChannel(
            label="L OOc",
            muscle=Muscle.ORBICULARIS_OCULI,
            side=Side.LEFT,
            branch=Branch.ZYGOMATIC,
            electrode="needle",
            rate_hz=rate_hz,
        ),
        EmgChannel(label="Ment re", muscle=Muscle.MENTALIS, side=Side.RIGHT, rate_hz=rate_hz),
    )
    given = {
        "channels": channels,
        "signals_uv": (rng.normal(0, 40, count), rng.normal(0, 900, count)),
        "stimuli_s": np.array([0.1, 0.3333]),
        "annotations": (Annotation(time_s=0.2, duration_s=0.05, text="Öffnung der Dura"),),
    }
    return EmgRecording(**(given | changes))


@pytest.mark.parametrize("suffix", [".edf", ".bdf"])
@pytest.mark.parametrize(
    ("rate_hz", "count"),
    [(10_000.0, 12_345), (4000.0, 50_861), (24414.0625, 40_000), (10_000 / 3, 5000), (20e3, 1000)],
)
def test_signals_come_back_within_half_a_step_and_as_long_as_they_were(
    tmp_path, suffix, rate_hz, count
):
    made = recording(rate_hz, count)
    back = read_emg(write_edf(tmp_path / f"a{suffix}", made))
    step_uv = (0.02, 0.2) if suffix == ".edf" else (0.0002, 0.002)
    for channel, before, after, step in zip(
        back.channels, made.signals_uv, back.signals_uv, step_uv, strict=True
    ):
        assert channel.rate_hz == rate_hz
        assert len(after) == count
        assert np.abs(after - before).max() <= step
    assert back.notes[0].startswith("named_by_label")


def test_a_file_written_twice_is_the_same_file(tmp_path):
    first = write_edf(tmp_path / "a.edf", recording())
    second = write_edf(tmp_path / "b.edf", read_emg(first))
    assert read_emg(second).signals_uv[0].tolist() == read_emg(first).signals_uv[0].tolist()


def test_pyedflib_reads_the_same_numbers_rates_and_annotations(tmp_path):
    pyedflib = pytest.importorskip("pyedflib")
    path = write_edf(tmp_path / "a.edf", recording())
    ours = read_emg(path)
    with pyedflib.EdfReader(str(path)) as file:
        assert file.getSignalLabels() == ["L OOc", "Ment re"]
        for index, signal in enumerate(ours.signals_uv):
            assert file.getPhysicalDimension(index) == "uV"
            assert file.getSampleFrequency(index) == 10_000
            assert np.array_equal(file.readSignal(index).astype(np.float32), signal)
        onsets, durations, texts = file.readAnnotations()
    assert onsets.tolist() == [n.time_s for n in ours.annotations] == [0.1, 0.2, 0.3333]
    assert texts.tolist() == [n.text for n in ours.annotations]
    assert durations[1] == 0.05


@pytest.mark.parametrize("suffix", [".edf", ".bdf"])
def test_mne_reads_the_same_numbers_rates_and_annotations(tmp_path, suffix):
    mne = pytest.importorskip("mne")
    path = write_edf(tmp_path / f"a{suffix}", recording())
    ours = read_emg(path)
    reader = mne.io.read_raw_edf if suffix == ".edf" else mne.io.read_raw_bdf
    raw = reader(path, verbose="error")
    theirs_uv = raw.get_data() * 1e6
    assert raw.info["sfreq"] == 10_000
    for theirs, signal in zip(theirs_uv, ours.signals_uv, strict=True):
        assert theirs.shape == signal.shape
        assert np.allclose(theirs, signal, rtol=1e-6, atol=1e-6)
    assert list(raw.annotations.description) == [n.text for n in ours.annotations]
    assert np.allclose(raw.annotations.onset, [n.time_s for n in ours.annotations], atol=1e-9)


def test_stimuli_are_annotations_in_the_file_and_stimuli_again_when_read(tmp_path):
    back = read_emg(write_edf(tmp_path / "a.edf", recording()))
    assert back.stimuli_s.tolist() == [0.1, 0.3333]
    assert [note.text for note in back.annotations] == ["stimulus", "Öffnung der Dura", "stimulus"]
    again = read_emg(write_edf(tmp_path / "b.edf", back))
    assert again.annotations == back.annotations


def test_missing_samples_come_back_as_missing_samples(tmp_path):
    made = recording()
    made.signals_uv[0][100:150] = np.nan
    made.signals_uv[0][-3:] = np.nan
    back = read_emg(write_edf(tmp_path / "a.edf", made))
    assert np.array_equal(np.isnan(back.signals_uv[0]), np.isnan(made.signals_uv[0]))
    assert not np.isnan(back.signals_uv[1]).any()
    assert len(back.annotations) == 3


def test_channels_of_unlike_rate_and_length_keep_both(tmp_path):
    channels = (
        EmgChannel(label="EMG", rate_hz=10_000),
        EmgChannel(label="Sync", kind=ChannelKind.SYNC, rate_hz=500),
    )
    signals = (np.arange(25_001) % 50.0, np.arange(1249) % 7.0)
    made = EmgRecording(channels=channels, signals_uv=signals, stimuli_s=np.empty(0))
    back = read_emg(write_edf(tmp_path / "a.edf", made))
    assert [channel.rate_hz for channel in back.channels] == [10_000, 500]
    assert [len(signal) for signal in back.signals_uv] == [25_001, 1249]
    assert back.channels[1].kind is ChannelKind.SYNC
    assert np.allclose(back.signals_uv[1], signals[1], atol=1e-3)


def test_a_simulated_recording_is_marked_where_every_viewer_shows_it(tmp_path):
    path = write_edf(tmp_path / "a.edf", recording(simulated=True))
    assert b"SIMULATED - not a patient" in path.read_bytes()
    assert b"SIMULATED" in path.read_bytes()[8:168]
    back = read_emg(path)
    assert back.simulated
    assert "SIMULATED - not a patient" not in [note.text for note in back.annotations]
    assert not read_emg(write_edf(tmp_path / "b.edf", recording())).simulated


def test_a_file_holds_neither_name_nor_date_unless_a_time_is_given(tmp_path):
    anonymous = write_edf(tmp_path / "a.edf", recording()).read_bytes()
    assert anonymous[8:15] == b"X X X X"
    assert anonymous[88:100] == b"Startdate X "
    at = datetime(2026, 3, 2, 9, 30, 15)
    (dated,) = read_edf_raw(write_edf(tmp_path / "b.edf", recording(), started_at=at))
    assert dated.started_at == at


def test_the_sidecar_of_a_recording_brings_muscle_side_and_protocol_back(tmp_path):
    made = recording(
        line_hz=50.0, stimulus=StimulusInfo(site=Branch.MANDIBULAR, side=Side.LEFT, intensity_ma=12)
    )
    path = write_edf(tmp_path / "a.edf", made)
    write_emg_sidecar(path, sidecar_of(made))
    back = read_emg(path)
    assert [(c.muscle, c.side, c.branch, c.electrode) for c in back.channels] == [
        (c.muscle, c.side, c.branch, c.electrode) for c in made.channels
    ]
    assert {channel.named_by for channel in back.channels} == {"sidecar"}
    assert back.stimulus == made.stimulus
    assert back.line_hz == 50.0


@pytest.mark.parametrize(
    ("unit", "factor"), [("uV", 1), ("\xb5V".encode("latin-1"), 1), ("mV", 1e3), ("V", 1e6)]
)
def test_every_voltage_unit_becomes_microvolt(tmp_path, unit, factor):
    signal = HandSignal(unit=unit, physical=("-2", "2"), digital=("-2000", "2000"))
    back = read_emg(HandEdf([signal]).write(tmp_path / "a.edf"))
    assert back.signals_uv[0][:3].tolist() == pytest.approx([0, 0.001 * factor, 0.002 * factor])


def test_an_offset_and_a_flipped_polarity_of_the_calibration_are_followed(tmp_path):
    signal = HandSignal(physical=("100", "-100"), digital=("0", "1000"))
    back = read_emg(HandEdf([signal]).write(tmp_path / "a.edf"))
    assert back.signals_uv[0][:2].tolist() == pytest.approx([100.0, 99.8])


def test_a_bdf_by_another_hand_is_read_with_its_sign(tmp_path):
    data = np.array([-8_388_608, -1, 0, 1, 8_388_607] * 40)
    signal = HandSignal(
        physical=("-838861", "838861"), digital=("-8388608", "8388607"), samples=100, data=data
    )
    back = read_emg(HandEdf([signal], bdf=True).write(tmp_path / "a.bdf"))
    assert back.signals_uv[0][0] == pytest.approx(-838_861)
    assert back.signals_uv[0][1] == pytest.approx(-0.05, abs=1e-6)
    assert back.signals_uv[0][4] == pytest.approx(838_861)


def test_a_signal_that_is_no_voltage_stays_as_it_is_and_is_no_emg(tmp_path):
    signals = [HandSignal(), HandSignal("Temp", "degC", ("0", "100"), ("0", "1000"))]
    back = read_emg(HandEdf(signals).write(tmp_path / "a.edf"))
    assert back.channels[1].kind is ChannelKind.OTHER
    assert back.signals_uv[1][10] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"channels": (), "signals_uv": ()}, "no_channels"),
        ({"signals_uv": (np.zeros(5), np.zeros(0))}, "empty_recording"),
        ({"signals_uv": (np.full(5, 1e9), np.zeros(5))}, "signal_too_large"),
        ({"signals_uv": (np.full(5, np.inf), np.zeros(5))}, "signal_too_large"),
    ],
)
def test_what_edf_cannot_hold_is_refused_with_a_reason(tmp_path, change, code):
    with pytest.raises(UsageError) as caught:
        write_edf(tmp_path / "a.edf", recording(**change))
    assert caught.value.code == code
    assert not (tmp_path / "a.edf").exists()


def test_labels_become_ascii_and_two_that_become_the_same_are_refused():
    def channels(*labels):
        return tuple(EmgChannel(label=label, rate_hz=1000) for label in labels)

    assert edf_labels(channels("Lid außen ö", "EMG2")) == ["Lid aussen o", "EMG2"]
    with pytest.raises(UsageError, match="both be called"):
        edf_labels(channels("orbicularis oculi left", "orbicularis oculi right"))
    with pytest.raises(UsageError, match="no name"):
        edf_labels(channels("眼輪筋"))


def test_an_odd_rate_that_no_record_holds_is_refused():
    with pytest.raises(UsageError, match="No EDF record"):
        choose_record([1000 * np.pi], [5000], 2)


def test_control_characters_in_an_annotation_do_not_split_it(tmp_path):
    note = Annotation(time_s=0.1, text="dura\x14open\nnow")
    made = recording(annotations=(note,), stimuli_s=np.empty(0))
    back = read_emg(write_edf(tmp_path / "a.edf", made))
    assert [note.text for note in back.annotations] == ["dura open now"]
