"""Runs: folders under ``results/`` that are written once, whole, and never changed."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field

from hemispasm.formats import atomic
from hemispasm.formats.case import CaseFolder
from hemispasm.formats.case_findings import (
    CaseFindings,
    case_findings_text,
    read_case_findings,
    text_sha256,
)
from hemispasm.formats.findings import json_text, read_own
from hemispasm.formats.outside_findings import find_outside_findings
from hemispasm.formats.parse import read_json_object
from hemispasm.formats.traces import read_traces, traces_text
from hemispasm.formats.video import hash_file
from hemispasm.model.base import Noun
from hemispasm.model.errors import IntegrityError
from hemispasm.model.finding import FindingsDocument
from hemispasm.model.plan import PLAN_SCHEMA, Plan
from hemispasm.model.review import Review
from hemispasm.model.trace import Trace

FINDINGS_FILE = "findings.json"
REVIEWED_FILE = "findings.reviewed.json"
PLAN_FILE = "plan.json"
REPORT_FILE = "report.html"
REPORT_PDF_FILE = "report.pdf"
SIGNED_FILE = "report.signed.html"
SIGNED_PDF_FILE = "report.signed.pdf"
PROVENANCE_FILE = "provenance.json"
FOOTER = "Research software, not a medical device."


class RunRecording(Noun):
    """One recording of a run, by content, with the fingerprint of how it was measured."""

    visit: date
    sha256: str
    fingerprint: str


class RunProvenance(Noun):
    """``provenance.json``: what made a run, and the hashes of what it wrote.

    ``records`` is one hash over the hand-written files of the case.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )

    schema_: Literal["hemispasm.run/1"] = Field(default="hemispasm.run/1", alias="schema")
    hemispasm: str
    python: str
    created: datetime
    recordings: tuple[RunRecording, ...]
    reviews: dict[str, str]
    records: str | None = None
    files: dict[str, str]
    footer: str = FOOTER


@dataclass(frozen=True)
class Run:
    """A run as it lies on disk, its hashes checked."""

    path: Path
    provenance: RunProvenance
    machine: CaseFindings
    effective: CaseFindings
    plan: Plan | None = None

    @property
    def findings_sha256(self) -> str:
        """SHA-256 of the findings that count: the reviewed ones where there are any."""
        files = self.provenance.files
        return files.get(REVIEWED_FILE, files[FINDINGS_FILE])

    def machine_by_day(self) -> dict[str, list[FindingsDocument]]:
        """Return the machine's documents by the visit's day, YYYY-MM-DD."""
        return {v.day.isoformat(): list(v.recordings) for v in self.machine.visits}

    def traces(self, sha256: str) -> tuple[Trace, ...]:
        """Return the traces of one recording; an examination has none."""
        name = _traces_name(sha256)
        return read_traces(self.path / name) if name in self.provenance.files else ()

    def views(self, sha256: str) -> dict[str, Any] | None:
        """Return the pictures of an examination as plain data; None where there are none.

        Raises
        ------
        IntegrityError
            They are missing or were changed after they were written.
        """
        name = _views_name(sha256)
        if name not in self.provenance.files:
            return None
        _check_unchanged(self.path / name, self.provenance.files[name])
        return read_json_object(self.path / name, name)

    def measured(self, sha256: str, fingerprint: str) -> FindingsDocument | None:
        """Return the machine's document on a recording measured in just this way."""
        known = {(r.sha256, r.fingerprint) for r in self.provenance.recordings}
        if (sha256, fingerprint) not in known:
            return None
        return next(d for _, d in self.machine.documents() if d.recording.sha256 == sha256)


@dataclass(frozen=True)
class RunContent:
    """Everything that a new run writes.

    ``papers`` are finished files by name: the report, the text for the patient, the letters;
    ``views`` the pictures of examinations as plain data, by SHA-256.
    """

    machine: CaseFindings
    reviewed: CaseFindings | None
    papers: Mapping[str, bytes]
    recordings: tuple[RunRecording, ...]
    traces: Mapping[str, tuple[Trace, ...]] = field(default_factory=dict)
    reviews: Mapping[date, Review] = field(default_factory=dict)
    plan: Plan | None = None
    views: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def latest_run(case: CaseFolder) -> Run | None:
    """Read the latest run of a case; None when there is none.

    Raises
    ------
    IntegrityError
        A file of the run is missing, damaged, of another version, or was changed after it was
        written (``changed_after_writing``).
    """
    path = atomic.follow(case.results / "latest")
    if path is None:
        return None
    provenance = read_own(path / PROVENANCE_FILE, RunProvenance, "hemispasm.run/1")
    for name in (FINDINGS_FILE, REVIEWED_FILE):
        if name in provenance.files:
            _check_unchanged(path / name, provenance.files[name])
    machine = read_case_findings(path / FINDINGS_FILE)
    reviewed = REVIEWED_FILE in provenance.files
    effective = read_case_findings(path / REVIEWED_FILE) if reviewed else machine
    plan = None
    if PLAN_FILE in provenance.files:
        _check_unchanged(path / PLAN_FILE, provenance.files[PLAN_FILE])
        plan = read_own(path / PLAN_FILE, Plan, PLAN_SCHEMA)
    return Run(path, provenance, machine, effective, plan)


