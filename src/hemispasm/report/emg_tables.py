"""Tables of an EMG recording: spasms, activity of both sides, patterns, responses."""

from __future__ import annotations

from typing import Any

from hemispasm.model import (
    Event,
    EventKind,
    Finding,
    FindingsDocument,
    Review,
    Side,
    lookup_code,
)
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Block,
    Cell,
    Count,
    FromFinding,
    FromRule,
    Identifier,
    Inline,
    LineBreak,
    Number,
    Origin,
    Para,
    Row,
    Table,
    Time,
    Verbatim,
)
from hemispasm.report.emg_channels import side_words
from hemispasm.report.number import number_of
from hemispasm.report.phrase import phrase, say
from hemispasm.report.words import pattern_words, sentence_of

SIDES = (Side.LEFT, Side.RIGHT)
MOST_ROWS = 120

RATES = (
    "emg.spasm_rate",
    "emg.burst_rate",
    "emg.spasm_time_fraction",
    "emg.burst_duration",
    "emg.burst_repetition",
    "emg.burst_spacing_cv",
    "emg.burst_local_variation",
    "emg.tonic_fraction",
    "emg.intraburst_rate",
    "emg.branch_synchrony",
    "emg.blink_coupling",
    "emg.voluntary_coupling",
)
PATTERNS = ("hfs_pattern", "myokymic_discharges", "rhythmic_discharges", "co_contraction")
_UNITS = {"ms": "ms", "hz": "Hz"}


def spasms_of(document: FindingsDocument) -> list[Event]:
    """Return the spasms in the order of time."""
    found = [e for e in document.events if e.kind is EventKind.SPASM and e.channel is None]
    return sorted(found, key=lambda event: (event.start_s, event.id))


def spasms_table(document: FindingsDocument, review: Review | None) -> Table:
    """Return the spasms with their bursts."""
    decided = {
        i.id: f"{i.decision} ({i.initials})"
        for i in (review.items if review else ())
        if i.target == "event" and i.recording_sha256 == document.recording.sha256
    }
    spasms = spasms_of(document)
    rows: list[Row] = []
    for number, event in enumerate(spasms[:MOST_ROWS], start=1):
        row: list[Cell] = [
            (Identifier(str(number)),),
            (Time(event.start_s),),
            (side_words(event.side),),
            (Number(event.duration_s, "s", FromRule("event.duration")),),
            (pattern_words(event),),
            (Number(event.measures.get("burst_count"), "1", FromRule("emg.burst_count"),
                    absent="–", decimals=0),),
            (Number(round(100 * event.confidence), "%", FromRule("event.confidence")),),
        ]  # fmt: skip
        if decided:
            row.append((Verbatim(decided.get(event.id, "–"), Origin.REVIEW),))
        rows.append(tuple(row))
    names = ["number", "time", "side", "length", "pattern", "bursts", "confidence"]
    names += ["reviewer"] if decided else []
    caption: list[Inline] = [*phrase("emg.spasms.caption")]
    if len(spasms) > MOST_ROWS:
        caption += [" (", Count(MOST_ROWS), *phrase("emg.evoked.of"), Count(len(spasms)), "; "]
        caption += [*phrase("emg.spasms.more"), ")"]
    columns = tuple(lookup_text(f"emg.spasms.{name}") for name in names)
    return Table.plain(tuple(caption), columns, tuple(rows))


def sides_table(document: FindingsDocument) -> Table | None:
    """Return the numbers of both sides beside one another; None where there are none."""
    rows: list[Row] = []
    exposures = [document.find("emg.spasm_rate", side) for side in SIDES]
    if any(exposures):
        cells: list[Cell] = [phrase("emg.numbers.exposure")]
        for finding in exposures:
            seconds = None if finding is None else finding.extra("exposure_s")
            source = FromRule("quality.analysed")
            value = None if seconds is None else float(seconds)
            cells.append((Number(value, "s", source, absent="–", decimals=1),))
        rows.append(tuple(cells))
    for code in RATES:
        found = [document.find(code, side) for side in SIDES]
        if any(found):
            label = (Verbatim(lookup_code(code).label, Origin.VOCABULARY),)
            rows.append((label, *(value_cell(finding) for finding in found)))
    if not rows:
        return None
    columns = tuple(lookup_text(f"emg.numbers.{name}") for name in ("measure", "left", "right"))
    return Table.plain(phrase("emg.numbers.caption"), columns, tuple(rows))


