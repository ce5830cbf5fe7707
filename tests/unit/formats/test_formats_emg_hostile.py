"""What lies beside or in place of an EMG file: pipes, links, wrong rates; bounded memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from edf_by_hand import HandEdf, HandSignal

from hemispasm.formats.bids_emg_write import write_bids
from hemispasm.formats.emg import read_emg
from hemispasm.model.emg import EmgChannel, EmgRecording
from hemispasm.model.errors import DecodeError, UsageError

PROFILE = 'time = {column = 1}\nchannels = [{column = 2, label = "EMG", unit = "mV"}]\n'
ROWS = "".join(f"{i / 1000:.4f} {i % 9 / 10}\n" for i in range(500))
# The interpreter with NumPy, edfio and pydantic, and room for a file of a few megabytes.
MOST_MB = 400


def code_of(path, family=DecodeError):
    with pytest.raises(family) as caught:
        read_emg(path)
    assert "\n" not in caught.value.cause
    assert caught.value.next_step
    return caught.value.code


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("name", ["a.edf", "a.bdf", "a.txt"])
def test_a_pipe_is_refused_and_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    (tmp_path / "a.toml").write_text(PROFILE)
    assert code_of(tmp_path / name) == "file_not_readable"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_in_place_of_wfdb_signals_is_refused(tmp_path):
    os.mkfifo(tmp_path / "a.dat")
    (tmp_path / "a.hea").write_text("a 1 1000 400\na.dat 16 200 16 0 0 0 0 EMG\n")
    assert code_of(tmp_path / "a.hea") == "file_missing"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("../../../../etc/passwd", "damaged_header"),
        ("/etc/passwd", "damaged_header"),
        ("..", "file_missing"),
        ("a.hea", "damaged_header"),
    ],
)
def test_a_wfdb_header_leads_to_no_file_but_the_one_beside_it(tmp_path, line, code):
    (tmp_path / "a.hea").write_text(f"a 1 1000 400\n{line} 16 200 16 0 0 0 0 EMG\n")
    assert code_of(tmp_path / "a.hea") == code


@pytest.mark.parametrize("count", ["9" * 5000, "²", "-4"])
def test_a_wfdb_length_that_is_no_number_of_samples_harms_nothing(tmp_path, count):
    (tmp_path / "a.hea").write_text(f"a 1 1000 {count}\na.dat 16 200 16 0 0 0 0 EMG\n")
    (tmp_path / "a.dat").write_bytes(bytes(800))
    assert len(read_emg(tmp_path / "a.hea").signals_uv[0]) == 400


def test_a_link_that_leads_in_a_circle_is_refused(tmp_path):
    (tmp_path / "a.edf").symlink_to("a.edf")
    assert code_of(tmp_path / "a.edf") == "file_not_readable"


@pytest.mark.parametrize("is_link", [True, False])
def test_a_montage_that_cannot_be_read_is_refused_and_not_replaced_by_a_guess(tmp_path, is_link):
    path = HandEdf([HandSignal("L OOc")]).write(tmp_path / "a.edf")
    beside = tmp_path / "a.json"
    if is_link:
        beside.symlink_to("elsewhere.json")
    else:
        beside.mkdir()
    assert code_of(path, UsageError) == "sidecar_not_readable"


@pytest.mark.parametrize(
    "said",
    [
        [1],
        3,
        {"channels": "x"},
        {"channels": [3]},
        {"channels": [{"label": "EMG1", "side": 5}]},
        {"channels": [{"label": "EMG1", "side": "both"}]},
        {"channels": [{"label": None}]},
        {"line_hz": -5},
        {"line_hz": "fifty"},
        {"stimulus": []},
        {"schema": "hemispasm.video-sidecar/1"},
        {"schema": 3},
    ],
)
def test_a_montage_of_wrong_types_is_refused_in_a_sentence(tmp_path, said):
    path = HandEdf().write(tmp_path / "a.edf")
    (tmp_path / "a.json").write_text(json.dumps(said))
    assert code_of(path, UsageError) in ("bad_json", "bad_value", "missing_key", "not_a_sidecar")


@pytest.mark.parametrize(
    "raw", [b"[" * 200_000, b"\xff\xfe{}", b'{"line_hz": NaN}', b'{"line_hz": ' + b"9" * 5000]
)
def test_a_montage_that_is_no_json_is_refused_in_a_sentence(tmp_path, raw):
    path = HandEdf().write(tmp_path / "a.edf")
    (tmp_path / "a.json").write_bytes(raw)
    assert code_of(path, UsageError) in ("bad_json", "not_text")


def test_a_stated_rate_that_the_times_contradict_is_refused(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(ROWS)
    for stated, said in ((1_000_000, "1e+06 Hz"), (500, "500 Hz")):
        (tmp_path / "a.toml").write_text(f"rate_hz = {stated}\n{PROFILE}")
        with pytest.raises(DecodeError, match="say 1000 Hz") as caught:
            read_emg(path)
        assert caught.value.code == "rate_conflict"
        assert said in caught.value.cause
    (tmp_path / "a.toml").write_text(f"rate_hz = 1000\n{PROFILE}")
    assert len(read_emg(path).signals_uv[0]) == 500


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_text_in_another_encoding_than_the_profile_says_is_refused(tmp_path, encoding):
    (tmp_path / "a.txt").write_bytes(ROWS.encode(encoding))
    (tmp_path / "a.toml").write_text(PROFILE)
    assert code_of(tmp_path / "a.txt") == "profile_does_not_fit"
    (tmp_path / "a.toml").write_text(f'encoding = "utf-16"\n{PROFILE}')
    if encoding == "utf-16":
        assert len(read_emg(tmp_path / "a.txt").signals_uv[0]) == 500
    else:
        assert code_of(tmp_path / "a.txt") == "profile_does_not_fit"


def test_a_table_that_describes_another_recording_is_noted(tmp_path):
    made = EmgRecording(
        channels=(EmgChannel(label="EMG1", rate_hz=1000),),
        signals_uv=(np.arange(1000.0),),
        stimuli_s=np.empty(0),
    )
    path = write_bids(tmp_path / "set", made, subject="01")
    table = path.with_name(path.name.replace("_emg.edf", "_channels.tsv"))
    table.write_text(table.read_text().replace("EMG1", "EMG 1"))
    assert any(note.startswith("unknown_channel: ") for note in read_emg(path).notes)


def two_gigabytes_promised(folder: Path) -> list[Path]:
    """Return files of about a kilobyte that promise gigabytes, each in another way."""
    many = HandEdf(fields={"records": "99999999"}).write(folder / "records.edf")
    made = HandEdf([HandSignal(), HandSignal("EMG2")])
    long = folder / "samples.edf"
    long.write_bytes(made.header().replace(b"100     ", b"999999  ") + made.body())
    wfdb = folder / "w.hea"
    wfdb.write_text("w 1 1000 999999999999\nw.dat 16 200 16 0 0 0 0 EMG\n")
    (folder / "w.dat").write_bytes(bytes(1000))
    text = folder / "t.txt"
    text.write_text(ROWS + "2000000 1\n")
    (folder / "t.toml").write_text(f"longest_hole_s = 10\n{PROFILE}")
    return [many, long, wfdb, text]


def test_a_promise_of_gigabytes_in_a_kilobyte_costs_no_memory(tmp_path):
    if not Path("/proc/self/status").is_file():
        pytest.skip("the peak memory of one program is read from /proc, which is not here")
    paths = [str(path) for path in two_gigabytes_promised(tmp_path)]
    code = (
        "import re, sys\n"
        "from pathlib import Path\n"
        "from hemispasm.formats.emg import read_emg_segments\n"
        "from hemispasm.model.errors import HemispasmError\n"
        "for path in sys.argv[1:]:\n"
        "    try:\n"
        "        read_emg_segments(path)\n"
        "    except HemispasmError as error:\n"
        "        print(error.code)\n"
        # Not ru_maxrss, which a program inherits from the one that started it.
        "status = Path('/proc/self/status').read_text()\n"
        "print(re.search(r'VmHWM:\\s+(\\d+) kB', status).group(1))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, *paths], capture_output=True, text=True, check=True
    )
    *codes, peak = ran.stdout.split()
    assert codes == ["no_data"]
    assert int(peak) / 1024 < MOST_MB


@pytest.mark.parametrize("onset", ["1e308", "-1", "5.0", "nan", "1e999"])
def test_a_stimulus_noted_where_nothing_was_recorded_is_left_out(tmp_path, onset):
    made = EmgRecording(
        channels=(EmgChannel(label="EMG1", rate_hz=1000),),
        signals_uv=(np.arange(5000.0) % 7,),
        stimuli_s=np.array([0.5]),
    )
    path = write_bids(tmp_path / "set", made, subject="01")
    table = path.with_name(path.name.replace("_emg.edf", "_events.tsv"))
    table.write_text(table.read_text() + f"{onset}\t0\tstimulus\n")
    back = read_emg(path)
    assert back.stimuli_s.tolist() == [0.5]
    if onset in ("-1", "5.0"):
        assert any(note.startswith("stimuli_outside: 1 ") for note in back.notes)
