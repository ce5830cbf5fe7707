"""The checklist of other causes: what a reader answered, and where a measurement points."""

from __future__ import annotations

from hemispasm.model import Finding, FindingsDocument, Side
from hemispasm.model.imaging import Role
from hemispasm.model.texts import load_texts, lookup_text
from hemispasm.model.vocabulary import lookup_code
from hemispasm.report.document import (
    Cell,
    FromFinding,
    Number,
    Origin,
    Row,
    Strong,
    Table,
    Verbatim,
)
from hemispasm.report.imaging_words import SIDES, role_words
from hemispasm.report.phrase import joined, lines, phrase

#: In the order of the checklist.
RULE_OUT = (
    "imaging.cpa_mass",
    "imaging.parotid_mass",
    "imaging.aneurysm_or_ectasia",
    "imaging.vascular_malformation",
    "imaging.brainstem_lesion",
    "imaging.demyelination",
    "imaging.adhesions",
    "imaging.chiari",
)
_UNITS = {
    "fluid_asymmetry": "%",
    "enhancing_ml": "ml",
    "widest_vessel_mm": "mm",
    "thin_vessels_mm": "mm",
    "bright_spot_mm3": "mm³",
}
_DASH: Cell = ("–",)


def rule_out_table(document: FindingsDocument) -> Table | None:
    """Return the checklist of other causes; None where the document holds none."""
    rows = [row for code in RULE_OUT if (row := _row(document, code)) is not None]
    if not rows:
        return None
    columns = tuple(lookup_text(f"imaging.rule_out.{c}") for c in ("item", "left", "right", "note"))
    return Table.plain(phrase("imaging.rule_out.caption"), columns, tuple(rows), "prose")


def _row(document: FindingsDocument, code: str) -> Row | None:
    found = [f for f in document.findings if f.code == code]
    if not found:
        return None
    label = Verbatim(lookup_code(code).label, Origin.VOCABULARY)
    whole = next((f for f in found if f.side is None), None)
    cells = [_status_cell(next((f for f in found if f.side is side), whole)) for side in SIDES]
    notes = [_series_cell(found[0]), *(_hint_cell(f) for f in found)]
    return (label,), *cells, lines(note for note in notes if note) or _DASH


def _status_cell(finding: Finding | None) -> Cell:
    """Return the answer of a reader, or what stands open; a hint is never an answer."""
    if finding is None:
        return _DASH
    value = str(finding.value)
    if value in ("seen", "not_seen") and finding.origin != "measured":
        return (Strong(*phrase(f"imaging.rule_out.{value}")),)
    if value == "seen" or finding.extra("hint") == "seen":
        return (Strong(*phrase("imaging.rule_out.hint")),)
    if value == "not_seen" or finding.extra("hint") == "not_seen":
        return phrase("imaging.rule_out.not_seen_measured")
    return phrase(f"imaging.rule_out.{value}")


def _series_cell(finding: Finding) -> Cell:
    roles = finding.extra("series")
    if roles is None:
        return ()
    if not roles:
        return phrase("imaging.rule_out.cannot")
    named = joined(role_words(Role(role)) for role in roles)
    return phrase("imaging.rule_out.can", series=named)


def _hint_cell(finding: Finding) -> Cell:
    """Return the measure beside a question, with its limit; nothing where none was taken."""
    measure, value = finding.extra("hint_measure"), finding.extra("hint_value")
    key = f"imaging.rule_out.{measure}"
    if value is None or key not in load_texts():
        return ()
    side = finding.side or Side(str(finding.extra("hint_side") or Side.LEFT.value))
    over = finding.extra("hint") == "seen"
    return phrase(
        f"imaging.rule_out.{'hint_over' if over else 'hint_under'}",
        where=phrase(f"imaging.side_low.{side}"),
        what=phrase(key),
        value=_number(finding, str(measure), "hint_value"),
        limit=_number(finding, str(measure), "hint_limit"),
    )


def _number(finding: Finding, measure: str, key: str) -> Number:
    unit = _UNITS.get(measure, "1")
    value = float(finding.extra(key, 0.0)) * (100.0 if unit == "%" else 1.0)
    source = FromFinding(finding.code, finding.side, key=key)
    return Number(value, unit, source, decimals=0 if unit in ("%", "mm³") else 1)
