"""Views on decompression for the tests of reasoning, in one line each."""

from __future__ import annotations

from typing import Any

from reason_charts import chart

from hemispasm.model.plan import Basis, MvdView, Refusal
from hemispasm.model.side import Side
from hemispasm.model.treatment import Centre, Operation, Treatments
from hemispasm.reason.mvd import view_mvd


def view(
    *observations: Any,
    operated: Operation | None = None,
    side: Side | None = Side.LEFT,
    refused: tuple[str, ...] = (),
    code: str = "child",
    centre: Centre | None = None,
    **case: Any,
) -> MvdView:
    treatments = Treatments(operations=(operated,)) if operated else None
    refusals = (Refusal(code=code, outputs=refused, basis=Basis()),) if refused else ()
    found = view_mvd(
        chart(*observations, treatments=treatments, **case),
        side=side,
        refusals=refusals,
        centre=centre,
    )
    assert found is not None
    return found


def centre(good: int, operated: int, months: float = 12) -> Centre:
    return Centre(name="Clinic", operated=operated, good=good, definition="no spasm", months=months)
