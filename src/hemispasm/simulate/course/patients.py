"""Patients as they come to a clinic: drawn with their years of disease behind them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.simulate.course.laws import (
    KNOT_DAYS,
    State,
    Traits,
    coupling,
    ectopy,
    follow_steps,
    laws_of,
)
from hemispasm.simulate.course.parameters import default_settings
from hemispasm.simulate.population import parameters as population

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.course.laws import Laws
    from hemispasm.simulate.course.parameters import CourseSettings

    Floats = NDArray[np.float64]

HISTORY_YEARS = 30
FUTURE_YEARS = 15
KNOTS_PER_YEAR = 2
TRAITS = Traits._fields
#: One standard normal number per patient for each of these, in this order; never reorder.
DRAWN = (
    *TRAITS, "pressure", "contact_years", "pole", "direction_1", "direction_2", "age", "sex",
    "side", "place_x", "place_y", "relieved", "result", "sensitivity", "half_life",
    "later_day", "threshold",
    "turn", "slip", "slip_day", "untreated", *(f"reserve_{k}" for k in range(2)),
)  # fmt: skip
MOST_CONTACTS = 20
"""Contacts drawn per patient before the settings are refused."""


@dataclass(frozen=True)
class Patients:
    """People with hemifacial spasm on the day they come to a clinic; one array entry each.

    Attributes
    ----------
    normals : ndarray, shape (patients, len(DRAWN))
        The standard normal numbers that made them, for whatever is drawn of them later.
    traits : Traits
        Speeds and weights of each.
    state : State
        Bare share, reach and nuclear gain at the visit.
    vessel : ndarray, shape (patients, knots)
        Pressure that the vessel exerts from the visit on, every half year, if nothing is done.
    onset_bare, onset_reach, onset_pressure, onset_drive : ndarray
        The nerve when the first spasms came.
    duration_years : ndarray
        From the first spasms to the visit.
    atypical : ndarray of bool
        The vessel lies at the pole of the lower face.
    place : ndarray, shape (patients, 2)
        Centre of the contact on the cross-section of the root, unit disc.
    spread_from : ndarray, shape (patients, 2)
        Crossing from which a lateral spread is seen awake: in the direction that the surgeon will
        monitor, and the other way.
    """

    normals: Floats
    traits: Traits
    state: State
    vessel: Floats
    onset_bare: Floats
    onset_reach: Floats
    onset_pressure: Floats
    onset_drive: Floats
    duration_years: Floats
    atypical: NDArray[np.bool_]
    place: Floats
    spread_from: Floats

    def __len__(self) -> int:
        return len(self.duration_years)

    def normal(self, name: str) -> Floats:
        """Return the standard normal numbers of one name of `DRAWN`."""
        drawn: Floats = self.normals[:, DRAWN.index(name)]
        return drawn

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Patients:
        """Return some of the patients."""
        parts: dict[str, Any] = {}
        for entry in fields(self):
            value = getattr(self, entry.name)
            if isinstance(value, tuple):
                parts[entry.name] = type(value)(*(column[rows] for column in value))
            else:
                parts[entry.name] = value[rows]
        return Patients(**parts)


def draw_patients(n: int, seed: int, settings: CourseSettings | None = None) -> Patients:
    """Draw people who come to a clinic because of spasms.

    Contacts are drawn at random; who has no spasm at the visit does not come and is drawn again.

    Parameters
    ----------
    n : int
        How many.
    seed : int
        The first patients of a seed are the same for every ``n``.
    settings : CourseSettings, optional
        Defaults with changes.

    Returns
    -------
    Patients

    Raises
    ------
    ValueError
        Under these settings next to nobody has spasms.

    Examples
    --------
    >>> people = draw_patients(3, seed=1)
    >>> len(people), bool((people.duration_years > 0).all())
    (3, True)
    """
    chosen = settings or default_settings()
    batch = int(1.3 * n) + 40
    while batch <= MOST_CONTACTS * (n + 40):
        people, with_spasm = _draw_contacts(batch, seed, chosen)
        rows = np.flatnonzero(with_spasm)[:n]
        if len(rows) == n:
            return people.take(rows)
        batch *= 2
    raise ValueError("under these settings next to nobody has spasms")


def _draw_contacts(
    n: int, seed: int, settings: CourseSettings
) -> tuple[Patients, NDArray[np.bool_]]:
    """Return contacts with their years behind them, and which of them have spasms now."""
    normals = np.random.default_rng([seed, 11]).standard_normal((n, len(DRAWN)))
    steps = (HISTORY_YEARS + FUTURE_YEARS) * KNOTS_PER_YEAR + 1
    laws = laws_of(settings)
    traits = _traits(normals, settings)
    vessel = _vessel(
        normals, np.random.default_rng([seed, 13]).standard_normal((n, steps)), settings
    )
    middle, spread = settings.pair("vessel.contact_years")
    years = np.clip(middle * np.exp(spread * _of(normals, "contact_years")), 0.5, HISTORY_YEARS)
    before = HISTORY_YEARS * KNOTS_PER_YEAR
    first = before - np.ceil(years * KNOTS_PER_YEAR).astype(np.int64)
    start = State(np.zeros(n), np.full(n, settings.number("contact.start")), np.zeros(n))
    past = follow_steps(vessel[:, :before], first, start, KNOT_DAYS, traits, laws)
    drive = drive_of(vessel[:, :before], past, traits, laws)
    ill = drive > 1.0
    onset = np.argmax(ill, axis=1)
    rows = np.arange(n)
    atypical = _of(normals, "pole") < _normal_quantile(settings.number("vessel.atypical"))
    people = Patients(
        normals=normals,
        traits=traits,
        state=State(past[0, :, -1].copy(), past[1, :, -1].copy(), past[2, :, -1].copy()),
        vessel=vessel[:, before - 1 :],
        onset_bare=past[0, rows, onset],
        onset_reach=past[1, rows, onset],
        onset_pressure=vessel[rows, onset],
        onset_drive=drive[rows, onset],
        duration_years=(before - onset) / KNOTS_PER_YEAR,
        atypical=atypical,
        place=_places(normals, atypical),
        spread_from=_spread_from(normals, settings),
    )
    return people, ill[:, -1]


def _of(normals: Floats, name: str) -> Floats:
    drawn: Floats = normals[:, DRAWN.index(name)]
    return drawn


def _normal_quantile(share: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(share))


def _traits(normals: Floats, settings: CourseSettings) -> Traits:
    """Return speeds and weights: lognormal over patients, each round its own median."""
    spread = settings.number("drive.spread")
    years = 365.25
    loss, loss_spread = settings.pair("bare.loss_years")
    growth, growth_spread = settings.pair("contact.growth_years")
    medians = {
        "loss_days": (loss * years, loss_spread),
        "repair_days": settings.pair("bare.repair_days"),
        "growth_days": (growth * years, growth_spread),
        "nuclear_loss_days": settings.pair("nucleus.loss_days"),
        "ectopic_weight": (settings.number("drive.ectopic"), spread),
        "coupling_weight": (settings.number("drive.coupling"), spread),
        "nuclear_weight": (settings.number("drive.nuclear"), spread),
        "block_height": settings.pair("block.height"),
        "block_days": settings.pair("block.days"),
    }
    return Traits(
        *(medians[name][0] * np.exp(medians[name][1] * _of(normals, name)) for name in TRAITS)
    )


def _vessel(normals: Floats, steps: Floats, settings: CourseSettings) -> Floats:
    """Return the pressure of each half year: a mean of the patient's own, and slow wandering."""
    middle, between = settings.pair("vessel.pressure")
    within, years = settings.pair("vessel.wander")
    kept = float(np.exp(-1.0 / (years * KNOTS_PER_YEAR)))
    fresh = within * np.sqrt(1.0 - kept**2)
    path = np.empty_like(steps)
    path[:, 0] = within * steps[:, 0]
    for step in range(1, steps.shape[1]):
        path[:, step] = kept * path[:, step - 1] + fresh * steps[:, step]
    mean = middle + between * _of(normals, "pressure")
    return np.clip(mean[:, None] + path, 0.0, 1.0)


