"""Every default of the simulated patient can be read with how far to believe it."""

from __future__ import annotations

import json
import re

import pytest
from typer.testing import CliRunner

from hemispasm.cli.simulate import app
from hemispasm.evidence import load_sources
from hemispasm.model.errors import UsageError
from hemispasm.simulate.defaults import Default, default_rooms, list_defaults
from hemispasm.validate.behaviour_table import load_rows

ONE_PATIENT = ("nerve", "population", "course")


@pytest.mark.parametrize("default", list_defaults(), ids=lambda d: f"{d.room}:{d.key}")
def test_every_default_says_how_far_to_believe_it(default: Default) -> None:
    assert default.value
    assert default.standing in {"sourced", "calibrated", "assumed", "definition"}
    assert {key for key in default.source.split(", ") if key} <= {*load_sources(), "definition"}
    if default.room in ONE_PATIENT:
        assert default.anchor, "say which observation moves it"


def test_an_anchor_that_names_a_row_names_one_of_the_table() -> None:
    numbers = {row.number for row in load_rows()}
    for default in list_defaults():
        for group in re.findall(r"\brows? ((?:\d+(?:, | and )?)+)", default.anchor):
            assert {int(word) for word in re.findall(r"\d+", group)} <= numbers, default.key


def test_the_rooms_of_one_patient_all_have_a_table() -> None:
    assert {*ONE_PATIENT, "face", "emg", "mri"} <= set(default_rooms())


def test_the_command_prints_every_default_of_a_room() -> None:
    shown = CliRunner().invoke(app, ["parameters", "--room", "population"])
    assert shown.exit_code == 0
    for default in list_defaults("population"):
        assert default.key[:20] in shown.stdout
    assert "assumed: free; vary it" in shown.stdout


def test_the_command_gives_the_same_as_json() -> None:
    shown = CliRunner().invoke(app, ["parameters", "--json"])
    rows = json.loads(shown.stdout)["parameters"]
    assert [(row["room"], row["key"]) for row in rows] == [(d.room, d.key) for d in list_defaults()]


def test_a_room_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="no room called 'heart'"):
        list_defaults("heart")
