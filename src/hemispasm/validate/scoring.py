"""Scores of a set of clips, each with an interval that resamples whole clips."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.model.base import Noun
from hemispasm.stats import wilson_interval
from hemispasm.validate.clips import UPPER_BANDS, Band, ClipResult, band_of
from hemispasm.validate.intervals import pooled, resampled_interval, widest, wilson_of
from hemispasm.validate.tallies import (
    SideOutcome,
    SpasmPair,
    Tally,
    babinski_reported,
    babinski_tally,
    blink_tally,
    rate_pairs,
    side_outcome,
    sideless_tally,
    spasm_pairs,
    spasm_tally,
    time_errors,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MIN_ONSET_RATE_HZ = 30.0
HFS_SCENARIO = "hfs"
BLEPHAROSPASM = "blepharospasm"


class Score(Noun):
    """One number of a validation.

    ``n`` says on how many of ``of`` it rests. ``bar`` is what was promised, in words, and
    ``source`` where; ``passed`` is None where nothing was.
    """

    key: str
    value: float | None
    interval: tuple[float, float] | None = None
    unit: str = "1"
    n: int
    of: str
    bar: str | None = None
    source: str | None = None
    passed: bool | None = None
    note: str | None = None


def hfs_clips(results: Sequence[ClipResult]) -> list[ClipResult]:
    """Return the clips of plain hemifacial spasm, the ones banded by closure."""
    return [r for r in results if r.spec.scenario == HFS_SCENARIO]


def _tally_score(
    key: str,
    tallies: Sequence[Tally],
    measure: str,
    rng: np.random.Generator,
    note: str | None = None,
) -> Score:
    def statistic(chosen: Sequence[Tally]) -> float | None:
        value: float | None = getattr(pooled(chosen), measure)
        return value

    total = pooled(tallies)
    count = total.hits + (total.false if measure == "precision" else total.missed)
    return Score(
        key=key,
        value=statistic(tallies),
        interval=widest(resampled_interval(tallies, statistic, rng), wilson_of(total, measure)),
        n=count,
        of=f"events in {len(tallies)} clips",
        note=note,
    )


def spasm_scores(results: Sequence[ClipResult], rng: np.random.Generator) -> list[Score]:
    """Return F1, precision and recall of spasms by third of true closure.

    A clip belongs to the third of its median spasm; all its events, weak ones too, count there.
    """
    hfs = hfs_clips(results)
    groups: dict[str, list[ClipResult]] = {
        "upper": [r for r in hfs if r.band in UPPER_BANDS],
        **{band.name.lower(): [r for r in hfs if r.band is band] for band in Band},
        "weak_side_hfs": [r for r in results if r.spec.scenario == "weak_side_hfs"],
    }
    scores = []
    for name, group in groups.items():
        tallies = [spasm_tally(r) for r in group]
        for measure in ("f1", "precision", "recall"):
            scores.append(_tally_score(f"spasm_{measure}.{name}", tallies, measure, rng))
    for generator in ("head", "photo"):
        chosen = [r for r in groups["upper"] if r.spec.generator == generator]
        tallies = [spasm_tally(r) for r in chosen]
        scores.append(_tally_score(f"spasm_f1.upper_{generator}", tallies, "f1", rng))
    return scores + _recall_by_own_closure(hfs, rng)


def _recall_by_own_closure(results: Sequence[ClipResult], rng: np.random.Generator) -> list[Score]:
    def own_band(measures: dict[str, float]) -> Band | None:
        return band_of(measures.get("peak_closure", 0.0))

    scores = []
    for band in Band:
        tallies = []
        for result in results:
            pairs, missed, _ = spasm_pairs(result)
            hits = sum(own_band(p.true.measures) is band for p in pairs)
            lost = sum(own_band(e.measures) is band for e in missed)
            tallies.append(Tally(hits, 0, lost))
        key = f"spasm_recall_by_event.{band.name.lower()}"
        scores.append(_tally_score(key, tallies, "recall", rng, "by each event's own closure"))
    return scores


def onset_scores(results: Sequence[ClipResult], rng: np.random.Generator) -> list[Score]:
    """Return the median absolute and the median signed onset error of matched spasms, ms."""
    clips: list[list[SpasmPair]] = [
        spasm_pairs(r)[0]
        for r in results
        if r.has_spasm and r.spec.frame_rate_hz >= MIN_ONSET_RATE_HZ - 0.1
    ]

    def absolute(chosen: Sequence[list[SpasmPair]]) -> float | None:
        errors = [abs(p.onset_error_s) for pairs in chosen for p in pairs]
        return 1000 * float(np.median(errors)) if errors else None

    def signed(chosen: Sequence[list[SpasmPair]]) -> float | None:
        errors = [p.onset_error_s for pairs in chosen for p in pairs]
        return 1000 * float(np.median(errors)) if errors else None

    n = sum(len(pairs) for pairs in clips)
    return [
        Score(
            key=key, value=f(clips), interval=resampled_interval(clips, f, rng), unit="ms", n=n,
            of=f"matched spasms in {len(clips)} clips of 30 fps or more",
        )
        for key, f in (("onset_error", absolute), ("onset_bias", signed))
    ]  # fmt: skip


def time_scores(results: Sequence[ClipResult], rng: np.random.Generator) -> list[Score]:
    """Return the median absolute error of time in spasm, percentage points, and its bias."""
    errors = [e for r in hfs_clips(results) for e in time_errors(r)]
    absolute = [abs(e) for e in errors]

    def median(chosen: Sequence[float]) -> float | None:
        return float(np.median(chosen)) if chosen else None

    return [
        Score(
            key=key, value=median(values), interval=resampled_interval(values, median, rng),
            unit="%", n=len(values), of="hfs clips", note="percentage points",
        )
        for key, values in (("time_in_spasm_error", absolute), ("time_in_spasm_bias", errors))
    ]  # fmt: skip


def side_scores(results: Sequence[ClipResult]) -> list[Score]:
    """Return how often the affected side was right, uncertain, missed, refused and wrong."""
    outcomes = Counter(side_outcome(r) for r in results)
    with_spasm = [r for r in results if r.has_spasm]
    named = Counter(side_outcome(r) for r in with_spasm)
    wrong = sorted(r.spec.clip_id for r in results if side_outcome(r) is SideOutcome.WRONG)
    scores = [
        Score(
            key="side_wrong", value=outcomes[SideOutcome.WRONG], unit="{clip}", n=len(results),
            of="clips, with and without spasm", note=", ".join(wrong) or None,
            interval=_counts_interval(outcomes[SideOutcome.WRONG], len(results)),
        )
    ]  # fmt: skip
    for outcome in SideOutcome:
        share = named[outcome] / len(with_spasm) if with_spasm else None
        scores.append(
            Score(
                key=f"side_{outcome.value}_share", value=share, n=len(with_spasm),
                of="clips with spasm",
                interval=wilson_interval(named[outcome], len(with_spasm)).pair,
            )
        )  # fmt: skip
    return scores


def _counts_interval(count: int, n: int) -> tuple[float, float]:
    low, high = wilson_interval(count, n).pair
    return low * n, high * n


def blink_scores(results: Sequence[ClipResult], rng: np.random.Generator) -> list[Score]:
    """Return precision and recall of blinks that do not overlap a spasm."""
    tallies = [blink_tally(r) for r in results]
    return [
        _tally_score("blink_precision", tallies, "precision", rng),
        _tally_score("blink_recall", tallies, "recall", rng),
    ]


def babinski_scores(results: Sequence[ClipResult], rng: np.random.Generator) -> list[Score]:
    """Return the other Babinski sign's sensitivity per event and false reports."""
    hfs = hfs_clips(results)
    lid = [r for r in results if r.spec.scenario == BLEPHAROSPASM]
    tallies = [babinski_tally(r) for r in hfs]
    upper = [babinski_tally(r) for r in hfs if r.band in UPPER_BANDS]
    minutes = sum(r.truth.duration_s for r in lid) / 60
    return [
        _tally_score("babinski_sensitivity", tallies, "recall", rng),
        _tally_score("babinski_sensitivity_upper", upper, "recall", rng),
        _tally_score("babinski_precision", tallies, "precision", rng),
        Score(
            key="babinski_false_blepharospasm", value=sum(babinski_reported(r) for r in lid),
            unit="{count}", n=len(lid), of=f"blepharospasm clips, {minutes:.1f} min",
        ),
    ]  # fmt: skip


