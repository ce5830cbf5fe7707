"""The plan: what one chart leads to, whole."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import ConfigDict, Field

from hemispasm.model.base import Noun
from hemispasm.model.case import ClinicType
from hemispasm.model.chart import Doubt
from hemispasm.model.plan.differential import CauseView, Differential, WorkUpStep
from hemispasm.model.plan.follow_up import FollowUp
from hemispasm.model.plan.gates import Gate, Refusal, SideView
from hemispasm.model.plan.mvd import MvdView
from hemispasm.model.plan.options import OptionsGrid
from hemispasm.model.plan.severity import SeverityTrend
from hemispasm.model.plan.toxin import ToxinView

PLAN_SCHEMA: Literal["hemispasm.plan/1"] = "hemispasm.plan/1"


class Missing(Noun):
    """Something not known that would matter, and for what (``gates``, ``differential`` …)."""

    code: str
    matters_for: str


class Plan(Noun):
    """Everything reasoned from one chart. Gates come first, always.

    ``differential`` is None when a refusal withholds it.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )

    schema_: Literal["hemispasm.plan/1"] = Field(default=PLAN_SCHEMA, alias="schema")
    case: str
    as_of: date
    clinic_type: ClinicType | None = None
    gates: tuple[Gate, ...] = ()
    side: SideView
    refusals: tuple[Refusal, ...] = ()
    differential: Differential | None = None
    causes: CauseView
    work_up: tuple[WorkUpStep, ...] = ()
    severity: tuple[SeverityTrend, ...] = ()
    options: OptionsGrid
    toxin: ToxinView | None = None
    mvd: MvdView | None = None
    follow_up: FollowUp
    missing: tuple[Missing, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    simulated: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return plain data in the published shape."""
        return self.model_dump(mode="json", by_alias=True)
