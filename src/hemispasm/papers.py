"""What a case gives people to read: report, text for the patient, letters; as page and PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hemispasm.report.html import render_html
from hemispasm.report.pdf import render_pdf
from hemispasm.reporting import Reasoned

if TYPE_CHECKING:
    from hemispasm.model.review import Signature
    from hemispasm.report.document import Document

REPORT = "report"
PATIENT = "patient"
LETTERS = "letters"
SIGNED = ".signed"


def make_papers(
    report: Document, reasoned: Reasoned | None, signed: Signature | None = None
) -> dict[str, bytes]:
    """Return finished files by name, below the run's folder.

    Parameters
    ----------
    report : Document
        The report on the case.
    reasoned : Reasoned, optional
        Without it there is only the report.
    signed : Signature, optional
        Signed papers carry ``.signed`` in their names, so that no draft is ever replaced.

    Returns
    -------
    dict of str to bytes
        ``report.html``, ``report.pdf``, ``patient.html`` …, ``letters/<name>.pdf`` ….
    """
    documents = {REPORT: report}
    if reasoned is not None:
        from hemispasm.report.letters import build_letters
        from hemispasm.report.plain_language import build_patient_text

        documents[PATIENT] = build_patient_text(reasoned.plan, reasoned.chart, signed=signed)
        letters = build_letters(reasoned.plan, reasoned.chart, signed=signed)
        documents |= {f"{LETTERS}/{name}": letter for name, letter in letters.items()}
    mark = SIGNED if signed else ""
    papers: dict[str, bytes] = {}
    for name, document in documents.items():
        papers[f"{name}{mark}.html"] = render_html(document).encode("utf-8")
        papers[f"{name}{mark}.pdf"] = render_pdf(document)
    return papers
