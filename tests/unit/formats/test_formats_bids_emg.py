"""EMG-BIDS: read, written, and judged by the official validator."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hemispasm.formats.bids_emg import find_bids_recordings, read_tsv
from hemispasm.formats.bids_emg_write import BidsSite, write_bids, write_bids_derivative
from hemispasm.formats.emg import read_emg
from hemispasm.model.emg import (
    Annotation,
    Branch,
    ChannelKind,
    EmgChannel,
    EmgRecording,
    Muscle,
)
from hemispasm.model.errors import RefusedError, UsageError
from hemispasm.model.side import Side

FACE = Path(__file__).parents[3].parent / "shared" / "data" / "emg" / "bids_face"


def recording(**changes):
    rng = np.random.default_rng(3)
    channels = (
        EmgChannel(
            label="OOc",
            muscle=Muscle.ORBICULARIS_OCULI,
            side=Side.LEFT,
            branch=Branch.ZYGOMATIC,
            electrode="needle",
            rate_hz=5000,
            named_by="sidecar",
        ),
        EmgChannel(label="Ment", muscle=Muscle.MENTALIS, side=Side.RIGHT, rate_hz=5000),
        EmgChannel(
            label="R OOr",
            muscle=Muscle.ORBICULARIS_ORIS,
            side=Side.RIGHT,
            rate_hz=5000,
            named_by="label_rule",
        ),
        EmgChannel(label="EMG4", rate_hz=5000),
        EmgChannel(label="Trig", kind=ChannelKind.STIMULUS, rate_hz=1000),
        EmgChannel(label="Sync", kind=ChannelKind.SYNC, rate_hz=1000),
    )
    signals = [rng.normal(0, 50, 15_000) for _ in range(4)] + [np.zeros(3000), np.zeros(3000)]
    given = {
        "channels": channels,
        "signals_uv": tuple(signals),
        "stimuli_s": np.array([0.5, 1.0]),
        "annotations": (Annotation(time_s=2.0, duration_s=0.5, text="dura open"),),
        "line_hz": 50.0,
    }
    return EmgRecording(**(given | changes))


def face():
    if not FACE.is_dir():
        pytest.skip("the shared EMG-BIDS example is not here")
    return find_bids_recordings(FACE)[0]


def faults(folder):
    """Return the errors of the official validator, derivatives included."""
    program = shutil.which("bids-validator-deno", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("bids-validator-deno is not installed in this environment")
    ran = subprocess.run(
        [program, str(folder), "--format", "json", "--recursive"],
        capture_output=True,
        text=True,
        check=False,
    )
    said = json.loads(ran.stdout)
    sets = [said, *said.get("derivativesSummary", {}).values()]
    return [
        (issue["code"], issue.get("location"))
        for one in sets
        for issue in one["issues"]["issues"]
        if issue["severity"] == "error"
    ], len(sets)


def test_what_is_written_passes_the_official_validator_derivatives_included(tmp_path):
    folder = tmp_path / "set"
    site = BidsSite(placement="Sites were found by palpation.", reference="Bipolar")
    path = write_bids(folder, recording(), subject="01", session="a", run="1", site=site)
    write_bids(folder, recording(simulated=True, line_hz=None), subject="02")
    rows = [{"onset": 0.5, "duration": 0.1, "trial_type": "burst", "channel": "OOc"}]
    write_bids_derivative(folder, path.name, rows, {"channel": "Its label."}, version="0.1.0")
    found, sets = faults(folder)
    assert found == []
    assert sets == 2


def test_the_validator_would_object_to_a_missing_required_field(tmp_path):
    folder = tmp_path / "set"
    path = write_bids(folder, recording(), subject="01")
    about = path.with_suffix(".json")
    said = json.loads(about.read_text())
    del said["EMGPlacementScheme"]
    about.write_text(json.dumps(said))
    assert [code for code, _ in faults(folder)[0]] == ["SIDECAR_KEY_REQUIRED"]


def test_a_recording_comes_back_with_its_montage_stimuli_and_notes(tmp_path):
    made = recording()
    back = read_emg(write_bids(tmp_path / "set", made, subject="01"))
    for before, after in zip(made.channels, back.channels, strict=True):
        assert after.kind is before.kind
        assert (after.muscle, after.side, after.branch) == (
            before.muscle,
            before.side,
            before.branch,
        )
        assert after.electrode == before.electrode
        assert after.rate_hz == before.rate_hz
    assert back.stimuli_s.tolist() == [0.5, 1.0]
    assert [note.text for note in back.annotations] == ["stimulus", "stimulus", "dura open"]
    assert back.line_hz == 50.0
    for before, after in zip(made.signals_uv, back.signals_uv, strict=True):
        assert np.abs(before - after).max() < 0.01


def test_what_a_rule_named_stays_named_by_a_rule(tmp_path):
    back = read_emg(write_bids(tmp_path / "set", recording(), subject="01"))
    named = {channel.label: channel.named_by for channel in back.channels}
    assert named["R OOr"] == "label_rule"
    assert named["OOc"] == "channels_tsv"


def test_placement_and_target_muscle_are_filled_and_nothing_is_left_to_do(tmp_path):
    path = write_bids(tmp_path / "set", recording(), subject="01")
    about = json.loads(path.with_suffix(".json").read_text())
    assert about["EMGPlacementScheme"] == "Other"
    assert "not recorded" in about["EMGPlacementSchemeDescription"]
    assert about["PowerLineFrequency"] == 50.0
    rows = read_tsv(path.with_name(path.name.replace("_emg.edf", "_channels.tsv")))
    assert [row["target_muscle"] for row in rows] == [
        "left orbicularis oculi",
        "right mentalis",
        "right orbicularis oris",
        "n/a",
        "n/a",
        "n/a",
    ]
    for file in (tmp_path / "set").rglob("*.*"):
        assert b"TODO" not in file.read_bytes().upper()


def test_the_facial_example_of_the_standard_is_read(tmp_path):
    back = read_emg(face())
    assert [channel.label for channel in back.channels] == [f"EMG{i}" for i in range(1, 7)]
    assert {channel.kind for channel in back.channels} == {ChannelKind.EMG}
    assert back.channels[3].muscle is Muscle.PLATYSMA
    assert back.channels[4].muscle is Muscle.ORBICULARIS_ORIS
    # Two muscles in one cell are not one muscle, and the table names no side.
    assert back.channels[1].muscle is None
    assert {channel.side for channel in back.channels} == {None}
    assert {channel.named_by for channel in back.channels} == {"channels_tsv"}
    assert back.channels[0].rate_hz == 2000
    assert back.line_hz == 60
    assert [(note.time_s, note.text) for note in back.annotations] == [(0.0, "foo")]
    assert any(note.startswith("unit_conflict: ") for note in back.notes)


@pytest.mark.parametrize("keeps_bytes", [True, False])
def test_the_facial_example_of_the_standard_comes_back_as_it_was(tmp_path, keeps_bytes):
    source = face()
    before = read_emg(source)
    path = write_bids(
        tmp_path / "set",
        before,
        subject="01",
        task="talking",
        source=source if keeps_bytes else None,
    )
    after = read_emg(path)
    assert after.channels == before.channels
    assert after.annotations == before.annotations
    assert after.line_hz == before.line_hz
    if keeps_bytes:
        assert path.read_bytes() == source.read_bytes()
    for was, now in zip(before.signals_uv, after.signals_uv, strict=True):
        assert len(now) == len(was)
        assert np.abs(now - was).max() <= (0 if keeps_bytes else 1.1e-5)
    assert faults(tmp_path / "set")[0] == []


def test_a_second_patient_joins_the_list_and_a_second_run_does_not(tmp_path):
    folder = tmp_path / "set"
    write_bids(folder, recording(), subject="01", run="1")
    write_bids(folder, recording(), subject="01", run="2")
    write_bids(folder, recording(), subject="02")
    rows = read_tsv(folder / "participants.tsv")
    assert [row["participant_id"] for row in rows] == ["sub-01", "sub-02"]
    assert len(find_bids_recordings(folder)) == 3


def test_a_recording_is_never_overwritten(tmp_path):
    path = write_bids(tmp_path / "set", recording(), subject="01")
    before = {file: file.read_bytes() for file in path.parent.iterdir()}
    with pytest.raises(RefusedError):
        write_bids(tmp_path / "set", recording(line_hz=60.0), subject="01")
    assert {file: file.read_bytes() for file in path.parent.iterdir()} == before


@pytest.mark.parametrize("label", ["", "a_b", "../x", "Müller", "a b"])
def test_a_label_that_is_no_label_is_refused(tmp_path, label):
    with pytest.raises(UsageError) as caught:
        write_bids(tmp_path / "set", recording(), subject=label)
    assert caught.value.code == "bad_bids_label"
    assert not (tmp_path / "set").exists()


def test_a_folder_that_is_no_data_set_says_so(tmp_path):
    with pytest.raises(UsageError, match="dataset_description"):
        find_bids_recordings(tmp_path)
    (tmp_path / "dataset_description.json").write_text("{}")
    with pytest.raises(UsageError, match="no EMG recording"):
        find_bids_recordings(tmp_path)


def test_tables_of_a_folder_above_are_inherited(tmp_path):
    folder = tmp_path / "set"
    path = write_bids(folder, recording(), subject="01")
    own = path.with_name(path.name.replace("_emg.edf", "_channels.tsv"))
    shutil.move(own, folder / "task-rest_channels.tsv")
    assert read_emg(path).channels[0].side is Side.LEFT
