"""Damaged and malicious EDF files: one clear sentence each, or what is whole in them."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from edf_by_hand import HandEdf, HandSignal

from hemispasm.formats.emg import read_emg, read_emg_segments
from hemispasm.model.emg import ChannelKind
from hemispasm.model.errors import DecodeError


def refusal(path):
    with pytest.raises(DecodeError) as caught:
        read_emg_segments(path)
    error = caught.value
    assert error.exit_code == 3
    assert error.cause.count("\n") == 0
    assert error.cause.endswith(".")
    assert error.next_step
    assert path.name in error.cause or "signal" in error.cause
    return error


def test_a_file_of_no_bytes_says_that_it_is_empty(tmp_path):
    (tmp_path / "a.edf").write_bytes(b"")
    assert refusal(tmp_path / "a.edf").code == "empty_file"


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path):
    assert refusal(tmp_path / "a.edf").code == "file_missing"
    (tmp_path / "b.edf").mkdir()
    assert refusal(tmp_path / "b.edf").code == "is_a_directory"


@pytest.mark.parametrize("data", [b"x", b"0", b"%PDF-1.7" + bytes(900), bytes(4000)])
def test_what_is_no_edf_is_called_that(tmp_path, data):
    (tmp_path / "a.edf").write_bytes(data)
    assert refusal(tmp_path / "a.edf").code in ("not_an_edf", "damaged_header")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"count": "9999"}, "promises 9999 signals"),
        ({"count": "0"}, "promises 0 signals"),
        ({"count": "-1"}, "promises -1 signals"),
        ({"count": "abc"}, "no whole number"),
        ({"bytes": "99999999"}, "99999999 bytes"),
        ({"bytes": "256"}, "256 bytes"),
        ({"records": "-7"}, "promises -7 records"),
        ({"records": "1e9"}, "no whole number"),
        ({"record_s": "0"}, "lasts 0 s"),
        ({"record_s": "-1"}, "lasts -1 s"),
        ({"record_s": "NaN"}, "is no number"),
        ({"record_s": "inf"}, "is no number"),
        ({"record_s": "1e-300"}, "samples per second"),
    ],
)
def test_an_absurd_field_of_the_header_is_named(tmp_path, fields, said):
    error = refusal(HandEdf(fields=fields).write(tmp_path / "a.edf"))
    assert error.code == "damaged_header"
    assert said in error.cause


@pytest.mark.parametrize("samples", ["0", "-5", "x", "99999999"])
def test_absurd_samples_of_a_signal_are_refused(tmp_path, samples):
    made = HandEdf([HandSignal()])
    header = made.header().replace(b"100     ", samples.encode().ljust(8))
    path = tmp_path / "a.edf"
    path.write_bytes(header + made.body())
    assert refusal(path).code in ("damaged_header", "no_data")


@pytest.mark.parametrize("records", ["99999999", "2147483648"[:8]])
def test_a_promise_of_a_hundred_million_records_costs_no_memory(tmp_path, records):
    path = HandEdf(fields={"records": records}).write(tmp_path / "a.edf")
    read_emg(path)
    tracemalloc.start()
    back = read_emg(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert back.duration_s == 2
    assert any(note.startswith("truncated_file: ") for note in back.notes)
    assert peak < 5_000_000


@pytest.mark.parametrize(
    ("physical", "digital"),
    [
        (("NaN", "100"), ("-100", "100")),
        (("-inf", "100"), ("-100", "100")),
        (("5", "5"), ("-100", "100")),
        (("-100", "100"), ("7", "7")),
        (("-100", "100"), ("100", "-100")),
        (("-100", "100"), ("x", "100")),
        (("", ""), ("", "")),
        (("-9e300", "9e300"), ("-100", "100")),
    ],
)
def test_a_signal_without_a_valid_calibration_is_refused(tmp_path, physical, digital):
    signal = HandSignal(physical=physical, digital=digital)
    error = refusal(HandEdf([signal]).write(tmp_path / "a.edf"))
    assert error.code == "not_calibrated"
    assert "'EMG1'" in error.cause


def test_a_trigger_without_a_calibration_keeps_its_raw_numbers_and_says_so(tmp_path):
    trigger = HandSignal("Trig", "", ("0", "0"))
    back = read_emg(HandEdf([HandSignal(), trigger]).write(tmp_path / "a.edf"))
    assert back.signals_uv[1][:3].tolist() == [0, 1, 2]
    assert any(note.startswith("not_calibrated: Trig") for note in back.notes)


def test_of_a_truncated_file_the_whole_records_are_kept(tmp_path):
    back = read_emg(HandEdf(records=5, cut=30).write(tmp_path / "a.edf"))
    assert len(back.signals_uv[0]) == 400
    assert back.notes[0].startswith("truncated_file: a.edf breaks off: 4 of 5 records")


def test_of_a_truncated_bdf_the_whole_records_are_kept(tmp_path):
    back = read_emg(HandEdf(records=5, cut=1, bdf=True).write(tmp_path / "a.bdf"))
    assert len(back.signals_uv[0]) == 400
    assert back.notes[0].startswith("truncated_file: ")


def test_a_file_that_ends_in_its_header_or_before_a_whole_record_is_refused(tmp_path):
    whole = HandEdf().write(tmp_path / "a.edf").read_bytes()
    for length in (200, 300, 511, 512, 600):
        (tmp_path / "a.edf").write_bytes(whole[:length])
        assert refusal(tmp_path / "a.edf").code in ("damaged_header", "no_data")


def test_a_recording_that_was_never_closed_is_read_to_its_last_whole_record(tmp_path):
    back = read_emg(HandEdf(records=3, fields={"records": "-1"}).write(tmp_path / "a.edf"))
    assert back.duration_s == 3
    assert back.notes[0].startswith("unfinished_file: ")


def test_bytes_after_the_last_record_are_not_taken_for_signal(tmp_path):
    back = read_emg(HandEdf(tail=b"garbage" * 100).write(tmp_path / "a.edf"))
    assert back.duration_s == 2
    assert back.notes[0].startswith("extra_bytes: a.edf has 700 bytes")


def test_sixty_four_signals_of_mixed_rates_keep_their_own_rate_and_numbers(tmp_path):
    signals = [HandSignal(f"EMG {i}", samples=10 * (1 + i % 7)) for i in range(64)]
    back = read_emg(HandEdf(signals, records=4).write(tmp_path / "a.edf"))
    assert len(back.channels) == 64
    for index, (channel, signal) in enumerate(zip(back.channels, back.signals_uv, strict=True)):
        count = 10 * (1 + index % 7)
        assert channel.label == f"EMG {index}"
        assert channel.rate_hz == count
        assert np.allclose(signal, np.arange(4 * count) * 0.1)


@pytest.mark.parametrize(
    ("raw", "label"),
    [
        ("Müsk öc".encode(), "Müsk öc"),
        ("Müsk öc".encode("latin-1"), "Müsk öc"),
        ("眼輪筋".encode(), "眼輪筋"),
        (b"EMG\x001\x07", "EMG 1"),
        (b"\xff\xfe\x80", "ÿþ"),
        (b"", ""),
    ],
)
def test_labels_beyond_ascii_are_shown_and_harm_nothing(tmp_path, raw, label):
    back = read_emg(HandEdf([HandSignal(raw)]).write(tmp_path / "a.edf"))
    assert back.channels[0].label == label
    assert back.channels[0].kind is ChannelKind.EMG
    assert back.duration_s == 2


def test_a_file_of_annotations_alone_says_that_there_is_no_signal(tmp_path):
    path = HandEdf([], onsets_s=[0.0, 1.0], reserved="EDF+C").write(tmp_path / "a.edf")
    assert refusal(path).code == "no_signals"


def test_more_annotations_than_any_recorder_makes_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("hemispasm.formats.edf.MOST_ANNOTATIONS", 3)
    many = b"+0\x14a\x14b\x14c\x14d\x14\x00"
    made = HandEdf(onsets_s=[0.0, 1.0], reserved="EDF+C", notes={0: many})
    assert refusal(made.write(tmp_path / "a.edf")).code == "too_many_annotations"


def test_a_recording_beyond_memory_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr("hemispasm.formats.edf_header.MOST_SAMPLES", 150)
    assert refusal(HandEdf().write(tmp_path / "a.edf")).code == "recording_too_large"
