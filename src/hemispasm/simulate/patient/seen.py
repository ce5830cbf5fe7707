"""What a visit shows, counted from the truth: rates, depth, what an examiner would note."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.model.emg import Muscle
from hemispasm.model.event import EventKind, Pattern, Region
from hemispasm.simulate.patient.acts import closing_spans
from hemispasm.simulate.patient.face import half_face
from hemispasm.simulate.patient.nerves import contraction_delay_s, sit
from hemispasm.simulate.patient.records import SeenToday

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hemispasm.model.recording import TaskMark
    from hemispasm.model.side import Side
    from hemispasm.model.truth import TruthEvent
    from hemispasm.simulate.patient.options import PatientOptions
    from hemispasm.simulate.population.condition import NerveCondition

LONG_RUN_S, LONG_RUNS = 600.0, 3
"""Sittings that nobody filmed: where spasms are few, one differs much from another."""

WEAK = 0.6
"""Release of the orbicularis oculi below which an examiner sees that the eye closes weakly."""


@dataclass(frozen=True)
class SideSeen:
    """One side at rest in front of the camera.

    Attributes
    ----------
    count : int
        Visible spasms that begin at rest.
    rest_s : float
        Seconds of rest.
    time_fraction, median_closure, median_mouth_mm, lower_share, tonic_share : float
        Share of the rest spent in spasm; what spasms reach; shares of them.
    synkinesis : int
        Abnormal movements with a blink or movement.
    faint : int
        Involuntary movements at rest that stay below what is visible, and are no spasms.
    """

    count: int
    rest_s: float
    time_fraction: float
    median_closure: float
    median_mouth_mm: float
    lower_share: float
    tonic_share: float
    synkinesis: int
    faint: int = 0

    @property
    def rate_per_min(self) -> float:
        """Visible spasms per minute of rest."""
        return 60.0 * self.count / self.rest_s if self.rest_s > 0.0 else 0.0

    def as_json(self) -> dict[str, Any]:
        """Return plain numbers."""
        plain = {name: round(float(value), 4) for name, value in vars(self).items()}
        return {**plain, "rate_per_min": round(self.rate_per_min, 4)}


def rest_spans(tasks: Sequence[TaskMark]) -> list[tuple[float, float]]:
    """Return the stretches of rest."""
    return [(mark.start_s, mark.end_s) for mark in tasks if mark.task == "rest"]


def count_side(
    events: Sequence[TruthEvent],
    side: Side,
    spans: list[tuple[float, float]],
    faint_s: Sequence[float] = (),
) -> SideSeen:
    """Return what one side does at rest.

    Parameters
    ----------
    events : sequence of TruthEvent
        Of the video.
    side : Side
        Which.
    spans : list of (start, end)
        Rest.
    faint_s : sequence of float
        When movements of this side begin that stay below what is visible.
    """
    rest = sum(b - a for a, b in spans)
    mine = [e for e in events if e.side is side]
    at_rest = [
        e for e in mine if e.kind == EventKind.SPASM and any(a <= e.start_s < b for a, b in spans)
    ]
    within = sum(max(0.0, min(e.end_s, b) - max(e.start_s, a)) for e in at_rest for a, b in spans)
    n = len(at_rest)

    def middle(name: str) -> float:
        return float(np.median([e.measures[name] for e in at_rest])) if n else 0.0

    return SideSeen(
        count=n,
        rest_s=rest,
        time_fraction=within / rest if rest else 0.0,
        median_closure=middle("peak_closure"),
        median_mouth_mm=middle("peak_mouth_mm"),
        lower_share=sum(Region.MOUTH in e.region for e in at_rest) / n if n else 0.0,
        tonic_share=sum(e.pattern is Pattern.TONIC for e in at_rest) / n if n else 0.0,
        synkinesis=sum(e.kind == EventKind.SYNKINESIS for e in mine),
        faint=sum(any(a <= t < b for a, b in spans) for t in faint_s),
    )


def today(seen: SideSeen, condition: NerveCondition) -> SeenToday:
    """Return what an examiner notes of one side."""
    return SeenToday(
        rate_per_min=seen.rate_per_min,
        closure=seen.median_closure,
        lower_share=seen.lower_share,
        tonic_share=seen.tonic_share,
        weak=condition.released(Muscle.ORBICULARIS_OCULI) < WEAK,
    )


@dataclass(frozen=True)
class _Watched:
    """What one side does at rest in one sitting."""

    closures: tuple[float, ...]
    within_s: float
    faint: int
    rest_s: float


def watch_long(
    options: PatientOptions, conditions: Mapping[Side, NerveCondition], visit: int, side: Side
) -> dict[str, float]:
    """Return what this nerve does in the long run, from sittings at rest that nobody filmed.

    Parameters
    ----------
    options : PatientOptions
        Seed.
    conditions : mapping of Side to NerveCondition
        Both nerves on this day.
    visit : int
        Number of the visit.
    side : Side
        Which.

    Returns
    -------
    dict
        ``rate_per_min``, ``time_fraction``, ``median_closure`` of visible spasms, ``seconds``;
        ``faint_per_min``: involuntary movements that stay below what is visible.
    """
    longer = replace(options, video_s=LONG_RUN_S, emg_s=LONG_RUN_S + 30.0)
    rows = [
        _watch(longer, conditions, 100 * (k + 1) + visit, side, LONG_RUN_S)
        for k in range(LONG_RUNS)
    ]
    length = sum(row.rest_s for row in rows)
    closures = [depth for row in rows for depth in row.closures]
    return {
        "rate_per_min": round(60.0 * len(closures) / length, 4),
        "time_fraction": round(sum(row.within_s for row in rows) / length, 4),
        "median_closure": round(float(np.median(closures)), 4) if closures else 0.0,
        "faint_per_min": round(60.0 * sum(row.faint for row in rows) / length, 4),
        "seconds": length,
    }


def count_beforehand(
    options: PatientOptions, conditions: Mapping[Side, NerveCondition], visit: int, side: Side
) -> int:
    """Return how many visible spasms of a side come while a video of this length is taken.

    Who films a patient counts along, and films longer where few come.
    """
    return len(_watch(options, conditions, visit, side, options.video_s).closures)


def _watch(
    options: PatientOptions,
    conditions: Mapping[Side, NerveCondition],
    sitting_number: int,
    side: Side,
    length_s: float,
) -> _Watched:
    sitting = sit(options, conditions, sitting_number)
    delay = contraction_delay_s(options.seed)
    closing = closing_spans(sitting.script, sitting.zero_s)
    half = half_face(sitting.runs[side], sitting.zero_s, length_s, delay, closing)
    (first, last), *_ = rest_spans(sitting.script.tasks)
    found = [s for s in half.seen if not s.synkinetic and first <= s.start_s < last]
    return _Watched(
        closures=tuple(s.peak_closure for s in found),
        within_s=sum(min(s.end_s, last) - s.start_s for s in found),
        faint=sum(first <= t < last for t in half.faint_s),
        rest_s=last - first,
    )
