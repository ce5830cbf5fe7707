"""The course of an operation: how open the cross-talk is at each stimulus."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.model.emg import Annotation
from hemispasm.simulate.emg.options import TheatrePlan
from hemispasm.simulate.emg.truth import StatePoint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.emg.options import EmgOptions
    from hemispasm.simulate.emg.patient import Patient


def plan_of(options: EmgOptions) -> TheatrePlan | None:
    """Return the plan of an operation; the usual one in the theatre scenario."""
    if options.theatre is None and options.scenario == "theatre":
        return TheatrePlan()
    return options.theatre


def openness_of(options: EmgOptions, count: int) -> NDArray[np.float64]:
    """Return the factor on the cross-talk at each stimulus: 1 before, 0 after decompression."""
    plan, openness = plan_of(options), np.ones(count)
    if plan is None:
        return openness
    if plan.vanish_sweep is not None:
        left = plan.vanish_sweep - np.arange(count)
        openness = np.clip(left / (plan.fade_sweeps + 1.0), 0.0, 1.0)
    if plan.dip is not None:
        openness[plan.dip[0] : plan.dip[1] + 1] = 0.0
    return openness


def vanish_sweep_of(openness: NDArray[np.float64]) -> int | None:
    """Return the sweep from which on the cross-talk stays shut, None when it ends open.

    Examples
    --------
    >>> vanish_sweep_of(np.array([1.0, 0.0, 1.0, 0.0, 0.0]))
    3
    """
    if len(openness) == 0 or openness[-1] > 0.0:
        return None
    is_open = np.flatnonzero(openness > 0.0)
    return int(is_open[-1]) + 1 if len(is_open) else 0


def note_events(patient: Patient, stimuli_s: NDArray[np.float64]) -> None:
    """Write down what the surgeon does, as the theatre's log would."""
    plan = plan_of(patient.options)
    if plan is None or len(stimuli_s) == 0:
        return
    end = len(stimuli_s) - 1

    def note(sweep: float, text: str) -> None:
        time_s = float(stimuli_s[int(np.clip(sweep, 0, end))])
        patient.notes.append(Annotation(time_s=round(max(time_s - 0.1, 0.0), 4), text=text))

    last = end if plan.vanish_sweep is None else min(plan.vanish_sweep, end)
    note(0.10 * last if plan.dip is None else plan.dip[0], "dura open")
    note(0.20 * last if plan.dip is None else plan.dip[0] + 1, "CSF drained")
    note(0.45 * last, "retractor on")
    if plan.vanish_sweep is not None:
        note(plan.vanish_sweep - plan.fade_sweeps, "vessel mobilised")
        note(last + 8, "felt placed")
    note(0.98 * end, "retractor off")
    for first, after in plan.cautery:
        note(first, "cautery on")
        note(after, "cautery off")


def states_of(
    patient: Patient, stimuli_s: NDArray[np.float64], openness: NDArray[np.float64]
) -> tuple[StatePoint, ...]:
    """Return the nerve's state over time: cross-talk falls at once, excitability in minutes."""
    state = patient.state
    times = [0.0, *stimuli_s.tolist()]
    factors = [1.0 if len(openness) == 0 else float(openness[0]), *openness.tolist()]
    points, drive, before = [], state.excitability, 0.0
    for time_s, factor in zip(times, factors, strict=True):
        drive += (state.excitability * factor - drive) * (1.0 - np.exp(-(time_s - before) / 300.0))
        before = time_s
        points.append(
            StatePoint(
                time_s=round(time_s, 4),
                compression=state.compression * factor,
                excitability=round(float(drive), 6),
                cross_talk_gain=round(state.cross_talk_gain * factor, 6),
                nuclear_gain=state.nuclear_gain,
            )
        )
    return tuple(points)
