"""What a comparison of generator families simulates: how many of each, on which seeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from hemispasm.model.errors import UsageError
from hemispasm.model.side import Side
from hemispasm.simulate.families.imitator_evoked import SWEEP_IMITATORS
from hemispasm.simulate.families.imitators import IMITATORS
from hemispasm.validate.seed_ranges import VALIDATION_SEEDS

if TYPE_CHECKING:
    from pathlib import Path

Letter = Literal["A", "B", "C", "D"]
Part = Literal["video", "emg", "lsr"]

PARTS: tuple[Part, ...] = ("video", "emg", "lsr")
WORDS: dict[Letter, str] = {
    "A": "mechanistic",
    "B": "phenomenological",
    "C": "resampled real signals",
    "D": "adversarial imitators",
}

SEEDS = VALIDATION_SEEDS["families"]

SNR_DB, LSR_DB, SWEEPS = 10.0, -6.0, 8
VIDEO_RATES_PER_MIN = (14.0, 9.0, 18.0, 6.0, 12.0, 16.0)
CLOSURES = ((0.35, 0.60), (0.60, 1.00))
QUIET = "quiet"
HFS = "hfs"

COST: dict[tuple[Part, Letter], float] = {
    ("video", "A"): 60.0,
    ("video", "B"): 30.0,
    ("video", "C"): 30.0,
    ("video", "D"): 25.0,
    ("emg", "A"): 1.5,
    ("emg", "B"): 1.5,
    ("emg", "C"): 1.0,
    ("emg", "D"): 0.6,
    ("lsr", "A"): 2.5,
    ("lsr", "B"): 2.5,
    ("lsr", "C"): 0.2,
    ("lsr", "D"): 0.1,
}
"""About how many CPU seconds one recording takes."""


@dataclass(frozen=True)
class FamilyJob:
    """One recording of one family.

    Attributes
    ----------
    part, family : str
        What is scored, and how the recording is made.
    scenario : str
        ``hfs``, ``quiet``, or the name of an imitator.
    seed, place : int
        Seed of the recording; its number within its group, which decides side and strength.
    duration_s : float
        Length where the part has one.
    real : Path, optional
        Folder with real signals (family C).
    """

    part: Part
    family: Letter
    scenario: str
    seed: int
    place: int
    duration_s: float = 35.0
    real: Path | None = None

    @property
    def side(self) -> Side:
        """Affected, busy or stimulated side: left and right in turn."""
        return Side.LEFT if self.place % 2 == 0 else Side.RIGHT


@dataclass(frozen=True)
class FamilySizes:
    """How many recordings of each kind every family gets; D has its own per imitator.

    ``filmed`` names the imitators that are filmed; all where it is empty.
    """

    video_hfs: int = 12
    video_quiet: int = 6
    emg_hfs: int = 40
    emg_quiet: int = 20
    lsr: int = 80
    video_imitators: int = 3
    emg_imitators: int = 12
    lsr_imitators: int = 40
    video_s: float = 35.0
    emg_s: float = 60.0
    filmed: tuple[str, ...] = ()


FULL = FamilySizes()
QUICK = FamilySizes(
    video_hfs=1, video_quiet=1, emg_hfs=4, emg_quiet=2, lsr=8, video_imitators=1,
    emg_imitators=1, lsr_imitators=4, video_s=31.0, emg_s=40.0, filmed=("wink_series",),
)  # fmt: skip


def check_part(only: str | None) -> str | None:
    """Return the chosen part or family.

    Raises
    ------
    UsageError
        There is no such part or family (``unknown_part``).

    Examples
    --------
    >>> check_part("emg"), check_part("D")
    ('emg', 'D')
    """
    if only is not None and only not in (*PARTS, *WORDS):
        raise UsageError(
            "unknown_part",
            f"The comparison of families has no part or family called {only!r}.",
            f"Choose one of: {', '.join((*PARTS, *WORDS))}.",
        )
    return only


def plan_families(
    seed_base: int, sizes: FamilySizes, real: Path | None, only: str | None = None
) -> list[FamilyJob]:
    """Return every recording of a run; family C only where real signals are at hand.

    Parameters
    ----------
    seed_base : int
        First seed.
    sizes : FamilySizes
        How many of each.
    real : Path, optional
        Folder with real signals.
    only : str, optional
        A part, or a family.

    Examples
    --------
    >>> {job.family for job in plan_families(0, QUICK, None)} == {"A", "B", "D"}
    True
    """
    jobs: list[FamilyJob] = []
    letters: tuple[Letter, ...] = ("A", "B") if real is None else ("A", "B", "C")
    for letter in letters:
        jobs += _patients(letter, seed_base, sizes, real)
    jobs += _imitators(seed_base, sizes)
    return [job for job in jobs if only is None or only in (job.part, job.family)]


def _patients(letter: Letter, base: int, sizes: FamilySizes, real: Path | None) -> list[FamilyJob]:
    groups: tuple[tuple[Part, str, int, int, float], ...] = (
        ("video", HFS, sizes.video_hfs, 0, sizes.video_s),
        ("video", QUIET, sizes.video_quiet, 50, sizes.video_s),
        ("emg", HFS, sizes.emg_hfs, 100, sizes.emg_s),
        ("emg", QUIET, sizes.emg_quiet, 180, sizes.emg_s),
        ("lsr", HFS, sizes.lsr, 220, 0.0),
    )
    return [
        FamilyJob(part, letter, scenario, base + first + k, k, seconds, real)
        for part, scenario, count, first, seconds in groups
        for k in range(count)
    ]


def _imitators(base: int, sizes: FamilySizes) -> list[FamilyJob]:
    jobs: list[FamilyJob] = []
    counts = {"video": sizes.video_imitators, "emg": sizes.emg_imitators}
    lengths = {"video": sizes.video_s, "emg": sizes.emg_s}
    parts: tuple[Part, ...] = ("video", "emg")
    for part in parts:
        for number, row in enumerate(IMITATORS.values()):
            if part not in row.instruments:
                continue
            if part == "video" and sizes.filmed and row.name not in sizes.filmed:
                continue
            jobs += [
                FamilyJob(part, "D", row.name, base + 300 + 12 * number + k, k, lengths[part])
                for k in range(counts[part])
            ]
    for kind in SWEEP_IMITATORS:
        jobs += [FamilyJob("lsr", "D", kind, base + 430 + k, k) for k in range(sizes.lsr_imitators)]
    return jobs
