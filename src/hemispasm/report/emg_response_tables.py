"""Tables of evoked responses: answer, statistic, latency, size, and the blink reflex."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hemispasm.model import Finding, FindingsDocument, Side, lookup_code
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Cell,
    Count,
    FromFinding,
    Inline,
    LineBreak,
    Number,
    Origin,
    Row,
    Table,
    Verbatim,
)
from hemispasm.report.emg_channels import side_words
from hemispasm.report.emg_tables import answer_cell, p_number, value_cell
from hemispasm.report.number import number_of
from hemispasm.report.phrase import phrase
from hemispasm.report.words import sentence_of

RESPONSES = ("emg.lateral_spread", "emg.z_l_response")
DIRECT = (
    "emg.cmap_amplitude",
    "emg.cmap_latency",
    "emg.f_wave_persistence",
    "emg.f_m_ratio",
    "emg.f_wave_latency",
    "emg.f_wave_duration",
)


def responses_table(document: FindingsDocument) -> Table | None:
    """Return each response that was looked for: answer, statistic, onset, size, sweeps."""
    rows: list[Row] = []
    for finding in document.findings:
        if finding.code not in RESPONSES:
            continue
        name = "lateral_spread" if finding.code == "emg.lateral_spread" else "z_l"
        latency = _same(document, f"emg.{name}_latency", finding)
        size = _same(document, f"emg.{name}_amplitude", finding)
        rows.append(
            (
                (Verbatim(lookup_code(finding.code).label, Origin.VOCABULARY),),
                _where(finding),
                _state(finding),
                _statistic(finding),
                (number_of(latency),) if latency else ("–",),
                (number_of(size),) if size else ("–",),
                _sweeps(finding),
                (_extra(finding, "detectable_uv", "uV"),),
            )
        )
        rows += [_muscle_row(finding, dict(one)) for one in finding.extra("channels") or ()]
    if not rows:
        return None
    names = ("response", "where", "answer", "statistic", "onset", "amplitude", "sweeps")
    columns = tuple(lookup_text(f"emg.evoked.{name}") for name in (*names, "detectable"))
    return Table.plain(phrase("emg.evoked.responses_caption"), columns, tuple(rows), "prose")


def _same(document: FindingsDocument, code: str, finding: Finding) -> Finding | None:
    found = (f for f in document.findings if f.code == code and f.side == finding.side)
    return next(found, None)


def _where(finding: Finding) -> Cell:
    parts: list[Inline] = [Verbatim(str(finding.extra("channel") or "–"), Origin.SETTINGS)]
    return (*parts, ", ", side_words(finding.side))


def _state(finding: Finding) -> Cell:
    parts: list[Inline] = [number_of(finding)]
    if finding.reason:
        parts += [LineBreak(), Verbatim(sentence_of(finding.reason), Origin.FINDING)]
    more = finding.extra("more_sweeps")
    if more:
        count = Count(int(more), "sweep", "sweeps")
        parts += [LineBreak(), *phrase("emg.evoked.more_sweeps", count=count)]
    return tuple(parts)


def _statistic(finding: Finding) -> Cell:
    return (p_number(finding), "; ", score_number(finding))


def score_number(finding: Finding) -> Number:
    """Return the statistic of a response, without digits that mean nothing."""
    source = FromFinding(finding.code, finding.side, None, "score")
    score = finding.extra("score")
    if score is None:
        return Number(None, "1", source, absent="–")
    return Number(float(score), "1", source, decimals=0 if abs(float(score)) >= 100 else 1)


def _sweeps(finding: Finding) -> Cell:
    used, total = finding.extra("count"), finding.extra("total")
    if used is None:
        return ("–",)
    parts: list[Inline] = [Count(int(used))]
    return (*parts, *phrase("emg.evoked.of"), Count(int(total))) if total else tuple(parts)


def _extra(finding: Finding, key: str, unit: str) -> Number:
    value = finding.extra(key)
    source = FromFinding(finding.code, finding.side, None, key)
    return Number(None if value is None else float(value), unit, source, absent="–")


def _muscle_row(finding: Finding, one: dict[str, Any]) -> Row:
    """Return one muscle behind a finding that several muscles make up."""
    source = FromFinding(finding.code, finding.side, None, "channels")

    def number(key: str, unit: str, decimals: int | None = None) -> Number:
        value = one.get(key)
        found = None if value is None else float(value)
        return Number(found, unit, source, absent="–", decimals=decimals)

    p = one.get("p")
    return (
        ("– ", Verbatim(str(one.get("direction") or "").replace("_", " "), Origin.FINDING)),
        (Verbatim(str(one.get("channel") or "–"), Origin.SETTINGS),),
        (Verbatim(str(one.get("state") or "–"), Origin.FINDING),),
        (number("p", "1", 4 if p is not None and p < 0.001 else 3), "; ", number("score", "1", 1)),
        (number("latency_ms", "ms", 1),),
        ("–",),
        (Count(int(one.get("count") or 0)),),
        ("–",),
    )


def direct_table(document: FindingsDocument) -> Table | None:
    """Return direct responses and F-waves."""
    rows: list[Row] = []
    for code in DIRECT:
        for finding in document.findings:
            if finding.code == code:
                label = Verbatim(lookup_code(code).label, Origin.VOCABULARY)
                rows.append(((label,), _where(finding), value_cell(finding)))
    if not rows:
        return None
    names = ("measure", "where", "value")
    columns = tuple(lookup_text(f"emg.evoked.{name}") for name in names)
    return Table.plain(phrase("emg.evoked.others_caption"), columns, tuple(rows))


def blink_table(documents: Sequence[FindingsDocument]) -> Table | None:
    """Return the blink reflex of a visit: one row for each stimulated side.

    Parameters
    ----------
    documents : sequence of FindingsDocument
        The EMG recordings of the visit; those without a supraorbital stimulus are passed over.
    """
    rows: list[Row] = []
    for document in documents:
        said = str(document.provenance.settings.get("stimulated") or "")
        site, _, side_text = said.partition(", ")
        if site != "supraorbital":
            continue
        side = {"left": Side.LEFT, "right": Side.RIGHT}.get(side_text)
        other = None if side is None else side.other
        synkinesis = [f for f in document.findings if f.code == "emg.blink_reflex_synkinesis"]
        rows.append(
            (
                (side_words(side),),
                _latency(document, "emg.blink_reflex_r1", side),
                _latency(document, "emg.blink_reflex_r2", side),
                _latency(document, "emg.blink_reflex_r2c", other),
                _synkineses(synkinesis),
            )
        )
    if not rows:
        return None
    columns = (
        lookup_text("emg.blink.stimulated"),
        *(_component(name, where) for name, where in _COMPONENTS),
        lookup_text("emg.blink.synkinesis"),
    )
    return Table.plain(phrase("emg.blink.caption"), columns, tuple(rows), "prose")


# Headings hold no digits: R1, R2 and R2c are named early, late and late of the other side.
_COMPONENTS = (("early", "here"), ("late", "here"), ("late", "there"))


def _component(name: str, where: str) -> str:
    return lookup_text(f"emg.blink.{name}_{where}")


def _latency(document: FindingsDocument, code: str, side: Side | None) -> Cell:
    found = [f for f in document.findings if f.code == code and f.side is side]
    if not found:
        return phrase("emg.blink.not_recorded")
    return value_cell(found[0])


def _synkineses(found: Sequence[Finding]) -> Cell:
    parts: list[Inline] = []
    for finding in found:
        parts += [LineBreak()] if parts else []
        answer = answer_cell(finding)
        parts += [side_words(finding.side), ": ", *answer]
    return tuple(parts) or phrase("emg.blink.not_recorded")
