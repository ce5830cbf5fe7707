"""`hemispasm monitor`: lines when piped, JSON, speeds, stopping by hand, a clean terminal."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios
import types

import jsonschema
import pytest

from hemispasm.cli import main, monitor
from hemispasm.formats.emg_sidecar import emg_sidecar_path
from hemispasm.model.monitor import MonitorDocument
from hemispasm.model.side import Side
from hemispasm.monitor import monitor_file
from hemispasm.simulate.emg.options import EmgOptions, StimulusTrain, TheatrePlan
from hemispasm.simulated_emg import write_simulated_emg

ENTER, LEAVE, SHOW_CURSOR = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25h"


@pytest.fixture(scope="module")
def theatre(tmp_path_factory):
    path = tmp_path_factory.mktemp("theatre") / "operation.edf"
    options = EmgOptions(
        "theatre",
        side=Side.RIGHT,
        snr_db=6.0,
        stimuli=StimulusTrain(count=150),
        theatre=TheatrePlan(vanish_sweep=100, cautery=((60, 75),)),
    )
    write_simulated_emg(path, options, seed=2)
    return path


@pytest.fixture
def slept(monkeypatch):
    """Return the waits of the replay; the clock moves only by them."""
    waits: list[float] = []
    monkeypatch.setattr(
        monitor,
        "time",
        types.SimpleNamespace(perf_counter=lambda: sum(waits), sleep=waits.append),
    )
    return waits


def changed(theatre, tmp_path, change):
    """Return a copy of the recording whose sidecar was changed."""
    path = tmp_path / "operation.edf"
    path.write_bytes(theatre.read_bytes())
    data = json.loads(emg_sidecar_path(theatre).read_text())
    change(data)
    emg_sidecar_path(path).write_text(json.dumps(data))
    return path


def test_piped_output_is_a_line_per_change_and_a_summary(theatre, capsys):
    assert main(["monitor", str(theatre), "--baseline", "25"]) == 0
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert printed.splitlines()[0] == "operation.edf  SIMULATED"
    assert "Never an alarm device." in printed
    assert "Research software, not a medical device." in printed
    assert "event: vessel mobilised" in printed
    assert "mentalis, right: present -> " in printed
    assert "all held (cautery), last state present" in printed
    assert "Absent, mentalis, right: first called at" in printed
    assert "Criteria: absent from probability 0.99" in printed
    assert "ms per sweep of 1 watched channel" in printed
    assert "mentalis, left: not on the stimulated side, the right" in printed


def test_the_loss_is_called_within_ten_sweeps_of_its_truth(theatre):
    document = monitor_file(theatre, baseline=25)
    assert 101 <= document.summary[0].first_absent_sweep <= 111
    assert document.events[document.summary[0].first_absent_event].text == "vessel mobilised"
    assert document.recording.simulated
    assert document.channels[1].side is Side.RIGHT


def test_json_on_stdout_is_nothing_but_the_document(theatre, capsys):
    assert main(["monitor", str(theatre), "--json", "-"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["schema"] == "hemispasm.monitor/1"
    jsonschema.validate(data, MonitorDocument.model_json_schema(by_alias=True))
    assert len(data["sweeps"]) == 120
    assert data["provenance"]["settings"]["step_ms_median"] > 0


def test_json_into_a_file_leaves_the_lines_on_stdout(theatre, tmp_path, capsys):
    target = tmp_path / "replay.json"
    assert main(["monitor", str(theatre), "--json", str(target), "--to", "cautery on"]) == 0
    document = MonitorDocument.model_validate(json.loads(target.read_text()))
    assert not document.complete
    assert "Lateral spread: operation.edf" in capsys.readouterr().out


def test_a_target_that_belongs_to_the_recording_is_refused(theatre, capsys):
    beside = emg_sidecar_path(theatre)
    before = beside.read_bytes()
    assert main(["monitor", str(theatre), "--json", str(beside)]) == 2
    assert "would_overwrite" in capsys.readouterr().err
    assert beside.read_bytes() == before


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda data: data["stimulus"].update(annotation="other"), "no_stimuli"),
        (lambda data: data["stimulus"].pop("site"), "no_stimulus_site"),
        (lambda data: [one.pop("muscle") for one in data["channels"]], "no_channel_to_watch"),
    ],
)
def test_what_cannot_be_watched_ends_well_unless_strict(theatre, tmp_path, capsys, change, code):
    path = changed(theatre, tmp_path, change)
    assert main(["monitor", str(path)]) == 0
    printed = capsys.readouterr().out
    assert "Grade: not_assessable" in printed
    assert f"- {code}: " in printed
    assert main(["monitor", str(path), "--strict", "--json", "-"]) == 1
    assert json.loads(capsys.readouterr().out)["quality"]["grade"] == "not_assessable"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--speed", "fast"], "unknown_speed"),
        (["--speed", "0"], "unknown_speed"),
        (["--from", "20", "--to", "10"], "span_reversed"),
        (["--from", "tea"], "unknown_event"),
        (["--baseline", "20", "--baseline-until", "dura open"], "baseline_twice"),
    ],
)
def test_a_wrong_wish_is_one_sentence_and_exit_two(theatre, capsys, options, code):
    assert main(["monitor", str(theatre), *options]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith(f"error[{code}]: ")
    assert printed.out == ""


def test_a_file_that_is_not_there_cannot_be_decoded(tmp_path, capsys):
    assert main(["monitor", str(tmp_path / "no.edf")]) == 3
    assert "no_file" in capsys.readouterr().err


def test_the_speed_divides_the_time_of_the_recording(theatre, slept, capsys):
    assert main(["monitor", str(theatre), "--speed", "10"]) == 0
    ten = sum(slept)
    slept.clear()
    assert main(["monitor", str(theatre), "--speed", "1"]) == 0
    document = monitor_file(theatre)
    length = document.sweeps[-1].time_s - document.sweeps[0].time_s
    assert ten == pytest.approx(length / 10, rel=0.05)
    assert sum(slept) == pytest.approx(length, rel=0.05)
    slept.clear()
    assert main(["monitor", str(theatre)]) == 0
    assert slept == []


def test_what_lies_before_the_start_is_followed_at_once_and_not_shown(theatre, slept, capsys):
    arguments = ["monitor", str(theatre), "--from", "0:30", "--to", "36", "--speed", "2"]
    assert main(arguments) == 0
    assert sum(slept) == pytest.approx(3.0, rel=0.2)
    lines = capsys.readouterr().out.splitlines()
    first = next(place for place, line in enumerate(lines) if line.endswith("  change"))
    assert "begins here" in lines[first + 1]
    assert "event: dura open" not in " ".join(lines[first:])
    assert "-> absent" in " ".join(lines[first:])


def test_stopping_by_hand_sums_up_what_was_seen(theatre, tmp_path, monkeypatch, capsys):
    waits: list[float] = []

    def interrupted(seconds):
        waits.append(seconds)
        if len(waits) == 20:
            raise KeyboardInterrupt

    clock = types.SimpleNamespace(perf_counter=lambda: sum(waits), sleep=interrupted)
    monkeypatch.setattr(monitor, "time", clock)
    target = tmp_path / "replay.json"
    arguments = ["monitor", str(theatre), "--speed", "1", "--json", str(target)]
    assert main(arguments) == 130
    printed = capsys.readouterr().out
    assert "Stopped at" in printed
    assert "Criteria: " in printed
    document = MonitorDocument.model_validate(json.loads(target.read_text()))
    assert len(document.sweeps) == 20
    assert not document.complete


def in_terminal(arguments, *, term="xterm-256color", stop_at=None):
    """Run the command in an 80 x 24 terminal; return its exit code and what it wrote."""
    child, terminal = pty.fork()
    if child == 0:
        # A suite that runs in the background may have been told to ignore the key of interruption.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.environ.update(TERM=term, PYTHONIOENCODING="utf-8", LINES="24", COLUMNS="80")
        os.execv(sys.executable, [sys.executable, "-m", "hemispasm", *arguments])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    written = b""
    while select.select([terminal], [], [], 60.0)[0]:
        try:
            block = os.read(terminal, 65536)
        except OSError:
            break
        if not block:
            break
        written += block
        if stop_at is not None and stop_at in written:
            os.kill(child, signal.SIGINT)
            stop_at = None
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), written


def test_a_terminal_is_left_clean_with_the_summary_on_it(theatre):
    code, written = in_terminal(["monitor", str(theatre), "--speed", "max"])
    assert code == 0
    assert written.count(ENTER) == written.count(LEAVE) == 1
    before, _, after = written.partition(LEAVE)
    assert b"Lateral spread:" in before
    assert written.rfind(SHOW_CURSOR) > 0
    assert b"Criteria: " in after
    assert b"event: vessel mobilised" in after


def test_an_interrupted_screen_leaves_a_clean_terminal_and_a_summary(theatre):
    code, written = in_terminal(
        ["monitor", str(theatre), "--speed", "3"], stop_at=b"as in the baseline"
    )
    assert code == 130
    assert written.count(ENTER) == written.count(LEAVE) == 1
    after = written.partition(LEAVE)[2]
    assert b"Stopped at" in after
    assert b"Traceback" not in written


def test_a_dumb_terminal_gets_lines_without_escape_codes(theatre):
    code, written = in_terminal(["monitor", str(theatre)], term="dumb")
    assert code == 0
    assert b"\x1b" not in written
    assert b"mentalis, right: present -> " in written
