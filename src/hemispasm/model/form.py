"""The forms of a visit: one definition for the command line, the page and the export."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from hemispasm.model.finding import Origin
from hemispasm.model.vocabulary import load_vocabulary

Kind = Literal["choice", "number", "month"]

#: Answers that are no value. ``unknown`` and ``not_asked`` yield no finding.
NO_ANSWER = ("unknown", "not_asked")
NOT_ASSESSABLE = "not_assessable"

#: In the order in which a clinic fills them in.
FORM_NAMES = (
    "history",
    "examination",
    "scales",
    "patient_scores",
    "treatment_safety",
    "preferences",
    "imaging_report",
    "emg_report",
    "other_reports",
    "follow_up",
)

#: A table of ``exam.toml`` takes, beside its own form's questions, every code that starts so.
TABLE_PREFIXES = {
    "history": "history.",
    "examination": "exam.",
    "scales": "scale.",
    "preferences": "preference.",
}
REPORT_TABLE = "report"


@dataclass(frozen=True)
class Option:
    """One allowed value with its words for the clinician and for the patient."""

    value: str
    words: str
    plain: str


@dataclass(frozen=True)
class Condition:
    """A question is asked only when another one has this answer."""

    code: str
    value: str


@dataclass(frozen=True)
class Question:
    """One question of a form.

    Attributes
    ----------
    code : str
        The finding code; ``history.onset`` alone is a date, which ``gives`` other codes.
    wording, plain, help : str
        For the clinician; for the patient, empty where the patient does not answer; and what is
        meant.
    kind : {"choice", "number", "month"}
        A month is ``YYYY-MM`` or ``YYYY``.
    sided : bool
        Asked of the left and of the right side.
    options : tuple of Option
        Allowed values of a choice, or the anchors of a number where they may be shown.
    minimum, maximum, whole
        Range of a number; they catch slips of the pen and judge nothing.
    unit : str or None
        UCUM unit of a number.
    extra : tuple of str
        Keys that may stand beside the value, such as ``rater``.
    shows_if : Condition or None
        None: always asked.
    by : tuple of str
        Who may have written the report; empty: anybody.
    several : bool
        One report may give several values.
    gives : tuple of str
        Finding codes that a date yields.
    origin : Origin
        Who found it.
    source, rights : str
        Key of the publication; who holds the rights and what is therefore not shown.
    """

    code: str
    wording: str
    plain: str
    help: str
    kind: Kind
    sided: bool
    origin: Origin
    options: tuple[Option, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False
    unit: str | None = None
    extra: tuple[str, ...] = ()
    shows_if: Condition | None = None
    by: tuple[str, ...] = ()
    several: bool = False
    gives: tuple[str, ...] = ()
    source: str = ""
    rights: str = ""

    @property
    def name(self) -> str:
        """The short name that stands in ``exam.toml``.

        Examples
        --------
        >>> lookup_question("exam.other_babinski").name
        'other_babinski'
        """
        return self.code.partition(".")[2]

    @property
    def values(self) -> tuple[str, ...]:
        """The allowed text values of a choice."""
        return tuple(o.value for o in self.options) if self.kind == "choice" else ()

    @property
    def rated(self) -> bool:
        """Whether several raters may answer."""
        return "rater" in self.extra


@dataclass(frozen=True)
class FormSection:
    """Some questions under one title; an optional section is not missed when it is empty."""

    name: str
    title: str
    questions: tuple[Question, ...]
    optional: bool = False


@dataclass(frozen=True)
class Form:
    """One form.

    Attributes
    ----------
    name, title, intro : str
        Name for the command line; title and first sentence of the page.
    table : str
        The table of ``exam.toml`` in which its answers stand; ``report`` for outside reports.
    filled_by : {"patient", "clinician", "reader"}
        Who answers; a reader copies what a report says.
    also : tuple of str
        ``form.section`` of other forms that are asked together with it.
    """

    name: str
    title: str
    intro: str
    table: str
    filled_by: Literal["patient", "clinician", "reader"]
    sections: tuple[FormSection, ...]
    also: tuple[str, ...] = ()

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every question in order."""
        return tuple(q for section in self.sections for q in section.questions)


