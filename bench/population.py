"""One hour of one patient with six channels of surface EMG: CPU seconds, cold and warm.

Usage: python bench/population.py [STAGE] [SEED]

Each measurement is a process of its own on one core. Cold means that nothing is compiled yet (an
empty cache of compiled code); warm is every later run.
"""

import json
import os
import sys
import tempfile

from _speed import cpu_s, peak_rss_mb, run_json

HOUR_S = 3600.0
ALLOWED_S = 10.0


def measure(stage, seed):
    """Return what one process used, as JSON on its last line."""
    from hemispasm.simulate.population.acts import draw_blinks
    from hemispasm.simulate.population.emg import render_surface_emg
    from hemispasm.simulate.population.run import simulate_population
    from hemispasm.simulate.population.stages import condition_of_stage

    loaded = cpu_s()
    blinks = draw_blinks(HOUR_S, seed)
    run = simulate_population(condition_of_stage(stage, seed), HOUR_S, seed, acts=blinks)
    fired = cpu_s()
    signal = render_surface_emg(run, 4000.0)
    drawn = cpu_s()
    spasms = len(run.episodes)
    seen = cpu_s()
    print(
        json.dumps(
            {
                "imports_s": round(loaded, 2),
                "impulses_s": round(fired - loaded, 2),
                "emg_s": round(drawn - fired, 2),
                "episodes_s": round(seen - drawn, 2),
                "impulses": len(run.spikes),
                "spasms": spasms,
                "samples": int(signal.size),
                "peak_rss_mb": round(peak_rss_mb()),
            }
        )
    )


def main():
    """Print a table: stage, cold or warm, CPU seconds of each step."""
    stages = sys.argv[1:2] or ["early", "established", "late"]
    seed = sys.argv[2] if len(sys.argv) > 2 else "3"
    missed = False
    with tempfile.TemporaryDirectory() as cache:
        os.environ["NUMBA_CACHE_DIR"] = cache
        for k, stage in enumerate([stages[0], *stages]):
            found = run_json([sys.executable, __file__, "--one", stage, seed])
            total = found["impulses_s"] + found["emg_s"]
            missed |= k > 0 and total > ALLOWED_S
            print(f"{stage:12s} {'cold' if k == 0 else 'warm'}  {total:6.2f} CPU s  {found}")
    return int(missed)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        measure(sys.argv[2], int(sys.argv[3]))
    else:
        sys.exit(main())
