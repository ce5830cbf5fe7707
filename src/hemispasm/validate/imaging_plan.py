"""What an imaging validation simulates: rows, sizes, seeds, and the phantom behind each seed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from itertools import islice, product
from typing import TYPE_CHECKING, Literal

from hemispasm.model.errors import UsageError
from hemispasm.model.imaging import Segment, VesselName
from hemispasm.model.side import Side
from hemispasm.validate.seed_ranges import VALIDATION_SEEDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hemispasm.simulate.mri.options import MriOptions

Row = Literal[
    "iso_half", "slices_10", "slices_15", "slices_20", "organic", "attached", "attached_10",
    "jitter", "sides", "speed",
]  # fmt: skip
Voxel = tuple[float, float, float]

RELEASE_SEEDS = VALIDATION_SEEDS["imaging"].release
RELEASE_BASE = VALIDATION_SEEDS["imaging"].base
SEEDS_PER_ROW = 250
LATER = dict.fromkeys(("attached", "attached_10", "sides"), 2500)
"""Release rows whose seeds begin so much later: of their first ones, one of the attached segment
showed that a bridge of tissue along VIII was taken for the brainstem's surface."""

VOXELS: dict[Row, Voxel] = {
    "iso_half": (0.5, 0.5, 0.5),
    "slices_10": (0.6, 0.6, 1.0),
    "slices_15": (0.5, 0.5, 1.5),
    "slices_20": (0.8, 0.8, 2.0),
    "organic": (0.5, 0.5, 0.5),
    "attached": (0.5, 0.5, 0.5),
    "attached_10": (0.6, 0.6, 1.0),
    "jitter": (0.5, 0.5, 0.5),
    "sides": (0.5, 0.5, 0.5),
    "speed": (0.5, 0.5, 0.5),
}
ROWS: tuple[Row, ...] = tuple(VOXELS)
ORDER = {row: place for place, row in enumerate(ROWS)}
NUMBERED: tuple[Row, ...] = ("iso_half", "slices_10", "organic")
"""Rows in which a distance in millimetres is due."""

BESIDE: tuple[Row, ...] = ("iso_half", "slices_10")
"""Rows in which the usual ways measure the same phantoms."""

CISTERN: tuple[Row, ...] = ("iso_half", "slices_10", "organic", "jitter")
"""Rows that score nothing of the attached segment: it is left out there, to save time."""

