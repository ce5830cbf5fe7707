"""An ``exam.toml`` to fill in, made from the forms: nothing is answered in it yet."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from hemispasm.formats.exam_toml import plain_number, toml_value
from hemispasm.model.errors import UsageError
from hemispasm.model.exam import EXAM_SCHEMA
from hemispasm.model.form import NO_ANSWER, REPORT_TABLE, Form, Question, load_forms

_EMPTY = NO_ANSWER[1]
_WIDTH = 98


def exam_template(names: Iterable[str] | None = None) -> str:
    """Return an ``exam.toml`` in which every question stands as not asked.

    Parameters
    ----------
    names : iterable of str, optional
        Forms by name; every form without it.

    Returns
    -------
    str
        TOML that reads as an exam without findings. Lines may be changed, left or deleted.

    Raises
    ------
    UsageError
        No form has that name (``unknown_form``).

    Examples
    --------
    >>> exam_template(["scales"]).splitlines()[0]
    'schema = "hemispasm.exam/1"'
    """
    forms = load_forms()
    wanted = list(forms) if names is None else list(dict.fromkeys(names))
    unknown = [name for name in wanted if name not in forms]
    if unknown:
        raise UsageError(
            "unknown_form", f"There is no form {unknown[0]!r}.", f"Forms: {', '.join(forms)}."
        )
    lines = [
        f"schema = {toml_value(EXAM_SCHEMA)}",
        '# examiner = "AB"   # initials, optional',
        "#",
        "# Put the answer in place of not_asked, or leave the line as it is. Answers that are no",
        '# value: "unknown" and "not_assessable". Left and right are the patient\'s.',
    ]
    for name in wanted:
        lines += _form_lines(forms[name])
    return "\n".join([*lines, ""])


def _form_lines(form: Form) -> list[str]:
    lines = ["", f"# ==== {form.title} ({form.name})", *_comment(form.intro)]
    outside = form.table == REPORT_TABLE
    if outside:
        lines += [
            "#",
            "# Take the # away from the lines that the report answers; one [[report]] per report.",
            "# [[report]]",
            f"# by = {toml_value(_author(form))}",
            "# day = 2026-02-10   # the day of the report, optional",
        ]
    else:
        lines.append(f"[{form.table}]")
    for section in form.sections:
        lines += ["", f"# -- {section.title}"]
        for question in section.questions:
            lines += [""] + (_reported_lines(question) if outside else _lines(question))
    return lines


def _lines(question: Question) -> list[str]:
    value = {"left": _EMPTY, "right": _EMPTY} if question.sided else _EMPTY
    said = question.plain or question.help
    label = f"{question.wording}. " if question.wording not in said else ""
    when = question.shows_if
    return [
        *_comment(label + said),
        *_comment(_choices(question)),
        *_comment(f"Only when {when.code} is {when.value}." if when else ""),
        *_comment(question.rights),
        f"{question.name} = {toml_value(value)}",
    ]


def _reported_lines(question: Question) -> list[str]:
    lines = [
        *_comment(f"{question.wording}. {question.help}"),
        *_comment(_choices(question)),
        "# [[report.finding]]",
        f"# code = {toml_value(question.code)}",
    ]
    if question.sided:
        lines.append('# side = "left"')
    return [*lines, f"# value = {toml_value(_EMPTY)}"]


def _choices(question: Question) -> str:
    if question.kind == "month":
        return '"2023-05" or "2023"'
    if question.kind == "number":
        low, high = plain_number(question.minimum or 0), plain_number(question.maximum or 0)
        unit = "" if question.unit in (None, "{score}", "1") else f" {question.unit}"
        anchors = "; ".join(f"{o.value} {o.words}" for o in question.options)
        return f"{low} to {high}{unit}" + (f": {anchors}" if anchors else "")
    return " | ".join(question.values)


def _author(form: Form) -> str:
    return {"imaging_report": "radiologist", "emg_report": "neurophysiologist"}.get(
        form.name, "other"
    )


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(text, _WIDTH - 2)]
