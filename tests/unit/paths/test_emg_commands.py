"""`hemispasm emg`: what a technician sees and writes before anything is measured."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hemispasm.cli import main
from hemispasm.formats.edf_write import write_edf
from hemispasm.formats.emg import read_emg
from hemispasm.formats.emg_ascii_guess import look_at_ascii
from hemispasm.formats.emg_ascii_profile import read_ascii_profile
from hemispasm.model.emg import ChannelKind, EmgChannel, EmgRecording, Muscle
from hemispasm.model.errors import DecodeError
from hemispasm.model.side import Side


@pytest.fixture
def edf(tmp_path):
    labels = ("EMG1", "L OOc", "Ment re", "Stim")
    channels = tuple(EmgChannel(label=label, rate_hz=1000) for label in labels)
    pulses = np.zeros(3000)
    pulses[[500, 1500]] = 5
    signals = (*(np.random.default_rng(i).normal(0, 30, 3000) for i in range(3)), pulses)
    made = EmgRecording(channels=channels, signals_uv=signals, stimuli_s=np.empty(0))
    return write_edf(tmp_path / "rest.edf", made)


def shown(edf, capsys):
    capsys.readouterr()
    assert main(["emg", "show", str(edf), "--json", "-"]) == 0
    return json.loads(capsys.readouterr().out)


def test_what_is_shown_says_who_named_each_side_and_what_to_check(edf, capsys):
    found = shown(edf, capsys)
    named = {c["label"]: (c["side"], c["muscle"], c["named_by"]) for c in found["channels"]}
    assert named["EMG1"] == (None, None, "nobody")
    assert named["L OOc"] == ("left", "orbicularis_oculi", "label_rule")
    assert named["Ment re"] == ("right", "mentalis", "label_rule")
    assert found["stimuli"] == 2
    checks = " ".join(found["to_check"])
    assert "No side, and no finding will name one: EMG1." in checks
    assert "from the label alone: L OOc, Ment re." in checks
    assert "nobody said where and on which side" in checks
    assert not edf.with_suffix(".json").exists()


def test_the_table_shows_the_same_without_json(edf, capsys):
    assert main(["emg", "show", str(edf)]) == 0
    printed = capsys.readouterr().out
    assert "label only: check" in printed
    assert "CHECK: " in printed
    assert "Stimuli: 2 (side unknown, site unknown)" in printed


def test_named_channels_are_a_persons_word_and_the_rest_stays(edf, capsys):
    words = ["EMG1=right orbicularis oris needle", "--stimulated", "right zygomatic"]
    assert main(["emg", "name", str(edf), *words]) == 0
    back = read_emg(edf)
    first, second = back.channels[0], back.channels[1]
    assert (first.muscle, first.side) == (Muscle.ORBICULARIS_ORIS, Side.RIGHT)
    assert (first.electrode, first.named_by) == ("needle", "sidecar")
    assert second.named_by == "label_rule"
    assert back.stimulus.side is Side.RIGHT
    assert main(["emg", "name", str(edf), "--accept-labels"]) == 0
    back = read_emg(edf)
    assert {c.named_by for c in back.channels[:3]} == {"sidecar"}
    assert back.channels[0].electrode == "needle"
    assert back.channels[1].side is Side.LEFT
    assert back.channels[2].side is Side.RIGHT
    assert shown(edf, capsys)["to_check"] == []


def test_a_label_that_says_another_side_than_the_person_is_shown_as_such(edf, capsys):
    assert main(["emg", "name", str(edf), "L OOc=right orbicularis oculi"]) == 0
    assert read_emg(edf).channels[1].side is Side.RIGHT
    assert any("reads left" in text for text in shown(edf, capsys)["to_check"])


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([], "nothing_named"),
        (["EMG1"], "bad_channel"),
        (["EMG1=mentalis"], "bad_channel"),
        (["EMG1=left"], "bad_channel"),
        (["EMG1=left right mentalis"], "bad_channel"),
        (["EMG9=left mentalis"], "unknown_channel"),
        (["--stimulated", "zygomatic"], "bad_stimulus"),
        (["--stimulated", "left"], "bad_stimulus"),
    ],
)
def test_what_is_not_clear_is_refused_and_nothing_is_written(edf, capsys, words, code):
    assert main(["emg", "name", str(edf), *words]) == 2
    assert f"error[{code}]" in capsys.readouterr().err
    assert not edf.with_suffix(".json").exists()


def test_a_channel_can_be_said_to_carry_stimuli(edf):
    assert main(["emg", "name", str(edf), "EMG1=trigger"]) == 0
    assert read_emg(edf).channels[0].kind is ChannelKind.STIMULUS


def export(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "rest.txt"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_a_german_export_becomes_a_profile_that_reads_it(tmp_path, encoding, capsys):
    head = "Gerät: Konsole\nZeit [ms];OOc li [µV];Ment re [mV];Trigger\n"
    rows = "".join(f"{i / 2};{i % 7 / 10};{i % 5 / 100};{5 * (i == 40)}\n" for i in range(400))
    path = export(tmp_path, head + rows.replace(".", ","), encoding)
    assert main(["emg", "profile", str(path)]) == 0
    made = read_ascii_profile(tmp_path / "rest.toml")
    assert (made.delimiter, made.decimal, made.header_lines) == ("semicolon", ",", 2)
    assert (made.time.column, made.time.unit) == (1, "ms")
    assert [c.unit for c in made.channels] == ["uV", "mV", None]
    back = read_emg(path)
    assert back.channels[0].rate_hz == 2000
    assert [c.side for c in back.channels] == [Side.LEFT, Side.RIGHT, None]
    assert back.signals_uv[0][3] == pytest.approx(0.3)
    assert back.signals_uv[1][3] == pytest.approx(30)
    assert back.stimuli_s.tolist() == [0.02]
    assert "time in ms" in capsys.readouterr().out


def test_the_unit_is_asked_and_never_guessed(tmp_path, capsys):
    path = export(tmp_path, "".join(f"{i / 4000:.5f} {i % 7 / 10}\n" for i in range(400)))
    assert main(["emg", "profile", str(path)]) == 2
    assert "error[unit_unknown]" in capsys.readouterr().err
    assert not (tmp_path / "rest.toml").exists()
    assert main(["emg", "profile", str(path), "--unit", "mV", "--column", "2=L Ment"]) == 0
    assert read_emg(path).channels[0].label == "L Ment"


def test_rows_that_are_merely_counted_are_not_taken_for_milliseconds(tmp_path, capsys):
    path = export(tmp_path, "".join(f"{i},{i % 7 / 10}\n" for i in range(400)))
    assert main(["emg", "profile", str(path), "--unit", "uV"]) == 2
    assert "error[rate_unknown]" in capsys.readouterr().err
    assert main(["emg", "profile", str(path), "--unit", "uV", "--rate", "5000"]) == 0
    back = read_emg(path)
    assert len(back.channels) == 1
    assert back.channels[0].rate_hz == 5000


def test_a_comma_that_may_be_either_sign_is_refused(tmp_path):
    path = export(tmp_path, "".join(f"{i},{i % 7}\n" for i in range(100)))
    with pytest.raises(DecodeError, match="two ways"):
        look_at_ascii(path)


def test_a_profile_that_exists_is_kept_and_a_dry_run_writes_nothing(tmp_path):
    path = export(tmp_path, "".join(f"{i / 1000:.4f}\t{i % 7}\n" for i in range(100)))
    assert main(["emg", "profile", str(path), "--unit", "uV", "--dry-run"]) == 0
    assert not (tmp_path / "rest.toml").exists()
    (tmp_path / "rest.toml").write_text("mine")
    assert main(["emg", "profile", str(path), "--unit", "uV"]) == 5
    assert (tmp_path / "rest.toml").read_text() == "mine"


@pytest.mark.parametrize("text", ["", "words and no numbers\n" * 5, "1\n", "\x00\x01\x02" * 300])
def test_what_is_no_table_is_told_in_a_sentence(tmp_path, capsys, text):
    path = export(tmp_path, text)
    assert main(["emg", "profile", str(path), "--unit", "uV"]) == 3
    printed = capsys.readouterr().err
    assert printed.startswith("error[")
    assert "Traceback" not in printed
