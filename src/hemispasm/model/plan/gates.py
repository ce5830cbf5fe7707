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


OUTPUTS = (
    # Withheld from some patients.
    "differential",
    "mvd_figures",
    "mvd_option_figures",
    "relief_curve",
    "lateral_spread_update",
    "toxin_forecast",
    "option_figures",
    "untreated_course",
    "ranking",
    "ranking_without_values",
    "secondary_excluded",
    # Never made, for anybody.
    "cause_from_imaging",
    "individual_cure",
    "dose",
    "product_conversion",
    "diagnosis",
    "outcome_from_severity",
    "withheld_by_age",
    "treatment_by_ancestry_or_sex",
    "seizure_excluded",
    "reassurance",
)
"""What a refusal can withhold. ``mvd_option_figures`` are the figures of a first decompression as
an option for somebody who has had one; ``mvd_figures`` are those of the operation that applies.
``option_figures`` are those of toxin and of other procedures as an option."""


class Refusal(Noun):
    """An output that is not made for this patient, with the reason.

    ``outputs`` names what is withheld: ``differential``, ``mvd_figures``, ``mvd_option_figures``,
    ``relief_curve``, ``lateral_spread_update``, ``toxin_forecast``, ``option_figures``,
    ``untreated_course``, ``ranking``, ``ranking_without_values``, ``secondary_excluded`` or
    ``cause_from_imaging``, and those of `OUTPUTS` that are never made. ``standing`` says that it
    holds for everyone.
    Text: ``refusal.<code>``.
    """

    code: str
    outputs: tuple[str, ...]
    because: tuple[Because, ...] = ()
    standing: bool = False
    basis: Basis


class SideView(Noun):
    """Which side the spasm is on, by every source that says so.

    ``side`` is None when the sources disagree or say nothing; ``conflict`` says that they
    disagree. Nothing that needs a side goes on over a conflict.
    """

    side: Side | None = None
    conflict: bool = False
    because: tuple[Because, ...] = ()
