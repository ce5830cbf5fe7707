"""Broken MRI series through the command line: how each ends, in what time and memory.

Usage: python bench/imaging_hostile.py

Each input of tests/unit/formats/hostile_imaging.py goes to `hemispasm measure imaging` in a process
of its own with 4 GB of address space. It must end in one sentence with exit 2 or 3, or be read
with exit 0, and must not leave a findings file behind unless it was read.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _speed import ONE_THREAD, ROOT

sys.path.insert(0, str(ROOT / "tests" / "unit" / "formats"))

from hostile_imaging import HOSTILE, MIB

LIMIT_MB = 4000
MOST_S, MOST_MB = 20.0, 600.0
RUN = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({LIMIT_MB * MIB}, {LIMIT_MB * MIB}))
from hemispasm.cli import main
code = main(["measure", "imaging", sys.argv[1], "--json", sys.argv[2]])
with open("/proc/self/status") as status:
    peak = next(line.split()[1] for line in status if line.startswith("VmHWM"))
print(code, peak)
"""


def children_cpu_s():
    """Return the CPU seconds of all processes that this one has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run_one(given, out):
    """Return exit code, seconds (wall, CPU), MB and what was said of one input."""
    began, used = time.perf_counter(), children_cpu_s()
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(given), str(out)],
        capture_output=True, text=True, check=False, env={**os.environ, **ONE_THREAD},
    )  # fmt: skip
    seconds = (time.perf_counter() - began, children_cpu_s() - used)
    words = done.stdout.split()[-2:] if done.returncode == 0 else []
    said = " ".join(done.stderr.split())
    if len(words) != 2:
        return done.returncode, seconds, float("nan"), said
    return int(words[0]), seconds, float(words[1]) / 1024.0, said


def main():
    """Print a table and return 1 when an input ends otherwise than it may."""
    rows, bad = [], []
    with tempfile.TemporaryDirectory() as scratch:
        for number, (name, (make, codes)) in enumerate(HOSTILE.items()):
            folder = Path(scratch) / f"{number:02d}"
            folder.mkdir()
            # In a folder of its own: a name beside the input could be taken for its sidecar.
            out = Path(scratch) / f"{number:02d}-out" / "findings.json"
            out.parent.mkdir()
            given = make(folder)
            exit_code, seconds, megabytes, said = run_one(given, out)
            left = list(out.parent.iterdir())
            whole = out.exists() and bool(json.loads(out.read_text(encoding="utf-8")))
            fine = (exit_code == 0 and whole) or (exit_code in (2, 3) and not left)
            named = None if exit_code == 0 else said.partition("error[")[2].partition("]")[0]
            fine = fine and named in codes and "Traceback" not in said
            fine = fine and seconds[1] < MOST_S and megabytes < MOST_MB
            spent = f"{seconds[0]:5.1f} s ({seconds[1]:.1f} CPU)  {megabytes:5.0f} MB"
            print(
                f"{name:34} exit {exit_code}  {spent}  {'' if fine else 'NOT KEPT  '}{said[:110]}"
            )
            rows.append({"input": name, "exit": exit_code, "cpu_s": seconds[1], "mb": megabytes})
            bad += [] if fine else [name]
    slowest, largest = max(r["cpu_s"] for r in rows), max(r["mb"] for r in rows)
    print(
        f"{len(rows)} inputs, {len(bad)} not kept; at most {slowest:.1f} CPU s and {largest:.0f} MB"
    )
    print(json.dumps({"bench": "imaging_hostile", "inputs": len(rows), "not_kept": bad}))
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
