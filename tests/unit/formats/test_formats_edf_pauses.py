"""The clock of EDF+: a pause stays a pause, whatever the header says."""

from __future__ import annotations

import numpy as np
import pytest
from edf_by_hand import HandEdf, HandSignal

from hemispasm.formats.emg import read_emg, read_emg_segments
from hemispasm.model.errors import DecodeError


def note(onset, text, duration=""):
    length = f"\x15{duration}" if duration else ""
    return f"+{onset}{length}\x14{text}\x14\x00".encode()


def paused(tmp_path, onsets_s, *, reserved="EDF+D", notes=None, **changes):
    given = {"records": len(onsets_s), "onsets_s": onsets_s, "reserved": reserved}
    return HandEdf(notes=notes or {}, **(given | changes)).write(tmp_path / "a.edf")


def test_a_gap_of_a_hundred_seconds_parts_two_segments_and_is_never_collapsed(tmp_path):
    path = paused(tmp_path, [0, 1, 101, 102, 103])
    first, second = read_emg_segments(path)
    assert (first.start_s, first.duration_s) == (0.0, 2.0)
    assert (second.start_s, second.duration_s) == (101.0, 3.0)
    assert second.signals_uv[0][0] == pytest.approx(200 * 0.1)
    with pytest.raises(DecodeError) as caught:
        read_emg(path)
    assert caught.value.code == "has_pauses"


def test_mne_closes_the_same_gap_without_a_word(tmp_path):
    # The reason why the time stamps are read here; the day this fails, MNE has learnt it.
    mne = pytest.importorskip("mne")
    raw = mne.io.read_raw_edf(paused(tmp_path, [0, 1, 101, 102, 103]), verbose="error")
    assert raw.times[-1] < 6


def test_sweeps_exported_as_discontinuous_records_are_segments_of_their_own(tmp_path):
    onsets = [0.0, 0.333, 0.667]
    signal = HandSignal(samples=500)
    path = paused(tmp_path, onsets, signals=[signal], record_s="0.05")
    segments = read_emg_segments(path)
    assert [segment.start_s for segment in segments] == onsets
    assert [len(segment.signals_uv[0]) for segment in segments] == [500, 500, 500]


def test_discontinuous_by_name_and_without_a_gap_is_one_recording(tmp_path):
    assert read_emg(paused(tmp_path, [5, 6, 7])).duration_s == 3


def test_a_hidden_pause_in_a_continuous_file_is_found_and_said(tmp_path):
    segments = read_emg_segments(paused(tmp_path, [0, 1, 9], reserved="EDF+C"))
    assert [segment.start_s for segment in segments] == [0.0, 9.0]
    assert segments[0].notes[0].startswith("hidden_pause:")


def test_a_step_of_less_than_half_a_sample_is_no_gap_and_one_sample_is(tmp_path):
    assert len(read_emg_segments(paused(tmp_path, [0, 1.004, 2.004]))) == 1
    assert len(read_emg_segments(paused(tmp_path, [0, 1.01, 2.01]))) == 2


def test_times_count_from_the_first_sample_of_each_segment(tmp_path):
    notes = {
        0: note("0.25", "stimulus"),
        1: note("40", "dura open"),
        2: note("101.5", "Stimulus", "0.1"),
    }
    first, second = read_emg_segments(paused(tmp_path, [0, 1, 101], notes=notes))
    assert first.stimuli_s.tolist() == [0.25]
    assert second.stimuli_s.tolist() == [0.5]
    # Noted in the pause: it stays, after the end of the stretch before.
    assert [(n.time_s, n.text) for n in first.annotations][-1] == (40.0, "dura open")


def test_a_start_between_two_seconds_shifts_no_annotation(tmp_path):
    notes = {0: note("0.75", "stimulus")}
    back = read_emg(paused(tmp_path, [0.5, 1.5], reserved="EDF+C", notes=notes))
    assert back.stimuli_s.tolist() == [0.25]
    assert back.start_s == 0.0


def test_time_that_runs_backwards_is_refused(tmp_path):
    with pytest.raises(DecodeError, match="begins before") as caught:
        read_emg(paused(tmp_path, [0, 1, 0.5]))
    assert caught.value.code == "time_backwards"


def test_a_discontinuous_file_without_time_stamps_is_refused(tmp_path):
    path = HandEdf(reserved="EDF+D").write(tmp_path / "a.edf")
    with pytest.raises(DecodeError) as caught:
        read_emg(path)
    assert caught.value.code == "lost_time"


def test_a_record_without_its_stamp_is_refused_where_pauses_are_possible(tmp_path):
    path = paused(tmp_path, [0, 1, 2])
    data = path.read_bytes()
    path.write_bytes(data.replace(b"+1\x14\x14", b"xx\x14\x14"))
    with pytest.raises(DecodeError) as caught:
        read_emg(path)
    assert caught.value.code == "lost_time"
    assert "Record 2" in caught.value.cause


def test_a_damaged_annotation_is_left_out_and_said(tmp_path):
    notes = {0: b"+abc\x14stimulus\x14\x00" + note("0.5", "stimulus")}
    back = read_emg(paused(tmp_path, [0, 1], reserved="EDF+C", notes=notes))
    assert back.stimuli_s.tolist() == [0.5]
    assert any(text.startswith("damaged_annotations: 1 ") for text in back.notes)


def test_a_stimulus_channel_counts_where_no_annotation_does(tmp_path):
    pulses = np.zeros(300)
    pulses[[50, 51, 120, 121, 250]] = 900
    signals = [HandSignal(), HandSignal("Trig", "", data=pulses)]
    back = read_emg(HandEdf(signals, records=3).write(tmp_path / "a.edf"))
    assert back.stimuli_s.tolist() == [0.5, 1.2, 2.5]
    assert any(text.startswith("stimuli_from_channel: ") for text in back.notes)
