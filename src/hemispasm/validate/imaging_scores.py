"""From sessions to the numbers of an imaging validation, each with an interval."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.validate.emg_scores import auc_with_interval
from hemispasm.validate.imaging_plan import NUMBERED, Row
from hemispasm.validate.imaging_statistics import (
    OURS,
    ImagingScore,
    bias_and_spread,
    count_of,
    mean_of,
    median_of,
    number_of,
    quantiles_of,
    sd_of,
    share_of,
    worst_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hemispasm.validate.imaging_case import ImagingCase, Said

GROSS_MM = 0.5
CLEAR_GAP_MM, SMALL_GAP_MM = 0.5, 0.25
MIRROR_MM = 0.1
"""A mirror image whose distance differs by more was not measured alike."""


def row_scores(
    row: Row, cases: Sequence[ImagingCase], rng: np.random.Generator
) -> list[ImagingScore]:
    """Return the scores of one row; none where nothing was run.

    Parameters
    ----------
    row : str
        Which row.
    cases : sequence of ImagingCase
        Its sessions.
    rng : numpy.random.Generator
        Of the resampling.
    """
    if not cases:
        return []
    scores = [count_of(row, "crashes", [c.crashed is not None for c in cases], _crash_note(cases))]
    if row in NUMBERED:
        scores += numbers_scores(row, cases, rng)
    elif row == "slices_15":
        scores += category_scores(row, cases, rng)
    elif row == "slices_20":
        scores += refusal_scores(row, cases)
    elif row in ("attached", "attached_10"):
        scores += attached_scores(row, cases, rng)
    elif row == "jitter":
        scores += jitter_scores(row, cases, rng)
    elif row == "sides":
        scores += side_scores(row, cases)
    return scores


def numbers_scores(
    row: Row, cases: Sequence[ImagingCase], rng: np.random.Generator
) -> list[ImagingScore]:
    """Return bias, spread, refusals, gross errors, contact, coverage and courses of a row.

    Refused are sessions without a printed number for the true vessel: not found, withheld, or
    another class than A. Bias and spread are those of the printed numbers.
    """
    pairs = printed_pairs(cases)
    errors = [found - true for true, found in pairs]
    every = [c.said.distance_mm - c.true_mm for c in cases if c.said is not None]
    near = [e for e in errors if abs(e) < 0.3]
    scores = [
        *bias_and_spread(row, errors, rng, OURS, "printed numbers"),
        number_of(row, "distance_worst", errors, worst_of, rng, "mm", "printed numbers"),
        share_of(row, "within_0_3_mm", len(near), len(errors), "printed numbers"),
        share_of(
            row,
            "refused",
            len(cases) - len(errors),
            len(cases),
            "sessions",
            _refusal_note(cases),
        ),
        number_of(row, "distance_sd_all", every, sd_of, rng, "mm", "found vessels, withheld too"),
        count_of(row, "gross_unflagged", [_is_gross(c) for c in cases], _gross_note(cases)),
        *_contact_auc(row, cases, rng),
        _coverage(row, cases),
        _pushed(row, cases, rng),
        _line(row, "line_vii", [c.line_vii_mm for c in cases], rng),
        _line(row, "line_viii", [c.line_viii_mm for c in cases], rng),
        number_of(
            row, "side_cpu", [c.cpu_s for c in cases if c.cpu_s], median_of, rng, "s", "sessions",
            "CPU seconds without the attached segment, other work beside it",
        ),
    ]  # fmt: skip
    for tool in sorted({name for c in cases for name in c.beside}):
        scores += beside_scores(row, cases, tool, rng)
    return scores


def printed_pairs(cases: Iterable[ImagingCase]) -> list[tuple[float, float]]:
    """Return (true, found) of the sessions whose number is printed."""
    return [(c.true_mm, c.said.distance_mm) for c in cases if c.said is not None and c.said.printed]


def beside_scores(
    row: Row, cases: Sequence[ImagingCase], tool: str, rng: np.random.Generator
) -> list[ImagingScore]:
    """Return the same scores of a usual way on the sessions that it measured."""
    tried = [c for c in cases if tool in c.beside]
    pairs = [
        (c.true_mm, distance) for c in tried if (distance := c.beside[tool].distance_mm) is not None
    ]
    why = Counter(c.beside[tool].reason for c in tried if c.beside[tool].reason)
    note = "; ".join(f"{n} {reason}" for reason, n in why.most_common(3)) or None
    value, interval = _auc_of([(true, -found) for true, found in pairs], CLEAR_GAP_MM, rng)
    return [
        *bias_and_spread(row, [f - t for t, f in pairs], rng, tool, "sessions with a result"),
        share_of(row, "refused", len(tried) - len(pairs), len(tried), "sessions", note, tool),
        ImagingScore(
            key=f"contact_auc.{row}", value=value, interval=interval, n=len(pairs),
            of="sessions with a result", row=row, tool=tool, note="by the distance",
        ),
        number_of(
            row, "side_cpu", [c.beside[tool].cpu_s for c in tried], median_of, rng, "s", "sessions",
            "CPU seconds, other work beside it", tool,
        ),
    ]  # fmt: skip


def category_scores(
    row: Row, cases: Sequence[ImagingCase], rng: np.random.Generator
) -> list[ImagingScore]:
    """Return how the category came out where no number is due, and numbers printed all the same."""
    clear = [c for c in cases if c.true_mm <= 0.0 or c.true_mm >= CLEAR_GAP_MM]
    told = Counter(category_of(c) for c in clear)
    of = "sessions with contact or a gap of 0.5 mm and more"
    missed = sum(category_of(c) == "wrong" and c.true_mm <= 0.0 for c in clear)
    note = f"contact denied {missed}, contact invented {told['wrong'] - missed}"
    return [
        count_of(row, "numbers_printed", [c.numbers_printed > 0 for c in cases]),
        share_of(row, "category_right", told["right"], len(clear), of),
        share_of(row, "category_wrong", told["wrong"], len(clear), of, note),
        share_of(
            row, "category_uncertain", told["uncertain"], len(clear), of, _refusal_note(clear)
        ),
        *_contact_auc(row, cases, rng),
        _coverage(row, cases),
        _line(row, "line_vii", [c.line_vii_mm for c in cases], rng),
    ]


def category_of(case: ImagingCase) -> str:
    """Return ``right``, ``wrong`` or ``uncertain``; nothing found and nothing said is uncertain."""
    verdict = case.said.verdict if case.said is not None else None
    if verdict not in ("present", "absent"):
        return "uncertain"
    return "right" if (verdict == "present") == (case.true_mm <= 0.0) else "wrong"


def refusal_scores(row: Row, cases: Sequence[ImagingCase]) -> list[ImagingScore]:
    """Return how many sessions of hopeless series are class C and carry no number at all."""
    refused = sum(c.grade == "C" and c.numbers == 0 for c in cases)
    classes = Counter(c.grade or "none" for c in cases)
    note = ", ".join(f"class {name}: {n}" for name, n in sorted(classes.items()))
    return [
        share_of(row, "refused", refused, len(cases), "sessions", note),
        count_of(row, "numbers_printed", [c.numbers > 0 for c in cases], "values or intervals"),
    ]


def attached_scores(
    row: Row, cases: Sequence[ImagingCase], rng: np.random.Generator
) -> list[ImagingScore]:
    """Return bias and spread to the brainstem's surface where the nerve lies on it."""
    found = [(c, c.said) for c in cases if c.said is not None]
    errors = [said.distance_mm - c.true_mm for c, said in found]
    shown = sum(said.printed for _, said in found)
    value, interval = _auc_of(
        [(c.true_mm, -said.distance_mm) for c, said in found], CLEAR_GAP_MM, rng
    )
    return [
        *bias_and_spread(row, errors, rng, OURS, "measured sessions", f"{shown} printed"),
        number_of(row, "distance_worst", errors, worst_of, rng, "mm", "measured sessions"),
        share_of(
            row, "refused", len(cases) - len(found), len(cases), "sessions", _refusal_note(cases)
        ),
        count_of(row, "gross_unflagged", [_is_gross(c) for c in cases], _gross_note(cases)),
        ImagingScore(
            key=f"contact_auc.{row}", value=value, interval=interval, n=len(found),
            of="measured sessions", row=row, note="by the distance",
        ),
        _coverage(row, cases),
    ]  # fmt: skip


