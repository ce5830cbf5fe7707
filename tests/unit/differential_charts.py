"""Charts for the differential's tests: any finding the feature table can read."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from hemispasm.model import Case
from hemispasm.model.chart import Chart, Observation
from hemispasm.model.finding import Finding
from hemispasm.model.side import Side
from hemispasm.model.vocabulary import lookup_code
from hemispasm.reason.features import Feature, ReadingRule, load_features

DAY = date(2026, 3, 2)
FEATURES = load_features().features
CLINICS = ("community", "eye", "movement_disorder", "neurosurgery", None)
_ORIGINS = {"history": "told", "exam": "examined", "report": "reported", "imaging": "reported"}


def see(code: str, value: Any, side: str | None = None, **more: Any) -> Observation:
    """Return one observation as its instrument would give it."""
    definition = lookup_code(code)
    more.setdefault("origin", _ORIGINS.get(code.partition(".")[0], "measured"))
    more.setdefault("quality", "measurable")
    if value is not None and definition.unit is not None:
        more.setdefault("unit", definition.unit)
    day = more.pop("day", DAY)
    finding = Finding(code=code, value=value, side=side, method="test/1", **more)
    return Observation(day=day, finding=finding)


def chart_of(*seen: Observation, clinic: str | None = "movement_disorder") -> Chart:
    """Return a chart of these observations."""
    return Chart(case=Case(id="P-1", clinic_type=clinic), as_of=DAY, observations=seen)


def needs_side(rule: ReadingRule) -> bool:
    """Return whether findings of this code belong to a side."""
    return rule.kind != "affected_side" and (
        rule.code.startswith("video.") or lookup_code(rule.code).sided
    )


def observe(
    feature: Feature,
    rng: np.random.Generator,
    side: Side = Side.LEFT,
    quality: str | None = None,
    origin: str | None = None,
) -> tuple[Observation, ...]:
    """Return observations from which a feature can be read, drawn at random."""
    rule = feature.readings[rng.integers(len(feature.readings))]
    more: dict[str, Any] = {"quality": quality or ("measurable", "limited")[rng.integers(2)]}
    if rule.code.startswith(("emg.", "imaging.", "video.")):
        more["origin"] = origin or ("measured", "reported")[rng.integers(2)]
    on = str(side) if needs_side(rule) else None
    if rule.kind == "sides":
        other = ("present", "absent")[rng.integers(2)]
        return (
            see(rule.code, "present", str(side), **more),
            see(rule.code, other, str(side.other), **more),
        )
    if rule.kind == "affected_side":
        return (see(rule.code, (str(side), "both")[rng.integers(2)], None, **more),)
    if rule.kind == "value":
        value = list(rule.states)[rng.integers(len(rule.states))]
        if rule.key and rng.integers(2):
            more[rule.key] = float(rng.uniform(0.6, 1) if value == "present" else 0.2)
        return (see(rule.code, value, on, **more),)
    if rule.kind == "number":
        return (see(rule.code, float(rng.integers(5, 90)), on, **more),)
    if rule.kind == "probability":
        return (see(rule.code, 0.5, on, **{rule.key: float(rng.uniform()), **more}),)
    return (_measured_share(rule, rng, on, more),)


def _measured_share(
    rule: ReadingRule, rng: np.random.Generator, on: str | None, more: dict[str, Any]
) -> Observation:
    if lookup_code(rule.code).unit == "{count}":
        events = int(rng.integers(3, 20))
        extra = {"assessable_count": events} if rule.kind == "fraction" else {}
        return see(rule.code, float(rng.integers(0, events)), on, **extra, **more)
    low, value, high = np.sort(rng.uniform(0.02, 0.98, 3))
    return see(rule.code, float(value), on, interval=(low, high), level=0.95, **more)


def random_chart(
    rng: np.random.Generator, *, leave: str = "", most: int = 12, side: Side = Side.LEFT
) -> Chart:
    """Return a chart with some features known; ``leave`` is not among them."""
    names = [name for name in FEATURES if name != leave]
    chosen = rng.choice(len(names), size=rng.integers(0, most), replace=False)
    seen = [each for i in chosen for each in observe(FEATURES[names[i]], rng, side)]
    return chart_of(*seen, clinic=CLINICS[rng.integers(len(CLINICS))])