def sideless_table(document: FindingsDocument) -> Table | None:
    """Return what channels without a side show; None where every channel has one."""
    found = [
        f
        for f in document.findings
        if f.side is None and f.extra("channel") is not None and f.code.startswith("emg.burst")
    ]
    rows = tuple(
        (
            (Verbatim(str(f.extra("channel")), Origin.SETTINGS),),
            (Verbatim(lookup_code(f.code).label, Origin.VOCABULARY),),
            value_cell(f),
        )
        for f in found
    )
    if not rows:
        return None
    keys = ("channels.channel", "numbers.measure", "evoked.value")
    columns = tuple(lookup_text(f"emg.{key}") for key in keys)
    return Table.plain(phrase("emg.numbers.no_side"), columns, rows)


def value_cell(finding: Finding | None) -> Cell:
    """Return the value of a finding with its interval, and why where there is none."""
    if finding is None:
        return ("–",)
    parts: list[Inline] = [number_of(finding)]
    if finding.reason and (finding.value is None or finding.reason.startswith("before_review")):
        parts += [LineBreak(), Verbatim(sentence_of(finding.reason), Origin.FINDING)]
    return tuple(parts)


def patterns_table(document: FindingsDocument) -> Table | None:
    """Return every named pattern with the numbers it was decided on."""
    rows: list[Row] = []
    for side in SIDES:
        for name in PATTERNS:
            finding = document.find(f"emg.{name}", side)
            if finding is None:
                continue
            rows.append(
                (
                    phrase(f"emg.patterns.{name}"),
                    (side_words(side),),
                    answer_cell(finding),
                    _numbers(finding),
                )
            )
    if not rows:
        return None
    names = ("pattern", "side", "answer", "numbers")
    columns = tuple(lookup_text(f"emg.patterns.{name}") for name in names)
    return Table.plain(phrase("emg.patterns.caption"), columns, tuple(rows), "prose")


def answer_cell(finding: Finding) -> Cell:
    """Return present or absent, and why where that cannot be said."""
    if isinstance(finding.value, str):
        return (number_of(finding),)
    parts: list[Inline] = [*phrase("emg.patterns.unknown")]
    if finding.reason:
        parts += [LineBreak(), Verbatim(sentence_of(finding.reason), Origin.FINDING)]
    return tuple(parts)


def _numbers(finding: Finding) -> Cell:
    numbers: dict[str, Any] = dict(finding.extra("numbers") or {})
    parts: list[Inline] = []
    for name, value in numbers.items():
        unit = _UNITS.get(name.rpartition("_")[2], "1")
        whole = unit == "1" and float(value).is_integer() and abs(value) >= 1
        decimals = 0 if whole else 1 if unit in ("ms", "Hz") else None
        source = FromFinding(finding.code, finding.side, None, f"numbers.{name}")
        parts += ["; " if parts else "", *say(f"emg.number.{name}"), " "]
        parts.append(Number(float(value), unit, source, decimals=decimals))
    return tuple(parts) or ("–",)


def synchrony_paras(document: FindingsDocument) -> list[Block]:
    """Return a sentence on common firing for each side: correlation, lag, and its null."""
    made: list[Block] = []
    for side in SIDES:
        finding = document.find("emg.synchrony", side)
        if finding is None:
            continue
        words = side_words(side)
        if finding.value is None:
            reason = Verbatim(sentence_of(finding.reason or "not measured"), Origin.FINDING)
            made.append(Para(*phrase("emg.patterns.synchrony_missing", side=words, reason=reason)))
            continue
        lag = document.find("emg.synchrony_lag", side)
        shown = lag is not None and lag.value is not None
        first, second = [*(finding.extra("channels") or ()), "–", "–"][:2]
        nodes: dict[str, Inline | Cell] = {
            "first": Verbatim(str(first), Origin.SETTINGS),
            "second": Verbatim(str(second), Origin.SETTINGS),
            "peak": number_of(finding),
            "lag": number_of(lag) if lag is not None else "–",
            "p": p_number(finding),
            "null": _null_number(finding),
        }
        key = "emg.patterns.synchrony_yes" if shown else "emg.patterns.synchrony_no"
        made.append(Para(words[:1].upper() + words[1:], ": ", *phrase(key, **nodes)))
    return made


def _null_number(finding: Finding) -> Number:
    source = FromFinding(finding.code, finding.side, None, "null_95")
    high = finding.extra("null_95")
    return Number(None if high is None else float(high), "1", source, absent="not known")


def p_number(finding: Finding) -> Number:
    """Return the p of a finding."""
    source = FromFinding(finding.code, finding.side, None, "p")
    p = finding.extra("p")
    if p is None:
        return Number(None, "1", source, absent="–")
    return Number(float(p), "1", source, decimals=4 if float(p) < 0.001 else 3)
