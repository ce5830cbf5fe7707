"""The state of one facial nerve at its root: what disease and treatment set, what impulses obey."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hemispasm.model.emg import Muscle
from hemispasm.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

MUSCLES = (
    Muscle.FRONTALIS,
    Muscle.ORBICULARIS_OCULI,
    Muscle.ZYGOMATICUS,
    Muscle.ORBICULARIS_ORIS,
    Muscle.MENTALIS,
    Muscle.PLATYSMA,
)
"""Order of muscles in every array of this room."""


@dataclass(frozen=True)
class NerveCondition:
    """One side's nerve at one moment.

    Attributes
    ----------
    compression : float
        Pressure of the vessel now, 0 (free) to 1: what the pictures show.
    bareness : float
        Share of myelin lost at the patch, 0 to 1; changes over weeks.
    contact_place : tuple of float
        Centre of the contact on the cross-section of the root (unit disc).
    contact_radius : float
        Reach of the bare patch on that disc; grows over years.
    ephaptic_r : float
        Mean number of further impulses that one impulse starts at the patch (spectral radius of
        the coupling) while it is aroused; a quiet patch has a share of it. Falls at once when the
        pressure goes. 0 in a healthy nerve.
    ectopic_gain : float
        Scale of spontaneous seeds, 0 in a healthy nerve.
    nuclear_gain : float
        Excitability of the facial nucleus above normal, 0 to 1.
    release : mapping of Muscle to float
        Share of transmitter release that toxin leaves; a muscle that is not named releases all.

    Examples
    --------
    >>> healthy = NerveCondition()
    >>> healthy.ephaptic_r, healthy.released(Muscle.ORBICULARIS_OCULI)
    (0.0, 1.0)
    """

    compression: float = 0.0
    bareness: float = 0.0
    contact_place: tuple[float, float] = (0.0, 0.0)
    contact_radius: float = 0.0
    ephaptic_r: float = 0.0
    ectopic_gain: float = 0.0
    nuclear_gain: float = 0.0
    release: Mapping[Muscle, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shares = {
            "compression": self.compression,
            "bareness": self.bareness,
            "nuclear gain": self.nuclear_gain,
            **{f"release of {m.value}": share for m, share in self.release.items()},
        }
        for name, value in shares.items():
            if not 0.0 <= value <= 1.0:
                raise UsageError(
                    "scenario_fraction", f"The {name} lies between 0 and 1.", "Change the value."
                )
        if min(self.ephaptic_r, self.ectopic_gain, self.contact_radius) < 0.0:
            raise UsageError(
                "scenario_fraction",
                "Coupling, ectopic gain and contact radius are not negative.",
                "Change the value.",
            )

    def released(self, muscle: Muscle) -> float:
        """Return the share of release left in a muscle."""
        return self.release.get(muscle, 1.0)
