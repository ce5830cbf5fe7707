"""Options made by hand, with real published figures."""

from __future__ import annotations

from plan_parts import HEARING, because

from hemispasm.model.plan import Figures, Option, OptionReason, OptionsGrid


def make_observation() -> Option:
    """No treatment, with shares of one group."""
    return Option(
        name="observation",
        evidence_grade="series",
        figures=(
            Figures(
                aspect="benefit",
                text="option.observation.benefit",
                per_hundred=True,
                evidence=("untreated.remission",),
            ),
            Figures(
                aspect="harm",
                text="option.observation.harm",
                per_hundred=True,
                evidence=("untreated.worse",),
            ),
            Figures(aspect="unknown", text="option.observation.unknown"),
        ),
        against=(
            OptionReason(
                code="drives_for_work", because=(because("history.impact_driving", origin="told"),)
            ),
        ),
    )


def make_toxin() -> Option:
    """Injections, with ranges and single series."""
    return Option(
        name="toxin",
        evidence_grade="series",
        figures=(
            Figures(
                aspect="benefit",
                text="option.toxin.benefit",
                per_hundred=True,
                evidence=("toxin_response.range", "toxin_response.defazio"),
            ),
            Figures(aspect="timing", text="option.toxin.timing", evidence=("toxin_onset.range",)),
            Figures(
                aspect="durability",
                text="option.toxin.durability",
                evidence=("toxin_duration.range",),
            ),
            Figures(
                aspect="harm",
                text="option.toxin.harm",
                per_hundred=True,
                evidence=("toxin_harm.any_range", "toxin_harm.any_sorgun"),
            ),
        ),
        suits=(OptionReason(code="wants_early_relief", because=(HEARING,)),),
    )


def make_mvd() -> Option:
    """The operation, with pooled figures."""
    return Option(
        name="mvd",
        evidence_grade="series",
        figures=(
            Figures(
                aspect="benefit",
                text="option.mvd.benefit",
                per_hundred=True,
                evidence=("mvd_effect.new_centre", "mvd_effect.auger_resolved"),
            ),
            Figures(
                aspect="timing",
                text="option.mvd.timing",
                evidence=("mvd_timing.immediate_review",),
            ),
            Figures(
                aspect="durability",
                text="option.mvd.durability",
                evidence=("mvd_recurrence.range",),
            ),
            Figures(
                aspect="harm",
                text="option.mvd.harm",
                per_hundred=True,
                evidence=(
                    "complication.hearing_loss_new_centre",
                    "complication.facial_palsy_lasting",
                    "complication.death",
                ),
            ),
        ),
        against=(OptionReason(code="hearing_at_stake", because=(HEARING,)),),
    )


def make_options() -> OptionsGrid:
    """Three main options with published figures, and two more with little evidence."""
    return OptionsGrid(
        options=(
            make_observation(),
            make_toxin(),
            make_mvd(),
            Option(name="drugs", evidence_grade="low"),
            Option(name="physiotherapy", evidence_grade="none_found"),
        ),
        no_ranking="no_values",
        driving="driving.gb",
        notes=(
            Figures(
                aspect="benefit",
                text="option_note.early_or_late",
                evidence=("mvd_effect.seed_full", "mvd_effect.barker"),
            ),
        ),
    )
