"""The recording protocol and the glossary say what recorder, analysis and reader rely on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hemispasm.model import EventKind, Grade, TaskMark, load_vocabulary
from hemispasm.model.glossary import load_glossary
from hemispasm.model.protocol import load_video_protocol

DOCS = Path(__file__).parents[2] / "docs"


def test_the_protocol_asks_for_a_full_minute_of_rest_first() -> None:
    first = load_video_protocol().steps[0]
    assert (first.task, first.total_s) == ("rest", 60)


def test_every_task_of_the_protocol_is_asked_for() -> None:
    protocol = load_video_protocol()
    assert {step.task for step in protocol.steps} == set(protocol.tasks)


def test_the_protocol_takes_about_two_and_a_half_minutes() -> None:
    assert 120 <= load_video_protocol().total_s <= 180


def test_instructions_to_patients_are_short_and_plain() -> None:
    for task in load_video_protocol().tasks.values():
        sentences = [s for s in re.split(r"[.?!]\s*", task.instruction) if s]
        assert max(len(sentence.split()) for sentence in sentences) <= 13, task.key
        words = re.findall(r"[A-Za-z]+", task.instruction)
        assert max(len(word) for word in words) <= 9, task.key


def test_the_mirrored_question_is_a_camera_rule() -> None:
    assert any(rule.key == "mirrored_or_not" for rule in load_video_protocol().camera)


def test_a_task_mark_outside_the_protocol_is_refused() -> None:
    assert TaskMark(task="gentle_closure", start_s=60, end_s=62).task == "gentle_closure"
    with pytest.raises(ValueError, match="winking"):
        TaskMark(task="winking", start_s=0, end_s=1)


def test_every_event_kind_and_grade_is_in_the_glossary() -> None:
    explained = {use for term in load_glossary().values() for use in term.used_in}
    kinds = {f"event:{kind}" for kind in EventKind if kind is not EventKind.BURST}
    assert kinds <= explained
    assert {str(grade) for grade in Grade} <= set(load_glossary())


def test_every_use_of_a_glossary_term_exists() -> None:
    codes, kinds = set(load_vocabulary()), {f"event:{kind}" for kind in EventKind}
    for term in load_glossary().values():
        for use in term.used_in:
            known = use in codes or use in kinds or (DOCS / f"{use}.md").is_file()
            assert known, f"{term.key}: {use}"


def test_no_two_glossary_entries_explain_the_same_word() -> None:
    terms = [term.term.casefold() for term in load_glossary().values()]
    assert len(terms) == len(set(terms))


def test_a_definition_is_a_sentence_of_its_own() -> None:
    for term in load_glossary().values():
        assert term.definition[0].isupper(), term.key
        assert term.definition.endswith("."), term.key
