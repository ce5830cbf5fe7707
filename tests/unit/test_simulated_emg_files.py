"""Simulated EMG as files: what was written is read back, marked, with its truth beside it."""

import json

import edfio
import numpy as np
import pytest
from typer.testing import CliRunner

from hemispasm.cli.simulate import app
from hemispasm.formats.emg import read_emg
from hemispasm.model import DecodeError, UsageError
from hemispasm.model.emg import Branch, Muscle
from hemispasm.model.side import Side
from hemispasm.simulate.emg.options import EmgOptions, StimulusTrain
from hemispasm.simulated_emg import emg_truth_path, read_emg_truth, write_simulated_emg

GENERATORS = ("mechanistic", "phenomenological")


def short(scenario="hfs", generator="phenomenological", **more):
    return EmgOptions(scenario, generator=generator, **{"duration_s": 3.0, "snr_db": 10.0, **more})


@pytest.mark.parametrize("generator", GENERATORS)
@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
def test_a_written_recording_is_read_back_with_its_muscles_and_sides(tmp_path, generator, side):
    path = tmp_path / "rest.edf"
    made = write_simulated_emg(path, short(generator=generator, side=side), seed=2)
    back = read_emg(path)
    assert [(c.label, c.muscle, c.side, c.electrode) for c in back.channels] == [
        (c.label, c.muscle, c.side, c.electrode) for c in made.recording.channels
    ]
    assert back.channels[0].side is side
    assert {c.named_by for c in back.channels} == {"sidecar"}
    assert back.line_hz == 50.0
    for one, other in zip(made.recording.signals_uv, back.signals_uv, strict=True):
        step = 2.0 * np.abs(one).max() / 25_000
        assert np.abs(one - other[: len(one)]).max() <= max(step, 1e-3)


@pytest.mark.parametrize("generator", GENERATORS)
def test_stimuli_and_their_protocol_survive_the_file(tmp_path, generator):
    path = tmp_path / "spread.bdf"
    train = StimulusTrain(site=Branch.MANDIBULAR, count=6, intensity_ma=9.0)
    made = write_simulated_emg(path, short("lsr", generator, stimuli=train), seed=1)
    back = read_emg(path)
    assert len(back.stimuli_s) == 6
    assert np.allclose(back.stimuli_s, made.recording.stimuli_s, atol=1e-6)
    assert (back.stimulus.site, back.stimulus.side) == (Branch.MANDIBULAR, Side.LEFT)
    assert back.stimulus.intensity_ma == 9.0


def test_the_file_says_simulated_in_its_header_and_over_its_first_second(tmp_path):
    path = tmp_path / "rest.edf"
    write_simulated_emg(path, short(), seed=1)
    header = path.read_bytes()[8:168].decode("ascii")
    assert header[:80].split()[3] == "SIMULATED"
    assert "SIMULATED" in header[80:]
    assert read_emg(path).simulated
    # Another program shows the note over the signal.
    notes = [note for note in edfio.read_edf(path).annotations if "SIMULATED" in note.text]
    assert any(note.onset == 0.0 and (note.duration or 0.0) >= 1.0 for note in notes)
    assert json.loads((tmp_path / "rest.json").read_text())["device"] == "simulated"


@pytest.mark.parametrize("scenario", ["hfs", "lsr", "healthy"])
@pytest.mark.parametrize("generator", GENERATORS)
def test_the_truth_is_read_back_as_it_was_made(tmp_path, scenario, generator):
    path = tmp_path / "rest.edf"
    made = write_simulated_emg(path, short(scenario, generator), seed=3).truth
    back = read_emg_truth(path)
    for name in ("generator", "scenario", "seed", "affected_side", "bursts", "spasms", "responses"):
        assert getattr(back, name) == getattr(made, name), name
    assert back.states == made.states
    assert back.participation.tolist() == made.participation.round(6).tolist()
    assert np.array_equal(back.lateral_spread_present, made.lateral_spread_present)
    assert len(back.spikes) == len(made.spikes)
    assert [back.spikes.causes[c] for c in back.spikes.cause] == [
        made.spikes.causes[c] for c in made.spikes.cause
    ]


