"""Trends in single characters: the last sweeps, and the whole operation with its events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.model.monitor import ChannelMoment, TheatreEvent

TOP = 1.5
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Glyphs:
    """Characters of a trend, from no response to half as much again as the baseline.

    Attributes
    ----------
    levels : str
        Eight heights.
    held, baseline, rule : str
        A sweep that was not judged, a baseline sweep, the line between two panels.
    """

    levels: str
    held: str
    baseline: str
    rule: str

    def level(self, share: float) -> str:
        """Return the character of a share of the baseline.

        Examples
        --------
        >>> BLOCKS.level(0.0), BLOCKS.level(1.0), BLOCKS.level(9.0)
        ('▁', '▆', '█')
        """
        place = round(min(max(share, 0.0), TOP) / TOP * (len(self.levels) - 1))
        return self.levels[place]


BLOCKS = Glyphs("▁▂▃▄▅▆▇█", "×", "─", "│")
PLAIN = Glyphs("_.:-=+*#", "x", "~", "|")


@dataclass
class Trace:
    """One channel's course so far.

    Attributes
    ----------
    times : list of float
        Of the sweeps.
    shares : list of float
        Amplitudes as a share of the baseline; NaN for a sweep that was not judged.
    states : list of str
        Called after each sweep.
    """

    times: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    states: list[str] = field(default_factory=list)

    def add(self, time_s: float, said: ChannelMoment) -> None:
        """Take one more sweep."""
        self.times.append(time_s)
        self.shares.append(np.nan if said.amplitude is None else said.amplitude)
        self.states.append(said.state)

    def last(self, width: int, glyphs: Glyphs) -> list[tuple[str, str | None]]:
        """Return the last sweeps, one character each, with the state; None where not judged."""
        return [
            (glyphs.held, None) if np.isnan(share) else (glyphs.level(share), state)
            for share, state in zip(self.shares[-width:], self.states[-width:], strict=True)
        ]

    def chart(
        self,
        size: tuple[int, int],
        span: tuple[float, float],
        glyphs: Glyphs,
        baseline_end_s: float,
    ) -> list[list[tuple[str, str | None]]]:
        """Return the whole operation as bars, each the mean of its time, with the last state.

        Parameters
        ----------
        size : tuple of int
            Characters wide and high.
        span : tuple of float
            First and last second.
        glyphs : Glyphs
            Characters to use.
        baseline_end_s : float
            Until here the baseline's own character stands.

        Returns
        -------
        list of rows, the highest first
        """
        width, height = size
        rows: list[list[tuple[str, str | None]]] = [[(" ", None)] * width for _ in range(height)]
        for column in range(column_of(baseline_end_s, span, width) + 1):
            rows[-1][column] = (glyphs.baseline, None)
        if not self.times:
            return rows
        at = np.array([column_of(time, span, width) for time in self.times])
        shares = np.array(self.shares)
        for column in np.unique(at).tolist():
            inside = at == column
            live = shares[inside & np.isfinite(shares)]
            state = self.states[int(np.flatnonzero(inside)[-1])]
            if 2 * len(live) < inside.sum():
                rows[-1][column] = (glyphs.held, None)
                continue
            for row, glyph in enumerate(bar(float(live.mean()), height, glyphs)):
                rows[height - 1 - row][column] = (glyph, state)
        return rows


def bar(share: float, height: int, glyphs: Glyphs) -> str:
    """Return a bar from the bottom upwards.

    Examples
    --------
    >>> bar(0.0, 3, BLOCKS), bar(0.75, 3, BLOCKS), bar(9.0, 3, BLOCKS)
    ('▁', '█▄', '███')
    """
    steps = len(glyphs.levels)
    units = max(round(min(max(share, 0.0), TOP) / TOP * steps * height), 1)
    full, rest = divmod(units, steps)
    return glyphs.levels[-1] * full + (glyphs.levels[rest - 1] if rest else "")


def column_of(time_s: float, span: tuple[float, float], width: int) -> int:
    """Return the column of a time on a strip.

    Examples
    --------
    >>> column_of(0.0, (0.0, 10.0), 20), column_of(10.0, (0.0, 10.0), 20)
    (0, 19)
    """
    first, last = span
    share = (time_s - first) / max(last - first, 1e-9)
    return int(min(max(share * width, 0), width - 1))


def event_letters(events: Sequence[TheatreEvent]) -> list[str]:
    """Return a letter for each event; after the last letter they begin anew."""
    return [LETTERS[place % len(LETTERS)] for place in range(len(events))]


def event_marks(events: Sequence[TheatreEvent], span: tuple[float, float], width: int) -> str:
    """Return a line with each event's letter below its time; a taken place moves right.

    Examples
    --------
    >>> from hemispasm.model.monitor import TheatreEvent
    >>> pair = [TheatreEvent(time_s=t, text="x", sweep=1) for t in (5.0, 5.1)]
    >>> event_marks(pair, (0.0, 10.0), 10)
    '     ab'
    """
    cells = [" "] * width
    for event, letter in zip(events, event_letters(events), strict=True):
        column = column_of(event.time_s, span, width)
        while column < width - 1 and cells[column] != " ":
            column += 1
        cells[column] = letter
    return "".join(cells).rstrip()
