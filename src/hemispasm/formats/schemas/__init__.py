"""The published JSON Schemas, made from the models and committed beside this file."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from hemispasm.formats.case_findings import CaseFindings
from hemispasm.formats.emg_ascii_profile import AsciiProfile
from hemispasm.formats.exam_schema import ExamFile
from hemispasm.formats.findings import json_text
from hemispasm.formats.traces import TracesDocument
from hemispasm.model.case import Case, Visit
from hemispasm.model.emg_sidecar import EmgSidecar
from hemispasm.model.finding import FindingsDocument
from hemispasm.model.monitor import MonitorDocument
from hemispasm.model.plan import Plan
from hemispasm.model.reading import Readings
from hemispasm.model.recording import VideoSidecar
from hemispasm.model.review import Review
from hemispasm.model.seeds import Seeds
from hemispasm.model.treatment import Treatments
from hemispasm.model.truth import Truth

DIALECT = "https://json-schema.org/draft/2020-12/schema"

# In files that we write, the version is required; a person may leave it out.
_WRITTEN_BY_US = ("findings", "case-findings", "traces", "truth", "plan", "monitor")

_MODELS: dict[str, type[BaseModel]] = {
    "findings-1": FindingsDocument,
    "case-findings-1": CaseFindings,
    "traces-1": TracesDocument,
    "truth-1": Truth,
    "review-1": Review,
    "case-1": Case,
    "exam-1": ExamFile,
    "plan-1": Plan,
    "visit-1": Visit,
    "treatments-1": Treatments,
    "video-sidecar-1": VideoSidecar,
    "emg-sidecar-1": EmgSidecar,
    "emg-import-1": AsciiProfile,
    "monitor-1": MonitorDocument,
    "seeds-1": Seeds,
    "readings-1": Readings,
}


def schema_names() -> tuple[str, ...]:
    """Return the names of the published schemas, such as ``findings-1``."""
    return tuple(_MODELS)


def make_schema(name: str) -> dict[str, Any]:
    """Make one JSON Schema from its model.

    Examples
    --------
    >>> make_schema("findings-1")["properties"]["schema"]["const"]
    'hemispasm.findings/1'
    """
    made = _MODELS[name].model_json_schema(by_alias=True, mode="validation")
    stem, version = name.rsplit("-", 1)
    if stem in _WRITTEN_BY_US:
        made["required"] = sorted({"schema", *made.get("required", ())})
    if stem == "visit":
        made["properties"].pop("day")
        made["required"] = []
    return {"$schema": DIALECT, "$id": f"urn:hemispasm:{stem}:{version}", **made}


def read_schema(name: str) -> dict[str, Any]:
    """Read a schema as it was published with this version."""
    text = files(__package__).joinpath(f"{name}.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def write_schemas(write: Callable[[Path, str], None]) -> None:
    """Write every schema beside this file, after a model has changed.

    Parameters
    ----------
    write : callable
        Writes text to a path, such as `hemispasm.formats.atomic.write_text`.
    """
    for name in schema_names():
        write(Path(__file__).with_name(f"{name}.json"), schema_text(name))


def schema_text(name: str) -> str:
    """Return a schema as the text that is committed."""
    return json_text(make_schema(name))
