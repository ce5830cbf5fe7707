"""Letters and patient text: side first, old warnings dated, small shares, print, discharge."""

from __future__ import annotations

import io
import re
from collections import Counter
from datetime import timedelta

import pytest
from plan_fixtures import make_chart
from plan_fixtures import make_plan as plan_by_hand
from pypdf import PdfReader
from reason_charts import DAY, chart, operation, seen, toxin
from test_report_plain import CHARTS, CYCLES, MRI, SPASM

from hemispasm.model.chart import Chart
from hemispasm.model.plan import Basis, Because, Gate, Plan, Refusal
from hemispasm.model.texts import load_texts
from hemispasm.model.treatment import Treatments
from hemispasm.reason.plan import make_plan
from hemispasm.report.document import Document, Table, text_of
from hemispasm.report.gate_age import earlier_day
from hemispasm.report.letters import build_letters
from hemispasm.report.pdf import render_pdf
from hemispasm.report.plain_language import build_patient_text
from hemispasm.report.text import render_text
from hemispasm.report.typst_source import typst_pages

DISPUTED = chart(seen("history.spasm", side="left"), seen("exam.spasm", side="right"))
OLD_STROKE = chart(*SPASM, seen("history.sudden_deficit", days=-1461), country="GB")
OPERATED = chart(
    *SPASM,
    seen("emg.lateral_spread_at_surgery", "lost_at_decompression", "left", days=-6),
    seen("exam.facial_power", "normal", "left", days=-6),
    seen("exam.hearing", "normal", "left", days=-2),
    seen("exam.wound", "clean", days=-1),
    country="GB",
    clinic_type="neurosurgery",
    treatments=Treatments(operations=(
        operation(
            6, side="left", approach="microscopic", technique="interposition", vessels=("AICA",),
            level_of_care="ward", complications=(), relief_day=DAY - timedelta(days=5),
        ),
    )),
)  # fmt: skip
RICH = chart(
    *SPASM,
    *MRI,
    seen("history.duration", 35.0),
    seen("video.spasm_rate", 14.5, "left", interval=(7.1, 25.4), level=0.95),
    seen("video.spasm_rate", 0.0, "right", interval=(0.0, 9.0), level=0.95),
    seen("video.spasm_rate", 3.0, "left", interval=(1.0, 9.0), level=0.95, days=-90),
    seen("emg.burst_rate", 31.0, "left", interval=(21.0, 43.0), level=0.95),
    seen("exam.synkinesis", "absent", "left"),
    seen("exam.other_babinski", "absent", "right", days=-40),
    seen("exam.mouth_corner", "lateral", "left"),
    seen("exam.synchronous_bursts", side="left"),
    seen("exam.facial_power", "reduced", "left"),
    seen("emg.lateral_spread", "present", "left"),
    seen("imaging.offending_vessel", "aica", "left"),
    seen("scale.smc", 2.0, "left"),
    seen("scale.vas_severity", 60.0),
    seen("scale.jrs_total", 4.0, "left"),
    seen("history.sudden_deficit", days=-400),
    seen("history.eye_pain", side="left"),
    seen("history.hearing_loss", side="left"),
    country="GB",
    clinic_type="neurosurgery",
    treatments=CYCLES,
)
ALL = CHARTS | {"disputed": DISPUTED, "old_stroke": OLD_STROKE, "operated": OPERATED, "rich": RICH}


def papers_of(found: Chart, plan: Plan | None = None) -> dict[str, Document]:
    plan = plan or make_plan(found)
    return {"patient": build_patient_text(plan, found), **build_letters(plan, found)}


@pytest.mark.parametrize("name", list(ALL))
def test_every_letter_names_case_day_side_and_diagnosis_in_its_first_lines(name: str) -> None:
    found, plan = ALL[name], make_plan(ALL[name])
    side = f"Side: the patient's {plan.side.side} side"
    if plan.side.conflict:
        side = "Side: disputed. The sources disagree on the side: history: left; examination: right"
    elif plan.side.side is None:
        side = "Side: not known."
    leads = plan.differential is not None and plan.differential.leading is not None
    diagnosis = "hemifacial spasm. Not tested" if leads else "none"
    for made in build_letters(plan, found).values():
        first = made.summary.text
        assert "Case: P-1. This letter says what was on file on 2 March 2026." in first
        assert side in first
        assert f"Working diagnosis in this model: {diagnosis}" in first
        assert not first.endswith(": none. ")


def test_letters_and_patient_text_name_one_side_and_swap_it_with_the_patient() -> None:
    for found, side, other in ((RICH, "left", "right"), (RICH.mirrored(), "right", "left")):
        made = papers_of(found)
        assert f"The spasms are on your {side} side." in made["patient"].summary.text
        for kind in ("referral_answer", "plan", "hand_back"):
            assert f"the patient's {side} side" in made[kind].summary.text
            assert f"the patient's {other} side" not in render_text(made[kind])


