"""`hemispasm imaging read`: take down what a reader sees, blinded to the side of the symptoms."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hemispasm.model.reading import Reading, Readings, SideReading
    from hemispasm.model.side import Side
    from hemispasm.reading import PairAgreement, Place


def read(
    case: Annotated[
        Path, typer.Argument(metavar="CASE", help="A case folder; with --agreement one of several.")
    ],
    visit: Annotated[
        str | None, typer.Option(metavar="DAY", help="Which visit, where several have series.")
    ] = None,
    reader: Annotated[str | None, typer.Option(help="Your initials, such as AB.")] = None,
    side: Annotated[str | None, typer.Option(help="The patient's left or right.")] = None,
    contact: Annotated[str | None, typer.Option(help="present, absent or uncertain.")] = None,
    segment: Annotated[
        str | None,
        typer.Option(
            help="root_exit, attached, transition, proximal_cisternal, distal_cisternal, meatal."
        ),
    ] = None,
    vessel: Annotated[
        str | None, typer.Option(help="aica, pica, va, ba, vein or unnamed: a candidate.")
    ] = None,
    grade: Annotated[
        int | None, typer.Option(help="0 none, 1 contact, 2 displacement, 3 indentation.")
    ] = None,
    note: Annotated[str | None, typer.Option(help="In your own words; no names.")] = None,
    unblinded: Annotated[
        bool, typer.Option("--unblinded", help="You know the side of the symptoms.")
    ] = False,
    reason: Annotated[
        str | None, typer.Option(help="Why unblinded before both sides were read blinded.")
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Show the readings so far.")] = False,
    agreement: Annotated[
        bool, typer.Option("--agreement", help="Show how far readers agree, over all cases given.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Readings as JSON on stdout.")] = False,
) -> None:
    """Read one side of an MRI examination. Readings are kept for ever beside the series.

    The side of the symptoms is not shown before the same reader has read both sides blinded; then
    an unblinded reading may be added, and both stay.
    """
    from hemispasm.reading import find_place, make_side_reading

    if agreement:
        _print_agreement(case)
        return
    place = find_place(case, visit)
    if as_json:
        typer.echo(_as_json(place, reader), nl=False)
    elif show:
        _print_readings(place, reader)
    else:
        who, seen_on = _need(reader, "--reader"), _side(_need(side, "--side"))
        said = _need(contact, "--contact")
        seen = make_side_reading(
            contact=said, segment=segment, vessel=vessel, grade=grade, note=note
        )
        _keep(place, who, seen_on, seen, blind=not unblinded, reason=reason)


def _keep(
    place: Place, reader: str, side: Side, seen: SideReading, *, blind: bool, reason: str | None
) -> None:
    """Keep a reading and say what is still to read, or which side the symptoms are on."""
    from hemispasm.cli.shown import say
    from hemispasm.reading import add_reading, side_for_reader

    made = add_reading(place, reader=reader, side=side, seen=seen, blind=blind, reason=reason)
    say(f"Kept: {_told(side, seen)}, {'blinded' if blind else 'unblinded'}.")
    own = reader.upper()
    if not made.knows_the_side(own):
        say(f"Still to read blinded: {_open(made, own)}.")
    elif blind:
        say(f"Both sides are read blinded. {_symptoms(side_for_reader(place, own))}")
        say("A reading that knows it may be added with --unblinded; both are kept.")


def _need(given: str | None, flag: str) -> str:
    from hemispasm.model.errors import UsageError

    if given is None or not given.strip():
        raise UsageError("missing_option", f"{flag} is missing.", f"Give {flag}.")
    return given.strip()


def _side(given: str) -> Side:
    from hemispasm.model.errors import UsageError
    from hemispasm.model.side import Side

    if given not in ("left", "right"):
        raise UsageError(
            "bad_side", f"--side cannot be {given!r}.", "Give left or right, the patient's."
        )
    return Side(given)


def _told(side: Side, seen: SideReading) -> str:
    told = [f"{side.value}: contact {seen.contact}"]
    told += [f"segment {seen.segment.value}"] if seen.segment else []
    told += [f"candidate {seen.vessel.value}"] if seen.vessel else []
    told += [f"grade {seen.grade}"] if seen.grade is not None else []
    return ", ".join(told)


def _open(made: Readings, reader: str) -> str:
    from hemispasm.model.reading import SIDES

    return " and ".join(
        side.value for side in SIDES if made.current(reader, side, blind=True) is None
    )


def _symptoms(side: Side | None) -> str:
    if side is None:
        return "Which side the symptoms are on is not on file, or contradicts itself."
    return f"Side of the symptoms: {side.value}."


def _print_readings(place: Place, reader: str | None) -> None:
    from rich.table import Table

    from hemispasm.cli.shown import FOOTER, say, stdout_console
    from hemispasm.reading import readings_for, side_for_reader

    shown = readings_for(place, reader)
    table = Table(
        title=f"{place.case.case.id}, {place.visit.day}", title_justify="left",
        caption=f"Left and right are the patient's. {FOOTER}", caption_justify="left",
    )  # fmt: skip
    for heading in ("Reader", "Time", "Blinded", "What was read", "Note"):
        table.add_column(heading, overflow="fold")
    for one in shown:
        for side, seen in one.sides.items():
            table.add_row(one.reader, f"{one.time:%Y-%m-%d %H:%M}", _blinded(one),
                          _told(side, seen), seen.note or "")  # fmt: skip
    stdout_console().print(table)
    if not shown:
        say("No reading may be shown yet." if place.readings.readings else "Nobody has read it.")
    if reader is not None and place.readings.knows_the_side(reader.strip().upper()):
        say(_symptoms(side_for_reader(place, reader)))


def _blinded(one: Reading) -> str:
    if one.blind:
        return "yes"
    return "no" if one.reason is None else f"no: {one.reason}"


def _as_json(place: Place, reader: str | None) -> str:
    from hemispasm.formats.findings import json_text
    from hemispasm.model.reading import Readings
    from hemispasm.reading import readings_for

    shown = Readings(readings=readings_for(place, reader))
    return json_text(shown.model_dump(mode="json", by_alias=True, exclude_none=True))


def _print_agreement(folder: Path) -> None:
    from hemispasm.cli.shown import FOOTER, say
    from hemispasm.formats.case import find_cases, read_case
    from hemispasm.formats.readings import read_readings
    from hemispasm.reading import FEWEST_SIDES, agree_readers

    every = [
        read_readings(visit.imaging.readings)
        for case in find_cases(folder)
        for visit in read_case(case).visits
        if visit.imaging is not None
    ]
    pairs = agree_readers(every)
    if not pairs:
        say("No two readers have read the same side blinded.")
    for pair in pairs:
        typer.echo(_agreed(pair))
    if pairs:
        say(f"Kappa (linear weights) is given from {FEWEST_SIDES} sides on, an expert rule; sides")
        say(f"of one patient are counted as independent, which they are not. {FOOTER}")


def _agreed(pair: PairAgreement) -> str:
    said = f"{' and '.join(pair.readers)}: same answer on contact on {pair.agreed} of {pair.sides}"
    for name, kappa in (("contact", pair.contact), ("grade", pair.grade)):
        if kappa is not None and kappa.value is not None:
            ends = kappa.interval
            between = f" ({ends.low:.2f} to {ends.high:.2f}, 95 %)" if ends else ""
            said += f"; kappa of {name} {kappa.value:.2f}{between}, n = {kappa.n}"
    return said
