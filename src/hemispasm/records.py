"""What people and other programs wrote about a visit, as findings: examination, EMG, imaging."""

from __future__ import annotations

from importlib.metadata import version

from hemispasm.formats.case import VisitFolder
from hemispasm.formats.exam import EXAM_FILE, read_exam
from hemispasm.formats.outside_findings import find_outside_findings, read_outside_findings
from hemispasm.formats.video import hash_file
from hemispasm.measure.exam.findings import exam_document
from hemispasm.model.case import Case
from hemispasm.model.finding import FindingsDocument, Provenance


def read_records(visit: VisitFolder, case: Case) -> tuple[FindingsDocument, ...]:
    """Return the findings of a visit that come from no recording of ours.

    Parameters
    ----------
    visit : VisitFolder
        One visit as it lies on disk.
    case : Case
        Gives the year of birth and the onset where the examination does not.

    Raises
    ------
    UsageError
        A hand-written file has a wrong key or value.
    IntegrityError
        A findings file is damaged or of another version.
    """
    documents = []
    exam = visit.path / EXAM_FILE
    if exam.is_file():
        documents.append(
            exam_document(
                read_exam(exam, day=visit.day),
                day=visit.day,
                sha256=hash_file(exam),
                provenance=Provenance(hemispasm=version("hemispasm")),
                case=case,
            )
        )
    for kind in ("emg", "imaging"):
        documents += [
            read_outside_findings(path) for path in find_outside_findings(visit.path, kind)
        ]
    return tuple(documents)


def has_records(visit: VisitFolder) -> bool:
    """Whether a visit holds an examination or findings of another program."""
    outside = (find_outside_findings(visit.path, kind) for kind in ("emg", "imaging"))
    return (visit.path / EXAM_FILE).is_file() or any(outside)
