"""What is due: impulses in order of time, for compiled code.

Time is cut into slices so thin that most hold one impulse or none. A ring of slices covers what
comes soon, and each has a list without order; a mark for every slice tells which has one. To put an
entry in and to take the earliest out then take the same few steps however many are waiting. What
lies beyond the ring goes into a heap. Of equal times in the ring the oldest entry comes first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

from hemispasm.simulate.population.heap import drop_first, put

if TYPE_CHECKING:
    from numpy.typing import NDArray

PER_S = 262144.0
"""Slices per second: 3.8 microseconds each."""

RING = 8192
"""Slices of the ring, a power of 2: 31 ms."""

FREE, WAITING, BEYOND, HERE = 0, 1, 2, 3
"""What ``at`` of an agenda holds: first free node, entries in ring and heap, slice of now."""

ALL, BIT, LOW, WORD = np.uint64(0xFFFFFFFFFFFFFFFF), np.uint64(1), np.uint64(63), np.uint64(6)
FAR_OFF = np.uint64(RING)
AROUND, WORDS = np.uint64(RING - 1), np.uint64(RING // 64 - 1)

NEVER = 1e300


class Agenda(NamedTuple):
    """Entries that wait: nodes with time, load and next node, and the ring of slices.

    ``head`` is the first node of every slice or -1, ``marks`` has a bit for every slice that is not
    empty. ``far_s`` and ``far`` are the heap of what lies beyond the ring.
    """

    time_s: NDArray[np.float64]
    load: NDArray[np.int64]
    next: NDArray[np.int32]
    head: NDArray[np.int32]
    marks: NDArray[np.uint64]
    far_s: NDArray[np.float64]
    far: NDArray[np.int64]
    at: NDArray[np.int64]


def empty_agenda(room: int) -> Agenda:
    """Return an agenda with room for so many entries in the ring, and as many beyond."""
    return Agenda(
        np.empty(room),
        np.empty(room, dtype=np.int64),
        np.arange(1, room + 1, dtype=np.int32),
        np.full(RING, -1, dtype=np.int32),
        np.zeros(RING // 64, dtype=np.uint64),
        np.empty(room),
        np.empty(room, dtype=np.int64),
        np.zeros(4, dtype=np.int64),
    )


def longer_agenda(agenda: Agenda) -> Agenda:
    """Return the agenda with twice the room."""
    room = len(agenda.time_s)
    return agenda._replace(
        time_s=np.resize(agenda.time_s, 2 * room),
        load=np.resize(agenda.load, 2 * room),
        next=np.r_[agenda.next, np.arange(room + 1, 2 * room + 1, dtype=np.int32)],
        far_s=np.resize(agenda.far_s, 2 * room),
        far=np.resize(agenda.far, 2 * room),
    )


@intrinsic
def _lowest(_: Any, word: Any) -> Any:
    """Return the place of the lowest bit that is set."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], context.get_constant(types.boolean, True))

    return types.uint64(types.uint64), build


@njit(cache=True, error_model="numpy", _nrt=False)
def push(agenda: Agenda, time: float, load: int) -> None:
    """Put an entry into the agenda, which has room; its time is not before now."""
    at = agenda.at
    place = np.int64(time * PER_S)
    if place - at[HERE] >= RING:
        at[BEYOND] = put(agenda.far_s, agenda.far, at[BEYOND], time, load)
    else:
        slot = np.uint64(place) & AROUND
        node = np.uint64(at[FREE])
        at[FREE] = agenda.next[node]
        agenda.time_s[node], agenda.load[node] = time, load
        agenda.next[node] = agenda.head[slot]
        agenda.head[slot] = node
        agenda.marks[slot >> WORD] |= BIT << (slot & LOW)
        at[WAITING] += 1


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def push_if(agenda: Agenda, wanted: np.uint64, time: float, load: int) -> None:
    """Put an entry into the agenda if ``wanted`` is 1, and nothing if 0, in the same steps.

    Chance decides it: a branch would be foretold wrongly half the time, which takes far longer.
    """
    at = agenda.at
    place = np.int64(time * PER_S)
    if place - at[HERE] >= RING:
        if wanted != np.uint64(0):
            at[BEYOND] = put(agenda.far_s, agenda.far, at[BEYOND], time, load)
        return
    slot = np.uint64(place) & AROUND
    mask = np.int32(0) - np.int32(wanted)
    node = np.int32(at[FREE])
    follow, first = agenda.next[np.uint64(node)], agenda.head[slot]
    at[FREE] = node ^ ((node ^ follow) & mask)
    agenda.time_s[np.uint64(node)], agenda.load[np.uint64(node)] = time, load
    agenda.next[np.uint64(node)] = follow ^ ((follow ^ first) & mask)
    agenda.head[slot] = first ^ ((first ^ node) & mask)
    agenda.marks[slot >> WORD] |= wanted << (slot & LOW)
    at[WAITING] += np.int64(wanted)


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def earliest(agenda: Agenda) -> tuple[float, np.uint64]:
    """Return time of the earliest entry, and its slice; it then is the first of that slice.

    The slice is ``FAR_OFF`` when the earliest entry lies in the heap.
    """
    far_s = agenda.far_s[0] if agenda.at[BEYOND] > 0 else NEVER
    if agenda.at[WAITING] == 0:
        return far_s, FAR_OFF
    slot = np.uint64(agenda.at[HERE]) & AROUND
    row = slot >> WORD
    word = agenda.marks[row] & (ALL << (slot & LOW))
    while word == np.uint64(0):
        row = (row + BIT) & WORDS
        word = agenda.marks[row]
    slot = (row << WORD) | _lowest(word)
    node = agenda.head[slot]
    if agenda.next[np.uint64(node)] >= 0:
        _bring_forward(agenda, slot)
        node = agenda.head[slot]
    time = agenda.time_s[np.uint64(node)]
    return (far_s, FAR_OFF) if far_s <= time else (time, slot)


@njit(cache=True, error_model="numpy", _nrt=False)
def _bring_forward(agenda: Agenda, slot: np.uint64) -> None:
    """Let the earliest entry of a slice be the first of its list, of equal ones the oldest."""
    time_s, follow = agenda.time_s, agenda.next
    first = agenda.head[slot]
    best, before, node = first, np.int32(-1), first
    while follow[node] >= 0:
        last = node
        node = follow[node]
        if time_s[node] <= time_s[best]:
            best, before = node, last
    if before >= 0:
        follow[before] = follow[best]
        follow[best] = first
        agenda.head[slot] = best


@njit(cache=True, inline="always", error_model="numpy", _nrt=False)
def take(agenda: Agenda, slot: np.uint64) -> int:
    """Take the first entry of a slice out, or of the heap, and return its load."""
    if slot == FAR_OFF:
        load = agenda.far[0]
        agenda.at[BEYOND] = drop_first(agenda.far_s, agenda.far, agenda.at[BEYOND])
        return load
    at, node = agenda.at, np.uint64(agenda.head[slot])
    rest = agenda.next[node]
    agenda.head[slot] = rest
    agenda.next[node] = at[FREE]
    at[FREE] = node
    at[WAITING] -= 1
    agenda.marks[slot >> WORD] &= ~(np.uint64(rest < 0) << (slot & LOW))
    return agenda.load[node]
