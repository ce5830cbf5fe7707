"""Fit the course over years to the rows of behaviour marked fit: 10, 17, 18 and 19 (pooled).

    python bench/course_fit.py OUT.json [--patients 800] [--generations 40] [--steps 120]

Never part of an ordinary run. It looks at nothing but those rows; rows held out are not computed.
It prints, for every parameter, the best value, the central 95 % of an ensemble that fits about as
well, how much of the allowed range that is (near 1: these rows do not tell it), and whether the
best value sits at a bound. The numbers are then written into simulate/course/parameters.toml.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from scipy.optimize import differential_evolution

from hemispasm.simulate.course.decompression import centre_profile, draw_results, operate_all
from hemispasm.simulate.course.laws import follow_days, laws_of
from hemispasm.simulate.course.outcomes import judge
from hemispasm.simulate.course.parameters import CourseSettings, load_parameters
from hemispasm.simulate.course.patients import draw_patients

SEED = 7
DAYS = 825
EDGES = (7, 30, 90, 180, 365)
PUBLISHED_TIMES = np.array([62, 28, 38, 25, 17, 5])
BOUNDS = {
    "bare.repair_days/0": (20.0, 250.0),
    "bare.repair_days/1": (0.2, 1.8),
    "coupling.middle": (0.15, 0.6),
    "coupling.lateral_spread_from": (0.05, 0.9),
    "drive.ectopic": (0.05, 2.0),
    "drive.coupling": (0.05, 2.0),
    "drive.nuclear": (0.05, 2.0),
    "drive.spread": (0.05, 0.8),
    "block.height/0": (0.02, 1.5),
    "relief.partial/0": (0.05, 0.6),
    "centre_a.criterion": (0.3, 1.1),
    "centre_a.complete": (0.6, 0.98),
    "centre_a.partial": (0.0, 0.3),
    "pooled.complete": (0.6, 0.98),
    "pooled.partial": (0.0, 0.3),
}
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
)


def changed(x):
    """Return the settings with the fitted parameters changed."""
    changes = {}
    for (name, _), value in zip(BOUNDS.items(), x, strict=True):
        key, _, part = name.partition("/")
        if part:
            row = list(changes.get(key, load_parameters()[key].value))
            row[int(part)] = float(value)
            changes[key] = tuple(row)
        else:
            changes[key] = float(value)
    return CourseSettings(changes)


def predict(settings, patients, seed=SEED):
    """Return the shares of times to relief (centre A) and the eleven percentages of `CHECKS`."""
    people = draw_patients(patients, seed, settings)
    laws, n = laws_of(settings), len(people)
    found = {}
    for centre in ("centre_a", "pooled"):
        profile = centre_profile(centre, settings)
        _, relieved = draw_results(people, profile, settings)
        before = follow_days(
            people.vessel, people.state, operate_all(-1, relieved), 1, False, people.traits, laws
        )
        traces = follow_days(
            people.vessel, people.state, operate_all(0, relieved), DAYS, False, people.traits, laws
        )
        judged = judge(traces, before[0, :, 0].astype(float), profile.criterion, settings)
        kept = traces[2, :, 0] > people.spread_from[:, 0] * (1.0 + traces[1, :, 0])
        found[centre] = (judged, before, kept)
    judged, before, _ = found["centre_a"]
    cured = (judged.outcome == 0) & ~np.isnan(judged.relief_day)
    places = np.searchsorted(EDGES, judged.relief_day[cured], side="right")
    times = np.bincount(places, minlength=6) / max(1, cured.sum())
    rates = [100.0 * np.mean(before[2, :, 0] > people.spread_from[:, 0])]
    for centre in ("centre_a", "pooled"):
        rates += [100.0 * np.mean(found[centre][0].outcome == k) for k in range(3)]
    judged, _, kept = found["pooled"]
    for day in (7, 365):
        for group in (kept, ~kept):
            hits, size = judged.spasm[group, day].sum(), group.sum()
            rates.append(100.0 * (hits + 0.25) / (size + 0.5))
    return times, np.array(rates), float(kept.mean()), n


def logit(percent):
    """Return the logit of a percentage, kept away from 0 and 100."""
    share = np.clip(np.asarray(percent) / 100.0, 0.003, 0.997)
    return np.log(share / (1.0 - share))


def misfit(x, patients):
    """Return minus the log-likelihood, up to a constant."""
    try:
        times, rates, _, _ = predict(changed(x), patients)
    except ValueError:
        return 1e6
    times = (times + 1e-3) / (times + 1e-3).sum()
    shares = PUBLISHED_TIMES / PUBLISHED_TIMES.sum()
    loss = float((PUBLISHED_TIMES * np.log(shares / times)).sum())
    targets = np.array([target for _, target, _ in CHECKS])
    low = np.array([limits[0] for _, _, limits in CHECKS])
    high = np.array([limits[1] for _, _, limits in CHECKS])
    sd = (logit(high) - logit(low)) / (2 * 1.96)
    # Order of the predictions: row 10, row 18 by centre, then row 19 by day: kept, gone.
    loss += float((((logit(rates) - logit(targets)) / sd) ** 2).sum() / 2.0)
    return loss


def ensemble(best, loss_of, steps, rng):
    """Return parameter sets that fit about as well: affine-invariant moves from round the best."""
    low, high = np.array(list(BOUNDS.values())).T
    size = 2 * len(best) + 2
    walkers = np.clip(
        best + 0.05 * (high - low) * rng.standard_normal((size, len(best))), low, high
    )
    walkers[0] = best
    losses = np.array([loss_of(x) for x in walkers])
    kept = []
    for step in range(steps):
        for k in range(size):
            other = walkers[(k + rng.integers(1, size)) % size]
            z = (1.0 + rng.random()) ** 2 / 2.0
            trial = other + z * (walkers[k] - other)
            if np.any(trial < low) or np.any(trial > high):
                continue
            loss = loss_of(trial)
            if np.log(rng.random()) < (len(best) - 1) * np.log(z) + losses[k] - loss:
                walkers[k], losses[k] = trial, loss
        if step >= steps // 2:
            kept.append(walkers.copy())
    return np.concatenate(kept), walkers[np.argmin(losses)]


def main():
    """Run the fit and print what it found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--patients", type=int, default=800)
    parser.add_argument("--generations", type=int, default=40)
    parser.add_argument("--steps", type=int, default=120)
    chosen = parser.parse_args()

    def loss_of(x):
        return misfit(x, chosen.patients)

    found = differential_evolution(
        loss_of, list(BOUNDS.values()), maxiter=chosen.generations, popsize=5, seed=SEED,
        polish=False, tol=1e-8,
    )  # fmt: skip
    print(f"search: misfit {found.fun:.2f} after {found.nfev} runs", flush=True)
    chain, last = ensemble(found.x, loss_of, chosen.steps, np.random.default_rng(SEED))
    best = min((found.x, last), key=loss_of)
    print(f"ensemble: misfit {loss_of(best):.2f}")
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
        times, rates, kept, _ = predict(changed(best), 4000, seed)
        print(
            f"seed {seed}: times to relief", np.round(100 * times, 1), "of", PUBLISHED_TIMES / 1.75
        )
        for (name, target, limits), rate in zip(CHECKS, rates, strict=True):
            print(f"  {name:30s} {rate:5.1f}  target {target} within {limits}")
        print(f"  not fitted: response kept at the end in {kept:.1%} (pooled)")
    chosen.out.write_text(json.dumps({"misfit": loss_of(best), "parameters": rows}, indent=1))


if __name__ == "__main__":
    main()
