"""The table of behaviour with its results: what crosses to JSON, page and terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import ConfigDict, Field

from hemispasm.model.base import Noun
from hemispasm.validate.behaviour_first_look import load_first_look
from hemispasm.validate.behaviour_table import Check, Level, Row, Use

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hemispasm.validate.behaviour_scores import Measured

FOOTER = (
    "Simulated patients, not evidence about real ones. Research software, not a medical device."
)


class CheckResult(Noun):
    """One number of a row; ``passed`` is None where there was nothing to count.

    ``first_value`` is that of the first look, None where there was nothing to count then.
    """

    key: str
    statement: str
    unit: str
    target: float
    within: tuple[float, float]
    use: Use
    assumed: bool
    value: float | None
    interval: tuple[float, float] | None
    n: int
    of: str
    note: str
    passed: bool | None
    first_value: float | None = None


class RowResult(Noun):
    """One row with its outcome.

    Attributes
    ----------
    seeds : tuple of int
        First and last seed of its patients.
    passed : bool or None
        None when the row was not tried.
    reason : str
        Why it failed or was not tried; empty when it passed.
    first_look : bool or None
        Whether it passed when release seeds were looked at for the first time.
    rescored : str
        How its scoring changed after a look at it; empty where it did not.
    seen_because : str
        Why it is ``seen`` although it passed at the first look; empty otherwise.
    """

    number: int
    key: str
    observation: str
    use: Use
    level: Level
    sources: tuple[str, ...]
    biased: bool
    seeds: tuple[int, int] | None
    checks: tuple[CheckResult, ...]
    passed: bool | None
    reason: str
    first_look: bool | None = None
    rescored: str = ""
    seen_because: str = ""

    @property
    def verdict(self) -> str:
        """``pass``, ``FAIL`` or ``not tried``."""
        return {True: "pass", False: "FAIL", None: "not tried"}[self.passed]

    @property
    def first_verdict(self) -> str:
        """``passed``, ``failed`` or ``not tried``, at the first look."""
        return {True: "passed", False: "failed", None: "not tried"}[self.first_look]


class BehaviourReport(Noun):
    """The whole table; ``fresh`` says that no seed was open to tuning."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )

    schema_: Literal["hemispasm.behaviour/1"] = Field(
        default="hemispasm.behaviour/1", alias="schema"
    )
    hemispasm: str
    plan: Literal["full", "quick"]
    seed_base: int
    fresh: bool
    rows: tuple[RowResult, ...]
    cpu_seconds: float
    footer: str = FOOTER

    @property
    def failed(self) -> tuple[RowResult, ...]:
        """Rows that were tried and do not pass."""
        return tuple(row for row in self.rows if row.passed is False)

    def count(self, passed: bool | None, use: Use | None = None) -> int:
        """Return how many rows have this outcome, of one use or of all."""
        return sum(row.passed is passed and use in (None, row.use) for row in self.rows)


def judge_row(
    row: Row, found: Mapping[str, Measured] | str, seeds: tuple[int, int] | None
) -> RowResult:
    """Hold what was measured against a row.

    Parameters
    ----------
    row : Row
        What is published and how far the patient may be from it.
    found : mapping of str to Measured, or str
        By the key of each check; or why the row was not tried.
    seeds : tuple of int or None
        First and last seed used.
    """
    words = found if isinstance(found, str) else ""
    measured = {} if isinstance(found, str) else found
    checks = tuple(_judge_check(row, check, measured.get(check.key)) for check in row.checks)
    tried = any(check.value is not None for check in checks)
    passed = all(check.passed for check in checks) if tried else None
    if tried and not passed:
        words = "; ".join(_miss(check) for check in checks if not check.passed)
    return RowResult(
        number=row.number, key=row.key, observation=row.observation, use=row.use, level=row.level,
        sources=row.sources, biased=row.biased, seeds=seeds if tried else None, checks=checks,
        passed=passed, reason=words if not tried or not passed else "",
        first_look=None if (first := load_first_look().of(row.number)) is None else first.passed,
        rescored=row.rescored, seen_because=row.seen_because,
    )  # fmt: skip


def _judge_check(row: Row, check: Check, found: Measured | None) -> CheckResult:
    value = None if found is None else found.value
    first = load_first_look().of(row.number)
    return CheckResult(
        key=check.key, statement=check.statement, unit=check.unit, target=check.target,
        within=check.within, use=check.use or row.use, assumed=check.assumed, value=value,
        interval=None if found is None else found.interval, n=0 if found is None else found.n,
        of="" if found is None else found.of, note="" if found is None else found.note,
        passed=None if value is None else check.holds(value),
        first_value=None if first is None else first.values.get(check.key),
    )  # fmt: skip


def _miss(check: CheckResult) -> str:
    low, high = check.within
    if check.value is None:
        return f"{check.key}: nothing to count"
    return f"{check.key}: {check.value:.3g} outside {low:g} to {high:g}"
