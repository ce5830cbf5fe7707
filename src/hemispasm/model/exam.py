"""What was asked and seen at one visit: plain answers, before they become findings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from difflib import get_close_matches
from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from hemispasm.model.base import Noun
from hemispasm.model.form import NO_ANSWER, NOT_ASSESSABLE, Question, lookup_question
from hemispasm.model.side import Side

EXAM_SCHEMA: Literal["hemispasm.exam/1"] = "hemispasm.exam/1"
Reporter = Literal[
    "radiologist", "neurophysiologist", "neurologist", "surgeon", "audiologist", "other"
]

#: What somebody else's report cannot say: the patient's own wishes, and times as of today.
_NOT_REPORTED = ("history.onset", "history.age", "history.duration")
_OUTSIDE = ("imaging.", "emg.", "report.")
#: Initials, never a name.
INITIALS = r"^\w[\w.-]{0,7}$"
_YES_NO = {"yes": "present", "no": "absent", True: "present", False: "absent"}


class Answer(Noun):
    """One answer to one question, of one side and one rater.

    Attributes
    ----------
    code : str
        The question's code.
    side : Side or None
        The patient's left or right for a sided question; None for the others.
    value : float or str
        A value of the question, or ``unknown``, ``not_asked`` or ``not_assessable``.
    rater : str or None
        Initials, for scales that two people may rate.
    extra : dict
        Further keys that the vocabulary declares for the code.

    Examples
    --------
    >>> Answer(code="scale.smc", side="left", value=2, rater="AB").value
    2.0
    """

    code: str
    side: Side | None = None
    value: float | str
    rater: str | None = Field(default=None, pattern=INITIALS)
    extra: dict[str, str | float | bool] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check_question(self) -> Self:
        try:
            question = lookup_question(self.code)
        except LookupError as problem:
            raise ValueError(str(problem)) from None
        if question.sided and self.side not in (Side.LEFT, Side.RIGHT):
            raise ValueError(f"{self.code} needs a side: left or right")
        if not question.sided and self.side is not None:
            raise ValueError(f"{self.code} has no side")
        if self.rater is not None and not question.rated:
            raise ValueError(f"{self.code} has no rater")
        undeclared = set(self.extra) - (set(question.extra) - {"rater"})
        if undeclared:
            raise ValueError(f"{self.code} declares no extra key {sorted(undeclared)}")
        if check_value(question, self.value) != self.value:
            raise ValueError(f"{self.code} is written {check_value(question, self.value)!r}")
        return self

    @property
    def is_known(self) -> bool:
        """Whether it was asked and answered, or at least looked at."""
        return self.value not in NO_ANSWER

    @property
    def question(self) -> Question:
        """The question that is answered."""
        return lookup_question(self.code)


class OutsideReport(Noun):
    """Findings typed in from somebody else's report; ``day`` is the report's own."""

    by: Reporter
    day: date | None = None
    answers: tuple[Answer, ...] = ()

    @model_validator(mode="after")
    def _check_author(self) -> Self:
        for answer in self.answers:
            check_reportable(answer.question, self.by)
        return self


class ExamAnswers(Noun):
    """``exam.toml`` as plain answers.

    A question without an answer was not asked. ``unknown`` and ``not_asked`` may be written and
    say the same to everything downstream.

    Examples
    --------
    >>> exam = ExamAnswers(answers=(
    ...     Answer(code="history.spasm", side="left", value="present"),
    ...     Answer(code="history.pain", value="unknown")))
    >>> exam.value("history.spasm", Side.LEFT), exam.value("history.pain")
    ('present', None)
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )

    schema_: Literal["hemispasm.exam/1"] = Field(default=EXAM_SCHEMA, alias="schema")
    examiner: str | None = Field(default=None, pattern=INITIALS)
    answers: tuple[Answer, ...] = ()
    reports: tuple[OutsideReport, ...] = ()

    @model_validator(mode="after")
    def _check_once(self) -> Self:
        seen = set()
        for answer in self.answers:
            rater = answer.rater or (self.examiner if answer.question.rated else None)
            key = (answer.code, answer.side, rater)
            if key in seen:
                raise ValueError(f"{answer.code} is answered twice")
            if answer.code.startswith(_OUTSIDE):
                raise ValueError(f"{answer.code} belongs in a report")
            seen.add(key)
        return self

    def known(self, code: str, side: Side | None = None) -> Iterator[Answer]:
        """Yield the answers to a question that hold a value; of one side when given."""
        for answer in self.answers:
            asked = answer.code == code and (side is None or answer.side == side)
            if asked and answer.value not in (*NO_ANSWER, NOT_ASSESSABLE):
                yield answer

    def value(self, code: str, side: Side | None = None) -> float | str | None:
        """Return the first known value; None when it is not known."""
        return next((answer.value for answer in self.known(code, side)), None)

    def sides_with(self, code: str, *values: float | str) -> tuple[Side, ...]:
        """Return the sides for which a question has one of these values."""
        return tuple(
            side
            for side in (Side.LEFT, Side.RIGHT)
            if any(answer.value in values for answer in self.known(code, side))
        )


