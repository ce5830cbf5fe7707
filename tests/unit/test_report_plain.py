"""The text for patients: plain words by measure, help first, honest numbers, no promises."""

from __future__ import annotations

import io
import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest
from plan_fixtures import make_chart, make_plan
from pypdf import PdfReader
from reason_charts import DAY, UNTREATED, chart, operation, seen, toxin

from hemispasm.evidence import lookup_evidence
from hemispasm.model import Signature
from hemispasm.model.chart import Chart
from hemispasm.model.plan import CLASSES, Plan
from hemispasm.model.texts import load_texts
from hemispasm.model.treatment import Centre, Treatments
from hemispasm.reason import plan as reason
from hemispasm.report.document import Document, FromEvidence, FromFinding, Number
from hemispasm.report.html import render_html
from hemispasm.report.pdf import render_pdf
from hemispasm.report.plain_language import build_patient_text
from hemispasm.report.reading_ease import count_syllables, reading_grade, sentences_in
from hemispasm.report.text import render_text

# Sections without prose of ours: names of studies, which a doctor looks up for the patient.
NOT_PROSE = ("sources",)
# Terms taken out before the grade is measured; empty, because the texts pass with every word.
UNAVOIDABLE: dict[str, str] = {}
SPASM = (
    seen("history.spasm", side="left"),
    seen("exam.spasm", side="left"),
    seen("exam.other_babinski", side="left"),
)
MRI = (
    seen("imaging.radiologist_report", "no_secondary_cause"),
    seen("imaging.study", "mri_high_resolution"),
    seen("imaging.vessel_contact", side="left"),
)
CYCLES = Treatments(
    toxin=(
        toxin(
            200,
            product="onabotulinumtoxinA",
            side="left",
            benefit_until=DAY - timedelta(days=110),
        ),
        toxin(50, product="onabotulinumtoxinA", side="left"),
    )
)
CHARTS: dict[str, Chart] = {
    "work_up": chart(*SPASM, country="GB", clinic_type="movement_disorder"),
    "observation": chart(
        *SPASM,
        *MRI,
        seen("video.spasm_rate", 14.5, "left", interval=(7.1, 25.4), level=0.95),
        seen("video.spasm_time_fraction", 0.12, "left", interval=(0.08, 0.17), level=0.95),
        seen("scale.smc", 2.0, "left"),
        seen("scale.vas_severity", 60.0),
        seen("history.impact_driving", "severe"),
        seen("preference.lasting_relief", "most"),
        country="DE",
        clinic_type="neurosurgery",
        treatments=UNTREATED,
    ),
    "toxin": chart(*SPASM, *MRI, country="JP", treatments=CYCLES),
    "mvd_before": chart(*SPASM, *MRI, country="US", clinic_type="neurosurgery"),
    "mvd_after": chart(
        *SPASM, country="US", treatments=Treatments(operations=(operation(20, side="left"),))
    ),
    "second_operation": chart(
        *SPASM, treatments=Treatments(operations=(operation(900, side="left"),))
    ),
    "emergency": chart(
        *SPASM,
        seen("history.sudden_deficit"),
        seen("history.eye_pain", side="left"),
        seen("history.hearing_loss", side="left"),
        country="GB",
    ),
    "seizure": chart(seen("exam.rhythmic_movement"), seen("history.spread_to_tongue_or_limb")),
    "child": chart(*SPASM, seen("history.age", 12.0)),
    "pregnancy": chart(*SPASM, seen("history.pregnancy"), seen("history.age", 30.0)),
    "post_paralytic": chart(*SPASM, seen("history.prior_facial_palsy", side="left")),
    "empty": chart(),
}
FORBIDDEN = (
    r"not an emergency",
    r"no emergency",
    r"harmless",
    r"nothing to worry",
    r"do not worry",
    r"\bcur(e|es|ed|able)\b",
    r"your chance",
    r"you have hemifacial",
    r"guarantee",
    r"\bsafe\b",
    r"\bdose\b",
    r"\bunits?\b",
    r"tumour excluded",
    r"ruled out a",
)


