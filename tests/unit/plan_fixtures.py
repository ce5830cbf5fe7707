"""A plan made by hand: left hemifacial spasm, toxin cycles on record, decompression considered."""

from __future__ import annotations

from datetime import date

from plan_option_fixtures import make_options
from plan_parts import BROW, DAY, EARLIER, HEARING, RATE, RULE, because

from hemispasm.model import Case, Finding
from hemispasm.model.chart import Chart, Observation
from hemispasm.model.plan import (
    AuditedRate,
    Basis,
    CauseView,
    ChecklistItem,
    ClassShare,
    Contribution,
    CourseStep,
    CycleView,
    Differential,
    FollowUp,
    FollowUpVisit,
    Gate,
    Ignored,
    Missing,
    MvdView,
    Plan,
    PossibleCause,
    Refusal,
    ResidualRisk,
    SeverityPoint,
    SeverityTrend,
    SideView,
    ToxinView,
    WearOff,
    WorkUpStep,
)
from hemispasm.model.plan.toxin import ToxinCaution

CASE = Case(id="P-1", birth_year=1964, sex="female", clinic_type="movement_disorder", country="GB")


def make_chart() -> Chart:
    """What the plan was reasoned from, as far as the summary needs it."""
    findings = (
        Finding(code="history.age", value=61.0, unit="a", quality="measurable", method="exam/1"),
        Finding(
            code="video.spasm_rate",
            side="left",
            value=14.5,
            unit="/min",
            interval=(7.1, 25.4),
            level=0.95,
            quality="measurable",
            method="video/1",
        ),
    )
    return Chart(
        case=CASE,
        as_of=DAY,
        observations=tuple(Observation(day=DAY, finding=finding) for finding in findings),
    )


def make_contributions() -> tuple[Contribution, ...]:
    """Three findings: a weak one, a strong one, and one detected by a machine."""
    machine = because(
        "video.other_babinski_fraction",
        0.42,
        "left",
        "measured",
        unit="1",
        interval=(0.2, 0.66),
        level=0.95,
    )
    return (
        Contribution(
            feature="sleep",
            group="sleep",
            because=because("history.sleep_persistence", side="left", origin="told"),
            favours="hfs",
            over="blepharospasm",
            ratio=1.2,
            shift=0.004,
            basis=Basis(evidence=("sleep.psg", "sleep.relief_reported")),
        ),
        Contribution(
            feature="other_babinski",
            group="brow",
            because=BROW,
            favours="hfs",
            over="blepharospasm",
            ratio=20.0,
            capped=True,
            shift=0.14,
            basis=Basis(evidence=("other_babinski.hfs_pooled",)),
        ),
        Contribution(
            feature="other_babinski_video",
            group="brow",
            because=machine,
            favours="hfs",
            over="functional",
            ratio=3.4,
            detector=True,
            shift=0.05,
            basis=Basis(evidence=("other_babinski.functional_baizabal",)),
        ),
    )


def make_differential() -> Differential:
    """Hemifacial spasm leads by three findings; one is detected by a machine."""
    shares = (
        ("hfs", 0.93, (0.85, 0.97), 0.62),
        ("post_paralytic", 0.03, (0.01, 0.07), 0.19),
        ("functional", 0.01, (0.003, 0.03), 0.06),
        ("blepharospasm", 0.005, (0.001, 0.01), 0.04),
        ("tic", 0.005, (0.001, 0.01), 0.03),
        ("other", 0.02, (0.01, 0.05), 0.06),
    )
    return Differential(
        clinic_type="movement_disorder",
        side="left",
        leading="hfs",
        shares=tuple(
            ClassShare(name=name, share=share, band=band, prior=prior)
            for name, share, band, prior in shares
        ),
        contributions=make_contributions(),
        ignored=(
            Ignored(
                because=because("history.ear_click", side="left", origin="told"), reason="no_weight"
            ),
        ),
        basis=Basis(evidence=("prior.functional",), expert_rule=True),
    )


def make_toxin() -> ToxinView:
    """Three cycles, the last of them running."""
    days = (date(2025, 4, 7), date(2025, 8, 11), date(2026, 1, 12))
    lengths = (92.0, 85.0, None)
    return ToxinView(
        cycles=tuple(
            CycleView(
                day=day,
                product="onabotulinumtoxinA",
                side="left",
                onset_days=5.0,
                units={"orbicularis oculi": 12.5},
                duration_days=length,
                best_benefit_percent=80.0,
                effects=("ptosis",) if index == 0 else (),
            )
            for index, (day, length) in enumerate(zip(days, lengths, strict=True))
        ),
        forecast=WearOff(
            from_day=days[-1],
            median_days=86.0,
            interval_days=(55.0, 132.0),
            own_cycles=2,
            product="onabotulinumtoxinA",
            basis=Basis(evidence=("toxin_duration.ona_bentivoglio",)),
        ),
        cautions=("pregnancy",),
        caution_states=(
            ToxinCaution(
                code="swallowing_disorder",
                status="absent",
                because=(because("history.swallowing_disorder", "absent", origin="told"),),
                basis=RULE,
            ),
            ToxinCaution(
                code="pregnancy",
                status="not_asked",
                basis=Basis(evidence=("toxin_label.pregnancy_caution",)),
            ),
        ),
    )


