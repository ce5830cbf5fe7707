"""EMG at two visits side by side: like with like only, and no verdict."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hemispasm.model import Finding, FindingsDocument, Side, lookup_code
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Cell,
    Day,
    Inline,
    LineBreak,
    Origin,
    Para,
    Row,
    Section,
    Table,
    Verbatim,
)
from hemispasm.report.emg_channels import channels_of, side_words
from hemispasm.report.emg_section import EmgPart, stimulated_at
from hemispasm.report.number import number_of
from hemispasm.report.phrase import phrase
from hemispasm.report.words import grade_words

#: What is put side by side over visits: the same code, side, muscle and stimulus only.
COMPARED = (
    "emg.spasm_rate",
    "emg.burst_rate",
    "emg.spasm_time_fraction",
    "emg.lateral_spread",
    "emg.lateral_spread_latency",
    "emg.lateral_spread_amplitude",
    "emg.blink_reflex_r1",
    "emg.blink_reflex_r2",
    "emg.cmap_amplitude",
)


def compare_section(parts: Sequence[EmgPart]) -> Section | None:
    """Return two visits' EMG side by side, like with like; None where nothing is alike.

    Parameters
    ----------
    parts : sequence of EmgPart
        The EMG recordings of all visits. The latest day and the last day before it that holds the
        same test are shown: the same code and side, after the same stimulus, in the same channel.
    """
    dated = [part for part in parts if part.day is not None]
    days = sorted({part.day for part in dated if part.day is not None})
    if len(days) < 2:
        return None
    later = {key: f for p in dated if p.day == days[-1] for key, f in _comparable(p)}
    rows: list[Row] = []
    shown: date | None = None
    for day in reversed(days[:-1]):
        earlier = {key: f for p in dated if p.day == day for key, f in _comparable(p)}
        for key, new in later.items():
            if key in earlier:
                rows.append((_measure_name(new, key), _compared(earlier[key]), _compared(new)))
        if rows:
            shown = day
            break
    if shown is None:
        return None
    columns = (lookup_text("emg.compare.measure"), "Before", "After")
    caption: Cell = (*phrase("emg.compare.caption"), ": ", Day(shown), " and ", Day(days[-1]))
    table = Table.plain(caption, columns, tuple(rows))
    note = Para(*phrase("emg.compare.note"))
    return Section(
        "emg-compared", phrase("emg.compare.title"), (table, note), phrase("emg.compare.brief")
    )


def _comparable(part: EmgPart) -> list[tuple[tuple[object, ...], Finding]]:
    stimulus = stimulated_at(part.document)
    found: list[tuple[tuple[object, ...], Finding]] = []
    for code in COMPARED:
        for finding in part.document.findings:
            if finding.code != code or finding.side is None:
                continue
            rest = finding.method.startswith("emg_spontaneous/")
            montage = _montage(part.document, finding.side) if rest else finding.extra("channel")
            test = None if rest else stimulus
            found.append(((code, finding.side, test, montage), finding))
    return found


def _montage(document: FindingsDocument, side: Side) -> tuple[str, ...]:
    return tuple(sorted(c.muscle for c in channels_of(document) if c.side is side))


def _measure_name(finding: Finding, key: tuple[object, ...]) -> Cell:
    label = Verbatim(lookup_code(finding.code).label, Origin.VOCABULARY)
    parts: list[Inline] = [label, ", ", side_words(finding.side)]
    channel = finding.extra("channel")
    if key[2] is not None and channel is not None:
        parts += [LineBreak(), Verbatim(str(channel), Origin.SETTINGS)]
    return tuple(parts)


def _compared(finding: Finding) -> Cell:
    return (number_of(finding), " – ", grade_words(finding.quality))
