"""The sheet on which the second EMG family draws: noiseless signals, and what was drawn where.

The truth is read off the finished noiseless signal, not off the plan, so that it says what a
perfect amplifier would have shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.event import Pattern
from hemispasm.model.side import Side
from hemispasm.simulate.emg.truth import TrueBurst, TrueSpasm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.emg.phenomenological_packets import Drawn, Packet, Place

    Array = NDArray[np.float64]
    Signal = NDArray[np.float32]

#: The truth's definition of activity: the noiseless signal exceeds this.
ACTIVE_UV = 5.0
#: Shorter silences belong to the burst around them.
SILENCE_S = 0.010
#: Shorter stretches are no burst.
SHORTEST_S = 0.002
#: Longer silences that do not part what has one of these causes.
LONGER_SILENCE_S = {
    **dict.fromkeys(("voluntary", "cocontraction", "speech", "synkinesis", "free_emg"), 0.1),
    "myokymia": 0.06,
}
SHORT_NAMES = {
    "frontalis": "frontalis",
    "orbicularis_oculi": "orb oculi",
    "zygomaticus": "zygomaticus",
    "orbicularis_oris": "orb oris",
    "mentalis": "mentalis",
    "platysma": "platysma",
}


def label_of(place: Place) -> str:
    """Return the label of a channel, at most 16 characters as EDF has it.

    Examples
    --------
    >>> from hemispasm.model.emg import Muscle
    >>> label_of((Muscle.ORBICULARIS_OCULI, Side.LEFT))
    'L orb oculi'
    """
    muscle, side = place
    return f"{'L' if side is Side.LEFT else 'R'} {SHORT_NAMES[muscle.value]}"


def active_spans(
    signal: NDArray[np.floating], rate_hz: float, limit: float = ACTIVE_UV
) -> list[tuple[int, int]]:
    """Return first and last sample of every stretch of activity that lasts 2 ms or more.

    Examples
    --------
    >>> pulse = np.zeros(1000)
    >>> pulse[[100, 105, 300]] = 9.0
    >>> active_spans(pulse, 1000.0)
    [(100, 105)]
    """
    above = np.flatnonzero(np.abs(signal) > limit)
    if not len(above):
        return []
    breaks = np.flatnonzero(np.diff(above) > SILENCE_S * rate_hz)
    firsts = above[np.concatenate([[0], breaks + 1])]
    lasts = above[np.concatenate([breaks, [len(above) - 1]])]
    pairs = zip(firsts, lasts, strict=True)
    return [(int(a), int(b)) for a, b in pairs if b + 1 - a >= SHORTEST_S * rate_hz]


def add_at(into: NDArray[np.floating], first: int, signal: Array) -> tuple[int, Array]:
    """Add a stretch where it overlaps a channel; return its first sample there and that part.

    Examples
    --------
    >>> line = np.zeros(4)
    >>> add_at(line, -1, np.array([1.0, 2.0, 3.0]))
    (0, array([2., 3.]))
    >>> line.tolist()
    [2.0, 3.0, 0.0, 0.0]
    """
    skip = max(-first, 0)
    piece = signal[skip : max(len(into) - first, 0)]
    first += skip
    into[first : first + len(piece)] += piece
    return first, piece


@dataclass(frozen=True)
class Mark:
    """One thing that was drawn on one channel."""

    first: int
    last: int
    cause: str
    energy: float
    spasm: int | None = None


@dataclass
class Canvas:
    """Noiseless signals of all muscles, the marks of what they are made of, and wavelet times.

    ``clean`` is what a muscle does by itself, ``answers`` what stimuli call up.
    """

    places: tuple[Place, ...]
    rate_hz: float
    count: int
    clean: dict[Place, Signal] = field(default_factory=dict)
    answers: dict[Place, Signal] = field(default_factory=dict)
    marks: dict[Place, list[Mark]] = field(default_factory=dict)
    grains: list[tuple[float, int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clean = {place: np.zeros(self.count, np.float32) for place in self.places}
        self.answers = {place: np.zeros(self.count, np.float32) for place in self.places}
        self.marks = {place: [] for place in self.places}

    def lay(
        self, place: Place, start_s: float, signal: Array, cause: str, spasm: int | None = None
    ) -> None:
        """Add a stretch of signal to a channel and remember why it is there."""
        first, piece = add_at(self.clean[place], round(start_s * self.rate_hz), signal)
        seen = np.flatnonzero(np.abs(piece) > ACTIVE_UV)
        if len(seen):
            span = first + int(seen[0]), first + int(seen[-1])
            self.marks[place].append(Mark(*span, cause, float(np.sum(piece**2)), spasm))

    def lay_answer(self, place: Place, start_s: float, signal: Array) -> None:
        """Add an answer to a stimulus; it is no burst."""
        add_at(self.answers[place], round(start_s * self.rate_hz), signal)

    def lay_packet(self, packet: Packet, drawn: dict[Place, Drawn]) -> None:
        """Add everything a packet shows."""
        for place, part in drawn.items():
            self.lay(place, part.start_s, part.signal, packet.cause, packet.spasm)
            index = self.places.index(place)
            self.grains += [(time, index, packet.cause) for time in part.grain_times_s]

    def bursts(self, leaks: dict[Place, Signal]) -> tuple[TrueBurst, ...]:
        """Return every stretch of activity with its strongest cause, and what only leaked in."""
        found = []
        for place in self.places:
            own = self._own_spans(place)
            found += [self._burst(place, *span) for span in own]
            # Starts and ends rise together, so the bursts that meet a leak are found by bisection.
            starts, ends = np.array([a for a, _, _ in own]), np.array([b for _, b, _ in own])
            for first, last in active_spans(leaks[place], self.rate_hz):
                if np.searchsorted(starts, last, "right") == np.searchsorted(ends, first, "left"):
                    found.append(self._burst(place, first, last, "volume_conduction"))
        return tuple(sorted(found, key=lambda b: (b.start_s, b.channel)))

    def _own_spans(self, place: Place) -> list[tuple[int, int, str]]:
        """Return the activity of a muscle with its strongest cause, joined over short silences."""
        spans: list[tuple[int, int, str]] = []
        for first, last in active_spans(self.clean[place], self.rate_hz):
            shared = [m for m in self.marks[place] if m.first <= last and m.last >= first]
            best = max(shared, key=lambda m: m.energy, default=None)
            cause = best.cause if best is not None else "free_emg"
            pause = LONGER_SILENCE_S.get(cause, 0.0) * self.rate_hz
            if spans and spans[-1][2] == cause and first - spans[-1][1] < pause:
                spans[-1] = (spans[-1][0], last, cause)
            else:
                spans.append((first, last, cause))
        return spans

    def _burst(self, place: Place, first: int, last: int, cause: str) -> TrueBurst:
        return TrueBurst(
            channel=label_of(place),
            start_s=round(first / self.rate_hz, 6),
            end_s=round((last + 1) / self.rate_hz, 6),
            cause=cause,
            side=place[1],
        )

    def spasms(self) -> tuple[TrueSpasm, ...]:
        """Return the spasms: first to last activity of all packets with one number."""
        groups: dict[int, list[tuple[Place, Mark]]] = {}
        for place, marks in self.marks.items():
            for mark in marks:
                if mark.spasm is not None:
                    groups.setdefault(mark.spasm, []).append((place, mark))
        found = []
        for rows in groups.values():
            first, last = min(m.first for _, m in rows), max(m.last for _, m in rows)
            longest = max(m.last - m.first for _, m in rows) / self.rate_hz
            most = max(sum(1 for p, _ in rows if p == place) for place, _ in rows)
            pattern = Pattern.TWITCH if most == 1 else Pattern.CLONIC
            if longest > 0.4:
                pattern = Pattern.TONIC
            members = {place[0] for place, _ in rows}
            found.append(
                TrueSpasm(
                    side=rows[0][0][1],
                    start_s=round(first / self.rate_hz, 6),
                    end_s=round((last + 1) / self.rate_hz, 6),
                    cause="ectopic",
                    pattern=pattern,
                    muscles=tuple(dict.fromkeys(m for m, _ in self.places if m in members)),
                )
            )
        return tuple(sorted(found, key=lambda spasm: spasm.start_s))

    def rms_in_bursts(self, place: Place) -> float:
        """Return the RMS of a noiseless channel within its bursts, 0 without any."""
        signal = self.clean[place]
        pieces = [signal[a : b + 1] for a, b in active_spans(signal, self.rate_hz)]
        return (
            float(np.sqrt(np.mean(np.concatenate(pieces) ** 2, dtype=np.float64)))
            if pieces
            else 0.0
        )
