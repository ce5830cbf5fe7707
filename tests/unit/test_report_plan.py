"""The reasoned part of a case report: gates first, sides right, nothing ranked unsaid."""

from __future__ import annotations

import re

import pytest
from plan_fixtures import CASE, make_chart, make_plan
from plan_parts import BROW, DAY, HEARING, RULE, because
from report_fixtures import make_document, make_traces
from report_page import SIGNED, Page

from hemispasm.model.plan import (
    AuditedRate,
    Basis,
    CauseView,
    Gate,
    Plan,
    PossibleCause,
    Refusal,
    SideView,
    WorkUpStep,
)
from hemispasm.report.case_report import VisitPart, build_case_report
from hemispasm.report.document import Callout, Section
from hemispasm.report.html import render_html
from hemispasm.report.plan_differential import causes_section, differential_section
from hemispasm.report.plan_follow_up import follow_up_section, missing_section
from hemispasm.report.plan_gates import gate_banners, gates_section
from hemispasm.report.plan_mvd import mvd_section
from hemispasm.report.plan_options import options_section
from hemispasm.report.plan_report import build_plan_report
from hemispasm.report.plan_severity import severity_section
from hemispasm.report.plan_side import side_section
from hemispasm.report.plan_summary import plan_summary
from hemispasm.report.plan_toxin import toxin_section
from hemispasm.report.plan_work_up import work_up_section
from hemispasm.report.text import render_text


def said(section: Section | None) -> str:
    """Words of one section on one line."""
    assert section is not None
    document = build_plan_report(CASE, make_plan(), make_chart())
    alone = type(document)(document.title, document.mark, (), document.summary, (section,))
    return " ".join(render_text(alone).split())


@pytest.fixture(scope="module")
def page() -> str:
    return render_html(build_plan_report(CASE, make_plan(), make_chart()))


def test_no_digit_of_a_plan_stands_outside_a_marked_node(page):
    stray = [text for text, marked in Page(page).pieces if not marked and re.search(r"\d", text)]
    assert stray == []


def test_every_link_of_a_plan_reaches_its_source(page):
    tags = Page(page).tags
    idents = [a["id"] for _, a in tags if "id" in a]
    assert len(idents) == len(set(idents))
    cited = [a["href"][1:] for t, a in tags if t == "a" and a.get("class") == "cite"]
    assert len(cited) > 20
    assert set(cited) <= set(idents)


def test_the_page_of_a_plan_carries_no_inline_style_and_no_address(page):
    assert not [n for _, a in Page(page).tags for n in a if n == "style" or n.startswith("on")]
    for tag, attributes in Page(page).tags:
        for name in ("src", "href", "action"):
            assert re.match(r"(data:|#)", attributes.get(name) or "#"), (tag, attributes)


def test_the_page_of_a_plan_says_what_its_plain_text_says(page):
    built = build_plan_report(CASE, make_plan(), make_chart())
    html = re.sub(r"(?s)<(nav|button)\b.*?</\1>", " ", page).replace("Skip to the report", "")
    html = re.sub(r'(?s)<span class="page-title">.*?</span></div>', "</div>", html)
    html = html.replace("Data of this figure as a table", "")
    assert re.findall(r"\w+", Page(html).text) == re.findall(r"\w+", render_text(built))


def test_gates_stand_before_everything_and_the_most_urgent_first():
    built = build_plan_report(CASE, make_plan(), make_chart())
    assert built.banners[0].tone == "emergency"
    assert "stroke" in "".join(str(part) for part in built.banners[0].title)
    assert built.sections[0].ident == "gates"
    tones = [block.tone for block in built.sections[0].children if isinstance(block, Callout)]
    assert tones == ["emergency", "warning", "warning"]


def test_a_gate_says_its_urgency_in_words_its_finding_its_day_and_what_to_do():
    text = said(gates_section(make_plan()))
    assert "▲▲▲ Emergency: Possible stroke" in text
    assert "Do: Call 999 now." in text
    assert "New hearing loss, left: present (told by the patient, 2 March 2026)" in text
    assert "expert rule" in text


def test_without_a_country_a_gate_names_no_number():
    plan = make_plan()
    follow_up = plan.follow_up.model_copy(update={"emergency_number": None, "country": None})
    text = said(gates_section(plan.model_copy(update={"follow_up": follow_up})))
    assert "Call the local emergency number now." in text
    assert "999" not in text


def test_no_gate_reassures_nobody_and_counts_what_was_not_asked():
    plan = make_plan(gates=())
    text = said(gates_section(plan))
    assert "does not mean that there is no emergency" in text
    assert "not asked about or not looked for: 2" in text
    assert gate_banners(plan) == ()


def test_a_gate_without_a_text_is_still_shown_by_its_code():
    gate = Gate(code="new_danger", urgency="emergency", because=(HEARING,), basis=RULE)
    assert "▲▲▲ Emergency: new danger" in said(gates_section(make_plan(gates=(gate,))))


