"""How far two raters agree on a scale over several patients and visits."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from typing import Any

import numpy as np

from hemispasm.measure.exam.limits import load_exam_limits
from hemispasm.model.errors import RefusedError, UsageError
from hemispasm.model.finding import Finding
from hemispasm.model.form import load_questions
from hemispasm.model.quality import Grade
from hemispasm.model.side import Side
from hemispasm.stats import (
    Agreement,
    Interval,
    LimitsOfAgreement,
    cluster_bootstrap_interval,
    intraclass_correlation,
    limits_of_agreement,
    weighted_kappa,
    wilson_interval,
)


@dataclass(frozen=True)
class Rating:
    """One grade by one rater, of one side of one patient at one visit."""

    case: str
    day: date
    side: Side | None
    rater: str
    value: float


@dataclass(frozen=True)
class RaterAgreement:
    """Agreement of two raters on one scale.

    Attributes
    ----------
    code : str
        The scale.
    raters : tuple of str
        The two raters; differences are second minus first.
    pairs, patients : int
        Pairs of grades, and the patients that they belong to.
    exact, exact_interval : float, Interval
        Share of pairs with the same grade.
    kappa_linear, kappa_quadratic : Agreement
        Weighted kappa over every grade of the scale, used or not.
    icc_random, icc_fixed : Agreement
        ICC(2,1), absolute agreement; ICC(3,1), consistency.
    limits : LimitsOfAgreement
        Bland-Altman.
    resampled : bool
        Whether the intervals of kappa and ICC come from drawing patients whole, because some
        patients have more than one pair. The other intervals then are too narrow.
    """

    code: str
    raters: tuple[str, str]
    pairs: int
    patients: int
    exact: float
    exact_interval: Interval
    kappa_linear: Agreement
    kappa_quadratic: Agreement
    icc_random: Agreement
    icc_fixed: Agreement
    limits: LimitsOfAgreement
    resampled: bool


def list_ratings(case: str, day: date, findings: Iterable[Finding], code: str) -> list[Rating]:
    """Return the grades of one scale among one visit's findings; those without a rater are left.

    Parameters
    ----------
    case : str
        The patient's identifier.
    day : date
        The visit.
    findings : iterable of Finding
        As `find_exam` returns them.
    code : str
        The scale, such as ``scale.tunc``.
    """
    return [
        Rating(case, day, f.side, str(f.extra("rater")), f.value)
        for f in findings
        if f.code == code
        and f.extra("rater") is not None
        and isinstance(f.value, float)
        and f.quality is not Grade.NOT_ASSESSABLE
    ]


def rater_agreement(
    code: str,
    ratings: Sequence[Rating],
    *,
    seed: int,
    raters: tuple[str, str] | None = None,
    level: float = 0.95,
) -> RaterAgreement:
    """Return how far two raters agree on one scale.

    Parameters
    ----------
    code : str
        A scale that several people may rate, such as ``scale.tunc``.
    ratings : sequence of Rating
        Of as many patients and visits as there are.
    seed : int
        For drawing patients where some have several pairs.
    raters : tuple of str, optional
        Which two; needed when more than two have rated together.
    level : float
        Coverage of the intervals, 0-1.

    Raises
    ------
    UsageError
        The code is no such scale (``not_rated``), or it is not clear which raters are meant
        (``which_raters``).
    RefusedError
        Too few pairs or patients for any number to mean something (``too_few_pairs``,
        ``too_few_patients``).
    """
    question = load_questions().get(code)
    if question is None or not question.rated:
        known = ", ".join(q.code for q in load_questions().values() if q.rated)
        raise UsageError("not_rated", f"{code!r} is no scale that raters grade.", f"Give {known}.")
    first, second = sorted(raters) if raters else _only_pair(ratings)
    table = _paired(ratings, first, second)
    _refuse_few(code, (first, second), table)
    grades = range(int(question.minimum or 0), int(question.maximum or 0) + 1)
    return _agreement(code, (first, second), table, grades, seed, level)


def _refuse_few(code: str, raters: tuple[str, str], table: list[tuple[str, float, float]]) -> None:
    limits = load_exam_limits()
    first, second = raters
    patients = len({case for case, _, _ in table})
    if len(table) < limits["pairs_min"]:
        raise RefusedError(
            "too_few_pairs",
            f"{first} and {second} have rated {code} together {len(table)} times; agreement needs "
            f"at least {limits['pairs_min']:g} (an expert rule).",
            "Let both raters rate more patients, each without knowing the other's grade.",
        )
    if patients < limits["patients_min"]:
        raise RefusedError(
            "too_few_patients",
            f"The pairs of grades come from {patients} patients; agreement needs at least "
            f"{limits['patients_min']:g} (an expert rule).",
            "Let both raters rate other patients; many visits of the same ones do not help.",
        )


def _agreement(
    code: str,
    raters: tuple[str, str],
    table: list[tuple[str, float, float]],
    grades: range,
    seed: int,
    level: float,
) -> RaterAgreement:
    patients = [case for case, _, _ in table]
    rows = np.array([[a, b] for _, a, b in table])
    resampled = len(set(patients)) < len(patients)
    rng = np.random.default_rng(seed)

    def measured(coefficient: Callable[[Any], Agreement]) -> Agreement:
        found = coefficient(rows)
        # Where every pair agrees, so does every sample: resampling would promise certainty.
        if not resampled or found.value is None or found.value == 1:
            return found
        drawn = cluster_bootstrap_interval(
            lambda sample: coefficient(sample).value, rows, patients, rng, level=level
        )
        return replace(found, interval=drawn)

    same = int((rows[:, 0] == rows[:, 1]).sum())
    return RaterAgreement(
        code=code,
        raters=raters,
        pairs=len(table),
        patients=len(set(patients)),
        exact=same / len(table),
        exact_interval=wilson_interval(same, len(table), level),
        kappa_linear=measured(lambda x: weighted_kappa(x[:, 0], x[:, 1], grades, level=level)),
        kappa_quadratic=measured(
            lambda x: weighted_kappa(x[:, 0], x[:, 1], grades, weights="quadratic", level=level)
        ),
        icc_random=measured(lambda x: intraclass_correlation(x, level=level)),
        icc_fixed=measured(lambda x: intraclass_correlation(x, raters="fixed", level=level)),
        limits=limits_of_agreement(rows[:, 0], rows[:, 1], level=level),
        resampled=resampled,
    )


def _by_subject(ratings: Sequence[Rating]) -> dict[tuple[str, date, str], dict[str, float]]:
    subjects: dict[tuple[str, date, str], dict[str, float]] = defaultdict(dict)
    for rating in ratings:
        subjects[rating.case, rating.day, str(rating.side)][rating.rater] = rating.value
    return subjects


def _only_pair(ratings: Sequence[Rating]) -> tuple[str, str]:
    together = Counter(
        pair for grades in _by_subject(ratings).values() for pair in combinations(sorted(grades), 2)
    )
    if not together:
        raise RefusedError(
            "too_few_pairs",
            "No two raters have rated the same patient at the same visit.",
            'Give each grade its rater, such as { side = "left", value = 2, rater = "AB" }.',
        )
    if len(together) > 1:
        said = ", ".join(f"{a} and {b} ({n})" for (a, b), n in together.most_common())
        raise UsageError(
            "which_raters", f"Several pairs have rated together: {said}.", "Name two with --raters."
        )
    return next(iter(together))


def _paired(ratings: Sequence[Rating], first: str, second: str) -> list[tuple[str, float, float]]:
    return [
        (case, grades[first], grades[second])
        for (case, _, _), grades in sorted(_by_subject(ratings).items())
        if first in grades and second in grades
    ]