def jitter_scores(
    row: Row, cases: Sequence[ImagingCase], rng: np.random.Generator
) -> list[ImagingScore]:
    """Return how far the distance goes when every click is moved by 0.7 mm per axis."""
    both = [(c.said, c.moved) for c in cases if c.said and c.moved]
    kept = [(a, b) for a, b in both if a.printed and b.printed]
    changes = [abs(b.distance_mm - a.distance_mm) for a, b in kept]
    lost = sum(_printed(c.said) and not _printed(c.moved) for c in cases)
    first = sum(_printed(c.said) for c in cases)
    return [
        number_of(
            row, "change_median", changes, median_of, rng, "mm", "sessions with both numbers",
            quantiles_of(changes),
        ),
        share_of(row, "lost", lost, first, "printed numbers", "no number after the move"),
    ]  # fmt: skip


def side_scores(row: Row, cases: Sequence[ImagingCase]) -> list[ImagingScore]:
    """Return sides named wrong, and how the mirror image came out on the other side."""
    told = Counter(c.side_outcome for c in cases if c.side_outcome)
    note = ", ".join(f"{name} {told[name]}" for name in sorted(told))
    mirrored = [c.mirrored_mm for c in cases if c.mirrored_mm is not None]
    off = sum(abs(change) > MIRROR_MM for change in mirrored)
    return [
        count_of(row, "wrong_side", [c.side_outcome == "wrong" for c in cases], note),
        share_of(row, "right_side", told["right"], len(cases), "sessions of two sides"),
        count_of(row, "mirror_lost", [c.mirrored_mm is None for c in cases]),
        share_of(row, "mirror_alike", len(mirrored) - off, len(mirrored), "mirror images"),
    ]