def mirrored(plan: Plan) -> Plan:
    swap = {'"left"': '"right"', '"right"': '"left"'}
    return Plan.model_validate_json(
        re.sub(r'"(left|right)"', lambda m: swap[m[0]], plan.model_dump_json(by_alias=True))
    )


def test_a_plan_of_the_other_side_prints_the_other_side_everywhere():
    built = build_plan_report(CASE, make_plan(), make_chart())
    other = build_plan_report(CASE, mirrored(make_plan()), make_chart().mirrored())
    one, two = (render_text(d) for d in (built, other))
    swapped = re.sub(r"\b(left|right)\b", lambda m: {"left": "right", "right": "left"}[m[0]], one)
    assert len(re.findall(r"\bleft\b", one)) > 20
    assert two.splitlines() == swapped.splitlines()


def test_sources_that_disagree_on_the_side_leave_no_side():
    other = because("exam.spasm", side="right")
    plan = make_plan(side=SideView(conflict=True, because=(BROW, other)))
    assert "the sources disagree" in plan_summary(plan, make_chart()).text
    text = said(side_section(plan))
    assert "Other Babinski sign, left: present" in text
    assert "Spasm seen, right: present" in text
    assert "agree on" not in text


def test_the_summary_names_side_sources_leading_class_severity_and_draft():
    text = plan_summary(make_plan(), make_chart()).text
    assert "Side: left. 3 kinds of source say so (history, examination, video), none" in text
    assert "in this model hemifacial spasm leads, with a share of 93 % (80 % interval" in text
    assert "spasms per minute, left 14.5 /min (95 % interval 7.1 to 25.4)" in text
    assert "DRAFT" in text
    assert "DRAFT" not in plan_summary(make_plan(), make_chart(), signed=True).text


def test_the_differential_shows_its_setting_and_that_it_is_no_diagnosis():
    text = said(differential_section(make_plan()))
    assert "not a diagnosis" in text
    assert "movement-disorder clinic" in text
    assert "another setting gives another result" in text


def test_contributions_stand_by_strength_with_cap_machine_and_source():
    text = said(differential_section(make_plan()))
    strong, machine, weak = (text.index(f"ratio {ratio}") for ratio in ("20", "3.4", "1.2"))
    assert strong < machine < weak
    assert "for hemifacial spasm over blepharospasm, likelihood ratio 20, capped" in text
    assert text.count("not validated on patients") == 1
    assert "Pawlowski 2013, Varanda 2017" in text
    assert "49 of 63 patients" in text


def test_a_withheld_differential_prints_the_refusal_and_no_share():
    refusal = Refusal(code="child", outputs=("differential",), basis=RULE)
    text = said(differential_section(make_plan(differential=None, refusals=(refusal,))))
    assert "Not shown for this patient: " in text
    assert "93 %" not in text.split("DRAFT: a person", 1)[1]


def test_nothing_is_called_excluded_without_a_radiologists_report():
    text = said(causes_section(make_plan())).replace("Nobody may say that a secondary cause is", "")
    assert "nobody has looked" in text
    tumour = PossibleCause(name="tumour", status="not_seen", basis=RULE)
    view = CauseView(
        causes=(tumour,), secondary_report_day=DAY, secondary_report="no_secondary_cause"
    )
    told = said(causes_section(make_plan(causes=view)))
    assert "A radiologist's report of 2 March 2026 says on a secondary cause" in told
    assert "Nobody may say" not in told


def test_cautions_stand_before_the_tests_and_words_say_what_would_change_most():
    text = said(work_up_section(make_plan()))
    assert text.index("Ask first") < text.index("Tests not done yet")
    assert "most (expected information 0.21 bits)" in text
    assert "little (expected information 0.06 bits)" in text


def test_a_best_test_that_tells_next_to_nothing_is_not_called_most():
    step = WorkUpStep(test="night_video", information_bits=0.01, basis=RULE)
    text = said(work_up_section(make_plan(work_up=(step,))))
    assert "little (expected information 0.01 bits)" in text


def test_a_repeatability_band_is_never_called_an_important_difference():
    text = said(severity_section(make_plan()))
    assert "Not a validated MCID" in text
    assert "higher than repeatability explains: worse" in text
    assert "HFS-7 score | one visit only" in text


def test_options_keep_their_order_and_say_that_it_is_no_ranking():
    plan = make_plan()
    table = options_section(plan)
    text = said(table)
    assert "is no ranking" in text
    grid = plan.options.model_copy(
        update={
            "by_values": ("mvd", "toxin", "observation"),
            "no_ranking": None,
            "values": (because("preference.lasting_relief", "important", origin="told"),),
        }
    )
    ranked = options_section(make_plan(options=grid))
    ordered = said(ranked)
    assert "Ordered by what the patient said matters" in ordered
    assert "is no ranking" not in ordered
    assert columns_of(table) == list(reversed(columns_of(ranked)))


