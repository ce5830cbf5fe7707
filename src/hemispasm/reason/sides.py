"""Which side the spasm is on, by everyone who says so. In doubt there is none."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

from hemispasm.model.chart import Chart, Observation
from hemispasm.model.plan.common import Because
from hemispasm.model.plan.gates import SideView
from hemispasm.model.side import Side
from hemispasm.model.treatment import ToxinCycle
from hemispasm.reason.records import (
    decompressions,
    onset_side_reason,
    operation_reason,
    toxin_cycles,
    toxin_reason,
)

AFFECTED_SIDE = ("video.affected_side", "emg.affected_side")
TREATMENTS = ("record.toxin", "record.operation")
_LEFT, _RIGHT = frozenset({Side.LEFT}), frozenset({Side.RIGHT})
_SETS = {Side.LEFT: _LEFT, Side.RIGHT: _RIGHT, Side.BOTH: _LEFT | _RIGHT}


@dataclass(frozen=True)
class SideStatement:
    """One source saying, on one day, that the spasm is on a side."""

    source: str
    side: Side
    because: Because


def view_side(chart: Chart) -> SideView:
    """Return the side of the spasm, by every source that names one.

    Sources are the patient, the examiner, video, EMG, the case file, sided rating scales and the
    sides that were treated; ``reason/data/gates.toml`` lists them. ``uncertain``, ``none_seen`` and
    "absent" say nothing about the side. A finding that knows only an edge of the picture says
    nothing either.

    Parameters
    ----------
    chart : Chart
        The chart.

    Returns
    -------
    SideView
        ``side`` when all sources agree. ``conflict`` when two sources disagree, or one source at
        two visits, unless it went from one side to both. Details of the spasm and treatments of
        one side do not contradict a spasm of both. A toxin treatment of both sides is no
        statement: the other side is often treated for symmetry.

    Examples
    --------
    >>> from datetime import date
    >>> from hemispasm.model.case import Case, Onset
    >>> chart = Chart(case=Case(id="P-1", onset=Onset(side=Side.LEFT)), as_of=date(2026, 3, 2))
    >>> view_side(chart).side
    <Side.LEFT: 'left'>
    """
    statements = side_statements(chart)
    because = tuple(s.because for s in statements)
    if not statements:
        return SideView()
    agreed = _agreed(statements)
    if agreed is None:
        return SideView(conflict=True, because=because)
    side = next(side for side, members in _SETS.items() if members == agreed)
    return SideView(side=side, because=because)


def _agreed(statements: tuple[SideStatement, ...]) -> frozenset[Side] | None:
    """Return the sides that all sources agree on; None when they do not."""
    sources = _sources(statements)
    leading = [source for source in sources if not _is_detail(source)]
    answers = {_answer_of(statements, source) for source in leading or sources}
    if len(answers) > 1:
        return None
    (agreed,) = answers
    if agreed is None or any(not _SETS[s.side] <= agreed for s in statements if leading):
        return None
    return agreed


def _is_detail(source: str) -> bool:
    """Return whether a source may describe one side of two; what was treated may as well."""
    return source.startswith("record.") or bool(_side_sources()[source].get("detail"))


def side_statements(chart: Chart) -> tuple[SideStatement, ...]:
    """Return everything in the chart that says which side the spasm is on, oldest first."""
    found = [s for seen in chart.observations for s in _said_by(seen)]
    onset = onset_side_reason(chart)
    if onset is not None and onset.side is not None:
        found.append(SideStatement(onset.code, onset.side, onset))
    treated = [toxin_reason(c) for c in toxin_cycles(chart) if not _symmetric(c, chart)]
    treated += [operation_reason(o) for o in decompressions(chart)]
    found += [
        SideStatement(reason.code, reason.side, reason)
        for reason in treated
        if reason.side in (Side.LEFT, Side.RIGHT)
    ]
    return tuple(sorted(found, key=lambda s: s.because.day))


def says_both_sides(chart: Chart) -> tuple[Because, ...]:
    """Return what says that both sides move, or one side at one visit and the other at another.

    Treatments do not count: they are given to the other side for other reasons as well.
    """
    statements = [s for s in side_statements(chart) if s.source not in TREATMENTS]
    both: list[Because] = []
    for source in _sources(tuple(statements)):
        own = [s for s in statements if s.source == source]
        if frozenset().union(*(_SETS[s.side] for s in own)) == _SETS[Side.BOTH]:
            both += [s.because for s in own]
    return tuple(both)


def _symmetric(cycle: ToxinCycle, chart: Chart) -> bool:
    """Return whether the other side was injected on the same day."""
    sides = {c.side for c in toxin_cycles(chart) if c.day == cycle.day}
    return {Side.LEFT, Side.RIGHT} <= sides


def _said_by(seen: Observation) -> tuple[SideStatement, ...]:
    finding = seen.finding
    source = _side_sources().get(finding.code)
    if source is None or finding.value is None or finding.image_side is not None:
        return ()
    if finding.quality == "not_assessable":
        return ()
    if finding.code in AFFECTED_SIDE:
        if finding.value not in tuple(Side):
            return ()
        return (SideStatement(finding.code, Side(finding.value), Because.of(seen)),)
    if finding.side is None or not _counts(source, finding.value):
        return ()
    return (SideStatement(finding.code, finding.side, Because.of(seen)),)


def _counts(source: dict[str, object], value: float | str) -> bool:
    wanted = source.get("is")
    above = source.get("above")
    if isinstance(wanted, list):
        return value in wanted
    if isinstance(above, int | float):
        return not isinstance(value, str) and value > above
    return True


def _sources(statements: tuple[SideStatement, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(s.source for s in statements))


def _answer_of(statements: tuple[SideStatement, ...], source: str) -> frozenset[Side] | None:
    """Return the sides a source ends with; None when it contradicts itself."""
    by_day: dict[object, frozenset[Side]] = {}
    for s in statements:
        if s.source == source:
            by_day[s.because.day] = by_day.get(s.because.day, frozenset()) | _SETS[s.side]
    answers = [by_day[day] for day in sorted(by_day, key=str)]
    # From one side to both is how the second side begins; from one to the other is a contradiction.
    grows = all(early <= late for early, late in pairwise(answers))
    return answers[-1] if grows else None


@cache
def _side_sources() -> dict[str, dict[str, object]]:
    text = files("hemispasm.reason").joinpath("data", "gates.toml").read_text(encoding="utf-8")
    return {entry["code"]: entry for entry in tomllib.loads(text)["side_source"]}
