"""Options for the tests of reasoning: a grid in one line, and a finding for every reason."""

from __future__ import annotations

from typing import Any

from reason_charts import chart, seen

from hemispasm.model.chart import Chart
from hemispasm.model.plan import (
    Basis,
    ClassShare,
    Differential,
    Gate,
    OptionsGrid,
    Refusal,
    Urgency,
)
from hemispasm.model.side import Side
from hemispasm.model.treatment import Centre
from hemispasm.reason.options import build_options


def grid_of(
    given_chart: Chart | None = None,
    *,
    side: Side | None = Side.LEFT,
    gates: tuple[Gate, ...] = (),
    refusals: tuple[Refusal, ...] = (),
    **more: Any,
) -> OptionsGrid:
    return build_options(given_chart or chart(), side=side, gates=gates, refusals=refusals, **more)


def gate(code: str, urgency: Urgency = Urgency.CHECK) -> Gate:
    return Gate(code=code, urgency=urgency, because=(), basis=Basis(expert_rule=True))


def refusal(code: str, *outputs: str) -> Refusal:
    return Refusal(code=code, outputs=outputs, basis=Basis(expert_rule=True))


def differential(leading: str | None, share: float) -> Differential:
    shares = {"hfs": share if leading == "hfs" else 0.1, "tic": 0.0, "other": 0.0}
    if leading not in (None, "hfs"):
        shares[leading] = share
    shares["other"] = 1 - sum(shares.values())
    return Differential(
        clinic_type=None,
        leading=leading,
        shares=tuple(
            ClassShare(name=n, share=s, band=(0.0, 1.0), prior=0.1) for n, s in shares.items()
        ),
        basis=Basis(),
    )


def codes(grid: OptionsGrid, option: str, kind: str) -> set[str]:
    found = next(o for o in grid.options if o.name == option)
    return {reason.code for reason in getattr(found, kind)}


def audit() -> Centre:
    return Centre(name="Clinic", operated=50, good=45, definition="no spasm", months=12)


# Finding on a left-sided patient, the option, which way it speaks, and the reason.
LEFT_REASONS = [
    (seen("scale.smc", 2.0, "left"), "observation", "suits", "low_grade"),
    (seen("scale.smc", 3.0, "left"), "observation", "against", "high_grade"),
    (seen("history.impact_work", "severe"), "observation", "against", "high_impact"),
    (seen("history.vision_impaired"), "observation", "against", "vision_impaired"),
    (seen("history.known_tumour", side="left"), "mvd", "against", "tumour"),
    (seen("imaging.cpa_mass", "seen", "right"), "mvd", "against", "tumour"),
    (seen("imaging.vascular_malformation", "seen", "left"), "mvd", "against", "secondary_seen"),
    (seen("imaging.aneurysm_or_ectasia", "seen", "left"), "mvd", "against", "secondary_seen"),
    (
        seen("imaging.radiologist_report", "secondary_cause"),
        "mvd",
        "against",
        "secondary_reported",
    ),
    (seen("imaging.vessel_contact", side="left"), "mvd", "suits", "vessel_contact"),
    (seen("imaging.conflict_grade", "2", "left"), "mvd", "suits", "vessel_contact"),
    (seen("history.fit_for_anaesthesia", "fit"), "mvd", "suits", "fit_for_anaesthesia"),
    (seen("history.fit_for_anaesthesia", "unfit"), "mvd", "against", "unfit_for_anaesthesia"),
    (seen("history.fit_for_anaesthesia", "unfit"), "toxin", "suits", "unfit_for_anaesthesia"),
    (seen("history.fit_for_anaesthesia", "doubtful"), "mvd", "against", "fitness_doubtful"),
    (seen("history.prior_decompression", side="left"), "mvd", "against", "decompressed_before"),
    (seen("history.hearing_dependence"), "mvd", "against", "hearing_dependent"),
    (seen("report.audiogram", "abnormal", "right"), "mvd", "against", "other_ear_weak"),
    (seen("exam.hearing", "reduced", "right"), "mvd", "against", "other_ear_weak"),
    (seen("history.toxin_hypersensitivity"), "toxin", "against", "toxin_hypersensitivity"),
    (seen("history.injection_site_infection"), "toxin", "against", "injection_site_infection"),
    (seen("history.neuromuscular_disease"), "toxin", "against", "neuromuscular_disease"),
    (seen("history.neuromuscular_drug"), "toxin", "against", "neuromuscular_drug"),
    (seen("history.swallowing_disorder"), "toxin", "against", "swallowing_disorder"),
    (seen("history.breast_feeding"), "toxin", "against", "breast_feeding"),
    (seen("history.double_vision"), "toxin", "against", "double_vision"),
    (
        seen("history.incomplete_eye_closure", side="left"),
        "toxin",
        "against",
        "incomplete_eye_closure",
    ),
    (
        seen("history.trigeminal_pain", side="left"),
        "pain_management",
        "suits",
        "pain_asks_for_a_cause",
    ),
    (seen("preference.lasting_relief", "most"), "mvd", "suits", "value_lasting_relief"),
    (seen("preference.quick_relief", "most"), "toxin", "suits", "value_quick_relief"),
    (seen("preference.avoid_surgery", "most"), "mvd", "against", "value_avoid_surgery"),
    (seen("preference.avoid_injections", "most"), "toxin", "against", "value_avoid_injections"),
    (seen("preference.keep_hearing", "most"), "mvd", "against", "value_keep_hearing"),
    (seen("preference.fewest_visits", "most"), "toxin", "against", "value_fewest_visits"),
]