@cache
def load_forms() -> dict[str, Form]:
    """Return every form by name, in the order in which a clinic fills them in.

    Raises
    ------
    ValueError
        A question names no finding code, stands twice, or an option has no words.

    Examples
    --------
    >>> form = load_forms()["scales"]
    >>> form.title, form.sections[0].questions[0].code
    ('Rating scales', 'scale.smc')
    """
    words = _read("words")
    forms = {name: _form(name, _read(name), words) for name in FORM_NAMES}
    codes = [q.code for form in forms.values() for q in form.questions]
    if len(set(codes)) < len(codes):
        raise ValueError(f"asked twice: {sorted({c for c in codes if codes.count(c) > 1})}")
    return forms


@cache
def load_questions() -> dict[str, Question]:
    """Return every question by its code.

    Examples
    --------
    >>> load_questions()["scale.hfs7"].maximum
    28
    """
    return {q.code: q for form in load_forms().values() for q in form.questions}


def lookup_question(code: str) -> Question:
    """Return the question with a code.

    Raises
    ------
    LookupError
        No form asks it.
    """
    try:
        return load_questions()[code]
    except KeyError:
        raise LookupError(f"no form asks for {code!r}") from None


@cache
def table_questions() -> dict[str, dict[str, Question]]:
    """Return the questions that each table of ``exam.toml`` takes, by short name.

    A form's table takes the form's own questions; ``history``, ``examination``, ``scales`` and
    ``preferences`` take every question of their kind, so that nobody has to know which form asks.

    Examples
    --------
    >>> table_questions()["scales"]["hfs7"].code
    'scale.hfs7'
    """
    tables: dict[str, dict[str, Question]] = {}
    for form in load_forms().values():
        if form.table == REPORT_TABLE:
            continue
        prefix = TABLE_PREFIXES.get(form.table)
        wider = [q for q in load_questions().values() if prefix and q.code.startswith(prefix)]
        tables[form.table] = {q.name: q for q in (*form.questions, *wider)}
    return tables


def _read(name: str) -> dict[str, Any]:
    path = files("hemispasm.model").joinpath("data", "forms", f"{name}.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _form(name: str, table: dict[str, Any], words: dict[str, Any]) -> Form:
    sections = tuple(
        FormSection(
            name=section["name"],
            title=section["title"],
            questions=tuple(_question(q, table["origin"], words) for q in section["question"]),
            optional=bool(section.get("optional", False)),
        )
        for section in table["section"]
    )
    return Form(
        name=name,
        title=table["title"],
        intro=table["intro"],
        table=table["table"],
        filled_by=table["filled_by"],
        sections=sections,
        also=tuple(table.get("also", ())),
    )


def _question(row: dict[str, Any], origin: str, words: dict[str, Any]) -> Question:
    code = row["code"]
    definition = load_vocabulary().get(code)
    if definition is None and row.get("kind") != "month":
        raise ValueError(f"the form asks for {code!r}, which is no finding code")
    values = definition.values if definition else ()
    kind: Kind = row.get("kind", "choice" if values else "number")
    own = row.get("words", {})
    when = str(row.get("shows_if", "")).partition("=")
    return Question(
        code=code,
        wording=row.get("wording") or (definition.label if definition else code),
        plain=row.get("plain", ""),
        help=row.get("help") or (definition.definition if definition else ""),
        kind=kind,
        sided=definition.sided if definition else False,
        origin=Origin(row.get("origin", origin)),
        options=tuple(_option(value, own, words) for value in (values or own)),
        minimum=row.get("minimum"),
        maximum=row.get("maximum"),
        whole=bool(row.get("whole", False)),
        unit=definition.unit if definition else None,
        extra=definition.extra if definition else (),
        shows_if=Condition(when[0], when[2]) if when[0] else None,
        by=tuple(row.get("by", ())),
        several=bool(row.get("several", False)),
        gives=tuple(row.get("gives", ())),
        source=row.get("source", ""),
        rights=row.get("rights", ""),
    )


def _option(value: str, own: dict[str, str], words: dict[str, Any]) -> Option:
    said = own.get(value) or words["words"].get(value)
    if said is None:
        raise ValueError(f"the value {value!r} has no words")
    return Option(value, said, words["plain"].get(value, said))