def false_spasm_scores(results: Sequence[ClipResult]) -> list[Score]:
    """Return false spasms per analysed minute of each scenario without spasm."""
    from hemispasm.stats import rate_interval

    scores = []
    quiet = [r for r in results if not r.has_spasm]
    for scenario in sorted({r.spec.scenario for r in quiet}):
        chosen = [r for r in quiet if r.spec.scenario == scenario]
        count = sum(len(r.found_spasms) for r in chosen)
        seconds = sum(r.analysed_s for r in chosen)
        scores.append(
            Score(
                key=f"false_spasms_per_min.{scenario}",
                value=60 * count / seconds if seconds else None,
                interval=rate_interval(count, seconds).pair if seconds else None,
                unit="/min", n=count,
                of=f"false spasms in {seconds / 60:.1f} analysed min, {len(chosen)} clips",
            )
        )  # fmt: skip
    return scores


def rate_agreement_scores(results: Sequence[ClipResult], rng: np.random.Generator) -> list[Score]:
    """Return Bland and Altman's bias and 95 % limits of spasms per minute, found minus true."""
    pairs = [pair for r in hfs_clips(results) for pair in rate_pairs(r)]
    differences = [found - true for true, found in pairs]

    def bias(chosen: Sequence[float]) -> float | None:
        return float(np.mean(chosen)) if chosen else None

    def limit(sign: float) -> Callable[[Sequence[float]], float | None]:
        def value(chosen: Sequence[float]) -> float | None:
            if len(chosen) < 2:
                return None
            return float(np.mean(chosen) + sign * 1.96 * np.std(chosen, ddof=1))

        return value

    wanted = (("rate_bias", bias), ("rate_limit_low", limit(-1)), ("rate_limit_high", limit(1)))
    return [
        Score(
            key=key, value=f(differences), interval=resampled_interval(differences, f, rng),
            unit="/min", n=len(pairs), of="hfs clips",
        )
        for key, f in wanted
    ]  # fmt: skip


