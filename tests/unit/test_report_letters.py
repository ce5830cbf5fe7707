"""Letters: what is on file with its interval, what is not, and never a name or a wrong side."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime

import pytest
from pypdf import PdfReader
from reason_charts import DAY, chart, operation, seen, toxin
from test_report_plain import CHARTS, CYCLES, MRI, SPASM, numbers_in, plan_of

from hemispasm.model import Signature
from hemispasm.model.plan import SideView
from hemispasm.model.texts import load_texts, lookup_text
from hemispasm.model.treatment import Treatments
from hemispasm.reason.plan import make_plan
from hemispasm.report.document import Document, FromEvidence, FromFinding
from hemispasm.report.html import render_html
from hemispasm.report.letters import build_letters
from hemispasm.report.pdf import render_pdf
from hemispasm.report.text import render_text

SIGNED = Signature(
    initials="AB",
    role="neurosurgeon",
    time=datetime(2026, 3, 3, tzinfo=UTC),
    findings_sha256="0" * 64,
)
OPERATED = chart(
    *SPASM,
    *MRI,
    seen("video.spasm_rate", 14.5, "left", interval=(7.1, 25.4), level=0.95),
    seen("emg.lateral_spread_at_surgery", "lost_at_decompression", "left", days=-20),
    seen("exam.wound", "clean", days=-3),
    country="US",
    treatments=Treatments(
        operations=(
            operation(
                20,
                side="left",
                approach="microscopic",
                technique="interposition",
                vessels=("AICA", "PICA"),
                level_of_care="ward",
                complications=("hoarseness",),
            ),
        )
    ),
)
FORBIDDEN = (
    r"not an emergency",
    r"\bcur(e|es|ed|able)\b",
    r"tumour (is )?excluded",
    r"\bwill be free\b",
    r"guarantee",
    r"state.of.the.art",
    r"\bexcellent\b",
    r"recommended dose",
    r"diagnosis is confirmed",
)


def letters_of(name: str) -> dict[str, Document]:
    return build_letters(plan_of(name), CHARTS[name])


@pytest.fixture(scope="module")
def operated() -> dict[str, Document]:
    return build_letters(make_plan(OPERATED), OPERATED)


def test_discharge_is_written_only_after_an_operation(operated: dict[str, Document]) -> None:
    assert set(operated) == {"referral_answer", "plan", "discharge", "hand_back"}
    assert set(letters_of("toxin")) == {"referral_answer", "plan", "hand_back"}
    later = chart(*SPASM, treatments=Treatments(operations=(operation(-5, side="left"),)))
    assert "discharge" not in build_letters(make_plan(chart(*SPASM)), later)


def test_left_and_right_swap_and_nothing_else_does(operated: dict[str, Document]) -> None:
    swap = {"left": "right", "right": "left"}
    # A word for correct, and one for what remains, are no sides.
    others = ("still right", "spasm left")
    back = build_letters(make_plan(OPERATED.mirrored()), OPERATED.mirrored())
    for kind, there in operated.items():
        texts = [render_text(each) for each in (there, back[kind])]
        for words in others:
            texts = [text.replace(words, "") for text in texts]
        swapped = re.sub(r"\b(left|right)\b", lambda m: swap[m[0]], texts[0])
        assert swapped == texts[1], kind
    assert "the patient's left side" in render_text(operated["discharge"])


def test_an_operation_on_the_other_side_than_the_spasm_is_said_first() -> None:
    other = Treatments(operations=(operation(20, side="right"),))
    unlike = chart(*SPASM, treatments=other)
    disputed = make_plan(unlike)
    assert disputed.side.conflict
    text = render_text(build_letters(disputed, unlike)["discharge"])
    assert "The sources disagree on the side" in text
    settled = disputed.model_copy(update={"side": SideView(side="left")})
    text = render_text(build_letters(settled, unlike)["discharge"])
    assert "(the patient's right side) is not the affected side on file (the patient's left" in text


def test_the_discharge_letter_says_what_is_recorded_and_what_is_not(
    operated: dict[str, Document],
) -> None:
    text = render_text(operated["discharge"])
    for fact in (
        "Day: 10 February 2026",
        "Kind: microvascular decompression",
        "Approach: microscopic",
        "Technique: interposition",
        "Vessels found: AICA, PICA",
        "First night: ward",
        "First day without spasm: not recorded",
        "lost at decompression",
        "hoarseness.",
        "clean (27 February 2026).",
        "from 11 February 2026 to 26 March 2026",
        "12 August 2026",
    ):
        assert fact in text
    bare = render_text(letters_of("mvd_after")["discharge"])
    assert "Not recorded. That is not the same as none." in bare
    none = chart(
        *SPASM, treatments=Treatments(operations=(operation(20, side="left", complications=()),))
    )
    assert "The record says: none." in render_text(
        build_letters(make_plan(none), none)["discharge"]
    )


def test_the_answer_gives_findings_with_intervals_and_shares_as_bands(
    operated: dict[str, Document],
) -> None:
    text = render_text(operated["referral_answer"])
    assert "14.5 /min (95 % interval 7.1 to 25.4)" in text
    assert re.search(r"hemifacial spasm: \d+ % \(80 % interval \d+ to \d+ %\)", text)
    assert "the diagnosis is the clinician's" in text
    assert "A radiologist's report of 2 March 2026 names no secondary cause." in text
    unread = render_text(letters_of("work_up")["referral_answer"])
    assert "none can be called excluded" in unread
    assert "This does not mean that there is no emergency" in unread


def test_emergencies_stand_above_every_letter() -> None:
    for made in letters_of("emergency").values():
        assert [banner.tone for banner in made.banners[:2]] == ["emergency", "urgent"]
        assert "Call 999 now" in render_text(made)


def test_the_way_back_names_every_trigger_and_when_to_judge(
    operated: dict[str, Document],
) -> None:
    for name in ("work_up", "observation", "toxin", "mvd_after"):
        text = render_text(letters_of(name)["hand_back"])
        again = plan_of(name).follow_up.refer_again
        assert len(again) >= 5
        assert all(lookup_text(f"refer_again.{code}") in text for code in again)
    text = render_text(operated["hand_back"])
    assert "six months are over on 12 August 2026, twelve on 10 February 2027" in text
    worn = render_text(letters_of("toxin")["hand_back"])
    assert "may wear off around" in worn
    assert "is wear-off and no failure" in worn
    assert "Whether toxin was given is not on file." in render_text(
        letters_of("empty")["hand_back"]
    )


def test_every_letter_lists_all_signs_on_which_to_act(operated: dict[str, Document]) -> None:
    signs = [text for key, text in load_texts().items() if key.startswith("escalation.")]
    for kind in ("plan", "discharge", "hand_back"):
        text = render_text(operated[kind])
        assert all(sign in text for sign in signs)
        assert "In an emergency call 911." in text


def test_no_figure_of_a_first_operation_stands_where_it_does_not_apply() -> None:
    for name in ("child", "pregnancy", "post_paralytic", "second_operation"):
        text = render_text(letters_of(name)["referral_answer"])
        assert "Published figures would not apply and are not given." in text
        assert "what a new centre may find" not in text
    assert "what a new centre may find" in render_text(letters_of("mvd_before")["referral_answer"])


@pytest.mark.parametrize("name", list(CHARTS))
def test_every_letter_is_honest_sourced_and_without_names(name: str) -> None:
    for made in letters_of(name).values():
        text = render_text(made)
        assert not [words for words in FORBIDDEN if re.search(words, text, re.IGNORECASE)]
        assert "To: ……" in text
        assert "Name: ……" in text
        assert not re.search(r"\[[a-z ]+\]", text.replace("[expert rule]", ""))
        page = render_html(made)
        linked = set(re.findall(r'href="#(source-[^"]+)"', page))
        assert linked <= set(re.findall(r'id="(source-[^"]+)"', page))
        assert all(number.source.text for number in numbers_in(made))


def test_figures_in_a_letter_come_from_findings_or_evidence(operated: dict[str, Document]) -> None:
    sources = [number.source for number in numbers_in(operated["referral_answer"])]
    assert FromFinding("video.spasm_rate", "left") in sources
    sources = [n.source for n in numbers_in(letters_of("mvd_before")["referral_answer"])]
    assert FromEvidence("complication.hearing_loss_lasting") in sources


def test_draft_stands_on_every_page_until_a_named_person_signs(
    operated: dict[str, Document],
) -> None:
    signed = build_letters(make_plan(OPERATED), OPERATED, signed=SIGNED)
    for kind, made in operated.items():
        pages = PdfReader(io.BytesIO(render_pdf(made))).pages
        assert len(pages) <= (3 if kind == "referral_answer" else 2)
        assert all("DRAFT – not signed" in page.extract_text() for page in pages)
        pages = PdfReader(io.BytesIO(render_pdf(signed[kind]))).pages
        assert all("Signed by AB" in page.extract_text() for page in pages)
        text = render_text(signed[kind])
        assert "DRAFT" not in text
        assert "Signature: AB (neurosurgeon), 3 March 2026" in text


def test_an_empty_chart_gives_short_honest_letters() -> None:
    letters = letters_of("empty")
    text = render_text(letters["referral_answer"])
    assert "Nothing on file says which side is affected." in text
    assert "No finding on severity, examination, imaging or EMG is on file." in text
    assert "No measure of severity is on file." in render_text(letters["hand_back"])
    assert "What matters to the patient is not on file." in render_text(letters["plan"])


def test_a_visit_whose_time_is_over_says_so() -> None:
    late = chart(*SPASM, as_of=date(2026, 6, 30), treatments=CYCLES)
    text = render_text(build_letters(make_plan(late), late)["plan"])
    assert "(time over)" in text
    assert toxin(50).day < DAY
