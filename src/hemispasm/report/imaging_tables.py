"""Tables of the report on MRI: both sides, every candidate and stretch, checklist, readings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from hemispasm.model import Finding, FindingsDocument, Side
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Cell,
    Count,
    FromFinding,
    FromRule,
    Identifier,
    Moment,
    Number,
    Origin,
    Row,
    Strong,
    Table,
    Verbatim,
)
from hemispasm.report.imaging_words import (
    CONTACT,
    GRADE,
    ROMAN,
    SIDES,
    candidate_name,
    candidate_words,
    clause_of,
    distance_cell,
    distances,
    mm_number,
    p_contact_number,
    partner,
    phantom_number,
    reasons_of,
    segment_words,
    share_number,
)
from hemispasm.report.phrase import joined, lines, phrase
from hemispasm.report.words import sentence_of

if TYPE_CHECKING:
    from hemispasm.model.imaging_views import ImagingViews
    from hemispasm.model.reading import Reading, SideReading

_LENGTHS = (
    ("length", "imaging.contact_length"),
    ("displacement", "imaging.nerve_displacement"),
    ("indentation", "imaging.nerve_indentation"),
)
_PLACES = ("first", "second", "third", "fourth")
_DASH: Cell = ("–",)


def compare_table(document: FindingsDocument) -> Table:
    """Return the nearest candidate of both sides, one side beside the other."""
    nearest = [next(iter(distances(document, side)), None) for side in SIDES]
    rows: list[Row] = [_row("class", [_class_cell(document, side) for side in SIDES])]
    rows.append(
        _row("vessel", [_nothing(document, s) if f is None else candidate_words(f)
                        for s, f in zip(SIDES, nearest, strict=True)])
    )  # fmt: skip
    more: list[tuple[str, Callable[[Finding], Cell]]] = [
        ("segment", _segment_cell),
        ("distance", distance_cell),
        ("contact", partial(_contact_cell, document)),
        ("p_contact", p_cell),
        ("grade", partial(_grade_cell, document)),
        *((key, partial(_length_cell, document, code)) for key, code in _LENGTHS),
    ]
    for key, make in more:
        cells = [_of(finding, make) for finding in nearest]
        # A row of dashes says nothing that the class has not said.
        if any(cell != _DASH for cell in cells):
            rows.append(_row(key, cells))
    columns = (lookup_text("imaging.compare.aspect"), *(_side_name(side) for side in SIDES))
    return Table.plain(phrase("imaging.compare.caption"), columns, tuple(rows), "grid")


def _row(key: str, cells: Sequence[Cell]) -> Row:
    return (phrase(f"imaging.compare.{key}"), *cells)


def _of(finding: Finding | None, make: Callable[[Finding], Cell]) -> Cell:
    return _DASH if finding is None else make(finding)


def _segment_cell(finding: Finding) -> Cell:
    return segment_words(finding.extra("segment"))


def _side_name(side: Side) -> str:
    return lookup_text(f"imaging.side.{side}")


def class_of(document: FindingsDocument, side: Side) -> str:
    """Return the class of a side; C where nothing says one."""
    found = document.find("imaging.assessability", side)
    return str(found.value) if found is not None and isinstance(found.value, str) else "C"


def _class_cell(document: FindingsDocument, side: Side) -> Cell:
    return phrase("imaging.class.word", letter=class_of(document, side))


def _nothing(document: FindingsDocument, side: Side) -> Cell:
    key = "not_assessable" if class_of(document, side) == "C" else "none"
    return phrase(f"imaging.compare.{key}")


def contact_verdict(document: FindingsDocument, finding: Finding) -> str:
    """Return ``present``, ``absent``, ``uncertain``, ``structure`` or ``withheld``.

    ``structure``: an interval but no probability, as a cisternogram alone gives.
    """
    found = partner(document, finding, CONTACT)
    if found is None or found.extra("p_contact") is None:
        return "withheld" if finding.interval is None else "structure"
    return str(found.value) if found.value in ("present", "absent") else "uncertain"


def _contact_cell(document: FindingsDocument, finding: Finding) -> Cell:
    verdict = contact_verdict(document, finding)
    silent = verdict in ("withheld", "structure")
    return phrase(f"imaging.compare.{'not_assessable' if silent else verdict}")


def p_cell(finding: Finding) -> Cell:
    """Return the probability of contact; a dash where it is withheld."""
    number = p_contact_number(finding)
    return _DASH if number is None else (number,)


def _grade_cell(document: FindingsDocument, finding: Finding) -> Cell:
    found = partner(document, finding, GRADE)
    shares = None if found is None else found.extra("probabilities")
    if found is None or not shares:
        return _DASH
    best = str(found.value)
    share = share_number(found, float(shares[best]), "probabilities")
    return (*grade_words(best), " (", share, ")")


def grade_words(grade: str) -> Cell:
    """Return a grade as readers write it, with its meaning.

    Examples
    --------
    >>> grade_words("2")
    ('II', ' ', 'displacement')
    """
    word = {"0": "zero", "1": "one", "2": "two", "3": "three"}[grade]
    if grade == "0":
        return (Number("0", "1", FromFinding(GRADE)), " ", *phrase("imaging.grades.zero"))
    return (ROMAN[grade], " ", *phrase(f"imaging.grades.{word}"))


def _length_cell(document: FindingsDocument, code: str, finding: Finding) -> Cell:
    found = partner(document, finding, code)
    return _DASH if found is None else (mm_number(found),)


def conflicts_table(
    document: FindingsDocument, side: Side, views: ImagingViews | None
) -> Table | None:
    """Return the nearest candidates and stretches of one side beside each other; None without."""
    found = distances(document, side)
    shown = found[: len(_PLACES)]
    if not shown:
        return None
    rows: list[Row] = []

    def add(key: str, cells: list[Cell]) -> None:
        if any(cell != _DASH for cell in cells):
            rows.append((phrase(f"imaging.conflicts.{key}"), *cells))

    add("vessel", [candidate_words(f) for f in shown])
    add("names", [_names_cell(f) for f in shown])
    add("segment", [segment_words(f.extra("segment")) for f in shown])
    add("distance", [distance_cell(f) for f in shown])
    add("phantom", [_phantom_cell(f) for f in shown])
    add("contact", [p_cell(f) for f in shown])
    for key, code in _LENGTHS:
        add(key, [_length_cell(document, code, f) for f in shown])
    add("angle", [_angle_cell(f, views) for f in shown])
    add("why", [_why_cell(f) for f in shown])
    names = ("quantity", *_PLACES[: len(shown)])
    columns = tuple(lookup_text(f"imaging.conflicts.{name}") for name in names)
    caption = phrase("imaging.conflicts.caption")
    if len(found) > len(shown):
        more = phrase("imaging.conflicts.more", count=Count(len(found) - len(shown)))
        caption = (*caption, "; ", *more)
    return Table.plain(caption, columns, tuple(rows), "grid")


def _names_cell(finding: Finding) -> Cell:
    """Return what a candidate may be called, and what that stands on."""
    source = finding.extra("vessel_source")
    if source == "reader":
        name = candidate_name(str(finding.extra("vessel")))
        return phrase("imaging.vessel.by_reader", name=name)
    shares = finding.extra("vessel_names") or {}
    if source == "traced" and shares:
        ordered = sorted(shares.items(), key=lambda pair: -float(pair[1]))
        told = [
            (*candidate_name(name), " ", share_number(finding, float(share), "vessel_names"))
            for name, share in ordered
        ]
        return phrase("imaging.vessel.traced", names=joined(told))
    why = finding.extra("vessel_reason")
    if not why:
        return _DASH
    said = Verbatim(clause_of(str(why)), Origin.FINDING)
    return phrase("imaging.vessel.name_withheld", why=said)


def _phantom_cell(finding: Finding) -> Cell:
    number = phantom_number(finding)
    return _DASH if number is None else (number,)


def _why_cell(finding: Finding) -> Cell:
    if isinstance(finding.value, float):
        return _DASH
    return lines((Verbatim(sentence_of(r), Origin.FINDING),) for r in reasons_of(finding)) or _DASH


def _angle_cell(finding: Finding, views: ImagingViews | None) -> Cell:
    """Return the angle of the courses; it is a number, so it stands only beside a distance."""
    view = None if views is None or finding.side is None else views.of_side(finding.side)
    if view is None or not isinstance(finding.value, float):
        return _DASH
    for one in view.conflicts:
        if one.vessel == finding.extra("candidate") and one.segment == finding.extra("segment"):
            return (Number(one.crossing_deg, "°", FromRule("imaging.angle"), decimals=0),)
    return _DASH


def readings_table(document: FindingsDocument, readings: Sequence[Reading]) -> Table:
    """Return what readers saw, under what was measured.

    Parameters
    ----------
    document : FindingsDocument
        For the first row.
    readings : sequence of Reading
        In the order of time.
    """
    rows: list[Row] = [
        (
            phrase("imaging.readings.measurement"),
            phrase("imaging.readings.software"),
            *(_measured_cell(document, side) for side in SIDES),
        )
    ]
    rows += [
        (
            (Identifier(one.reader), ", ", Moment(one.time)),
            _how(one),
            *(_seen_cell(one.sides.get(side)) for side in SIDES),  # type: ignore[call-overload]
        )
        for one in readings
    ]
    columns = tuple(lookup_text(f"imaging.readings.{c}") for c in ("who", "how", "left", "right"))
    return Table.plain(phrase("imaging.readings.caption"), columns, tuple(rows), "prose")


def _how(reading: Reading) -> Cell:
    if reading.blind:
        return phrase("imaging.readings.blind")
    if reading.reason is not None:
        why = Verbatim(reading.reason, Origin.REVIEW)
        return (Strong(*phrase("imaging.readings.early", why=why)),)
    return phrase("imaging.readings.open")


def _measured_cell(document: FindingsDocument, side: Side) -> Cell:
    nearest = next(iter(distances(document, side)), None)
    if nearest is None:
        return _nothing(document, side)
    cell = (
        *_contact_cell(document, nearest),
        ", ",
        *segment_words(nearest.extra("segment")),
        ", ",
        *candidate_words(nearest, short=True),
    )
    p = p_contact_number(nearest)
    if p is not None:
        cell = (*cell, "; ", *phrase("imaging.readings.p", p=p))
    grade = _grade_cell(document, nearest)
    return cell if grade == _DASH else (*cell, "; ", *phrase("imaging.readings.grade", roman=grade))


def _seen_cell(seen: SideReading | None) -> Cell:
    if seen is None:
        return phrase("imaging.readings.unread")
    parts: list[Cell] = [phrase(f"imaging.readings.{seen.contact}")]
    if seen.segment is not None:
        parts.append(segment_words(seen.segment.value))
    if seen.vessel is not None:
        parts.append(phrase(f"imaging.vessel.{seen.vessel.value}"))
    if seen.grade is not None:
        parts.append(phrase("imaging.readings.grade", roman=grade_words(str(seen.grade))))
    if seen.note:
        parts.append((Verbatim(seen.note, Origin.REVIEW),))
    made: Cell = parts[0]
    for part in parts[1:]:
        made = (*made, ", ", *part)
    return made


__all__ = [
    "class_of",
    "compare_table",
    "conflicts_table",
    "contact_verdict",
    "grade_words",
    "p_cell",
    "readings_table",
]
