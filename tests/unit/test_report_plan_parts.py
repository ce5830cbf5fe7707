"""Phrases, icon arrays, plots and sources of the reasoned pages."""

from __future__ import annotations

import re

import pytest
from plan_fixtures import make_differential, make_mvd
from test_report_colours import contrast, palettes

from hemispasm.evidence import load_evidence
from hemispasm.model.plan import Basis
from hemispasm.model.texts import load_texts
from hemispasm.report.document import Para, text_of
from hemispasm.report.icon_array import can_be_icons, icon_array_figure
from hemispasm.report.phrase import (
    basis_cell,
    conflict_cell,
    evidence_cell,
    evidence_number,
    fill,
    phrase,
    say,
)
from hemispasm.report.plan_arrays import frame_of
from hemispasm.report.plan_sources import evidence_in, sources_section, with_conflicts
from hemispasm.report.relief_plot import relief_figure
from hemispasm.report.share_plot import share_figure


def test_a_text_with_a_placeholder_that_nothing_fills_is_refused():
    with pytest.raises(LookupError, match="side"):
        phrase("report.gate.side")
    with pytest.raises(LookupError, match="no text"):
        phrase("report.nowhere")


def test_a_statement_whose_text_is_missing_prints_its_code():
    assert text_of(say("option_reason.hearing_at_stake_not_written")).startswith("hearing at")
    assert text_of(say("report.gate.side")) == " ([side])"
    assert say("option.not_there.what") == ()


def test_a_placeholder_of_evidence_prints_value_interval_sample_and_source():
    text = text_of(fill("It rose in {=other_babinski.hfs_pooled}.", "x", {}))
    assert text.startswith("It rose in 78 % (95 % interval 66 to 86 %) [49 of 63 patients; ")
    assert text.endswith("].")


def test_two_signs_print_the_number_beside_those_it_conflicts_with():
    text = text_of(conflict_cell("sleep.psg"))
    assert "100 %" in text
    assert "against this" in text
    assert "142 of 321 patients" in text


def test_every_range_prints_both_its_ends_as_they_stand_in_the_table():
    ranges = {k: i for k, i in load_evidence().items() if i.value is None and i.range is not None}
    assert len(ranges) > 5
    for key, item in ranges.items():
        scale = 100 if item.unit == "1" and item.quantity == "proportion" else 1
        low, high = (f"{round(scale * end, 2):,g}".replace(",", " ") for end in item.range)
        assert text_of(evidence_cell(key)).startswith(f"{low} to {high}"), key


def test_every_value_prints_as_near_to_the_table_as_its_decimals_allow():
    for key, item in load_evidence().items():
        if item.value is None:
            continue
        number = evidence_number(key)
        scale = 100 if number.unit == "%" else 1
        step = 0.5 * 10.0**-number.decimals
        assert abs(number.value - scale * item.value) <= step + 1e-9, key
        for shown, published in zip(number.interval or (), item.interval or (), strict=True):
            assert abs(shown - scale * published) <= step + 1e-9, key


def test_every_evidence_item_can_be_printed():
    for key, item in load_evidence().items():
        text = text_of(evidence_cell(key))
        assert text.endswith("]"), key
        if item.value is not None:
            assert evidence_number(key).source.text == f"evidence:{key}"


def test_no_published_interval_loses_its_lower_end_in_rounding():
    for key, item in load_evidence().items():
        if item.interval is not None and item.value is not None and item.interval[0] > 0.0005:
            assert not evidence_number(key).limits_text.startswith("0 to"), key


def test_texts_hold_no_digit_and_every_evidence_key_in_them_exists():
    for key, text in load_texts().items():
        bare = re.sub(r"\{=[^}]*\}", "", text)
        assert not any(character.isnumeric() for character in bare), key
        for name in re.findall(r"\{={1,2}([^}]*)\}", text):
            assert name in load_evidence(), (key, name)


def test_an_expert_rule_is_marked_once():
    basis = Basis(evidence=("prior.functional",), expert_rule=True)
    assert text_of(basis_cell(basis)) == "expert rule"


def people_in(svg: str, name: str) -> int:
    found = re.search(rf'class="{name}[^"]*" d="([^"]*)"', svg)
    return found[1].count("a3.4") if found else 0


