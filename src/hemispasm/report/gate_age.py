"""How old a warning sign is: one of an earlier day keeps its gate, and is told with its day."""

from __future__ import annotations

from datetime import date

from hemispasm.model.plan import Because, Gate, Plan, Urgency
from hemispasm.report.document import Cell, Day
from hemispasm.report.phrase import phrase

# These call for somebody today, so that their age has to be told.
_AT_ONCE = (Urgency.EMERGENCY, Urgency.URGENT)
# An unwanted effect is a sign of the patient; other records only say what had been done.
_SIGN_ON_RECORD = "record.toxin_effect"


def newest_day(gate: Gate) -> date | None:
    """Return the day of the newest sign behind a gate; None when it rests on nothing.

    A treatment or a birth year on record is no sign, unless there is nothing else.
    """
    days = [because.day for because in gate.because if _is_sign(because)]
    return max(days or [because.day for because in gate.because], default=None)


def _is_sign(because: Because) -> bool:
    return because.code == _SIGN_ON_RECORD or not because.code.startswith("record.")


def earlier_day(gate: Gate, plan: Plan) -> date | None:
    """Return the day of an emergency or urgent gate that is older than the plan; else None."""
    day = newest_day(gate)
    if gate.urgency not in _AT_ONCE or day is None or day >= plan.as_of:
        return None
    return day


def earlier_words(gate: Gate, plan: Plan, key: str = "gate_age.earlier") -> Cell:
    """Return what stands before the action of an old gate; nothing for one of today.

    The gate, its action and the number to call stay as they are. The reasoning drops a gate when
    a later entry says that the sign is gone, so that here none does.

    Parameters
    ----------
    gate : Gate
        The warning sign.
    plan : Plan
        Its day is the one that the sign is compared with.
    key : str
        Key of the sentence, with the placeholder ``day``.

    Examples
    --------
    >>> from datetime import date
    >>> from hemispasm.model.plan import Basis
    >>> from hemispasm.report.document import text_of
    >>> gate = Gate(code="stroke", urgency="emergency", basis=Basis(), because=(Because(
    ...     code="history.sudden_deficit", value="present", day=date(2022, 3, 2), origin="told"),))
    >>> plan = Plan.model_construct(as_of=date(2026, 3, 2))
    >>> text_of(earlier_words(gate, plan))[:28]
    'Last recorded on 2 March 202'
    """
    day = earlier_day(gate, plan)
    return () if day is None else (*phrase(key, day=Day(day)), " ")
