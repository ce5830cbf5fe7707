"""The cable bundle beside NEURON and Jaxley: the same compartments, the same shocks, one run.

Usage: python bench/nerve.py [--peers PYTHON] [--fibres 96] [--duration-ms 4] [--dt-us 2.5]
       python bench/nerve.py --table FILE     write the table that the population model takes

Counts CPU seconds of the stepping alone: building, compiling and reading out are left out for all.
NEURON and Jaxley get an environment of their own on first use; ``--peers`` names one that is there.
Seeds are open to tuning.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from _speed import PEERS, cpu_s, peer_python, run_json

from hemispasm.simulate.nerve.bundle import BundleOptions, make_bundle
from hemispasm.simulate.nerve.calibrate import calibrate, table_rows
from hemispasm.simulate.nerve.export import describe_bundle
from hemispasm.simulate.nerve.run import Shock, run_bundle

SEED = 2
TABLE_SEEDS = (100, 101, 102, 103)
WITHIN_MS = 0.010
COUPLED_BAR = 50.0


def make_case(arguments, coupled):
    """Return a bundle without noise and a synchronous volley of its upper branch."""
    options = BundleOptions(fibres=arguments.fibres, noise=0.0, coupled=coupled, patch_dx_um=50.0)
    bundle = make_bundle(options, SEED)
    return bundle, tuple(Shock(int(i), 0.5) for i in np.flatnonzero(bundle.upper))


def run_own(bundle, shocks, arguments):
    """Return our impulses and CPU seconds, compiled beforehand as the peers are."""
    run_bundle(bundle, shocks, 0.1, dt_us=arguments.dt_us)
    started = cpu_s()
    run = run_bundle(bundle, shocks, arguments.duration_ms, dt_us=arguments.dt_us)
    used = cpu_s() - started
    return {"tool": "hemispasm", "cpu_s": used, "spikes": spikes_of(run)}


def spikes_of(run):
    """Return [fibre, place, time] of every impulse."""
    return np.stack([run.fibre, run.place, run.time_ms], axis=1).tolist()


def largest_difference_ms(first, second):
    """Return the largest difference of matching impulses, ms; infinite where counts differ."""
    if len(first) != len(second):
        return float("inf")
    first, second = (np.array(sorted(map(tuple, found))) for found in (first, second))
    if not np.array_equal(first[:, :2], second[:, :2]):
        return float("inf")
    return float(np.abs(first[:, 2] - second[:, 2]).max())


def compare(arguments, python, coupled, scripts):
    """Run ours and the peers on one case; return a row per tool."""
    bundle, shocks = make_case(arguments, coupled)
    own = run_own(bundle, shocks, arguments)
    rows = [{"coupled": coupled, **own}]
    with tempfile.TemporaryDirectory() as folder:
        case = Path(folder) / "bundle.npz"
        np.savez(case, **describe_bundle(bundle, shocks, arguments.duration_ms, arguments.dt_us))
        for script in scripts:
            extra = [Path(folder) / "channels"] if "neuron" in script else []
            found = run_json([python, PEERS / script, case, *extra])
            rows.append({"coupled": coupled, **found})
    for row in rows:
        row["times_our_cpu"] = row["cpu_s"] / own["cpu_s"]
        row["largest_difference_ms"] = largest_difference_ms(own["spikes"], row["spikes"])
        row["impulses"] = len(row.pop("spikes"))
    return rows


def write_table(path):
    """Write the table for the population model."""
    rows = table_rows(calibrate(TABLE_SEEDS))
    lines = [
        "# What the population model takes from the cable bundle.",
        "# Written by python bench/nerve.py --table FILE.",
        f"# Seeds {TABLE_SEEDS[0]} to {TABLE_SEEDS[-1]}, defaults of parameters.toml, no noise.",
    ]
    for point in rows["point"]:
        lines += ["", "[[point]]", *(f"{key} = {number(value)}" for key, value in point.items())]
    lines += ["", "[repeats]", *(f"{k} = {number(v)}" for k, v in rows["repeats"].items())]
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")


def number(value):
    """Return a number as TOML writes it."""
    return str(value) if isinstance(value, int) else f"{value:.4g}" if value % 1 else f"{value:.1f}"


def find_peers(arguments):
    """Return the peers' Python, or None where it cannot be made."""
    if arguments.peers:
        return Path(arguments.peers)
    try:
        return peer_python("nerve")
    except subprocess.CalledProcessError as fault:
        print(f"The other tools could not be installed (exit {fault.returncode}).", file=sys.stderr)
        return None


def main():
    """Print a table and a line of JSON; exit 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers")
    parser.add_argument("--fibres", type=int, default=96)
    parser.add_argument("--duration-ms", type=float, default=4.0)
    parser.add_argument("--dt-us", type=float, default=2.5)
    parser.add_argument("--table")
    arguments = parser.parse_args()
    if arguments.table:
        write_table(arguments.table)
        return 0
    python = find_peers(arguments)
    rows = []
    for coupled in (False, True):
        scripts = ["nerve_neuron.py"] + ([] if coupled else ["nerve_jaxley.py"])
        rows += compare(arguments, python, coupled, scripts if python else [])
    for row in rows:
        print(
            f"{'shared space' if row['coupled'] else 'each alone':13} {row['tool']:16} "
            f"{row['cpu_s']:8.3f} CPU s {row['times_our_cpu']:7.1f} x  "
            f"{row['impulses']} impulses, largest difference "
            f"{1e3 * row['largest_difference_ms']:.2f} us"
        )
    print(json.dumps(rows))
    missed = [
        row
        for row in rows[1:]
        if row["tool"] != "hemispasm"
        and (
            row["times_our_cpu"] < (COUPLED_BAR if row["coupled"] else 1.0)
            or not row["largest_difference_ms"] <= WITHIN_MS
        )
    ]
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
