"""The EMG validation beside other tools, which get an environment of their own on first use.

Usage: python bench/emg.py [OPTIONS OF `hemispasm validate emg`]

Runs on seeds that are open to tuning unless `--seed-base` says otherwise: the seeds kept for
releases are looked at once per release.
"""

import subprocess
import sys

from _speed import peer_python

TUNING_BASE = "500"


def peers_if_possible():
    """Return the options that name the other tools; without a network they are left out."""
    try:
        return ["--peers", str(peer_python("emg"))]
    except subprocess.CalledProcessError as fault:
        print(f"The other tools could not be installed (exit {fault.returncode}).", file=sys.stderr)
        return []


def main():
    """Run the validation with the other tools beside it."""
    given = sys.argv[1:]
    command = [sys.executable, "-m", "hemispasm", "validate", "emg", *given]
    if "--peers" not in given:
        command += peers_if_possible()
    if "--seed-base" not in given:
        command += ["--seed-base", TUNING_BASE]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
