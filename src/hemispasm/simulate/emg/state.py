"""The state of the nerve: one compression, and what follows from it at once or slowly."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.emg import Muscle
from hemispasm.simulate.emg.parameters import number, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from hemispasm.simulate.emg.options import EmgOptions

MUSCLES = (
    Muscle.FRONTALIS,
    Muscle.ORBICULARIS_OCULI,
    Muscle.ZYGOMATICUS,
    Muscle.ORBICULARIS_ORIS,
    Muscle.MENTALIS,
    Muscle.PLATYSMA,
)


@dataclass(frozen=True)
class NerveState:
    """The affected nerve at one moment.

    Attributes
    ----------
    compression : float
        0 (free) to 1.
    excitability : float
        Ectopic drive; equals the compression in a steady state and lags behind it after surgery.
    cross_talk_gain : float
        Probability that an impulse at the patch crosses to another branch.
    nuclear_gain : float
        Excitability of the facial nucleus; lags behind everything.
    block : mapping of Muscle to float
        Share of the transmission that toxin blocks.

    Examples
    --------
    >>> round(steady_state(0.7).cross_talk_gain, 2), steady_state(0.0).cross_talk_gain
    (0.71, 0.0)
    """

    compression: float
    excitability: float
    cross_talk_gain: float
    nuclear_gain: float
    block: Mapping[Muscle, float] = field(default_factory=dict)

    def muscle_gain(self, muscle: Muscle) -> float:
        """Return the probability that an impulse crosses into this muscle's axons."""
        weights = numbers("gain.muscle_weight")
        return self.cross_talk_gain * weights[MUSCLES.index(muscle)]

    def decompressed(self, share: float = 1.0) -> NerveState:
        """Return the state just after the vessel is moved: cross-talk falls, the rest stays."""
        return replace(
            self,
            compression=self.compression * (1.0 - share),
            cross_talk_gain=self.cross_talk_gain * (1.0 - share),
        )


def cross_talk_gain(excitability: float) -> float:
    """Return the ephaptic gain: a logistic of the excitability, exactly 0 in a healthy nerve."""
    middle, width = number("gain.middle"), number("gain.width")

    def logistic(x: float) -> float:
        return float(1.0 / (1.0 + np.exp(-(x - middle) / width)))

    floor = logistic(0.0)
    return number("gain.largest") * max(0.0, (logistic(excitability) - floor) / (1.0 - floor))


def steady_state(
    compression: float,
    excitability: float | None = None,
    nuclear_gain: float | None = None,
    block: Mapping[Muscle, float] | None = None,
) -> NerveState:
    """Return the state of a nerve that has been compressed for long."""
    drive = compression if excitability is None else excitability
    return NerveState(
        compression=compression,
        excitability=drive if compression > 0.0 else 0.0,
        cross_talk_gain=cross_talk_gain(drive) if compression > 0.0 else 0.0,
        nuclear_gain=compression if nuclear_gain is None else nuclear_gain,
        block=dict(block or {}),
    )


def state_of(options: EmgOptions) -> NerveState:
    """Return the state of the affected side that the options ask for."""
    if not options.is_affected:
        return steady_state(0.0, block=options.toxin_block)
    return steady_state(
        options.compression, options.excitability, options.nuclear_gain, options.toxin_block
    )


def unit_block(block: float, is_active: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the block of each unit: terminals that are more active take up more toxin.

    Parameters
    ----------
    block : float
        Mean block of the muscle, 0-1. The active units alone may already exceed it.
    is_active : ndarray of bool
        Units with ectopic activity.

    Examples
    --------
    >>> unit_block(0.4, np.array([True, False, False, False])).round(2).tolist()
    [0.95, 0.22, 0.22, 0.22]
    """
    active = 1.0 - (1.0 - block) ** number("toxin.uptake")
    share = float(np.mean(is_active))
    quiet = 0.0 if share >= 1.0 else max((block - share * active) / (1.0 - share), 0.0)
    return np.where(is_active, active, quiet)
