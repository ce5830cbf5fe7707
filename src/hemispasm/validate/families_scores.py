"""The same scores on every family, and how far apart two families are."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

import numpy as np

from hemispasm.model.base import Noun
from hemispasm.stats import Interval, difference_interval, rate_interval, wilson_interval
from hemispasm.validate.emg_scores import auc_with_interval
from hemispasm.validate.families_plan import HFS, WORDS, Letter, Part
from hemispasm.validate.families_run import SidedOutcome, SpreadOutcome
from hemispasm.validate.intervals import pooled, resampled_interval, widest, wilson_of
from hemispasm.validate.scoring import Score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hemispasm.validate.families_run import Outcome

ALPHA = 0.05
FAMILY_PAIRS: tuple[tuple[Letter, Letter], ...] = (("A", "B"), ("A", "C"))


class FamilyScore(Score):
    """A score of one family.

    Attributes
    ----------
    part : {"video", "emg", "lsr"}
        What was recorded.
    family : {"A", "B", "C", "D"}
        How it was made.
    scenario : str or None
        The imitator (family D); None where all recordings of the family count.
    """

    part: Part
    family: Letter
    scenario: str | None = None


class FamilyGap(Noun):
    """How much better or worse the first family scores than the second, on one score.

    Attributes
    ----------
    key, part : str
        The score.
    pair : {"A-B", "A-C"}
        First minus second family.
    value : float or None
        Difference; None where a family has no score.
    interval : tuple of float or None
        95 %, from the two scores' own intervals.
    unit : str
        Of both scores.
    flattered : bool or None
        Whether the first family scores better by more than chance would: the interval excludes
        zero on that side. None without an interval.
    """

    key: str
    part: Part
    pair: Literal["A-B", "A-C"]
    value: float | None
    interval: tuple[float, float] | None = None
    unit: str = "1"
    flattered: bool | None = None


SMALL_IS_GOOD = (
    "side_wrong",
    "rate_error",
    "false_spasms_per_min",
    "spasm_invented",
    "lsr_false_alarms",
)


def family_scores(outcomes: Sequence[Outcome], rng: np.random.Generator) -> list[FamilyScore]:
    """Return every score of every family that has recordings.

    Parameters
    ----------
    outcomes : sequence
        Of all families and parts.
    rng : numpy.random.Generator
        Of the resampling; whole recordings are drawn.
    """
    scores: list[FamilyScore] = []
    for letter in WORDS:
        mine = [o for o in outcomes if o.job.family == letter]
        sided = [o for o in mine if isinstance(o, SidedOutcome)]
        parts: tuple[Part, ...] = ("video", "emg")
        for part in parts:
            these = [o for o in sided if o.job.part == part]
            if not these:
                continue
            scores += _imitator_rows(these) if letter == "D" else _patient_rows(these, rng)
        spreads = [o for o in mine if isinstance(o, SpreadOutcome)]
        if spreads:
            scores += _spread_rows(spreads, letter, rng)
    return scores


def family_gaps(scores: Sequence[FamilyScore]) -> list[FamilyGap]:
    """Return the gap between families A and B, and A and C, on every score they share.

    The interval comes from the two scores' own (Zou and Donner); the families are independent.
    """
    found = {(s.family, s.part, s.key): s for s in scores if s.scenario is None}
    gaps = []
    for first, second in FAMILY_PAIRS:
        pair: Literal["A-B", "A-C"] = "A-B" if second == "B" else "A-C"
        for (letter, part, key), one in found.items():
            other = found.get((second, part, key))
            if letter == first and other is not None:
                gaps.append(_gap(one, other, pair))
    return gaps


def _gap(one: Score, other: Score, pair: Literal["A-B", "A-C"]) -> FamilyGap:
    assert isinstance(one, FamilyScore)
    value = None if one.value is None or other.value is None else one.value - other.value
    interval, flattered = None, None
    if one.value is not None and other.value is not None and one.interval and other.interval:
        spread = difference_interval(
            other.value, Interval(*other.interval), one.value, Interval(*one.interval)
        )
        interval = spread.pair
        flattered = spread.high < 0 if one.key in SMALL_IS_GOOD else spread.low > 0
    return FamilyGap(
        key=one.key, part=one.part, pair=pair, value=value, interval=interval, unit=one.unit,
        flattered=flattered,
    )  # fmt: skip


def _patient_rows(these: list[SidedOutcome], rng: np.random.Generator) -> list[FamilyScore]:
    """Return the scores of families with patients: side, events, rate, false spasms."""
    part, letter = these[0].job.part, these[0].job.family
    hfs = [o for o in these if o.job.scenario == HFS]
    quiet = [o for o in these if o.job.scenario != HFS]
    said = Counter(o.said for o in hfs if not o.right)
    note = ", ".join(f"{name} {count}" for name, count in sorted(said.items()))

    def share(key: str, hits: Sequence[bool], of: str, note: str | None = None) -> FamilyScore:
        return _share(key, hits, of, part, letter, note=note or None)

    rows = [
        share("side_right", [o.right for o in hfs], "recordings with spasm", note),
        share("side_wrong", [o.wrong for o in these], "recordings"),
        _f1("spasm_f1" if part == "video" else "burst_f1", hfs, rng),
    ]
    if part == "emg":
        return [
            *rows,
            share("spasm_invented", [o.false_spasms > 0 for o in quiet], "healthy recordings"),
        ]
    errors = [
        abs(o.found_rate - o.true_rate)
        for o in hfs
        if o.found_rate is not None and o.true_rate is not None and o.true_rate == o.true_rate
    ]
    rate = FamilyScore(
        key="rate_error", value=_mean(errors), interval=resampled_interval(errors, _mean, rng),
        unit="/min", n=len(errors), of="clips with spasm", part=part, family=letter,
        note="mean of |found - true|",
    )  # fmt: skip
    return [*rows, rate, _false_per_min(quiet, part, letter)]


def _imitator_rows(these: list[SidedOutcome]) -> list[FamilyScore]:
    """Return, per imitator, how often the answer was right and what was invented."""
    part = these[0].job.part
    rows = [
        _share("answer_right", [o.right for o in these], "recordings", part, "D"),
    ]
    for name in dict.fromkeys(o.job.scenario for o in these):
        mine = [o for o in these if o.job.scenario == name]
        said = Counter(o.said for o in mine)
        words = ", ".join(f"{answer} {count}" for answer, count in sorted(said.items()))
        rows.append(
            _share(
                "answer_right", [o.right for o in mine], "recordings", part, "D",
                scenario=name, note=f"said: {words}",
            )
        )  # fmt: skip
        if part == "video":
            rows.append(_false_per_min(mine, part, "D", name))
        else:
            hits = [o.false_spasms > 0 for o in mine]
            rows.append(_share("spasm_invented", hits, "recordings", part, "D", scenario=name))
    return rows


def _spread_rows(
    these: list[SpreadOutcome], letter: Letter, rng: np.random.Generator
) -> list[FamilyScore]:
    rows = []
    if letter != "D":
        units = [(list(o.present), list(o.absent)) for o in these]
        value, interval = auc_with_interval(units, rng)
        rows.append(
            FamilyScore(
                key="lsr_auc", value=value, interval=interval, n=len(these), of="patients",
                part="lsr", family=letter, note="8 sweeps, no baseline",
            )
        )  # fmt: skip
        return [*rows, _alarms(these, letter)]
    kinds = dict.fromkeys(o.job.scenario for o in these)
    return [
        *(_alarms([o for o in these if o.job.scenario == kind], letter, kind) for kind in kinds),
    ]


def _alarms(these: list[SpreadOutcome], letter: Letter, kind: str | None = None) -> FamilyScore:
    hits = [p <= ALPHA for o in these for p in o.p_absent]
    return _share("lsr_false_alarms", hits, "sets without the response", "lsr", letter,
                  scenario=kind)  # fmt: skip


def _share(
    key: str, hits: Sequence[bool], of: str, part: Part, letter: Letter, *,
    scenario: str | None = None, note: str | None = None,
) -> FamilyScore:  # fmt: skip
    count, n = sum(hits), len(hits)
    low, high = wilson_interval(count, n).pair
    return FamilyScore(
        key=key, value=100.0 * count / n if n else None,
        interval=(100.0 * low, 100.0 * high) if n else None, unit="%", n=n, of=of, part=part,
        family=letter, scenario=scenario, note=note,
    )  # fmt: skip


def _f1(key: str, hfs: Sequence[SidedOutcome], rng: np.random.Generator) -> FamilyScore:
    tallies = [o.tally for o in hfs]
    total = pooled(tallies)
    drawn = resampled_interval(tallies, lambda chosen: pooled(chosen).f1, rng)
    part, letter = ("video", "A") if not hfs else (hfs[0].job.part, hfs[0].job.family)
    note = None
    if total.precision is not None and total.recall is not None:
        note = f"precision {total.precision:.3f}, recall {total.recall:.3f}"
    return FamilyScore(
        key=key, value=total.f1, interval=widest(drawn, wilson_of(total, "f1")),
        n=total.hits + total.missed, of=f"events in {len(hfs)} recordings", part=part,
        family=letter, note=note,
    )  # fmt: skip


def _false_per_min(
    these: Sequence[SidedOutcome], part: Part, letter: Letter, scenario: str | None = None
) -> FamilyScore:
    count, seconds = sum(o.false_spasms for o in these), sum(o.analysed_s for o in these)
    return FamilyScore(
        key="false_spasms_per_min", value=60 * count / seconds if seconds else None,
        interval=rate_interval(count, seconds).pair if seconds else None, unit="/min", n=count,
        of=f"false spasms in {seconds / 60:.1f} analysed min", part=part, family=letter,
        scenario=scenario,
    )  # fmt: skip


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if len(values) else None
