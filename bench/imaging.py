"""One side of an MRI examination: seconds and memory from confirmed clicks to the result.

Usage: python bench/imaging.py [REPEATS] [SEED]

Beside it: tracking again after every click was moved, and the usual ways (masks with a distance
transform, iso-surfaces) on the same simulated series with the same clicks, with their steps. Each
figure is a median of several runs (5 unless REPEATS says otherwise), the first of all, which
compiles, not counted; everything runs in one process that does nothing else.
"""

import json
import statistics
import sys

from hemispasm.validate.imaging_baselines import STEPS
from hemispasm.validate.imaging_speed import cost_alone

SIDE_S, RETRACK_S, MEMORY_MB = 30.0, 2.0, 2000.0
OUR_STEPS = ("confirm the clicks", "run")
NAMES = {
    "side": "one side, clicks to findings",
    "retrack": "track again, clicks moved",
    "masks": "masks and distance transform",
    "surfaces": "iso-surfaces",
}


def main():
    """Print wall and CPU seconds, memory and steps; return 1 when a budget is exceeded."""
    given = [int(word) for word in sys.argv[1:] if not word.startswith("-")]
    repeats, seed = (*given, *(5, 0)[len(given) :])
    cost = cost_alone(seed, repeats)
    size = " x ".join(str(n) for n in cost.voxels)
    print(f"Two series of {size} voxels of 0.5 mm; {repeats} runs each, seed {seed}.")
    wall = {name: statistics.median(values) for name, values in cost.wall_s.items()}
    cpu = {name: statistics.median(values) for name, values in cost.cpu_s.items()}
    for name, words in NAMES.items():
        most = max(cost.wall_s[name])
        print(f"{words:32} {wall[name]:6.2f} s wall (most {most:.2f})  {cpu[name]:6.2f} s CPU")
    print(f"memory at most {cost.peak_mb:.0f} MB, {cost.before_mb:.0f} MB with the series read")
    print(f"steps: ours {len(OUR_STEPS)} ({', '.join(OUR_STEPS)}), then nothing to choose")
    for name, steps in STEPS.items():
        print(f"       {name} {len(steps)} ({', '.join(steps)})")
    kept = {
        "side": wall["side"] <= SIDE_S,
        "retrack": wall["retrack"] <= RETRACK_S,
        "memory": cost.peak_mb <= MEMORY_MB,
    }
    budgets = f"budgets: {SIDE_S:.0f} s a side, {RETRACK_S:.0f} s to track, {MEMORY_MB:.0f} MB"
    print(f"{budgets}: {'kept' if all(kept.values()) else 'NOT kept'}")
    print(json.dumps({"bench": "imaging", "wall_s": wall, "cpu_s": cpu, "peak_mb": cost.peak_mb}))
    return int(not all(kept.values()))


if __name__ == "__main__":
    sys.exit(main())
