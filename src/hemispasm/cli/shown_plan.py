"""A plan in a few lines on stdout: gates first, then side, ranking and next tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hemispasm.cli.shown import FOOTER, stdout_console

if TYPE_CHECKING:
    from hemispasm.model.plan import Differential, Plan

#: How many classes and tests a short view shows; the rest is in the report.
SHOWN = 4
#: A smaller share is left to the report.
LEAST_SHARE = 0.005


def print_plan(plan: Plan) -> None:
    """Print gates, side, the first classes with their bands and the next tests."""
    console = stdout_console()
    for line in plan_lines(plan):
        console.print(line, markup=False, soft_wrap=True)


def plan_lines(plan: Plan) -> list[str]:
    """Return the short view of a plan as lines of text."""
    from hemispasm.report.inline import text_of
    from hemispasm.report.phrase import side_words
    from hemispasm.report.plan_gates import (
        action_words,
        gate_title,
        gate_words,
        gates_in_order,
    )

    lines = [f"Plan as of {plan.as_of}. Not a diagnosis: a person decides."]
    for gate in gates_in_order(plan):
        reason, action = gate_words(gate, "reason", plan), action_words(gate, plan)
        lines.append(f"! {text_of(gate_title(gate))}: {text_of(reason)} {text_of(action)}")
    if not plan.gates:
        lines.append("No red flag fired on what was entered; that is no all-clear.")
    conflict = " (the sources disagree)" if plan.side.conflict else ""
    lines.append(f"Side: {text_of(side_words(plan.side.side)) or 'not known'}{conflict}")
    lines += _ranking(plan.differential)
    tests = [step.test.replace("_", " ") for step in plan.work_up[:SHOWN]]
    lines.append(f"Next tests: {', '.join(tests) or 'none suggested'}")
    lines.append(f"Not known and worth asking: {len(plan.missing)}; see the report.")
    lines.append(FOOTER)
    return lines


def _ranking(differential: Differential | None) -> list[str]:
    from hemispasm.report.inline import text_of
    from hemispasm.report.phrase import class_words
    from hemispasm.report.plan_summary import other_floor

    if differential is None:
        return ["Differential: withheld for this patient; see the report."]
    shown = [share for share in differential.shares if share.share >= LEAST_SHARE][:SHOWN]
    found = [
        f"{text_of(class_words(share.name))} {_percent(share.share)} ({100 * share.level:.0f} % "
        f"band {_percent(share.band[0])} to {_percent(share.band[1])})"
        for share in shown
    ]
    lead = "" if differential.leading else ", none leads"
    floor = other_floor(differential)
    most = "" if floor is None else f". At most {_percent(1 - floor)} in this model"
    return [f"Differential{lead}: {'; '.join(found)}{most}"]


def _percent(share: float) -> str:
    return "under 1 %" if 0 < share < LEAST_SHARE else f"{100 * share:.0f} %"