def test_no_letter_names_a_leading_diagnosis_where_none_leads() -> None:
    for name in ("empty", "emergency", "child"):
        for made in build_letters(make_plan(ALL[name]), ALL[name]).values():
            assert "this model: hemifacial spasm" not in made.summary.text
    assert "The patient is, or may be, a child." in papers_of(ALL["child"])["plan"].summary.text


def test_small_shares_are_told_together_and_larger_ones_with_their_band() -> None:
    text = render_text(papers_of(make_chart(), plan_by_hand())["referral_answer"])
    assert "hemifacial spasm: 93 % (80 % interval 85 to 97 %)" in text
    assert "something else: 2 % (80 % interval 1 to 5 %)" in text
    assert "Each of the others: below one per cent." in text
    assert "tic" not in re.findall(r"^- ([a-z ]+):", text, re.MULTILINE)
    for name in ("mvd_before", "rich"):
        text = render_text(papers_of(ALL[name])["referral_answer"])
        assert not re.findall(r": 0\.\d+ % \(80 %", text)


def test_an_old_emergency_is_dated_before_its_action_and_keeps_gate_and_number() -> None:
    made = papers_of(OLD_STROKE)
    for kind, document in made.items():
        banner = document.banners[0]
        assert banner.tone == "emergency"
        said = banner.body[0].text
        assert "2 March 2022" in said, kind
        assert "says how it ended: ask today" in said
        assert said.index("ask today") < said.index("Call 999 now.")
    for document in papers_of(CHARTS["emergency"]).values():
        assert "says how it ended" not in render_text(document)
        assert "Call 999 now." in document.banners[0].body[0].text


def test_a_treatment_on_record_does_not_make_an_old_sign_new() -> None:
    def because(code: str, days: int) -> Because:
        return Because(code=code, value="present", day=DAY - timedelta(days=days), origin="told")

    def gate(*found: Because, urgency: str = "urgent") -> Gate:
        return Gate(code="csf_leak", urgency=urgency, because=found, basis=Basis())

    plan = make_plan(CHARTS["empty"])
    old = DAY - timedelta(days=300)
    sign, record = because("history.watery_discharge", 300), because("record.operation", 0)
    assert earlier_day(gate(sign, record), plan) == old
    assert earlier_day(gate(sign, because("history.fever", 0)), plan) is None
    assert earlier_day(gate(sign, because("record.toxin_effect", 0)), plan) is None
    assert earlier_day(gate(sign, urgency="soon"), plan) is None
    assert earlier_day(gate(because("record.operation", 9)), plan) == DAY - timedelta(days=9)


def test_figures_of_options_alone_are_withheld_from_patient_and_referrer() -> None:
    found = CHARTS["mvd_before"]
    plan = make_plan(found)
    # What is withheld of toxin and other procedures may be refused without the rest.
    held = Refusal(code="pregnancy", outputs=("option_figures",), basis=Basis())
    refused = plan.model_copy(update={"refusals": (*plan.refusals, held)})
    before, after = papers_of(found), papers_of(found, refused)
    figures = {"patient": "In 73 to 98 of 100 people", "referral_answer": "73 to 98.4 %"}
    for kind, figure in figures.items():
        assert figure in render_text(before[kind])
        assert figure not in render_text(after[kind])
    assert "You are pregnant, or you may be." in render_text(after["patient"])
    assert "would not apply and are not given" in render_text(after["referral_answer"])


def tables_in(document: Document, ident: str) -> list[Table]:
    return [b for b in document.section(ident).children if isinstance(b, Table)]


def test_findings_stand_once_in_the_order_of_a_clinician() -> None:
    table = tables_in(papers_of(RICH)["referral_answer"], "findings")[0]
    labels = [text_of(row[0]) for row in table.groups[0].rows]
    assert len(labels) == len(set(labels))
    order = ("Spasms per minute", "Other Babinski sign", "Lateral spread response", "SMC grade")
    assert [label for label in labels if label in order] == list(order)
    assert len(labels) <= 18
    text = render_text(papers_of(RICH)["referral_answer"])
    assert "left: 14.5 /min (95 % interval 7.1 to 25.4); right: 0 /min" in text
    assert "3.0 /min" not in text
    assert "left: present (seen on examination, 2 March 2026); right: absent" in text


