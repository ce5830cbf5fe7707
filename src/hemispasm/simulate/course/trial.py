"""The plan of a simulated trial: arms, visits, what is measured and what goes missing."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from hemispasm.model.base import Noun
from hemispasm.model.emg import Muscle
from hemispasm.model.errors import UsageError
from hemispasm.simulate.course.toxin import usual_cycle

TREATMENT_DAY = 1
"""Treatment begins on the day after the first visit."""


class Arm(Noun):
    """One arm of a trial.

    Attributes
    ----------
    name : str
    weight : int
        Patients of this arm per block of randomisation.
    treatment : str
        ``none``, ``toxin`` or ``decompression``.
    units : dict of Muscle to float
        Toxin units per muscle; by default a usual round.
    rounds, every_days : int
        Rounds of toxin and the days between them.
    complete, partial : float or None
        Shares of operations of this arm, in place of the centre's: a better or worse technique.
    """

    name: str = Field(min_length=1)
    weight: int = Field(default=1, ge=1, le=20)
    treatment: Literal["none", "toxin", "decompression"] = "none"
    units: dict[Muscle, float] = Field(default_factory=dict)
    rounds: int = Field(default=1, ge=1, le=60)
    every_days: int = Field(default=90, ge=14)
    complete: float | None = Field(default=None, ge=0.0, le=1.0)
    partial: float | None = Field(default=None, ge=0.0, le=1.0)

    def given_units(self) -> dict[Muscle, float]:
        """Return the units of one round."""
        return self.units or dict(usual_cycle(0).units)


class Trial(Noun):
    """A trial, or a cohort where there is one arm.

    Attributes
    ----------
    name : str
    arms : tuple of Arm
        Patients are randomised to them in permuted blocks.
    visits : tuple of int
        Days, the first is 0: before any treatment.
    outcome : str
        ``rate`` (change of the logarithm of one plus spasms per minute) or ``spasm_free``.
    primary : int
        Visit at which the arms are compared; by default the last.
    recorded_min : float
        Minutes of recording in which spasms are counted at a visit.
    missed : float
        Chance that a later visit is missed, whatever the patient's state.
    dropout : float
        Chance, at each later visit, that the patient has left for good.
    dropout_with_spasm : float
        Further chance for a patient who has spasms: not missing at random.
    """

    name: str = Field(min_length=1)
    arms: tuple[Arm, ...] = Field(min_length=1)
    visits: tuple[int, ...] = (0, 28, 90, 365)
    outcome: Literal["rate", "spasm_free"] = "rate"
    primary: int | None = None
    recorded_min: float = Field(default=10.0, gt=0.0)
    missed: float = Field(default=0.05, ge=0.0, le=1.0)
    dropout: float = Field(default=0.02, ge=0.0, le=1.0)
    dropout_with_spasm: float = Field(default=0.0, ge=0.0, le=1.0)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.visits[:1] != (0,) or list(self.visits) != sorted(set(self.visits)):
            raise ValueError("visits are days that rise from 0")
        if self.primary is not None and self.primary not in self.visits:
            raise ValueError("the primary visit is one of the visits")
        if len({arm.name for arm in self.arms}) != len(self.arms):
            raise ValueError("every arm has a name of its own")
        return self

    @property
    def primary_day(self) -> int:
        """Day of the visit at which the arms are compared."""
        return self.visits[-1] if self.primary is None else self.primary


NONE = Arm(name="none")
TRIALS = {
    "untreated": Trial(name="untreated", arms=(NONE,), visits=(0, 365, 730, 1095)),
    "toxin": Trial(
        name="toxin", arms=(NONE, Arm(name="toxin", treatment="toxin")), visits=(0, 28, 56, 84),
        primary=28,
    ),
    "decompression": Trial(
        name="decompression", arms=(NONE, Arm(name="decompression", treatment="decompression")),
        visits=(0, 8, 91, 366, 731), outcome="spasm_free", primary=366,
    ),
    "toxin_or_decompression": Trial(
        name="toxin_or_decompression",
        arms=(
            Arm(name="toxin", treatment="toxin", rounds=8),
            Arm(name="decompression", treatment="decompression"),
        ),
        visits=(0, 29, 91, 366, 731), outcome="spasm_free", primary=731,
    ),
}  # fmt: skip
"""Trials that are ready to run, by name."""


def named_trial(name: str) -> Trial:
    """Return a trial that is ready to run.

    Raises
    ------
    UsageError
        There is none of that name (``unknown_choice``).

    Examples
    --------
    >>> [arm.name for arm in named_trial("toxin").arms]
    ['none', 'toxin']
    """
    if name not in TRIALS:
        raise UsageError(
            "unknown_choice",
            f"{name!r} is no trial here.",
            f"Choose one of {', '.join(TRIALS)}, or give a TOML file.",
        )
    return TRIALS[name]
