"""When abnormal activity counts as a spasm that a person, or a camera, can see.

A movement counts when the abnormal impulses alone would take a fifth of the lid gap or move the
mouth by the stated amount (``visible`` in ``parameters.toml``). What lies within a blink or a
movement, or right after it, is synkinesis. The definition knows muscles, lids and the mouth, and
nothing of how a video is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import find_peaks

from hemispasm.model.event import Pattern
from hemispasm.simulate.patient.parameters import group, number, numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

Spans = list[tuple[float, float]]
MOUTH_UNITS = ("mouthSmile", "mouthStretch", "mouthFrown")
PART = 0.15
"""Share of a muscle's own activation at which it takes part."""
LEAST_CLOSURE, LEAST_MM = 0.02, 0.3
"""Less than this is stillness."""
FAINT = 0.25
"""Share of the visible limit from which movement is followed."""


@dataclass(frozen=True)
class Seen:
    """One visible involuntary movement of one side, clock of the signals.

    Attributes
    ----------
    peak_closure, peak_mouth_mm : float
        What the abnormal impulses alone reach.
    muscles : tuple of int
        Indices of those that take part.
    synkinetic : bool
        It came with a blink or movement and ended with it.
    """

    start_s: float
    end_s: float
    pattern: Pattern | None
    peak_closure: float
    peak_mouth_mm: float
    muscles: tuple[int, ...]
    synkinetic: bool = False