def test_options_are_a_table_to_tick_and_treatments_on_file_are_named() -> None:
    letter = papers_of(RICH)["referral_answer"]
    options = tables_in(letter, "options")[0]
    assert [row[0][0].text for row in options.groups[0].rows][:3] == [
        "☐ Watching", "☐ Botulinum toxin", "☐ Microvascular decompression",
    ]  # fmt: skip
    text = render_text(letter)
    assert "botulinum toxin, last on 11 January 2026, the patient's left side" in text
    assert "not on file whether there were any" in render_text(
        papers_of(CHARTS["work_up"])["referral_answer"]
    )


@pytest.mark.parametrize("name", list(ALL))
def test_letters_fit_two_pages_and_the_patient_text_six(name: str) -> None:
    for kind, document in papers_of(ALL[name]).items():
        pages = PdfReader(io.BytesIO(render_pdf(document))).pages
        assert len(pages) <= (6 if kind == "patient" else 2), kind


def test_patients_read_large_type_and_clinicians_the_usual() -> None:
    sizes: Counter[float] = Counter()

    def count(text: str, _cm: object, tm: list[float], _font: object, size: float) -> None:
        sizes[round(abs(tm[3]) * size, 1)] += len(text.strip())

    made = papers_of(CHARTS["observation"])
    for page in PdfReader(io.BytesIO(render_pdf(made["patient"]))).pages:
        page.extract_text(visitor_text=count)
    assert sizes.most_common(1)[0][0] >= 11.5
    assert "size:" not in typst_pages(made["plan"]).lines[0]


def test_driving_is_a_rule_to_ask_about_and_never_an_order() -> None:
    plain = {k: v for k, v in load_texts().items() if k.startswith("plain.")}
    order = re.compile(r"do not drive|you must not drive|stop driving", re.IGNORECASE)
    assert not [key for key, text in plain.items() if order.search(text)]
    driving = [v for k, v in plain.items() if k.startswith("plain.driving.") and "title" not in k]
    assert len(driving) == 3
    assert all("Ask your doctor" in text for text in driving)
    fits = [plain[f"plain.gate.{code}.do"] for code in ("seizure_generalised", "focal_seizure")]
    assert all("Ask if you may drive before you drive again." in text for text in fits)


def test_a_draft_never_keeps_a_patient_from_calling_for_help() -> None:
    made = papers_of(CHARTS["emergency"])["patient"]
    draft = next(banner for banner in made.banners if banner.tone == "draft")
    said = draft.body[0].text
    assert "call for help at once if you need it" in said
    assert "Do not act" not in said


def test_the_program_does_not_speak_for_the_doctors() -> None:
    for name in ("observation", "work_up", "mvd_after"):
        text = render_text(papers_of(ALL[name])["patient"])
        assert "your doctors think" not in text
        assert "Your doctors decide" in text or "nothing stands out yet" in text


def test_the_discharge_letter_dates_palsy_hearing_and_judgement() -> None:
    text = render_text(papers_of(OPERATED)["discharge"])
    for said in (
        "look for it from 25 February 2026 to 9 April 2026",
        "Hearing tests: 3 March 2026; 26 March 2026; 24 February 2027.",
        "Spasm before 26 August 2026 (six months) is not failure.",
        "until 24 February 2027 (a year)",
        "Lateral spread during the operation, left: lost at decompression",
        "The record says: none.",
        "State of the wound: clean (1 March 2026).",
        "First day without spasm: 25 February 2026",
        "Emergency number: 999",
        "Surgical team, at night and at weekends: ……",
    ):
        assert said in text


def test_what_was_found_before_the_operation_is_not_the_state_after_it() -> None:
    text = render_text(papers_of(OPERATED)["discharge"])
    state = text[text.index("State since the operation") : text.index("What to watch")]
    assert "normal (seen on examination, 28 February 2026)" in state
    assert "Not on file since the operation: Facial power, House-Brackmann grade" in state


def test_dates_of_a_decompression_are_not_given_for_another_operation() -> None:
    other = chart(
        *SPASM,
        treatments=Treatments(
            operations=(operation(400, side="left"), operation(20, side="left", kind="other"))
        ),
    )
    text = render_text(papers_of(other)["discharge"])
    assert "none are given for this operation. New weakness needs a call" in text
    assert "Hearing tests: no date is set." in text
    assert "(six months) is not failure" not in text
    assert "27 January 2025" not in text


def test_visits_stand_in_the_order_of_their_days() -> None:
    cycles = Treatments(toxin=(toxin(340, side="left"), toxin(50, side="left")))
    found = chart(*SPASM, treatments=cycles)
    made, plan = papers_of(found), make_plan(found)
    due = [visit.due for visit in plan.follow_up.visits if visit.due]
    assert due != sorted(due)
    days = [row[0] for row in tables_in(made["plan"], "dates")[0].groups[0].rows]
    told = [next(p.day for p in cell if hasattr(p, "day")) for cell in days]
    assert told == sorted(due)
