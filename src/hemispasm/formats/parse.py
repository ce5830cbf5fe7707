"""Turn a small hand-written JSON or TOML file into a model object, or name file and key."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from hemispasm.model.errors import UsageError

_ENUM = re.compile(r"<\w+\.\w+: ('[^']*')>")

ModelT = TypeVar("ModelT", bound=BaseModel)

# A file that a person or a recorder wrote is small; anything larger is the wrong file.
_MAX_BYTES = 64_000_000


def read_json_object(path: Path, shown: str) -> dict[str, Any]:
    """Read a JSON file whose top level is an object.

    Parameters
    ----------
    path : Path
        The file.
    shown : str
        How messages name it, relative to what the user gave.

    Raises
    ------
    UsageError
        Not text (``not_text``), not JSON (``bad_json``), or not an object.
    """
    try:
        data = json.loads(_text(path, shown), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as problem:
        where = f" in line {problem.lineno}" if isinstance(problem, json.JSONDecodeError) else ""
        raise UsageError(
            "bad_json", f"{shown} is not valid JSON{where}.", "Correct the file."
        ) from None
    if not isinstance(data, dict):
        raise UsageError(
            "bad_json", f"{shown} must hold one object in braces.", "Correct the file."
        )
    return data


def read_toml(path: Path, shown: str) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    UsageError
        Not text (``not_text``) or not TOML (``bad_toml``); the message gives the line.
    """
    try:
        return tomllib.loads(_text(path, shown))
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        raise UsageError(
            "bad_toml", f"{shown} is not valid TOML: {problem}.", "Correct that line."
        ) from None


def parse(model: type[ModelT], data: dict[str, Any], shown: str) -> ModelT:
    """Check data against a model.

    Raises
    ------
    UsageError
        The first wrong key, named with its file (``unknown_key``, ``missing_key``,
        ``bad_value``).

    Examples
    --------
    >>> from hemispasm.model import Case
    >>> parse(Case, {"id": "P-01"}, "case.toml").id
    'P-01'
    >>> parse(Case, {"id": "P-01", "colour": "red"}, "case.toml")
    Traceback (most recent call last):
        ...
    hemispasm.model.errors.UsageError: case.toml has the unknown key `colour`. Known keys: \
schema, id, birth_year, sex, clinic_type, country, onset, medication, prior_treatment, notes, \
simulated.
    """
    try:
        return model.model_validate(data)
    except ValidationError as problem:
        raise _usage_error(model, problem, shown) from None


def _usage_error(model: type[BaseModel], problem: ValidationError, shown: str) -> UsageError:
    first = problem.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        known = "Check its spelling, or leave it out."
        if len(first["loc"]) == 1:
            names = (field.alias or name for name, field in model.model_fields.items())
            known = f"Known keys: {', '.join(names)}."
        return UsageError("unknown_key", f"{shown} has the unknown key `{key}`.", known)
    if first["type"] == "missing":
        return UsageError("missing_key", f"{shown} lacks the key `{key}`.", "Add it to the file.")
    said = first["msg"].removeprefix("Value error, ")
    # What a person may write, not how the program writes it.
    said = _ENUM.sub(r"\1", said)
    named = f"`{key}`: " if key else ""
    return UsageError("bad_value", f"{shown}: {named}{said}.", "Correct the value in the file.")


def _text(path: Path, shown: str) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise UsageError(
                "file_too_large", f"{shown} is far too large for what it is.", "Check the file."
            )
        # Some Windows editors put a byte-order mark in front.
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(
            "not_text", f"{shown} is not UTF-8 text.", "Save it as UTF-8 in a text editor."
        ) from None
    except OSError:
        raise UsageError(
            "text_not_readable", f"{shown} cannot be read.", "Check that it exists and may be read."
        ) from None


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
