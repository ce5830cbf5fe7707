"""Checklist, series, registration and methods: what the pictures and numbers on MRI rest on."""

from __future__ import annotations

from hemispasm.model import FindingsDocument
from hemispasm.model.imaging import Role
from hemispasm.model.imaging_views import ImagingViews, RegistrationView
from hemispasm.model.imaging_words import describe_series
from hemispasm.model.side import Side
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Block,
    Bullets,
    Cell,
    FromRule,
    Identifier,
    Number,
    Origin,
    Para,
    Strong,
    Table,
    Verbatim,
)
from hemispasm.report.imaging_checklist import rule_out_table
from hemispasm.report.imaging_words import (
    SIDES,
    limit_number,
    reason_cell,
    role_words,
    side_title,
    voxel_number,
)
from hemispasm.report.methods import method_names
from hemispasm.report.phrase import joined, phrase

_DASH: Cell = ("–",)
_WITHOUT_NERVE = (Role.CT, Role.CTA, Role.DSA)


def rule_out_blocks(document: FindingsDocument) -> tuple[Block, ...]:
    """Return the checklist of other causes, which only a reader answers."""
    table = rule_out_table(document)
    lead = Para(*phrase("imaging.rule_out.lead"))
    return (lead,) if table is None else (lead, table)


def series_blocks(document: FindingsDocument, views: ImagingViews | None) -> tuple[Block, ...]:
    """Return what the series at hand can and cannot say, and what to order next time."""
    made: list[Block] = []
    seen = _series(document, views)
    here = {role for role, _ in seen}
    if seen:
        rows = tuple(
            (
                role_words(role),
                _DASH if voxel is None else (voxel_number(voxel),),
                (describe_series(role)[0],),
                (describe_series(role)[1],),
            )
            for role, voxel in seen
        )
        columns = tuple(
            lookup_text(f"imaging.series.{c}") for c in ("series", "voxel", "shows", "hides")
        )
        made.append(Table.plain(phrase("imaging.series.caption"), columns, rows, "prose"))
    absent = [role_words(role) for role in _WITHOUT_NERVE if role not in here]
    if absent:
        made.append(Para(*phrase("imaging.series.missing", names=joined(absent))))
    notes = [r for r in document.quality.reasons if " side: " not in r]
    if notes:
        made += [Para(*phrase("imaging.series.notes")), Bullets(tuple(map(reason_cell, notes)))]
    steps = document.quality.next_steps
    if steps:
        made.append(Para(Strong(*phrase("imaging.class.next"))))
        made.append(Bullets(tuple((_step(step),) for step in steps)))
    return tuple(made)


def _series(
    document: FindingsDocument, views: ImagingViews | None
) -> list[tuple[Role, tuple[float, ...] | None]]:
    """Return role and voxel of every series, projections too; from the pictures where need be."""
    found: list[tuple[Role, tuple[float, ...] | None]] = []
    for finding in document.findings:
        if finding.code == "imaging.series":
            voxel = finding.extra("voxel_mm")
            found.append((Role(str(finding.value)), tuple(voxel) if voxel else None))
    if not found and views is not None:
        found = [(one.role, one.native_voxel_mm) for one in views.series]
    return found


def _step(step: str) -> Verbatim:
    text = step.partition(": ")[2] or step
    return Verbatim(text[:1].upper() + text[1:], Origin.PROTOCOL)


def methods_blocks(document: FindingsDocument, views: ImagingViews | None) -> tuple[Block, ...]:
    """Return registration and methods, with their sources by evidence key."""
    made: list[Block] = []
    for side in SIDES:
        view = None if views is None else views.of_side(side)
        if view is not None and view.registration is not None:
            made.append(Para(*_registration(side, view.registration)))
    body = phrase(
        "imaging.methods.body",
        transition=limit_number("imaging.transition", 4.0),
        points=phrase("imaging.methods.points"),
    )
    ran = phrase(
        "imaging.methods.ran",
        method=Identifier(method_names(document)),
        version=Identifier(document.provenance.hemispasm),
    )
    made.append(Para(*body, " ", *ran))
    return tuple(made)


def _registration(side: Side, found: RegistrationView) -> Cell:
    if not found.accepted:
        return phrase("imaging.registration.refused", side=side_title(side))
    said = phrase(
        "imaging.registration.accepted",
        side=side_title(side),
        moved=_mm(found.moved_mm),
        repeat=_mm(found.repeat_mm),
    )
    if found.shift_mm is None:
        return said
    return (*said, *phrase("imaging.registration.shift", shift=_mm(found.shift_mm)))


def _mm(value: float | None) -> Number:
    return Number(value, "mm", FromRule("imaging.registration"), decimals=2, absent="unknown")
