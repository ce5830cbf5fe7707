"""What one side costs from confirmed clicks to its result: time, memory, and a moved click."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from hemispasm.model.base import Noun
from hemispasm.model.imaging import ImagingStudy, Role
from hemispasm.model.side import Side
from hemispasm.validate.imaging_baselines import ROUTES, STEPS
from hemispasm.validate.imaging_case import moved_seeds
from hemispasm.validate.imaging_statistics import OURS, ImagingScore

BLOCK_MM = (90.0, 70.0, 40.0)
"""What a clinic's cisternogram covers: both cerebellopontine angles with room around."""


class Cost(Noun):
    """Wall and CPU seconds of each step, and the memory that the process needed at most.

    Attributes
    ----------
    wall_s, cpu_s : dict
        By step: ``side``, ``retrack``, ``masks``, ``surfaces``.
    before_mb, peak_mb : float
        Resident memory with the series read and nothing measured, and at most after one side.
    voxels : tuple of int
        Of the cisternogram.
    """

    wall_s: dict[str, list[float]]
    cpu_s: dict[str, list[float]]
    before_mb: float
    peak_mb: float
    voxels: tuple[int, int, int]


def memory_mb(name: str = "VmHWM") -> float | None:
    """Return this process's resident memory, at most (``VmHWM``) or now (``VmRSS``).

    None where the system does not say.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    for line in status.read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{name}:"):
            return float(line.split()[1]) / 1024.0
    return None


def measure_cost(seed: int, repeats: int) -> Cost:
    """Measure one side several times, re-track after moved clicks, and go the usual ways.

    The first run of each compiles and loads; it is not counted. Call it in a process of its own:
    the memory is that of the whole process.
    """
    from hemispasm.measure.imaging.measure import measure_imaging_study
    from hemispasm.measure.imaging.nerves import prepare_nerves, track_nerves
    from hemispasm.simulate.mri.options import MriOptions, fusion_series
    from hemispasm.simulate.mri.phantom import simulate_mri

    series = fusion_series((0.5, 0.5, 0.5), extent_mm=BLOCK_MM)
    made = simulate_mri(MriOptions(series=series, seed_jitter_mm=0.5), seed)
    clicks = made.seeds.model_copy(update={"seeds": made.seeds.select(side=Side.LEFT)})
    study = ImagingStudy(made.volumes, clicks)
    field = prepare_nerves(made.volumes[0], clicks, Side.LEFT)
    wall: dict[str, list[float]] = {}
    cpu: dict[str, list[float]] = {}

    def timed(name: str, work: Callable[[int], Any]) -> None:
        work(0)
        wall[name], cpu[name] = [], []
        for k in range(repeats):
            at, used = time.perf_counter(), time.process_time()
            work(k)
            wall[name].append(round(time.perf_counter() - at, 3))
            cpu[name].append(round(time.process_time() - used, 3))

    before = memory_mb("VmRSS")
    timed("side", lambda k: measure_imaging_study(study, seeds=clicks, seed=k))
    peak = memory_mb()
    timed("retrack", lambda k: track_nerves(field, moved_seeds(clicks, k), Side.LEFT))
    for name, route in ROUTES.items():
        timed(name, lambda _, route=route: route(made.volumes, clicks, Side.LEFT))  # type: ignore[misc]
    shape = next(v for v in made.volumes if v.role is Role.CISS).array.shape
    return Cost(
        wall_s=wall,
        cpu_s=cpu,
        before_mb=round(before or 0.0, 1),
        peak_mb=round(peak or 0.0, 1),
        voxels=(int(shape[0]), int(shape[1]), int(shape[2])),
    )


def cost_alone(seed: int, repeats: int) -> Cost:
    """Return `measure_cost` of a new process that does nothing else."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(measure_cost, seed, repeats).result()


def cost_scores(cost: Cost) -> list[ImagingScore]:
    """Return times, memory and steps as scores, ours and those of the usual ways."""
    size = "x".join(str(n) for n in cost.voxels)
    scores = [
        _timed("side_wall.speed", cost.wall_s["side"], OURS, f"wall; cisternogram of {size}"),
        _timed("side_cpu.speed", cost.cpu_s["side"], OURS, "CPU"),
        _timed("retrack_wall.speed", cost.wall_s["retrack"], OURS, "wall; every click moved"),
    ]
    if cost.peak_mb:
        scores.append(
            ImagingScore(
                key="side_memory.speed", value=cost.peak_mb, unit="MB", n=1, of="process",
                row="speed", note=f"{cost.before_mb:.0f} MB of it with the series read",
            )
        )  # fmt: skip
    for name in ROUTES:
        note = f"{len(STEPS[name])} steps: {', '.join(STEPS[name])}"
        scores.append(_timed("side_wall.speed", cost.wall_s[name], name, note))
        scores.append(_timed("side_cpu.speed", cost.cpu_s[name], name, "CPU"))
    return scores


def _timed(key: str, values: Sequence[float], tool: str, note: str) -> ImagingScore:
    return ImagingScore(
        key=key, value=float(np.median(values)), interval=(min(values), max(values)), unit="s",
        n=len(values), of="runs", row="speed", tool=tool,
        note=f"{note}; fastest and slowest as interval",
    )  # fmt: skip
