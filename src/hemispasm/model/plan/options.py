"""The options side by side: unranked unless the patient's stated values rank them."""

from __future__ import annotations

from typing import Literal

from hemispasm.model.base import Noun
from hemispasm.model.plan.common import Basis, Because


class Figures(Noun):
    """Published figures on one aspect of one option.

    ``evidence`` are keys shown side by side; those that disagree stay together. ``text`` is the
    key of the sentence that goes with them. ``per_hundred`` asks for an icon array: figures that
    are proportions of patients with the same definition on each side of the frame.
    """

    aspect: Literal["benefit", "timing", "durability", "harm", "burden", "unknown"]
    text: str
    evidence: tuple[str, ...] = ()
    per_hundred: bool = False
    basis: Basis = Basis()


class Option(Noun):
    """One way to go.

    ``suits`` and ``against`` are keys of reasons that apply to this patient, with what led to
    them; ``withheld`` are refusal codes for which this option's figures are not shown.
    Texts: ``option.<name>.title`` and ``.what``; grade: ``evidence_grade.<grade>``.
    """

    name: Literal[
        "observation", "toxin", "mvd", "drugs", "physiotherapy", "pain_management", "others",
    ]  # fmt: skip
    evidence_grade: Literal["trials", "series", "low", "none_found"]
    figures: tuple[Figures, ...] = ()
    suits: tuple[OptionReason, ...] = ()
    against: tuple[OptionReason, ...] = ()
    withheld: tuple[str, ...] = ()


class OptionReason(Noun):
    """Why an option suits or does not. Text: ``option_reason.<code>``.

    ``rules_out``: while this holds, the option is not one to choose, so nothing is ranked.
    """

    code: str
    rules_out: bool = False
    because: tuple[Because, ...] = ()
    basis: Basis = Basis(expert_rule=True)


class OptionsGrid(Noun):
    """All options in a fixed order.

    ``by_values`` orders observation, toxin and decompression only where the patient's stated
    ``values`` do; otherwise ``no_ranking`` says why not (text ``ranking.<no_ranking>``).
    ``driving`` is the key of the sentence on driving, None for a patient who does not drive;
    ``notes`` are topics on which the sources disagree, shown side by side.
    """

    options: tuple[Option, ...]
    by_values: tuple[str, ...] | None = None
    no_ranking: (
        Literal["no_values", "undecided", "contradictory", "refused", "gate_first", "ruled_out"]
        | None
    ) = None
    values: tuple[Because, ...] = ()
    driving: str | None = None
    notes: tuple[Figures, ...] = ()


Option.model_rebuild()
