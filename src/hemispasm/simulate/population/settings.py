"""What a run assumes beside the condition of the nerve: hypotheses, drugs, scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hemispasm.model.errors import UsageError

Arm = Literal["ephaptic", "nuclear", "both"]


@dataclass(frozen=True)
class PopulationSettings:
    """Assumptions of one run.

    Attributes
    ----------
    arm : {"ephaptic", "nuclear", "both"}
        Which way an impulse reaches another branch: across the bare patch, through the facial
        nucleus, or both. Neither is taken as proved.
    anatomy_seed : int or None
        Draws the axons; ``None`` takes the run's seed. Keep it when the same patient is run
        again in another condition (before and after treatment).
    units_per_muscle : int or None
        Simulated motor units; ``None`` takes the default.
    threshold : float
        Excitation threshold of the axons relative to normal; below 1 in hyperventilation.
    nuclear_factor : float
        Factor on nuclear gain and reflex drive; below 1 under a benzodiazepine.
    seeds : bool
        False leaves out spontaneous seeds, for tests of what a stimulus does alone.

    Examples
    --------
    >>> PopulationSettings().arm
    'both'
    """

    arm: Arm = "both"
    anatomy_seed: int | None = None
    units_per_muscle: int | None = None
    threshold: float = 1.0
    nuclear_factor: float = 1.0
    seeds: bool = True

    def __post_init__(self) -> None:
        if self.arm not in ("ephaptic", "nuclear", "both"):
            raise UsageError(
                "population_settings",
                f"There is no arm {self.arm!r}.",
                "Use ephaptic, nuclear or both.",
            )
        if self.threshold <= 0.0 or self.nuclear_factor < 0.0:
            raise UsageError(
                "population_settings",
                "The threshold is positive and the nuclear factor is not negative.",
                "Change the value.",
            )