def mouth_of(activation: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return how far the mouth of one side moves, in millimetres of skin.

    Smile and stretch pull the same way and add; a frown counts when it is larger.
    """
    rows = np.array([group("unit")[name] for name in MOUTH_UNITS])
    smile, stretch, frown = numbers("visible.travel_mm")
    units = rows @ activation
    aside = smile * units[0] + stretch * units[1]
    return np.asarray(np.maximum(aside, frown * units[2]), dtype=np.float64)


def see_spasms(
    closure: NDArray[np.float64],
    abnormal: NDArray[np.floating],
    rate_hz: float,
    busy_s: Spans,
) -> tuple[Seen, ...]:
    """Return the visible spasms and synkinetic movements of one side.

    Parameters
    ----------
    closure : ndarray, shape (n,)
        Lid closure that the abnormal impulses alone would make.
    abnormal : ndarray, shape (6, n)
        Activation by abnormal impulses.
    rate_hz : float
        Samples per second.
    busy_s : list of (start, end)
        Blinks and movements, as the nerve was asked for them.

    Examples
    --------
    >>> force = np.zeros((6, 480)); force[1, 120:200] = 0.5
    >>> [s.pattern.value for s in see_spasms(force[1], force, 240.0, [])]
    ['twitch']
    """
    mouth = mouth_of(abnormal)
    size, found = _size(closure, mouth), []
    for a, b in _movements(size, rate_hz):
        if size[a:b].max() < 1.0:
            continue
        first, last = _edges(closure[a:b], mouth[a:b])
        found.append(
            _seen(size, closure, mouth, abnormal, a + first, a + last + 1, rate_hz, busy_s)
        )
    return tuple(found)


def see_faint(
    closure: NDArray[np.float64],
    abnormal: NDArray[np.floating],
    rate_hz: float,
    busy_s: Spans,
) -> tuple[float, ...]:
    """Return when involuntary movements begin that never become visible, clock of the signals.

    They reach a quarter of the limit and not the limit; those with a blink or movement are left
    out. They are no spasms of the truth, and are counted so that it can be said how many there are.

    Parameters
    ----------
    closure, abnormal, rate_hz, busy_s
        As `see_spasms` takes them.

    Examples
    --------
    >>> force = np.zeros((6, 480)); force[1, 120:200] = 0.1
    >>> see_faint(force[1], force, 240.0, [])
    (0.5,)
    """
    size, tail = _size(closure, mouth_of(abnormal)), number("visible.blink_tail_s")
    starts = [a / rate_hz for a, b in _movements(size, rate_hz) if size[a:b].max() < 1.0]
    return tuple(t for t in starts if not any(s - 0.02 <= t <= e + tail for s, e in busy_s))


def _size(closure: NDArray[np.float64], mouth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how large a movement is, 1 where it becomes visible."""
    return np.maximum(closure / number("visible.closure"), mouth / number("visible.mouth_mm"))


def _movements(size: NDArray[np.float64], rate_hz: float) -> list[tuple[int, int]]:
    return _joined(np.flatnonzero(size >= FAINT), number("visible.pause_s") * rate_hz)


def _joined(active: NDArray[np.intp], pause: float) -> list[tuple[int, int]]:
    """Return first and one-past-last index of every run without a long pause."""
    if len(active) == 0:
        return []
    cut = np.flatnonzero(np.diff(active) > pause)
    starts, ends = active[np.r_[0, cut + 1]], active[np.r_[cut, len(active) - 1]] + 1
    return [(int(a), int(b)) for a, b in zip(starts, ends, strict=True)]


def _edges(*parts: NDArray[np.float64]) -> tuple[int, int]:
    """Return the first and last sample at which a part exceeds a share of its own peak."""
    share = number("visible.edge")
    floors = (LEAST_CLOSURE, LEAST_MM)
    moving = np.any(
        [p > max(share * p.max(), floor) for p, floor in zip(parts, floors, strict=True)], axis=0
    )
    where = np.flatnonzero(moving)
    return int(where[0]), int(where[-1])


def _seen(
    size: NDArray[np.float64],
    closure: NDArray[np.float64],
    mouth: NDArray[np.float64],
    abnormal: NDArray[np.floating],
    a: int,
    b: int,
    rate_hz: float,
    busy_s: Spans,
) -> Seen:
    start, end = a / rate_hz, b / rate_hz
    peaks = abnormal[:, a:b].max(axis=1)
    pull = abnormal[:, a:b].max(axis=0)
    quiet = (a + int(np.flatnonzero(pull >= 0.5 * pull.max())[-1])) / rate_hz
    tail = number("visible.blink_tail_s")
    within = any(s - 0.02 <= start <= e + tail and quiet <= e + tail for s, e in busy_s)
    return Seen(
        start_s=start,
        end_s=end,
        pattern=pattern_of(size[a:b], rate_hz),
        peak_closure=float(closure[a:b].max()),
        peak_mouth_mm=float(mouth[a:b].max()),
        muscles=tuple(int(m) for m in np.flatnonzero(peaks >= PART)),
        synkinetic=within,
    )


def pattern_of(size: NDArray[np.float64], rate_hz: float) -> Pattern | None:
    """Return twitch, clonic or tonic; None for a hold that is longer than a twitch only.

    Examples
    --------
    >>> pattern_of(np.ones(600), 240.0).value
    'tonic'
    """
    top = float(size.max())
    held = np.flatnonzero(size > 0.5 * top)
    longest = max((b - a for a, b in _joined(held, 1.0)), default=0) / rate_hz
    if longest > number("visible.tonic_s"):
        return Pattern.TONIC
    padded = np.r_[0.0, size, 0.0]
    beats = len(find_peaks(padded, prominence=0.25 * top)[0])
    if beats >= number("visible.beats"):
        return Pattern.CLONIC
    return Pattern.TWITCH if longest < 0.5 * number("visible.tonic_s") else None


def see_movements(
    signal: NDArray[np.float64], rate_hz: float, start_s: float, end_s: float
) -> tuple[float, float] | None:
    """Return when a movement that was asked for between two times is seen to begin and end.

    Returns
    -------
    tuple of float or None
        First and last moment above a share of its own peak; None where nothing moved.
    """
    first = int(max(start_s, 0.0) * rate_hz)
    last = min(int((end_s + 0.45) * rate_hz), len(signal))
    part = signal[first:last]
    core = signal[first : min(int((end_s + 0.12) * rate_hz), len(signal))]
    if len(core) == 0 or core.max() < 0.02:
        return None
    above = part > number("visible.edge") * core.max()
    where = np.flatnonzero(above)
    top = int(core.argmax())
    after = np.flatnonzero(~above[top:])
    end = top + int(after[0]) if len(after) else len(part)
    return (first + int(where[0])) / rate_hz, (first + end) / rate_hz
