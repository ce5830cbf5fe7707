"""What is written down about a simulated patient: person, history, examination, treatment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.model.case import Case, ClinicType, Onset
from hemispasm.model.treatment import Operation, Product, ToxinCycle, Treatments
from hemispasm.simulate.patient.parameters import numbers, pair

if TYPE_CHECKING:
    from hemispasm.model.side import Side
    from hemispasm.simulate.patient.options import PatientOptions
    from hemispasm.simulate.patient.visits import PlannedCourse, PlannedVisit

EXAM_SCHEMA = "hemispasm.exam/1"
NOBODY = "SIM"
DURATION = {"early": 0, "established": 1, "late": 2}


@dataclass(frozen=True)
class SeenToday:
    """What an examiner would see at one visit, per affected side.

    Attributes
    ----------
    rate_per_min : float
        Visible spasms per minute at rest.
    closure : float
        Median share of the lid gap that a spasm takes.
    lower_share, tonic_share : float
        Share of the spasms that reach the lower face; that are tonic.
    weak : bool
        Whether toxin weakens the eye's closure.
    """

    rate_per_min: float = 0.0
    closure: float = 0.0
    lower_share: float = 0.0
    tonic_share: float = 0.0
    weak: bool = False


def years_ill(options: PatientOptions) -> float:
    """Return years since the first spasms."""
    middle = numbers("person.years")[DURATION.get(options.stage, 1)]
    wild = np.random.default_rng([options.seed, 0x7965]).normal()
    return float(middle * np.exp(0.25 * np.clip(wild, -2.0, 2.0)))


def person_of(options: PatientOptions) -> Case:
    """Return ``case.toml``: a made-up person who says so.

    Examples
    --------
    >>> from hemispasm.simulate.patient.options import PatientOptions
    >>> person_of(PatientOptions(seed=7)).simulated
    True
    """
    rng = np.random.default_rng([options.seed, 0x7065])
    mean, spread = pair("person.onset_age")
    years = years_ill(options)
    age = float(np.clip(mean + spread * rng.normal(), 22.0, 72.0)) + years
    onset = None
    if options.has_spasm or options.imitator is not None:
        began = options.first_day - timedelta(days=round(365.25 * years))
        onset = Onset(
            month=f"{began.year:04d}-{began.month:02d}",
            side=options.side if _is_sided(options) else None,
            first_site=_first_site(options) if options.has_spasm else None,
        )
    return Case(
        id=f"SIM-{options.seed:05d}",
        birth_year=round(options.first_day.year - age),
        sex="female" if rng.random() < 0.64 else "male",
        clinic_type=ClinicType.MOVEMENT_DISORDER,
        country="GB",
        onset=onset,
        notes="SIMULATED. Not a patient.",
        simulated=True,
    )


def _is_sided(options: PatientOptions) -> bool:
    return options.has_spasm or options.imitator in ("post_paralytic", "myokymia", "functional")


def _first_site(options: PatientOptions) -> str:
    return "mouth" if options.atypical else "lower_lid"


def treatments_of(options: PatientOptions, course: PlannedCourse, seen: SeenToday) -> Treatments:
    """Return ``treatments.toml``: what was done between the visits.

    Parameters
    ----------
    options : PatientOptions
        Names treatment and side.
    course : PlannedCourse
        Its day, its units.
    seen : SeenToday
        At the last visit; decides what the operation's record says.
    """
    if course.treated is None:
        return Treatments()
    side = options.leading
    if options.treatment == "toxin":
        units = {muscle.value.replace("_", " "): float(u) for muscle, u in course.units.items()}
        cycle = ToxinCycle(
            day=course.treated, product=Product.ONABOTULINUM, side=side, units=units,
            benefit_from=course.treated + timedelta(days=4), effects=(),
        )  # fmt: skip
        return Treatments(toxin=(cycle,))
    relief = course.relief_day if seen.rate_per_min == 0.0 else None
    return Treatments(
        operations=(
            Operation(
                day=course.treated, kind="microvascular_decompression", side=side,
                approach="microscopic", technique="interposition", relief_day=relief,
            ),
        )
    )  # fmt: skip


def exam_of(
    options: PatientOptions, visit: PlannedVisit, seen: dict[Side, SeenToday]
) -> dict[str, Any]:
    """Return ``exam.toml`` of one visit, consistent with what the video shows.

    Parameters
    ----------
    options : PatientOptions
        Disease or imitator, side.
    visit : PlannedVisit
        The first has the whole history; a later one what changed.
    seen : dict of Side to SeenToday
        What is visible on each affected side.
    """
    exam: dict[str, Any] = {"schema": EXAM_SCHEMA, "examiner": NOBODY}
    if visit.number == 0:
        exam["history"] = _history(options)
    else:
        exam["history"] = _since(options, seen)
    exam["examination"] = _examination(options, seen, visit.number)
    if options.has_spasm:
        exam["scales"] = _scales(options, seen)
    if visit.number == 0 and options.has_spasm:
        exam["preferences"] = {"avoid_surgery": "some", "lasting_relief": "some"}
    if visit.number == 0 and options.imaging:
        exam["report"] = _radiology(options)
    return exam


def _radiology(options: PatientOptions) -> list[dict[str, Any]]:
    """Return what a radiologist wrote of the MRI: no second cause is ever put in."""
    here = options.leading.value
    return [
        {
            "by": "radiologist",
            "finding": [
                {"code": "imaging.study", "value": "mri_high_resolution"},
                {"code": "imaging.radiologist_report", "value": "no_secondary_cause"},
                {"code": "imaging.cpa_mass", "side": here, "value": "not_seen"},
                {"code": "imaging.demyelination", "value": "not_seen"},
            ],
        }
    ]


def _sided(options: PatientOptions, word: str = "present", other: str = "absent") -> dict[str, str]:
    """Return a word for the affected side (or both) and another for the rest."""
    sides = options.affected or (options.leading,)
    from hemispasm.simulate.patient.acts import SIDES

    return {side.value: word if side in sides else other for side in SIDES}


def _history(options: PatientOptions) -> dict[str, Any]:
    none = ("hearing_loss", "facial_numbness", "prior_facial_palsy", "facial_weakness_untreated")
    plain = ("vertigo", "dopamine_blocker", "rhythmic_jerking", "impaired_awareness",
             "sudden_deficit", "antithrombotic", "pregnancy", "contrast_allergy",
             "neuromuscular_disease")  # fmt: skip
    told: dict[str, Any] = dict.fromkeys(plain, "absent")
    told |= {name: _sided(options, "absent") for name in none}
    told |= {"pain": 0, "drives": "present", "fit_for_anaesthesia": "fit"}
    if options.has_spasm:
        told |= _history_of_spasm(options)
    return told | _history_of_imitator(options)


def _history_of_spasm(options: PatientOptions) -> dict[str, Any]:
    spread = options.stage != "early"
    impact = {"early": "mild", "established": "moderate", "late": "severe"}
    how_bad = impact.get(options.stage, "moderate")
    return {
        "spasm": _sided(options),
        "first_site": _sided_only(options, _first_site(options)),
        "spread": _sided_only(options, "present" if spread else "absent"),
        "distribution": _sided_only(options, "both" if spread else "upper"),
        "onset_course": "gradual",
        "side_switching": "absent",
        "sleep_persistence": "persists_reported",
        "trigger_stress": "present",
        "premonitory_urge": "absent",
        "suppressible": "absent",
        "impact_driving": how_bad,
        "impact_reading": how_bad,
        "impact_social": how_bad,
        "impact_work": "mild",
    }


def _sided_only(options: PatientOptions, word: str) -> dict[str, str]:
    return {side.value: word for side in options.affected or (options.leading,)}


def _history_of_imitator(options: PatientOptions) -> dict[str, Any]:
    """Return what somebody with the imitator tells; nothing without one."""
    known: dict[str, dict[str, Any]] = {
        "blepharospasm": {
            "onset_course": "gradual", "side_switching": "absent", "sensory_trick": "present",
            "trigger_light_or_reading": "present", "sleep_persistence": "stops_reported",
            "premonitory_urge": "absent",
        },
        "post_paralytic": {
            "prior_facial_palsy": _sided(options), "onset_course": "gradual",
            "trigger_voluntary": "present", "sleep_persistence": "stops_reported",
        },
        "tic": {
            "premonitory_urge": "present", "suppressible": "present", "other_tics": "present",
            "side_switching": "present", "sleep_persistence": "stops_reported",
        },
        "myokymia": {
            "fleeting_lid_twitch": _sided(options), "trigger_fatigue_or_caffeine": "present",
            "onset_course": "rapid", "spread": _sided_only(options, "absent"),
        },
        "functional": {
            "onset_course": "sudden", "side_switching": "present", "suppressible": "absent",
            "sleep_persistence": "stops_reported", "trigger_stress": "present",
        },
    }  # fmt: skip
    return known.get(options.imitator or "", {})


def _since(options: PatientOptions, seen: dict[Side, SeenToday]) -> dict[str, Any]:
    """Return the history since the first visit."""
    told: dict[str, Any] = {
        "swallowing_or_breathing_trouble": "absent", "double_vision": "absent",
    }  # fmt: skip
    if options.has_spasm:
        word = {s: "present" if seen[s].rate_per_min > 0 else "absent" for s in options.affected}
        told["spasm"] = {side.value: w for side, w in word.items()}
        told["impact_social"] = "none" if "present" not in word.values() else "mild"
    return told


def _examination(
    options: PatientOptions, seen: dict[Side, SeenToday], number_of_visit: int
) -> dict[str, Any]:
    normal = ("facial_power", "facial_sensation", "corneal_reflex", "hearing")
    found: dict[str, Any] = {name: _sided(options, "normal", "normal") for name in normal}
    found |= {"eye_movements": "normal", "gait": "normal", "awareness": "normal"}
    found["bilateral_lid_spasm"] = "absent"
    found["spasm"] = _sided(options, "absent")
    if options.has_spasm:
        for side, now in seen.items():
            here = side.value
            is_seen = now.rate_per_min > 0.0
            found["spasm"][here] = "present" if is_seen else "absent"
            found["facial_power"][here] = "reduced" if now.weak else "normal"
            if is_seen and now.lower_share > 0.5:
                found.setdefault("synchronous_bursts", {})[here] = "present"
                found.setdefault("mouth_corner", {})[here] = "lateral"
            if number_of_visit == 0:
                found.setdefault("synkinesis", {})[here] = "absent"
    return found | _examination_of_imitator(options)


def _examination_of_imitator(options: PatientOptions) -> dict[str, Any]:
    """Return what an examiner sees of the imitator; nothing without one."""
    known: dict[str, dict[str, Any]] = {
        "blepharospasm": {
            "bilateral_lid_spasm": "present", "increased_blinking": "present",
            "brow_descent": _sided(options, "present", "present"),
        },
        "post_paralytic": {
            "synkinesis": _sided(options, "every_movement"), "contracture": _sided(options),
            "facial_power": _sided(options, "reduced", "normal"),
        },
        "tic": {"shifting_side": "present"},
        "myokymia": {
            "undulating_movement": _sided(options), "lid_twitch_only": _sided(options),
        },
        "functional": {
            "mouth_corner": _sided_only(options, "down"), "distractible": "present",
            "tonic_contraction": _sided(options),
        },
    }  # fmt: skip
    return known.get(options.imitator or "", {})


def _scales(options: PatientOptions, seen: dict[Side, SeenToday]) -> dict[str, Any]:
    """Return grades as a rater would give them for what is seen."""
    worst = max(seen.values(), key=lambda now: now.rate_per_min, default=SeenToday())
    scales: dict[str, Any] = {
        "smc": {s.value: _grade(now) for s, now in seen.items() if now.rate_per_min > 0.0},
        "jrs_severity": {s.value: _severity(now) for s, now in seen.items()},
        "jrs_frequency": {s.value: _frequency(now) for s, now in seen.items()},
        "hfs7": int(np.clip(round(2 + 0.7 * worst.rate_per_min), 0, 28)),
        "vas_severity": int(np.clip(round(4 + 3.0 * worst.rate_per_min), 0, 95)),
    }
    if worst.rate_per_min == 0.0:
        # There is no grade for a face without spasm.
        scales |= {"hfs7": 0, "vas_severity": 0}
        del scales["smc"]
    return scales


def _grade(now: SeenToday) -> int:
    """Return grade 1-3: local, beyond the eye, tonic."""
    if now.lower_share < 0.5:
        return 1
    return 3 if now.tonic_share > 0.15 else 2


def _severity(now: SeenToday) -> int:
    return 0 if now.rate_per_min <= 0 else int(np.searchsorted((0.35, 0.65, 0.9), now.closure)) + 1


def _frequency(now: SeenToday) -> int:
    return (
        0 if now.rate_per_min <= 0 else int(np.searchsorted((1.0, 5.0, 15.0), now.rate_per_min)) + 1
    )
