"""Findings, days and reasons that the plans of the tests share."""

from __future__ import annotations

from datetime import date

from hemispasm.model.plan import Basis, Because

DAY = date(2026, 3, 2)
EARLIER = date(2025, 12, 1)
RULE = Basis(expert_rule=True)


def because(code, value="present", side=None, origin="examined", day=DAY, **more):
    return Because(code=code, value=value, side=side, origin=origin, day=day, **more)


BROW = because("exam.other_babinski", side="left")
HEARING = because("history.hearing_loss", side="left", origin="told")
RATE = because(
    "video.spasm_rate", 14.5, "left", "measured", unit="/min", interval=(7.1, 25.4), level=0.95
)