def test_every_channel_of_the_truth_is_a_label_of_the_file(tmp_path):
    path = tmp_path / "rest.edf"
    every = tuple(m for m in Muscle if m not in (Muscle.MASSETER, Muscle.OTHER))
    made = write_simulated_emg(path, short(muscles=every, duration_s=10.0), seed=1)
    labels = {c.label for c in read_emg(path).channels}
    assert len(labels) == 12
    assert {b.channel for b in made.truth.bursts} <= labels


def test_the_settings_stand_in_the_truth_file(tmp_path):
    path = tmp_path / "rest.edf"
    write_simulated_emg(path, short(side=Side.RIGHT, toxin_block={Muscle.MENTALIS: 0.5}), seed=1)
    settings = json.loads(emg_truth_path(path).read_text())["settings"]
    assert settings["side"] == "right"
    assert settings["toxin_block"] == {"mentalis": 0.5}


@pytest.mark.parametrize("name", ["rest.txt", "rest", "rest.edf.gz"])
def test_a_name_that_is_no_edf_is_refused_before_anything_is_written(tmp_path, name):
    with pytest.raises(UsageError) as caught:
        write_simulated_emg(tmp_path / name, short(), seed=0)
    assert caught.value.code == "not_an_edf_name"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(UsageError) as caught:
        write_simulated_emg(tmp_path / "nowhere" / "rest.edf", short(), seed=0)
    assert caught.value.code == "no_folder"


def test_a_recording_without_truth_and_a_broken_truth_are_told_apart(tmp_path):
    path = tmp_path / "rest.edf"
    with pytest.raises(UsageError) as absent:
        read_emg_truth(path)
    assert absent.value.code == "no_truth"
    for text in (
        "{",
        "[]",
        '{"schema": "hemispasm.truth/1"}',
        '{"schema": "hemispasm.emg_truth/1"}',
    ):
        emg_truth_path(path).write_text(text)
        with pytest.raises(DecodeError) as broken:
            read_emg_truth(path)
        assert broken.value.code == "not_a_truth"


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_command_writes_the_side_that_was_asked_for(tmp_path, side):
    out = tmp_path / "rest.edf"
    words = ["emg", str(out), "--side", side, "--seconds", "3", "--snr-db", "6", "--seed", "4"]
    told = CliRunner().invoke(app, [*words, "--generator", "phenomenological", "--json"])
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert (found["affected_side"], found["simulated"]) == (side, True)
    assert read_emg_truth(out).affected_side == side
    assert read_emg(out).channels[0].side.value == side


def test_the_command_takes_a_train_a_branch_and_a_course(tmp_path):
    out = tmp_path / "theatre.edf"
    words = ["emg", str(out), "--scenario", "theatre", "--stimuli", "12", "--vanish", "5"]
    words += ["--site", "mandibular", "--muscles", "orbicularis_oculi", "--rate", "5000"]
    told = CliRunner().invoke(app, [*words, "--generator", "phenomenological"])
    assert told.exit_code == 0, told.output
    assert "SIMULATED" in told.stdout
    truth, back = read_emg_truth(out), read_emg(out)
    assert truth.vanish_sweep == 5
    assert back.stimulus.site is Branch.MANDIBULAR
    assert len(back.stimuli_s) == 12
    assert [c.muscle for c in back.channels] == [Muscle.ORBICULARIS_OCULI] * 2


@pytest.mark.parametrize(
    "words",
    [
        ["--side", "both"],
        ["--scenario", "hiccup"],
        ["--muscles", "masseter"],
        ["--electrode", "glue"],
        ["--site", "elbow"],
        ["--generator", "magic"],
    ],
)
def test_the_command_refuses_what_it_does_not_know(tmp_path, words):
    told = CliRunner().invoke(app, ["emg", str(tmp_path / "rest.edf"), "--seconds", "1", *words])
    assert isinstance(told.exception, UsageError)
    assert list(tmp_path.iterdir()) == []
