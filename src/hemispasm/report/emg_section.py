"""The section of a report on one EMG recording, and the one that compares two visits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from hemispasm.model import EventKind, FindingsDocument, Review, Side, Trace
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Block,
    Bullets,
    Callout,
    Cell,
    Columns,
    Count,
    Day,
    Folded,
    FromRule,
    Identifier,
    Inline,
    Number,
    Origin,
    Para,
    Section,
    Strong,
    Verbatim,
)
from hemispasm.report.emg_channels import channels_of, channels_table, side_words
from hemispasm.report.emg_closeup import closeup_figure
from hemispasm.report.emg_evoked import evoked_figures
from hemispasm.report.emg_overview import overview_figure
from hemispasm.report.emg_response_tables import (
    blink_table,
    direct_table,
    responses_table,
    score_number,
)
from hemispasm.report.emg_tables import (
    SIDES,
    p_number,
    patterns_table,
    sideless_table,
    sides_table,
    spasms_of,
    spasms_table,
    synchrony_paras,
)
from hemispasm.report.emg_theatre import theatre_figure
from hemispasm.report.number import extra_number, number_of, seconds_by
from hemispasm.report.phrase import phrase
from hemispasm.report.words import grade_words, sentence_of

_SITES = (
    "temporal",
    "zygomatic",
    "buccal",
    "mandibular",
    "cervical",
    "trunk",
    "supraorbital",
    "artery",
)


@dataclass(frozen=True)
class EmgPart:
    """One EMG recording, as the whole path hands it over.

    Attributes
    ----------
    day : date or None
        Day of the visit; None for a recording in no case.
    number : int
        Which EMG recording of its visit.
    numbered : bool
        Whether its title needs the number: the visit has several of its kind.
    document, traces
        Findings and events; envelopes, close-up and curves.
    review : Review or None
        What people decided at that visit.
    """

    document: FindingsDocument
    traces: tuple[Trace, ...] = ()
    day: date | None = None
    number: int = 1
    numbered: bool = False
    review: Review | None = None


def stimulated_at(document: FindingsDocument) -> tuple[str, Side | None] | None:
    """Return the stimulated site and side; None for a recording without stimuli."""
    said = document.provenance.settings.get("stimulated")
    if said is None:
        return None
    site, _, side = str(said).partition(", ")
    named = {"left": Side.LEFT, "right": Side.RIGHT}.get(side)
    return site if site in _SITES else "unknown", named


def emg_title(document: FindingsDocument) -> Cell:
    """Return what a recording is, in words: activity at rest, or the stimulus."""
    stimulus = stimulated_at(document)
    if stimulus is None:
        return phrase("emg.title_rest")
    site, side = stimulus
    rested = document.find("emg.affected_side") is not None
    key = "emg.title_both" if rested else "emg.title_evoked"
    return phrase(key, site=phrase(f"emg.site.{site}"), side=side_words(side))


def emg_brief(document: FindingsDocument) -> Cell:
    """Return what a recording is, under a heading that says EMG and the day."""
    stimulus = stimulated_at(document)
    if stimulus is None:
        return phrase("emg.brief.rest")
    site, side = stimulus
    rested = document.find("emg.affected_side") is not None
    key = "emg.brief.both" if rested else "emg.brief.evoked"
    named = phrase("emg.side.unknown" if side is None else f"side.{side}")
    return phrase(key, place=phrase(f"emg.place.{site}"), side=named)


def emg_section(part: EmgPart, ident: str) -> Section:
    """Return everything that a reader needs of one EMG recording.

    Parameters
    ----------
    part : EmgPart
        The recording.
    ident : str
        Identifier of the section in its page.
    """
    document = part.document
    number: Cell = (" (", Identifier(str(part.number)), ")") if part.numbered else ()
    day: Cell = () if part.day is None else (", ", Day(part.day))
    title = (*emg_title(document), *day, *number)
    brief = (*emg_brief(document), *number)
    return Section(ident, title, emg_blocks(part), brief, part.day)


def emg_blocks(part: EmgPart, *, with_answer: bool = True) -> tuple[Block, ...]:
    """Return the blocks of a section on one EMG recording: answer first, then what it rests on."""
    document = part.document
    children: list[Block] = [*answer_paras(document, part.traces)] if with_answer else []
    children.append(
        Callout(
            "note",
            phrase("emg.not_validated"),
            (Para(*phrase("emg.not_validated_body")),),
        )
    )
    if not document.findings:
        children.append(Para(*phrase("emg.nothing")))
    children += _rest_blocks(part)
    children += _evoked_blocks(part)
    children += quality_blocks(document, part.traces)
    children.append(
        Para("Recording ", Identifier("SHA-256"), " ", Identifier(document.recording.sha256))
    )
    return tuple(children)


def verdict_para(document: FindingsDocument) -> Para:
    """Return the answer of a recording at rest: affected side, rates, and why."""
    finding = document.find("emg.affected_side")
    if finding is None:
        return Para(*phrase("emg.verdict.missing"))
    value = finding.value if isinstance(finding.value, str) else "uncertain"
    parts: list[Inline] = [Strong(*phrase(f"emg.verdict.{value}"))]
    rates = [(side, document.find("emg.spasm_rate", side)) for side in SIDES]
    known = [(side, rate) for side, rate in rates if rate is not None and rate.value is not None]
    for number, (side, rate) in enumerate(known):
        parts += ["; " if number else f" {lookup_text('emg.rate_of')}: "]
        parts += [side_words(side), " ", number_of(rate)]
    parts += ["."] if known else []
    if finding.reason:
        reason = Verbatim(sentence_of(finding.reason), Origin.FINDING)
        parts += [" ", *phrase("emg.verdict.why", reason=reason)]
    return Para(*parts)


def answer_paras(document: FindingsDocument, traces: Sequence[Trace] = ()) -> list[Para]:
    """Return what a recording answers: the affected side, and each response looked for."""
    found = [*response_paras(document), *_operation_para(traces), *_blink_para(document)]
    if document.find("emg.affected_side") is not None or not found:
        found.insert(0, verdict_para(document))
    return found


def _operation_para(traces: Sequence[Trace]) -> list[Para]:
    """Return how an operation ended: an average over all of it hides that a response went."""
    state = next((trace for trace in traces if trace.name == "theatre_state"), None)
    if state is None:
        return []
    last = str(state.meta.get("last", "undetermined"))
    return [Para(Strong(*phrase("emg.theatre.said", last=last)))]


def _blink_para(document: FindingsDocument) -> list[Para]:
    """Return a sentence on the lower face after a supraorbital stimulus; nothing without one."""
    stimulus = stimulated_at(document)
    if stimulus is None or stimulus[0] != "supraorbital" or not document.findings:
        return []
    answers = [f for f in document.findings if f.code == "emg.blink_reflex_synkinesis"]
    said: list[Inline] = [*phrase("emg.blink.answer", side=side_words(stimulus[1]))]
    for number, finding in enumerate(answers):
        value = finding.value if isinstance(finding.value, str) else "unknown"
        said += ["; " if number else " ", *phrase(f"emg.blink.lower_{value}"), ", "]
        said.append(side_words(finding.side))
    return [Para(Strong(*said, "."))]


def response_paras(document: FindingsDocument) -> list[Para]:
    """Return a sentence on the lateral spread of each side, with p, statistic and latency."""
    made: list[Para] = []
    for finding in document.findings:
        if finding.code == "emg.lateral_spread" and isinstance(finding.value, str):
            latency = document.find("emg.lateral_spread_latency", finding.side)
            direction = str(finding.extra("direction") or "").replace("_", " ")
            made.append(
                Para(
                    Strong(
                        *phrase(
                            f"emg.evoked.lsr_{finding.value}",
                            side=side_words(finding.side),
                            direction=Verbatim(direction or "–", Origin.FINDING),
                            p=p_number(finding),
                            score=score_number(finding),
                            onset=number_of(latency) if latency else "–",
                            detectable=extra_number(finding, "detectable_uv", "uV"),
                            count=Count(int(finding.extra("count") or 0), "sweep", "sweeps"),
                        )
                    )
                )
            )
    return made


def _rest_blocks(part: EmgPart) -> list[Block]:
    document, made = part.document, list[Block]()
    # Where rest was not measured an envelope without a spasm would look like an answer.
    if document.find("emg.affected_side") is not None:
        figures = (overview_figure(document, part.traces), closeup_figure(document, part.traces))
        made += [figure for figure in figures if figure is not None]
    tables = (sides_table(document), sideless_table(document), patterns_table(document))
    made += [table for table in tables if table is not None]
    made += synchrony_paras(document)
    if document.find("emg.affected_side") is None:
        return made
    spasms = spasms_of(document)
    if not spasms:
        return [*made, Para(*phrase("emg.spasms.none"))]
    bursts = [e for e in document.events if e.kind is EventKind.BURST]
    aside = sum(bool(e.flags) for e in bursts)
    title: Cell = (
        *phrase("emg.spasms.title"),
        ": ",
        Count(len(spasms), "spasm", "spasms"),
    )
    said = phrase("emg.spasms.bursts_note", count=Count(len(bursts)), set_aside=Count(aside))
    note = Para(*phrase("emg.spasms.confidence_note"), " ", *said)
    made.append(Folded(title, (spasms_table(document, part.review), note)))
    return made


def _evoked_blocks(part: EmgPart) -> list[Block]:
    document, made = part.document, list[Block]()
    if stimulated_at(document) is None:
        return made
    made.append(_protocol_para(document))
    operation = theatre_figure(part.traces)
    if operation is not None:
        made.append(operation)
    figures = evoked_figures(document, part.traces)
    for first in range(0, len(figures), 2):
        made.append(Columns(tuple((figure,) for figure in figures[first : first + 2])))
    table = responses_table(document)
    if table is not None:
        made += [table, Para(*phrase("emg.evoked.p_note"), role="hint-text")]
    blink = blink_table([document])
    direct = direct_table(document)
    made += [found for found in (blink, direct) if found is not None]
    return made


def _protocol_para(document: FindingsDocument) -> Para:
    settings = document.provenance.settings
    site, side = stimulated_at(document) or ("unknown", None)
    more: list[Inline] = []
    for key, name, unit in (
        ("intensity", "intensity_ma", "mA"),
        ("pulse", "pulse_ms", "ms"),
        ("rate", "rate_hz", "Hz"),
    ):
        value = settings.get(f"stimulus {name}")
        if isinstance(value, float | int):
            number = Number(float(value), unit, FromRule("emg.stimulus"), decimals=1)
            more += phrase(f"emg.evoked.{key}", value=number)
    count = settings.get("stimuli")
    return Para(
        *phrase(
            "emg.evoked.protocol",
            site=phrase(f"emg.site.{site}"),
            side=side_words(side),
            count=Count(int(count) if isinstance(count, float | int) else 0, "stimulus", "stimuli"),
            more=tuple(more),
        )
    )


def quality_blocks(document: FindingsDocument, traces: Sequence[Trace] = ()) -> list[Block]:
    """Return the montage, the grade with its reasons, and what to do next time."""
    quality = document.quality
    lead: list[Inline] = ["This recording is ", Strong(grade_words(quality.grade)), ": "]
    lead += [seconds_by("quality.analysed", quality.analysed_s), " analysed"]
    if document.recording.duration_s is not None:
        lead += [" of ", seconds_by("recording.duration", document.recording.duration_s)]
    made: list[Block] = [Para(*lead, ".")]
    channels = channels_of(document)
    if channels:
        key = "emg.side_missing" if any(c.side is None for c in channels) else "emg.side_words"
        made += [Para(*phrase(key)), channels_table(document, traces)]
    if quality.reasons:
        made.append(
            Bullets(tuple((Verbatim(sentence_of(r), Origin.QUALITY),) for r in quality.reasons))
        )
    if quality.next_steps:
        made.append(Para(Strong("At the next recording:")))
        made.append(Bullets(tuple((Verbatim(s, Origin.PROTOCOL),) for s in quality.next_steps)))
    return made