def _printed(said: Said | None) -> bool:
    return said is not None and said.printed


def _is_gross(case: ImagingCase) -> bool:
    """Return whether a printed number is off by more than half a millimetre.

    That of the true vessel, or that of another thing which lies nearer than any true vessel.
    """
    said = case.said
    if said is not None and said.printed and abs(said.distance_mm - case.true_mm) > GROSS_MM:
        return True
    if case.row in ("attached", "attached_10"):
        return False
    near, true = case.nearest_printed_mm, case.nearest_true_mm
    return near is not None and true is not None and near < true - GROSS_MM


def _gross_note(cases: Sequence[ImagingCase]) -> str | None:
    seeds = [str(c.seed) for c in cases if _is_gross(c)]
    return f"seeds {', '.join(seeds[:12])}" if seeds else None


def _crash_note(cases: Sequence[ImagingCase]) -> str | None:
    told = [f"{c.crashed} on {c.seed}" for c in cases if c.crashed]
    return ", ".join(told[:6]) or None


def _refusal_note(cases: Sequence[ImagingCase]) -> str | None:
    """Return why numbers are missing, the most frequent first."""
    none = sum(c.said is None for c in cases)
    held = [c.said for c in cases if c.said is not None and not c.said.printed]
    why = Counter(
        code for c in cases if c.said is not None and not c.said.printed
        for code in (c.said.reasons or c.reasons or ("no reason",))
    )  # fmt: skip
    told = [f"vessel not found {none}, withheld {len(held)}"]
    told += [f"{code} {n}" for code, n in why.most_common(4)]
    return "; ".join(told)


def _contact_auc(
    row: Row, cases: Sequence[ImagingCase], rng: np.random.Generator
) -> list[ImagingScore]:
    told = [
        (c.true_mm, c.said.p_contact)
        for c in cases
        if c.said is not None and c.said.p_contact is not None
    ]
    scores = []
    for name, gap in (("contact_auc", CLEAR_GAP_MM), ("contact_auc_small_gap", SMALL_GAP_MM)):
        value, interval = _auc_of(told, gap, rng)
        n = sum(true <= 0.0 or true >= gap for true, _ in told)
        scores.append(
            ImagingScore(
                key=f"{name}.{row}", value=value, interval=interval, n=n,
                of=f"sessions with contact or a gap of {gap:g} mm and more", row=row,
            )
        )  # fmt: skip
    return scores


def _auc_of(
    told: Sequence[tuple[float, float]], gap_mm: float, rng: np.random.Generator
) -> tuple[float | None, tuple[float, float] | None]:
    units: list[tuple[list[float], list[float]]] = [
        ([score], []) if true <= 0.0 else ([], [score])
        for true, score in told
        if true <= 0.0 or true >= gap_mm
    ]
    return auc_with_interval(units, rng)


def _coverage(row: Row, cases: Sequence[ImagingCase]) -> ImagingScore:
    """Return how often the interval for simulated series holds the truth, wherever it is told."""
    told = [
        (c.true_mm, c.said.interval_mm)
        for c in cases
        if c.said is not None and c.said.interval_mm is not None
    ]
    held = sum(low <= true <= high for true, (low, high) in told)
    widths = [high - low for _, (low, high) in told]
    note = f"median width {np.median(widths):.2f} mm" if widths else None
    return share_of(row, "coverage", held, len(told), "intervals", note)


def _pushed(row: Row, cases: Sequence[ImagingCase], rng: np.random.Generator) -> ImagingScore:
    errors = [
        c.said.displacement_mm - c.true_displacement_mm
        for c in cases
        if c.said is not None and c.said.printed and c.said.displacement_mm is not None
    ]
    note = f"bias {np.mean(errors):+.2f}" if errors else None
    return number_of(
        row, "displacement_sd", errors, sd_of, rng, "mm", "printed displacements", note
    )


def _line(
    row: Row, name: str, values: Sequence[float | None], rng: np.random.Generator
) -> ImagingScore:
    known = [v for v in values if v is not None]
    return number_of(row, name, known, mean_of, rng, "mm", "courses", quantiles_of(known))
