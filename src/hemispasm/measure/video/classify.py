"""What a one-sided motion was: spasm, blink, wink, synkinesis, or nobody can say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.video.limits import event_limit
from hemispasm.model import EventKind, Pattern, TaskMark

if TYPE_CHECKING:
    from hemispasm.measure.video.blinks import Balance, Closure
    from hemispasm.measure.video.onesided import Candidate


@dataclass(frozen=True)
class Label:
    """A kind with its confidence and the flags that explain it."""

    kind: EventKind
    confidence: float
    flags: tuple[str, ...] = ()


def label_candidates(
    candidates: list[Candidate],
    closures: list[Closure],
    balance: Balance,
    tasks: tuple[TaskMark, ...],
    known_side: int | None = None,
    enough: float = 0.0,
) -> list[Label | None]:
    """Label each candidate; None where it is no event at all.

    Parameters
    ----------
    candidates : list of Candidate
        One-sided motion in order of time.
    closures : list of Closure
        Lid closures of the recording.
    balance : Balance
        How the eyes share a blink.
    tasks : tuple of TaskMark
        Cued tasks, when the protocol was followed.
    known_side : int, optional
        Column that is known to have spasms: it needs no clear spasm and none of the
        eye before what is faint, or of the mouth alone, counts.
    enough : float
        How many movements of that side must stand out, that the lower face alone counts.

    Returns
    -------
    list of Label or None
        One per candidate.
    """
    labels = [_label(c, closures, balance, tasks, c.column == known_side) for c in candidates]
    known = set() if known_side is None else {known_side}
    labels = _drop_unsupported(candidates, labels, known, enough)
    labels = _doubt_winks(candidates, _doubt_faint(candidates, labels, known), known)
    return _doubt_lone_mouth(candidates, labels, known)


def _label(
    c: Candidate,
    closures: list[Closure],
    balance: Balance,
    tasks: tuple[TaskMark, ...],
    known: bool,
) -> Label | None:
    task = _task_at(c, tasks)
    if task is not None and task.task != "rest":
        flags = (f"during_task:{task.task}",)
        if c.eye_strength >= 1 and _is_mouth_act(c):
            return Label(EventKind.SYNKINESIS, _confidence(c), (*flags, "eye_with_mouth"))
        return Label(EventKind.VOLUNTARY, _confidence(c), flags)
    barely = known and c.closure < event_limit("eye_only_closure")
    if c.eye_strength < event_limit("eye_present") or barely:
        return _label_lower_face(c, closures, known)
    if c.mouth_strength < 1 and c.closure < event_limit("eye_only_closure"):
        return None
    if c.strength < event_limit("weak_strength") and c.rise_s > event_limit("weak_rise_s"):
        return None
    if _is_uneven_blink(c, closures, balance):
        return _label_mouth_beside_blink(c)
    if balance.kind == "one_eye" and _stronger_column(balance) == c.column:
        brief = c.span.duration_s <= event_limit("blink_max_s")
        doubt = ("doubt:other_eye_never_blinks",)
        return None if brief else Label(EventKind.UNDETERMINED, 0.4, doubt)
    if _is_mouth_act(c):
        return Label(EventKind.SYNKINESIS, _confidence(c), ("eye_with_mouth",))
    if c.other_closure > event_limit("other_share") * max(c.closure, 1e-3):
        return _label_uneven_closure(c)
    return Label(EventKind.SPASM, _confidence(c))


def _is_uneven_blink(c: Candidate, closures: list[Closure], balance: Balance) -> bool:
    """Tell whether the eye's part is a blink shared as this patient's eyes share blinks.

    A weak side makes every blink uneven and the healthy side the more active one.
    """
    if balance.kind == "assumed":
        return False
    tail = event_limit("blink_tail_s")
    if balance.kind == "symmetric":
        if c.strength > event_limit("uneven_strength"):
            return False
        tail = event_limit("blink_tail_even_s")
    for closure in closures:
        shared = closure.span.overlap_s(c.span)
        outside = c.span.duration_s - shared
        if shared <= 0 or not closure.brief or outside > tail:
            continue
        if balance.explains(closure):
            return True
    return False


def _is_mouth_act(c: Candidate) -> bool:
    """Tell a smile or speech, which both sides make, from a pull that leaks across the mesh."""
    shared, own = c.mouth_shared_iod, max(c.mouth_iod, 0.0)
    if shared > event_limit("smile_iod") and shared > event_limit("smile_share") * own:
        return True
    # A faint smile lasts; a pull that leaks to the other side is never much larger there.
    held = c.form.pattern is Pattern.TONIC
    return (
        held
        and shared > event_limit("faint_smile_iod")
        and shared > event_limit("faint_smile_share") * own
    )


def _label_mouth_beside_blink(c: Candidate) -> Label | None:
    """Label what the mouth did beside a blink as motion of the lower face alone."""
    if c.mouth_strength < event_limit("lone_mouth_strength"):
        return None
    return Label(EventKind.SPASM, 0.5, ("lower_face_only",))


def _stronger_column(balance: Balance) -> int:
    return 0 if balance.gain[0] >= balance.gain[1] else 1


def _label_lower_face(c: Candidate, closures: list[Closure], known: bool) -> Label | None:
    """Mouth or cheek alone: leak of a blink, synkinesis, or a rare lower-face spasm."""
    # Of a known side, what goes on beyond a blink is no synkinesis with it.
    part = 0.5 * c.span.duration_s if known else 0.0
    blinked = any(cl.span.overlap_s(c.span) > part and min(cl.peak) > 0.3 for cl in closures)
    if blinked:
        if c.mouth_strength >= event_limit("synkinesis_strength"):
            return Label(EventKind.SYNKINESIS, _confidence(c), ("mouth_with_blink",))
        return None
    if _is_mouth_act(c):
        return None
    strength, least = c.strength, "lone_mouth_strength"
    if known:
        strength, least = _lower_strength(c), "known_lower_strength"
    if strength < event_limit(least):
        return None
    return Label(EventKind.SPASM, 0.8 * _confidence(c), ("lower_face_only",))


def _lower_strength(c: Candidate) -> float:
    """Return the evidence without that of an eye which takes a small part."""
    return float(np.sqrt(max(0.0, c.strength**2 - c.eye_strength**2)))


def _label_uneven_closure(c: Candidate) -> Label | None:
    """Both eyes close, one more than blinks explain."""
    if c.strength >= event_limit("uneven_strength"):
        return Label(EventKind.SPASM, 0.7 * _confidence(c), ("with_bilateral_closure",))
    return None


def _doubt_faint(
    candidates: list[Candidate], labels: list[Label | None], known: set[int]
) -> list[Label | None]:
    """Doubt faint motion of a side that shows nothing clearer; of a known one what is faintest."""
    clear = {
        c.column
        for c, label in zip(candidates, labels, strict=True)
        if label is not None
        and label.kind is EventKind.SPASM
        and c.strength >= event_limit("clear_strength")
    }
    return [
        Label(EventKind.UNDETERMINED, 0.3, ("doubt:faint",))
        if label is not None
        and label.kind is EventKind.SPASM
        and c.column not in clear
        and not (c.column in known and _stands_out(c))
        else label
        for c, label in zip(candidates, labels, strict=True)
    ]


def _drop_unsupported(
    candidates: list[Candidate], labels: list[Label | None], known: set[int], enough: float
) -> list[Label | None]:
    """Leave out motion of a known side's lower face alone unless several stand out.

    A face at rest gives one of these now and then, and after a treatment one is one too many.
    """
    lower = [
        label is not None and c.column in known and "lower_face_only" in label.flags
        for c, label in zip(candidates, labels, strict=True)
    ]
    clear = sum(
        label is not None and label.kind is EventKind.SPASM and _stands_out(c)
        for c, label in zip(candidates, labels, strict=True)
        if c.column in known
    )
    if clear >= enough:
        return labels
    return [None if is_lower else label for label, is_lower in zip(labels, lower, strict=True)]


def enough_jerks(observed_s: float) -> float:
    """Return how many movements of one side are more than a resting face gives in that time.

    Examples
    --------
    >>> enough_jerks(30.0), enough_jerks(300.0)
    (3.0, 6.0)
    """
    more = max(0.0, observed_s / 60.0 - 1.0) * event_limit("jerks_more_per_min")
    return event_limit("known_side_events") + more


def _stands_out(c: Candidate) -> bool:
    """Tell what is more than a face at rest gives."""
    return c.strength >= event_limit("known_clear_strength")


def _doubt_winks(
    candidates: list[Candidate], labels: list[Label | None], known: set[int]
) -> list[Label | None]:
    """Doubt full single closures that could be deliberate winks, unless others are not."""
    for column in {0, 1} - known:
        mine = [
            i
            for i, (c, label) in enumerate(zip(candidates, labels, strict=True))
            if c.column == column and label is not None and label.kind is EventKind.SPASM
        ]
        if _could_be_winks([candidates[i] for i in mine]):
            for i in mine:
                labels[i] = Label(EventKind.UNDETERMINED, 0.5, ("doubt:possible_wink",))
    return labels


def _could_be_winks(spasms: list[Candidate]) -> bool:
    """Tell whether the closures of one side are no different from deliberate winks.

    A wink is one full closure, the brow does not rise, and the other eye half follows or the
    closure is held longer than a twitch. Runs of twitches, long holds, partial closures and a
    rising brow are none of a wink's.
    """
    winks = [c for c in spasms if _wink_like(c)]
    if not winks or len(winks) < event_limit("wink_share") * len(spasms):
        return False
    if any(c.form.pattern is Pattern.CLONIC for c in spasms):
        return False
    if np.mean([_brow_rises(c) for c in spasms]) > 0.5:
        return False
    deliberate = [
        c.other_closure >= event_limit("wink_other_closure")
        or c.span.duration_s >= event_limit("wink_held_s")
        for c in winks
    ]
    return bool(np.mean(deliberate) >= 0.5)


def _wink_like(c: Candidate) -> bool:
    single = c.form.peaks <= 2 and c.form.pattern is not Pattern.CLONIC
    usual = event_limit("wink_min_s") <= c.span.duration_s <= event_limit("wink_max_s")
    return single and usual and c.closure >= event_limit("wink_closure")


def _brow_rises(c: Candidate) -> bool:
    lift = c.brow_lift_iod
    return lift is not None and lift > event_limit("babinski_lift_iod")


def _doubt_lone_mouth(
    candidates: list[Candidate], labels: list[Label | None], known: set[int]
) -> list[Label | None]:
    """Lower-face motion counts only beside spasms of the eye on the same side, or where known."""
    with_eye = known | {
        c.column
        for c, label in zip(candidates, labels, strict=True)
        if label is not None
        and label.kind is EventKind.SPASM
        and "lower_face_only" not in label.flags
    }
    for i, (c, label) in enumerate(zip(candidates, labels, strict=True)):
        if label is None or "lower_face_only" not in label.flags or c.column in with_eye:
            continue
        labels[i] = Label(EventKind.UNDETERMINED, 0.4, ("doubt:lower_face_only",))
    return labels


def _task_at(c: Candidate, tasks: tuple[TaskMark, ...]) -> TaskMark | None:
    for task in tasks:
        if task.start_s - 0.2 <= c.span.start_s <= task.end_s + 0.5:
            return task
    return None


def _confidence(c: Candidate) -> float:
    """Grow from a half at the threshold towards one; expert rule, checked for order only."""
    excess = max(0.0, c.strength - 1)
    return round(min(0.99, 0.5 + 0.5 * excess / (excess + 0.8)), 3)