def write_run(case: CaseFolder, content: RunContent, now: datetime | None = None) -> Path:
    """Write a new run folder and let ``latest`` point to it.

    Returns
    -------
    Path
        The new folder, named by UTC time and the start of a hash.
    """
    now = now or datetime.now(UTC)
    texts = {FINDINGS_FILE: case_findings_text(content.machine)}
    if content.reviewed is not None:
        texts[REVIEWED_FILE] = case_findings_text(content.reviewed)
    for sha256, traces in content.traces.items():
        texts[_traces_name(sha256)] = traces_text(traces, sha256)
    for sha256, views in content.views.items():
        texts[_views_name(sha256)] = json_text(dict(views))
    if content.plan is not None:
        texts[PLAN_FILE] = json_text(content.plan.to_json())
    made = {name: text.encode("utf-8") for name, text in texts.items()} | dict(content.papers)
    provenance = RunProvenance(
        hemispasm=version("hemispasm"),
        python=platform.python_version(),
        created=now.replace(microsecond=0),
        recordings=content.recordings,
        records=hash_records(case),
        reviews={day.isoformat(): hash_items(r) for day, r in content.reviews.items()},
        files={name: hashlib.sha256(data).hexdigest() for name, data in made.items()},
    )
    made[PROVENANCE_FILE] = json_text(provenance.model_dump(mode="json", by_alias=True)).encode()
    path = _free_name(case.results, now, text_sha256(texts[FINDINGS_FILE]))
    with atomic.new_folder(path) as beside:
        for name, data in made.items():
            (beside / name).parent.mkdir(exist_ok=True)
            (beside / name).write_bytes(data)
    atomic.point_to(case.results / "latest", path.name)
    return path


def hash_items(review: Review) -> str:
    """Return a hash of the decisions of a review; signatures do not count."""
    items = [item.model_dump(mode="json", exclude_none=True) for item in review.items]
    return text_sha256(json.dumps(items, sort_keys=True))


def hash_records(case: CaseFolder) -> str:
    """Return one hash over what people and other programs wrote about a case.

    ``case.toml``, ``treatments.toml``, ``centre.toml``, each visit's ``visit.toml`` and
    ``exam.toml``, and the findings files of EMG and imaging.
    """
    names = ("case.toml", "treatments.toml", "centre.toml")
    files = [case.path / name for name in names]
    for visit in case.visits:
        files += [visit.path / "visit.toml", visit.path / "exam.toml"]
        for kind in ("emg", "imaging"):
            files += find_outside_findings(visit.path, kind)
    found = {f.relative_to(case.path).as_posix(): hash_file(f) for f in files if f.is_file()}
    return text_sha256(json.dumps(found, sort_keys=True))


def fingerprint_of(**parts: Any) -> str:
    """Return a hash of everything that decides how a recording is measured."""
    return text_sha256(json.dumps(parts, sort_keys=True))


def _traces_name(sha256: str) -> str:
    return f"traces/{sha256[:16]}.json"


def _views_name(sha256: str) -> str:
    return f"views/{sha256[:16]}.json"


def _check_unchanged(path: Path, sha256: str) -> None:
    if not path.is_file() or hash_file(path) != sha256:
        raise IntegrityError(
            "changed_after_writing",
            f"{path.name} of the latest run is missing or was changed after it was written.",
            "Run `hemispasm assess CASE --fresh`; corrections belong into review.json.",
        )


def _free_name(results: Path, now: datetime, sha256: str) -> Path:
    name = f"{now:%Y%m%dT%H%M%SZ}-{sha256[:8]}"
    names = (name, *(f"{name}-{n}" for n in range(2, 1000)))
    return next(results / n for n in names if not (results / n).exists())
