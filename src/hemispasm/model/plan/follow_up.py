"""Follow-up: when to see the patient again, what to watch, when to act."""

from __future__ import annotations

from datetime import date
from typing import Literal

from hemispasm.model.base import Noun
from hemispasm.model.plan.common import Basis


class FollowUpVisit(Noun):
    """One date with what to record. Texts: ``follow_up.<code>`` and ``record.<item>``.

    ``due`` is None when it depends on something not known yet; ``until`` is the last day of a
    visit that has a span; ``past`` says that its time was over on the day of the chart.
    """

    code: str
    due: date | None
    days_after: int | None = None
    until: date | None = None
    past: bool = False
    record: tuple[str, ...] = ()
    basis: Basis = Basis(expert_rule=True)


class FollowUp(Noun):
    """Schedule, level of care, what is watched, and when to escalate.

    ``escalation`` are keys of signs (text ``escalation.<code>``), always all of them.
    ``emergency_number`` is None when the country is not known or not in the table, and the text
    (``emergency.number`` with ``{number}``, or ``emergency.unknown``) then says so.
    ``watch`` (text ``watch.<code>``) is what the team watches after surgery, where
    ``level_of_care`` (text ``level_of_care.<value>``) says it may be; ``palsy_watch`` are the
    first and last day on which delayed facial palsy is looked for. ``refer_again`` are triggers
    for the hand-back letter (text ``refer_again.<code>``).
    """

    pathway: Literal["observation", "toxin", "mvd_before", "mvd_after", "work_up"]
    visits: tuple[FollowUpVisit, ...]
    level_of_care: Literal["ward_or_icu"] | None = None
    watch: tuple[str, ...] = ()
    palsy_watch: tuple[date, date] | None = None
    escalation: tuple[str, ...] = ()
    country: str | None = None
    emergency_number: str | None = None
    refer_again: tuple[str, ...] = ()
    basis: Basis = Basis(expert_rule=True)
