"""Which side is affected, or why nobody can say."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import betainc

from hemispasm.measure.known_side import as_seen_alone
from hemispasm.measure.video.observed import Observed, SideKey, events_of
from hemispasm.model import Event, EventKind, Grade, Pattern, Side

# Expert rules. A side is named only on repeated or long unilateral activity and only when the
# other side shows next to none: a wrong side is the worst answer there is.
MIN_EVENTS = 2
MIN_SINGLE_DURATION_S = 1.0
MIN_SINGLE_STRENGTH = 3.0
MAX_MINOR_SHARE = 0.2
MIN_BOTH_EVENTS = 4
MAX_DOUBTFUL_SHARE = 0.5


@dataclass(frozen=True)
class SideVerdict:
    """The answer with its confidence and, where it is not a side, the reason."""

    value: str
    confidence: float
    reason: str | None = None


def _weight(events: list[Event]) -> float:
    return sum(e.confidence for e in events)


def _is_strong(event: Event) -> bool:
    long = event.duration_s >= MIN_SINGLE_DURATION_S
    return event.pattern in (Pattern.CLONIC, Pattern.TONIC) or long


def _is_alone_enough(event: Event) -> bool:
    return _is_strong(event) and event.measures.get("strength", 0.0) >= MIN_SINGLE_STRENGTH


def decide_side(events: tuple[Event, ...], observed: Observed) -> SideVerdict:
    """Name the affected side from unilateral spasms.

    Parameters
    ----------
    events : tuple of Event
        All events of the recording.
    observed : Observed
        What was observed.

    Returns
    -------
    SideVerdict
        ``uncertain`` with a reason whenever the evidence does not decide.
    """
    events = as_seen_alone(events)
    if not observed.side_known:
        return SideVerdict("uncertain", 0.0, "mirroring_unknown")
    if observed.grade is Grade.NOT_ASSESSABLE:
        return SideVerdict("uncertain", 0.0, "not_assessable")
    first, second = (events_of(events, EventKind.SPASM, key) for key in observed.keys)
    doubtful = events_of(events, EventKind.UNDETERMINED)
    if not first and not second:
        if doubtful:
            return SideVerdict("uncertain", 0.0, _doubt_reason(doubtful))
        if observed.blink_balance == "one_eye":
            return SideVerdict("uncertain", 0.0, "other_eye_never_blinks")
        return SideVerdict("none_seen", 1.0)
    return _decide_between(
        first, second, doubtful, events_of(events, EventKind.SYNKINESIS), observed.keys
    )


def _decide_between(
    first: list[Event],
    second: list[Event],
    doubtful: list[Event],
    synkinesis: list[Event],
    keys: tuple[SideKey, SideKey],
) -> SideVerdict:
    major, minor, key = first, second, keys[0]
    if _weight(second) > _weight(first):
        major, minor, key = second, first, keys[1]
    share = _weight(minor) / (_weight(major) + _weight(minor))
    confidence = _confidence(len(major), len(minor))
    both_strong = min(sum(map(_is_strong, first)), sum(map(_is_strong, second))) >= 2
    if share > MAX_MINOR_SHARE:
        if len(minor) >= MIN_BOTH_EVENTS and both_strong:
            return SideVerdict(str(Side.BOTH), confidence)
        return SideVerdict("uncertain", confidence, "both_sides_active")
    if len(major) < MIN_EVENTS and not any(map(_is_alone_enough, major)):
        return SideVerdict("uncertain", confidence, "too_few_events")
    if _weight(synkinesis) >= _weight(major):
        return SideVerdict("uncertain", confidence, "synkinesis")
    opposed = [e for e in doubtful if (e.side or e.image_side) != key]
    if _weight(opposed) > MAX_DOUBTFUL_SHARE * _weight(major):
        return SideVerdict("uncertain", confidence, "doubtful_events_on_other_side")
    return SideVerdict(str(key), confidence)


def _doubt_reason(doubtful: list[Event]) -> str:
    reasons = [f.removeprefix("doubt:") for e in doubtful for f in e.flags if f[:6] == "doubt:"]
    return max(set(reasons), key=reasons.count) if reasons else "doubtful_events"


def _confidence(major: int, minor: int) -> float:
    """Posterior probability that most spasms are on the major side, uniform prior."""
    return round(float(1 - betainc(major + 1, minor + 1, 0.5)), 4)
