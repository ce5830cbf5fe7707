"""The reasoned nouns: what follows from findings and evidence. Data only; words are in texts."""

from hemispasm.model.plan.common import Basis, Because
from hemispasm.model.plan.differential import (
    CLASSES,
    CauseView,
    ClassShare,
    Contribution,
    Differential,
    Ignored,
    PossibleCause,
    WorkUpStep,
)
from hemispasm.model.plan.follow_up import FollowUp, FollowUpVisit
from hemispasm.model.plan.gates import Gate, Refusal, SideView, Urgency
from hemispasm.model.plan.mvd import (
    AuditedRate,
    ChecklistItem,
    CourseStep,
    MvdView,
    ResidualRisk,
    Waiting,
)
from hemispasm.model.plan.options import Figures, Option, OptionReason, OptionsGrid
from hemispasm.model.plan.plan import PLAN_SCHEMA, Missing, Plan
from hemispasm.model.plan.severity import SeverityPoint, SeverityTrend
from hemispasm.model.plan.toxin import CycleView, NoForecast, ToxinCaution, ToxinView, WearOff

__all__ = [
    "CLASSES",
    "PLAN_SCHEMA",
    "AuditedRate",
    "Basis",
    "Because",
    "CauseView",
    "ChecklistItem",
    "ClassShare",
    "Contribution",
    "CourseStep",
    "CycleView",
    "Differential",
    "Figures",
    "FollowUp",
    "FollowUpVisit",
    "Gate",
    "Ignored",
    "Missing",
    "MvdView",
    "NoForecast",
    "Option",
    "OptionReason",
    "OptionsGrid",
    "Plan",
    "PossibleCause",
    "Refusal",
    "ResidualRisk",
    "SeverityPoint",
    "SeverityTrend",
    "SideView",
    "ToxinCaution",
    "ToxinView",
    "Urgency",
    "Waiting",
    "WearOff",
    "WorkUpStep",
]
