"""Closures of the lids, and how evenly this patient's two eyes share a blink."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import white_tophat

from hemispasm.measure.video.limits import event_limit
from hemispasm.measure.video.spans import Span, find_spans, refine_span

if TYPE_CHECKING:
    from hemispasm.measure.video.motion import Motion


@dataclass(frozen=True)
class Closure:
    """One lid closure of one or both eyes.

    ``peak`` holds the largest closure of each eye (image left first), ``plain_peak`` the same by
    the plain mesh; ``rise_s`` the time from
    the start to the peak; ``moved_mouth`` whether one mouth corner moved with it.
    """

    span: Span
    peak: tuple[float, float]
    plain_peak: tuple[float, float]
    rise_s: float
    moved_mouth: bool

    @property
    def log_ratio(self) -> float:
        """Natural log of image-left over image-right closure."""
        return _log_ratio(self.peak)

    @property
    def plain_log_ratio(self) -> float:
        """The same for the plain mesh."""
        return _log_ratio(self.plain_peak)

    @property
    def brief(self) -> bool:
        """Short enough for a blink."""
        return self.span.duration_s <= event_limit("blink_max_s")


@dataclass(frozen=True)
class Balance:
    """Each eye's closure in this patient's blinks relative to the stronger eye.

    ``kind`` is ``symmetric`` (conjugate blinks seen), ``weak_side`` (blinks seen, one eye closes
    less), ``one_eye`` (only one eye blinks: palsy, or spasms that look like blinks) or
    ``assumed`` (too few closures to tell). ``gain`` holds for the best closure, ``plain_gain`` for
    the plain mesh, whose two eyes are not independent. ``depth`` and ``plain_depth`` are what the
    stronger eye's closure reads in a usual blink: the mesh's own scale for this face.
    """

    gain: tuple[float, float]
    plain_gain: tuple[float, float]
    kind: str
    blinks: int
    depth: float = 1.0
    plain_depth: float = 1.0

    def explains(self, closure: Closure) -> bool:
        """Tell whether a closure is shared between the eyes as this patient's blinks are."""
        usual = float(np.log(self.gain[0] / self.gain[1]))
        width = event_limit("blink_ratio_width")
        excess = (closure.log_ratio - usual) * (np.sign(usual) or 1.0)
        # The weaker the eye, the less its small share can be told from none.
        most = np.inf if abs(usual) > np.log(event_limit("faint_ratio")) else width
        return bool(-width <= excess <= most)


def find_closures(motion: Motion) -> list[Closure]:
    """Return every lid closure in order of time.

    Notes
    -----
    Brief closures are read above the local level (a top-hat), so that a blink during a downward
    gaze or with half-closed lids is still a blink; long ones are read as they stand.
    """
    level = motion.closure.max(axis=1)
    window = max(3, round(event_limit("blink_max_s") * motion.frame_rate_hz) | 1)
    above = white_tophat(level, size=window, mode="nearest") if level.size else level
    on, off = event_limit("closure_on"), event_limit("closure_off")
    gap = event_limit("closure_merge_s")
    brief = [_closure(motion, a, b) for a, b in find_spans(motion.time_s, above, on, off, gap)]
    firm = event_limit("firm_closure")
    held = [
        _closure(motion, a, b) for a, b in find_spans(motion.time_s, level, firm, 0.6 * firm, gap)
    ]
    long = [c for c in held if not c.brief]
    brief = [c for c in brief if not any(c.span.overlap_s(k.span) > 0 for k in long)]
    return sorted(brief + long, key=lambda c: c.span.start_s)


def _closure(motion: Motion, first: int, last: int) -> Closure:
    timing = motion.plain.max(axis=1)
    span = refine_span(motion.time_s, timing, first, last, (0.15, 0.15), 0.15)
    frames = slice(first, last + 1)
    level = motion.closure[frames].max(axis=1)
    floor = motion.closure[max(0, first - 2) : first + 1].min(axis=0)
    plain_floor = motion.plain[max(0, first - 2) : first + 1].min(axis=0)
    peak = np.clip(motion.closure[frames].max(axis=0) - floor, 0, None)
    plain = np.clip(motion.plain[frames].max(axis=0) - plain_floor, 0, None)
    top = first + int(np.argmax(level))
    return Closure(
        span=span,
        peak=(float(peak[0]), float(peak[1])),
        plain_peak=(float(plain[0]), float(plain[1])),
        rise_s=max(0.0, float(motion.time_s[top]) - span.start_s),
        moved_mouth=float(motion.mouth[frames].max()) > 2 * event_limit("mouth_floor_iod"),
    )


