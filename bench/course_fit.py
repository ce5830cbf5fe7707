"""Fit the course over years to the rows of behaviour marked fit: 10, 17, 18 and 19 (pooled).

    python bench/course_fit.py OUT.json [--patients 500] [--tries 7000] [--steps 200]

Never part of an ordinary run. It looks at nothing but those rows; rows held out are not computed.
It prints, for every parameter, the best value, the central 95 % of an ensemble that fits about as
well, how much of the allowed range that is (near 1: these rows do not tell it), and whether the
best value sits at a bound. The numbers are then written into simulate/course/parameters.toml.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from hemispasm.simulate.course.decompression import centre_profile, draw_results, operate_all
from hemispasm.simulate.course.laws import Traits, follow_days, laws_of
from hemispasm.simulate.course.outcomes import judge
from hemispasm.simulate.course.parameters import DEFAULTS, CourseSettings
from hemispasm.simulate.course.patients import draw_patients

SEED = 7
DAYS = 825
FEWEST_KEPT = 0.04
COARSE_DAYS = 3.5
AS_WELL = 14.4
EDGES = (7, 30, 90, 180, 365)
PUBLISHED_TIMES = np.array([62, 28, 38, 25, 17, 5])
BOUNDS = {
    "bare.repair_days/0": (20.0, 250.0),
    "bare.repair_days/1": (0.2, 1.8),
    "coupling.middle": (0.15, 0.6),
    "coupling.lateral_spread_from": (0.05, 0.9),
    "coupling.threshold_spread": (0.05, 1.5),
    "drive.ectopic": (0.05, 2.0),
    "drive.coupling": (0.05, 2.0),
    "drive.nuclear": (0.05, 2.0),
    "drive.spread": (0.05, 0.8),
    "block.height/0": (0.02, 1.5),
    "relief.complete/0": (0.7, 0.98),
    "relief.complete/1": (0.02, 0.2),
    "relief.partial/0": (0.05, 0.6),
    "centre_a.criterion": (0.3, 1.1),
    "centre_a.complete": (0.6, 0.98),
    "centre_a.partial": (0.0, 0.3),
    "pooled.complete": (0.6, 0.98),
    "pooled.partial": (0.0, 0.3),
}
START = {
    "bare.repair_days/0": 107.0,
    "bare.repair_days/1": 1.44,
    "coupling.middle": 0.339,
    "coupling.lateral_spread_from": 0.246,
    "coupling.threshold_spread": 0.822,
    "drive.ectopic": 0.99,
    "drive.coupling": 0.174,
    "drive.nuclear": 0.54,
    "drive.spread": 0.214,
    "block.height/0": 0.589,
    "relief.complete/0": 0.734,
    "relief.complete/1": 0.102,
    "relief.partial/0": 0.412,
    "centre_a.criterion": 0.685,
    "centre_a.complete": 0.773,
    "centre_a.partial": 0.175,
    "pooled.complete": 0.795,
    "pooled.partial": 0.151,
}
#: `AS_WELL` is half of the 95 % point of chi-square with as many degrees as parameters.
#: Row, what, target and the tolerance of the table, taken as a central 95 %; percent.
CHECKS = (
    ("10 lateral spread before", 96.0, (93.0, 99.0)),
    ("18 complete, centre A", 84.0, (81.0, 90.0)),
    ("18 partial, centre A", 8.0, (5.0, 12.0)),
    ("18 none, centre A", 9.0, (5.0, 12.0)),
    ("18 complete, pooled", 84.0, (81.0, 90.0)),
    ("18 partial, pooled", 8.0, (5.0, 12.0)),
    ("18 none, pooled", 9.0, (5.0, 12.0)),
    ("19 kept, discharge, pooled", 47.8, (33.0, 63.0)),
    ("19 gone, discharge, pooled", 7.3, (4.0, 12.0)),
    ("19 kept, one year, pooled", 24.4, (13.0, 41.0)),
    ("19 gone, one year, pooled", 4.0, (1.5, 8.0)),
    # From the sensitivity (40 %) and specificity (89 %) of the source of row 19: about 13 to 20 %.
    ("19 response kept, pooled", 15.0, (8.0, 25.0)),
)


def changed(x, also=None):
    """Return the settings with the fitted parameters changed."""
    changes = dict(also or {})
    for (name, _), value in zip(BOUNDS.items(), x, strict=True):
        key, _, part = name.partition("/")
        if part:
            row = list(changes.get(key, DEFAULTS[key].value))
            row[int(part)] = float(value)
            changes[key] = tuple(row)
        else:
            changes[key] = float(value)
    return CourseSettings(changes)


def in_coarse_steps(people, settings):
    """Return patients and settings whose day is `COARSE_DAYS` long, for a fit in little time."""
    long = COARSE_DAYS
    days = {"loss_days", "repair_days", "growth_days", "nuclear_loss_days", "block_days"}
    traits = Traits(
        *(
            values / long if name in days else values
            for name, values in zip(Traits._fields, people.traits, strict=True)
        )
    )
    at = np.minimum(np.arange(3) * long, people.vessel.shape[1] - 1.001)
    low, share = at.astype(int), at % 1.0
    vessel = (1.0 - share) * people.vessel[:, low] + share * people.vessel[:, low + 1]
    gain = settings.number("nucleus.gain_days") / long
    judged = {key: settings.number(f"judged.{key}") for key in ("relief_run_days", "final_day")}
    coarse = {f"judged.{key}": float(round(value / long)) for key, value in judged.items()}
    return replace(people, traits=traits, vessel=vessel), gain, coarse


def predict(x, patients, seed=SEED, *, coarse=False):
    """Return the shares of times to relief (centre A) and the percentages of `CHECKS`."""
    settings = changed(x)
    people, long = draw_patients(patients, seed, settings), 1.0
    laws = laws_of(settings)
    if coarse:
        people, gain, judged = in_coarse_steps(people, settings)
        laws, long = laws._replace(nuclear_gain_days=gain), COARSE_DAYS
        settings = changed(x, judged)
    n, days = len(people), int(DAYS / long)
    found = {}
    for centre in ("centre_a", "pooled"):
        profile = centre_profile(centre, settings)
        _, relieved = draw_results(people, profile, settings)
        before = follow_days(
            people.vessel, people.state, operate_all(-1, relieved), 1, False, people.traits, laws
        )
        traces = follow_days(
            people.vessel, people.state, operate_all(0, relieved), days, False, people.traits, laws
        )
        judged = judge(traces, before[0, :, 0].astype(float), profile.criterion, settings)
        kept = traces[2, :, 0] > people.spread_from[:, 0] * (1.0 + traces[1, :, 0])
        found[centre] = (judged, before, kept)
    judged, before, _ = found["centre_a"]
    cured = (judged.outcome == 0) & ~np.isnan(judged.relief_day)
    places = np.searchsorted(EDGES, long * judged.relief_day[cured], side="right")
    times = np.bincount(places, minlength=6) / max(1, cured.sum())
    rates = [100.0 * np.mean(before[2, :, 0] > people.spread_from[:, 0])]
    for centre in ("centre_a", "pooled"):
        rates += [100.0 * np.mean(found[centre][0].outcome == k) for k in range(3)]
    judged, _, kept = found["pooled"]
    for day in (7, 365):
        for group in (kept, ~kept):
            hits, size = judged.spasm[group, int(day / long)].sum(), group.sum()
            rates.append(100.0 * (hits + 0.25) / (size + 0.5))
    rates.append(100.0 * kept.mean())
    return times, np.array(rates), float(kept.mean()), n


def logit(percent):
    """Return the logit of a percentage, kept away from 0 and 100."""
    share = np.clip(np.asarray(percent) / 100.0, 0.003, 0.997)
    return np.log(share / (1.0 - share))


def misfit(x, patients):
    """Return minus the log-likelihood, up to a constant."""
    try:
        times, rates, kept, _ = predict(x, patients, coarse=True)
    except ValueError:
        return 1e6
    # A group of nobody would meet row 19 by the half patient added to it.
    loss = 1000.0 * max(0.0, FEWEST_KEPT - kept)
    times = (times + 1e-3) / (times + 1e-3).sum()
    shares = PUBLISHED_TIMES / PUBLISHED_TIMES.sum()
    loss += float((PUBLISHED_TIMES * np.log(shares / times)).sum())
    targets = np.array([target for _, target, _ in CHECKS])
    low = np.array([limits[0] for _, _, limits in CHECKS])
    high = np.array([limits[1] for _, _, limits in CHECKS])
    sd = (logit(high) - logit(low)) / (2 * 1.96)
    # Order of the predictions: row 10, row 18 by centre, then row 19 by day: kept, gone.
    found = logit(rates)
    loss += float((((found - logit(targets)) / sd) ** 2).sum() / 2.0)
    # The tolerance of the table is a wall: a row just outside counts more than one off its middle.
    outside = np.maximum(0.0, np.maximum(logit(low) - found, found - logit(high))) / sd
    loss += float(4.0 * (outside**2).sum() + 2.0 * outside.sum())
    return loss


def search(start, loss_of, tries, rng):
    """Return the best of random steps from a start, a few parameters at a time."""
    low, high = np.array(list(BOUNDS.values())).T
    best, least, size = start.copy(), loss_of(start), 0.05
    for _ in range(tries):
        some = rng.random(len(best)) < 0.3
        step = size * (high - low) * rng.standard_normal(len(best)) * some
        trial = np.clip(best + step, low, high)
        loss = loss_of(trial)
        if loss < least:
            best, least, size = trial, loss, min(0.15, 1.3 * size)
        else:
            size = max(0.01, 0.97 * size)
    return best


def ensemble(start, loss_of, steps, rng, *, hot=True):
    """Return parameter sets that fit about as well, and the best of all: affine-invariant moves.

    The walkers begin round the start; temperature falls to one over the first half of the steps,
    and of the second half those sets are kept whose misfit is within `AS_WELL` of the least.
    """
    low, high = np.array(list(BOUNDS.values())).T
    size = 2 * len(start) + 2
    near = (0.08 if hot else 0.03) * (high - low) * rng.standard_normal((size, len(start)))
    walkers = np.clip(start + near, low, high)
    walkers[0] = start
    losses = np.array([loss_of(x) for x in walkers])
    best, least, kept = walkers[np.argmin(losses)].copy(), losses.min(), []
    for step in range(steps):
        heat = max(1.0, 8.0 ** (1.0 - 2.0 * step / steps)) if hot else 1.0
        for k in range(size):
            other = walkers[(k + rng.integers(1, size)) % size]
            z = (1.0 + rng.random()) ** 2 / 2.0
            trial = other + z * (walkers[k] - other)
            if np.any(trial < low) or np.any(trial > high):
                continue
            loss = loss_of(trial)
            if np.log(rng.random()) < (len(start) - 1) * np.log(z) + (losses[k] - loss) / heat:
                walkers[k], losses[k] = trial, loss
            if loss < least:
                best, least = trial.copy(), loss
        if step >= steps // 2:
            kept.append(walkers[losses <= least + AS_WELL])
        if step % 20 == 0:
            print(f"step {step}: least {least:.2f}, median {np.median(losses):.2f}", flush=True)
    return np.concatenate(kept), best, float(least)


def report(x, seed):
    """Print what a parameter set predicts for the rows that it was fitted to."""
    times, rates, _, _ = predict(x, 3000, seed)
    print(f"seed {seed}: times to relief", np.round(100 * times, 1), "published", end=" ")
    print(np.round(PUBLISHED_TIMES / 1.75, 1))
    for (name, target, limits), rate in zip(CHECKS, rates, strict=True):
        print(f"  {name:30s} {rate:5.1f}  target {target} within {limits}")
    print(flush=True)


def main():
    """Run the fit and print what it found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--patients", type=int, default=500)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--tries", type=int, default=7000, help="of the search before the ensemble")
    parser.add_argument("--start", type=Path, help="an earlier OUT.json: go on from its best")
    chosen = parser.parse_args()

    def loss_of(x):
        return misfit(x, chosen.patients)

    start, again = np.array(list(START.values())), chosen.start is not None
    if again:
        earlier = json.loads(chosen.start.read_text())["parameters"]
        start = np.array([earlier[name][0] for name in BOUNDS])
    report(start, SEED)
    rng = np.random.default_rng(SEED + again)
    if chosen.tries:
        start = search(start, loss_of, chosen.tries, rng)
        report(start, SEED)
    chain, best, least = ensemble(
        start, loss_of, chosen.steps, rng, hot=not (again or chosen.tries)
    )
    print(f"ensemble: misfit {least:.2f}")
    rows = {}
    for k, (name, (low, high)) in enumerate(BOUNDS.items()):
        ends = np.percentile(chain[:, k], [2.5, 97.5])
        told = (ends[1] - ends[0]) / (0.95 * (high - low))
        bound = min(best[k] - low, high - best[k]) < 0.02 * (high - low)
        rows[name] = [float(best[k]), *map(float, ends), float(told), bool(bound)]
        print(
            f"{name:32s} {best[k]:8.3f}  [{ends[0]:.3f}, {ends[1]:.3f}]  {told:4.0%} of the range"
            f"{'  AT A BOUND' if bound else ''}{'  not identified' if told > 0.6 else ''}"
        )
    for seed in (SEED, SEED + 1):
        report(best, seed)
    names, some = list(BOUNDS), np.random.default_rng(SEED).choice(len(chain), 24, replace=False)
    sets = [dict(zip(names, map(float, chain[k]), strict=True)) for k in some]
    chosen.out.write_text(json.dumps({"misfit": least, "parameters": rows, "sets": sets}, indent=1))


if __name__ == "__main__":
    main()