@pytest.mark.parametrize(
    ("key", "frame"),
    [("mvd_effect.new_centre", "gain"), ("complication.hearing_loss_new_centre", "loss")],
)
def test_an_icon_array_shows_one_hundred_people_split_at_share_and_interval(key, frame):
    item = load_evidence()[key]
    svg = str(icon_array_figure(key, frame).svg)
    kinds = ("icon-sure", "icon-likely", "icon-may", "icon-none")
    sure, likely, may, none = (people_in(svg, kind) for kind in kinds)
    assert sure + likely + may + none == 100
    assert sure + likely == int(100 * item.value + 0.5)
    assert sure == int(100 * item.interval[0] + 0.5)
    assert sure + likely + may == int(100 * item.interval[1] + 0.5)
    assert ("icon-cross" in svg) is (frame == "loss")


def test_the_words_of_an_icon_array_frame_gain_and_loss_alike():
    gain = text_of(icon_array_figure("untreated.remission", "gain").alt)
    loss = text_of(icon_array_figure("untreated.worse", "loss").alt)
    assert "Of one hundred people 41 have this and 59 do not" in gain
    assert "Of one hundred people 11 have this and 89 do not" in loss


def test_what_grew_worse_without_treatment_is_never_drawn_as_a_gain():
    assert frame_of("untreated.remission", "benefit") == "gain"
    assert frame_of("untreated.stable", "benefit") == "course"
    assert frame_of("untreated.worse", "benefit") == "loss"
    assert frame_of("complication.any_lasting", "harm") == "loss"


def test_an_outcome_too_rare_for_a_hundred_people_is_left_to_words():
    assert not can_be_icons("complication.stroke_hyun")
    with pytest.raises(ValueError, match="not a share"):
        icon_array_figure("complication.stroke_hyun", "loss")


def test_a_share_without_an_interval_says_that_none_was_published():
    assert "no interval was published" in text_of(
        icon_array_figure("mvd_effect.seed_full", "gain").alt
    )


def test_the_relief_plot_names_its_condition_and_every_step():
    figure = relief_figure(make_mvd().course, 20)
    alt = text_of(figure.alt)
    assert "of those relieved in the end" in alt
    assert [alt.count(f"{day} days: ") for day in (7, 30, 90, 180, 365)] == [1, 1, 1, 1, 1]
    assert 'class="median"' in str(figure.svg)
    assert 'class="median"' not in str(relief_figure(make_mvd().course, 800).svg)


def test_bars_of_the_differential_run_from_the_largest_share_down():
    figure = share_figure(tuple(reversed(make_differential().shares)))
    names = [text_of(row[0]) for row in figure.data.groups[0].rows]
    assert names[0] == "hemifacial spasm"
    assert names[1].startswith("post-paralytic")
    widths = [float(w) for w in re.findall(r'class="share-bar"[^>]*width="([\d.]+)"', figure.svg)]
    assert widths == sorted(widths, reverse=True)


def test_the_sources_list_what_is_printed_and_what_disagrees_with_it():
    blocks = (Para(*evidence_cell("mvd_effect.seed_full")),)
    keys = with_conflicts(evidence_in(blocks))
    assert keys[0] == "mvd_effect.seed_full"
    assert set(load_evidence()["mvd_effect.seed_full"].conflicts) <= set(keys)
    section = sources_section(blocks)
    rows = section.children[1].children[0].groups[0].rows
    assert len(rows) == len(keys)
    citations = [text_of(item) for item in section.children[2].children[0].items]
    assert any(line.startswith("Weidemeier 2025: ") for line in citations)


def test_a_report_without_published_numbers_says_so():
    assert "No published number" in sources_section((Para("Nothing."),)).children[0].text


@pytest.mark.parametrize("name", ["light", "dark", "print"])
def test_alarms_and_icons_can_be_read(name):
    palette = palettes()[name]
    assert contrast(palette["ink"], palette["alarm-bg"]) >= 4.5
    assert contrast(palette["accent"], palette["warn-bg"]) >= 4.5
    assert contrast(palette["soft"], palette["warn-bg"]) >= 4.5
    for colour in ("alarm-line", "gain", "loss"):
        ground = "alarm-bg" if colour == "alarm-line" else "page"
        assert contrast(palette[colour], palette[ground]) >= 3
