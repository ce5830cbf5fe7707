"""Findings for which hearing needs care around a decompression. They say why, never how likely."""

from __future__ import annotations

from hemispasm.model.chart import Chart, Observation
from hemispasm.model.plan.common import Because
from hemispasm.model.side import Side


def hearing_context(chart: Chart, side: Side | None) -> tuple[tuple[str, ...], tuple[Because, ...]]:
    """Return the notes on hearing that apply, and the findings behind them.

    Parameters
    ----------
    chart : Chart
        The patient.
    side : Side or None
        The side of the operation. While it is unknown, only what has no side counts.

    Returns
    -------
    notes : tuple of str
        Keys of texts.
    because : tuple of Because
        The findings, in the order of the notes.
    """
    notes: list[str] = []
    seen: list[Observation] = []
    for note, found in (
        ("mvd_note.hearing_vertebral", _found(chart, side, "imaging.offending_vessel", "va")),
        ("mvd_note.hearing_wave_lost", _found(chart, side, "emg.baep_wave_v", "lost")),
        ("mvd_note.hearing_wave_changed", _found(chart, side, "emg.baep_wave_v", "changed")),
        ("mvd_note.hearing_other_ear", _other_ear(chart, side)),
        ("mvd_note.hearing_dependence", _dependence(chart)),
    ):
        if found:
            notes.append(note)
            seen += found
    return tuple(notes), tuple(Because.of(o) for o in seen)


def _found(chart: Chart, side: Side | None, code: str, value: str) -> list[Observation]:
    newest = None if side is None else chart.latest(code, side)
    return [newest] if newest is not None and newest.finding.value == value else []


def _other_ear(chart: Chart, side: Side | None) -> list[Observation]:
    if side is None or side is Side.BOTH:
        return []
    weak = _found(chart, side.other, "report.audiogram", "abnormal")
    return weak + _found(chart, side.other, "exam.hearing", "reduced")


def _dependence(chart: Chart) -> list[Observation]:
    newest = chart.latest("history.hearing_dependence")
    return [newest] if newest is not None and newest.finding.value == "present" else []
