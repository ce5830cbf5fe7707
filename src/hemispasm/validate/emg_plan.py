"""What an EMG validation simulates: how many patients, on which seeds, in which noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hemispasm.model.errors import UsageError
from hemispasm.model.side import Side
from hemispasm.validate.seed_ranges import VALIDATION_SEEDS

if TYPE_CHECKING:
    from hemispasm.validate.emg_scores import Family, Part

SEEDS = VALIDATION_SEEDS["emg"]

FAMILIES: tuple[Family, ...] = ("mechanistic", "phenomenological")
PARTS: tuple[Part, ...] = (
    "bursts", "lsr", "theatre", "synchrony", "sides", "rates", "latencies", "speed",
)  # fmt: skip

BURST_LEVELS_DB = (20.0, 12.0, 6.0, 3.0, 0.0)
LSR_DB, THEATRE_DB, SYNCHRONY_DB, REST_DB, LATENCY_DB = -6.0, 0.0, 10.0, 10.0, 12.0

QUIET_SCENARIOS = (
    "healthy",
    "blinks_only",
    "voluntary",
    "speech",
    "cocontraction",
    "myokymia",
    "post_paralytic",
    "seizure_rhythm",
    "electrode_pop",
)
"""No hemifacial spasm: a side named here is wrong."""

EVOKED_TESTS = ("blink_reflex", "f_wave", "z_l", "lsr")

COST = {
    "bursts": 2.0,
    "lsr": 2.5,
    "theatre": 1.0,
    "synchrony": 0.6,
    "sides": 1.5,
    "rates": 5.0,
    "latencies": 1.0,
}
"""About how many seconds one patient of each part takes on one core."""


@dataclass(frozen=True)
class EmgJob:
    """One simulated patient of one part.

    Attributes
    ----------
    part, family
        What is scored, and how the recording is made.
    seed : int
        Of the recording.
    snr_db : float
        Noise on the leading channel.
    scenario : str
        Of the simulator.
    sets : int
        Null sets cut from the recording (lateral spread).
    duration_s : float
        Of spontaneous recordings.
    """

    part: Part
    family: Family
    seed: int
    snr_db: float
    scenario: str = "hfs"
    sets: int = 0
    duration_s: float = 60.0

    @property
    def side(self) -> Side:
        """Affected or stimulated side: left and right in turn."""
        return Side.LEFT if self.seed % 2 == 0 else Side.RIGHT


@dataclass(frozen=True)
class EmgSizes:
    """How many patients each part has in each family, and null sets per patient.

    ``evoked_second`` is the share of evoked patients that the second family gets.
    """

    bursts: int = 24
    lsr: int = 300
    null_sets: int = 4
    theatre: int = 300
    synchrony: int = 50
    sides_hfs: int = 20
    sides_quiet: int = 6
    rates: int = 40
    latencies: int = 40
    evoked_second: float = 0.5
    rest_s: float = 60.0


FULL = EmgSizes()
QUICK = EmgSizes(
    bursts=1, lsr=8, null_sets=2, theatre=4, synchrony=3, sides_hfs=1, sides_quiet=1, rates=1,
    latencies=2, evoked_second=0.5, rest_s=40.0,
)  # fmt: skip


def check_part(only: str | None) -> str | None:
    """Return the chosen part.

    Raises
    ------
    UsageError
        There is no such part (``unknown_part``).
    """
    if only is not None and only not in PARTS:
        raise UsageError(
            "unknown_part",
            f"The EMG validation has no part called {only!r}.",
            f"Choose one of: {', '.join(PARTS)}.",
        )
    return only


def plan_jobs(seed_base: int, sizes: EmgSizes, only: str | None = None) -> list[EmgJob]:
    """Return every patient of a run, in both families.

    Examples
    --------
    >>> jobs = plan_jobs(SEEDS.base, FULL)
    >>> sum(job.part == "lsr" and job.family == "mechanistic" for job in jobs)
    300
    """
    jobs = []
    for family in FAMILIES:
        share = 1.0 if family == "mechanistic" else sizes.evoked_second
        jobs += [
            *_spontaneous(family, seed_base, sizes),
            *_evoked(family, seed_base, sizes, share),
        ]
    return [job for job in jobs if only is None or job.part == only]


def _spontaneous(family: Family, base: int, sizes: EmgSizes) -> list[EmgJob]:
    seconds = sizes.rest_s
    jobs = [
        EmgJob("bursts", family, base + k, level, duration_s=seconds)
        for level in BURST_LEVELS_DB
        for k in range(sizes.bursts)
    ]
    for scenario in ("hfs", "cocontraction"):
        jobs += [
            EmgJob("synchrony", family, base + 100 + k, SYNCHRONY_DB, scenario, duration_s=seconds)
            for k in range(sizes.synchrony)
        ]
    for place, scenario in enumerate(("hfs", *QUIET_SCENARIOS)):
        count = sizes.sides_hfs if scenario == "hfs" else sizes.sides_quiet
        jobs += [
            EmgJob(
                "sides", family, base + 200 + 24 * place + k, REST_DB, scenario, duration_s=seconds
            )
            for k in range(count)
        ]
    jobs += [
        EmgJob("rates", family, base + 400 + k, REST_DB, duration_s=2 * seconds)
        for k in range(sizes.rates)
    ]
    return jobs


def _evoked(family: Family, base: int, sizes: EmgSizes, share: float) -> list[EmgJob]:
    jobs = [
        EmgJob("lsr", family, base + k, LSR_DB, "lsr", sets=sizes.null_sets)
        for k in range(round(share * sizes.lsr))
    ]
    jobs += [
        EmgJob("theatre", family, base + k, THEATRE_DB, "theatre")
        for k in range(round(share * sizes.theatre))
    ]
    jobs += [
        EmgJob("latencies", family, base + 100 * place + k, LATENCY_DB, scenario)
        for place, scenario in enumerate(EVOKED_TESTS)
        for k in range(sizes.latencies)
    ]
    return jobs
