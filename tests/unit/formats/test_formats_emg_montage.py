"""Who says what a channel is: the sidecar, channels.tsv, the label, in this order; or nobody."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from edf_by_hand import HandEdf, HandSignal

from hemispasm.formats.emg import read_emg
from hemispasm.formats.emg_labels import read_label
from hemispasm.formats.emg_sidecar import read_emg_sidecar, sidecar_of, write_emg_sidecar
from hemispasm.formats.emg_stimuli import find_edges
from hemispasm.model.emg import Branch, ChannelKind, Muscle
from hemispasm.model.emg_sidecar import ChannelMontage, EmgSidecar, StimulusMontage
from hemispasm.model.errors import UsageError
from hemispasm.model.side import Side

OCULI, ORIS = Muscle.ORBICULARIS_OCULI, Muscle.ORBICULARIS_ORIS
LEFT, RIGHT = Side.LEFT, Side.RIGHT


def file_of(tmp_path, *labels, name="a.edf"):
    return HandEdf([HandSignal(label) for label in labels]).write(tmp_path / name)


@pytest.mark.parametrize(
    ("label", "muscle", "side"),
    [
        ("L OOc", OCULI, LEFT),
        ("R OOc", OCULI, RIGHT),
        ("re. Mentalis", Muscle.MENTALIS, RIGHT),
        ("li. Mentalis", Muscle.MENTALIS, LEFT),
        ("Orb oris li", ORIS, LEFT),
        ("Orb. oris re", ORIS, RIGHT),
        ("M. orb. oculi rechts", OCULI, RIGHT),
        ("Left Frontalis", Muscle.FRONTALIS, LEFT),
        ("FRONTALIS RIGHT", Muscle.FRONTALIS, RIGHT),
        ("LMent", Muscle.MENTALIS, LEFT),
        ("OOcR", OCULI, RIGHT),
        ("R_OOr", ORIS, RIGHT),
        ("LOOr", ORIS, LEFT),
        ("lt-Platysma", Muscle.PLATYSMA, LEFT),
        ("EMG LOOc+ - LOOc-", OCULI, LEFT),
        ("R. Masseter", Muscle.MASSETER, RIGHT),
        ("Zygomaticus major R", Muscle.ZYGOMATICUS, RIGHT),
        ("RightZyg", Muscle.ZYGOMATICUS, RIGHT),
        ("Depressor anguli oris L", Muscle.OTHER, LEFT),
        ("Stirn li", Muscle.FRONTALIS, LEFT),
    ],
)
def test_labels_of_clinics_name_muscle_and_side(label, muscle, side):
    meaning = read_label(label)
    assert (meaning.muscle, meaning.side) == (muscle, side)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("L OOc", "R OOc"),
        ("li. Mentalis", "re. Mentalis"),
        ("Orb oris li", "Orb oris re"),
        ("LMent", "RMent"),
        ("OOcL", "OOcR"),
        ("Left Frontalis", "Right Frontalis"),
        ("L_OOr", "R_OOr"),
        ("zygomaticus lt", "zygomaticus rt"),
        ("左 OOc", "右 OOc"),
        ("L OOc stim", "R OOc stim"),
        ("L OOc ref ear", "R OOc ref ear"),
        ("Biceps L", "Biceps R"),
    ],
)
def test_swapping_the_side_word_swaps_the_side_and_nothing_else(left, right):
    one, other = read_label(left), read_label(right)
    assert (one.side, other.side) == (LEFT, RIGHT)
    assert one.muscle is other.muscle
    assert one.muscle is not None


@pytest.mark.parametrize(
    "label",
    [
        "EMG1",
        "OOc",
        "L OOc - R OOc",
        "EMG L1-L2",
        "R1",
        "C3",
        "Mentalis links rechts",
        "OOR",
        "Reiz",
        "Mentalis re-ref",
        "R mentalis 左",
        "OOc stim R",
        "OOc contra R",
    ],
)
def test_a_label_that_names_no_side_or_both_gives_no_side(label):
    assert read_label(label).side is None


def test_a_word_that_may_be_right_or_oris_names_neither():
    assert read_label("OOR").is_silent
    assert read_label("L OOR").muscle is ORIS


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Stim", ChannelKind.STIMULUS),
        ("Trigger", ChannelKind.STIMULUS),
        ("Sync LED", ChannelKind.SYNC),
        ("EKG", ChannelKind.ECG),
        ("EEG Fp1", ChannelKind.OTHER),
        ("Status", ChannelKind.OTHER),
        ("R OOc (stim)", ChannelKind.EMG),
        ("Ch 3", ChannelKind.EMG),
    ],
)
def test_the_kind_of_a_channel_follows_its_label(tmp_path, label, kind):
    assert read_emg(file_of(tmp_path, label)).channels[0].kind is kind


def test_what_a_rule_named_is_marked_and_shown_and_what_nobody_named_is_not(tmp_path):
    back = read_emg(file_of(tmp_path, "L OOc", "EMG2"))
    assert [channel.named_by for channel in back.channels] == ["label_rule", "nobody"]
    assert back.notes == (
        "named_by_label: 'L OOc' was read as left, orbicularis oculi, from its label alone.",
    )


def test_the_sidecar_speaks_before_the_label_and_the_contradiction_is_said(tmp_path):
    path = file_of(tmp_path, "L OOc", "EMG2")
    entry = ChannelMontage(label="L OOc", muscle=Muscle.MENTALIS, side=RIGHT, electrode="hook")
    write_emg_sidecar(path, EmgSidecar(channels=(entry,)))
    back = read_emg(path)
    first = back.channels[0]
    assert (first.muscle, first.side, first.electrode) == (Muscle.MENTALIS, RIGHT, "hook")
    assert first.named_by == "sidecar"
    assert any(
        note.startswith("side_conflict: the label 'L OOc' reads left") for note in back.notes
    )


def test_a_sidecar_that_leaves_the_side_out_leaves_it_unknown(tmp_path):
    path = file_of(tmp_path, "L OOc")
    montage = EmgSidecar(channels=(ChannelMontage(label="L OOc", muscle=OCULI),))
    assert read_emg(path, montage=montage).channels[0].side is None


def test_channels_tsv_speaks_where_the_sidecar_does_not(tmp_path):
    path = file_of(tmp_path, "EMG1", "EMG2", "R OOc", "ECG", name="sub-1_task-rest_emg.edf")
    rows = [
        "name\ttype\tunits\ttarget_muscle\tside\tstatus",
        "EMG1\tEMG\tuV\tright orbicularis oris\tn/a\tgood",
        "EMG2\tEMG\tuV\tmentalis\tleft\tbad",
        "R OOc\tEMG\tuV\tn/a\tn/a\tgood",
        "ECG\tECG\tmV\tn/a\tn/a\tgood",
    ]
    (tmp_path / "sub-1_task-rest_channels.tsv").write_text("\n".join(rows))
    back = read_emg(path)
    shown = [(c.kind, c.muscle, c.side, c.named_by) for c in back.channels]
    assert shown[0] == (ChannelKind.EMG, ORIS, RIGHT, "channels_tsv")
    assert shown[1][0] is ChannelKind.OTHER
    assert shown[2] == (ChannelKind.EMG, OCULI, RIGHT, "label_rule")
    assert shown[3][0] is ChannelKind.ECG
    assert any(note.startswith("bad_channel: ") for note in back.notes)
    assert any(note.startswith("unit_conflict: ") for note in back.notes)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"channels": [{"label": "EMG9"}]}', "unknown_channel"),
        ('{"channels": [{"label": "EMG1"}, {"label": "EMG1"}]}', "same_label"),
        ('{"channels": [{"label": "EMG1", "side": "links"}]}', "bad_value"),
        ('{"channels": [{"label": "EMG1", "side": "both"}]}', "bad_value"),
        ('{"muscles": []}', "unknown_key"),
        ('{"schema": "hemispasm.video-sidecar/1"}', "not_a_sidecar"),
        ("{", "bad_json"),
    ],
)
def test_a_wrong_sidecar_is_refused_and_never_half_believed(tmp_path, text, code):
    path = file_of(tmp_path, "EMG1")
    path.with_suffix(".json").write_text(text)
    with pytest.raises(UsageError) as caught:
        read_emg(path)
    assert caught.value.code == code


def test_a_damaged_channels_table_is_refused_with_its_row(tmp_path):
    path = file_of(tmp_path, "EMG1", name="sub-1_task-rest_emg.edf")
    (tmp_path / "sub-1_task-rest_channels.tsv").write_text("name\ttype\nEMG1\n")
    with pytest.raises(UsageError, match="row 2") as caught:
        read_emg(path)
    assert caught.value.code == "bad_table"


def test_two_channels_of_one_label_are_described_in_the_order_of_the_file(tmp_path):
    path = file_of(tmp_path, "EMG", "EMG")
    entries = (ChannelMontage(label="EMG", side=LEFT), ChannelMontage(label="EMG", side=RIGHT))
    back = read_emg(path, montage=EmgSidecar(channels=entries))
    assert [channel.side for channel in back.channels] == [LEFT, RIGHT]


def test_a_sidecar_comes_back_as_it_was_written(tmp_path):
    stimulus = StimulusMontage(annotation="Reiz", site=Branch.TEMPORAL, side=LEFT, rate_hz=2)
    sidecar = EmgSidecar(
        channels=(ChannelMontage(label="EMG1", branch=Branch.BUCCAL),),
        stimulus=stimulus,
        line_hz=60,
        device="a console",
    )
    path = tmp_path / "a.edf"
    written = write_emg_sidecar(path, sidecar)
    assert json.loads(written.read_text())["schema"] == "hemispasm.emg-sidecar/1"
    back = read_emg_sidecar(path)
    assert back.model_dump(exclude={"schema_"}) == sidecar.model_dump(exclude={"schema_"})


def test_what_a_rule_named_is_not_written_into_a_sidecar_as_a_persons_word(tmp_path):
    back = read_emg(file_of(tmp_path, "L OOc", "EMG2"))
    assert [entry.label for entry in sidecar_of(back).channels] == ["EMG2"]


def test_the_unit_in_the_sidecar_takes_the_place_of_a_missing_one(tmp_path):
    path = HandEdf([HandSignal("EMG1", "")]).write(tmp_path / "a.edf")
    assert read_emg(path).channels[0].kind is ChannelKind.OTHER
    montage = EmgSidecar(channels=(ChannelMontage(label="EMG1", unit="mV"),))
    back = read_emg(path, montage=montage)
    assert back.channels[0].kind is ChannelKind.EMG
    assert back.signals_uv[0][1] == pytest.approx(100)


def test_a_named_stimulus_channel_and_text_take_the_place_of_the_default(tmp_path):
    made = HandEdf(
        [HandSignal("EMG1", samples=10)],
        records=3,
        onsets_s=[0, 1, 2],
        reserved="EDF+C",
        notes={0: b"+0.5\x14Reiz\x14\x00", 1: b"+1.5\x14stimulus\x14\x00"},
    )
    path = made.write(tmp_path / "a.edf")
    by_text = EmgSidecar(stimulus=StimulusMontage(annotation="reiz"))
    assert read_emg(path).stimuli_s.tolist() == [1.5]
    assert read_emg(path, montage=by_text).stimuli_s.tolist() == [0.5]
    by_channel = EmgSidecar(stimulus=StimulusMontage(channel="EMG1", threshold=2.45))
    assert read_emg(path, montage=by_channel).stimuli_s.tolist() == [2.5]
    with pytest.raises(UsageError, match="'EMG7' is not in"):
        read_emg(path, montage=EmgSidecar(stimulus=StimulusMontage(channel="EMG7")))


def test_downward_pulses_and_a_noisy_edge_count_once():
    signal = [0, 0, -5, -4.9, -2.6, -5, 0, 0, -5, 0, 0]
    assert find_edges(signal, 10.0).tolist() == [0.2, 0.8]
    assert find_edges(signal, 10.0, threshold=-4.95).tolist() == [0.2, 0.8]
    assert find_edges(signal, 10.0, threshold=3.0).tolist() == []


def test_the_sidecar_shown_in_the_documentation_is_one(tmp_path):
    page = (Path(__file__).parents[3] / "docs" / "howto" / "export-emg.md").read_text("utf-8")
    (tmp_path / "rest.json").write_text(page.split("```json\n")[1].split("```")[0])
    sidecar = read_emg_sidecar(tmp_path / "rest.edf")
    assert [channel.side for channel in sidecar.channels] == [LEFT, LEFT, None]
    assert sidecar.stimulus.info.intensity_ma == 15


def test_a_wrong_side_in_the_sidecar_is_told_in_the_words_of_the_file(tmp_path):
    path = file_of(tmp_path, "EMG1")
    path.with_suffix(".json").write_text('{"channels": [{"label": "EMG1", "side": "dexter"}]}')
    with pytest.raises(UsageError) as said:
        read_emg(path)
    assert "'left' or 'right'" in said.value.cause
    assert "<" not in said.value.cause
