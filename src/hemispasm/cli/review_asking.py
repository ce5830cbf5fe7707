"""The two ways `hemispasm review` shows events: a list with ids, and one question after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from hemispasm.cli.shown import finding_cells, say, stdout_console
from hemispasm.model.event import Event, EventKind, Pattern
from hemispasm.model.finding import Finding, FindingsDocument
from hemispasm.model.review import Decision, Review
from hemispasm.model.side import Side
from hemispasm.review import Wish, undecided_events, undecided_findings

if TYPE_CHECKING:
    from hemispasm.formats.case import CaseFolder
    from hemispasm.results import Run

_QUESTION = "[a]ccept, [r]eject, [k]ind, [s]ide, [p]attern, [Enter] later, [q]uit"


def list_all(case: CaseFolder, run: Run, *, as_json: bool) -> None:
    """Print every event and finding of the latest run with its id and the last decision."""
    if as_json:
        typer.echo(_as_json(case, run), nl=False)
        return
    console = stdout_console()
    for day, document in run.machine.documents():
        decided = _decisions(case, document)
        console.print(_table(document, f"{case.case.id}, {day}", decided))
    console.print(
        'Decide: hemispasm review CASE --reject ID --initials AB --reason "..."',
        markup=False,
        highlight=False,
    )


def ask_all(case: CaseFolder, run: Run, initials: str) -> list[Wish]:
    """Ask about every undecided event and return what was answered, also after a quit.

    Of EMG the findings are asked about, not its hundreds of bursts; of MRI its findings.
    """
    say(f"Deciding as {initials}. {_QUESTION}.")
    wishes: list[Wish] = []
    reviews = {visit.day: visit.review for visit in case.visits}
    for day, document in run.machine.documents():
        events = undecided_events(document, reviews.get(day, Review()))
        for number, event in enumerate(events, start=1):
            say(f"{day}  {number}/{len(events)}  {describe(event)}")
            answer = str(typer.prompt(">", default="", show_default=False, err=True)).lower()
            if answer.startswith("q"):
                return wishes
            wish = _wish(answer, f"{document.recording.sha256[:12]}/{event.id}")
            if wish is not None:
                wishes.append(wish)
        if document.recording.kind in ("emg", "imaging") and not _ask_findings(
            document, reviews.get(day, Review()), str(day), wishes
        ):
            return wishes
    return wishes


def _ask_findings(document: FindingsDocument, review: Review, day: str, wishes: list[Wish]) -> bool:
    """Ask about the findings of EMG or MRI; False when the reviewer quits."""
    findings = undecided_findings(document, review)
    for number, finding in enumerate(findings, start=1):
        say(f"{day}  {number}/{len(findings)}  {describe_finding(finding)}")
        said = str(typer.prompt("[a]ccept, [r]eject, [Enter] later, [q]uit >", default="",
                                show_default=False, err=True)).lower()  # fmt: skip
        if said.startswith("q"):
            return False
        decision = {"a": Decision.ACCEPT, "r": Decision.REJECT}.get(said[:1])
        if decision is not None:
            wishes.append(Wish(f"{document.recording.sha256[:12]}/{finding.key}", decision))
    return True


def describe_finding(finding: Finding) -> str:
    """Return one finding in a line.

    Examples
    --------
    >>> describe_finding(Finding(code="emg.affected_side", value="left", quality="measurable",
    ...     method="emg_spontaneous/1"))
    'emg.affected_side: Affected side (EMG): left'
    """
    label, _, value, interval, _ = finding_cells(finding)
    return f"{finding.key}: {label}: {value}" + (f" ({interval})" if interval else "")


def describe(event: Event) -> str:
    """Return one event in a line.

    Examples
    --------
    >>> describe(Event(id="spasm-1090", kind="spasm", side="left", start_s=1.09, end_s=2.54,
    ...     pattern="tonic", region=("eye", "mouth"), confidence=0.98))
    'spasm-1090: spasm, left, tonic, 1.09-2.54 s, eye mouth, confidence 0.98'
    """
    parts = [str(event.kind), str(event.side or event.image_side or ""), str(event.pattern or "")]
    parts += [f"{event.start_s:.2f}-{event.end_s:.2f} s", " ".join(event.region)]
    parts.append(f"confidence {event.confidence:.2f}")
    return f"{event.id}: " + ", ".join(part for part in parts if part)


def _wish(answer: str, ident: str) -> Wish | None:
    letter = answer[:1]
    if letter == "a":
        return Wish(ident, Decision.ACCEPT)
    if letter == "r":
        return Wish(ident, Decision.REJECT)
    if letter == "k":
        return Wish(ident, Decision.RELABEL, kind=EventKind(_ask_one(list(EventKind), "kind")))
    if letter == "s":
        return Wish(ident, Decision.RELABEL, side=Side(_ask_one(list(Side), "side")))
    if letter == "p":
        return Wish(ident, Decision.RELABEL, pattern=Pattern(_ask_one(list(Pattern), "pattern")))
    return None


def _ask_one(options: list[str], name: str) -> str:
    known = [str(option) for option in options]
    while True:
        given = str(typer.prompt(f"{name} ({', '.join(known)})", err=True)).strip().lower()
        if given in known:
            return given


def _decisions(case: CaseFolder, document: FindingsDocument) -> dict[tuple[str, str], str]:
    sha256 = document.recording.sha256
    return {
        (item.target, item.id): f"{item.decision} ({item.initials})"
        for visit in case.visits
        for item in visit.review.items
        if item.recording_sha256 == sha256
    }


def _table(document: FindingsDocument, title: str, decided: dict[tuple[str, str], str]) -> object:
    from rich.table import Table

    table = Table(title=f"{title}, {document.recording.sha256[:12]}", title_justify="left")
    for heading in ("Id", "What", "Decision"):
        table.add_column(heading, overflow="fold")
    bursts = [event for event in document.events if event.kind is EventKind.BURST]
    for event in document.events:
        # Hundreds of bursts would hide what can be decided on; --json has them all.
        if event.kind is EventKind.BURST and ("event", event.id) not in decided:
            continue
        table.add_row(
            event.id,
            describe(event).partition(": ")[2],
            decided.get(("event", event.id), ""),
        )
    if bursts:
        table.add_row("", f"and {len(bursts)} bursts of single channels; --json lists them", "")
    table.add_section()
    for finding in document.findings:
        what = describe_finding(finding).removeprefix(f"{finding.key}: ")
        table.add_row(finding.key, what, decided.get(("finding", finding.key), ""))
    return table


def _as_json(case: CaseFolder, run: Run) -> str:
    from hemispasm.formats.findings import json_text

    rows = []
    for day, document in run.machine.documents():
        decided = _decisions(case, document)
        found = [("event", e.id) for e in document.events]
        found += [("finding", f.key) for f in document.findings]
        rows += [
            {
                "visit": day.isoformat(),
                "sha256": document.recording.sha256,
                "target": target,
                "id": ident,
                "decision": decided.get((target, ident)),
            }
            for target, ident in found
        ]
    return json_text({"schema": "hemispasm.review-list/1", "case": case.case.id, "items": rows})
