"""`hemispasm review`: accept, reject or relabel what was found; sign the report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from hemispasm.model.event import EventKind, Pattern
from hemispasm.model.review import Decision
from hemispasm.model.side import Side

if TYPE_CHECKING:
    from hemispasm.formats.case import CaseFolder
    from hemispasm.results import Run
    from hemispasm.review import Wish

Choice = TypeVar("Choice", EventKind, Side, Pattern)

Ids = Annotated[
    list[str] | None, typer.Option(metavar="ID", help="Id from the list; repeatable; all.")
]


def command(
    case: Annotated[Path, typer.Argument(metavar="CASE", help="A case folder.")],
    accept: Ids = None,
    reject: Ids = None,
    relabel: Ids = None,
    kind: Annotated[str | None, typer.Option(help="New kind for --relabel.")] = None,
    side: Annotated[str | None, typer.Option(help="New side, the patient's.")] = None,
    pattern: Annotated[str | None, typer.Option(help="New pattern: twitch, clonic, tonic.")] = None,
    value: Annotated[str | None, typer.Option(help="New value of a finding.")] = None,
    initials: Annotated[str | None, typer.Option(help="Who decides, such as AB.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why.")] = None,
    interactive: Annotated[
        bool, typer.Option("--interactive", "-i", help="Ask about every undecided event.")
    ] = False,
    sign: Annotated[bool, typer.Option("--sign", help="Sign the latest report.")] = False,
    role: Annotated[str | None, typer.Option(help="Role of the person who signs.")] = None,
    export: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write all decisions as CSV; - for stdout.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="List as JSON on stdout.")] = False,
    no_pictures: Annotated[
        bool, typer.Option("--no-pictures", help="Leave the face out of the report.")
    ] = False,
) -> None:
    """List, decide, sign. Decisions go to review.json of each visit; findings are made anew.

    Without options the events and findings of the latest run are listed with their ids.
    """
    from hemispasm.cli.shown import say
    from hemispasm.formats.case import read_case
    from hemispasm.results import latest_run

    pictures = not no_pictures
    folder = read_case(case)
    run = _need_run(latest_run(folder))
    accept = _spelled_out(accept, folder, run)
    wishes = _wishes(accept, reject, relabel, kind, side, pattern, value)
    if interactive:
        from hemispasm.cli.review_asking import ask_all

        initials = initials or str(typer.prompt("Your initials"))
        asked = ask_all(folder, run, initials)
        _decide(case, folder, run, asked, initials, "looked at one by one", pictures)
    if wishes:
        _decide(case, folder, run, wishes, _need(initials, "--initials"), reason, pictures)
    if export is not None:
        _export(folder, run, export)
    if sign:
        from hemispasm.signing import sign as sign_report

        page = sign_report(
            case,
            initials=_need(initials, "--initials"),
            role=_need(role, "--role"),
            pictures=pictures,
        )
        say(f"Signed: {page}")
    if not (wishes or interactive or sign or export is not None):
        from hemispasm.cli.review_asking import list_all

        list_all(folder, run, as_json=as_json)


def _decide(
    path: Path,
    case: CaseFolder,
    run: Run,
    wishes: list[Wish],
    initials: str,
    reason: str | None,
    pictures: bool,
) -> None:
    """Append the decisions and write a new run with findings made anew."""
    from hemispasm.assess import assess
    from hemispasm.cli.shown import say
    from hemispasm.review import add_decisions

    if not wishes:
        say("Nothing was decided.")
        return
    why = _need(reason, "--reason")
    count = add_decisions(case, run.machine, wishes, initials=initials, reason=why)
    made = assess(path, pictures=pictures)
    say(f"{count} decisions kept. Report: {made.report}")


def _wishes(
    accept: list[str] | None,
    reject: list[str] | None,
    relabel: list[str] | None,
    kind: str | None,
    side: str | None,
    pattern: str | None,
    value: str | None,
) -> list[Wish]:
    from hemispasm.model.errors import UsageError
    from hemispasm.review import Wish

    if not relabel and any(given is not None for given in (kind, side, pattern, value)):
        raise UsageError(
            "label_without_relabel", "A new label needs --relabel ID.", "Say what it is for."
        )
    wishes = [Wish(ident, Decision.ACCEPT) for ident in accept or ()]
    wishes += [Wish(ident, Decision.REJECT) for ident in reject or ()]
    for ident in relabel or ():
        wishes.append(
            Wish(
                ident,
                Decision.RELABEL,
                kind=_choice(EventKind, kind, "--kind"),
                side=_choice(Side, side, "--side"),
                pattern=_choice(Pattern, pattern, "--pattern"),
                value=_number_or_text(value),
            )
        )
    return wishes


def _spelled_out(accept: list[str] | None, case: CaseFolder, run: Run) -> list[str]:
    from hemispasm.review import undecided_ids

    given = accept or []
    reviews = {visit.day.isoformat(): visit.review for visit in case.visits}
    everything = undecided_ids(run.machine, reviews) if "all" in given else []
    return [*(ident for ident in given if ident != "all"), *everything]


def _choice(options: type[Choice], given: str | None, flag: str) -> Choice | None:
    from hemispasm.model.errors import UsageError

    if given is None:
        return None
    try:
        return options(given)
    except ValueError:
        known = ", ".join(str(option) for option in options)
        raise UsageError(
            "bad_label", f"{flag} cannot be {given!r}.", f"Give one of: {known}."
        ) from None


def _number_or_text(given: str | None) -> float | str | None:
    if given is None:
        return None
    try:
        return float(given)
    except ValueError:
        return given


def _need(given: str | None, flag: str) -> str:
    from hemispasm.model.errors import UsageError

    if given is None or not given.strip():
        raise UsageError("missing_option", f"{flag} is missing.", f"Give {flag}.")
    return given.strip()


def _need_run(run: Run | None) -> Run:
    from hemispasm.model.errors import RefusedError

    if run is None:
        raise RefusedError(
            "nothing_to_review", "The case has no results yet.", "Run `hemispasm assess CASE`."
        )
    return run


def _export(case: CaseFolder, run: Run, target: str) -> None:
    from hemispasm.cli.shown import put_text, say
    from hemispasm.review import ratings_csv

    reviews = {visit.day.isoformat(): visit.review for visit in case.visits}
    put_text(target, ratings_csv(case.case.id, run.machine, reviews))
    if target != "-":
        say(f"Written: {target}")
