"""Conditions of a nerve by stage of disease, drawn between patients."""

from __future__ import annotations

import numpy as np

from hemispasm.model.errors import UsageError
from hemispasm.simulate.population.condition import NerveCondition
from hemispasm.simulate.population.parameters import number, numbers, pair

STAGES = ("healthy", "early", "established", "late")


def contact_place_of_pole(upper: bool, turn: float = 0.0) -> tuple[float, float]:
    """Return where a contact lies on the cross-section of the root.

    Parameters
    ----------
    upper : bool
        On the pole of the upper face (eye first) or of the lower face.
    turn : float
        Angle away from the pole, radians.

    Examples
    --------
    >>> contact_place_of_pole(True)
    (0.0, 0.75)
    """
    far = pair("stage.contact")[0]
    angle = (0.5 if upper else -0.5) * np.pi + turn
    return round(float(far * np.cos(angle)), 12) + 0.0, round(float(far * np.sin(angle)), 12)


def condition_of_stage(stage: str, seed: int, *, atypical: bool = False) -> NerveCondition:
    """Return one patient's nerve in a stage of the disease.

    Parameters
    ----------
    stage : {"healthy", "early", "established", "late"}
        Healthy means no contact.
    seed : int
        The patient.
    atypical : bool
        Contact on the pole of the lower face, so that the mouth leads.

    Returns
    -------
    NerveCondition

    Raises
    ------
    UsageError
        For a stage that does not exist.

    Examples
    --------
    >>> condition_of_stage("healthy", 1).ephaptic_r
    0.0
    >>> condition_of_stage("late", 1).contact_radius > condition_of_stage("early", 1).contact_radius
    True
    """
    if stage not in STAGES:
        raise UsageError(
            "population_stage", f"There is no stage {stage!r}.", f"Use {', '.join(STAGES)}."
        )
    if stage == "healthy":
        return NerveCondition()
    rng = np.random.default_rng([seed, 0x7374])
    factor = np.exp(np.array(numbers("stage.log_sd")) * np.clip(rng.normal(size=6), -2.0, 2.0))
    values = np.array(numbers(f"stage.{stage}")) * factor
    turn = pair("stage.contact")[1] * float(np.clip(rng.normal(), -2.0, 2.0))
    return NerveCondition(
        compression=float(min(values[0], 1.0)),
        bareness=float(min(values[1], 1.0)),
        contact_place=contact_place_of_pole(not atypical, turn),
        contact_radius=float(values[2]),
        ephaptic_r=float(values[3]),
        ectopic_gain=float(values[4]),
        nuclear_gain=float(min(values[5], 1.0)),
    )


def draw_stage(seed: int) -> tuple[str, bool]:
    """Return stage and whether onset was atypical for a patient who comes to operation."""
    rng = np.random.default_rng([seed, 0x6F70])
    stage = STAGES[1 + int(rng.choice(3, p=np.array(numbers("stage.at_operation"))))]
    return stage, bool(rng.random() < number("stage.atypical_share"))
