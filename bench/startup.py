"""What starting costs: user CPU of importing the package and of asking for help."""

import json
import statistics
import subprocess
import sys

BUDGETS_MS = {"import hemispasm": 50.0, "hemispasm --help": 400.0}
ROUNDS = 9
METER = """
import resource, sys
{code}
sys.stderr.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_utime))
"""
CODE = {
    "bare interpreter": "pass",
    "import hemispasm": "import hemispasm",
    "hemispasm --help": "from hemispasm.cli import main\nmain(['--help'])",
}


def user_cpu_ms(code):
    """Return the median user CPU of running some code in a fresh interpreter."""
    command = [sys.executable, "-c", METER.format(code=code)]
    spent = [
        float(subprocess.run(command, capture_output=True, text=True, check=True).stderr)
        for _ in range(ROUNDS)
    ]
    return 1000 * statistics.median(spent)


def main():
    """Print each figure beside its budget and return 1 when one is over."""
    figures = {name: user_cpu_ms(code) for name, code in CODE.items()}
    bare = figures["bare interpreter"]
    # The import is judged over a bare start; the command as a person meets it, start included.
    judged = {
        "import hemispasm": figures["import hemispasm"] - bare,
        "hemispasm --help": figures["hemispasm --help"],
    }
    for name, budget in BUDGETS_MS.items():
        verdict = "ok" if judged[name] <= budget else "OVER"
        print(f"{name:18} {judged[name]:6.1f} ms user CPU, budget {budget:.0f} ms  {verdict}")
    print(json.dumps({"bench": "startup", "user_cpu_ms": judged, "budget_ms": BUDGETS_MS}))
    return int(any(judged[name] > budget for name, budget in BUDGETS_MS.items()))


if __name__ == "__main__":
    sys.exit(main())
