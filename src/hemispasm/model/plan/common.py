"""What every reasoned statement carries: what it rests on, and which findings spoke."""

from __future__ import annotations

from datetime import date

from hemispasm.model.base import Noun
from hemispasm.model.chart import Observation
from hemispasm.model.finding import Origin
from hemispasm.model.quality import Grade
from hemispasm.model.side import Side


class Basis(Noun):
    """Evidence keys, and whether the rule that used them is our own ("expert rule")."""

    evidence: tuple[str, ...] = ()
    expert_rule: bool = False


class Because(Noun):
    """One finding that led to a statement, as it stood in the chart."""

    code: str
    side: Side | None = None
    value: float | str | None = None
    unit: str | None = None
    interval: tuple[float, float] | None = None
    level: float | None = None
    day: date
    origin: Origin
    quality: Grade = Grade.MEASURABLE

    @classmethod
    def of(cls, seen: Observation) -> Because:
        """Return the reason that an observation is."""
        finding = seen.finding
        return cls(
            code=finding.code,
            side=finding.side,
            value=finding.value,
            unit=finding.unit,
            interval=finding.interval,
            level=finding.level,
            day=seen.day,
            origin=finding.origin,
            quality=finding.quality,
        )