def baseline_scores(results: Sequence[ClipResult], rng: np.random.Generator) -> list[Score]:
    """Return the F1 of each baseline, and ours, on the same clips without regard to side."""
    upper = [r for r in hfs_clips(results) if r.band in UPPER_BANDS]
    quiet = [r for r in results if not r.has_spasm]
    names = sorted({name for r in results for name in r.baselines})
    scores = []
    for name in ["hemispasm", *names]:

        def events(result: ClipResult, name: str = name) -> Sequence[Any]:
            return result.found_spasms if name == "hemispasm" else result.baselines.get(name, ())

        tallies = [sideless_tally(r, events(r)) for r in upper]
        scores.append(_tally_score(f"sideless_f1.{name}", tallies, "f1", rng))
        false = sum(len(events(r)) for r in quiet)
        minutes = sum(r.analysed_s for r in quiet) / 60
        scores.append(
            Score(
                key=f"sideless_false_per_min.{name}", value=false / minutes if minutes else None,
                unit="/min", n=false, of=f"false spasms in {minutes:.1f} analysed min",
            )
        )  # fmt: skip
    return scores


def score_clips(results: Sequence[ClipResult], *, seed: int = 0) -> list[Score]:
    """Return every score of a set of clips.

    Parameters
    ----------
    results : sequence of ClipResult
        Clips with and without spasm; scores without material have value None.
    seed : int
        Seed of the resampling only.
    """
    rng = np.random.default_rng(seed)
    return [
        *spasm_scores(results, rng),
        *onset_scores(results, rng),
        *time_scores(results, rng),
        *side_scores(results),
        *blink_scores(results, rng),
        *babinski_scores(results, rng),
        *false_spasm_scores(results),
        *rate_agreement_scores(results, rng),
        *baseline_scores(results, rng),
    ]
