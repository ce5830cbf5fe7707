"""The JSON Schema of ``exam.toml``, made from the forms, for editors and other programs."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from hemispasm.formats.exam_parse import REPORTERS
from hemispasm.model.base import Noun
from hemispasm.model.exam import EXAM_SCHEMA, INITIALS
from hemispasm.model.form import (
    NO_ANSWER,
    NOT_ASSESSABLE,
    Question,
    load_questions,
    table_questions,
)

_RATER = {"type": "string", "pattern": INITIALS}
_EXTRA = {"type": ["string", "number", "boolean"]}


class ExamFile(Noun):
    """``exam.toml`` of a visit: answers by table and question, and findings of outside reports."""

    schema_: str = Field(default=EXAM_SCHEMA, alias="schema")
    examiner: str | None = None

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the schema of the file; tables and questions come from the forms."""
        defs: dict[str, Any] = {}
        tables = {
            table: {
                "type": "object",
                "properties": {name: _answer(q, defs) for name, q in questions.items()},
                "additionalProperties": False,
            }
            for table, questions in table_questions().items()
        }
        defs["report"] = _report()
        return {
            "title": cls.__name__,
            "description": " ".join((cls.__doc__ or "").split()),
            "type": "object",
            "properties": {
                "schema": {"const": EXAM_SCHEMA},
                "examiner": _RATER,
                **tables,
                "report": {"type": "array", "items": {"$ref": "#/$defs/report"}},
            },
            "additionalProperties": False,
            "$defs": defs,
        }


def _answer(question: Question, defs: dict[str, Any]) -> dict[str, Any]:
    """Return how one question may be answered; equal answers share a definition."""
    value = _shared(_value_name(question), _value(question), defs)
    if not question.sided and not question.extra:
        return value
    name = _value_name(question) + ("_by_side" if question.sided else "")
    name += "".join(f"_{key}" for key in question.extra)
    sides = dict.fromkeys(("left", "right", "both"), value) if question.sided else {}
    entry = {
        "type": "object",
        "properties": {
            **({"side": {"enum": list(sides)}} if sides else {}),
            "value": value,
            **{key: _RATER if key == "rater" else _EXTRA for key in question.extra},
        },
        "required": ["side", "value"] if sides else ["value"],
        "additionalProperties": False,
    }
    ways: list[dict[str, Any]] = [entry, {"type": "array", "items": entry, "minItems": 1}]
    if sides:
        by_side = {"properties": sides, "additionalProperties": False, "minProperties": 1}
        ways.insert(0, {"type": "object", **by_side})
    else:
        ways.insert(0, value)
    return _shared(name, {"anyOf": ways}, defs)


def _value(question: Question) -> dict[str, Any]:
    none = [*NO_ANSWER, NOT_ASSESSABLE]
    if question.kind == "choice":
        more = ["yes", "no", True, False] if "present" in question.values else []
        return {"enum": list(dict.fromkeys([*question.values, *none, *more]))}
    if question.kind == "month":
        dated = {"type": "string", "pattern": r"^\d{4}(-\d{2})?$"}
        return {"anyOf": [dated, {"type": "integer"}, {"enum": none}]}
    number: dict[str, Any] = {"type": "integer" if question.whole else "number"}
    number |= {"minimum": question.minimum, "maximum": question.maximum}
    return {"anyOf": [number, {"enum": none}]}


def _value_name(question: Question) -> str:
    if question.kind == "month":
        return "month"
    if question.kind == "number":
        kind = "whole" if question.whole else "number"
        return f"{kind}_{question.minimum:g}_to_{question.maximum:g}".replace("-", "minus_")
    return "_or_".join(question.values) if len(question.values) < 5 else question.name


def _shared(name: str, made: dict[str, Any], defs: dict[str, Any]) -> dict[str, Any]:
    defs.setdefault(name, made)
    return {"$ref": f"#/$defs/{name}"}


def _report() -> dict[str, Any]:
    finding = {
        "type": "object",
        "properties": {
            "code": {"enum": list(load_questions())},
            "side": {"enum": ["left", "right", "both"]},
            "value": {"type": ["string", "number", "boolean"]},
        },
        "required": ["code", "value"],
    }
    return {
        "type": "object",
        "description": "Findings typed in from somebody else's report.",
        "properties": {
            "by": {"enum": list(REPORTERS)},
            "day": {"type": "string", "format": "date"},
            "finding": {"type": "array", "items": finding},
        },
        "required": ["by"],
        "additionalProperties": False,
    }
