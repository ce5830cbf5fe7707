"""The same work on many jobs, in several processes that do not fight for cores."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Job = TypeVar("Job")
Result = TypeVar("Result")

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")


def run_all(
    work: Callable[[Job], Result],
    jobs: Sequence[Job],
    *,
    workers: int,
    cost: Callable[[Job], float],
    done: Callable[[Result], None] | None = None,
    ready: Callable[[], None] | None = None,
) -> list[Result]:
    """Do work on every job in separate processes, dearest first; results in the jobs' order.

    Parameters
    ----------
    work : callable
        Picklable; one job in, one result out.
    jobs : sequence
        Picklable.
    workers : int
        Processes; 1 works in this process.
    cost : callable
        About how long a job takes, in any unit.
    done : callable, optional
        Called with each result as it comes.
    ready : callable, optional
        Picklable; called once in every process before its first job.
    """
    order = sorted(range(len(jobs)), key=lambda k: -cost(jobs[k]))
    results: dict[int, Result] = {}

    def keep(k: int, result: Result) -> None:
        results[k] = result
        if done is not None:
            done(result)

    if workers <= 1:
        if ready is not None:
            ready()
        for k in order:
            keep(k, work(jobs[k]))
        return [results[k] for k in range(len(jobs))]
    for name in THREAD_VARIABLES:
        os.environ.setdefault(name, "1")
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=ready) as pool:
        waiting = {pool.submit(work, jobs[k]): k for k in order}
        try:
            for future in as_completed(waiting):
                keep(waiting.pop(future), future.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [results[k] for k in range(len(jobs))]
