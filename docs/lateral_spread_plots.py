"""Draw the pictures of the tutorial on the lateral spread: `python docs/lateral_spread_plots.py`.

They are drawn by hand when the simulator changes, looked at, and committed; no test draws them.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from hemispasm.model.emg import Muscle
from hemispasm.simulate.course.decompression import Decompression
from hemispasm.simulate.course.patient import CourseRun, condition_on, draw_course, run_course
from hemispasm.simulate.course.rows import RELIEF_EDGES_D, decompressed_cohort
from hemispasm.simulate.nerve.bundle import Bundle, BundleOptions, change_space, make_bundle
from hemispasm.simulate.nerve.evoked import evoke_lateral_spread
from hemispasm.simulate.nerve.run import run_bundle
from hemispasm.simulate.population.condition import MUSCLES
from hemispasm.simulate.population.emg import render_surface_emg
from hemispasm.simulate.population.evoked import evoke_lateral_spread as stimulate
from hemispasm.simulate.population.run import simulate_population
from hemispasm.simulate.population.settings import PopulationSettings
from hemispasm.validate.behaviour_course import PUBLISHED_RELIEF

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

IMAGES = Path(__file__).parent / "images"
PATIENT, CENTRE, OPERATION = 1692, "centre_a", 30
NERVES = range(1000, 1008)
SPACES = (0.1, 0.125, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8)
SQUEEZED, FREE = 0.15, 0.6
FAST, SLOW, QUIET = "#b3432b", "#1f5f8b", "#7a7a7a"
OCULI = MUSCLES.index(Muscle.ORBICULARIS_OCULI)


def draw_bundle() -> None:
    """Draw one nerve squeezed and freed: what crosses, and what goes on by itself."""
    figure, (left, middle, right) = plt.subplots(
        1, 3, figsize=(10.5, 3.6), width_ratios=(1.25, 1, 1), layout="constrained"
    )
    shares = []
    for seed in NERVES:
        nerve = make_bundle(BundleOptions(), seed)
        shares.append(
            [100 * evoke_lateral_spread(change_space(nerve, s), seed=seed).crossing for s in SPACES]
        )
        left.plot(SPACES, shares[-1], color=FAST, alpha=0.25, linewidth=1)
    left.plot(SPACES, np.median(shares, axis=0), color=FAST, linewidth=2.5)
    for space, words in ((SQUEEZED, "under the\nvessel"), (FREE, "freed")):
        left.axvline(space, color=QUIET, linewidth=1, linestyle=":")
        left.text(space + 0.012, 47, words, color=QUIET, fontsize=9, va="top")
    left.set(xlabel="space between the fibres / inside of the fibres",
             ylabel="fibres of the other branch that answer, %", ylim=(-1, 50))  # fmt: skip
    left.set_title("A volley crosses, or not: at once", loc="left", color=FAST)
    nerve = make_bundle(BundleOptions(), NERVES[0])
    for axes, space, words in ((middle, SQUEEZED, "squeezed"), (right, FREE, "freed")):
        _raster(axes, change_space(nerve, space))
        axes.set_title(f"By itself, {words}", loc="left", color=SLOW)
    right.set_yticklabels([])
    _save(figure, "lateral-spread-bundle")


def _raster(axes: Axes, nerve: Bundle) -> None:
    run = run_bundle(nerve, (), 400.0, seed=NERVES[0], dt_us=5.0)
    fibre, time = run.at("distal")
    axes.eventplot(
        [time[fibre == one] for one in range(nerve.diameter_um.size)], colors=SLOW, linewidths=0.7,
        linelengths=1.6,
    )  # fmt: skip
    axes.set(xlabel="ms", ylabel="fibre", xlim=(0, 400), ylim=(-1, nerve.diameter_um.size))


def follow() -> CourseRun:
    """Return the course of the patient of the tutorial."""
    return run_course(draw_course(PATIENT, CENTRE), 400, (Decompression(OPERATION, "complete"),))


def draw_course_of_one(run: CourseRun) -> None:
    """Draw one patient over months: what falls at once, what slowly, what is seen."""
    days = np.arange(run.days) - OPERATION
    figure, (fast, slow, seen) = plt.subplots(
        3, 1, figsize=(8, 6.2), sharex=True, height_ratios=(1, 1, 1.1), layout="constrained"
    )
    fast.plot(days, run.pressure, color=QUIET, label="pressure of the vessel")
    fast.plot(days, run.coupling, color=FAST, linewidth=2.2, label="coupling between fibres")
    fast.set_title("Fast: follows the pressure at once", loc="left", color=FAST)
    slow.plot(days, run.bare, color=SLOW, linewidth=2.2, label="bare share of the patch")
    slow.plot(days, run.nuclear, color=SLOW, linestyle="--", label="gain of the nucleus")
    slow.set_title("Slow: heals over weeks and months", loc="left", color=SLOW)
    for axes, free in ((fast, "center right"), (slow, "lower right")):
        axes.set_ylim(-0.03, 1.05)
        axes.legend(frameon=False, loc=free, ncols=2 if axes is slow else 1)
    seen.plot(days, run.rate_per_min, color="black", linewidth=1.6)
    seen.set(ylabel="spasms per minute", xlabel="days since the decompression", xlim=(-30, 240))
    top = 1.25 * float(run.rate_per_min.max())
    theatre, awake = run.lateral_spread_in_theatre, run.lateral_spread
    for low, words, there, shade in (
        (1.24, "in theatre", theatre, 1.0),
        (1.08, "awake", awake, 0.5),
    ):
        seen.fill_between(days, low * top, (low + 0.1) * top, where=there[:, 0], color=FAST,
                          step="mid", linewidth=0, alpha=shade)  # fmt: skip
        last = float(days[there[:, 0]].max()) if there[:, 0].any() else 0.0
        seen.text(last + 4, (low + 0.05) * top, f"lateral spread, {words}", color=FAST,
                  va="center", fontsize=9)  # fmt: skip
    seen.set_ylim(0, 1.4 * top)
    seen.set_title("What is seen", loc="left")
    for axes in (fast, slow, seen):
        axes.axvline(0, color=QUIET, linewidth=1, linestyle=":")
    _save(figure, "lateral-spread-course")


def draw_table(run: CourseRun) -> None:
    """Draw one muscle before and after the operation: stimulated and at rest."""
    moments = {
        OPERATION - 1: "the day before",
        OPERATION + 8: "a week after",
        OPERATION + 60: "two months after",
        OPERATION + 180: "half a year after",
    }
    figure, grid = plt.subplots(
        len(moments), 2, figsize=(9, 6.8), width_ratios=(1, 1.9), layout="constrained", sharex="col"
    )
    person = PopulationSettings(anatomy_seed=PATIENT)
    for (day, words), (left, right) in zip(moments.items(), grid, strict=True):
        condition = condition_on(run, day)
        settings = replace(person, seeds=False)
        made = stimulate(condition, "mandibular", 0.1 + np.arange(12), PATIENT, settings=settings)
        _overlay(left, render_surface_emg(made, noise_uv=4.0)[OCULI], made.stimuli_s)
        rest = simulate_population(condition, 30.0, PATIENT, settings=person)
        signal = render_surface_emg(rest, 2000.0, noise_uv=4.0)[OCULI]
        right.plot(np.arange(len(signal)) / 2000.0, signal / 1000.0, color=SLOW, linewidth=0.4)
        right.set_ylim(-0.8, 0.8)
        left.set_title(words, loc="left", fontsize=10)
        right.set_title(
            f"{60 * len(rest.episodes) / 30:.0f} spasms per minute", loc="left", fontsize=10
        )
    grid[-1, 0].set_xlabel("ms after the stimulus to the mandibular branch")
    grid[-1, 1].set_xlabel("s at rest")
    for left, right in grid:
        left.set_ylabel("µV")
        right.set_ylabel("mV")
    _save(figure, "lateral-spread-table")


def _overlay(axes: Axes, signal: np.ndarray, stimuli_s: np.ndarray) -> None:
    for time in stimuli_s:
        first = round(time * 4000)
        sweep = signal[first : first + 120]
        axes.plot(np.arange(len(sweep)) / 4.0, sweep, color=FAST, linewidth=0.5, alpha=0.7)
    axes.set(xlim=(0, 30), ylim=(-900, 900))


def draw_cohort() -> None:
    """Draw who is relieved when, by the lateral spread at the end of the operation."""
    people = decompressed_cohort(4000, PATIENT, CENTRE, years=2.3)
    days = np.arange(0, 731)
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    for there, colour, words in ((False, SLOW, "gone"), (True, FAST, "still there")):
        these = people.relief_day[people.lsr_before & (people.lsr_at_end == there)]
        share = [100 * np.mean(these <= day) for day in days]
        axes.plot(days, share, color=colour, linewidth=2,
                  label=f"lateral spread {words} at the end (n = {len(these)})")  # fmt: skip
    cured = people.relief_day[(people.outcome == "complete") & np.isfinite(people.relief_day)]
    published = 100 * np.cumsum(PUBLISHED_RELIEF)[:-1] / sum(PUBLISHED_RELIEF)
    axes.plot(days, [100 * np.mean(cured <= day) for day in days], color="black", linewidth=1,
              linestyle="--", label="those cured in the end")  # fmt: skip
    axes.plot(RELIEF_EDGES_D, published, "o", color="black", label="the same, published (fitted)")
    axes.set_xscale("symlog", linthresh=7)
    axes.set_xticks(
        [0, 7, 30, 90, 180, 365, 730], labels=["0", "7", "30", "90", "180", "365", "730"]
    )
    axes.set(
        xlabel="days since the decompression", ylabel="relieved, %", ylim=(0, 101), xlim=(0, 730)
    )
    axes.legend(frameon=False, loc="upper left", fontsize=9)
    _save(figure, "lateral-spread-cohort")


def draw_arms() -> None:
    """Draw the two ways an impulse may take, in one patient before the operation."""
    condition = condition_on(follow(), 0)
    figure, grid = plt.subplots(1, 2, figsize=(8.5, 3.2), sharey=True, layout="constrained")
    for axes, arm, words in ((grid[0], "ephaptic", "across the bare patch"),
                             (grid[1], "nuclear", "through the nucleus")):  # fmt: skip
        settings = PopulationSettings(anatomy_seed=PATIENT, seeds=False)
        made = stimulate(
            condition,
            "mandibular",
            0.1 + np.arange(12),
            PATIENT,
            arm=arm,
            settings=settings,  # type: ignore[arg-type]
        )
        _overlay(axes, render_surface_emg(made, noise_uv=4.0)[OCULI], made.stimuli_s)
        axes.set_title(words, loc="left")
        axes.set_xlabel("ms after the stimulus")
    grid[0].set_ylabel("µV, orbicularis oculi")
    _save(figure, "lateral-spread-arms")


def _save(figure: Figure, name: str) -> None:
    figure.text(0.995, 0.005, "SIMULATED", ha="right", va="bottom", fontsize=7, color=QUIET)
    IMAGES.mkdir(exist_ok=True)
    figure.savefig(IMAGES / f"{name}.png", dpi=130)
    plt.close(figure)
    print(f"drawn: {name}.png")


def main() -> None:
    """Draw all pictures."""
    plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "font.size": 10})
    run = follow()
    draw_course_of_one(run)
    draw_table(run)
    draw_cohort()
    draw_arms()
    draw_bundle()


if __name__ == "__main__":
    main()
