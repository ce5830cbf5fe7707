"""The feature table of the differential: which findings speak, and how likely each is per disease.

``data/features.toml`` holds every number with its evidence keys, or marks it as an expert rule.
Nothing here looks at a patient.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from hemispasm.model.plan.differential import CLASSES

#: Jeffreys' prior count of each state beside published counts.
PRIOR_COUNT = 0.5


@dataclass(frozen=True)
class StateShares:
    """How often each state of a feature is met in one class: a Dirichlet distribution.

    ``alpha`` are published counts plus half a patient each, or an expert's shares times the
    number of patients that the expert's word is worth.
    """

    alpha: tuple[float, ...]
    evidence: tuple[str, ...] = ()
    expert_rule: bool = False

    @property
    def mean(self) -> tuple[float, ...]:
        """Expected share of each state."""
        total = sum(self.alpha)
        return tuple(a / total for a in self.alpha)


@dataclass(frozen=True)
class Bell:
    """Mean, standard deviation and sample size of a measured value in one class."""

    mean: float
    sd: float
    n: float
    evidence: tuple[str, ...] = ()
    expert_rule: bool = False


@dataclass(frozen=True)
class Detector:
    """How often a machine sees a sign that is there, and stays silent where it is not.

    ``n`` is the number of patients that these two figures are worth.
    """

    sensitivity: float
    specificity: float
    n: float
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadingRule:
    """How one finding code is read as states of a feature.

    Attributes
    ----------
    code : str
        Finding code.
    kind : str
        ``value``: a coded value; ``fraction``: a share above ``threshold``; ``count``: a count of
        at least ``threshold``; ``probability``: the extra key ``key``; ``probabilities``: the
        sum of those of ``key`` for the values in ``of``; ``sides``: on which sides a
        present/absent code is present; ``affected_side``: a named side; ``number``: the value
        itself.
    states : mapping of str to tuple of str
        States that a coded value leaves possible. Values not named say nothing.
    sign : tuple of str
        States that a fraction, count or probability speaks for.
    detector : Detector or None
        Used when the finding was measured by a machine.
    """

    code: str
    kind: str = "value"
    states: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sign: tuple[str, ...] = ()
    threshold: float = 0.5
    key: str = ""
    of: tuple[str, ...] = ()
    detector: Detector | None = None


@dataclass(frozen=True)
class Feature:
    """One row of the table.

    Attributes
    ----------
    weight : float
        Fixed exponent of the likelihood, 0 to 1; the weights of a group are bounded together so
        that related findings do not count twice.
    cap : float
        Largest likelihood ratio that this feature may have.
    combine : str
        How several codes of the same sign are joined: ``first`` of the list, ``any`` (a sign
        seen by one of them is there), ``all`` (each narrows down what the others leave open).
    absent : str
        The state that means "looked, and not there"; empty where there is none.
    unless : str
        Another feature that says the same more surely; where it is known this one is left out.
    supportive : bool
        It moves shares, but nothing can lead on features of this sort alone.
    defines : str
        A class that this feature all but defines; where it speaks for that class over the first
        of the ranking, nothing leads. Empty for most features.
    """

    name: str
    group: str
    weight: float
    cap: float
    states: tuple[str, ...]
    readings: tuple[ReadingRule, ...]
    shares: Mapping[str, StateShares]
    default: StateShares | None
    bells: Mapping[str, Bell]
    default_bell: Bell | None
    combine: str = "first"
    absent: str = ""
    unless: str = ""
    supportive: bool = False
    defines: str = ""

    def shares_of(self, name: str) -> StateShares:
        """Return the shares of a class; classes without knowledge share one default."""
        found = self.shares.get(name, self.default)
        if found is None:
            raise LookupError(f"the feature {self.name} has no states")
        return found

    def bell_of(self, name: str) -> Bell:
        """Return the distribution of a class; classes without knowledge share one default."""
        found = self.bells.get(name, self.default_bell)
        if found is None:
            raise LookupError(f"the feature {self.name} is not a number")
        return found

    def evidence_of(self, *names: str) -> tuple[tuple[str, ...], bool]:
        """Return the evidence keys behind some classes, and whether one is an expert rule."""
        rows = [self.bell_of(n) if self.bells else self.shares_of(n) for n in names]
        keys = dict.fromkeys(key for row in rows for key in row.evidence)
        return tuple(keys), any(row.expert_rule for row in rows)


@dataclass(frozen=True)
class ModelRules:
    """Expert rules of the engine, from the head of ``data/features.toml``.

    ``cap`` bounds every single likelihood ratio, ``group_weight`` the weights of a group,
    ``other_floor`` is the share of "something else" that never vanishes, ``quality`` the factor
    of the weight per grade, ``level`` and ``draws`` make the bands, ``lead_probability`` is the
    share of draws in which the first class must be first to lead, ``material_ratio`` what one
    finding must say at least before anything leads. A class is ``in_play`` when its share was or
    is at least this much; findings are explained between classes in play.
    """

    cap: float
    group_weight: float
    other_floor: float
    quality: Mapping[str, float]
    level: float
    draws: int
    lead_probability: float
    material_ratio: float
    in_play: float


@dataclass(frozen=True)
class FeatureTable:
    """All features by name, the model's rules, and the codes that are deliberately not weighed."""

    rules: ModelRules
    features: Mapping[str, Feature]
    not_weighed: tuple[str, ...]


