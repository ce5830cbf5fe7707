"""The differential, the causes and the work-up, each part with what it rests on."""

from __future__ import annotations

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from hemispasm.model.base import Noun
from hemispasm.model.case import ClinicType
from hemispasm.model.plan.common import Basis, Because
from hemispasm.model.side import Side

CLASSES = (
    "hfs",
    "post_paralytic",
    "blepharospasm",
    "oromandibular",
    "facial_myokymia",
    "eyelid_myokymia",
    "tic",
    "functional",
    "hemimasticatory",
    "focal_seizure",
    "faciobrachial_seizure",
    "tardive",
    "palatal_tremor",
    "other",
)
"""Classes of the differential; ``other`` never vanishes. Texts: ``class.<name>``."""


class ClassShare(Noun):
    """Share of one class with its band of second-order uncertainty, and its share before."""

    name: str
    share: float = Field(ge=0, le=1)
    band: tuple[float, float]
    level: float = 0.8
    prior: float = Field(ge=0, le=1)


class Contribution(Noun):
    """What one finding did.

    Attributes
    ----------
    feature, group : str
        Row of the feature table, and the group that keeps related findings from counting twice.
    favours, over : str
        The class it supports most, and the strongest other class it speaks against.
    ratio : float
        Likelihood ratio between those two as applied: capped, tempered by group and quality.
    capped : bool
        The published ratio was larger than the cap.
    detector : bool
        A machine detected the sign: its own sensitivity and specificity were applied, and it is
        not validated on patients.
    shift : float
        Change of the leading class's share by this finding, all others kept.
    """

    feature: str
    group: str
    because: Because
    favours: str
    over: str
    ratio: float = Field(gt=0)
    capped: bool = False
    detector: bool = False
    shift: float
    basis: Basis


class Ignored(Noun):
    """A finding that was not weighed, and why. Text: ``ignored.<reason>``."""

    because: Because
    reason: str


class WorkUpStep(Noun):
    """A test that is not done yet.

    ``information_bits`` is the expected gain for the differential, None when a rule and not the
    ranking asks for the test. ``cautions`` are to be asked first (text ``caution.<name>``).
    Texts: ``test.<name>.title`` and ``.why``; a rule's reason is ``workup.<rule>``.
    """

    test: str
    information_bits: float | None = None
    rule: str | None = None
    cautions: tuple[str, ...] = ()
    would_decide: tuple[str, ...] = ()
    basis: Basis


class Differential(Noun):
    """The ranking with everything that made it. ``leading`` is None when nothing leads.

    Attributes
    ----------
    clinic_type, prior_clinic : ClinicType or None, ClinicType
        What the case says, and whose prior was used: the widest where the case says nothing.
    other_floor : float or None
        Share below which "something else" never falls (expert rule), so that no other class can
        reach the whole.
    first_in : float or None
        Share of the draws in which the first class of ``shares`` is first.
    no_lead : str or None
        Why nothing leads: ``nothing_said`` (no finding says anything), ``vessel_only`` (only a
        vessel at the nerve does), ``defining_finding`` (one all but defines another class),
        ``not_separated``, ``something_else``, or ``gate_first`` (a warning sign that may explain
        the findings must be settled first). Text: ``differential.no_lead.<reason>``.
    """

    clinic_type: ClinicType | None
    prior_clinic: ClinicType = ClinicType.COMMUNITY
    other_floor: float | None = Field(default=None, ge=0, lt=1)
    first_in: float | None = Field(default=None, ge=0, le=1)
    side: Side | None = None
    shares: tuple[ClassShare, ...]
    leading: str | None = None
    no_lead: (
        Literal[
            "nothing_said", "vessel_only", "defining_finding", "not_separated", "something_else",
            "gate_first",
        ]
        | None
    ) = None  # fmt: skip
    contributions: tuple[Contribution, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    basis: Basis

    @model_validator(mode="after")
    def _check_sum(self) -> Self:
        if abs(sum(s.share for s in self.shares) - 1) > 1e-6:
            raise ValueError("the shares of a differential must sum to one")
        return self


class PossibleCause(Noun):
    """One possible cause, and what is known of it.

    ``reported``: a report or the history names it. ``suggested``: a finding points to it.
    ``not_seen``: a reader looked and did not see it. ``not_looked``: nobody has looked.
    Texts: ``cause.<name>.title`` and ``.about``.
    """

    name: Literal[
        "vessel", "tumour", "malformation", "demyelination", "adhesion", "post_paralytic",
        "injury", "brainstem", "none_found",
    ]  # fmt: skip
    status: Literal["reported", "suggested", "not_seen", "not_assessable", "not_looked"]
    because: tuple[Because, ...] = ()
    basis: Basis


class CauseView(Noun):
    """All possible causes.

    ``secondary_report_day`` is None without a radiologist's report, and then nobody may say that a
    secondary cause is excluded.
    """

    causes: tuple[PossibleCause, ...]
    secondary_report_day: date | None = None
    secondary_report: str | None = None
