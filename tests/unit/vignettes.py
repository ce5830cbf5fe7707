"""Published-style vignettes for the differential and the gates, as charts.

They are fixed before any weight is set, and are changed only to correct a medical or an encoding
error. They say whether the engine names what a description calls for; nobody may read an accuracy
from them.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from hemispasm.model.case import Case
from hemispasm.model.chart import Chart, Observation
from hemispasm.model.finding import Finding
from hemispasm.model.treatment import Treatments
from hemispasm.model.vocabulary import lookup_code

FOLDER = Path(__file__).parent.parent / "vignettes"

EMERGENCY_GATES = (
    "stroke",
    "toxin_spread",
    "breathing_or_swallowing",
    "raised_pressure",
    "meningitis",
    "seizure_generalised",
)
URGENT_GATES = (
    "focal_seizure",
    "faciobrachial_seizure",
    "csf_leak",
    "sudden_hearing_loss",
    "eye_at_risk",
    "delayed_facial_palsy",
    "new_facial_weakness",
    "other_neurological_signs",
)
OTHER_GATES = (
    "hearing_or_balance",
    "facial_sensation",
    "trigeminal_pain",
    "weakness_before_treatment",
    "young_onset",
    "myokymia",
    "tonic_spasm",
    "rapid_growth",
    "known_cancer",
    "known_tumour",
    "other_cause_seen",
    "known_ms",
    "bilateral_or_switching",
    "lower_face_onset",
    "post_paralytic",
    "weakness_treatment_unknown",
    "hemimasticatory",
    "dopamine_blocker",
    "palatal_movement",
    "side_conflict",
)
ALL_GATES = EMERGENCY_GATES + URGENT_GATES + OTHER_GATES

# What a report of each kind of code rests on, unless the vignette says otherwise.
_ORIGINS = {
    "history": "told",
    "preference": "told",
    "exam": "examined",
    "scale": "examined",
    "emg": "reported",
    "imaging": "reported",
    "report": "reported",
    "video": "measured",
}


@dataclass(frozen=True)
class Vignette:
    """One described patient and what must follow.

    ``expect_class`` is None where only a gate matters. ``expect_gates`` must all fire,
    ``expect_no_gates`` must not; others may. ``expect_withheld`` names outputs (see ``Refusal``)
    that may not be shown for this patient.
    """

    name: str
    citation: str
    text: str
    chart: Chart
    expect_class: str | None
    expect_gates: tuple[str, ...]
    expect_no_gates: tuple[str, ...]
    expect_withheld: tuple[str, ...]


@cache
def load_vignettes() -> tuple[Vignette, ...]:
    """Return every vignette, in the order of the files."""
    tables = (
        table
        for path in sorted(FOLDER.glob("*.toml"))
        for table in tomllib.loads(path.read_text(encoding="utf-8"))["vignette"]
    )
    return tuple(_vignette(dict(table)) for table in tables)


def _vignette(table: dict[str, Any]) -> Vignette:
    name, day, birth_year = table.pop("name"), table.pop("day"), table.pop("birth_year")
    treatments = table.pop("treatments", None)
    case = Case(
        id=name, birth_year=birth_year, clinic_type=table.pop("clinic_type"), sex=table.pop("sex")
    )
    # The text states the age, as every published description does.
    age = {"code": "history.age", "value": day.year - birth_year}
    findings = [age, *table.pop("finding")]
    vignette = Vignette(
        name=name,
        citation=table.pop("citation"),
        text=table.pop("text"),
        chart=Chart(
            case=case,
            as_of=day,
            observations=tuple(_observation(dict(given), day) for given in findings),
            treatments=None if treatments is None else Treatments.model_validate(treatments),
        ),
        expect_class=table.pop("expect_class", None),
        expect_gates=tuple(table.pop("expect_gates", ())),
        expect_no_gates=tuple(table.pop("expect_no_gates", ())),
        expect_withheld=tuple(table.pop("expect_withheld", ())),
    )
    if table:
        raise ValueError(f"{name} has fields nobody reads: {sorted(table)}")
    return vignette


def _observation(given: dict[str, Any], day: date) -> Observation:
    code = given["code"]
    family = code.split(".")[0]
    defaults = {
        "unit": lookup_code(code).unit,
        "quality": "measurable",
        "method": "video/1" if family == "video" else "exam/1",
        "origin": _ORIGINS[family],
        "level": 0.95 if "interval" in given else None,
    }
    extra = given.pop("extra", {})
    return Observation(day=given.pop("day", day), finding=Finding(**{**defaults, **given, **extra}))
