"""A named person signs the latest report of a case, or is told why that must not happen."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from hemispasm.assessing import recordings_of
from hemispasm.charting import make_chart
from hemispasm.formats import atomic
from hemispasm.formats.case import CaseFolder, read_case, write_review
from hemispasm.model.errors import RefusedError, UsageError
from hemispasm.model.finding import FindingsDocument
from hemispasm.model.review import Signature
from hemispasm.model.side import Mirrored
from hemispasm.papers import make_papers
from hemispasm.reporting import Reasoned, case_document, mirroring_of
from hemispasm.results import PLAN_FILE, SIGNED_FILE, Run, hash_items, hash_records, latest_run
from hemispasm.review import stale_items


def sign(
    folder: Path | str,
    *,
    initials: str,
    role: str,
    pictures: bool = True,
    now: datetime | None = None,
) -> Path:
    """Sign the findings and the plan of the latest run; signed papers stand beside the drafts.

    Parameters
    ----------
    folder : path-like
        A case folder.
    initials, role : str
        Who takes responsibility.
    pictures : bool
        False leaves the face out of the signed report.
    now : datetime, optional
        Time of the signature.

    Returns
    -------
    Path
        ``report.signed.html``; it is never overwritten.

    Raises
    ------
    RefusedError
        ``nothing_to_sign``, ``not_reviewed``, ``findings_changed``, ``mirroring_unknown``,
        ``seeds_unconfirmed`` or ``already_signed``.
    IntegrityError
        A file of the run was changed after it was written.
    """
    if not initials.strip() or not role.strip():
        raise UsageError(
            "who_signs", "A signature needs initials and a role.", "Give --initials and --role."
        )
    case = read_case(folder)
    run = latest_run(case)
    if run is None:
        raise RefusedError(
            "nothing_to_sign", "The case has no results yet.", "Run `hemispasm assess CASE` first."
        )
    _refuse_unready(case, run)
    signature = Signature(
        initials=initials.strip(),
        role=role.strip(),
        time=now or datetime.now(UTC).replace(microsecond=0),
        findings_sha256=run.findings_sha256,
        plan_sha256=run.provenance.files.get(PLAN_FILE),
    )
    traces = {r.sha256: run.traces(r.sha256) for r in run.provenance.recordings}
    views = {
        r.sha256: found
        for r in run.provenance.recordings
        if (found := run.views(r.sha256)) is not None
    }
    reasoned = None
    if run.plan is not None:
        reasoned = Reasoned(make_chart(case, run.effective, run.plan.as_of), run.plan)
    report = case_document(
        case,
        run.effective,
        traces,
        reasoned,
        pictures=pictures,
        signed=signature,
        views=views,
    )
    papers = make_papers(report, reasoned, signature)
    # The signature first: a signed page without one in the review would have no basis.
    for visit in case.visits:
        signatures = (*visit.review.signatures, signature)
        write_review(visit.path, visit.review.model_copy(update={"signatures": signatures}))
    # The report last: while it is missing, nothing counts as signed.
    for name in sorted(papers, key=lambda name: name == SIGNED_FILE):
        atomic.write_new_bytes(run.path / name, papers[name])
    return run.path / SIGNED_FILE


def _refuse_unready(case: CaseFolder, run: Run) -> None:
    if (run.path / SIGNED_FILE).exists():
        raise RefusedError(
            "already_signed",
            "The latest report is signed already, and a signed report is never replaced.",
            "Correct the review or run `hemispasm assess CASE`; that makes a new report.",
        )
    _refuse_unknown_side(run)
    _refuse_unconfirmed(run)
    _refuse_unreviewed(case, run)
    _refuse_changed(case, run)


def _refuse_unknown_side(run: Run) -> None:
    for day, document in run.effective.documents():
        if document.recording.kind == "video" and mirroring_of(document) is Mirrored.UNKNOWN:
            raise RefusedError(
                "mirroring_unknown",
                f"Nobody has said whether a recording of {day} is mirrored, so no side is known.",
                'Put {"mirrored": "yes"} or {"mirrored": "no"} into the .json beside the video, '
                "then run `hemispasm assess CASE`.",
            )


def _refuse_unconfirmed(run: Run) -> None:
    for day, document in run.effective.documents():
        settings = document.provenance.settings
        if settings.get("seeds_sha256") is not None and not settings.get("seeds confirmed"):
            raise RefusedError(
                "seeds_unconfirmed",
                f"Nobody has confirmed the clicks on the MRI of {day}.",
                "Confirm them with `hemispasm imaging seeds CASE`, then run "
                "`hemispasm assess CASE`.",
            )


def _refuse_unreviewed(case: CaseFolder, run: Run) -> None:
    decided = {item.recording_sha256 for visit in case.visits for item in visit.review.items}
    for day, document in run.machine.documents():
        if document.recording.sha256 not in decided:
            raise RefusedError(
                "not_reviewed",
                f"Nobody has reviewed a recording of {day}.",
                "Decide on its events and findings with `hemispasm review CASE`.",
            )


def _refuse_changed(case: CaseFolder, run: Run) -> None:
    reviewed = {v.day.isoformat(): hash_items(v.review) for v in case.visits}
    now = {
        (visit.day, sha256, recording.fingerprint(sha256))
        for visit in case.visits
        for recording in recordings_of(visit)
        for sha256 in [recording.digest()]
        if _is_decoded(run, visit.day, sha256)
    }
    then = {(r.visit, r.sha256, r.fingerprint) for r in run.provenance.recordings}
    records = run.provenance.records not in (None, hash_records(case))
    stale = records or _has_stale(case, run.machine_by_day())
    if reviewed != run.provenance.reviews or now != then or stale:
        raise RefusedError(
            "findings_changed",
            "Recordings, records or decisions have changed since the latest report.",
            "Run `hemispasm assess CASE`, look at the new report, then sign.",
        )


def _is_decoded(run: Run, day: object, sha256: str) -> bool:
    """Leave out files that failed to decode, which the report names as such."""
    failed = any(v.day == day and v.failures for v in run.machine.visits)
    return not failed or any(r.sha256 == sha256 for r in run.provenance.recordings)


def _has_stale(case: CaseFolder, documents: dict[str, list[FindingsDocument]]) -> bool:
    return any(
        stale_items(document, visit.review)
        for visit in case.visits
        for document in documents.get(visit.day.isoformat(), [])
    )