def make_mvd() -> MvdView:
    """Before an operation: default rate, relief curve, both meta-analyses, checklist."""
    counts = ((7, 62), (30, 90), (90, 128), (180, 153), (365, 170))
    return MvdView(
        phase="before",
        side="left",
        rate=AuditedRate(
            origin="published",
            share=0.858,
            band=(0.548, 0.968),
            definition="mvd_rate.definition",
            basis=Basis(evidence=("mvd_effect.new_centre",)),
        ),
        course=tuple(
            CourseStep(day=day, share=k / 175, interval=(k / 175 - 0.05, min(1, k / 175 + 0.05)))
            for day, k in counts
        ),
        immediate=("mvd_timing.immediate_review",),
        residual=(
            ResidualRisk(
                source="Thirumala2020",
                lateral_spread="persisted",
                time="year_1",
                evidence="lateral_spread_update.thirumala_persisted_1y",
            ),
            ResidualRisk(
                source="IOM2022",
                lateral_spread="persisted",
                time="long_term",
                outcome="relieved",
                evidence="lateral_spread_update.iom_long_relief_persisted",
            ),
        ),
        checklist=(
            ChecklistItem(
                code="mri",
                status="done",
                because=(because("imaging.study", "mri_high_resolution", origin="reported"),),
            ),
            ChecklistItem(code="audiogram", status="open"),
            ChecklistItem(code="antithrombotic", status="caution"),
        ),
        basis=RULE,
    )


def make_severity() -> tuple[SeverityTrend, ...]:
    """A measured rate and a rated scale over two visits, and a score of one visit."""

    def points(*values, **more):
        days = (EARLIER, DAY)[-len(values) :]
        return tuple(
            SeverityPoint(day=day, value=value, quality="measurable", **more)
            for day, value in zip(days, values, strict=True)
        )

    return (
        SeverityTrend(
            code="video.spasm_rate",
            side="left",
            unit="/min",
            points=points(6.2, 14.5, origin="measured", interval=(5.0, 25.4), level=0.95),
            change=8.3,
            band=(-4.0, 4.0),
            verdict="worse",
        ),
        SeverityTrend(
            code="scale.smc",
            side="left",
            unit="{score}",
            points=points(2.0, 3.0, origin="examined", rater="A"),
            change=1.0,
            why_not="no_band",
        ),
        SeverityTrend(
            code="scale.hfs7",
            side=None,
            unit="{score}",
            points=points(12.0, origin="told"),
            why_not="one_visit",
        ),
    )


def make_gates() -> tuple[Gate, ...]:
    """An emergency among two that can wait a little."""
    return (
        Gate(
            code="young_onset",
            urgency="soon",
            because=(because("history.onset_age", 38.0, origin="told", unit="a"),),
            basis=RULE,
        ),
        Gate(
            code="stroke",
            urgency="emergency",
            side="left",
            because=(because("history.sudden_deficit", origin="told"),),
            basis=RULE,
        ),
        Gate(
            code="hearing_or_balance",
            urgency="soon",
            side="left",
            because=(HEARING,),
            basis=Basis(evidence=("red_flags.sensory_signs",), expert_rule=True),
        ),
    )


def make_causes() -> CauseView:
    """A vessel suggested; nobody has looked for the others."""
    return CauseView(
        causes=(
            PossibleCause(
                name="vessel",
                status="suggested",
                because=(because("imaging.vessel_contact", side="left", origin="reported"),),
                basis=Basis(evidence=("vessel_contact.asymptomatic_tash",)),
            ),
            PossibleCause(name="tumour", status="not_looked", basis=RULE),
            PossibleCause(name="demyelination", status="not_looked", basis=RULE),
        )
    )


def make_work_up() -> tuple[WorkUpStep, ...]:
    """MRI by a rule, two tests by what they would tell."""
    return (
        WorkUpStep(
            test="mri",
            rule="mri_recommended",
            cautions=("contrast_allergy", "renal_function", "pregnancy"),
            would_decide=("hfs", "other"),
            basis=Basis(evidence=("vessel_contact.never_alone",), expert_rule=True),
        ),
        WorkUpStep(
            test="lateral_spread",
            information_bits=0.21,
            would_decide=("hfs", "blepharospasm"),
            basis=Basis(evidence=("lateral_spread.hfs_lsr2020",)),
        ),
        WorkUpStep(test="night_video", information_bits=0.06, basis=RULE),
    )


def make_follow_up() -> FollowUp:
    """One visit that is over, one without a date."""
    return FollowUp(
        pathway="toxin",
        visits=(
            FollowUpVisit(
                code="toxin_check",
                due=date(2026, 2, 2),
                until=date(2026, 2, 9),
                past=True,
                record=("effect", "adverse_effects"),
            ),
            FollowUpVisit(code="toxin_next", due=None, record=("scale.smc",)),
        ),
        escalation=("new_severe_headache", "eye_pain"),
        country="GB",
        emergency_number="999",
        refer_again=("benefit_falls",),
    )


def make_plan(**changes) -> Plan:
    """The whole plan; ``changes`` replace its parts."""
    plan = Plan(
        case="P-1",
        as_of=DAY,
        clinic_type="movement_disorder",
        gates=make_gates(),
        side=SideView(
            side="left", because=(because("history.spasm", side="left", origin="told"), RATE, BROW)
        ),
        refusals=(
            Refusal(code="no_radiologist_report", outputs=("secondary_excluded",), basis=RULE),
        ),
        differential=make_differential(),
        causes=make_causes(),
        work_up=make_work_up(),
        severity=make_severity(),
        options=make_options(),
        toxin=make_toxin(),
        mvd=make_mvd(),
        follow_up=make_follow_up(),
        missing=(
            Missing(code="history.fever", matters_for="gates"),
            Missing(code="history.seizure", matters_for="gates"),
            Missing(code="imaging.radiologist_report", matters_for="causes"),
        ),
    )
    return plan.model_copy(update=changes)
