"""Print the figures that the reasoning is held to: descriptions named, bands, forecasts, the curve.

    python3 bench/reasoning_figures.py [SEED]

Nothing here is an accuracy on patients: descriptions come from the literature, and the rest is
simulated from the models themselves or from cycles that they do not assume.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "unit"))

from differential_charts import random_chart  # noqa: E402
from test_reason_toxin_coverage import WORLDS, covered  # noqa: E402

from hemispasm.evidence import lookup_evidence  # noqa: E402
from hemispasm.model import Side  # noqa: E402
from hemispasm.model.plan import CLASSES  # noqa: E402
from hemispasm.reason.differential import draw_posteriors, rank_differential  # noqa: E402
from hemispasm.reason.features import load_features  # noqa: E402
from hemispasm.reason.plan import make_plan  # noqa: E402
from hemispasm.reason.priors import find_prior  # noqa: E402
from hemispasm.reason.readings import read_features  # noqa: E402
from hemispasm.reason.relief import relief_course  # noqa: E402
from vignettes import EMERGENCY_GATES, URGENT_GATES, load_vignettes  # noqa: E402

CHARTS, TRUTHS = 400, 100


def print_vignettes() -> None:
    """Print how many described patients are named by class or gate, and which gates miss."""
    named, first, classed, missing, forbidden = 0, 0, 0, [], []
    vignettes = load_vignettes()
    for vignette in vignettes:
        plan = make_plan(vignette.chart)
        fired = {gate.code for gate in plan.gates}
        wanted = set(vignette.expect_gates)
        top = plan.differential.shares[0].name if plan.differential else None
        classed += vignette.expect_class is not None
        first += vignette.expect_class is not None and top == vignette.expect_class
        named += top == vignette.expect_class or (bool(wanted) and wanted <= fired)
        missing += [(vignette.name, gate) for gate in sorted(wanted - fired)]
        forbidden += [(vignette.name, g) for g in sorted(set(vignette.expect_no_gates) & fired)]
    urgent = [m for m in missing if m[1] in (*EMERGENCY_GATES, *URGENT_GATES)]
    print(f"descriptions: {len(vignettes)}; class first or all gates fire: {named}")
    print(f"  class first: {first} of {classed} that name one")
    print(f"  gates missing: {missing}; of them emergency or urgent: {urgent}")
    print(f"  gates that must not fire and did: {forbidden}")


def print_band_coverage(seed: int) -> None:
    """Print how often the stated band holds the exact share under one draw of every parameter."""
    table, rng, inside = load_features(), np.random.default_rng(seed), []
    for number in range(CHARTS):
        chart = random_chart(rng)
        found = rank_differential(chart, side=Side.LEFT, seed=seed + number)
        readings, _ = read_features(chart, Side.LEFT, table)
        prior = find_prior(chart.case.clinic_type)
        truths = draw_posteriors(prior, readings, table, seed=seed + 100_000 + number, draws=TRUTHS)
        bands = {share.name: share.band for share in found.shares}
        low, high = np.array([bands[name] for name in CLASSES]).T
        inside.append(((truths >= low) & (truths <= high)).mean())
    print(f"bands of the differential (80 %): {100 * np.mean(inside):.2f} % over {CHARTS} charts")


def print_toxin_coverage(seed: int) -> None:
    """Print how often the interval holds the next cycle, over 0 to 8 own cycles."""
    for name, draw in WORLDS.items():
        shares = [covered(draw, own, seed=seed + own) for own in range(9)]
        print(f"  {name}: lowest {100 * min(shares):.1f} %, mean {100 * np.mean(shares):.1f} %")


def print_relief_curve() -> None:
    """Print the curve beside the counts of its source."""
    keys = ("day_7", "day_30", "day_90", "day_180", "day_365")
    counts = [lookup_evidence(f"relief_curve.{key}").count for key in keys]
    shares = [step.share * 175 for step in relief_course()]
    print(f"relief curve: source {counts}; ours x 175 {[round(s, 6) for s in shares[:5]]}")


if __name__ == "__main__":
    chosen = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
    print_vignettes()
    print_band_coverage(chosen)
    print(f"toxin forecasts (80 %), seeds from {chosen}:")
    print_toxin_coverage(chosen)
    print_relief_curve()
