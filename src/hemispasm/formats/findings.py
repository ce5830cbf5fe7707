"""Read and write ``hemispasm.findings/1``: what one recording yielded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from hemispasm.formats import atomic
from hemispasm.model.errors import IntegrityError
from hemispasm.model.finding import FINDINGS_SCHEMA, FindingsDocument

ModelT = TypeVar("ModelT", bound=BaseModel)


def findings_text(document: FindingsDocument) -> str:
    """Return a document as JSON text, the same bytes for the same content."""
    return json_text(document.to_json())


def write_findings(path: Path | str, document: FindingsDocument) -> None:
    """Write a findings document beside its name, then rename it."""
    atomic.write_text(Path(path), findings_text(document))


def read_findings(path: Path | str) -> FindingsDocument:
    """Read a findings document.

    Parameters
    ----------
    path : path-like
        A file that `hemispasm measure video --json` wrote.

    Returns
    -------
    FindingsDocument
        As it was written.

    Raises
    ------
    IntegrityError
        Missing, half-written or damaged (``damaged_file``), or of another version
        (``wrong_version``).

    Examples
    --------
    >>> read_findings("rest.findings.json").find("video.spasm_rate", "left")  # doctest: +SKIP

    >>> read_findings("nowhere.json")
    Traceback (most recent call last):
        ...
    hemispasm.model.errors.IntegrityError: nowhere.json is missing or half-written. Measure the \
recording again to write it anew.
    """
    return read_own(Path(path), FindingsDocument, FINDINGS_SCHEMA)


def read_own(path: Path, model: type[ModelT], schema: str) -> ModelT:
    """Read a JSON file that this program wrote, and check its version.

    Raises
    ------
    IntegrityError
        ``damaged_file`` or ``wrong_version``.
    """
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise _damaged(path, "is missing or half-written") from None
    found = data.get("schema") if isinstance(data, dict) else None
    if found != schema:
        raise IntegrityError(
            "wrong_version",
            f"{path.name} is {found!r}; this version reads {schema!r}.",
            "Use the version of hemispasm that wrote it, or measure the recording again.",
        )
    try:
        return model.model_validate(data)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise _damaged(path, f"does not fit its schema at `{key}`") from None


def json_text(data: Any) -> str:
    """Return indented JSON text with a final line end; NaN is refused."""
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _damaged(path: Path, what: str) -> IntegrityError:
    return IntegrityError(
        "damaged_file", f"{path.name} {what}.", "Measure the recording again to write it anew."
    )
