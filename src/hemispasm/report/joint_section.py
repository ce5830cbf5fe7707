"""The section on video and EMG of one session: their clock, and who saw which spasm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hemispasm.model import Event, Finding, FindingsDocument, Side
from hemispasm.report.document import (
    Block,
    Callout,
    Cell,
    Count,
    Day,
    Document,
    FromFinding,
    FromRule,
    Inline,
    Jump,
    Number,
    Origin,
    Para,
    Section,
    Table,
    Verbatim,
)
from hemispasm.report.joint_figure import joint_figure
from hemispasm.report.joint_rows import Pair
from hemispasm.report.lanes import NAMES
from hemispasm.report.phrase import phrase

MAX_ROWS = 60
#: Behind the last of these stands what both recordings say together.
_ALONE_SECTIONS = ("timeline", "emg")
_ALONE = ("only_video", "only_emg", "named_differently")


def with_joint(report: Document, pairs: Sequence[Pair]) -> Document:
    """Return a report with a section on every pair, behind what each recording shows alone.

    Parameters
    ----------
    report : Document
        The report on the case.
    pairs : sequence of Pair
        The latest visit first; that its recordings name opposite sides is said above everything.
    """
    if not pairs:
        return report
    made = tuple(joint_section(pair, number=n) for n, pair in enumerate(pairs, start=1))
    idents = [section.ident for section in report.sections]
    before = [i for i, ident in enumerate(idents) if ident.partition("-")[0] in _ALONE_SECTIONS]
    at = max(before, default=0) + 1
    sections = (*report.sections[:at], *made, *report.sections[at:])
    latest = max(pair.day for pair in pairs)
    warnings = [b for p in pairs if p.day == latest for b in conflict_banners(p.joint)]
    # What is urgent for the patient comes before what is wrong with the recordings.
    first = tuple(b for b in report.banners if b.tone in ("emergency", "urgent"))
    rest = tuple(b for b in report.banners if b not in first)
    return replace(report, banners=(*first, *warnings, *rest), sections=sections)


def joint_section(pair: Pair, *, number: int = 1) -> Section:
    """Return the section on one pair of recordings.

    Parameters
    ----------
    pair : Pair
        The joint document with both recordings.
    number : int
        Tells the pairs of one report apart, from 1.
    """
    ident = "joint" if number == 1 else f"joint-{number}"
    children: list[Block] = list(conflict_banners(pair.joint))
    children.append(Para(*_clock_words(pair.joint)))
    if pair.is_joined:
        children += [*_side_words(pair.joint), *_agreement(pair.joint)]
        children.append(joint_figure(pair, ident=f"timeline-{ident}"))
        table = _alone_table(pair.joint, f"timeline-{ident}")
        if table is not None:
            children.append(table)
    children += _notes(pair.joint)
    title: Cell = phrase("joint.title")
    if number > 1:
        title = (*title, ", ", Day(pair.day))
    return Section(ident, title, tuple(children), (Day(pair.day),))


def conflict_banners(joint: FindingsDocument) -> tuple[Callout, ...]:
    """Return the warning that the recordings name opposite sides; none where they do not."""
    found = joint.find("joint.side_agreement")
    if found is None or found.value != "conflict":
        return ()
    body = phrase("joint.conflict.body", **_side_counts(found))
    return (Callout("warning", phrase("joint.conflict.title"), (Para(*body),)),)


def _side_counts(finding: Finding) -> dict[str, Inline | Cell]:
    same, crossed = int(finding.extra("same", 0)), int(finding.extra("crossed", 0))
    return {"same": Count(same), "crossed": Count(crossed), "total": Count(same + crossed)}


def _clock_words(joint: FindingsDocument) -> Cell:
    offset = joint.find("joint.clock_offset")
    if offset is None or not isinstance(offset.value, float):
        reason = (offset.reason if offset is not None else None) or "unknown"
        return phrase("joint.clock.none", reason=_sentence(reason))
    source = FromFinding(offset.code)
    shown = Number(offset.value, "s", source, offset.interval, offset.level, decimals=3)
    nodes: dict[str, Inline | Cell] = {
        "offset": shown,
        "marks": Count(int(offset.extra("count", 0)), "mark", "marks"),
        "matched": Count(int(offset.extra("count", 0)), "movement", "movements"),
        "of_video": Count(int(offset.extra("of_video", 0))),
        "of_emg": Count(int(offset.extra("of_emg", 0))),
        "at": Number(
            float(offset.extra("at_s", 0.0)), "s", FromFinding(offset.code, key="at_s"), decimals=1
        ),
    }
    parts = [*phrase(f"joint.clock.{offset.extra('found_by')}", **nodes)]
    parts += phrase("joint.clock.at", **nodes)
    drift = joint.find("joint.clock_drift")
    if drift is not None and isinstance(drift.value, float):
        gains = Number(
            drift.value, "1", FromFinding(drift.code), drift.interval, drift.level, decimals=0
        )
        parts += phrase("joint.clock.drift", drift=gains)
    else:
        parts += phrase("joint.clock.drift_unknown")
    lag = joint.find("joint.electromechanical_delay")
    if lag is not None and isinstance(lag.value, float):
        late = Number(lag.value, "ms", FromFinding(lag.code), lag.interval, lag.level)
        count = Count(int(lag.extra("count", 0)), "spasm", "spasms")
        parts += [" ", *phrase("joint.clock.lag", lag=late, count=count)]
    return (*parts, " ", *phrase("joint.clock.page"))


def _side_words(joint: FindingsDocument) -> list[Block]:
    """Return whether the sides agree; a conflict stands above everything already."""
    found = joint.find("joint.side_agreement")
    if found is None or found.value == "conflict":
        return []
    counts = _side_counts(found)
    if found.value in ("agree", "undecided"):
        return [Para(*phrase(f"joint.side.{found.value}", **counts))]
    said = phrase("joint.side.unknown")
    suggested = found.extra("suggested_mirrored")
    if suggested is not None:
        said = (*said, *phrase(f"joint.side.suggests_{suggested}", **counts))
    return [Para(*said)]


def _agreement(joint: FindingsDocument) -> list[Block]:
    found = joint.find("joint.seen_by_both")
    if found is None:
        return []
    if not isinstance(found.value, float):
        if (found.reason or "").startswith("no_spasm"):
            return [Para(*phrase("joint.agree.nothing"))]
        if (found.reason or "").startswith("side_conflict"):
            return []
        reason = _sentence(found.reason or "unknown")
        return [Para(*phrase("joint.agree.not_stated", reason=reason))]

    def share(value: float, key: str | None = None, *, limits: bool = False) -> Number:
        ends = found.interval if limits and found is not None else None
        interval = None if ends is None else (100 * ends[0], 100 * ends[1])
        level = found.level if interval and found is not None else None
        source = FromFinding("joint.seen_by_both", key=key)
        return Number(100 * value, "%", source, interval, level, decimals=0)

    def count(key: str) -> Count:
        return Count(int(found.extra(key, 0)) if found is not None else 0, "spasm", "spasms")

    exposure = Number(
        float(found.extra("exposure_s", 0.0)), "s", FromFinding(found.code, key="exposure_s"),
        decimals=0,
    )  # fmt: skip
    parts = [
        *phrase(
            "joint.agree.share",
            total=count("total"),
            exposure=exposure,
            share=share(found.value, limits=True),
            chance=share(float(found.extra("chance", 0.0)), "chance"),
        ),
        " ",
        *phrase("joint.agree.only_video", count=count("only_video"), emg=count("only_emg")),
    ]
    if found.extra("named_differently"):
        parts += phrase("joint.agree.named", count=count("named_differently"))
    if found.extra("during_movement"):
        times = Count(int(found.extra("during_movement")), "moment", "moments")
        parts += phrase("joint.agree.during", count=times)
    return [Para(*parts), Para(*phrase("joint.agree.meaning"))]


def _alone_table(joint: FindingsDocument, timeline: str) -> Table | None:
    """Return the spasms that only one recording saw, in order of time."""
    sides = joint.find("joint.side_agreement")
    if sides is not None and sides.value == "conflict":
        return None
    alone = [event for event in joint.events if seen_by(event) in _ALONE]
    if not alone:
        return None
    rows = [
        (
            (Jump(event.start_s, event.end_s, timeline),),
            (Number(event.duration_s, "s", FromRule("event.duration")),),
            (NAMES[event.side] if isinstance(event.side, Side) else "not known",),
            phrase(f"joint.seen.{seen_by(event)}"),
        )
        for event in alone[:MAX_ROWS]
    ]
    caption = phrase("joint.table.caption")
    if len(alone) > MAX_ROWS:
        more = phrase("joint.table.more", shown=Count(MAX_ROWS), total=Count(len(alone)))
        caption = (*caption, *more)
    columns = tuple(
        "".join(str(part) for part in phrase(f"joint.table.{key}"))
        for key in ("time", "length", "side", "by")
    )
    return Table.plain(caption, columns, tuple(rows))


def seen_by(event: Event) -> str:
    """Return by whom a joint event was seen: ``both``, ``only_video``, ``only_emg`` and others."""
    return next((f.partition(":")[2] for f in event.flags if f.startswith("seen:")), "")


def _notes(joint: FindingsDocument) -> list[Block]:
    """Return what was ignored or contradicts itself, and what to do at the next recording."""
    offset = joint.find("joint.clock_offset")
    reason = offset.reason if offset is not None else None
    shown = [r for r in joint.quality.reasons if r != reason]
    blocks: list[Block] = [
        Para(Verbatim(f"{_plain(text)}.", Origin.QUALITY), role="note") for text in shown
    ]
    steps = joint.quality.next_steps
    return [*blocks, *(Para(Verbatim(step, Origin.QUALITY)) for step in steps)]


def _sentence(reason: str) -> Verbatim:
    return Verbatim(reason.partition(": ")[2] or reason, Origin.QUALITY)


def _plain(reason: str) -> str:
    text = reason.partition(": ")[2] or reason
    return text[:1].upper() + text[1:]
