"""`hemispasm validate emg`: the whole path from seeds to scores."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import ConfigDict, Field

from hemispasm.model.base import Noun
from hemispasm.model.errors import UsageError
from hemispasm.validate.bars import judge
from hemispasm.validate.emg_bursts import (
    burst_scores,
    rate_scores,
    run_bursts,
    run_rate,
    run_side,
    run_synchrony,
    side_scores,
    synchrony_scores,
)
from hemispasm.validate.emg_latencies import latency_scores, run_latencies
from hemispasm.validate.emg_lateral_spread import lateral_spread_scores, run_lateral_spread
from hemispasm.validate.emg_peers import Peer, absent_peers, run_peers
from hemispasm.validate.emg_plan import (
    COST,
    FULL,
    PARTS,
    QUICK,
    SEEDS,
    EmgJob,
    EmgSizes,
    check_part,
    plan_jobs,
)
from hemispasm.validate.emg_scores import OURS, EmgScore, Part
from hemispasm.validate.emg_speed import speed_scores
from hemispasm.validate.emg_theatre import run_theatre, theatre_scores
from hemispasm.validate.pool import run_all

FOOTER = "Research software, not a medical device."
BARS = "bars_emg.toml"
WITH_PEERS = (None, "bursts")
SPEED_REPEATS, QUICK_SPEED_REPEATS = 10, 3

Told = Callable[[str], None]

RUN: dict[Part, Callable[[EmgJob], Any]] = {
    "bursts": run_bursts,
    "lsr": run_lateral_spread,
    "theatre": run_theatre,
    "synchrony": run_synchrony,
    "sides": run_side,
    "rates": run_rate,
    "latencies": run_latencies,
}
SCORE: dict[Part, Callable[[list[Any], np.random.Generator], list[EmgScore]]] = {
    "bursts": burst_scores,
    "lsr": lateral_spread_scores,
    "theatre": theatre_scores,
    "synchrony": synchrony_scores,
    "sides": side_scores,
    "rates": rate_scores,
    "latencies": latency_scores,
}


class EmgValidationReport(Noun):
    """Everything a validation found; ``fresh`` says that no seed was open to tuning."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )

    schema_: Literal["hemispasm.emg_validation/1"] = Field(
        default="hemispasm.emg_validation/1", alias="schema"
    )
    hemispasm: str
    plan: Literal["full", "quick"]
    seed_base: int
    fresh: bool
    patients: int
    scores: tuple[EmgScore, ...]
    peers: tuple[Peer, ...] = ()
    seconds: float
    footer: str = FOOTER

    @property
    def failed(self) -> tuple[EmgScore, ...]:
        """Scores below what was promised."""
        return tuple(score for score in self.scores if score.passed is False)


def validate_emg(
    *,
    quick: bool = False,
    seed_base: int = SEEDS.base,
    workers: int = 2,
    only: str | None = None,
    peers: Path | None = None,
    sizes: EmgSizes | None = None,
    told: Told = lambda _: None,
) -> EmgValidationReport:
    """Score the EMG measurement on freshly simulated patients of both families.

    Parameters
    ----------
    quick : bool
        A few patients of each kind: a smoke test with numbers.
    seed_base : int
        First seed; 0 to 500 for tuning, 30000 and above for releases.
    workers : int
        Processes. The speed is measured after they have ended.
    only : str, optional
        Only this part; the bars of the others are left open.
    peers : Path, optional
        Python of an environment with other tools, which get the same recordings.
    sizes : EmgSizes, optional
        How many patients; those of the plan when None.
    told : callable
        Called with a line of progress.

    Returns
    -------
    EmgValidationReport
        Scores with intervals, judged against ``bars_emg.toml``.

    Raises
    ------
    UsageError
        The seeds, the part, or other tools beside a part without bursts (``bad_seed_base``,
        ``unknown_part``, ``peers_without_bursts``).
    """
    began = time.perf_counter()
    SEEDS.check(seed_base)
    check_part(only)
    check_peers(peers, only)
    chosen = sizes or (QUICK if quick else FULL)
    jobs = plan_jobs(seed_base, chosen, only)
    outcomes = run_all(
        run_job, jobs, workers=workers, cost=lambda job: COST[job.part], done=_progress(told, jobs)
    )
    scores: list[EmgScore] = []
    for place, part in enumerate(SCORE):
        these = [found for job, found in zip(jobs, outcomes, strict=True) if job.part == part]
        # Each part draws from its own stream: its intervals do not depend on the others.
        scores += SCORE[part](these, np.random.default_rng([seed_base, place]))
    beside: tuple[Peer, ...] = ()
    if only in (None, "speed"):
        told("speed, on one core")
        scores += speed_scores(seed_base, QUICK_SPEED_REPEATS if quick else SPEED_REPEATS)
    if only in WITH_PEERS:
        told("peers" if peers is not None else "no peers")
        found = (
            absent_peers() if peers is None else run_peers(peers, seed_base, chosen, told, workers)
        )
        beside = found.peers
        scores += found.scores
    order = {part: place for place, part in enumerate(PARTS)}
    scores.sort(key=lambda score: order[score.part])
    return EmgValidationReport(
        hemispasm=version("hemispasm"),
        plan="quick" if quick else "full",
        seed_base=seed_base,
        fresh=SEEDS.is_fresh(seed_base),
        patients=len(jobs),
        scores=tuple(judged(scores, complete=only is None)),
        peers=beside,
        seconds=round(time.perf_counter() - began, 1),
    )


def check_peers(peers: Path | None, only: str | None) -> None:
    """Refuse other tools beside a part that gives them nothing to do.

    Raises
    ------
    UsageError
        They would not be run (``peers_without_bursts``).
    """
    if peers is not None and only not in WITH_PEERS:
        raise UsageError(
            "peers_without_bursts",
            f"Other tools have nothing to do in the part {only}.",
            "Leave --peers out, or choose --only bursts or no part.",
        )


def judged(scores: list[EmgScore], *, complete: bool) -> list[EmgScore]:
    """Hold our own scores against the promises; other tools promised nothing."""
    return [
        judge([score], complete=complete, bars=BARS)[0] if score.tool == OURS else score
        for score in scores
    ]


def run_job(job: EmgJob) -> Any:
    """Simulate, measure and compare one patient."""
    return RUN[job.part](job)


def _progress(told: Told, jobs: list[EmgJob]) -> Callable[[Any], None]:
    wanted = Counter(job.part for job in jobs)
    finished: Counter[str] = Counter()

    def done(outcome: Any) -> None:
        part = outcome.job.part
        finished[part] += 1
        if finished[part] == wanted[part] or finished[part] % max(wanted[part] // 10, 1) == 0:
            told(f"{part} {finished[part]}/{wanted[part]}")

    return done
