"""Where a reader clicked: ends of the nerves, and vessels, in the patient's LPS millimetres."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from hemispasm.model.base import Noun
from hemispasm.model.imaging import Nerve, VesselName, Xyz
from hemispasm.model.side import Side

SEEDS_SCHEMA: Literal["hemispasm.seeds/1"] = "hemispasm.seeds/1"


class SeedKind(StrEnum):
    """What a click marks. ``vessel`` is a point in a vessel that the reader suspects."""

    ROOT_EXIT = "root_exit"
    DETACHMENT = "detachment"
    PORUS = "porus"
    VESSEL = "vessel"


class Seed(Noun):
    """One click in the patient's LPS.

    ``source`` is ``reader`` (a person), ``proposed`` (a program, not yet looked at) or
    ``simulated``. ``vessel`` may name the vessel of a ``vessel`` click. ``sd_mm`` is the
    uncertainty per axis where it is known.
    """

    nerve: Nerve = Nerve.VII
    side: Literal[Side.LEFT, Side.RIGHT]
    kind: SeedKind
    xyz_mm: Xyz
    source: Literal["reader", "proposed", "simulated"] = "reader"
    vessel: VesselName | None = None
    sd_mm: float | None = Field(default=None, ge=0)
    reader: str | None = Field(default=None, max_length=16)
    time: str | None = None

    @field_validator("xyz_mm")
    @classmethod
    def _check_place(cls, value: Xyz) -> Xyz:
        if any(abs(v) > 2000.0 for v in value):
            raise ValueError("a click lies within two metres of the origin")
        return value


class Seeds(Noun):
    """The clicks of one study (``seeds.json``).

    One click a nerve, side and kind, but any number of ``vessel`` clicks. Where both sides are
    marked, the left one must lie to the patient's left.

    Raises
    ------
    ValueError
        A place is marked twice, or left lies to the right of right.

    Examples
    --------
    >>> seeds = Seeds(confirmed=True, seeds=(
    ...     Seed(side=Side.LEFT, kind=SeedKind.PORUS, xyz_mm=(25.0, 1.0, -1.0)),))
    >>> seeds.point(Nerve.VII, Side.LEFT, SeedKind.PORUS)
    (25.0, 1.0, -1.0)
    >>> seeds.point(Nerve.VII, Side.RIGHT, SeedKind.PORUS) is None
    True
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )

    schema_: Literal["hemispasm.seeds/1"] = Field(default=SEEDS_SCHEMA, alias="schema")
    frame: Literal["LPS"] = "LPS"
    confirmed: bool = False
    seeds: tuple[Seed, ...] = ()
    series_sha256: str | None = None

    @model_validator(mode="after")
    def _check_places(self) -> Seeds:
        places = [(s.nerve, s.side, s.kind) for s in self.seeds if s.kind is not SeedKind.VESSEL]
        twice = next((p for p in places if places.count(p) > 1), None)
        if twice is not None:
            raise ValueError(f"{twice[2]} of {twice[0]} is marked twice on the {twice[1]}")
        for nerve, side, kind in places:
            left = self.point(nerve, Side.LEFT, kind)
            right = self.point(nerve, Side.RIGHT, kind)
            if side is Side.LEFT and left and right and left[0] <= right[0]:
                raise ValueError(f"the left {kind} of {nerve} lies to the right of the right one")
        return self

    def point(self, nerve: Nerve, side: Side, kind: SeedKind) -> Xyz | None:
        """Return the place of a mark, None where it is not given."""
        found = self.select(nerve=nerve, side=side, kind=kind)
        return found[0].xyz_mm if found else None

    def select(
        self,
        *,
        nerve: Nerve | None = None,
        side: Side | None = None,
        kind: SeedKind | None = None,
    ) -> tuple[Seed, ...]:
        """Return the clicks that fit every given property."""
        wanted = {"nerve": nerve, "side": side, "kind": kind}
        asked = {name: value for name, value in wanted.items() if value is not None}
        fits = (s for s in self.seeds if all(getattr(s, n) is v for n, v in asked.items()))
        return tuple(fits)

    @property
    def sides(self) -> tuple[Side, ...]:
        """The sides on which both ends of the facial nerve are marked."""
        ends = (SeedKind.ROOT_EXIT, SeedKind.PORUS)
        pair = (Side.LEFT, Side.RIGHT)
        return tuple(
            s for s in pair if all(self.point(Nerve.VII, s, kind) is not None for kind in ends)
        )
