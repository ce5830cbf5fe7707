"""Records of a simulated patient: history, examination, scales, outside findings, toxin cycles.

They belong to the face that `simulated_case` films, and are marked as simulated wherever a file
can say so. A patient made up by hand: the mechanistic one will replace them.
"""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hemispasm.model import (
    Finding,
    FindingsDocument,
    Grade,
    Product,
    Provenance,
    Quality,
    RecordingRef,
    Side,
    ToxinCycle,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

METHOD = "simulated/1"
#: Days from an injection to the first and to the last day of benefit, and the rating at the best.
EARLIER_CYCLES = ((-301, 5, 78, 85.0), (-210, 4, 83, 80.0), (-120, 6, 74, 80.0))


def simulated_cycles(side: Side, injected: date) -> tuple[ToxinCycle, ...]:
    """Return three finished toxin cycles and the running one that began on ``injected``."""
    finished = []
    for offset, onset_days, wear_off_days, best in EARLIER_CYCLES:
        day = injected + timedelta(days=offset)
        finished.append(
            ToxinCycle(
                day=day,
                product=Product.ONABOTULINUM,
                side=side,
                units={"orbicularis oculi, three sites": 12.5, "zygomaticus": 2.5},
                benefit_from=day + timedelta(days=onset_days),
                benefit_until=day + timedelta(days=wear_off_days),
                best_benefit_percent=best,
                effects=(),
            )
        )
    running = ToxinCycle(
        day=injected,
        product=Product.ONABOTULINUM,
        side=side,
        units={"orbicularis oculi, three sites": 12.5, "zygomaticus": 2.5},
        benefit_from=injected + timedelta(days=5),
        best_benefit_percent=80.0,
    )
    return (*finished, running)


def write_simulated_records(
    visit: Path, side: Side, *, after_toxin: bool, with_emg_findings: bool = True
) -> None:
    """Write ``exam.toml`` of one visit, and at the first also EMG and imaging findings.

    EMG findings of another program are left out where the visit has recordings of its own.
    """
    import tomli_w

    from hemispasm.formats.atomic import write_text
    from hemispasm.formats.findings import write_findings

    exam = _second_exam(side) if after_toxin else _first_exam(side)
    write_text(visit / "exam.toml", tomli_w.dumps(exam))
    if after_toxin:
        return
    outside = (("emg", _emg(side)), ("imaging", _imaging(side)))
    for kind, findings in outside if with_emg_findings else outside[1:]:
        (visit / kind).mkdir(parents=True, exist_ok=True)
        write_findings(visit / kind / f"{kind}.findings.json", _document(kind, findings))


def _first_exam(side: Side) -> dict[str, Any]:
    return {
        "schema": "hemispasm.exam/1",
        "examiner": "SIM",
        "history": _history(side.value, side.other.value),
        "examination": _examination(side.value, side.other.value),
        "scales": _scales(side.value),
        "preferences": {"avoid_surgery": "some", "lasting_relief": "some"},
        "report": _radiology(side.value),
    }


def _history(here: str, there: str) -> dict[str, Any]:
    return {
        "onset": "2023-05",
        "spasm": {here: "present", there: "absent"},
        "first_site": {here: "lower_lid"},
        "spread": {here: "present"},
        "distribution": {here: "both"},
        "onset_course": "gradual",
        "side_switching": "absent",
        "sleep_persistence": "persists_reported",
        "trigger_stress": "present",
        "premonitory_urge": "absent",
        "suppressible": "absent",
        "tearing": {here: "present"},
        "ear_click": {here: "absent"},
        "hearing_loss": {here: "absent"},
        "vertigo": "absent",
        "facial_numbness": {here: "absent"},
        "prior_facial_palsy": {here: "absent"},
        "facial_weakness_untreated": {here: "absent"},
        "dopamine_blocker": "absent",
        "rhythmic_jerking": "absent",
        "impaired_awareness": "absent",
        "sudden_deficit": "absent",
        "pain": 0,
        "drives": "present",
        "impact_driving": "moderate",
        "impact_reading": "moderate",
        "impact_social": "severe",
        "impact_work": "mild",
        "hypertension": "present",
        "antithrombotic": "absent",
        "pregnancy": "absent",
        "contrast_allergy": "absent",
        "neuromuscular_disease": "absent",
        "fit_for_anaesthesia": "fit",
    }


def _examination(here: str, there: str) -> dict[str, Any]:
    return {
        "spasm": {here: "present", there: "absent"},
        "synchronous_bursts": {here: "present"},
        "other_babinski": {here: "present"},
        "bilateral_lid_spasm": "absent",
        "synkinesis": {here: "absent"},
        "mouth_corner": {here: "lateral"},
        "facial_power": {here: "normal", there: "normal"},
        "facial_sensation": {here: "normal", there: "normal"},
        "corneal_reflex": {here: "normal", there: "normal"},
        "hearing": {here: "normal", there: "normal"},
        "eye_movements": "normal",
        "limb_power": {here: "normal", there: "normal"},
        "reflexes": {here: "normal", there: "normal"},
        "gait": "normal",
        "awareness": "normal",
    }


def _scales(here: str) -> dict[str, Any]:
    return {
        "smc": {here: 2},
        "jrs_severity": {here: 3},
        "jrs_frequency": {here: 3},
        "tunc": [
            {"side": here, "value": 3, "rater": "R1"},
            {"side": here, "value": 2, "rater": "R2"},
        ],
        "hfs7": 14,
        "vas_severity": 68,
    }


def _radiology(here: str) -> list[dict[str, Any]]:
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


def _second_exam(side: Side) -> dict[str, Any]:
    here = side.value
    return {
        "schema": "hemispasm.exam/1",
        "examiner": "SIM",
        "history": {
            "spasm": {here: "present"},
            "impact_driving": "mild",
            "impact_reading": "none",
            "impact_social": "mild",
            "swallowing_or_breathing_trouble": "absent",
            "double_vision": "absent",
        },
        "examination": {"spasm": {here: "present"}, "facial_power": {here: "reduced"}},
        "scales": {
            "smc": {here: 1},
            "jrs_severity": {here: 1},
            "jrs_frequency": {here: 2},
            "hfs7": 6,
            "vas_severity": 22,
        },
    }


def _emg(side: Side) -> list[Finding]:
    other = side.other
    return [
        _finding("emg.affected_side", side.value, None),
        _finding("emg.lateral_spread", "present", side, p=0.001, score=9.4, channel="mentalis"),
        _finding("emg.lateral_spread", "absent", other, p=0.6, score=-2.0, channel="mentalis"),
        _finding(
            "emg.lateral_spread_latency", 10.4, side, unit="ms", interval=(9.9, 10.9), level=0.95
        ),
        _finding("emg.burst_rate", 31.0, side, unit="/min", interval=(21.5, 43.0), level=0.95),
        _finding("emg.branch_synchrony", 0.88, side, unit="1", interval=(0.79, 0.94), level=0.95),
    ]


def _imaging(side: Side) -> list[Finding]:
    other = side.other
    near = {"unit": "mm", "level": 0.95, "segment": "attached", "vessel": "aica"}
    far = {"unit": "mm", "level": 0.95, "segment": "cisternal"}
    return [
        _finding("imaging.assessability", "A", side),
        _finding("imaging.assessability", "A", other),
        _finding(
            "imaging.vessel_nerve_distance",
            -0.2,
            side,
            interval=(-0.5, 0.1),
            p_contact=0.93,
            **near,
        ),
        _finding(
            "imaging.vessel_nerve_distance", 1.4, other, interval=(1.1, 1.8), p_contact=0.02, **far
        ),
        _finding("imaging.vessel_contact", "present", side, segment="attached", vessel="aica"),
        _finding("imaging.vessel_contact", "absent", other),
        _finding("imaging.nerve_deformity", "present", side, segment="attached", vessel="aica"),
        _finding("imaging.offending_vessel", "aica", side, segment="attached"),
    ]


def _finding(code: str, value: float | str, side: Side | None, **more: Any) -> Finding:
    return Finding(
        code=code, value=value, side=side, quality=Grade.MEASURABLE, method=METHOD, **more
    )


def _document(kind: str, findings: list[Finding]) -> FindingsDocument:
    content: Mapping[str, Any] = {"kind": kind, "n": len(findings)}
    digest = hashlib.sha256(f"simulated {sorted(content.items())}".encode()).hexdigest()
    return FindingsDocument(
        recording=RecordingRef(kind=kind, sha256=digest, simulated=True),
        quality=Quality(grade=Grade.MEASURABLE, analysed_s=0.0),
        findings=tuple(findings),
        provenance=Provenance(hemispasm=METHOD),
    )
