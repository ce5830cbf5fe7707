"""Why a number is missing: every reason has words and a next step, in one place for all readers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hemispasm.cli.imaging_reasons import reason_lines
from hemispasm.measure import imaging
from hemispasm.model import Finding
from hemispasm.model.imaging_words import describe_reason, list_reasons

ENGINE = Path(imaging.__file__).parent
HOWTO = Path(__file__).parents[2] / "docs" / "howto" / "measure-imaging.md"
SAYS_WHY = ("nerves", "one_side", "conflict", "attached")
"""Modules of the engine whose reasons keep a number from one vessel on one side."""


def distance(side, reason, value=None):
    return Finding(
        code="imaging.vessel_nerve_distance", side=side, unit="mm", value=value, reason=reason,
        quality="limited" if value else "not_assessable", method="imaging/1",
    )  # fmt: skip


@pytest.mark.parametrize("module", SAYS_WHY)
def test_every_reason_of_the_engine_has_words_and_a_next_step(module):
    source = (ENGINE / f"{module}.py").read_text(encoding="utf-8")
    codes = set(re.findall(r'f?"([a-z]+(?:_[a-z]+)+): ', source))
    assert codes
    assert codes <= set(list_reasons())


@pytest.mark.parametrize("code", list_reasons())
def test_the_table_of_the_documentation_has_the_same_words(code):
    means, helps = describe_reason(code)
    assert f"| `{code}` | {means} | {helps} |" in HOWTO.read_text(encoding="utf-8").splitlines()


def test_a_reason_of_both_sides_is_said_once_with_its_next_step():
    lines = reason_lines([
        distance("left", "fit_uncertain: the distance has a spread of 0.30 mm; limit 0.20"),
        distance("right", "fit_uncertain: the distance has a spread of 0.41 mm; limit 0.20; "
                          "vessel_ends: the piece of vessel ends"),
    ])  # fmt: skip
    assert lines == [
        "fit_uncertain (left, right): the picture leaves the distance too uncertain for a number. "
        "Next: read that place by eye.",
        "vessel_ends (right): the piece of vessel that is seen ends where it comes nearest. "
        "Next: look there by eye; finer slices.",
    ]


def test_a_number_that_stands_needs_no_explanation():
    assert reason_lines([distance("left", "vessel_unsure: dark on one series", 1.2)]) == []
