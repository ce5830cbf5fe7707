"""What was noted during the operation: which notes are events, and when one was."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.errors import UsageError
from hemispasm.model.monitor import TheatreEvent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.model.emg import EmgRecording

MARKS = ("stimulus", "second stimulus", "simulated")
TOGETHER_S = 0.002
FEWEST_MARKS = 5


def find_time(text: str, events: Sequence[TheatreEvent]) -> tuple[float, str | None]:
    """Return a time in seconds from ``90``, ``1:30``, ``1:02:03`` or the text of an event.

    Parameters
    ----------
    text : str
        What the user wrote. A part of an event's text is enough; upper and lower case are the same,
        and the first event counts.
    events : sequence of TheatreEvent
        Of the operation.

    Returns
    -------
    float, str or None
        The time, and the event's text where it was one.

    Raises
    ------
    UsageError
        It is no time, and no event reads so (``unknown_event``).

    Examples
    --------
    >>> find_time("1:30", ())
    (90.0, None)
    >>> find_time("dura", [TheatreEvent(time_s=31.5, text="Dura open", sweep=90)])
    (31.5, 'Dura open')
    """
    wanted = text.strip()
    if re.fullmatch(r"(\d+:){0,2}\d+(\.\d+)?", wanted):
        seconds = 0.0
        for part in wanted.split(":"):
            seconds = 60 * seconds + float(part)
        return seconds, None
    folded = wanted.casefold()
    for exact in (True, False):
        for event in events:
            name = event.text.strip().casefold()
            if folded and (name == folded or (not exact and folded in name)):
                return event.time_s, event.text
    known = list(dict.fromkeys(event.text for event in events))
    raise UsageError(
        "unknown_event",
        f"{text!r} is no time, and no event of the recording reads so.",
        f"Its events are: {', '.join(known[:20])}."
        if known
        else "The recording has no events; give seconds or minutes:seconds.",
    )


def find_events(
    segments: Sequence[EmgRecording], stimuli_s: NDArray[np.float64]
) -> tuple[TheatreEvent, ...]:
    """Return the notes of a recording that mark no stimulus, in order of time.

    Parameters
    ----------
    segments : sequence of EmgRecording
        Stretches of one file.
    stimuli_s : ndarray
        Times of all stimuli from the first sample of the file, sorted.
    """
    noted = [
        (one.start_s + note.time_s, note.duration_s, printable(note.text))
        for one in segments
        for note in one.annotations
    ]
    marks = _stimulus_texts(noted, stimuli_s)
    found = {
        TheatreEvent(
            time_s=round(time_s, 6),
            duration_s=max(duration_s, 0.0),
            text=text,
            sweep=int(np.searchsorted(stimuli_s, time_s - 1e-5, side="right")),
        )
        for time_s, duration_s, text in noted
        if text and text.casefold() not in marks and "@@" not in text
    }
    return tuple(sorted(found, key=lambda event: (event.time_s, event.text)))


def printable(text: str) -> str:
    r"""Return a text without what a terminal would obey instead of showing.

    Examples
    --------
    >>> printable("dura\x1b[2J open\n")
    'dura [2J open'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _stimulus_texts(
    noted: Sequence[tuple[float, float, str]], stimuli_s: NDArray[np.float64]
) -> set[str]:
    """Return the texts that mark stimuli: those that nearly always stand at one."""
    marks = set(MARKS)
    if len(stimuli_s) == 0:
        return marks
    count: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    for time_s, _, text in noted:
        count[text.casefold()] += 1
        hits[text.casefold()] += bool(np.min(np.abs(stimuli_s - time_s)) <= TOGETHER_S)
    marks.update(text for text, n in count.items() if n >= FEWEST_MARKS and hits[text] >= 0.9 * n)
    return marks
