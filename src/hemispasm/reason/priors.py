"""How common each disease is before anything is known of the patient: by type of clinic.

A published series gives counts of groups (``data/priors.toml``); how a group splits into
classes is an expert's word. Where no series exists everything is, and the weight is small, so
that the bands are wide.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hemispasm.model.case import ClinicType
from hemispasm.model.plan.differential import CLASSES

#: Used when nobody said what sort of clinic it is: the widest.
WIDEST = ClinicType.COMMUNITY


@dataclass(frozen=True)
class PriorGroup:
    """One group of a series: its weight in patients, and how it splits into classes.

    ``n`` is the number of patients that the split is worth.
    """

    patients: float
    split: Mapping[str, float]
    n: float


@dataclass(frozen=True)
class Prior:
    """Prior of one type of clinic: a Dirichlet over groups and one within each group."""

    clinic: ClinicType
    groups: tuple[PriorGroup, ...]
    evidence: tuple[str, ...]
    expert_rule: bool

    def shares(self) -> NDArray[np.float64]:
        """Return the expected share of each class, in the order of ``CLASSES``."""
        total = sum(group.patients for group in self.groups)
        shares = np.zeros(len(CLASSES))
        for group in self.groups:
            for name, part in group.split.items():
                shares[CLASSES.index(name)] += group.patients / total * part
        return shares

    def draw(self, rng: np.random.Generator, draws: int) -> NDArray[np.float64]:
        """Return drawn shares, of shape (draws, classes)."""
        top = rng.gamma([g.patients for g in self.groups], size=(draws, len(self.groups)))
        shares = np.zeros((draws, len(CLASSES)))
        for index, group in enumerate(self.groups):
            names = list(group.split)
            parts = rng.gamma([group.split[n] * group.n for n in names], size=(draws, len(names)))
            parts = np.maximum(parts, np.finfo(float).tiny)
            parts *= (top[:, index] / parts.sum(axis=1))[:, None]
            shares[:, [CLASSES.index(n) for n in names]] += parts
        shares = np.maximum(shares, np.finfo(float).tiny)
        return shares / shares.sum(axis=1, keepdims=True)


@cache
def load_priors() -> Mapping[ClinicType, Prior]:
    """Return the prior of every type of clinic.

    Raises
    ------
    ValueError
        A class is in no group or in two, or a split does not sum to one.

    Examples
    --------
    >>> prior = load_priors()[ClinicType.MOVEMENT_DISORDER]
    >>> bool(prior.shares()[CLASSES.index("hfs")] > 0.5)
    True
    """
    path = files("hemispasm.reason").joinpath("data", "priors.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return MappingProxyType(
        {ClinicType(name): _build_prior(ClinicType(name), row) for name, row in table.items()}
    )


def find_prior(clinic: ClinicType | None) -> Prior:
    """Return the prior of a clinic; the widest when nobody said which clinic it is."""
    return load_priors()[clinic or WIDEST]


def _build_prior(clinic: ClinicType, row: Mapping[str, Any]) -> Prior:
    groups = tuple(PriorGroup(**group) for group in row["group"].values())
    named = [name for group in groups for name in group.split]
    if sorted(named) != sorted(CLASSES):
        raise ValueError(f"the prior of {clinic} must name every class once")
    if any(abs(sum(group.split.values()) - 1) > 1e-6 for group in groups):
        raise ValueError(f"a split in the prior of {clinic} does not sum to one")
    return Prior(clinic, groups, tuple(row.get("evidence", ())), bool(row["expert_rule"]))
