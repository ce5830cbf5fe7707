"""Answers of one visit that cannot both be right. They are named and never settled here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from hemispasm.measure.exam.limits import load_exam_limits
from hemispasm.measure.exam.times import age_in, months_since, onset_year
from hemispasm.model.case import Case
from hemispasm.model.exam import ExamAnswers
from hemispasm.model.side import Side

#: Sums that are computed where both parts are given and the sum is not.
SUMS = {
    "scale.jrs_total": ("scale.jrs_severity", "scale.jrs_frequency"),
    "scale.kondo_total": ("scale.kondo_effect", "scale.kondo_complication"),
}
_BOTH = (Side.LEFT, Side.RIGHT)
_Values = tuple[float | str, ...]

#: On one side: where the first holds, the second cannot.
_EXCLUDE: tuple[tuple[str, _Values, str, _Values | None], ...] = (
    ("history.spasm", ("absent",), "history.first_site", None),
    ("history.spasm", ("absent",), "history.distribution", None),
    ("history.spasm", ("absent",), "history.spread", ("present",)),
    ("exam.other_babinski", ("present",), "exam.brow_descent", ("present",)),
    ("exam.lower_face_only", ("present",), "exam.synchronous_bursts", ("present",)),
    ("exam.lower_face_only", ("present",), "exam.other_babinski", ("present",)),
    ("exam.lower_face_only", ("present",), "exam.lid_twitch_only", ("present",)),
    ("exam.spasm", ("absent",), "exam.other_babinski", ("present",)),
    ("exam.spasm", ("absent",), "exam.tonic_contraction", ("present",)),
    ("exam.spasm", ("absent",), "exam.synchronous_bursts", ("present",)),
    ("exam.facial_power", ("normal",), "scale.house_brackmann", (2.0, 3.0, 4.0, 5.0, 6.0)),
    ("exam.facial_power", ("reduced",), "scale.house_brackmann", (1.0,)),
)
#: Without a side.
_EXCLUDE_UNSIDED: tuple[tuple[str, _Values, str, _Values], ...] = (
    ("history.sudden_deficit", ("absent",), "history.deficit_resolved", ("present",)),
    ("history.drives", ("absent",), "history.impact_driving", ("mild", "moderate", "severe")),
)


@dataclass(frozen=True)
class Contradiction:
    """Which findings contradict one another, and in what way."""

    about: frozenset[tuple[str, Side | None]]
    words: str


def find_contradictions(
    exam: ExamAnswers, day: date, case: Case | None = None
) -> tuple[Contradiction, ...]:
    """Return everything in one visit's answers that cannot be right together.

    Parameters
    ----------
    exam, day, case
        As for `hemispasm.measure.exam.findings.find_exam`.

    Examples
    --------
    >>> from hemispasm.model.exam import Answer
    >>> exam = ExamAnswers(answers=(
    ...     Answer(code="history.spasm", side="right", value="present"),
    ...     Answer(code="history.first_site", side="left", value="lower_lid")))
    >>> find_contradictions(exam, date(2026, 3, 2))[0].words
    'history.first_site is given for the left, history.spasm is present on the right only'
    """
    return (
        *_excluding(exam),
        *_sides(exam, case),
        *_sums(exam),
        *_scores(exam),
        *_times(exam, day, case),
        *_case(exam, case),
    )


def _excluding(exam: ExamAnswers) -> Iterator[Contradiction]:
    for first, these, second, those in _EXCLUDE:
        for side in _BOTH:
            given = [a.value for a in exam.known(second, side)]
            clash = [v for v in given if those is None or v in those]
            if clash and side in exam.sides_with(first, *these):
                words = f"{first} is {these[0]} on the {side}, {second} is {_said(clash[0])}"
                yield _about(words, side, first, second)
    for first, these, second, excluded in _EXCLUDE_UNSIDED:
        if exam.value(first) in these and exam.value(second) in excluded:
            words = f"{first} is {these[0]}, {second} is {_said(exam.value(second))}"
            yield _about(words, None, first, second)


def _sides(exam: ExamAnswers, case: Case | None) -> Iterator[Contradiction]:
    """Compare sides that are given in different places, where one of them is one-sided."""
    told = exam.sides_with("history.spasm", "present")
    for code in ("history.first_site", "history.distribution"):
        for side in _BOTH:
            silent = not any(exam.known("history.spasm", side))
            if silent and told == (side.other,) and any(exam.known(code, side)):
                words = (
                    f"{code} is given for the {side}, history.spasm is present on the "
                    f"{side.other} only"
                )
                yield Contradiction(frozenset({(code, side), ("history.spasm", side.other)}), words)
    seen = exam.sides_with("exam.spasm", "present")
    if told and seen and not set(told) & set(seen):
        words = f"the movement is told on the {told[0]} and seen on the {seen[0]}"
        yield Contradiction(frozenset({("history.spasm", told[0]), ("exam.spasm", seen[0])}), words)
    began = case.onset.side if case and case.onset else None
    if began in _BOTH and told == (began.other,):
        words = f"case.toml says it began on the {began}, history.spasm is on the {told[0]} only"
        yield Contradiction(frozenset({("history.spasm", told[0])}), words)


def _sums(exam: ExamAnswers) -> Iterator[Contradiction]:
    for code, (first, second) in SUMS.items():
        for total in exam.known(code):
            by = {
                part: [a for a in exam.known(part, total.side) if a.rater == total.rater]
                for part in (first, second)
            }
            if all(by.values()):
                summed = sum(float(answers[0].value) for answers in by.values())
                if summed != total.value:
                    words = (
                        f"{code} on the {total.side} is {_said(total.value)}, its parts add up to "
                        f"{_said(summed)}"
                    )
                    yield _about(words, total.side, code, first, second)


def _scores(exam: ExamAnswers) -> Iterator[Contradiction]:
    seven, eight = exam.value("scale.hfs7"), exam.value("scale.hfs8")
    if isinstance(seven, float) and isinstance(eight, float) and not seven <= eight <= seven + 4:
        words = (
            f"scale.hfs8 is {eight:g} and scale.hfs7 {seven:g}; the longer one has one item more"
        )
        yield _about(words, None, "scale.hfs7", "scale.hfs8")
    if exam.value("history.spread_after") is not None:
        sides = exam.sides_with("history.spread", "absent")
        if sides and not exam.sides_with("history.spread", "present"):
            words = "history.spread_after is given, history.spread is absent"
            yield Contradiction(
                frozenset({("history.spread_after", None), ("history.spread", sides[0])}), words
            )
    after, since = exam.value("history.spread_after"), exam.value("history.duration")
    if isinstance(after, float) and isinstance(since, float) and after > since:
        words = f"it spread after {after:g} months and has lasted {since:g} months"
        yield _about(words, None, "history.spread_after", "history.duration")


def _times(exam: ExamAnswers, day: date, case: Case | None) -> Iterator[Contradiction]:
    limits = load_exam_limits()
    onset, told = exam.value("history.onset"), exam.value("history.duration")
    if onset is None and case is not None and case.onset is not None:
        onset = case.onset.month
    span = months_since(onset, day) if isinstance(onset, str) else None
    if isinstance(onset, str) and span is None:
        yield _about(f"the onset {onset} lies after the visit", None, "history.duration")
    if span is not None and isinstance(told, float):
        slack = max(limits["duration_slack_months"], limits["duration_slack_fraction"] * told)
        if not span.low - slack <= told <= span.high + slack:
            words = f"history.duration is {told:g} months, the onset {onset} gives {span.value:g}"
            yield _about(words, None, "history.duration")
    age, began = exam.value("history.age"), exam.value("history.onset_age")
    if isinstance(age, float) and isinstance(began, float) and began > age:
        words = f"history.onset_age is {began:g}, history.age {age:g}"
        yield _about(words, None, "history.age", "history.onset_age")
    born = case.birth_year if case else None
    if born is not None and isinstance(onset, str) and age_in(onset_year(onset), born) is None:
        words = f"the onset {onset} lies before the year of birth {born}"
        yield _about(words, None, "history.duration", "history.age")
    reached = age_in(day.year, born) if born is not None else None
    if isinstance(age, float) and reached and not reached.low <= age <= reached.high:
        words = (
            f"history.age is {age:g}, the year of birth gives {reached.low:g} to {reached.high:g}"
        )
        yield _about(words, None, "history.age")


def _case(exam: ExamAnswers, case: Case | None) -> Iterator[Contradiction]:
    if case is None:
        return
    if case.sex == "male" and exam.value("history.pregnancy") == "present":
        yield _about("history.pregnancy is present, case.toml says male", None, "history.pregnancy")
    onset, written = exam.value("history.onset"), case.onset.month if case.onset else None
    if isinstance(onset, str) and written is not None:
        shorter = min(len(onset), len(written))
        if onset[:shorter] != written[:shorter]:
            words = f"the onset is {onset} in the exam and {written} in case.toml"
            yield _about(words, None, "history.duration", "history.onset_age")


def _about(words: str, side: Side | None, *codes: str) -> Contradiction:
    return Contradiction(frozenset((code, side) for code in codes), words)


def _said(value: float | str | None) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
