"""Follow-up: when to see the patient again, what to watch, when to act."""

from __future__ import annotations

from datetime import date
from typing import Literal

from hemispasm.model.base import Noun
from hemispasm.model.plan.common import Basis


class FollowUpVisit(Noun):
    """One date with what to record. Text: ``follow_up.<code>``.

    ``due`` is None when it depends on something not known yet.
    """

    code: str
    due: date | None
    days_after: int | None = None
    record: tuple[str, ...] = ()
    basis: Basis = Basis(expert_rule=True)


class FollowUp(Noun):
    """Schedule, level of care, what is watched, and when to escalate.

    ``escalation`` are keys of signs (text ``escalation.<code>``); ``emergency_number`` is None
    when the country is not known or not in the table, and the text then says so.
    """

    pathway: Literal["observation", "toxin", "mvd_before", "mvd_after", "work_up"]
    visits: tuple[FollowUpVisit, ...]
    level_of_care: Literal["ward_or_icu"] | None = None
    watch: tuple[str, ...] = ()
    escalation: tuple[str, ...] = ()
    country: str | None = None
    emergency_number: str | None = None
    refer_again: tuple[str, ...] = ()
    basis: Basis = Basis(expert_rule=True)
