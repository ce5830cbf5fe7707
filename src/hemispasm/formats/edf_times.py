"""The clock of an EDF+ file: when each record began, what was noted, and where it paused."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from hemispasm.model.emg import Annotation
from hemispasm.model.errors import DecodeError

_SEPARATOR = b"\x14"
_DURATION = b"\x15"
_SECONDS = re.compile(rb"[+-][0-9]{1,15}(?:\.[0-9]{0,30})?")
_LENGTH = re.compile(rb"[0-9]{1,15}(?:\.[0-9]{0,30})?")


@dataclass(frozen=True)
class RecordNotes:
    """What the annotation signals of one record say.

    ``onset_s`` is None when the record has no time stamp of its own; ``damaged`` counts the lists
    that cannot be read.
    """

    onset_s: float | None
    annotations: tuple[Annotation, ...]
    damaged: int


@dataclass(frozen=True)
class Stretch:
    """Records from ``first`` up to and without ``last`` that follow one another without a gap."""

    first: int
    last: int
    onset_s: float


def parse_record(raw: Sequence[bytes]) -> RecordNotes:
    r"""Read the time-stamped annotation lists of one record.

    Parameters
    ----------
    raw : sequence of bytes
        The bytes of each annotation signal of the record; the first carries the time stamp.

    Returns
    -------
    RecordNotes
        Times count from the start time in the header.

    Examples
    --------
    >>> notes = parse_record([b"+12\x14\x14\0+12.25\x150.5\x14stimulus\x14\0\0"])
    >>> notes.onset_s, notes.annotations[0].time_s, notes.annotations[0].text
    (12.0, 12.25, 'stimulus')
    """
    onset_s: float | None = None
    found: list[Annotation] = []
    damaged = 0
    for signal, block in enumerate(raw):
        lists = [part for part in block.split(b"\0") if part]
        for position, part in enumerate(lists):
            parsed = _parse_list(part)
            if parsed is None:
                damaged += 1
                continue
            time_s, duration_s, texts = parsed
            if signal == 0 and position == 0 and texts[:1] == [""]:
                onset_s = time_s
                texts = texts[1:]
            found += [
                Annotation(time_s=time_s, duration_s=duration_s, text=text)
                for text in texts
                if text
            ]
    return RecordNotes(onset_s, tuple(found), damaged)


def find_stretches(
    onsets_s: Sequence[float | None], record_s: float, sample_s: float, name: str
) -> tuple[Stretch, ...]:
    """Split the records of an EDF+ file wherever its clock says that there was a pause.

    Parameters
    ----------
    onsets_s : sequence of float or None
        Time stamp of each record.
    record_s : float
        Seconds per record.
    sample_s : float
        Seconds per sample of the fastest channel; a step of less than half of it is no gap.
    name : str
        How messages name the file.

    Returns
    -------
    tuple of Stretch
        In order of time; one when the recording never paused.

    Raises
    ------
    DecodeError
        A record lacks its time stamp (``lost_time``), or time runs backwards (``time_backwards``).

    Examples
    --------
    >>> [(s.first, s.last, s.onset_s) for s in find_stretches([0.0, 1.0, 102.0], 1.0, 1e-3, "a")]
    [(0, 2, 0.0), (2, 3, 102.0)]
    """
    stretches: list[Stretch] = []
    begun = 0
    for index, onset_s in enumerate(onsets_s):
        if onset_s is None:
            raise DecodeError(
                "lost_time",
                f"Record {index + 1} of {name} has no time stamp, so a gap before it cannot be"
                " seen.",
                "Export the recording again, as EDF+C if it never paused.",
            )
        if index == 0:
            continue
        before = onsets_s[index - 1]
        assert before is not None
        step_s = onset_s - before - record_s
        if step_s < -sample_s / 2:
            raise DecodeError(
                "time_backwards",
                f"Record {index + 1} of {name} begins before the record in front of it ends.",
                "Export the recording again; its time stamps contradict one another.",
            )
        if step_s > sample_s / 2:
            stretches.append(_stretch(onsets_s, begun, index))
            begun = index
    return (*stretches, _stretch(onsets_s, begun, len(onsets_s)))


def _stretch(onsets_s: Sequence[float | None], first: int, last: int) -> Stretch:
    onset_s = onsets_s[first]
    return Stretch(first, last, 0.0 if onset_s is None else onset_s)


def _parse_list(part: bytes) -> tuple[float, float, list[str]] | None:
    """Return onset, duration and texts of one list, or None when it cannot be read."""
    timing, separator, rest = part.partition(_SEPARATOR)
    if not separator:
        return None
    onset, _, length = timing.partition(_DURATION)
    if not _SECONDS.fullmatch(onset) or (length and not _LENGTH.fullmatch(length)):
        return None
    # Each text ends with a separator, so the last piece of the split is empty.
    texts = rest.split(_SEPARATOR)[:-1] if rest.endswith(_SEPARATOR) else rest.split(_SEPARATOR)
    time_s, duration_s = float(onset), float(length or 0)
    if not (math.isfinite(time_s) and math.isfinite(duration_s)):
        return None
    return time_s, duration_s, [text.decode("utf-8", errors="replace") for text in texts]
