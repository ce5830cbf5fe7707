"""Other tools on the same recordings, run by a Python of their own and never invented.

Nothing of another tool is loaded here: recordings go out as files, onsets come back as JSON. Where
the other environment is absent or fails, the report says ``not run`` and why.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.measure.emg.spontaneous import measure_spontaneous
from hemispasm.measure.emg.spontaneous_channels import prepare_channels
from hemispasm.model.base import Noun
from hemispasm.model.emg import Muscle
from hemispasm.validate.emg_bursts import one_channel, onsets
from hemispasm.validate.emg_lateral_spread import sets_of
from hemispasm.validate.emg_matching import BurstCount, count_bursts, true_spans, united
from hemispasm.validate.emg_plan import FAMILIES, LSR_DB, EmgJob, EmgSizes
from hemispasm.validate.emg_scores import (
    EmgScore,
    Family,
    auc_with_interval,
    f1_score,
    onset_error_score,
)
from hemispasm.validate.emg_speed import cpu_s
from hemispasm.validate.pool import THREAD_VARIABLES

if TYPE_CHECKING:
    from hemispasm.simulate.emg.truth import SimulatedEmg

LEVELS_DB = (12.0, 3.0, 0.0)
"""The noise levels that are promised."""

QUICK_LEVELS_DB = (3.0,)

RECORDINGS, RECORDING_S = 3, 30.0
QUICK_RECORDINGS = 1
PATIENTS, QUICK_PATIENTS = 40, 4
REST_MARGIN_S = 0.02
LONGEST_REST_S = 2.0
SAME_FILES = "hemispasm, same files"
LIMIT_S = 1800.0
KNOWN = {
    "neurokit2": "NeuroKit2",
    "biosppy": "BioSPPy",
    "mne": "MNE-Python",
}
NOT_ASKED = (
    "no environment was named; `--peers PYTHON` names one, `python3 dev.py bench emg` makes it"
)
NO_DETECTOR = "it has no detector of bursts; its average stands beside the lateral spread"


class Peer(Noun):
    """Another tool: its version, or why it was not run."""

    name: str
    ran: bool
    words: str


@dataclass(frozen=True)
class Beside:
    """Scores of other tools, and what is to be said of each."""

    scores: list[EmgScore]
    peers: tuple[Peer, ...]


def absent_peers(reason: str = NOT_ASKED) -> Beside:
    """Return that no other tool was run, and why.

    Examples
    --------
    >>> absent_peers("no such file").peers[0].words
    'not run: no such file'
    """
    return Beside(
        [], tuple(Peer(name=name, ran=False, words=f"not run: {reason}") for name in KNOWN.values())
    )


def run_peers(
    python: Path, seed_base: int, sizes: EmgSizes, told: Callable[[str], None], workers: int = 2
) -> Beside:
    """Score other tools on the first recordings of the run.

    Parameters
    ----------
    python : Path
        Of the environment that holds them.
    seed_base : int
        First seed.
    sizes : EmgSizes
        Of the run; a quick one gives the others few recordings as well.
    told : callable
        Called with a line of progress.
    workers : int
        Processes of the other Python.

    Returns
    -------
    Beside
        ``not run`` with the reason when the environment cannot be used.
    """
    quick = sizes.bursts < RECORDINGS
    levels = QUICK_LEVELS_DB if quick else LEVELS_DB
    recordings = QUICK_RECORDINGS if quick else RECORDINGS
    patients = QUICK_PATIENTS if quick else PATIENTS
    with TemporaryDirectory(prefix="hemispasm-peers-") as folder:
        made, spreads = _write(Path(folder), seed_base, levels, recordings, patients)
        told(f"peers: {len(made)} recordings, {len(spreads)} sets of sweeps")
        try:
            versions, files = _ask(python, [*made, *spreads], workers)
        except (OSError, ValueError, KeyError, subprocess.SubprocessError) as fault:
            return absent_peers(_plain(fault))
    rng = np.random.default_rng([seed_base, 99])
    scores = _burst_rows(made, files, rng) + _spread_rows(spreads, files, rng)
    return Beside(scores, tuple(_peer(name, versions[name]) for name in KNOWN))


def _peer(name: str, version: str) -> Peer:
    if version.startswith("absent"):
        return Peer(name=KNOWN[name], ran=False, words=f"not run: {version}")
    words = f"{version}; {NO_DETECTOR}" if name == "mne" else version
    return Peer(name=KNOWN[name], ran=True, words=words)


def _plain(fault: Exception) -> str:
    if isinstance(fault, subprocess.CalledProcessError) and fault.stderr:
        return str(fault.stderr.strip().splitlines()[-1])
    if isinstance(fault, OSError):
        return fault.strerror or type(fault).__name__
    return f"{type(fault).__name__}: {fault}"


def _write(
    folder: Path,
    seed_base: int,
    levels: tuple[float, ...],
    recordings: int,
    patients: int,
) -> tuple[dict[str, tuple[EmgJob, SimulatedEmg]], dict[str, tuple[Family, int, bool]]]:
    """Write recordings of bursts and sets of sweeps; return what each file is."""
    bursts, spreads = {}, {}
    for family in FAMILIES:
        for level in levels:
            for k in range(recordings):
                job = EmgJob("bursts", family, seed_base + k, level, duration_s=RECORDING_S)
                made = one_channel(job)
                path = str(folder / f"bursts-{family}-{level:g}-{k}.npz")
                np.savez(
                    path,
                    signal=made.recording.signals_uv[0],
                    rate=made.recording.channels[0].rate_hz,
                    rest=longest_rest(made),
                )
                bursts[path] = (job, made)
        for k in range(patients):
            sets = sets_of(EmgJob("lsr", family, seed_base + k, LSR_DB, "lsr", sets=2))
            for place, one in enumerate(sets):
                channel = next(i for i, c in enumerate(one.channels) if c.muscle is Muscle.MENTALIS)
                path = str(folder / f"lsr-{family}-{k}-{place}.npz")
                np.savez(
                    path,
                    signal=one.signals_uv[channel],
                    rate=one.channels[channel].rate_hz,
                    stimuli=one.stimuli_s,
                )
                spreads[path] = (family, k, place == 0)
    return bursts, spreads


def longest_rest(made: SimulatedEmg) -> tuple[float, float]:
    """Return a stretch of true silence, for methods that must be told of one."""
    seconds = made.recording.duration_s
    spans = united(np.array([(b.start_s, b.end_s) for b in made.truth.bursts]).reshape(-1, 2))
    starts = np.concatenate([[0.0], spans[:, 1] + REST_MARGIN_S])
    ends = np.concatenate([spans[:, 0] - REST_MARGIN_S, [seconds]])
    k = int(np.argmax(ends - starts))
    return float(starts[k]), float(min(ends[k], starts[k] + LONGEST_REST_S))


def _ask(
    python: Path, paths: list[str], workers: int
) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """Run the script of the other environment; return versions and what was found per file."""
    script = Path(__file__).with_name("emg_peer_script.py")
    environment = {**os.environ, **dict.fromkeys(THREAD_VARIABLES, "1")}
    # Another environment must not see this one's packages.
    environment.pop("PYTHONPATH", None)

    def one(share: list[str]) -> Any:
        done = subprocess.run(
            [str(python), str(script), *share], capture_output=True, text=True, check=True,
            env=environment, timeout=LIMIT_S,
        )  # fmt: skip
        return json.loads(done.stdout.strip().splitlines()[-1])

    shares = [share for k in range(workers) if (share := paths[k::workers])]
    with ThreadPoolExecutor(len(shares)) as pool:
        answers = list(pool.map(one, shares))
    files: dict[str, dict[str, Any]] = {}
    for answer in answers:
        files.update(answer["files"])
    return dict(answers[0]["versions"]), files


def _burst_rows(
    made: dict[str, tuple[EmgJob, SimulatedEmg]],
    files: dict[str, dict[str, Any]],
    rng: np.random.Generator,
) -> list[EmgScore]:
    groups: dict[tuple[Family, float, str], list[BurstCount]] = defaultdict(list)
    speeds: dict[str, list[float]] = defaultdict(list)
    faults: dict[str, str] = {}
    # Compiled beforehand, as the others are.
    prepare_channels(next(iter(made.values()))[1].recording)
    for path, (job, one) in made.items():
        speeds[SAME_FILES].append(RECORDING_S / cpu_s(partial(prepare_channels, one.recording)))
        label = one.recording.channels[0].label
        own, free = true_spans(one.truth, label), true_spans(one.truth, label, own=False)
        ours = onsets(measure_spontaneous(one.recording).channels[0].bursts)
        groups[job.family, job.snr_db, SAME_FILES].append(count_bursts(own, free, ours))
        for tool, found in files.get(path, {}).items():
            if "error" in found:
                faults[tool] = found["error"]
                continue
            count = count_bursts(own, free, np.array(found["onsets_s"], dtype=float))
            groups[job.family, job.snr_db, tool].append(count)
            speeds[tool].append(RECORDING_S / max(found["cpu_s"], 1e-9))
    scores = []
    for (family, level, tool), counts in groups.items():
        name = f"{level:g}_db"
        scores.append(
            f1_score(f"burst_f1.{name}", counts, rng, part="bursts", family=family, tool=tool)
        )
        if any(count.errors_s for count in counts):
            key = f"burst_onset_error.{name}"
            scores.append(
                onset_error_score(key, counts, rng, part="bursts", family=family, tool=tool)
            )
    scores += [
        EmgScore(
            key="burst_throughput", value=float(np.median(values)),
            interval=(min(values), max(values)), unit="{times}", n=len(values),
            of=f"recordings of {RECORDING_S:g} s at 10 kHz", part="speed", tool=tool,
            note=_compared(tool, values, speeds[SAME_FILES]),
        )
        for tool, values in speeds.items()
    ]  # fmt: skip
    scores += [
        EmgScore(
            key="burst_f1", value=None, n=0, of="recordings", part="bursts", tool=tool,
            note=f"failed: {fault}",
        )
        for tool, fault in faults.items()
        if tool not in speeds
    ]  # fmt: skip
    return scores


def _compared(tool: str, theirs: list[float], ours: list[float]) -> str:
    """Return how much faster ours is on the same recordings."""
    words = "CPU time; fastest and slowest as interval"
    if tool == SAME_FILES:
        return words
    return f"{words}; ours is {np.median(ours) / np.median(theirs):.0f} times as fast"


def _spread_rows(
    spreads: dict[str, tuple[Family, int, bool]],
    files: dict[str, dict[str, Any]],
    rng: np.random.Generator,
) -> list[EmgScore]:
    found: dict[Family, dict[int, tuple[list[float], list[float]]]] = {}
    faults: list[str] = []
    for path, (family, patient, present) in spreads.items():
        for answer in files.get(path, {}).values():
            if "error" in answer:
                faults.append(answer["error"])
                continue
            unit = found.setdefault(family, {}).setdefault(patient, ([], []))
            unit[0 if present else 1].append(float(answer["peak_to_peak_uv"]))
    scores = []
    for family, units in found.items():
        value, interval = auc_with_interval(list(units.values()), rng)
        score = EmgScore(
            key=f"lsr_auc.{LSR_DB:g}_db",
            value=value,
            interval=interval,
            n=len(units),
            of="recordings with, two sets without each",
            part="lsr",
            family=family,
            tool="MNE average, peak-to-peak",
            note=f"{len(faults)} sets failed: {faults[0]}" if faults else None,
        )
        scores.append(score)
    return scores
