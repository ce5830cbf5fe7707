"""Answers of one visit to findings: who said it, on which side, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from hemispasm.measure.exam.contradictions import SUMS, find_contradictions
from hemispasm.measure.exam.missing import list_missing
from hemispasm.measure.exam.times import Range, age_in, months_since, onset_year
from hemispasm.model.case import Case
from hemispasm.model.exam import Answer, ExamAnswers, OutsideReport, check_value
from hemispasm.model.finding import Finding, FindingsDocument, Origin, Provenance, RecordingRef
from hemispasm.model.form import NO_ANSWER, NOT_ASSESSABLE, load_questions, lookup_question
from hemispasm.model.quality import Grade, Quality
from hemispasm.model.side import Side
from hemispasm.model.vocabulary import lookup_code

METHOD = "exam/1"
FROM_CASE = "from_case: as written in case.toml"


def find_exam(exam: ExamAnswers, *, day: date, case: Case | None = None) -> tuple[Finding, ...]:
    """Return the findings of one visit's answers.

    Parameters
    ----------
    exam : ExamAnswers
        What was asked and seen.
    day : date
        The day of the visit: ages and times since onset are as of it.
    case : Case, optional
        Gives the year of birth, and month and first site of onset where the exam does not say.

    Returns
    -------
    tuple of Finding
        In the order of the forms. Unknown yields no finding; not assessable yields one without a
        value, or with the value of that name where the code has it. Ages and times from dates
        carry an interval without a level: the ends between which they must lie. A finding that
        contradicts another one is of limited quality. A finding of a report says in ``reason``
        who wrote the report and when.

    Examples
    --------
    >>> exam = ExamAnswers(answers=(Answer(code="history.onset", value="2023-05"),
    ...                             Answer(code="scale.smc", side="left", value=2)))
    >>> [(f.code, f.value) for f in find_exam(exam, day=date(2026, 3, 2))]
    [('history.duration', 34.0), ('scale.smc', 2.0)]
    """
    doubted = frozenset().union(*(c.about for c in find_contradictions(exam, day, case)))
    found = [
        *(_finding(answer, exam.examiner) for answer in exam.answers if _yields(answer)),
        *(_finding(answer, None, FROM_CASE) for answer in _of(case, exam)),
        *_times(exam, day, case),
        *_sums(exam),
    ]
    place = {code: number for number, code in enumerate(load_questions())}
    found.sort(key=lambda f: (place[f.code], f.side or "", str(f.extra("rater", ""))))
    reported = [f for report in exam.reports for f in _reported(report)]
    return tuple(_doubted(finding, doubted) for finding in (*found, *reported))


def exam_document(
    exam: ExamAnswers,
    *,
    day: date,
    sha256: str,
    provenance: Provenance,
    case: Case | None = None,
) -> FindingsDocument:
    """Return the findings document of one visit's ``exam.toml``.

    Parameters
    ----------
    exam, day, case
        As for `find_exam`.
    sha256 : str
        Digest of the file that the answers were read from.
    provenance : Provenance
        What made the document.

    Returns
    -------
    FindingsDocument
        ``recording.kind`` is ``exam``. Quality names each contradiction and each section of the
        forms that is empty or has open questions; nothing is corrected.
    """
    findings = find_exam(exam, day=day, case=case)
    doubts = find_contradictions(exam, day, case)
    grade = Grade.LIMITED if doubts else Grade.MEASURABLE
    if not findings:
        grade = Grade.NOT_ASSESSABLE
    return FindingsDocument(
        recording=RecordingRef(kind="exam", sha256=sha256),
        quality=Quality(
            grade=grade,
            analysed_s=0.0,
            reasons=(*(f"contradiction: {d.words}" for d in doubts), *list_missing(exam, case)),
            next_steps=("Look at the contradictions and correct exam.toml.",) if doubts else (),
        ),
        findings=findings,
        provenance=provenance,
    )


def _yields(answer: Answer) -> bool:
    # A date is no finding; what follows from it is.
    return answer.value not in NO_ANSWER and answer.question.kind != "month"


def _finding(answer: Answer, examiner: str | None, reason: str | None = None) -> Finding:
    question, definition = answer.question, lookup_code(answer.code)
    rater = (answer.rater or examiner) if question.rated else None
    value: float | str | None = answer.value
    grade = Grade.MEASURABLE
    if value == NOT_ASSESSABLE:
        grade = Grade.NOT_ASSESSABLE
        value = value if NOT_ASSESSABLE in definition.values else None
    return Finding(
        code=answer.code,
        side=answer.side,
        value=value,
        unit=None if value is None else definition.unit,
        quality=grade,
        method=METHOD,
        origin=question.origin,
        reason=reason,
        **({"rater": rater} if rater else {}),
        **answer.extra,
    )


def _reported(report: OutsideReport) -> Iterator[Finding]:
    when = f"report of {report.day.isoformat()}" if report.day else "report without a date"
    for answer in report.answers:
        if _yields(answer):
            finding = _finding(answer, None, f"reported_by_{report.by}: {when}")
            yield finding.model_copy(update={"origin": Origin.REPORTED})


def _of(case: Case | None, exam: ExamAnswers) -> Iterator[Answer]:
    """Yield the first site of the case file where the exam says nothing about it."""
    onset = case.onset if case else None
    if onset is None or onset.first_site is None or onset.side is None:
        return
    if any(exam.known("history.first_site")):
        return
    try:
        site = check_value(lookup_question("history.first_site"), onset.first_site)
    except ValueError:
        return
    if site not in (*NO_ANSWER, NOT_ASSESSABLE):
        sides = (Side.LEFT, Side.RIGHT) if onset.side is Side.BOTH else (onset.side,)
        for side in sides:
            yield Answer(code="history.first_site", side=side, value=site)


def _times(exam: ExamAnswers, day: date, case: Case | None) -> Iterator[Finding]:
    """Yield age, age at onset and time since onset from dates, where they are not told."""
    onset = exam.value("history.onset")
    reason = None
    if onset is None and case is not None and case.onset is not None:
        onset, reason = case.onset.month, FROM_CASE
    born = case.birth_year if case else None
    if isinstance(onset, str) and exam.value("history.duration") is None:
        yield from _timed("history.duration", months_since(onset, day), reason)
    if born is not None and exam.value("history.age") is None:
        yield from _timed("history.age", age_in(day.year, born), "from_case: year of birth")
    if isinstance(onset, str) and months_since(onset, day) is None:
        # It lies after the visit, which is named as a contradiction; no age follows from it.
        return
    if born is not None and isinstance(onset, str) and exam.value("history.onset_age") is None:
        yield from _timed("history.onset_age", age_in(onset_year(onset), born), reason)


def _timed(code: str, found: Range | None, reason: str | None) -> Iterator[Finding]:
    if found is not None:
        yield Finding(
            code=code,
            value=found.value,
            unit=lookup_code(code).unit,
            interval=(found.low, found.high),
            quality=Grade.MEASURABLE,
            method=METHOD,
            origin=Origin.TOLD,
            reason=reason,
        )


def _sums(exam: ExamAnswers) -> Iterator[Finding]:
    for code, (first, second) in SUMS.items():
        for answer in exam.known(first):
            rater = answer.rater
            others = [a for a in exam.known(second, answer.side) if a.rater == rater]
            given = [a for a in exam.known(code, answer.side) if a.rater == rater]
            if others and not given:
                total = float(answer.value) + float(others[0].value)
                summed = Answer(code=code, side=answer.side, value=total, rater=rater)
                yield _finding(summed, exam.examiner, "computed: sum of its two parts")


def _doubted(finding: Finding, doubted: Iterable[tuple[str, Side | None]]) -> Finding:
    if finding.quality is not Grade.MEASURABLE or (finding.code, finding.side) not in doubted:
        return finding
    if finding.origin is Origin.REPORTED:
        return finding
    update = {"quality": Grade.LIMITED, "reason": "contradiction: see the quality of the exam"}
    return finding.model_copy(update=update)
