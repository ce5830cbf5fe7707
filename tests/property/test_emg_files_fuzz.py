"""Whatever stands in an EMG file: a recording no larger than the file, or one clear refusal."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hemispasm.formats.edf_times import parse_record
from hemispasm.formats.edf_write import edf_bytes
from hemispasm.formats.emg import read_emg_segments
from hemispasm.formats.emg_ascii_profile import AsciiProfile
from hemispasm.formats.emg_labels import read_label
from hemispasm.model.emg import Annotation, EmgChannel, EmgRecording
from hemispasm.model.errors import HemispasmError

thorough = settings(max_examples=150, deadline=None)
fields = st.one_of(
    st.binary(min_size=1, max_size=8),
    st.sampled_from(
        [b"NaN", b"inf", b"-1", b"0", b"99999999", b"1e308", b"1e-308", b"\x00\x00", b"+5", b"1_0"]
    ),
)


def whole_file(is_bdf):
    channels = tuple(EmgChannel(label=f"EMG{i}", rate_hz=100 * (i + 1)) for i in range(2))
    signals = (np.arange(300.0) % 17, np.arange(600.0) % 23)
    made = EmgRecording(
        channels=channels,
        signals_uv=signals,
        stimuli_s=np.array([0.5, 1.5]),
        annotations=(Annotation(time_s=1.0, text="dura open"),),
    )
    return edf_bytes(made, is_bdf=is_bdf)


EDF, BDF = whole_file(False), whole_file(True)


def check_sentence(error):
    assert error.cause
    assert error.next_step
    assert "\n" not in error.cause


def read(data, name, **how):
    """Return the segments, or None where the file was refused in words."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        try:
            return read_emg_segments(path, **how)
        except HemispasmError as error:
            return check_sentence(error)


def assert_no_larger_than(segments, data):
    for segment in segments or ():
        assert sum(len(signal) for signal in segment.signals_uv) <= len(data)
        for signal in segment.signals_uv:
            assert np.isfinite(signal).all() or np.isnan(signal).any()


@pytest.mark.parametrize("whole", [EDF, BDF], ids=["edf", "bdf"])
@thorough
@given(changes=st.lists(st.tuples(st.integers(0, 1023), fields), min_size=1, max_size=4))
def test_a_header_with_any_field_overwritten_is_read_or_refused(whole, changes):
    data = bytearray(whole)
    for place, field in changes:
        data[place : place + len(field)] = field
    name = "a.edf" if whole is EDF else "a.bdf"
    assert_no_larger_than(read(bytes(data), name), data)


@pytest.mark.parametrize("whole", [EDF, BDF], ids=["edf", "bdf"])
@thorough
@given(length=st.integers(0, 4000), tail=st.binary(max_size=50))
def test_a_file_cut_anywhere_is_read_or_refused(whole, length, tail):
    data = whole[:length] + tail
    segments = read(data, "a.edf" if whole is EDF else "a.bdf")
    assert_no_larger_than(segments, data)


@thorough
@given(st.binary(max_size=3000))
def test_any_bytes_at_all_are_read_or_refused(data):
    assert_no_larger_than(read(b"0       " + data, "a.edf"), data)


@thorough
@given(st.lists(st.binary(max_size=80), max_size=3))
def test_any_bytes_in_an_annotation_signal_are_parsed(blocks):
    notes = parse_record(blocks)
    assert notes.onset_s is None or np.isfinite(notes.onset_s)
    assert all(note.text for note in notes.annotations)


@thorough
@given(st.text(max_size=40))
def test_any_label_is_read_and_naming_both_sides_names_none(text):
    assert read_label(f"left {text} right").side is None


@thorough
@given(
    data=st.one_of(
        st.binary(max_size=400),
        st.floats(allow_nan=True, allow_infinity=True).map(lambda t: f"{t!r} 1\n".encode()),
    ),
    decimal=st.sampled_from([".", ","]),
)
def test_any_text_export_is_read_or_refused(data, decimal):
    profile = AsciiProfile(
        decimal=decimal,
        time={"column": 1},
        channels=[{"column": 2, "label": "EMG", "unit": "mV"}],
    )
    lines = b"".join(f"{i}{decimal}5 {i}\n".encode() for i in range(100))
    for segment in read(lines + data, "a.txt", profile=profile) or ():
        assert len(segment.signals_uv[0]) <= 300


@thorough
@given(lines=st.lists(st.text(max_size=30), max_size=4))
def test_any_wfdb_header_is_read_or_refused(lines):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.hea"
        text = "\n".join(["a 1 100 4", "a.dat 16 200 16 0 0 0 0 EMG", *lines])
        path.write_text(text, encoding="utf-8")
        path.with_suffix(".dat").write_bytes(bytes(8))
        try:
            (segment,) = read_emg_segments(path)
        except HemispasmError:
            return
        assert len(segment.signals_uv[0]) == 4
