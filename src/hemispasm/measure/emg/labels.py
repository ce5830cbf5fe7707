"""Which bursts are spontaneous: not the electrode's, not both sides', not asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.limits import spontaneous_limit as limit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.measure.emg.bursts import Burst
    from hemispasm.model.emg import Annotation

Spans = list[tuple[float, float]]
_NOT_MOVEMENTS = (
    "stimul",
    "simulated",
    "rest",
    "impedance",
    "start",
    "end",
    "pause",
    "event",
    "sync",
)


def label_artefacts(
    bursts: Sequence[Burst], signal: NDArray[np.floating], rate_hz: float
) -> tuple[Burst, ...]:
    """Return the bursts with those labelled during which the electrode's baseline jumped.

    A muscle's potential has no mean; a pop leaves the baseline elsewhere and comes back slowly.
    """
    if not bursts:
        return ()
    window = max(1, round(limit("artefact.step_window_s") * rate_hz))
    total = np.r_[0.0, np.cumsum(np.nan_to_num(signal, nan=0.0), dtype=np.float64)]
    out = []
    for burst in bursts:
        a, b = int(burst.start_s * rate_hz), int(burst.end_s * rate_hz)
        if burst.duration_s > limit("artefact.longest_s") or a < window or b + window > signal.size:
            out.append(burst)
            continue
        before = (total[a] - total[a - window]) / window
        after = (total[b + window] - total[b]) / window
        height = float(np.nanmax(np.abs(signal[a:b] - before)))
        moved = abs(after - before) > limit("artefact.step_share") * height
        out.append(replace(burst, label="artefact") if moved else burst)
    return tuple(out)


def movement_spans(notes: Sequence[Annotation]) -> tuple[Spans, list[float]]:
    """Return when notes tell of a movement, and the times of blinks that they tell.

    Notes on stimuli, rest and the recording itself tell of no movement.

    Examples
    --------
    >>> from hemispasm.model.emg import Annotation
    >>> smile = Annotation(time_s=2, duration_s=1, text="smile")
    >>> movement_spans([smile, Annotation(time_s=9, text="blink")])
    ([(1.7, 3.3)], [9.0])
    """
    spans, blinks = [], []
    margin = limit("label.mark_margin_s")
    for note in notes:
        text = note.text.lower()
        if any(word in text for word in _NOT_MOVEMENTS) or not text.strip():
            continue
        if "blink" in text:
            blinks.append(float(note.time_s))
            continue
        length = note.duration_s or limit("label.mark_after_s")
        spans.append((round(note.time_s - margin, 6), round(note.time_s + length + margin, 6)))
    return spans, blinks


def evoked_spans(stimuli_s: NDArray[np.float64]) -> Spans:
    """Return the times after stimuli, in which activity is an answer and not spontaneous.

    Examples
    --------
    >>> evoked_spans(np.array([1.0, 1.05, 4.0]))
    [(0.997, 1.15), (3.997, 4.1)]
    """
    before, after = limit("label.stimulus_before_s"), limit("label.stimulus_after_s")
    return merge_spans([(round(t - before, 6), round(t + after, 6)) for t in stimuli_s.tolist()])


def merge_spans(spans: Sequence[tuple[float, float]]) -> Spans:
    """Return spans in order, overlapping ones joined.

    Examples
    --------
    >>> merge_spans([(3.0, 4.0), (1.0, 2.0), (1.5, 2.5)])
    [(1.0, 2.5), (3.0, 4.0)]
    """
    merged: Spans = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def label_bursts(
    bursts: Sequence[Burst],
    other_side: Sequence[Burst],
    marked: Spans,
    evoked: Spans | None = None,
) -> tuple[Burst, ...]:
    """Return the bursts of one side with what the other side, notes and stimuli say of them."""
    others = [(b.start_s, b.end_s) for b in other_side if b.label != "artefact"]
    share = limit("label.overlap_share")
    reasons = [
        ("evoked", overlaps_s(bursts, evoked or [])),
        ("marked", overlaps_s(bursts, marked)),
        ("bilateral", overlaps_s(bursts, others)),
    ]
    out = []
    for i, burst in enumerate(bursts):
        label = burst.label
        if label == "spontaneous":
            least = share * burst.duration_s
            label = next((name for name, overlap in reasons if overlap[i] > least), label)
        out.append(replace(burst, label=label))
    return tuple(out)


def overlaps_s(
    bursts: Sequence[Burst], spans: Sequence[tuple[float, float]]
) -> NDArray[np.float64]:
    """Return for how many seconds spans accompany each burst."""
    if not bursts or not spans:
        return np.zeros(len(bursts))
    ordered = np.array(merge_spans(spans))
    # Length of all spans up to a time, by which any stretch can be asked for.
    knots = np.concatenate([[ordered[0, 0] - 1], ordered.ravel()])
    covered = np.concatenate([[0.0], np.cumsum(np.diff(ordered, axis=1).ravel())])
    height = np.repeat(covered, 2)[:-1]
    edges = np.array([(b.start_s, b.end_s) for b in bursts])
    return np.asarray(np.interp(edges[:, 1], knots, height) - np.interp(edges[:, 0], knots, height))


def unite_bursts(groups: Sequence[Sequence[Burst]]) -> tuple[Burst, ...]:
    """Return the first group with those of the others that touch none already taken."""
    taken: list[Burst] = list(groups[0]) if groups else []
    for group in groups[1:]:
        starts = np.array([b.start_s for b in taken])
        ends = np.array([b.end_s for b in taken])
        taken.extend(b for b in group if not np.any((starts < b.end_s) & (ends > b.start_s)))
        taken.sort(key=lambda b: b.start_s)
    return tuple(taken)
