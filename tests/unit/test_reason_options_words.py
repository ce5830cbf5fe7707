"""Options in words and figures: conflicts side by side, framing, keys, texts, driving."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from typing import Any

import pytest
from reason_charts import chart, seen
from reason_options import grid_of

from hemispasm.evidence import Quantity, load_evidence, load_sources, lookup_evidence
from hemispasm.model.texts import load_texts, lookup_text
from hemispasm.reason.option_rules import load_option_table, load_rules
from hemispasm.report.phrase import phrase

OWN_TABLES = ("options", "mvd", "driving", "follow_up")
OWN_TEXTS = ("options", "mvd", "follow_up")


def note(name: str) -> set[str]:
    return next(set(n.evidence) for n in grid_of().notes if n.text == f"option_note.{name}")


def test_disagreeing_sources_stand_side_by_side():
    assert {"mvd_effect.seed_full", "mvd_effect.auger_resolved", "mvd_effect.new_centre"} <= note(
        "seed_figure"
    )
    assert {"prognosis.age_younger_seed", "prognosis.age_60_equal", "prognosis.age_65_older"} <= (
        note("younger_better")
    )
    assert {"prognosis.duration_menna_or", "prognosis.duration_barker_none"} <= (
        note("shorter_duration")
    )
    assert {"mvd_technique.transposition_or", "mvd_technique.interposition"} <= (
        note("transposition")
    )
    assert {"choice.surgery_required_seed", "choice.toxin_first_baldauf"} <= (
        note("surgery_or_toxin_first")
    )
    assert note("endoscopic") == {"mvd_technique.endoscopic_early"}


def test_no_figure_is_shown_without_what_contradicts_it():
    shown = {k for o in grid_of().options for f in o.figures for k in f.evidence}
    shown |= {k for n in grid_of().notes for k in n.evidence}
    for key in shown:
        for other in lookup_evidence(key).conflicts:
            assert other in shown, f"{key} without {other}"


def test_every_treatment_shows_benefit_and_harm_and_what_is_unknown():
    for option in grid_of().options[1:3]:
        aspects = {f.aspect for f in option.figures}
        assert aspects == {"benefit", "timing", "durability", "harm", "burden", "unknown"}
        per_hundred = {f.aspect for f in option.figures if f.per_hundred}
        assert {"benefit", "harm"} <= per_hundred


def test_figures_out_of_a_hundred_are_shares_and_name_the_others_too():
    for option in grid_of().options:
        for figures in (f for f in option.figures if f.per_hundred):
            quantities = {lookup_evidence(k).quantity for k in figures.evidence}
            assert quantities == {Quantity.PROPORTION}, figures.text
            assert re.search(r"\bothers?\b", lookup_text(figures.text)), figures.text


def strings_in(node: Any) -> list[str]:
    if isinstance(node, str):
        return [node]
    children = node.values() if isinstance(node, dict) else node
    return (
        [s for child in children for s in strings_in(child)]
        if hasattr(children, "__iter__")
        else []
    )


HOLD_KEYS = ("evidence", "source", "immediate", "default", "band", "prior_patients")


def evidence_in(node: Any) -> set[str]:
    if isinstance(node, list):
        return {key for child in node for key in evidence_in(child)}
    if not isinstance(node, dict):
        return set()
    found: set[str] = set()
    for name, child in node.items():
        found |= set(strings_in(child)) if name in HOLD_KEYS else evidence_in(child)
    return found


@pytest.mark.parametrize("name", OWN_TABLES)
def test_every_evidence_key_of_the_tables_exists(name):
    text = files("hemispasm.reason").joinpath("data", f"{name}.toml").read_text("utf-8")
    named = evidence_in(tomllib.loads(text)) - {"expert_rule"}
    assert named
    assert named - set(load_evidence()) - set(load_sources()) == set()


def test_every_code_of_the_options_has_a_sentence():
    table = load_option_table()
    keys = [f"option.{o['name']}.{part}" for o in table["option"] for part in ("title", "what")]
    keys += [f"evidence_grade.{o['evidence_grade']}" for o in table["option"]]
    keys += [f["text"] for o in table["option"] for f in o["figures"]]
    keys += [n["text"] for n in table["note"]]
    keys += [f"option_reason.{rule.code}" for rule in load_rules()]
    assert [key for key in keys if key not in load_texts()] == []


@pytest.mark.parametrize("name", OWN_TEXTS)
def test_own_texts_hold_no_digits_and_promise_nothing(name):
    folder = files("hemispasm.model").joinpath("data", "text_en")
    table = tomllib.loads(folder.joinpath(f"{name}.toml").read_text("utf-8"))
    for text in strings_in(table):
        without = re.sub(r"\{[^}]*\}", "", text)
        assert not re.search(r"\d", without), text
        assert not re.search(r"cure rate|your chance|you will|guarantee|safe to|no danger", text)


@pytest.mark.parametrize("name", OWN_TEXTS)
def test_a_page_can_fill_every_own_text(name):
    folder = files("hemispasm.model").joinpath("data", "text_en")
    table = tomllib.loads(folder.joinpath(f"{name}.toml").read_text("utf-8"))

    def keys(node: dict[str, Any], above: str = "") -> list[str]:
        return [
            k
            for n, v in node.items()
            for k in (keys(v, f"{above}{n}.") if isinstance(v, dict) else [above + n])
        ]

    for key in keys(table):
        assert phrase(key, number="x")


@pytest.mark.parametrize(
    ("drives", "country", "text"),
    [
        ("present", "GB", "driving.gb"),
        (None, "GB", "driving.gb"),
        ("present", "JP", "driving.other_country"),
        ("present", None, "driving.country_unknown"),
        ("absent", "GB", None),
    ],
)
def test_driving_is_asked_by_country_and_never_allowed(drives, country, text):
    asked = [seen("history.drives", drives)] if drives else []
    assert grid_of(chart(*asked, country=country)).driving == text
    if text:
        assert "may drive" not in lookup_text(text)
