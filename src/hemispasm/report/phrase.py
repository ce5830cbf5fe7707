"""Sentences of the reasoned pages: texts by key, filled with nodes and published numbers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from hemispasm.evidence import (
    EvidenceItem,
    Quantity,
    ReadDepth,
    load_evidence,
    lookup_evidence,
)
from hemispasm.model import Side, lookup_code
from hemispasm.model.plan import Basis, Because
from hemispasm.model.texts import load_texts, lookup_text
from hemispasm.report.document import (
    Cell,
    Cite,
    Count,
    Day,
    FromEvidence,
    Inline,
    LineBreak,
    Number,
    Origin,
    Soft,
    Strong,
    Verbatim,
    text_of,
)
from hemispasm.report.number import (
    UNIT_WORDS,
    observed_number,
    percent_decimals,
    plain_decimals,
)

_HOLE = re.compile(r"\{(={0,2})([^{}]*)\}")
_DEPTHS = {
    ReadDepth.FULL_TEXT: "full text read",
    ReadDepth.ABSTRACT: "abstract only",
    ReadDepth.SECONDARY: "quoted elsewhere",
    ReadDepth.LABEL: "product label",
    ReadDepth.CALCULATION: "calculated here",
    ReadDepth.EXPERT_RULE: "expert rule",
}
# An item pooled from more papers names the first; the list of sources names them all.
_MOST_CITED = 3
_TWO_DECIMALS = (Quantity.RELIABILITY, Quantity.CORRELATION)


def phrase(key: str, **nodes: Inline | Cell) -> Cell:
    """Return a text with its placeholders filled.

    ``{name}`` takes the node or nodes of that name, ``{=topic.name}`` the published number with
    that evidence key, and ``{==topic.name}`` that number beside every number it conflicts with.

    Parameters
    ----------
    key : str
        Key of the text.
    **nodes : inline node or tuple of them
        What stands in the placeholders; those that the text does not name are not used.

    Raises
    ------
    LookupError
        No such text, or the text has a placeholder that nothing was given for.

    Examples
    --------
    >>> phrase("class.hfs")
    ('hemifacial spasm',)
    >>> phrase("report.gate.side", side="left")
    (' (', 'left', ')')
    """
    return fill(lookup_text(key), key, nodes)


def fill(text: str, key: str, nodes: dict[str, Inline | Cell]) -> Cell:
    """Return a text filled as ``phrase`` does; ``key`` names it in an error."""
    parts: list[Inline] = []
    at = 0
    for hole in _HOLE.finditer(text):
        parts += [text[at : hole.start()], *_filling(hole[1], hole[2], key, nodes)]
        at = hole.end()
    parts.append(text[at:])
    return tuple(part for part in parts if part != "")


def _filling(sign: str, name: str, key: str, nodes: dict[str, Inline | Cell]) -> Cell:
    if sign == "=":
        return evidence_cell(name)
    if sign == "==":
        return conflict_cell(name)
    if name not in nodes:
        raise LookupError(f"the text {key!r} has the placeholder {name!r}, which the page lacks")
    given = nodes[name]
    return given if isinstance(given, tuple) else (given,)


def say(*keys: str, **nodes: Inline | Cell) -> Cell:
    """Return the first of these texts that exists; else the end of the last key, in words.

    A statement whose sentence is missing must not take the whole report with it, and nor must a
    placeholder that nothing fills: its name is printed in brackets. The tests find both.

    Examples
    --------
    >>> from hemispasm.report.document import text_of
    >>> text_of(say("no_such_topic.sudden_deficit"))
    'sudden deficit'
    """
    texts = load_texts()
    for key in keys:
        if key in texts:
            names = {hole[2] for hole in _HOLE.finditer(texts[key]) if not hole[1]}
            unfilled = {name: f"[{words_of(name)}]" for name in names - set(nodes)}
            return phrase(key, **unfilled, **nodes)
    return _in_words(keys[-1])


def _in_words(key: str) -> Cell:
    """Return the code in a key; nothing for a part of a statement that has no text."""
    above, _, last = key.rpartition(".")
    if last == "title":
        last = above.rpartition(".")[2]
    if last in ("why", "about", "what", "reason", "action"):
        return ()
    return (Verbatim(words_of(last), Origin.RULE),)


def words_of(code: str) -> str:
    """Return a code as words."""
    return code.replace("_", " ")


def class_words(name: str) -> Cell:
    """Return a class of the differential in words."""
    return say(f"class.{name}")


def side_words(side: Side | None) -> Cell:
    """Return a side in words; not known when there is none."""
    return phrase("report.side_unknown" if side is None else f"side.{side}")


def joined(cells: Iterable[Cell], between: Inline = ", ") -> Cell:
    """Return cells one after another, with something between them."""
    parts: list[Inline] = []
    for cell in cells:
        if cell:
            parts += [*([between] if parts else []), *cell]
    return tuple(parts)


def labelled(label: Cell, said: Iterable[Inline]) -> Cell:
    """Return a line of a summary: its label stressed, and nothing behind it.

    Examples
    --------
    >>> labelled(("EMG:",), (Strong("No spasm."),))
    (Strong(parts=('EMG:',)), ' ', 'No spasm.')
    """
    plain = [p for part in said for p in (part.parts if isinstance(part, Strong) else (part,))]
    return (Strong(*label), " ", *plain)


def lines(cells: Iterable[Cell]) -> Cell:
    """Return cells as lines of one table cell."""
    return joined(cells, LineBreak())


def evidence_number(key: str) -> Number:
    """Return the published number with that key; proportions in per cent.

    Raises
    ------
    UsageError
        No such key.
    ValueError
        The item has no single value: it is a statement, or only a range.

    Examples
    --------
    >>> evidence_number("other_babinski.hfs_pawlowski").text
    '86 % (95 % interval 71 to 94 %)'
    """
    item = lookup_evidence(key)
    if item.value is None:
        raise ValueError(f"{key} has no single value")
    return _number(item, item.value, item.interval)


def evidence_cell(key: str) -> Cell:
    """Return value, interval, size of the sample and source of an evidence item.

    Examples
    --------
    >>> from hemispasm.report.document import text_of
    >>> text_of(evidence_cell("other_babinski.hfs_pawlowski"))
    '86 % (95 % interval 71 to 94 %) [30 of 35 patients; Pawlowski 2013, abstract only]'
    """
    item = lookup_evidence(key)
    parts = evidence_value(key)
    sample, cite = evidence_sample(key), evidence_cite(key)
    if item.n is None and not item.sources:
        sample = ()
    whence = Soft("[", *joined((sample, cite), "; "), "]")
    return (*parts, " ", whence) if parts else (whence,)


def _value(item: EvidenceItem) -> Cell:
    if item.quantity is Quantity.STATEMENT:
        return ()
    if item.value is None:
        low, high = item.range or (0.0, 0.0)
        ends = (_scale(item, low), _scale(item, high))
        last = replace(_number(item, high, None), value=ends[1], decimals=plain_decimals(ends[1:]))
        first = replace(last, value=ends[0], unit="1", decimals=plain_decimals(ends[:1]))
        return (first, " to ", last)
    number = _number(item, item.value, item.interval)
    if item.bound is not None:
        return ("less than " if item.bound == "<" else "more than ", number)
    return (number,)


def _number(item: EvidenceItem, value: float, interval: tuple[float, float] | None) -> Number:
    limits = None if interval is None else (_scale(item, interval[0]), _scale(item, interval[1]))
    shown = _scale(item, value)
    every = (shown, *(limits or ()))
    unit = item.unit or "1"
    if item.quantity is Quantity.PROPORTION:
        unit, decimals = "%", percent_decimals(every)
    else:
        decimals = 2 if item.quantity in _TWO_DECIMALS else plain_decimals(every)
        unit = UNIT_WORDS.get(unit, unit)
    level = item.level if limits else None
    shown, *ends = (half_up(v, decimals) for v in every)
    kept = (ends[0], ends[1]) if limits else None
    return Number(shown, unit, FromEvidence(item.key), kept, level, decimals=decimals)


def half_up(value: float, decimals: int) -> float:
    """Return a number rounded as people round, so that every place of the report agrees.

    Examples
    --------
    >>> half_up(74.5, 0), half_up(-0.25, 1), half_up(1.005, 2)
    (75.0, -0.3, 1.01)
    """
    step = Decimal(1).scaleb(-decimals)
    return float(Decimal(repr(float(value))).quantize(step, rounding=ROUND_HALF_UP))


def _scale(item: EvidenceItem, value: float) -> float:
    return round(value * 100, 6) if item.quantity is Quantity.PROPORTION else value


def evidence_sample(key: str) -> Cell:
    """Return the size of the sample of an evidence item."""
    item = lookup_evidence(key)
    if item.n is None:
        return phrase("report.no_sample")
    source = FromEvidence(key)
    n = Number(float(item.n), "1", source, decimals=0)
    of: Cell = (n, " ", Verbatim(item.n_of, Origin.EVIDENCE))
    if item.count is None:
        return of
    return (Number(float(item.count), "1", source, decimals=0), " of ", *of)


def evidence_cite(key: str) -> Cell:
    """Return the sources of an evidence item as links, and how deeply they were read."""
    item = lookup_evidence(key)
    depth = _DEPTHS[item.read_depth]
    names = cited_names(key)
    return (*names, f", {depth}") if names else (depth,)


def cited_names(key: str) -> Cell:
    """Return the names of the sources of an evidence item as links, the first where many."""
    sources = lookup_evidence(key).sources
    shown = sources if len(sources) <= _MOST_CITED else sources[:1]
    names = joined([(Cite(source, key),) for source in shown])
    if len(shown) < len(sources):
        names = (*names, *phrase("report.more_sources", n=Count(len(sources) - len(shown))))
    return names


def evidence_line(key: str) -> Cell:
    """Return an evidence item with its statement: ``what: how many [of whom; where]``."""
    item = lookup_evidence(key)
    between = " " if item.quantity is Quantity.STATEMENT else ": "
    return (Verbatim(item.label, Origin.EVIDENCE), between, *evidence_cell(key))


def evidence_value(key: str) -> Cell:
    """Return the number of an evidence item with its interval; nothing for a statement."""
    item = lookup_evidence(key)
    value = _value(item)
    return (*value, " for a new centre") if item.interval_method == "prediction" else value


def conflict_cell(key: str) -> Cell:
    """Return an evidence item beside every one that it conflicts with."""
    others = lookup_evidence(key).conflicts
    cell = evidence_cell(key)
    for other in others:
        cell = (*cell, *phrase("report.against"), *evidence_line(other))
    return cell


def is_known(key: str) -> bool:
    """Return whether the evidence tables hold this key."""
    return key in load_evidence()


def basis_cell(basis: Basis, printed: Collection[str] = ()) -> Cell:
    """Return what a statement rests on: sources with their samples, and whether a rule is ours.

    Parameters
    ----------
    basis : Basis
        Evidence keys, and whether the rule that used them is our own.
    printed : collection of str
        Evidence keys that the statement has named itself.
    """
    by_source: dict[tuple[object, ...], list[str]] = {}
    cells: list[Cell] = []
    ours = basis.expert_rule
    for key in basis.evidence:
        if not is_known(key):
            cells.append((Verbatim(key, Origin.EVIDENCE),))
        elif not lookup_evidence(key).sources:
            ours = True
        elif key not in printed:
            item = lookup_evidence(key)
            by_source.setdefault((item.sources, item.read_depth), []).append(key)
    cells += [_cited_together(keys) for keys in by_source.values()]
    if ours:
        cells.append(phrase("report.expert_rule"))
    return joined(cells, "; ")


def _cited_together(keys: Sequence[str]) -> Cell:
    """Return several items of the same sources as one citation with every sample once."""
    also = tuple(keys[1:])
    cite = (
        replace(part, also=also) if isinstance(part, Cite) else part
        for part in evidence_cite(keys[0])
    )
    samples = {text_of(cell): cell for cell in (evidence_sample(key) for key in keys)}
    return (*cite, " (", *joined(samples.values()), ")")


def because_cell(because: Because) -> Cell:
    """Return one finding in words: what, which side, value, who found it, and when.

    Examples
    --------
    >>> from datetime import date
    >>> from hemispasm.report.document import text_of
    >>> text_of(because_cell(Because(code="exam.other_babinski", side="left", value="present",
    ...     day=date(2026, 3, 2), origin="examined")))
    'Other Babinski sign, left: present (seen on examination, 2 March 2026)'
    """
    return (
        *finding_words(because),
        " (",
        *phrase(f"origin.{because.origin}"),
        ", ",
        Day(because.day),
        ")",
    )


def finding_words(because: Because) -> Cell:
    """Return a finding with its side and value, without who found it and when."""
    label = Verbatim(lookup_code(because.code).label, Origin.VOCABULARY)
    side: Cell = (", ", *side_words(because.side)) if because.side is not None else ()
    number = observed_number(
        because.code, because.side, because.value, because.interval, because.level
    )
    return (label, *side, ": ", number)


def because_cells(found: Sequence[Because], most: int | None = None) -> Cell:
    """Return several findings, one after another; with ``most`` the newest and how many more."""
    if most is None or len(found) <= most:
        return joined([because_cell(each) for each in found], "; ")
    newest = sorted(found, key=lambda each: each.day, reverse=True)[:most]
    more = phrase("report.more_entries", n=Count(len(found) - most))
    return joined([*(because_cell(each) for each in newest), more], "; ")