@cache
def load_features() -> FeatureTable:
    """Return the packaged feature table.

    Raises
    ------
    ValueError
        A row contradicts itself, or the weights of a group exceed their bound.

    Examples
    --------
    >>> load_features().features["other_babinski"].group
    'brow'
    """
    path = files("hemispasm.reason").joinpath("data", "features.toml")
    return build_features(tomllib.loads(path.read_text(encoding="utf-8")))


def build_features(table: Mapping[str, Any]) -> FeatureTable:
    """Return the feature table of parsed TOML.

    Raises
    ------
    ValueError
        A row contradicts itself, or the weights of a group exceed their bound.
    """
    rules = ModelRules(**table["model"])
    features = {
        name: _build_feature(name, row, rules.cap) for name, row in table["feature"].items()
    }
    groups: dict[str, float] = {}
    for feature in features.values():
        groups[feature.group] = groups.get(feature.group, 0.0) + feature.weight
    heavy = [g for g, weight in groups.items() if weight > rules.group_weight + 1e-9]
    if heavy:
        raise ValueError(f"the weights of the groups {heavy} exceed {rules.group_weight}")
    return FeatureTable(rules, MappingProxyType(features), tuple(table["not_weighed"]["codes"]))


def _build_feature(name: str, row: Mapping[str, Any], cap: float) -> Feature:
    states = tuple(row.get("states", ()))
    classes = row.get("classes", {})
    unknown = set(classes) - set(CLASSES)
    if unknown or "other" in classes:
        raise ValueError(f"{name}: {sorted(unknown) or 'other'} cannot have shares of its own")
    if row.get("defines", "hfs") not in CLASSES:
        raise ValueError(f"{name} defines {row['defines']}, which is no class")
    if not 0 < row["weight"] <= 1 or row.get("cap", cap) > cap:
        raise ValueError(f"{name}: weight or cap out of bounds")
    bells = "mean" in row["default"]
    default = row["default"]
    return Feature(
        name=name,
        group=row["group"],
        weight=row["weight"],
        cap=row.get("cap", cap),
        states=states,
        readings=tuple(_build_reading(name, r, states) for r in row["readings"]),
        shares={} if bells else {c: _build_shares(name, s, states) for c, s in classes.items()},
        default=None if bells else _build_shares(name, default, states),
        bells={c: _build_bell(b) for c, b in classes.items()} if bells else {},
        default_bell=_build_bell(default) if bells else None,
        combine=row.get("combine", "first"),
        absent=row.get("absent", "absent" if "absent" in states else ""),
        unless=row.get("unless", ""),
        supportive=row.get("supportive", False),
        defines=row.get("defines", ""),
    )


def _build_shares(name: str, row: Mapping[str, Any], states: tuple[str, ...]) -> StateShares:
    evidence = tuple(row.get("evidence", ()))
    if "counts" in row:
        counts = tuple(row["counts"])
        if len(counts) != len(states) or not evidence:
            raise ValueError(f"{name}: counts need one number per state and evidence")
        return StateShares(
            tuple(c + PRIOR_COUNT for c in counts), evidence, bool(row.get("expert_rule", False))
        )
    values = tuple(row["values"])
    if len(values) != len(states) or abs(sum(values) - 1) > 1e-6 or min(values) <= 0:
        raise ValueError(f"{name}: the shares {values} must be positive and sum to one")
    return StateShares(tuple(v * row["n"] for v in values), evidence, True)


def _build_bell(row: Mapping[str, Any]) -> Bell:
    evidence = tuple(row.get("evidence", ()))
    expert = bool(row.get("expert_rule", not evidence))
    return Bell(row["mean"], row["sd"], row["n"], evidence, expert)


def _build_reading(name: str, row: Mapping[str, Any], states: tuple[str, ...]) -> ReadingRule:
    kind = row.get("kind", "value")
    mapping = {value: tuple(found) for value, found in row.get("states", {}).items()}
    if kind == "value" and not mapping:
        mapping = {state: (state,) for state in states}
    sign = tuple(row.get("sign", states[:1]))
    named = {state for found in mapping.values() for state in found} | set(sign)
    if not named <= set(states):
        raise ValueError(f"{name}: {row['code']} names states that the feature does not have")
    detector = Detector(**_tuples(row["detector"])) if "detector" in row else None
    return ReadingRule(
        code=row["code"],
        kind=kind,
        states=mapping,
        sign=sign,
        threshold=row.get("threshold", 0.5),
        key=row.get("key", ""),
        of=tuple(row.get("of", ())),
        detector=detector,
    )


def _tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
