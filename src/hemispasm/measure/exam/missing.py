"""Which questions of the forms are still open, section by section."""

from __future__ import annotations

from collections.abc import Iterator

from hemispasm.measure.exam.contradictions import SUMS
from hemispasm.model.case import Case
from hemispasm.model.exam import ExamAnswers
from hemispasm.model.form import FormSection, Question, load_forms, load_questions


def list_missing(exam: ExamAnswers, case: Case | None = None) -> tuple[str, ...]:
    """Return one reason per section that is empty or has open questions.

    Optional sections count only once they are begun. A question that another answer makes
    needless is not open, nor is an age or a time that follows from a date.

    Examples
    --------
    >>> list_missing(ExamAnswers())[0]
    'not_filled: History, Alarm signs'
    """
    reasons = []
    for form in load_forms().values():
        for section in form.sections:
            asked = list(_asked(section, exam))
            open_ones = [q for q in asked if not _is_answered(q, exam, case)]
            if len(open_ones) == len(asked):
                if not section.optional:
                    reasons.append(f"not_filled: {form.title}, {section.title}")
            elif open_ones and not section.optional:
                reasons.append(
                    f"partly_filled: {form.title}, {section.title}: {len(open_ones)} of "
                    f"{len(asked)} questions open"
                )
    return tuple(reasons)


def _asked(section: FormSection, exam: ExamAnswers) -> Iterator[Question]:
    followed = {code for q in load_questions().values() for code in q.gives} | {"history.age"}
    for question in section.questions:
        when = question.shows_if
        if question.code in followed or question.code in SUMS:
            continue
        if when is None or exam.value(when.code) == when.value:
            yield question


def _is_answered(question: Question, exam: ExamAnswers, case: Case | None) -> bool:
    codes = {question.code, *question.gives}
    if any(a.code in codes and a.is_known for a in exam.answers):
        return True
    onset = case.onset if case else None
    return bool(question.code == "history.onset" and onset and onset.month)
