"""Nothing that could name a patient reaches a log line."""

import io
import json

import pytest
import structlog

from hemispasm.log import configure_log, get_log

CANARY = "Zebulon Quackenbush"


@pytest.fixture
def lines():
    stream = io.StringIO()
    configure_log(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    structlog.reset_defaults()


def test_a_line_is_json_with_time_level_and_the_allowed_keys(lines):
    get_log().info("decoded", frames=1800, frame_rate_hz=29.97, grade="measurable")
    (line,) = lines()
    assert line["event"] == "decoded"
    assert line["level"] == "info"
    assert line["frames"] == 1800
    assert line["grade"] == "measurable"
    assert line["time"].endswith("Z")
    assert "dropped_keys" not in line


@pytest.mark.parametrize(
    "entry",
    [
        {"patient": CANARY},
        {"path": f"/clinic/{CANARY}/rest.mp4"},
        {"grade": CANARY},
        {"grade": CANARY.lower()},
        {"step": "quackenbush"},
        {"error_code": CANARY},
        {"frames": CANARY},
        {"step": f"/home/{CANARY}"},
        {"recording_sha256": CANARY},
        {"frames": [CANARY]},
        {"code": {"name": CANARY}},
        {"exception": ValueError(CANARY)},
        {CANARY: 1},
    ],
)
def test_a_name_planted_anywhere_is_dropped(lines, entry):
    get_log().warning("decoded", **entry)
    (line,) = lines()
    written = json.dumps(line).lower()
    assert "zebulon" not in written
    assert "quackenbush" not in written
    assert line["dropped_keys"] == 1


def test_a_name_used_as_the_message_is_dropped(lines):
    get_log().info(CANARY)
    (line,) = lines()
    assert "event" not in line


def test_a_bound_name_is_dropped(lines):
    get_log().bind(patient=CANARY).info("decoded")
    assert "Zebulon" not in json.dumps(lines())


def test_a_traceback_does_not_carry_a_name_into_the_log(lines):
    try:
        raise ValueError(CANARY)
    except ValueError:
        get_log().error("decoded", exc_info=True)
    assert "Zebulon" not in json.dumps(lines())


def test_an_unconfigured_log_is_silent(capsys):
    structlog.reset_defaults()
    get_log().error("decoded", frames=1)
    assert capsys.readouterr() == ("", "")
    structlog.reset_defaults()
