"""Every part's scores in one form: ours, with what stands beside it, by family of recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hemispasm.model.base import Noun

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hemispasm.validate.behaviour_report import BehaviourReport, CheckResult, RowResult

OURS = "hemispasm"
FAMILIES = {
    "A": "mechanistic",
    "B": "phenomenological",
    "C": "resampled real signals",
    "D": "adversarial imitators",
}
SIDELESS = "sideless_"
"""Scores of the video that name their tool in the key."""

GENERATORS = {"_head": "A", "_photo": "B"}
"""Ends of keys of the video that name a generator."""

Pair = tuple[float, float]


class BesideRow(Noun):
    """What a usual way scores on the same recordings."""

    tool: str
    value: float | None
    interval: Pair | None = None
    n: int = 0
    note: str | None = None


class AccuracyRow(Noun):
    """One score of one part.

    Attributes
    ----------
    part, key : str
        Where it belongs.
    family : str
        ``A`` to ``D``; ``A, B`` where both are scored together; empty where recordings do not
        matter.
    material : str
        Row of series, or imitator; empty without.
    expected, observed : str
        The bar in words (empty: nothing was promised); ours with its unit.
    passed : bool or None
        None where nothing was promised or nothing was there.
    beside : tuple of BesideRow
        The usual ways.
    """

    part: str
    key: str
    family: str = ""
    material: str = ""
    value: float | None
    interval: Pair | None = None
    unit: str = "1"
    n: int = 0
    of: str = ""
    expected: str = ""
    source: str | None = None
    passed: bool | None = None
    note: str | None = None
    beside: tuple[BesideRow, ...] = ()

    @property
    def name(self) -> str:
        """Score, family and material in a few words."""
        words = [self.key, self.family and f"family {self.family}", self.material]
        return ", ".join(word for word in words if word)


def accuracy_rows(part: str, report: Any) -> tuple[AccuracyRow, ...]:
    """Return the scores of a part's report, the usual ways beside ours.

    Parameters
    ----------
    part : str
        Name in ``PARTS``.
    report : Noun
        What the part's run returned.
    """
    if part == "behaviour":
        return behaviour_rows(report)
    groups: dict[tuple[str, str, str], list[tuple[str, Any]]] = {}
    for score in report.scores:
        key, tool = _key_and_tool(part, score)
        family, material = _family(part, key, score), _material(part, score)
        groups.setdefault((key, family, material), []).append((tool, score))
    return tuple(_row(part, place, found) for place, found in groups.items())


def behaviour_rows(report: BehaviourReport) -> tuple[AccuracyRow, ...]:
    """Return the checks of the table of behaviour that were tried.

    A row of the table passes as a whole, so each of its checks is held on its own here.
    """
    return tuple(
        _check_row(row, check)
        for row in report.rows
        for check in row.checks
        if check.value is not None or row.passed is not None
    )


def _check_row(row: RowResult, check: CheckResult) -> AccuracyRow:
    low, high = check.within
    limits = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    return AccuracyRow(
        part="behaviour",
        key=f"{row.number}. {row.observation}",
        family="A",
        material=f"{check.statement} ({check.use.replace('_', '-')})",
        value=check.value,
        interval=check.interval,
        unit=check.unit,
        n=check.n,
        of=check.of,
        expected=limits,
        source=", ".join(row.sources) or None,
        passed=False if check.value is None else check.passed,
        note=check.note or None,
    )


def _row(part: str, place: tuple[str, str, str], found: Iterable[tuple[str, Any]]) -> AccuracyRow:
    key, family, material = place
    ours = [score for tool, score in found if tool == OURS]
    beside = tuple(
        BesideRow(tool=tool, value=s.value, interval=s.interval, n=s.n, note=s.note)
        for tool, s in found
        if tool != OURS
    )
    if not ours:
        return AccuracyRow(
            part=part, key=key, family=family, material=material, value=None, beside=beside
        )
    score = ours[0]
    return AccuracyRow(
        part=part, key=key, family=family, material=material, value=score.value,
        interval=score.interval, unit=score.unit, n=score.n, of=score.of,
        expected=score.bar or "", source=score.source, passed=score.passed, note=score.note,
        beside=beside,
    )  # fmt: skip


def _key_and_tool(part: str, score: Any) -> tuple[str, str]:
    if part == "video" and score.key.startswith(SIDELESS):
        key, _, tool = score.key.partition(".")
        return key, tool
    return score.key, getattr(score, "tool", OURS)


def _family(part: str, key: str, score: Any) -> str:
    if part == "families":
        return str(score.family)
    if part == "emg":
        return {"mechanistic": "A", "phenomenological": "B", None: ""}[score.family]
    if part == "imaging":
        return {"organic": "B", "speed": ""}.get(score.row, "A")
    if part == "video":
        return next((letter for end, letter in GENERATORS.items() if key.endswith(end)), "A, B")
    return "A"


def _material(part: str, score: Any) -> str:
    if part == "families":
        return " ".join(word for word in (score.part, score.scenario) if word).replace("_", " ")
    return str(score.row) if part == "imaging" else ""
