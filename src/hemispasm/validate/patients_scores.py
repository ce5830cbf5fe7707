"""Scores of whole patients, each with an interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from hemispasm.stats import cluster_bootstrap_interval, wilson_interval
from hemispasm.validate.imaging_statistics import mean_of, sd_of
from hemispasm.validate.intervals import resampled_interval
from hemispasm.validate.patients_case import EffectSaid, PatientCase, SideSaid
from hemispasm.validate.scoring import Score

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

PatientPart = Literal["side", "rate", "distance", "spread", "clock", "effect", "run"]
INSTRUMENTS = ("video", "emg", "imaging", "joint", "case")
LARGE = 0.5
"""A true change of half and more must be shown."""

LIMIT_MS = {True: 10.0, False: 50.0}
"""How far the clocks may be off, with marks and without."""

TREATED = ("toxin", "mvd")
MAIN = ("spasm_rate", "closure")
"""Measures by which an effect is seen: how often, and how deep."""


class PatientScore(Score):
    """A score of whole patients; ``part`` is what it is about."""

    part: PatientPart


def patient_scores(cases: Sequence[PatientCase], rng: np.random.Generator) -> list[PatientScore]:
    """Return every score, in the order in which they are printed.

    Parameters
    ----------
    cases : sequence of PatientCase
        Of a run; those that crashed count in the last score alone.
    rng : numpy.random.Generator
        Of the resampling; whole patients are drawn.
    """
    done = [case for case in cases if case.crashed is None]
    scores = [
        *side_scores(done),
        *rate_scores(done, rng),
        *distance_scores(done, rng),
        *spread_scores(done),
        *clock_scores(done, rng),
        *effect_scores(done),
    ]
    return [*scores, _crashes(cases)]


def side_scores(cases: Sequence[PatientCase]) -> list[PatientScore]:
    """Return how often each instrument, and video with EMG, names the side."""
    rows = []
    for instrument in INSTRUMENTS:
        mine = [s for case in cases for s in case.sides if s.instrument == instrument]
        for outcome in ("right", "refused", "wrong"):
            hits = [s.outcome == outcome for s in mine]
            note = None if outcome == "right" else _said(mine, outcome)
            rows.append(_share("side", f"side_{outcome}.{instrument}", hits, "patients", note))
    return rows


def _said(mine: Sequence[SideSaid], outcome: str) -> str | None:
    words = [f"{s.said} for {s.true}" for s in mine if s.outcome == outcome]
    return "; ".join(f"{words.count(w)} {w}" for w in dict.fromkeys(words)) or None


def rate_scores(cases: Sequence[PatientCase], rng: np.random.Generator) -> list[PatientScore]:
    """Return how measured rates follow true ones, those filmed and those of the long run."""
    units = [[r for r in case.rates if r.said_per_min is not None] for case in cases]
    stated = [(k, r) for k, rates in enumerate(units) for r in rates]
    all_said = sum(len(case.rates) for case in cases)
    filmed = [(k, float(r.said_per_min or 0.0), r.true_per_min) for k, r in stated]
    longer = [
        (k, float(r.said_per_min or 0.0), r.long_run_per_min)
        for k, r in stated
        if r.long_run_per_min is not None
    ]
    held = [
        r.interval[0] <= r.long_run_per_min <= r.interval[1]
        for _, r in stated
        if r.interval is not None and r.long_run_per_min is not None
    ]
    errors = [
        [r.said_per_min - r.true_per_min for r in rates if r.said_per_min is not None]
        for rates in units
    ]
    unstated = all_said - len(stated)
    note = f"{unstated} not stated" if unstated else None
    return [
        _correlation("rate_correlation", filmed, rng, "videos and sides", note),
        _correlation("rate_correlation.long_run", longer, rng, "videos and sides"),
        _number("rate", "rate_bias", errors, mean_of, "/min", rng, "videos and sides"),
        _share("rate", "rate_coverage.long_run", held, "intervals of the patient's rate"),
        _faint_share(cases),
    ]


def _faint_share(cases: Sequence[PatientCase]) -> PatientScore:
    """Return which share of all true involuntary movements is too small to count as a spasm."""
    rates = [rate for case in cases for rate in case.rates]
    hits = [is_faint for r in rates for is_faint in [False] * r.visible + [True] * r.faint]
    return _share("rate", "rate_below_visible", hits, "involuntary movements")


def correlation(rows: NDArray[np.float64]) -> float | None:
    """Return Pearson's r of two columns, None where it is not defined.

    Examples
    --------
    >>> correlation(np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]))
    1.0
    >>> correlation(np.array([[1.0, 2.0], [1.0, 4.0]])) is None
    True
    """
    if len(rows) < 2 or not rows.std(axis=0).all():
        return None
    return round(float(np.asarray(np.corrcoef(rows.T))[0, 1]), 12)


def _correlation(
    key: str,
    pairs: Sequence[tuple[int, float, float]],
    rng: np.random.Generator,
    of: str,
    note: str | None = None,
) -> PatientScore:
    rows = np.array([pair[1:] for pair in pairs], dtype=np.float64).reshape(-1, 2)
    patients = [pair[0] for pair in pairs]
    value = correlation(rows)
    interval = None
    if value is not None and len(set(patients)) > 2:
        found = cluster_bootstrap_interval(correlation, rows, patients, rng)
        interval = None if found is None else found.pair
    counted = f"{len(set(patients))} patients" + (f"; {note}" if note else "")
    return PatientScore(
        key=key, value=value, interval=interval, n=len(pairs), of=of, part="rate", note=counted
    )


def distance_scores(cases: Sequence[PatientCase], rng: np.random.Generator) -> list[PatientScore]:
    """Return whether distances lie in their intervals: one per patient, then all that are known.

    The patient's is that of the affected side before treatment, the nearer of two; without a
    printed number it does not count as inside.
    """
    firsts = [
        min(mine, key=lambda d: d.true_mm)
        for case in cases
        if (mine := [d for d in case.distances if d.visit == 0 and d.affected])
    ]
    every = [d for case in cases for d in case.distances]
    printed = [d for d in every if d.said_mm is not None]

    def inside(value: float, ends: tuple[float, float] | None) -> bool:
        return ends is not None and ends[0] <= value <= ends[1]

    holds = [d.said_mm is not None and inside(d.true_mm, d.interval) for d in firsts]
    numbers = sum(d.said_mm is not None for d in firsts)
    errors = [
        [d.said_mm - d.true_mm for d in case.distances if d.said_mm is not None] for case in cases
    ]
    narrow = [inside(d.true_mm, d.interval_phantom) for d in printed if d.interval_phantom]
    places = {True: "attached", False: "free"}
    return [
        _share("distance", "distance_inside", holds, "patients", f"{numbers} with a number"),
        *(
            _share(
                "distance", f"distance_printed.{places[place]}",
                [d.said_mm is not None for d in every if d.attached is place], "sides",
            )
            for place in places
        ),
        _share("distance", "distance_inside.all", [inside(d.true_mm, d.interval) for d in printed],
               "printed distances"),
        _share("distance", "distance_inside_phantom.all", narrow, "printed distances"),
        _number("distance", "distance_bias", errors, mean_of, "mm", rng, "printed distances"),
        _number("distance", "distance_sd", errors, sd_of, "mm", rng, "printed distances"),
    ]  # fmt: skip


def spread_scores(cases: Sequence[PatientCase]) -> list[PatientScore]:
    """Return how often the lateral spread is judged right.

    A patient counts as right when every side stimulated at the first visit is; after treatment
    each recording counts for itself.
    """
    firsts = [
        all(s.said == s.true for s in mine)
        for case in cases
        if (mine := [s for s in case.spreads if s.visit == 0])
    ]
    every = [s for case in cases for s in case.spreads]
    undecided = sum(s.said in ("undetermined", "missing") for s in every)
    rows = [_share("spread", "spread_right", firsts, "patients")]
    for true in ("present", "absent"):
        mine = [s for s in every if s.true == true]
        rows.append(
            _share("spread", f"spread_right.{true}", [s.said == true for s in mine], "recordings")
        )
    wrong = [s.said in ("present", "absent") and s.said != s.true for s in every]
    rows.append(_share("spread", "spread_wrong", wrong, "recordings", f"{undecided} undetermined"))
    return rows


def clock_scores(cases: Sequence[PatientCase], rng: np.random.Generator) -> list[PatientScore]:
    """Return how far the clocks are off; a refusal counts as off where there are marks."""
    rows = []
    for marks, name in ((True, "marks"), (False, "events")):
        mine = [c for case in cases for c in case.clocks if c.marks is marks]
        stated = [c for c in mine if c.error_ms is not None]
        limit = LIMIT_MS[marks]
        within = [
            c.error_ms is not None and abs(c.error_ms) <= limit for c in (mine if marks else stated)
        ]
        worst = max((abs(c.error_ms or 0.0) for c in stated), default=None)
        note = None if worst is None else f"largest {worst:.1f} ms"
        inside = [bool(c.inside) for c in stated if c.inside is not None]
        sizes = [
            [abs(c.error_ms) for c in case.clocks if c.marks is marks and c.error_ms is not None]
            for case in cases
        ]
        rows += [
            _share("clock", f"clock_within.{name}", within, "visits", note),
            _number("clock", f"clock_error.{name}", sizes, mean_of, "ms", rng, "visits"),
            _share(
                "clock", f"clock_stated.{name}", [c.error_ms is not None for c in mine], "visits"
            ),
            _share("clock", f"clock_coverage.{name}", inside, "printed intervals"),
        ]
    return rows


def effect_scores(cases: Sequence[PatientCase]) -> list[PatientScore]:
    """Return whether changes of half and more are measured, by treatment and by measure.

    The bar counts a patient and side once: by the measure that truly changed most. An effect that
    the product refuses to state is not seen.
    """
    rows = []
    for treatment in TREATED:
        treated = [case for case in cases if case.treatment == treatment]
        chosen = [e for case in treated for side in case.affected if (e := main_effect(case, side))]
        rows += _effects(treatment, chosen, "patients and sides")
        every = [e for case in treated for e in case.effects]
        for measure in ("spasm_rate", "time_in_spasm", "closure"):
            mine = [e for e in every if e.measure == measure and _is_large(e)]
            rows += _effects(f"{treatment}.{measure}", mine, "sides")
        against = [bool(e.shown and e.true_change and e.shown * e.true_change < 0) for e in every]
        rows.append(_share("effect", f"effect_against.{treatment}", against, "changes"))
    return rows


def main_effect(case: PatientCase, side: str) -> EffectSaid | None:
    """Return the larger true change of rate and depth of a side, None where neither reaches half.

    Time in spasm follows from both and is scored on its own.
    """
    large = [e for e in case.effects if e.side == side and e.measure in MAIN and _is_large(e)]
    return max(large, key=lambda e: abs(e.true_change or 0.0), default=None)


def _is_large(effect: EffectSaid) -> bool:
    return effect.true_change is not None and abs(effect.true_change) >= LARGE


def _effects(name: str, mine: Sequence[EffectSaid], of: str) -> list[PatientScore]:
    sides = [bool(e.said and e.true_change and e.said * e.true_change > 0) for e in mine]
    seen = [bool(e.true_change and e.shown * e.true_change > 0) for e in mine]
    why = [e.reason.partition(":")[0] for e in mine if e.reason and not e.shown]
    note = "; ".join(f"{why.count(w)} {w}" for w in dict.fromkeys(why)) or None
    return [
        _share("effect", f"effect_direction.{name}", sides, of),
        _share("effect", f"effect_seen.{name}", seen, of, note),
    ]


def _crashes(cases: Sequence[PatientCase]) -> PatientScore:
    lost = [case.crashed is not None for case in cases]
    n, hits = len(lost), sum(lost)
    low, high = wilson_interval(hits, n).pair
    where = "; ".join(f"seed {c.seed} {c.crashed}" for c in cases if c.crashed) or None
    return PatientScore(
        key="crashed", value=float(hits), interval=(n * low, n * high), unit="{patients}", n=n,
        of="patients", part="run", note=where,
    )  # fmt: skip


def _share(
    part: PatientPart, key: str, hits: Sequence[bool], of: str, note: str | None = None
) -> PatientScore:
    n, count = len(hits), sum(hits)
    low, high = wilson_interval(count, n).pair
    counted = f"{count} of {n}" + (f"; {note}" if note else "")
    return PatientScore(
        key=key, value=100.0 * count / n if n else None,
        interval=(100.0 * low, 100.0 * high) if n else None, unit="%", n=n, of=of, part=part,
        note=counted,
    )  # fmt: skip


def _number(
    part: PatientPart,
    key: str,
    groups: Sequence[Sequence[float]],
    statistic: Callable[[Sequence[float]], float | None],
    unit: str,
    rng: np.random.Generator,
    of: str,
) -> PatientScore:
    """Return a statistic of all values; the interval resamples whole patients."""

    def pooled(chosen: Sequence[Sequence[float]]) -> float | None:
        return statistic([value for group in chosen for value in group])

    filled = [group for group in groups if len(group)]
    return PatientScore(
        key=key, value=pooled(filled), interval=resampled_interval(filled, pooled, rng), unit=unit,
        n=sum(len(group) for group in filled), of=of, part=part,
        note=f"{len(filled)} patients",
    )  # fmt: skip
