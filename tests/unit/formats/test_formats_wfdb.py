"""WFDB records of the two formats that EMG archives use."""

from __future__ import annotations

import numpy as np
import pytest

from hemispasm.formats.emg import read_emg
from hemispasm.model.errors import DecodeError


def record(tmp_path, header, data):
    (tmp_path / "a.hea").write_text(header)
    (tmp_path / "a.dat").write_bytes(data)
    return tmp_path / "a.hea"


def packed(numbers):
    """Pack pairs of 12-bit numbers as format 212 does."""
    out = bytearray()
    for first, second in zip(numbers[::2], numbers[1::2], strict=True):
        a, b = first & 0xFFF, second & 0xFFF
        out += bytes([a & 0xFF, (a >> 8) | ((b >> 8) << 4), b & 0xFF])
    return bytes(out)


def test_format_16_of_two_channels_is_read_with_gain_baseline_and_unit(tmp_path):
    header = "a 2 4000 3\na.dat 16 100(10)/uV 16 0 0 0 0 L OOc\na.dat 16 2/mV 16 0 0 0 0 EKG\n"
    data = np.array([[10, 0], [110, 2], [-32768, -2]], dtype="<i2")
    back = read_emg(record(tmp_path, header, data.tobytes()))
    assert [channel.label for channel in back.channels] == ["L OOc", "EKG"]
    assert back.channels[0].rate_hz == 4000
    assert back.signals_uv[0][:2].tolist() == [0.0, 1.0]
    assert np.isnan(back.signals_uv[0][2])
    assert back.signals_uv[1].tolist() == [0, 1000, -1000]


def test_format_212_is_unpacked_with_its_signs(tmp_path):
    numbers = [0, 1, -1, 2047, -2047, -2048]
    header = "a 1 4000/4000 6 10:00:00\n# a comment\na.dat 212 1/uV 12 0 0 0 0 EMG\n"
    back = read_emg(record(tmp_path, header, packed(numbers)))
    assert back.signals_uv[0][:5].tolist() == [0, 1, -1, 2047, -2047]
    assert np.isnan(back.signals_uv[0][5])


def test_a_record_may_be_named_by_its_signal_file(tmp_path):
    path = record(tmp_path, "a 1 100\na.dat 16\n", bytes(20))
    assert len(read_emg(path.with_suffix(".dat")).signals_uv[0]) == 10


def test_a_record_that_breaks_off_keeps_what_is_there(tmp_path):
    back = read_emg(record(tmp_path, "a 1 100 50\na.dat 16\n", bytes(21)))
    assert len(back.signals_uv[0]) == 10
    assert back.notes[0].startswith("truncated_file: ")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "not_a_wfdb_record"),
        ("hello", "not_a_wfdb_record"),
        ("a/3 1 100\na.dat 16\n", "wfdb_format"),
        ("a 1 100\na.dat 80\n", "wfdb_format"),
        ("a 1 100\na.dat 16x4\n", "wfdb_format"),
        ("a 2 100\na.dat 16\nb.dat 16\n", "wfdb_format"),
        ("a 9999 100\na.dat 16\n", "damaged_header"),
        ("a 3 100\na.dat 16\n", "damaged_header"),
        ("a 1 nan\na.dat 16\n", "damaged_header"),
        ("a 1 0\na.dat 16\n", "damaged_header"),
        ("a 1 100\na.dat 16 NaN/mV\n", "damaged_header"),
        ("a 1 100\na.dat 16 1e-300/mV\n", "damaged_header"),
        ("a 1 100\n../a.dat 16\n", "damaged_header"),
        ("a 1 100\nmissing.dat 16\n", "file_missing"),
    ],
)
def test_a_record_that_cannot_be_read_says_why(tmp_path, header, code):
    with pytest.raises(DecodeError) as caught:
        read_emg(record(tmp_path, header, bytes(8)))
    assert caught.value.code == code


def test_a_record_without_a_sample_or_a_header_is_refused(tmp_path):
    with pytest.raises(DecodeError, match="before its first sample"):
        read_emg(record(tmp_path, "a 1 100\na.dat 16\n", b"x"))
    with pytest.raises(DecodeError, match="no header"):
        read_emg(tmp_path / "b.hea")