def columns_of(section: Section) -> list[str]:
    grid = next(block for block in section.children if getattr(block, "layout", "") == "grid")
    return list(grid.columns[1:])


def test_figures_carry_interval_sample_and_source_and_those_that_disagree_stay_together():
    text = said(options_section(make_plan()))
    assert "95 % interval 55 to 97 %) for a new centre [6 990 patients; Auger 1986" in text
    assert "80 % [n not stated; PatientPageUCLA, quoted elsewhere]" in text
    assert "Barker 1995, abstract only" in text


def test_the_course_of_surgery_counts_only_those_relieved_in_the_end():
    text = said(mvd_section(make_plan()))
    assert "of those relieved in the end" in text
    assert "not where one patient's chance lies" in text
    assert "Thirumala 2020" in text
    assert "IOM 2022" in text
    assert text.index("▲ caution") < text.index("○ open") < text.index("✓ done")


def test_an_own_audit_replaces_the_published_rate_and_says_so():
    rate = AuditedRate(
        origin="own_centre", share=0.9, band=(0.8, 0.96), operated=40, good=36,
        definition="no spasm at twelve months", basis=Basis(),
    )  # fmt: skip
    mvd = make_plan().mvd.model_copy(update={"rate": rate})
    text = said(mvd_section(make_plan(mvd=mvd)))
    assert "this centre's own audit: 90 % (95 % interval 80 to 96 %)" in text
    assert "36 of 40 patients, no spasm at twelve months" in text


def test_after_surgery_too_early_and_the_days_of_palsy_are_said():
    late = DAY.replace(day=30)
    view = make_plan().mvd.model_copy(
        update={
            "phase": "after", "operated_on": DAY, "days_since": 12, "too_early": True,
            "palsy_watch": (DAY, late),
        }
    )  # fmt: skip
    text = said(mvd_section(make_plan(mvd=view)))
    assert "Too early to call this a failure" in text
    assert "delayed facial palsy from 2 March 2026 to 30 March 2026" in text
    assert "12 days before this report" in text


def test_toxin_prints_units_with_their_product_and_gives_no_dose():
    text = said(toxin_section(make_plan()))
    assert "onabotulinumtoxinA | left | orbicularis oculi 12.5 U" in text
    assert "No dose is suggested." in text
    assert "for 80 % of such cycles between 8 March 2026 and 24 May 2026" in text
    assert "○ not asked yet" in text


def test_follow_up_gives_the_number_of_the_country_or_says_that_it_is_not_known():
    plan = make_plan()
    assert "999" in said(follow_up_section(plan))
    follow_up = plan.follow_up.model_copy(update={"emergency_number": None})
    assert "999" not in said(follow_up_section(plan.model_copy(update={"follow_up": follow_up})))


def test_what_is_missing_is_named_with_what_it_matters_for():
    text = said(missing_section(make_plan()))
    assert "warning signs | Fever, Seizure" in text
    assert "Unknown is never taken as absent" in text


def test_what_is_never_said_is_kept_apart_from_what_is_withheld_here():
    never = Refusal(code="dose_or_conversion", outputs=("dose",), standing=True, basis=RULE)
    here = Refusal(code="redo", outputs=("mvd_figures",), basis=RULE)
    text = said(missing_section(make_plan(refusals=(never, here))))
    assert text.index("This side has been decompressed") < text.index("Never said here")
    assert text.index("Never said here") < text.index("No dose is suggested")


def test_a_case_with_recordings_has_gates_first_and_keeps_every_measured_section():
    document = make_document()
    visit = VisitPart(DAY, document, make_traces(list(document.events)))
    alone = build_case_report(CASE, [visit])
    woven = build_case_report(CASE, [visit], plan=make_plan(), chart=make_chart())
    idents = [section.ident for section in woven.sections]
    assert idents[:4] == ["gates", "overview", "side", "record"]
    assert idents.index("findings") < idents.index("differential") < idents.index("sources")
    assert {section.ident for section in alone.sections} <= set(idents)
    assert woven.banners[0].tone == "emergency"
    assert woven.summary.text.count("14.5 /min") == alone.summary.text.count("14.5 /min")
    assert "DRAFT" in woven.summary.text
    tags = Page(render_html(woven)).tags
    targets = {a["id"] for _, a in tags if "id" in a}
    assert {a["href"][1:] for t, a in tags if t == "a"} <= targets


def test_a_plan_without_its_chart_is_refused():
    document = make_document()
    visit = VisitPart(DAY, document, make_traces(list(document.events)))
    with pytest.raises(ValueError, match="chart"):
        build_case_report(CASE, [visit], plan=make_plan())


def test_a_signed_plan_is_no_draft_and_a_simulated_one_says_so():
    text = render_text(build_plan_report(CASE, make_plan(), make_chart(), signed=SIGNED))
    assert "DRAFT" not in text
    assert "Signed by AB" in text
    made_up = render_text(build_plan_report(CASE, make_plan(simulated=True), make_chart()))
    assert "SIMULATED" in made_up
