"""The page can be read: WCAG 2.2 AA contrast in light, dark and print."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

CSS = files("hemispasm.report").joinpath("templates/report.css").read_text(encoding="utf-8")
TEXT = [
    ("ink", "page"), ("soft", "page"), ("accent", "page"), ("ink", "raised"), ("accent", "raised"),
    ("ink", "warn-bg"), ("ink", "sim-bg"), ("ink", "ok-bg"), ("ink", "note-bg"),
]  # fmt: skip
SHAPES = [
    ("spasm", "page"), ("blink", "page"), ("eye", "page"), ("mouth", "page"), ("brow", "page"),
    ("hatch", "page"), ("stripe", "spasm"), ("warn-line", "warn-bg"), ("sim-line", "sim-bg"),
    ("ok-line", "ok-bg"), ("note-line", "note-bg"),
]  # fmt: skip


def palettes() -> dict[str, dict[str, str]]:
    blocks = re.findall(r":root \{(.*?)\}", CSS, flags=re.DOTALL)
    found = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in blocks]
    return {"light": found[0], "dark": found[0] | found[1], "print": found[0] | found[2]}


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", ["light", "dark", "print"])
def test_text_has_a_contrast_of_at_least_four_and_a_half(name):
    palette = palettes()[name]
    weak = [(a, b) for a, b in TEXT if contrast(palette[a], palette[b]) < 4.5]
    assert weak == []


@pytest.mark.parametrize("name", ["light", "dark", "print"])
def test_shapes_have_a_contrast_of_at_least_three(name):
    palette = palettes()[name]
    weak = [(a, b) for a, b in SHAPES if contrast(palette[a], palette[b]) < 3]
    assert weak == []


def test_the_contrast_formula_is_the_published_one():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
