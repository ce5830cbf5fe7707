"""Check the tables of ``exam.toml`` key by key, and say in one sentence what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any, NoReturn, get_args

from hemispasm.formats.exam_toml import plain_number, toml_value
from hemispasm.formats.parse import parse
from hemispasm.model.errors import UsageError
from hemispasm.model.exam import (
    EXAM_SCHEMA,
    INITIALS,
    Answer,
    ExamAnswers,
    OutsideReport,
    Reporter,
    check_reportable,
    check_value,
)
from hemispasm.model.form import (
    REPORT_TABLE,
    Question,
    load_questions,
    lookup_question,
    table_questions,
)
from hemispasm.model.side import Side

REPORTERS: tuple[str, ...] = get_args(Reporter)
_SIDES = {"left": (Side.LEFT,), "right": (Side.RIGHT,), "both": (Side.LEFT, Side.RIGHT)}
_REPORT_KEYS = ("by", "day", "finding")


def parse_exam(data: dict[str, Any], shown: str = "exam.toml") -> ExamAnswers:
    """Check the parsed TOML of an exam.

    Parameters
    ----------
    data : dict
        The tables of the file.
    shown : str
        How messages name the file.

    Raises
    ------
    UsageError
        As `read_exam` does.
    """
    answers: list[Answer] = []
    reports: list[OutsideReport] = []
    for table, content in data.items():
        if table in ("schema", "examiner"):
            continue
        if table == REPORT_TABLE:
            reports = [
                _report(r, n, shown) for n, r in enumerate(_tables(content, table, shown), 1)
            ]
        elif table in table_questions():
            if not isinstance(content, dict):
                _refuse(shown, table, "must be a table", f"Write [{table}] on a line of its own.")
            for name, raw in content.items():
                answers += _answers(_question(table, name, shown), raw, f"{table}.{name}", shown)
        else:
            _unknown_table(table, shown)
    _refuse_twice(answers, shown)
    head = _head(data, shown)
    return parse(ExamAnswers, {**head, "answers": answers, "reports": reports}, shown)


def _head(data: dict[str, Any], shown: str) -> dict[str, Any]:
    if data.get("schema", EXAM_SCHEMA) != EXAM_SCHEMA:
        step = f'Write schema = "{EXAM_SCHEMA}", or leave the line out.'
        _refuse(shown, "schema", "is not one that this version reads", step)
    head: dict[str, Any] = {key: data[key] for key in ("schema", "examiner") if key in data}
    if "examiner" in head:
        _check_initials(head["examiner"], "examiner", shown)
    return head


def _check_initials(raw: Any, key: str, shown: str) -> None:
    if not isinstance(raw, str) or not re.fullmatch(INITIALS, raw):
        step = 'Write up to eight letters, such as "AB"; never a name.'
        _refuse(shown, key, "takes initials in quotes", step)


def _question(table: str, name: str, shown: str) -> Question:
    known = table_questions()[table]
    if name in known:
        return known[name]
    elsewhere = [other for other, names in table_questions().items() if name in names]
    if elsewhere:
        _refuse(
            shown, f"{table}.{name}", "stands in the wrong table", f"Move it to [{elsewhere[0]}]."
        )
    outside = [q.code for q in load_questions().values() if q.name == name]
    if outside:
        step = f'Write it as [[report.finding]] with code = "{outside[0]}".'
        _refuse(shown, f"{table}.{name}", "comes from a report", step)
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    step = f"Did you mean `{near[0]}`?" if near else "See `hemispasm measure exam --template`."
    raise UsageError("unknown_question", f"{shown}: no form asks `{table}.{name}`.", step)


def _answers(question: Question, raw: Any, key: str, shown: str) -> Iterator[Answer]:
    """Yield one answer per side and rater from whatever way it was written."""
    if isinstance(raw, list):
        if not all(isinstance(entry, dict) for entry in raw) or not raw:
            step = f"Write {example_answer(question)}."
            _refuse(shown, key, "is no list of answers", step)
        for entry in raw:
            yield from _entry(question, entry, key, shown)
    elif isinstance(raw, dict) and ("value" in raw or "side" in raw):
        yield from _entry(question, raw, key, shown)
    elif isinstance(raw, dict):
        yield from _by_side(question, raw, key, shown)
    elif question.sided:
        raise UsageError(
            "side_missing",
            f"{shown}: `{key}` needs the patient's side, left or right.",
            f"Write {question.name} = {example_answer(question)}, with the side it is about.",
        )
    else:
        yield _answer(question, None, raw, {}, key, shown)


def _by_side(question: Question, raw: dict[str, Any], key: str, shown: str) -> Iterator[Answer]:
    if not question.sided:
        _refuse_side(question, key, shown)
    if not raw:
        _refuse(shown, key, "is empty", f"Write {question.name} = {example_answer(question)}.")
    for side, value in raw.items():
        if side not in _SIDES:
            step = f"Write {question.name} = {example_answer(question)}."
            _refuse(shown, f"{key}.{side}", "is no side: left, right or both", step)
        for entry in value if isinstance(value, list) and value else [value]:
            if isinstance(entry, dict):
                if "side" in entry:
                    step = "Keep one of the two, the patient's side it is about."
                    _refuse(shown, f"{key}.{side}", "says its side twice", step)
                yield from _entry(question, {"side": side, **entry}, f"{key}.{side}", shown)
            else:
                for one in _SIDES[side]:
                    yield _answer(question, one, entry, {}, f"{key}.{side}", shown)


def _entry(question: Question, entry: dict[str, Any], key: str, shown: str) -> Iterator[Answer]:
    rest = {name: v for name, v in entry.items() if name not in ("side", "value")}
    side = entry.get("side")
    if "value" not in entry:
        _refuse(shown, key, "lacks `value`", f"Write {example_answer(question)}.")
    if side is not None and not question.sided:
        _refuse_side(question, key, shown)
    if question.sided and side not in _SIDES:
        raise UsageError(
            "side_missing",
            f"{shown}: `{key}` needs side = left, right or both.",
            "Left is always the patient's left.",
        )
    for one in _SIDES[side] if side else (None,):
        yield _answer(question, one, entry["value"], rest, key, shown)


def _answer(
    question: Question, side: Side | None, raw: Any, rest: dict[str, Any], key: str, shown: str
) -> Answer:
    for name, value in rest.items():
        if name not in question.extra:
            known = ", ".join(("value", *(("side",) if question.sided else ()), *question.extra))
            raise UsageError(
                "unknown_key", f"{shown}: `{key}` takes no `{name}`.", f"It takes {known}."
            )
        if not isinstance(value, str | int | float) or value != value:
            _refuse(shown, f"{key}.{name}", "is neither text nor a number", "Correct it.")
    try:
        value = check_value(question, raw)
    except ValueError as problem:
        raise UsageError(
            "bad_value", f"{shown}: `{key}`: {problem}.", "Correct the value in the file."
        ) from None
    if "rater" in rest:
        _check_initials(rest["rater"], f"{key}.rater", shown)
    extra = {name: v for name, v in rest.items() if name != "rater"}
    data = {"code": question.code, "side": side, "value": value, "extra": extra}
    return parse(Answer, {**data, "rater": rest.get("rater")}, f"{shown}: `{key}`")


def _report(raw: dict[str, Any], number: int, shown: str) -> OutsideReport:
    key = f"report {number}"
    unknown = [name for name in raw if name not in _REPORT_KEYS]
    if unknown:
        raise UsageError(
            "unknown_key",
            f"{shown}: `{key}` has the unknown key `{unknown[0]}`.",
            f"Known keys: {', '.join(_REPORT_KEYS)}.",
        )
    by, day = raw.get("by"), raw.get("day")
    if by not in REPORTERS:
        what = "does not say who wrote it" if by is None else f"is by {by!r}"
        _refuse(shown, key, what, f"Write by = one of {', '.join(REPORTERS)}.")
    if day is not None and (not isinstance(day, date) or isinstance(day, datetime)):
        _refuse(shown, f"{key}.day", "is no date", "Write day = 2026-02-10, without quotes.")
    answers: list[Answer] = []
    for entry in _tables(raw.get("finding", []), f"{key}.finding", shown):
        answers += _reported(entry, by, key, shown)
    _refuse_twice(answers, f"{shown}: `{key}`")
    return parse(OutsideReport, {"by": by, "day": day, "answers": answers}, shown)


def _reported(entry: dict[str, Any], by: str, key: str, shown: str) -> Iterator[Answer]:
    code = entry.get("code")
    if code is None:
        step = 'Write code = "imaging.study", or another finding code.'
        _refuse(shown, key, "has a finding without `code`", step)
    if not isinstance(code, str) or code not in load_questions():
        near = get_close_matches(str(code), load_questions(), n=1, cutoff=0.6)
        step = f"Did you mean {near[0]!r}?" if near else "See the page of finding codes."
        raise UsageError("unknown_code", f"{shown}: `{key}`: {code!r} is no finding code.", step)
    question = lookup_question(code)
    try:
        check_reportable(question, by)
    except ValueError as problem:
        raise UsageError(
            "not_from_this_report", f"{shown}: `{key}`: {problem}.", "Correct `by` or leave it out."
        ) from None
    rest = {name: value for name, value in entry.items() if name != "code"}
    yield from _entry(question, rest, f"{key}.{code}", shown)


def _tables(content: Any, key: str, shown: str) -> list[dict[str, Any]]:
    if isinstance(content, list) and all(isinstance(entry, dict) for entry in content):
        return content
    _refuse(shown, key, "must be a list of tables", "Write double brackets, such as [[report]].")


def _unknown_table(table: str, shown: str) -> NoReturn:
    tables = [*table_questions(), REPORT_TABLE]
    near = get_close_matches(table, tables, n=1, cutoff=0.6)
    asked = [name for name, questions in table_questions().items() if table in questions]
    if asked:
        step = f"Put it below a line [{asked[0]}]."
    else:
        step = f"Did you mean [{near[0]}]?" if near else f"Known tables: {', '.join(tables)}."
    raise UsageError("unknown_key", f"{shown} has the unknown table or key `{table}`.", step)


def _refuse(shown: str, key: str, what: str, step: str) -> NoReturn:
    raise UsageError("bad_value", f"{shown}: `{key}` {what}.", step)


def _refuse_side(question: Question, key: str, shown: str) -> NoReturn:
    raise UsageError(
        "side_not_wanted",
        f"{shown}: `{key}` is not about one side.",
        f"Write {question.name} = {example_answer(question)}.",
    )


def _refuse_twice(answers: list[Answer], shown: str) -> None:
    seen: set[tuple[Any, ...]] = set()
    for answer in answers:
        # One report may cover several studies.
        which = answer.value if answer.question.several else None
        key = (answer.code, answer.side, answer.rater, which)
        if key in seen:
            side = f" on the {answer.side}" if answer.side else ""
            rater = f" by {answer.rater}" if answer.rater else ""
            step = "Keep one of the two answers."
            if answer.question.rated:
                step = 'Give each its rater, such as rater = "AB".'
            raise UsageError(
                "answered_twice", f"{shown}: {answer.code} is answered twice{side}{rater}.", step
            )
        seen.add(key)


def example_answer(question: Question) -> str:
    """Return how an answer to a question is written, as TOML."""
    value: str | float = question.values[0] if question.values else question.minimum or 0
    value = "2023-05" if question.kind == "month" else value
    return toml_value({"left": plain_number(value)} if question.sided else plain_number(value))
