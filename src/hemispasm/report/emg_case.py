"""Where EMG stands in the report on a case: sections of every visit, and the sentence on top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hemispasm.report.document import (
    Block,
    Cell,
    Document,
    Folded,
    Inline,
    LineBreak,
    Para,
    Section,
)
from hemispasm.report.emg_compare import compare_section
from hemispasm.report.emg_response_tables import blink_table
from hemispasm.report.emg_section import (
    EmgPart,
    answer_paras,
    emg_section,
)
from hemispasm.report.phrase import joined, labelled, phrase

_BEFORE = ("patient", "provenance")


def emg_sections(parts: Sequence[EmgPart]) -> list[Section]:
    """Return the sections on EMG: the latest visit in full, earlier ones behind a fold.

    Parameters
    ----------
    parts : sequence of EmgPart
        The latest visit first.
    """
    if not parts:
        return []
    made: list[Section] = []
    latest = [part for part in parts if part.day == parts[0].day]
    for number, part in enumerate(parts, start=1):
        section = emg_section(part, f"emg-{number}")
        if part in latest:
            made.append(section)
            continue
        first, *rest = section.children
        fold = Folded(phrase("emg.earlier"), tuple(rest))
        made.append(replace(section, children=(first, fold)))
    reflexes = blink_table([part.document for part in latest])
    if reflexes is not None and len(reflexes.groups[0].rows) > 1:
        both: tuple[Block, ...] = (reflexes,)
        made.insert(len(latest), Section("emg-blink", phrase("emg.blink.title"), both))
    compared = compare_section(parts)
    return [*made, compared] if compared is not None else made


def emg_summary(parts: Sequence[EmgPart]) -> Cell:
    """Return what the EMG of the latest visit says, in a sentence or two; nothing without any."""
    said: list[Inline] = []
    latest = [part for part in parts if part.day == parts[0].day]
    # Activity at rest before what was evoked.
    latest.sort(key=lambda part: part.document.find("emg.affected_side") is None)
    for part in latest:
        for para in answer_paras(part.document, part.traces):
            said += [" " if said else "", *para.parts]
    return labelled(phrase("emg.summary"), said) if said else ()


def with_emg(document: Document, parts: Sequence[EmgPart]) -> Document:
    """Return the report on recordings with the EMG before the patient's data and provenance."""
    if not parts:
        return document
    last = [section for section in document.sections if section.ident in _BEFORE]
    first = [section for section in document.sections if section.ident not in _BEFORE]
    summary = Para(*joined((document.summary.parts, emg_summary(parts)), LineBreak()))
    sections = (*first, *emg_sections(parts), *last)
    return replace(document, summary=summary, sections=sections)