def check_value(question: Question, raw: Any) -> float | str:
    """Return an answer as it is kept: yes and true become present, numbers stay numbers.

    Parameters
    ----------
    question : Question
        What was asked.
    raw : Any
        What somebody wrote.

    Raises
    ------
    ValueError
        It is no answer to this question; the message lists what is, and the nearest spelling.

    Examples
    --------
    >>> check_value(lookup_question("history.tearing"), True)
    'present'
    >>> check_value(lookup_question("exam.mouth_corner"), "dwon")
    Traceback (most recent call last):
        ...
    ValueError: 'dwon' is none of up, lateral, down, not_moved (did you mean 'down'?)
    >>> check_value(lookup_question("scale.smc"), 5)
    Traceback (most recent call last):
        ...
    ValueError: 5 is not between 1 and 4
    """
    said = raw.strip().lower().replace(" ", "_") if isinstance(raw, str) else raw
    if said in (*NO_ANSWER, NOT_ASSESSABLE) and isinstance(said, str):
        return said
    if question.kind == "month":
        return _checked_month(raw)
    if question.kind == "number":
        return _checked_number(question, raw)
    yes_or_no = "present" in question.values and "absent" in question.values
    if yes_or_no and isinstance(said, str | bool):
        said = _YES_NO.get(said, said)
    by_name = {value.lower(): value for value in question.values}
    # A grade such as 2 is easily written without quotes.
    written = str(said) if isinstance(said, int) and not isinstance(said, bool) else said
    if isinstance(written, str) and written in by_name:
        return by_name[written]
    shown = repr(raw) if isinstance(raw, str | int | float) else "that"
    raise ValueError(f"{shown} is none of {', '.join(question.values)}{_nearest(written, by_name)}")


def check_reportable(question: Question, by: str) -> None:
    """Refuse what a report by this author cannot say.

    Raises
    ------
    ValueError
        A wish of the patient, a time as of today, or a radiologist's conclusion by another author.
    """
    if question.code.startswith("preference.") or question.code in _NOT_REPORTED:
        raise ValueError(f"{question.code} cannot come from a report; ask the patient")
    if question.by and by not in question.by:
        raise ValueError(f"{question.code} needs a report by {' or '.join(question.by)}, not {by}")


def _checked_number(question: Question, raw: Any) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        hint = f"{_bound(question.minimum)} to {_bound(question.maximum)}"
        shown = repr(raw) if isinstance(raw, str | bool) else "that"
        raise ValueError(f"{shown} is not a number; write {hint} without quotes, or 'unknown'")
    low = float("-inf") if question.minimum is None else question.minimum
    high = float("inf") if question.maximum is None else question.maximum
    if not low <= raw <= high:
        raise ValueError(f"{raw:g} is not between {_bound(low)} and {_bound(high)}")
    if question.whole and raw != int(raw):
        raise ValueError(f"{raw:g} is not a whole number")
    return float(raw)


def _checked_month(raw: Any) -> str:
    said = str(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw
    if isinstance(said, str):
        match = re.fullmatch(r"(\d{4})(?:-(\d{2}))?", said.strip())
        if match and 1900 <= int(match[1]) <= 2100 and 1 <= int(match[2] or 1) <= 12:
            return said.strip()
    raise ValueError(f"{str(raw)!r} is neither a month such as '2023-05' nor a year such as '2023'")


def _nearest(written: Any, by_name: dict[str, str]) -> str:
    if not isinstance(written, str):
        return ""
    near = get_close_matches(written, by_name, n=1, cutoff=0.7)
    return f" (did you mean {by_name[near[0]]!r}?)" if near else ""


def _bound(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
