"""The digit rule: no node but the marked ones prints a digit."""

from __future__ import annotations

import pytest
from markupsafe import Markup
from report_fixtures import finding

from hemispasm.report.document import (
    Callout,
    Count,
    Document,
    Explained,
    Figure,
    FromEvidence,
    FromRule,
    Number,
    Para,
    Picture,
    Section,
    Strong,
    Table,
    Time,
)
from hemispasm.report.number import FromFinding, decimals_for, number_of
from hemispasm.report.svg import element

RATE = FromFinding("video.spasm_rate")
TABLE = Table.plain(("Caption",), ("Column",), ((("cell",),),))


@pytest.mark.parametrize("text", ["12 spasms", "x²", "½", "٣ spasms", "Ⅳ"])
def test_plain_text_refuses_digits_of_any_script(text):
    makers = (
        lambda: Para(text),
        lambda: Strong(text),
        lambda: Callout("note", (text,)),
        lambda: Section("x", (text,), ()),
        lambda: Explained(("term",), (text,)),
        lambda: Count(1, text),
        lambda: Table.plain((text,), ("Column",), ()),
        lambda: Table.plain(("Caption",), (text,), ()),
        lambda: Table.plain(("Caption",), ("Column",), (((text,),),)),
        lambda: Figure(("Title",), Markup("<svg/>"), (text,), TABLE),
        lambda: Document((text,), ("mark",), (), Para("x"), ()),
        lambda: Number(1.0, "1", RATE, of=text),
    )
    for make in makers:
        with pytest.raises(ValueError, match="digits"):
            make()


def test_a_bare_number_is_no_inline_node():
    with pytest.raises(TypeError):
        Para("rate ", 14.5)


def test_a_number_needs_a_source():
    with pytest.raises(TypeError, match="source"):
        Number(14.5, "/min", "somewhere")


def test_a_number_by_rule_needs_a_named_rule():
    with pytest.raises(ValueError, match="not a named rule"):
        Number(14.5, "/min", FromRule("because"))
    assert Number(14.5, "/min", FromEvidence("tan2004")).source.text == "evidence:tan2004"


def test_a_number_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="finite"):
        Number(float("nan"), "/min", RATE)


def test_a_figure_needs_alternative_text_and_a_made_svg():
    with pytest.raises(ValueError, match="alternative"):
        Figure(("Title",), Markup("<svg/>"), (" ",), TABLE)
    with pytest.raises(TypeError, match="SVG"):
        Figure(("Title",), "<svg/>", ("words",), TABLE)


def test_a_picture_must_be_png_or_jpeg():
    with pytest.raises(ValueError, match="PNG or JPEG"):
        _ = Picture("peak", 1.0, b"<svg onload=alert(1)>").media_type


def test_svg_escapes_text_and_attributes():
    made = element("text", {"x": 1, "data-say": '"><script>'}, "<script>")
    assert "<script>" not in made
    assert '"><' not in str(made).replace('"&#34;', "")


def test_a_rate_prints_value_unit_and_interval():
    rate = finding("video.spasm_rate", 14.5, interval=(7.1, 25.4), side="left")
    assert number_of(rate).text == "14.5 /min (95 % interval 7.1 to 25.4)"


def test_zero_events_print_what_could_have_been_missed():
    rate = finding("video.spasm_rate", 0.0, interval=(0.0, 3.2), side="left")
    assert number_of(rate).text == "0 /min, up to 3.2 could have been missed (95 % interval)"


def test_not_assessable_prints_words():
    rate = finding("video.spasm_rate", None, quality="not_assessable", side="left")
    assert number_of(rate).text == "not assessable"


def test_shares_print_as_per_cent_and_other_fractions_do_not():
    share = finding("video.spasm_time_fraction", 0.121, interval=(0.08, 0.17), side="left")
    mouth = finding("video.mouth_excursion", 0.083, interval=(0.06, 0.11), side="left")
    assert number_of(share).text == "12 % (95 % interval 8 to 17 %)"
    assert number_of(mouth).text == "0.083 (95 % interval 0.060 to 0.110)"


def test_an_asymmetry_of_zero_is_not_called_missed():
    lid = finding("video.resting_aperture_asymmetry", 0.0, interval=(0.0, 0.1), side="left")
    assert "missed" not in number_of(lid).text


def test_a_change_of_a_share_prints_percentage_points():
    change = finding(
        "video.change", -0.13, unit=None, of="video.spasm_time_fraction", change_unit="1",
        interval=(-0.21, -0.05), side="left",
    )  # fmt: skip
    assert number_of(change).text == "−13 percentage points (95 % interval −21 to −5)"


def test_a_value_never_prints_with_other_decimals_than_its_limits():
    for unit in ("/min", "%", "s", "ms", "1", "Hz", "mm"):
        number = Number(2.0, unit, RATE, (0.5, 4.25), 0.95)
        wanted = decimals_for(unit, 4.25)
        for piece in (number.value_text.split()[0], *number.limits_text.split(" to ")):
            assert len(piece.partition(".")[2]) == wanted


def test_times_print_as_minutes_and_seconds():
    assert [Time(t).text for t in (0, 59.94, 59.96, 3599.99)] == [
        "0:00.0",
        "0:59.9",
        "1:00.0",
        "1:00:00.0",
    ]
