"""Text exports: profiles, damaged lines, gaps, sweeps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hemispasm.formats.emg import read_emg, read_emg_segments
from hemispasm.formats.emg_ascii_profile import (
    AsciiProfile,
    read_ascii_profile,
    write_ascii_profile,
)
from hemispasm.model.emg import Muscle
from hemispasm.model.errors import DecodeError, UsageError
from hemispasm.model.side import Side

DATA = Path(__file__).parents[3].parent / "shared" / "data" / "emg"
TIMED = AsciiProfile(time={"column": 1}, channels=[{"column": 2, "label": "L OOc", "unit": "mV"}])


def export(tmp_path, lines, name="a.txt", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def timed(count, rate_hz=1000):
    return [f"{i / rate_hz:.5f} {i % 10}" for i in range(count)]


def real(name):
    path = DATA / name
    if not path.is_file():
        pytest.skip(f"the shared recordings are not here: {name}")
    return path


def test_a_healthy_needle_recording_is_read_with_its_two_damaged_lines_missing():
    (back,) = read_emg_segments(real("emg_healthy.txt"), profile=TIMED)
    signal = back.signals_uv[0]
    assert back.channels[0].rate_hz == 4000
    assert back.duration_s == pytest.approx(12.715)
    assert np.flatnonzero(np.isnan(signal)).tolist() == [638, 41463]
    assert signal[0] == pytest.approx(-33.3)
    assert 50 < np.nanstd(signal) < 150
    assert "(line 639, 41464)" in back.notes[0]


def test_rows_that_a_real_file_lost_are_gaps_and_not_closed():
    segments = read_emg_segments(real("emg_neuropathy.txt"), profile=TIMED)
    assert [segment.start_s for segment in segments] == pytest.approx([0, 12.3145, 30.7725])
    end_s = segments[-1].start_s + segments[-1].duration_s
    assert end_s == pytest.approx(37.0365, abs=5e-4)
    assert "lacks 288 rows in 11 places, at most 22.5 ms" in " ".join(segments[0].notes)
    with pytest.raises(DecodeError, match="was paused"):
        read_emg(real("emg_neuropathy.txt"), profile=TIMED)


def test_the_rows_that_the_real_file_lost_are_those_beyond_its_amplifier():
    signal = read_emg_segments(
        real("emg_neuropathy.txt"), profile=TIMED.model_copy(update={"longest_hole_s": 1.0})
    )[0].signals_uv[0]
    is_missing = np.isnan(signal)
    starts = np.flatnonzero(np.diff(is_missing.astype(int)) == 1)
    ceiling = np.nanmax(signal)
    assert len(starts) == 13
    # Two of them are damaged lines; every other hole begins near the highest number of the file.
    assert sum(signal[start] > 0.6 * ceiling for start in starts) == 11
    assert ceiling == pytest.approx(3260)


@pytest.mark.parametrize(("rate_hz", "late_ms"), [(1000, 0.9), (1000, 4.0), (4000, 1.0)])
def test_rows_stamped_late_by_a_computer_are_no_gaps_and_the_real_gaps_stay(
    tmp_path, rate_hz, late_ms
):
    rng = np.random.default_rng(5)
    even = np.arange(20_000) / rate_hz
    stamped = np.maximum.accumulate(even + rng.uniform(0, late_ms / 1000, even.size))
    lines = [f"{t:.6f} {i % 10}" for i, t in enumerate(stamped) if not 9000 <= i < 9100]
    segments = read_emg_segments(export(tmp_path, lines), profile=TIMED)
    assert [segment.channels[0].rate_hz for segment in segments] == [rate_hz] * 2
    lengths = [len(segment.signals_uv[0]) for segment in segments]
    assert lengths == pytest.approx([9000, 10_900], abs=2)
    assert segments[1].start_s == pytest.approx(9100 / rate_hz, abs=2 / rate_hz)
    # Late by less than a row and a half is what rounding could be; more is said.
    if late_ms * rate_hz > 1500:
        assert any(note.startswith("late_times: ") for note in segments[0].notes)


def test_a_clock_a_little_off_the_stated_rate_makes_no_gaps(tmp_path):
    profile = TIMED.model_copy(update={"rate_hz": 1000.0})
    lines = [f"{i * 1.0005 / 1000:.6f} {i % 10}" for i in range(20_000)]
    back = read_emg(export(tmp_path, lines), profile=profile)
    assert len(back.signals_uv[0]) == 20_000
    assert not np.isnan(back.signals_uv[0]).any()


def test_the_label_in_the_profile_is_read_by_the_rules_for_labels(tmp_path):
    back = read_emg(export(tmp_path, timed(50)), profile=TIMED)
    assert back.channels[0].muscle is Muscle.ORBICULARIS_OCULI
    assert back.channels[0].side is Side.LEFT
    assert back.channels[0].named_by == "label_rule"
    assert back.signals_uv[0][:3].tolist() == [0, 1000, 2000]


def test_one_lost_row_is_one_missing_sample_and_a_long_gap_parts_the_recording(tmp_path):
    lines = timed(200)
    del lines[120:160]
    del lines[50]
    first, second = read_emg_segments(export(tmp_path, lines), profile=TIMED)
    assert np.flatnonzero(np.isnan(first.signals_uv[0])).tolist() == [50]
    assert len(first.signals_uv[0]) == 120
    assert second.start_s == pytest.approx(0.160)
    assert len(second.signals_uv[0]) == 40


def test_one_damaged_time_among_sound_ones_moves_nothing(tmp_path):
    lines = timed(200)
    lines[70] = "9" + lines[70]
    back = read_emg(export(tmp_path, lines), profile=TIMED)
    assert len(back.signals_uv[0]) == 200
    assert not np.isnan(back.signals_uv[0]).any()


@pytest.mark.parametrize("rate_hz", [250.0, 1024.0, 3333.0, 4000.0, 9600.0])
def test_the_rate_is_found_from_rounded_times_with_a_gap_in_them(tmp_path, rate_hz):
    lines = [f"{i / rate_hz:.4f} {i % 10}" for i in range(1000) if not 300 <= i < 420]
    segments = read_emg_segments(export(tmp_path, lines), profile=TIMED)
    assert {segment.channels[0].rate_hz for segment in segments} == {rate_hz}
    assert [len(segment.signals_uv[0]) for segment in segments] == [300, 580]
    assert segments[1].start_s == pytest.approx(420 / rate_hz, abs=1.5 / rate_hz)


def test_time_that_runs_backwards_is_refused(tmp_path):
    with pytest.raises(DecodeError) as caught:
        read_emg(export(tmp_path, timed(50) + timed(50)), profile=TIMED)
    assert caught.value.code == "time_backwards"


def test_a_german_export_with_header_comment_and_trigger_column_is_read(tmp_path):
    lines = ["Gerät: Konsole", "Zeit;OOc re;Trig", "# Bereich 1"]
    lines += [f"{i},0;{i / 4};{5 if i in (3, 4, 8) else 0}".replace(".", ",") for i in range(10)]
    profile = AsciiProfile(
        delimiter="semicolon",
        decimal=",",
        encoding="latin-1",
        header_lines=2,
        comment="#",
        time={"column": 1, "unit": "ms"},
        channels=[
            {"column": 2, "label": "OOc re", "unit": "uV"},
            {"column": 3, "label": "Trig"},
        ],
    )
    back = read_emg(export(tmp_path, lines, encoding="latin-1"), profile=profile)
    assert back.channels[0].rate_hz == 1000
    assert back.channels[0].side is Side.RIGHT
    assert back.signals_uv[0].tolist() == [i / 4 for i in range(10)]
    assert back.stimuli_s.tolist() == [0.003, 0.008]


def test_sweeps_in_columns_are_segments_with_the_stimulus_where_the_profile_says(tmp_path):
    sweeps = {"label": "Ment", "unit": "mV", "first": 2, "stimulus_s": 0.002, "interval_s": 0.5}
    profile = AsciiProfile(layout="sweep_columns", delimiter="tab", rate_hz=1000, sweeps=sweeps)
    lines = [f"{i}\t{i}\t{i + 1}\t{i + 2}" for i in range(20)]
    back = read_emg_segments(export(tmp_path, lines), profile=profile)
    assert [segment.signals_uv[0][0] for segment in back] == [0, 1000, 2000]
    assert [segment.start_s for segment in back] == [0, 0.5, 1.0]
    assert [segment.stimuli_s.tolist() for segment in back] == [[0.002]] * 3
    assert not any(note.startswith("sweep_times_unknown") for note in back[0].notes)


def test_sweeps_in_rows_of_unknown_time_say_so(tmp_path):
    profile = AsciiProfile(
        layout="sweep_rows",
        delimiter="comma",
        rate_hz=1000,
        sweeps={"label": "Ment", "unit": "uV"},
    )
    back = read_emg_segments(export(tmp_path, ["1,2,3,4", "5,x,7,8,"]), profile=profile)
    assert back[0].signals_uv[0].tolist() == [1, 2, 3, 4]
    assert np.flatnonzero(np.isnan(back[1].signals_uv[0])).tolist() == [1]
    assert any(note.startswith("sweep_times_unknown") for note in back[0].notes)


def test_a_profile_that_does_not_fit_is_refused_with_the_first_line(tmp_path):
    lines = [f"{i};{i}" for i in range(100)]
    with pytest.raises(DecodeError, match=r"100 of 100 lines .* first line 1") as caught:
        read_emg(export(tmp_path, lines), profile=TIMED)
    assert caught.value.code == "profile_does_not_fit"


@pytest.mark.parametrize("lines", [["", " "], ["header"]])
def test_a_file_without_a_row_of_numbers_is_refused(tmp_path, lines):
    profile = TIMED.model_copy(update={"header_lines": 1})
    with pytest.raises(DecodeError, match="no line of numbers"):
        read_emg(export(tmp_path, lines), profile=profile)


def test_a_text_export_without_a_profile_asks_for_one_and_finds_it_beside(tmp_path):
    path = export(tmp_path, timed(30))
    with pytest.raises(UsageError) as caught:
        read_emg(path)
    assert caught.value.code == "no_profile"
    write_ascii_profile(tmp_path / "a.toml", TIMED)
    assert read_emg(path).duration_s == pytest.approx(0.03)


def test_a_saved_profile_comes_back_as_it_was(tmp_path):
    path = write_ascii_profile(tmp_path / "p.toml", TIMED)
    back = read_ascii_profile(path)
    assert back.model_dump(exclude={"schema_"}) == TIMED.model_dump(exclude={"schema_"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('delimiter = "comma"\ndecimal = ","\nrate_hz = 1000\n', "both be a comma"),
        ("rate_hz = 1000\n", "at least one entry in channels"),
        ('layout = "sweep_rows"\n', "needs sweeps"),
        ("colour = 1\n", "unknown key"),
    ],
)
def test_a_wrong_profile_names_its_fault(tmp_path, text, said):
    (tmp_path / "p.toml").write_text(text)
    with pytest.raises(UsageError, match=said):
        read_ascii_profile(tmp_path / "p.toml")
