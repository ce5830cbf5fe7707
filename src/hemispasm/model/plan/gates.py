"""Gates: what must be seen first; refusals: predictions that are not made for this patient."""

from __future__ import annotations

from enum import StrEnum

from hemispasm.model.base import Noun
from hemispasm.model.plan.common import Basis, Because
from hemispasm.model.side import Side


class Urgency(StrEnum):
    """How soon a person must act, most urgent first."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    SOON = "soon"
    CHECK = "check"


class Gate(Noun):
    """A red flag that fired.

    Texts: ``gate.<code>.title``, ``.reason`` and ``.action``.
    """

    code: str
    urgency: Urgency
    side: Side | None = None
    because: tuple[Because, ...]
    basis: Basis


class Refusal(Noun):
    """An output that is not made for this patient, with the reason.

    ``outputs`` names what is withheld: ``differential``, ``mvd_figures``, ``relief_curve``,
    ``lateral_spread_update``, ``toxin_forecast``, ``untreated_course``, ``ranking``,
    ``secondary_excluded`` or ``cause_from_imaging``. Text: ``refusal.<code>``.
    """

    code: str
    outputs: tuple[str, ...]
    because: tuple[Because, ...] = ()
    basis: Basis


class SideView(Noun):
    """Which side the spasm is on, by every source that says so.

    ``side`` is None when the sources disagree or say nothing; ``conflict`` says that they
    disagree. Nothing that needs a side goes on over a conflict.
    """

    side: Side | None = None
    conflict: bool = False
    because: tuple[Because, ...] = ()