def plan_of(name: str) -> Plan:
    return reason.make_plan(CHARTS[name])


@pytest.fixture(scope="module")
def documents() -> dict[str, Document]:
    made = {name: build_patient_text(plan_of(name), seen_) for name, seen_ in CHARTS.items()}
    made["by_hand"] = build_patient_text(make_plan(), make_chart())
    return made


def grade_of(*blocks: object) -> float:
    sentences = sentences_in(blocks)  # type: ignore[arg-type]
    for term in UNAVOIDABLE:
        sentences = [re.sub(term, "it", sentence) for sentence in sentences]
    return reading_grade(sentences)


@pytest.mark.parametrize("name", [*CHARTS, "by_hand"])
def test_the_whole_text_reads_at_grade_eight_and_each_section_at_nine(
    documents: dict[str, Document], name: str
) -> None:
    made = documents[name]
    prose = [section for section in made.sections if section.ident not in NOT_PROSE]
    assert grade_of(*made.banners, made.summary, *prose) <= 8
    for section in prose:
        assert grade_of(section) <= 9, section.ident


SYLLABLES = """
one: face eye eyes nerve scan moved moves closed called year through weight tongue wound can't don't
two: spasm muscle doctor closes needed muscles tumour vessel hearing people every didn't
two: being going quiet patient centre surgeon special clinic movement treatment
three: hospital family media video idea area pregnancy swallowing injection paralysed decision
four: operation emergency anaesthetic hemifacial botulinum neurologist epilepsy usually
five: radiologist microvascular
"""
SPOKEN = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}


def known_syllables() -> Iterator[tuple[str, int]]:
    for line in SYLLABLES.strip().splitlines():
        number, _, words = line.partition(": ")
        yield from ((word, SPOKEN[number]) for word in words.split())


def test_syllables_are_counted_as_they_are_spoken() -> None:
    wrong = {w: count_syllables(w) for w, n in known_syllables() if count_syllables(w) != n}
    assert not wrong


def test_numbers_are_counted_as_they_are_spoken() -> None:
    spoken = {"7": 2, "11": 3, "86": 3, "100": 3, "5.4": 3, "2026": 6}
    assert {number: count_syllables(number) for number in spoken} == spoken


def test_hard_text_gets_a_high_grade_and_short_pieces_do_not_lower_it() -> None:
    hard = (
        "Electrophysiological investigation of abnormal neuromuscular transmission necessitates"
        " sophisticated instrumentation and considerable interpretative experience."
    )
    assert reading_grade([hard]) > 18
    with pytest.raises(ValueError, match="needs words"):
        reading_grade(["–", ""])


@pytest.mark.parametrize("name", [*CHARTS, "by_hand"])
def test_help_comes_first_with_every_sign_and_nothing_is_promised(
    documents: dict[str, Document], name: str
) -> None:
    made = documents[name]
    assert made.sections[0].ident == "help"
    text = render_text(made)
    signs = [v for k, v in load_texts().items() if k.startswith("plain.escalation.")]
    assert len(signs) == 11
    assert all(sign in text for sign in signs)
    found = [words for words in FORBIDDEN if re.search(words, text, re.IGNORECASE)]
    assert not found
    assert "%" not in text
    assert "[" not in text
    assert "This is not a diagnosis." in text


def test_the_number_to_call_is_that_of_the_country_or_a_line_to_fill_in(
    documents: dict[str, Document],
) -> None:
    assert "Call 119 at once" in render_text(documents["toxin"])
    unknown = render_text(documents["empty"])
    assert "Call your local emergency number at once" in unknown
    assert "Write the emergency number here" in unknown


