"""From the pressure on both nerves to the MRI that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.imaging import Segment, VesselName
from hemispasm.model.side import Side
from hemispasm.simulate.mri.compression import conflict_of
from hemispasm.simulate.mri.options import Conflict, MriOptions
from hemispasm.simulate.patient.acts import SIDES
from hemispasm.simulate.patient.parameters import number, numbers, pair

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hemispasm.simulate.patient.options import PatientOptions
    from hemispasm.simulate.population.condition import NerveCondition

VESSELS = (VesselName.AICA, VesselName.PICA, VesselName.VA)
SEGMENTS = (Segment.ATTACHED, Segment.TRANSITION, Segment.PROXIMAL_CISTERNAL)
STEP_MM = 0.05
RELIEVED = 0.3
"""Coupling left, relative, below which the vessel counts as moved off the nerve."""


def mri_seed(options: PatientOptions, attempt: int = 0) -> int:
    """Return the number that draws this patient's anatomy, the same at every visit."""
    return int(np.random.SeedSequence([options.seed, 0x6D72, attempt]).generate_state(1)[0] % 2**31)


def mri_options(
    options: PatientOptions,
    conditions: Mapping[Side, NerveCondition],
    *,
    is_operated: bool = False,
) -> MriOptions:
    """Return the session that shows both nerves on this day.

    The compression of a nerve is the same number that drives its impulses: above 0 the vessel
    touches or indents the nerve, at 0 it passes at a gap. A successful operation leaves a gap.

    Parameters
    ----------
    options : PatientOptions
        Seed.
    conditions : mapping of Side to NerveCondition
        Both nerves.
    is_operated : bool
        After decompression of the leading side.

    Examples
    --------
    >>> from hemispasm.simulate.patient.options import PatientOptions
    >>> from hemispasm.simulate.population.condition import NerveCondition
    >>> pressed = NerveCondition(compression=0.8, bareness=0.5, ephaptic_r=1.2)
    >>> made = mri_options(PatientOptions(), {Side.LEFT: pressed, Side.RIGHT: NerveCondition()})
    >>> made.conflict.distance_mm < 0 < made.other.distance_mm
    True
    """
    near, far = options.leading, options.leading.other
    return MriOptions(
        side=near,
        conflict=_conflict(options, near, conditions[near], is_operated=is_operated),
        other=_conflict(options, far, conditions[far], is_operated=False),
        seed_jitter_mm=number("mri.click_sd_mm"),
    )


def _conflict(
    options: PatientOptions, side: Side, condition: NerveCondition, *, is_operated: bool
) -> Conflict:
    """Return which vessel comes nearest to a nerve, where, and how near."""
    rng = np.random.default_rng([options.seed, SIDES.index(side), 0x766C])
    vessel = VESSELS[int(rng.choice(3, p=np.array(numbers("mri.vessel"))))]
    shares = np.array(numbers("mri.segment"))
    segment = SEGMENTS[int(rng.choice(3, p=shares / shares.sum()))]
    free, padded = (
        float(rng.uniform(*pair("mri.free_gap_mm"))),
        float(rng.uniform(*pair("mri.after_gap_mm"))),
    )
    base = Conflict(vessel=vessel, segment=segment)
    relieved = is_operated and condition.ephaptic_r < RELIEVED * first_coupling(options, side)
    if condition.compression > 0.0 and not relieved:
        return conflict_of(condition.compression, base)
    if side not in options.affected:
        base = Conflict(vessel=vessel, segment=Segment.TRANSITION)
    gap = padded if relieved else free
    return Conflict(base.vessel, base.segment, distance_mm=round(gap / STEP_MM) * STEP_MM)


def first_coupling(options: PatientOptions, side: Side) -> float:
    """Return the ephaptic coupling of a nerve before any treatment."""
    from hemispasm.simulate.patient.visits import nerve_before

    return nerve_before(options, side).ephaptic_r
