"""Recordings and cases written as EMG-BIDS: valid, anonymous, complete or not there at all."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hemispasm.cli import main
from hemispasm.exporting import export_bids, task_of
from hemispasm.formats.bids_emg import find_bids_recordings, read_tsv
from hemispasm.formats.edf_write import write_edf
from hemispasm.formats.emg import read_emg, read_emg_segments
from hemispasm.formats.emg_sidecar import sidecar_of, write_emg_sidecar
from hemispasm.model.emg import Annotation, EmgChannel, EmgRecording, Muscle
from hemispasm.model.errors import DecodeError, RefusedError, UsageError
from hemispasm.model.side import Side

SITE = ["--placement", "Sites were found by palpation.", "--reference", "Bipolar"]


def recording(seed=1, **changes):
    rng = np.random.default_rng(seed)
    signal = rng.normal(0, 5, 8 * 2000)
    for start in range(1000, 15_000, 2500):
        signal[start : start + 100] += rng.normal(0, 200, 100)
    channels = tuple(
        EmgChannel(label=f"EMG{i}", muscle=muscle, side=Side.LEFT, rate_hz=2000, named_by="sidecar")
        for i, muscle in enumerate((Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS))
    )
    given = {
        "channels": channels,
        "signals_uv": (signal, rng.normal(0, 5, signal.size)),
        "stimuli_s": np.empty(0),
        "annotations": (Annotation(time_s=1.0, text="Anna smiles"),),
        "line_hz": 50.0,
    }
    return EmgRecording(**(given | changes))


def put(path, **changes):
    """Write a recording whose header names a person, with its montage beside it."""
    made = recording(**changes)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_edf(path, made)
    write_emg_sidecar(path, sidecar_of(made))
    data = bytearray(path.read_bytes())
    data[8:88] = b"1234567 F 02-MAY-1951 Anna_Muster".ljust(80)
    data[168:184] = b"02.03.2610.11.12"
    path.write_bytes(data)
    return path


def faults(folder):
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
    return [
        (issue["code"], issue.get("location"))
        for one in (said, *said.get("derivativesSummary", {}).values())
        for issue in one["issues"]["issues"]
        if issue["severity"] == "error"
    ]


@pytest.fixture
def case(tmp_path):
    folder = tmp_path / "case"
    put(folder / "visits" / "2026-03-02" / "emg" / "rest.edf")
    put(folder / "visits" / "2026-03-02" / "emg" / "rest_again.edf", seed=2)
    put(folder / "visits" / "2026-05-02" / "emg" / "rest.edf", seed=3)
    (folder / "visits" / "2026-04-01").mkdir()
    (folder / "case.toml").write_text('id = "P-001"\nbirth_year = 1951\n')
    return folder


def test_a_case_becomes_sessions_that_pass_the_official_validator(case, tmp_path, capsys):
    out = tmp_path / "set"
    assert main(["export", "bids", str(case), "--out", str(out), *SITE]) == 0
    names = [path.name for path in find_bids_recordings(out)]
    assert names == [
        "sub-P001_ses-01_task-rest_run-1_emg.edf",
        "sub-P001_ses-01_task-rest_run-2_emg.edf",
        "sub-P001_ses-02_task-rest_emg.edf",
    ]
    rows = read_tsv(out / "sub-P001" / "sub-P001_sessions.tsv")
    assert [row["days_from_first"] for row in rows] == ["0", "61"]
    assert "Anna smiles" in capsys.readouterr().out
    assert faults(out) == []


def test_neither_name_nor_birth_nor_day_nor_file_name_gets_into_the_data_set(tmp_path):
    source = put(tmp_path / "Anna_Muster_1951.edf")
    out = tmp_path / "set"
    export_bids([source], out, annotations=False)
    for path in out.rglob("*"):
        assert "Muster" not in path.name
        if path.is_file():
            data = path.read_bytes()
            for secret in (b"Anna", b"Muster", b"1951", b"1234567", b"02.03.26"):
                assert secret not in data, path.name
    (made,) = find_bids_recordings(out)
    assert made.read_bytes()[168:184] == b"01.01.8500.00.00"


def test_signals_muscles_and_sides_come_back_as_they_were(tmp_path):
    source = put(tmp_path / "rest.edf")
    out = tmp_path / "set"
    assert main(["export", "bids", str(source), "--out", str(out), *SITE]) == 0
    (path,) = find_bids_recordings(out)
    before, after = read_emg(source), read_emg(path)
    assert [(c.muscle, c.side) for c in after.channels] == [
        (c.muscle, c.side) for c in before.channels
    ]
    for was, now in zip(before.signals_uv, after.signals_uv, strict=True):
        assert np.array_equal(was, now)
    about = json.loads(path.with_suffix(".json").read_text())
    assert about["EMGPlacementSchemeDescription"] == "Sites were found by palpation."
    table = read_tsv(path.with_name(path.name.replace("_emg.edf", "_channels.tsv")))
    assert table[0]["target_muscle"] == "left orbicularis oculi"


def test_events_and_findings_stand_beside_as_derivatives(tmp_path):
    out = tmp_path / "set"
    export_bids([put(tmp_path / "rest.edf")], out)
    (events,) = (out / "derivatives").rglob("*_events.tsv")
    rows = read_tsv(events)
    assert {"burst"} <= {row["trial_type"] for row in rows}
    assert {row["side"] for row in rows} == {"left"}
    found = json.loads(events.with_suffix(".json").read_text())["Findings"]
    assert found["schema"] == "hemispasm.findings/1"
    assert any(one["code"] == "emg.affected_side" for one in found["findings"])
    export_bids([tmp_path / "rest.edf"], tmp_path / "raw", measured=False)
    assert not (tmp_path / "raw" / "derivatives").exists()


def test_a_paused_text_export_gives_one_run_for_each_stretch(tmp_path):
    rng = np.random.default_rng(0)
    rows = [f"{i / 1000:.4f} {v:.4f}" for i, v in enumerate(rng.normal(0, 0.1, 6000))]
    (tmp_path / "rest.txt").write_text("\n".join(rows[:3000] + rows[4000:]))
    (tmp_path / "rest.toml").write_text(
        'time = {column = 1}\nchannels = [{column = 2, label = "L Ment", unit = "mV"}]\n'
    )
    (made,) = export_bids([tmp_path / "rest.txt"], tmp_path / "set")
    assert made.runs == ("sub-01_task-rest_run-1_emg.edf", "sub-01_task-rest_run-2_emg.edf")
    lengths = [len(s.signals_uv[0]) for s in read_emg_segments(tmp_path / "rest.txt")]
    paths = find_bids_recordings(tmp_path / "set")
    assert [len(read_emg(path).signals_uv[0]) for path in paths] == lengths == [3000, 2000]


def test_nothing_is_left_behind_when_one_of_several_cannot_be_read(tmp_path):
    good = put(tmp_path / "rest.edf")
    bad = tmp_path / "bad.edf"
    bad.write_bytes(b"0".ljust(300))
    with pytest.raises(DecodeError):
        export_bids([good, bad], tmp_path / "set")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.edf", "rest.edf", "rest.json"]


def test_a_folder_that_exists_is_not_written_into(tmp_path):
    source = put(tmp_path / "rest.edf")
    (tmp_path / "set").mkdir()
    with pytest.raises(RefusedError) as caught:
        export_bids([source], tmp_path / "set")
    assert caught.value.code == "already_written"
    assert list((tmp_path / "set").iterdir()) == []


def test_real_and_simulated_recordings_do_not_share_a_data_set(tmp_path):
    real, made = put(tmp_path / "a.edf"), put(tmp_path / "b.edf", simulated=True)
    data = bytearray(made.read_bytes())
    data[8:88] = b"X X X SIMULATED".ljust(80)
    made.write_bytes(data)
    with pytest.raises(UsageError, match="Simulated and real"):
        export_bids([real, made], tmp_path / "set", measured=False)
    assert not (tmp_path / "set").exists()


def test_a_case_and_a_recording_or_labels_of_its_own_are_refused(case, tmp_path):
    source = put(tmp_path / "rest.edf")
    with pytest.raises(UsageError, match="together"):
        export_bids([case, source], tmp_path / "set")
    with pytest.raises(UsageError, match="its own subject"):
        export_bids([case], tmp_path / "set", subject="07")
    with pytest.raises(UsageError, match="BIDS file name"):
        export_bids([source], tmp_path / "set", subject="A_B")
    assert not (tmp_path / "set").exists()


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("LSR_left.edf", "lsr"),
        ("rest.edf", "rest"),
        ("Smith.edf", "emg"),
        ("F-wave re.edf", "fwave"),
    ],
)
def test_only_known_words_of_a_file_name_become_the_task(name, task):
    assert task_of(name) == task
