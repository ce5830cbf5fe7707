"""The order and length of a case report: what stands in front, what is folded, nothing lost."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from plan_fixtures import CASE, make_chart, make_plan
from plan_parts import BROW, DAY, EARLIER, HEARING, RULE, because
from pypdf import PdfReader
from report_page import Page
from test_report_pdf import bare, pdf_text, split_over_pages

from hemispasm.evidence import load_evidence
from hemispasm.model.plan import Contribution, Figures, Gate, Missing, Option, Refusal, SideView
from hemispasm.report.document import Callout, Columns, Figure, Folded, Section, Table, text_of
from hemispasm.report.html import render_html
from hemispasm.report.icon_array import icon_array_figure
from hemispasm.report.pdf import render_pdf
from hemispasm.report.plan_arrays import icon_arrays
from hemispasm.report.plan_differential import differential_section
from hemispasm.report.plan_follow_up import missing_section
from hemispasm.report.plan_gates import gates_section
from hemispasm.report.plan_headline import conflicts_of, headline_keys
from hemispasm.report.plan_mvd import checklist_table
from hemispasm.report.plan_options import options_section
from hemispasm.report.plan_overview import overview_section
from hemispasm.report.plan_report import build_plan_report, plan_sections
from hemispasm.report.plan_severity import severity_section
from hemispasm.report.plan_side import by_kind, side_section
from hemispasm.report.plan_summary import plan_summary
from hemispasm.report.text import render_text
from hemispasm.report.typst_source import typst_pages


def words(blocks) -> str:
    """Words of blocks on one line."""
    section = Section("s", ("Alone",), tuple(blocks))
    document = build_plan_report(CASE, make_plan(), make_chart())
    alone = type(document)(document.title, document.mark, (), document.summary, (section,))
    return " ".join(render_text(alone, twins=False).split("Alone", 1)[1].split())


def in_front(section: Section) -> str:
    """Words of a section that nobody has to unfold."""
    return words(block for block in section.children if not isinstance(block, Folded))


def folded(section: Section) -> str:
    """Words of a section behind its folds."""
    return words(block for block in section.children if isinstance(block, Folded))


@pytest.fixture(scope="module")
def document():
    return build_plan_report(CASE, make_plan(), make_chart())


@pytest.fixture(scope="module")
def pdf(document) -> PdfReader:
    return PdfReader(io.BytesIO(render_pdf(document)))


def test_every_line_of_a_plan_stands_on_paper_and_on_the_page(document, pdf):
    title = text_of(document.title)
    paper = pdf_text(pdf, text_of(document.mark), title, document.footer)
    screen = bare(Page(render_html(document)).text)
    text = render_text(document, twins=False).removesuffix(f"{document.footer}\n")
    lines = [line for line in text.splitlines() if line.strip()]
    assert len(lines) > 200
    for line in lines:
        for cell in line.removeprefix("- ").split(" | "):
            assert bare(cell) in screen, cell
            assert bare(cell) in paper or split_over_pages(bare(cell), paper), cell


def test_the_first_page_holds_warning_summary_next_tests_and_options(pdf):
    first = " ".join(pdf.pages[0].extract_text().split())
    places = [
        first.index(words_)
        for words_ in (
            "Possible stroke", "DRAFT – not signed Nobody", "Side: left", "Differential:",
            "Cause:", "Open:", "Next tests", "Options in short", "Microvascular decompression",
        )
    ]  # fmt: skip
    assert places == sorted(places)


def test_every_fold_is_printed_under_details_on_the_page_that_its_place_names(document, pdf):
    texts = [" ".join(page.extract_text().split()) for page in pdf.pages]
    start = next(i for i, text in enumerate(texts) if re.search(r"\bDetails Warning signs", text))
    pointers = re.findall(r"▸ ([^▸(]+) \(in the part Details, page (\d+)\)", " ".join(texts))
    assert len(pointers) == len(typst_pages(document).details) > 10
    for title, page in pointers:
        assert int(page) > start, title
        assert title in texts[int(page) - 1], title


def test_the_body_of_a_case_without_video_stays_short(pdf):
    texts = [page.extract_text() for page in pdf.pages]
    body = next(i for i, text in enumerate(texts) if re.search(r"(?m)^Details$", text))
    assert body <= 9


def test_sources_of_a_side_count_by_kind_and_not_by_entry():
    entries = (
        because("record.toxin", side="left", origin="reported", day=EARLIER),
        because("history.spasm", side="left", origin="told"),
        because("history.first_site", "lower_lid", "left", "told", day=EARLIER),
        because("emg.affected_side", "left", origin="measured"),
        because("record.onset_side", side="left", origin="told"),
    )
    kinds = {kind: len(found) for kind, found in by_kind(entries).items()}
    assert kinds == {"history": 2, "emg": 1, "treatment": 1, "record": 1}
    plan = make_plan(side=SideView(side="left", because=entries))
    text = plan_summary(plan, make_chart()).text
    assert "Side: left. 4 kinds of source say so (history, EMG, treatments, case file)" in text
    section = side_section(plan)
    assert "history | left | 2 | Involuntary movement of one side, left" in in_front(section)
    assert "EMG | left | 1 | Affected side (EMG): left" in in_front(section)
    assert "First site, left: lower lid" in folded(section)


def test_a_conflict_of_sides_is_listed_in_full_in_front():
    other = because("exam.spasm", side="right")
    section = side_section(make_plan(side=SideView(conflict=True, because=(BROW, other))))
    assert not [block for block in section.children if isinstance(block, Folded)]
    assert "examination | left, right | 2" in in_front(section)
    assert "Other Babinski sign, left: present" in in_front(section)


def test_the_summary_tells_the_change_the_cause_and_what_was_not_asked():
    text = plan_summary(make_plan(), make_chart()).text
    assert "+8.3 /min since 1 December 2025, higher than repeatability explains: worse" in text
    assert "A vessel at the facial nerve: suggested by a finding." in text
    assert "nobody may say that one is excluded" in text
    assert "Warning signs not asked or looked for: 2." in text


def test_after_an_operation_its_course_stands_before_causes_and_options():
    view = make_plan().mvd.model_copy(
        update={"phase": "after", "operated_on": DAY, "days_since": 5, "too_early": True}
    )
    idents = list(plan_sections(make_plan(mvd=view)))
    assert idents.index("mvd") < idents.index("follow-up") < idents.index("differential")
    text = plan_summary(make_plan(mvd=view), make_chart()).text
    assert "microvascular decompression 2 March 2026 (left). It is too early" in text
    before = list(plan_sections(make_plan()))
    assert before.index("options") < before.index("mvd") < before.index("follow-up")
    assert "decompression" not in plan_summary(make_plan(), make_chart()).text


def test_the_summary_says_when_the_running_cycle_may_end_and_on_which_side():
    toxin = make_plan().toxin
    running = toxin.forecast.model_copy(update={"side": "right"})
    plan = make_plan(toxin=toxin.model_copy(update={"forecasts": (running,)}))
    text = plan_summary(plan, make_chart()).text
    assert "toxin injected 12 January 2026 (right), which may wear off between 8 March" in text


def test_figures_in_front_are_pooled_ones_and_ranges_before_single_series():
    keys = ("toxin_response.defazio", "toxin_response.range", "toxin_response.wang_jankovic")
    assert headline_keys(keys) == ("toxin_response.range",)
    assert headline_keys(keys[::2]) == ("toxin_response.wang_jankovic", "toxin_response.defazio")
    assert headline_keys(("choice.sawtooth_before", "choice.no_trial", "no.such_key")) == ()


def test_what_contradicts_a_figure_stands_wherever_the_figure_stands_in_front():
    options = make_plan().options
    for section in (options_section(make_plan()), overview_section(make_plan())):
        text = in_front(section)
        for option in options.options:
            for figures in option.figures:
                for key in headline_keys(figures.evidence):
                    label = load_evidence()[key].label
                    if label not in text:
                        continue
                    for other in conflicts_of((key,)):
                        assert load_evidence()[other].label in text, (key, other)


def test_every_figure_of_every_option_is_somewhere_in_the_section():
    plan = make_plan()
    text = words(options_section(plan).children)
    keys = {k for o in plan.options.options for f in o.figures for k in f.evidence}
    keys |= {k for note in plan.options.notes for k in note.evidence}
    assert len(keys) > 10
    for key in keys:
        assert load_evidence()[key].label in text, key


def test_what_became_worse_untreated_stands_under_harm_and_never_as_an_effect():
    figures = Figures(
        aspect="benefit",
        text="option_figure.observation.course",
        per_hundred=True,
        evidence=("untreated.remission", "untreated.stable", "untreated.worse"),
    )
    watching = Option(name="observation", evidence_grade="low", figures=(figures,))
    grid = make_plan().options.model_copy(update={"options": (watching,)})
    section = overview_section(make_plan(options=grid))
    table = next(block for block in section.children if isinstance(block, Table))
    _, gain, harm, _ = (text_of(cell) for cell in table.groups[0].rows[0])
    assert "went away: 41 %" in gain
    assert "very rare" in gain
    assert "became worse: 11 %" in harm
    frames = [text_of(f.title) for f in drawn(icon_arrays((watching,)))]
    assert frames == [
        "Watching, gain: Untreated patients whose spasm went away",
        "Watching, loss: Untreated patients whose spasm became worse",
    ]


def drawn(blocks) -> list[Figure]:
    rows = [block for block in blocks if isinstance(block, Columns)]
    return [figure for row in rows for column in row.columns for figure in column]


def test_pictures_in_front_pair_a_gain_with_losses_and_leave_no_empty_column():
    blocks = icon_arrays(make_plan().options.options)
    titles = [text_of(figure.title) for figure in drawn(blocks)]
    for option in ("Watching", "Botulinum toxin", "Microvascular decompression"):
        frames = [
            title.split(", ")[1].split(":")[0] for title in titles if title.startswith(option)
        ]
        assert frames[0] == "gain", option
        assert set(frames[1:]) == {"loss"}, option
    assert all(column for block in blocks if isinstance(block, Columns) for column in block.columns)


def test_a_range_over_series_is_drawn_from_end_to_end_without_a_share():
    figure = icon_array_figure("toxin_response.range", "gain")
    assert "Of one hundred people 73 to 98 have this, depending on the series" in text_of(
        figure.alt
    )
    counts = {
        name: svg.count("a3.4")
        for name, svg in re.findall(r'class="(icon-\w+)[^"]*" d="([^"]*)"', str(figure.svg))
    }
    assert counts == {"icon-none": 2, "icon-may": 25, "icon-sure": 73}


def test_a_shift_that_prints_as_nothing_is_said_in_a_word():
    base = make_plan().differential
    still = Contribution(
        feature="sleep", group="sleep", because=BROW, favours="hfs", over="tic", ratio=3.0,
        shift=0.0001, basis=RULE,
    )  # fmt: skip
    many = tuple(still.model_copy(update={"ratio": 2.0 + n}) for n in range(12))
    found = base.model_copy(update={"contributions": many})
    section = differential_section(make_plan(differential=found))
    assert in_front(section).count("| hardly |") == 8
    assert "likelihood ratio 13." in in_front(section)
    assert "likelihood ratio 2." in folded(section)
    assert "0 percentage points" not in words(section.children)


def test_the_reason_why_changes_are_not_judged_is_said_once_with_whom_it_concerns():
    first = make_plan().severity[1]
    second = first.model_copy(update={"code": "scale.jrs_total", "why_not": "no_repeatability"})
    first = first.model_copy(update={"why_not": "no_repeatability", "cautions": ("no_interval",)})
    text = words(severity_section(make_plan(severity=(first, second))).children)
    assert text.count("how much repeated ratings") == 1
    assert "Not judged (SMC grade, left; JRS sum, left): how much repeated" in text
    assert "Note (SMC grade, left): one of the two visits gives no interval" in text
    assert "Not a validated MCID" not in text


def test_a_worse_measure_is_never_behind_a_fold():
    base = make_plan().severity
    fillers = [base[2].model_copy(update={"rater": f"R{letter}"}) for letter in "ABCDEFGHIJ"]
    worse = base[0].model_copy(update={"code": "scale.tunc", "verdict": "worse"})
    section = severity_section(make_plan(severity=(*fillers, worse)))
    assert "Tunc grade, left" in in_front(section)
    assert "higher than repeatability explains: worse" in in_front(section)


def test_a_band_of_a_share_is_printed_in_the_unit_of_the_change():
    base = make_plan().severity[0]
    points = tuple(p.model_copy(update={"value": 0.5, "interval": None}) for p in base.points)
    share = base.model_copy(
        update={
            "code": "video.spasm_time_fraction", "unit": "1", "points": points,
            "change": -0.2, "band": (-0.33, 0.46), "verdict": "within_band",
        }
    )  # fmt: skip
    text = in_front(severity_section(make_plan(severity=(share,))))
    assert "−20 percentage points" in text
    assert "within repeatability (−33 to +46 percentage points)" in text
    assert "Not a validated MCID" in text


def test_questions_of_the_warning_signs_stand_in_front_by_what_is_to_be_done():
    missing = (
        Missing(code="history.fever", matters_for="gates"),
        Missing(code="exam.papilloedema", matters_for="gates"),
        Missing(code="preference.quick_relief", matters_for="options"),
    )
    never = Refusal(code="dose_or_conversion", outputs=("dose",), standing=True, basis=RULE)
    section = missing_section(make_plan(missing=missing, refusals=(never,)))
    assert "warning signs | Fever | Papilloedema | –" in in_front(section)
    assert "the options | Wants quick relief" in folded(section)
    assert "No dose is suggested" in folded(section)
    assert "No dose is suggested" not in in_front(section)


def test_a_long_list_of_entries_is_cut_in_front_and_whole_in_the_details():
    seen = tuple(because("exam.spasm", side="left", day=date(2026, 1, day)) for day in range(1, 8))
    gate = Gate(code="bilateral_or_switching", urgency="check", because=seen, basis=RULE)
    section = gates_section(make_plan(gates=(gate,)))
    assert "and 3 more" in in_front(section)
    assert folded(section).count("Spasm seen, left") == 7
    emergency = gate.model_copy(update={"urgency": "emergency"})
    assert in_front(gates_section(make_plan(gates=(emergency,)))).count("Spasm seen, left") == 7
    item = make_plan().mvd.checklist[0].model_copy(update={"because": seen})
    assert "and 5 more" in words((checklist_table((item,)),))
    assert "more" not in words((checklist_table((item,), None),))


def test_reasons_of_what_cannot_wait_stand_beside_it_and_others_in_the_details():
    section = gates_section(make_plan())
    boxes = [block for block in section.children if isinstance(block, Callout)]
    assert "may be a stroke" in words(boxes[:1])
    assert "Rests on: " not in words(boxes[1:])
    assert "Hearing or balance affected" in folded(section)
    assert text_of(boxes[2].title).endswith("(left)")
    assert HEARING.side == "left"
    assert date(2026, 3, 2) == DAY
