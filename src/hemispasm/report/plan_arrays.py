"""Pictures of one hundred people: the main gains and losses of each option, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hemispasm.model.plan import Option
from hemispasm.report.document import Block, Columns, Figure, Folded, Para, Strong
from hemispasm.report.icon_array import (
    COURSE,
    FRAMES,
    GAIN,
    LOSS,
    Frame,
    can_be_icons,
    icon_array_figure,
)
from hemispasm.report.phrase import is_known, joined, phrase, say
from hemispasm.report.plan_cites import evidence_short
from hemispasm.report.plan_headline import conflicts_of, headline_keys

# Outcomes that stand beside gains in the same group of patients and are none.
_NO_GAIN: dict[str, Frame] = {"untreated.stable": COURSE, "untreated.worse": LOSS}
# So many losses stand in front. Any unwanted effect of toxin is one figure; the harms of an
# operation are counted one by one, because they differ too much to be one.
_LOSSES = {"mvd": 3}
_IN_A_ROW = 4


def icon_arrays(options: Sequence[Option]) -> list[Block]:
    """Return the main pictures of each option, its gain before its losses; the others folded."""
    front: list[Figure] = []
    rest: list[Figure] = []
    for option in options:
        for frame in FRAMES:
            keys = _keys(option, frame)
            first = _first(option, keys, frame)
            front += [_drawn(option, key, frame) for key in first]
            rest += [_drawn(option, key, frame) for key in keys if key not in first]
    blocks: list[Block] = []
    if front:
        blocks = [
            Para(Strong(*phrase("report.options.arrays")), role="lead"),
            *_rows(front),
            Para(*phrase("report.options.arrays_note"), role="hint-text"),
        ]
    if rest:
        blocks.append(Folded(phrase("report.options.more_arrays"), tuple(_rows(rest))))
    return blocks


def _rows(figures: Sequence[Figure]) -> list[Block]:
    return [
        Columns(tuple((figure,) for figure in figures[at : at + _IN_A_ROW]))
        for at in range(0, len(figures), _IN_A_ROW)
    ]


def _drawn(option: Option, key: str, frame: Frame) -> Figure:
    figure = icon_array_figure(key, frame, say(f"option.{option.name}.title", option.name))
    disagrees = phrase("report.options.disagrees")
    against = [(" ", *disagrees, *evidence_short(other), ".") for other in conflicts_of((key,))]
    return replace(figure, alt=(*figure.alt, *joined(against, "")))


def _keys(option: Option, frame: Frame) -> list[str]:
    """Return what can be drawn in a frame, in the order of the plan."""
    asked = (f for f in option.figures if f.per_hundred)
    found = ((key, f.aspect) for f in asked for key in f.evidence)
    return list(
        dict.fromkeys(
            key
            for key, aspect in found
            if is_known(key) and frame_of(key, aspect) == frame and can_be_icons(key)
        )
    )


def _first(option: Option, keys: Sequence[str], frame: Frame) -> list[str]:
    """Return what stands in front: one gain, and the main losses in the order of the plan."""
    most = {GAIN: 1, LOSS: _LOSSES.get(option.name, 1)}.get(frame, 0)
    found: list[str] = []
    for figures in option.figures:
        drawn = [key for key in figures.evidence if key in keys and figures.per_hundred]
        found += [key for key in headline_keys(drawn) if key not in found]
    return found[:most]


def frame_of(key: str, aspect: str) -> Frame:
    """Return whether a share is drawn as a gain, as a harm, or as neither.

    Examples
    --------
    >>> frame_of("mvd_effect.miller", "benefit"), frame_of("untreated.worse", "benefit")
    ('gain', 'loss')
    """
    if key in _NO_GAIN:
        return _NO_GAIN[key]
    return {"benefit": GAIN, "harm": LOSS}.get(aspect, COURSE)