def test_emergencies_stand_above_everything_in_plain_words(
    documents: dict[str, Document],
) -> None:
    tones = [banner.tone for banner in documents["emergency"].banners]
    assert tones == ["emergency", "urgent", "draft"]
    text = render_text(documents["emergency"])
    assert text.index("Get help now: This may be a stroke") < text.index("Your face spasms")
    assert "Call 999 now." in text
    assert "Your eye is at risk (your left side)" in text
    assert "urgent" in [banner.tone for banner in documents["seizure"].banners]


def test_left_and_right_swap_and_nothing_else_does() -> None:
    swap = {"left": "right", "right": "left"}
    for name in ("observation", "mvd_after", "emergency", "toxin"):
        mirrored = CHARTS[name].mirrored()
        there = render_text(build_patient_text(plan_of(name), CHARTS[name]))
        back = render_text(build_patient_text(reason.make_plan(mirrored), mirrored))
        assert "your left side" in there
        assert "your left side" not in back
        assert re.sub(r"\b(left|right)\b", lambda m: swap[m[0]], there) == back


def test_a_disputed_side_is_said_and_no_side_is_chosen() -> None:
    disputed = chart(seen("history.spasm", side="left"), seen("exam.spasm", side="right"))
    text = render_text(build_patient_text(reason.make_plan(disputed), disputed))
    assert "do not agree on the side" in text
    assert "The spasms are on" not in text


def numbers_in(document: Document) -> list[Number]:
    def walk(node: object) -> Iterator[Number]:
        if isinstance(node, Number):
            yield node
        elif isinstance(node, tuple):
            for each in node:
                yield from walk(each)
        elif hasattr(node, "__dataclass_fields__"):
            for field in node.__dataclass_fields__:
                yield from walk(getattr(node, field))

    return list(walk((document.banners, document.summary, document.sections)))


def test_every_published_number_is_listed_with_its_study(documents: dict[str, Document]) -> None:
    for made in documents.values():
        sources = "\n".join(sentence for sentence in sentences_in([made.section("sources")]))
        found = {n.source.key for n in numbers_in(made) if isinstance(n.source, FromEvidence)}
        assert all(lookup_evidence(key).label in sources for key in found)
        assert ("of 100" in render_text(made)) is bool(found)
    text = render_text(documents["observation"])
    assert "Weidemeier 2025, 135 patients" in text


def test_gains_and_losses_are_told_in_one_frame(documents: dict[str, Document]) -> None:
    text = render_text(documents["observation"])
    told = re.findall(r"(?:In|in|It was) (\d+) of 100[^.]*\. In (\d+)\b", text)
    assert len(told) >= 8
    assert all(int(have) + int(lack) == 100 for have, lack in told)
    assert (
        "In 86 of 100 people the result was in the best group of the study. In 14 the spasms"
        in text
    )
    assert "Hearing on that side stayed worse in 3 of 100. In 97 it did not." in text
    assert "Other sources say that this is very rare." in text


def test_no_figure_is_given_to_those_whom_no_study_is_about(
    documents: dict[str, Document],
) -> None:
    for name in ("child", "pregnancy", "post_paralytic"):
        text = render_text(documents[name])
        assert "We have no numbers that fit you." in text
        assert "of 100" not in text
    assert "The studies were made with adults." in render_text(documents["child"])
    second = render_text(documents["second_operation"])
    assert "86 of 100" not in second
    assert "numbers from a first one do not fit you" in second


def test_what_was_measured_is_told_in_round_numbers_with_its_range(
    documents: dict[str, Document],
) -> None:
    text = render_text(documents["observation"])
    assert "about 15 spasms a minute were counted on your left side" in text
    assert "between 7 and 25" in text
    sources = [n.source for n in numbers_in(documents["observation"])]
    assert FromFinding("video.spasm_rate", "left") in sources


def test_options_are_ordered_by_the_patient_alone(documents: dict[str, Document]) -> None:
    assert "You told us what matters to you" not in render_text(documents["toxin"])
    plan = plan_of("observation")
    text = render_text(build_patient_text(plan, CHARTS["observation"]))
    ranked = plan.options.by_values is not None
    assert ("You told us what matters to you" in text) is ranked
    assert ("is not a ranking" in text) is not ranked