def drive_of(vessel: Floats, past: Floats, traits: Traits, laws: Laws) -> Floats:
    """Return the drive of each step that `follow_steps` returned."""
    bare, nuclear = past[0], past[2]
    crossing = bare**2 * coupling(vessel, laws.coupling_middle, laws.coupling_width)
    drive: Floats = (
        traits.ectopic_weight[:, None] * bare * ectopy(vessel, laws)
        + traits.coupling_weight[:, None] * crossing
        + traits.nuclear_weight[:, None] * nuclear
    )
    return drive


def _places(normals: Floats, atypical: NDArray[np.bool_]) -> Floats:
    """Return where the vessel touches, on the map of axons that the population has."""
    # As `stages.contact_place_of_pole`, for all at once.
    far, spread = population.pair("stage.contact")
    angle = np.where(atypical, -0.5, 0.5) * np.pi + spread * _of(normals, "turn")
    return far * np.column_stack([np.cos(angle), np.sin(angle)])


def muscle_exposure(place: Floats, reach: Floats) -> Floats:
    """Return how far the axons of each muscle lie within the reach of a patch, on average.

    The axons of a muscle scatter round its centre on the root; exposure falls with the square of
    the distance from the contact, as in the population.

    Parameters
    ----------
    place : ndarray, shape (patients, 2)
        Centre of the contact, unit disc.
    reach : ndarray, shape (patients,)

    Returns
    -------
    ndarray, shape (patients, 6)
        0 to 1.
    """
    centre = np.column_stack([population.numbers(f"map.centre_{axis}") for axis in "xy"])
    apart = ((place[:, None, :] - centre[None, :, :]) ** 2).sum(axis=2)
    own = reach[:, None] ** 2
    wide = own + population.number("map.spread") ** 2
    exposure: Floats = own / wide * np.exp(-0.5 * apart / wide)
    return exposure


def _spread_from(normals: Floats, settings: CourseSettings) -> Floats:
    ways = np.column_stack([_of(normals, "direction_1"), _of(normals, "direction_2")])
    between = settings.number("coupling.threshold_spread") * _of(normals, "threshold")
    spread = settings.number("coupling.direction_spread") * ways + between[:, None]
    threshold: Floats = settings.number("coupling.lateral_spread_from") * np.exp(spread)
    return threshold