DISTANCES_MM = (-0.3, 0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
ATTACHED_MM = (-0.2, 0.0, 0.3, 0.6, 1.0, 1.5, 2.0, 3.0)
SEGMENTS = (Segment.TRANSITION, Segment.PROXIMAL_CISTERNAL)
ARTERIES = (VesselName.AICA, VesselName.PICA, VesselName.VA)
PLANES: tuple[Literal["axial", "coronal", "sagittal"], ...] = ("axial", "coronal", "sagittal")

ATTEMPTS = 8
FAR_SEEDS = 1_000_000

CLICKS_SD_MM = 0.5
MOVED_SD_MM = 0.7
"""How much further the jitter row moves every click, per axis."""

_BLOCK = {"extent_mm": (40.0, 36.0, 30.0), "offset_mm": (22.0, 0.0, 0.0)}
_DEEP_BLOCK = {"extent_mm": (44.0, 40.0, 36.0), "offset_mm": (16.0, 0.0, 0.0)}
_COST = {
    "attached": 30.0,
    "attached_10": 20.0,
    "slices_15": 15.0,
    "slices_20": 0.7,
    "jitter": 14.0,
    "sides": 90.0,
}


@dataclass(frozen=True)
class ImagingJob:
    """One simulated session.

    Attributes
    ----------
    row : str
        Which row it belongs to.
    place : int
        Its number in the row; distance, segment and vessel follow from it.
    seed : int
        Of the phantom.
    beside : bool
        Whether the usual ways measure it too.
    """

    row: Row
    place: int
    seed: int
    beside: bool = False

    @property
    def key(self) -> str:
        """Name under which its result is kept."""
        return f"{self.row}-{self.place}-{self.seed}-{int(self.beside)}"

    @property
    def side(self) -> Side:
        """Affected side: the sides take turns after each round of distances."""
        return Side.LEFT if (self.place // 9 + self.place % 9) % 2 == 0 else Side.RIGHT

    @property
    def cost(self) -> float:
        """About how many CPU seconds it takes."""
        return _COST.get(self.row, 8.0) + (3.0 if self.beside else 0.0)


@dataclass(frozen=True)
class ImagingSizes:
    """How many phantoms each row has; ``beside`` in each row with the usual ways."""

    iso_half: int = 207
    slices_10: int = 207
    slices_15: int = 207
    slices_20: int = 200
    organic: int = 207
    attached: int = 200
    attached_10: int = 48
    jitter: int = 54
    sides: int = 24
    beside: int = 207
    speed: int = 5

    def of(self, row: Row) -> int:
        """Return the size of a row."""
        return int(getattr(self, row))

    def at_most(self, sessions: int) -> ImagingSizes:
        """Return the sizes with no row larger than that.

        Examples
        --------
        >>> FULL.at_most(100).organic, FULL.at_most(100).jitter
        (100, 54)
        """
        return ImagingSizes(**{name: min(n, sessions) for name, n in asdict(self).items()})


FULL = ImagingSizes()
QUICK = ImagingSizes(
    iso_half=24, slices_10=24, slices_15=24, slices_20=24, organic=24, attached=24, attached_10=8,
    jitter=9, sides=3, beside=12, speed=2,
)  # fmt: skip


def check_imaging_seed_base(seed_base: int) -> int:
    """Return the first seed of a run.

    Raises
    ------
    UsageError
        The run would leave the tuning or the release seeds (``bad_seed_base``).

    Examples
    --------
    >>> check_imaging_seed_base(500), check_imaging_seed_base(RELEASE_BASE)
    (500, 82500)
    """
    return VALIDATION_SEEDS["imaging"].check(seed_base)


def check_rows(names: str | None) -> tuple[Row, ...]:
    """Return the chosen rows, all when None; several are separated by commas.

    Raises
    ------
    UsageError
        There is no such row (``unknown_part``).

    Examples
    --------
    >>> check_rows("organic,jitter")
    ('organic', 'jitter')
    """
    if names is None:
        return ROWS
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in ROWS]
    if unknown or not wanted:
        raise UsageError(
            "unknown_part",
            f"The imaging validation has no row called {', '.join(unknown) or 'that'!r}.",
            f"Choose among: {', '.join(ROWS)}; several are separated by commas.",
        )
    return tuple(row for row in ROWS if row in wanted)


def plan_imaging_jobs(
    seed_base: int, sizes: ImagingSizes, rows: tuple[Row, ...] = ROWS
) -> list[ImagingJob]:
    """Return every session of a run; the speed is measured apart.

    On release seeds each row has seeds of its own. On tuning seeds the rows share them.

    Examples
    --------
    >>> jobs = plan_imaging_jobs(RELEASE_BASE, FULL)
    >>> len({job.seed for job in jobs}) == len(jobs)
    True
    """
    step = SEEDS_PER_ROW if seed_base in RELEASE_SEEDS else 0
    return [
        ImagingJob(
            row,
            place,
            seed_base + (step * number + LATER.get(row, 0) if step else 0) + place,
            row in BESIDE and place < sizes.beside,
        )
        for number, row in enumerate(ROWS)
        if row in rows and row != "speed"
        for place in range(sizes.of(row))
    ]


def attempts_of(job: ImagingJob) -> Iterator[tuple[MriOptions, int]]:
    """Return options and seed, then others where the geometry cannot be laid out.

    First the distracting vein goes; then the seed changes to one far beyond all ranges.

    Examples
    --------
    >>> [seed for _, seed in attempts_of(ImagingJob("iso_half", 1, 500))][:4]
    [500, 500, 1000500, 1000500]
    """
    options = options_of(job)
    for attempt in range(ATTEMPTS):
        seed = job.seed + FAR_SEEDS * (attempt // 2)
        yield replace(options, lesions=()) if attempt % 2 else options, seed


def options_of(job: ImagingJob) -> MriOptions:
    """Return the phantom of a session.

    Distances go round; the segment, the artery, a pushed nerve and a distracting vein change from
    round to round, so that every distance meets each of them. One side is drawn and only a block
    around it, except in the row of two sides.
    """
    from hemispasm.simulate.mri.options import Conflict, MriOptions, SeriesPlan, fusion_series

    voxel, place = VOXELS[job.row], job.place
    if job.row in ("attached", "attached_10"):
        distance = ATTACHED_MM[place % len(ATTACHED_MM)]
        turn = place // len(ATTACHED_MM) + place
        conflict = Conflict(ARTERIES[turn % 3], Segment.ATTACHED, distance)
    else:
        distance = DISTANCES_MM[place % 9]
        if job.row == "sides":
            distance = DISTANCES_MM[place % 2]
        segment, artery, pushed, _ = _turn(place // 9, place % 9)
        conflict = Conflict(artery, segment, distance, 1.0 if pushed and distance <= 0 else 0.0)
    deep = job.row in ("attached", "attached_10")
    block = dict(_DEEP_BLOCK if deep else _BLOCK)
    sign = 1.0 if job.side is Side.LEFT else -1.0
    series: tuple[SeriesPlan, ...]
    if job.row == "sides":
        series = fusion_series(
            voxel, extent_mm=(80.0, 38.0, 32.0), orientation=PLANES[place % 3],
            tilt_deg=(0.0, 8.0, -8.0, 15.0)[place % 4],
        )  # fmt: skip
        other = Conflict(ARTERIES[(place + 1) % 3], SEGMENTS[place % 2], (1.0, 1.5, 2.0)[place % 3])
        sides: tuple[Side, ...] = (Side.LEFT, Side.RIGHT)
    else:
        x, y, z = block["offset_mm"]
        series = fusion_series(voxel, extent_mm=block["extent_mm"], offset_mm=(sign * x, y, z))
        other, sides = None, (job.side,)
    return MriOptions(
        family="organic" if job.row == "organic" else "analytic",
        side=job.side,
        conflict=conflict,
        other=other,
        sides=sides,
        lesions=("vein",) if _turn(place // 9, place % 9)[3] else (),
        series=series,
        seed_jitter_mm=CLICKS_SD_MM,
    )


def _turn(turn: int, shift: int) -> tuple[Segment, VesselName, bool, bool]:
    """Return segment, artery, pushed nerve and vein of a round, another start for each distance."""
    every: Iterator[tuple[Segment, VesselName, bool, bool]] = product(
        SEGMENTS, ARTERIES, (False, True), (False, True)
    )
    count = len(SEGMENTS) * len(ARTERIES) * 4
    # 7 and 5 are coprime to the number of combinations: neighbours differ in more than one thing.
    return next(islice(every, (7 * turn + 5 * shift) % count, None))
