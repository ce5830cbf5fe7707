"""Read findings of EMG and imaging that another run or another program wrote beside a visit."""

from __future__ import annotations

from pathlib import Path

from hemispasm.formats.parse import parse, read_json_object
from hemispasm.model.errors import IntegrityError, UsageError
from hemispasm.model.finding import FINDINGS_SCHEMA, Finding, FindingsDocument, Origin
from hemispasm.model.side import Side
from hemispasm.model.vocabulary import lookup_code

SUFFIX = ".findings.json"
KINDS = ("emg", "imaging")

#: What only a person's report can say; a program that measured may not.
_REPORTED_ONLY = ("imaging.radiologist_report",)


def find_outside_findings(visit: Path | str, kind: str) -> tuple[Path, ...]:
    """Return the findings files of one kind in a visit's folder, by name.

    Parameters
    ----------
    visit : path-like
        ``visits/<day>``.
    kind : {"emg", "imaging"}
        Which folder of the visit.
    """
    folder = Path(visit) / kind
    if not folder.is_dir():
        return ()
    found = (p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))
    return tuple(sorted(p for p in found if p.name.endswith(SUFFIX)))


def read_outside_findings(path: Path | str) -> FindingsDocument:
    """Read one findings document and check that it may enter a chart.

    Parameters
    ----------
    path : path-like
        ``visits/<day>/emg/*.findings.json`` or ``visits/<day>/imaging/*.findings.json``. The
        folder says which kind it must be.

    Returns
    -------
    FindingsDocument
        As it was written.

    Raises
    ------
    UsageError
        Another kind (``wrong_kind``), a code of another instrument
        (``foreign_code``), a side where there must be none or none where there must be one
        (``side_missing``, ``side_not_wanted``), or a radiologist's conclusion that no report gave
        (``not_from_this_report``).
    IntegrityError
        Another schema or version (``wrong_version``).
    """
    path = Path(path)
    kind = path.parent.name
    shown = f"{kind}/{path.name}" if kind in KINDS else path.name
    data = read_json_object(path, shown)
    if data.get("schema") != FINDINGS_SCHEMA:
        raise IntegrityError(
            "wrong_version",
            f"{shown} is {data.get('schema')!r}, not {FINDINGS_SCHEMA!r}.",
            "Write it in the published shape, or take it out of the folder.",
        )
    document = parse(FindingsDocument, data, shown)
    wanted = (kind,) if kind in KINDS else KINDS
    if document.recording.kind not in wanted:
        raise UsageError(
            "wrong_kind",
            f"{shown} holds findings of {document.recording.kind}, not of {' or '.join(wanted)}.",
            "Move it into the folder of its kind.",
        )
    for finding in document.findings:
        _check(finding, document.recording.kind, shown)
    return document


def _check(finding: Finding, kind: str, shown: str) -> None:
    definition = lookup_code(finding.code)
    if definition.instrument != kind:
        raise UsageError(
            "foreign_code",
            f"{shown}: {finding.code} is no finding of {kind}.",
            "Take it out; each instrument has a file of its own.",
        )
    if definition.sided and finding.side not in (Side.LEFT, Side.RIGHT):
        raise UsageError(
            "side_missing",
            f"{shown}: {finding.code} needs the patient's side, left or right.",
            "Give it, or take the finding out.",
        )
    if not definition.sided and (finding.side or finding.image_side):
        raise UsageError(
            "side_not_wanted",
            f"{shown}: {finding.code} is not about one side.",
            "Leave the side out.",
        )
    if finding.code in _REPORTED_ONLY and finding.origin is not Origin.REPORTED:
        raise UsageError(
            "not_from_this_report",
            f"{shown}: {finding.code} can only come from a radiologist's report.",
            'Write origin = "reported" where a report on file says so, or take it out.',
        )
