"""Which examination is meant, and what a named person has signed about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hemispasm.formats.dicom_seg_source import Signature
from hemispasm.model.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from hemispasm.formats.case import CaseFolder, VisitFolder
    from hemispasm.model.finding import FindingsDocument

_CODES = "imaging."


@dataclass(frozen=True)
class Examination:
    """One examination on disk.

    Attributes
    ----------
    folder : Path
        Its series.
    seeds : Path, optional
        Its clicks; None: those beside the series.
    case : CaseFolder, optional
        Where it belongs.
    sha256 : str, optional
        Of its series, as the case's results name it.
    """

    folder: Path
    seeds: Path | None = None
    case: CaseFolder | None = None
    sha256: str | None = None


def find_examination(
    path: Path, visit: str | None, seeds: Path | str | None, run: str | None
) -> Examination:
    """Return the examination that a path and a day mean.

    Raises
    ------
    UsageError
        Several visits with MRI and no day (``which_visit``), none (``no_imaging``), a day or a run
        for a folder that is no case (``no_case``), or clicks given for a case.
    """
    from hemispasm.formats.case import is_case_folder, read_case

    if not is_case_folder(path):
        if visit is not None or run is not None:
            raise UsageError(
                "no_case",
                f"{path.name} is no case: it has no visits and no signed results.",
                "Give a case folder, or leave --visit and --report out.",
            )
        return Examination(path, None if seeds is None else Path(seeds))
    if seeds is not None:
        raise UsageError(
            "seeds_of_case",
            "A case has its own clicks in imaging/seeds.json.",
            "Leave --seeds out.",
        )
    case = read_case(path)
    found = _visit(case, visit)
    files = found.imaging
    if files is None:
        raise _no_imaging()
    return Examination(
        files.folder, files.seeds if files.seeds.is_file() else None, case, files.digest()
    )


def signed_results(
    place: Examination, measured: FindingsDocument, organisation: str
) -> tuple[FindingsDocument, Signature]:
    """Return the findings of the case's latest run as they were signed, and by whom.

    Raises
    ------
    RefusedError
        The latest run is not signed or does not hold this examination (``not_signed``), or
        measuring anew gives other findings (``findings_changed``).
    """
    from hemispasm.results import SIGNED_FILE, latest_run

    run = None if place.case is None else latest_run(place.case)
    if place.case is None or run is None or not (run.path / SIGNED_FILE).is_file():
        raise _not_signed()
    signatures = [
        one
        for visit in place.case.visits
        for one in visit.review.signatures
        if one.findings_sha256 == run.findings_sha256
    ]
    machine = _of(run.machine.documents(), place.sha256)
    effective = _of(run.effective.documents(), place.sha256)
    if not signatures or machine is None or effective is None:
        raise _not_signed()
    if _numbers(machine) != _numbers(measured):
        raise RefusedError(
            "findings_changed",
            "Measuring the series anew gives other findings than those that were signed.",
            "Run `hemispasm assess CASE`, review and sign again.",
        )
    return effective, Signature(signatures[-1].initials, organisation.strip())


def _visit(case: CaseFolder, wanted: str | None) -> VisitFolder:
    held = [visit for visit in case.visits if visit.imaging is not None]
    if wanted is not None:
        held = [visit for visit in held if visit.visit.day.isoformat() == wanted]
    if not held:
        raise _no_imaging()
    if len(held) > 1:
        days = ", ".join(visit.visit.day.isoformat() for visit in held)
        raise UsageError(
            "which_visit", f"Several visits hold MRI: {days}.", "Name one with --visit."
        )
    return held[0]


def _of(documents: object, sha256: str | None) -> FindingsDocument | None:
    return next(
        (d for _, d in documents if d.recording.sha256 == sha256),  # type: ignore[attr-defined]
        None,
    )


def _numbers(document: FindingsDocument) -> list[tuple[object, ...]]:
    return [
        (f.code, f.side, f.value, f.interval, f.extra("segment"), f.extra("candidate"))
        for f in document.findings
        if f.code.startswith(_CODES)
    ]


def _no_imaging() -> UsageError:
    return UsageError(
        "no_imaging", "No visit of that day holds an MRI examination.", "Check --visit."
    )


def _not_signed() -> RefusedError:
    return RefusedError(
        "not_signed",
        "The latest results of the case are not signed, or do not hold this examination.",
        "Review and sign them with `hemispasm review CASE`, or leave --report out: then it is a "
        "draft.",
    )