def test_a_clinics_own_results_are_told_beside_the_published_ones() -> None:
    centre = Centre(name="C", operated=80, good=70, definition="no spasm at a year", months=12.0)
    plan = reason.make_plan(CHARTS["mvd_before"], centre)
    text = render_text(build_patient_text(plan, CHARTS["mvd_before"]))
    assert "In this clinic 70 of 80 people had a good result. 10 did not." in text


def test_own_days_after_a_treatment_are_told(documents: dict[str, Document]) -> None:
    after = render_text(documents["mvd_after"])
    assert "You had the operation on 10 February 2026, on your left side." in after
    assert "too early to say" in after
    assert "from 11 February 2026 to 26 March 2026" in after
    assert "11 September 2023" not in render_text(documents["second_operation"])
    assert "Your last injection was on 11 January 2026." in render_text(documents["toxin"])


def rooms_table(name: str) -> dict[str, list[dict[str, str]]]:
    text = files("hemispasm.reason").joinpath("data", f"{name}.toml").read_text("utf-8")
    return tomllib.loads(text)


def test_every_code_that_reasoning_can_return_has_plain_words() -> None:
    follow = rooms_table("follow_up")
    visits = [row["code"] for rows in follow["visit"].values() for row in rows]  # type: ignore[attr-defined]
    again = [code for codes in follow["refer_again"].values() for code in codes]  # type: ignore[attr-defined]
    refusals = [row["code"] for row in rooms_table("refusals")["refusal"] if "standing" not in row]
    gates = rooms_table("gates")["gate"]
    wanted = [
        *(f"gate.{row['code']}.{p}" for row in gates for p in ("what", "do")),
        *(f"test.{name}.{p}" for name in rooms_table("tests")["test"] for p in ("what", "why")),
        *(f"caution.{name}" for name in rooms_table("tests")["caution"]),
        *(f"reason.{row['code']}" for row in rooms_table("options")["reason"]),
        *(f"value.{row['code'].partition('.')[2]}" for row in rooms_table("options")["preference"]),
        *(f"refusal.{code}" for code in refusals),
        *(f"visit.{code}" for code in (*visits, "act_on_warning", "toxin_failing_review")),
        *(f"refer.{code}" for code in again),
        *(f"escalation.{code}" for code in follow["escalation"]["signs"]),  # type: ignore[call-overload]
        *(f"class.{name}" for name in CLASSES),
    ]  # fmt: skip
    assert [key for key in wanted if f"plain.{key}" not in load_texts()] == []


def test_draft_stands_on_every_page_until_a_person_signs(documents: dict[str, Document]) -> None:
    made = documents["observation"]
    reader = PdfReader(io.BytesIO(render_pdf(made)))
    assert len(reader.pages) <= 6
    assert all("DRAFT – not signed" in page.extract_text() for page in reader.pages)
    assert "No doctor has checked and signed this text yet." in render_html(made)
    by = Signature(
        initials="AB", role="neurologist", time=datetime(2026, 3, 3, tzinfo=UTC),
        findings_sha256="0" * 64,
    )  # fmt: skip
    signed = build_patient_text(plan_of("observation"), CHARTS["observation"], signed=by)
    pages = PdfReader(io.BytesIO(render_pdf(signed))).pages
    assert all("Signed by AB" in page.extract_text() for page in pages)
    assert "DRAFT" not in render_text(signed)


def test_an_empty_chart_gives_a_short_honest_text(documents: dict[str, Document]) -> None:
    text = render_text(documents["empty"])
    assert "The notes do not say which side moves." in text
    assert "Nothing about how often or how strong the spasms are is in the notes yet." in text
    assert "So nobody can rule them out now." in text
    assert "There is too little in the notes to say what it might be." in text
    assert "your doctors think" not in text
