"""The same bundle in NEURON: impulses at the same times. Skipped where NEURON is not there.

``HEMISPASM_NERVE_PEERS`` names the Python of an environment as tests/peers/nerve.txt lists it;
without it, the one that `python bench/nerve.py` made is used.
"""

import hashlib
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from hemispasm.simulate.nerve.bundle import BundleOptions, make_bundle
from hemispasm.simulate.nerve.export import describe_bundle
from hemispasm.simulate.nerve.run import Shock, run_bundle

HERE = Path(__file__).parent
WITHIN_MS = 0.010


def peer_python():
    """Return the peers' Python, or None."""
    named = os.environ.get("HEMISPASM_NERVE_PEERS")
    if named:
        return named
    digest = hashlib.sha256((HERE / "nerve.txt").read_bytes()).hexdigest()[:10]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "hemispasm" / "peers" / f"nerve-{digest}"
    return str(folder / "bin" / "python") if (folder / "ready").exists() else None


def in_neuron(python, folder, bundle, shocks, duration_ms, dt_us):
    """Return [fibre, place, time] of NEURON's impulses, sorted."""
    case = folder / "bundle.npz"
    np.savez(case, **describe_bundle(bundle, shocks, duration_ms, dt_us))
    command = [python, str(HERE / "nerve_neuron.py"), str(case), str(folder / "channels")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return sorted(map(tuple, json.loads(done.stdout.strip().splitlines()[-1])["spikes"]))


@pytest.mark.parametrize("coupled", [False, True])
def test_neuron_finds_the_same_impulses_within_ten_microseconds(tmp_path, coupled):
    python = peer_python()
    if python is None:
        pytest.skip("no environment with NEURON; `python bench/nerve.py` makes one")
    options = BundleOptions(fibres=16, noise=0.0, coupled=coupled, patch_dx_um=50.0)
    bundle = make_bundle(options, seed=2)
    shocks = tuple(Shock(int(i), 0.5) for i in np.flatnonzero(bundle.upper))
    run = run_bundle(bundle, shocks, 4.0, dt_us=2.5)
    own = sorted(zip(run.fibre.tolist(), run.place.tolist(), run.time_ms.tolist(), strict=True))
    found = in_neuron(python, tmp_path, bundle, shocks, 4.0, 2.5)
    assert [row[:2] for row in own] == [row[:2] for row in found]
    assert max(abs(a[2] - b[2]) for a, b in zip(own, found, strict=True)) <= WITHIN_MS
    assert own