def estimate_balance(closures: list[Closure], observed_s: float) -> Balance:
    """Find this patient's blinks among the closures and how the eyes share them.

    Parameters
    ----------
    closures : list of Closure
        All closures of the recording.
    observed_s : float
        Usable seconds.

    Returns
    -------
    Balance
        People blink: the closures nearest to symmetry that come often enough are the blinks,
        even where a weak side makes all of them uneven.

    Examples
    --------
    >>> estimate_balance([], 60.0).kind
    'assumed'
    """
    deep = _deep_and_alone(closures)
    needed = max(2.0, event_limit("blink_rate_floor_per_min") * observed_s / 60)
    shared = _largest_cluster(
        [c for c in deep if abs(c.log_ratio) < np.log(event_limit("weak_ratio"))]
    )
    even = [c for c in deep if abs(c.log_ratio) < np.log(event_limit("even_ratio"))]
    if len(even) >= max(2, 0.5 * len(shared)):
        return _balance(even, "symmetric")
    uneven = [_uneven_blinks(closures, deep, sign, needed) for sign in (1, -1)]
    deepest = max(uneven, key=lambda blinks: sum(max(c.peak) for c in blinks) / max(len(blinks), 1))
    if deepest:
        balance = _balance(deepest, "weak_side")
        none = max(balance.gain) > event_limit("weak_ratio") * min(balance.gain)
        return _balance(deepest, "one_eye") if none else balance
    return Balance((1.0, 1.0), (1.0, 1.0), "assumed", len(even))


def _deep_and_alone(closures: list[Closure]) -> list[Closure]:
    """Return the brief closures that could be blinks: nearly full, and not one of a run.

    The twitches of a burst are brief closures too, but shallower and crowded.
    """
    if not closures:
        return []
    full = float(np.percentile([max(c.peak) for c in closures], 90))
    least = max(event_limit("blink_min_closure"), event_limit("blink_depth_share") * full)
    gap = event_limit("blink_alone_s")
    chosen = []
    for i, c in enumerate(closures):
        near = [
            k
            for k in closures[max(0, i - 1) : i] + closures[i + 1 : i + 2]
            if max(k.span.start_s - c.span.end_s, c.span.start_s - k.span.end_s) < gap
            and abs(k.log_ratio - c.log_ratio) < event_limit("other_eye_log_ratio")
        ]
        if c.brief and not near and max(c.peak) >= least:
            chosen.append(c)
    return chosen


def _uneven_blinks(
    closures: list[Closure], deep: list[Closure], sign: int, needed: float
) -> list[Closure]:
    """Return the closures of one eye more than the other when they are like blinks.

    They must be most of what that eye briefly does, and resemble each other.
    """
    uneven = np.log(event_limit("even_ratio"))
    mine = [c for c in closures if sign * c.log_ratio > uneven and c.brief]
    blinks = [c for c in deep if sign * c.log_ratio > uneven and not c.moved_mouth]
    if len(blinks) >= max(needed, 0.5 * len(mine)) and _stereotyped(blinks):
        return blinks
    return []


def _log_ratio(peak: tuple[float, float]) -> float:
    floor = 0.04
    return float(np.log(max(peak[0], floor) / max(peak[1], floor)))


def _balance(blinks: list[Closure], kind: str) -> Balance:
    return Balance(
        gain=_gain(float(np.median([c.log_ratio for c in blinks]))),
        plain_gain=_gain(float(np.median([c.plain_log_ratio for c in blinks]))),
        kind=kind,
        blinks=len(blinks),
        depth=float(np.median([max(c.peak) for c in blinks])),
        plain_depth=float(np.median([max(c.plain_peak) for c in blinks])),
    )


def _gain(log_ratio: float) -> tuple[float, float]:
    ratio = float(np.exp(log_ratio))
    return (1.0, 1 / ratio) if ratio >= 1 else (ratio, 1.0)


def _largest_cluster(closures: list[Closure]) -> list[Closure]:
    """Return the largest group of closures shared alike; of two, the more even one."""
    width = event_limit("balance_width")
    best: list[Closure] = []
    rank = (0, 0.0)
    for centre in closures:
        cluster = [c for c in closures if abs(c.log_ratio - centre.log_ratio) <= width]
        middle = abs(float(np.median([c.log_ratio for c in cluster])))
        if (len(cluster), -middle) > rank:
            best, rank = cluster, (len(cluster), -middle)
    return best


def _stereotyped(closures: list[Closure]) -> bool:
    """Blinks of one person resemble each other in depth and length."""
    depth = np.array([max(c.peak) for c in closures])
    length = np.array([c.span.duration_s for c in closures])
    limit = event_limit("blink_spread")
    return bool(depth.std() <= limit * depth.mean() and length.std() <= limit * length.mean())
