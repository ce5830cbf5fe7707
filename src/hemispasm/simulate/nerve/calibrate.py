"""What the faster model of hours of activity takes from the bundle: crossing, delay, repeats."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.resources import files

import numpy as np

from hemispasm.simulate.nerve.bundle import (
    Bundle,
    BundleOptions,
    assemble,
    change_space,
    make_bundle,
)
from hemispasm.simulate.nerve.bursts import bursts_of, intervals_in_bursts
from hemispasm.simulate.nerve.evoked import make_volley
from hemispasm.simulate.nerve.parameters import Flags, Numbers
from hemispasm.simulate.nerve.run import BundleRun, Shock, run_bundle

SPACES = (0.05, 0.1, 0.15, 0.18, 0.22, 0.3, 0.4, 0.6)
INSIDE = ("patch_distal", "patch", "patch_proximal")


@dataclass(frozen=True)
class CouplingPoint:
    """One state of compression, over some nerves.

    Attributes
    ----------
    space_share : float
        Extracellular over intracellular area in the patch.
    nerves : int
        How many random nerves.
    crossing : float
        Share of the unstimulated fibres that the dispersed volley of one branch excites.
    crossing_low, crossing_high : float
        Smallest and largest over the nerves.
    per_impulse : float
        Fibres excited per impulse of the volley.
    transfer_ms : float
        Median delay from the first impulse of the neighbours at the edge of the patch to the
        impulse of the crossed fibre in it; nan where nothing crosses.
    transfer_low_ms, transfer_high_ms : float
        5th and 95th percentile.
    """

    space_share: float
    nerves: int
    crossing: float
    crossing_low: float
    crossing_high: float
    per_impulse: float
    transfer_ms: float
    transfer_low_ms: float
    transfer_high_ms: float


@dataclass(frozen=True)
class Repeats:
    """Afterdischarge of bare fibres that a volley has excited, and their refractory time.

    Attributes
    ----------
    interval_ms, interval_spread : float
        Median interval inside bursts, and the spread of intervals relative to their mean.
    repeat_probability : float
        Chance that an impulse is followed by another one of the same fibre.
    refractory_ms : float
        Shortest interval at which a second impulse passes the bare patch.
    """

    interval_ms: float
    interval_spread: float
    repeat_probability: float
    refractory_ms: float


@dataclass(frozen=True)
class CouplingTable:
    """The whole table: points in order of space, and the repeats at the default compression."""

    points: tuple[CouplingPoint, ...]
    repeats: Repeats

    def crossing_at(self, space_share: float) -> float:
        """Return the share crossed into at any compression, by straight lines.

        Examples
        --------
        >>> table = load_table()
        >>> table.crossing_at(0.1) > table.crossing_at(0.3) >= table.crossing_at(0.6)
        True
        """
        return float(
            np.interp(
                space_share,
                [point.space_share for point in self.points],
                [point.crossing for point in self.points],
            )
        )


def calibrate(
    seeds: tuple[int, ...], spaces: tuple[float, ...] = SPACES, options: BundleOptions | None = None
) -> CouplingTable:
    """Run the bundle over nerves and states of compression.

    Parameters
    ----------
    seeds : tuple of int
        One nerve each; the same nerves at every compression.
    spaces : tuple of float
        Extracellular over intracellular area, rising.
    options : BundleOptions, optional
        Of the nerves; without noise unless said otherwise.

    Returns
    -------
    CouplingTable
        Points and repeats.
    """
    chosen = options or BundleOptions(noise=0.0)
    nerves = [make_bundle(chosen, seed) for seed in seeds]
    points = tuple(_point(nerves, space) for space in spaces)
    return CouplingTable(points, _repeats(nerves))


def _point(nerves: list[Bundle], space: float) -> CouplingPoint:
    """Return one state of compression."""
    crossing, per_impulse, delays = [], [], [np.zeros(0)]
    for nerve in nerves:
        squeezed = change_space(nerve, space)
        run = run_bundle(squeezed, make_volley(squeezed).shocks, 10.0)
        crossed = np.isfinite(run.first("distal")) & ~nerve.upper
        crossing.append(float(crossed.sum() / (~nerve.upper).sum()))
        per_impulse.append(float(crossed.sum() / nerve.upper.sum()))
        delays.append(_transfer_ms(run, crossed))
    delay = np.concatenate(delays)
    low, middle, high = np.percentile(delay, (5, 50, 95)) if delay.size else (np.nan,) * 3
    return CouplingPoint(
        space,
        len(nerves),
        float(np.mean(crossing)),
        min(crossing),
        max(crossing),
        float(np.mean(per_impulse)),
        float(middle),
        float(low),
        float(high),
    )


def _transfer_ms(run: BundleRun, crossed: Flags) -> Numbers:
    """Return how long after the first neighbour's arrival every crossed fibre fires."""
    bundle = run.bundle
    arrived = run.first("patch_distal")
    begun = np.min([run.first(place) for place in INSIDE], axis=0)
    cluster = np.arange(arrived.size) // bundle.options.cluster
    delays = []
    for fibre in np.flatnonzero(crossed):
        mates = (cluster == cluster[fibre]) & bundle.upper
        if mates.any():
            delays.append(begun[fibre] - arrived[mates].min())
    return np.array(delays)


def _repeats(nerves: list[Bundle]) -> Repeats:
    """Return how crossed fibres repeat at the compression of the nerves as they are."""
    intervals, impulses, bursts = [np.zeros(0)], 0, 0
    for nerve in nerves:
        run = run_bundle(nerve, make_volley(nerve).shocks, 40.0, dt_us=5.0)
        fibre, time = run.at("distal")
        chosen = ~nerve.upper[fibre]
        intervals.append(intervals_in_bursts(fibre[chosen], time[chosen]))
        impulses += int(chosen.sum())
        bursts += sum(burst.size - 1 for burst in bursts_of(fibre[chosen], time[chosen]))
    found = 1e3 * np.concatenate(intervals)
    return Repeats(
        float(np.median(found)) if found.size else float("nan"),
        float(found.std() / found.mean()) if found.size else float("nan"),
        bursts / max(impulses, 1),
        refractory_ms(),
    )


def refractory_ms(step_ms: float = 0.1, count: int = 32) -> float:
    """Return the shortest interval at which a second impulse passes the patch of an average fibre.

    Parameters
    ----------
    step_ms : float
        Resolution.
    count : int
        Intervals tried, from 0.6 ms on; a multiple of the cluster size.
    """
    options = replace(BundleOptions(noise=0.0, coupled=False), fibres=count)
    none = np.zeros(count, dtype=bool)
    alike = np.full(count, options.diameter_um), np.full(count, options.nap_share)
    bundle = assemble(options, *alike, (none, none), ~none)
    intervals = 0.6 + step_ms * np.arange(count)
    shocks = [Shock(i, time) for i, d in enumerate(intervals) for time in (0.5, 0.5 + float(d))]
    run = run_bundle(bundle, tuple(shocks), 12.0)
    fibre, time = run.at("proximal")
    passes = [
        # Afterdischarge of the first impulse comes later than any second one that passed.
        times.size >= 2 and times[1] - times[0] < interval + 0.5
        for interval, times in zip(intervals, (time[fibre == i] for i in range(count)), strict=True)
    ]
    return float(intervals[passes].min()) if any(passes) else float("nan")


def table_rows(table: CouplingTable) -> dict[str, object]:
    """Return the table as plain numbers, ready to be written."""
    return {"point": [asdict(point) for point in table.points], "repeats": asdict(table.repeats)}


@cache
def load_table() -> CouplingTable:
    """Return the table that ships with the package.

    Examples
    --------
    >>> 2.0 < load_table().repeats.interval_ms < 6.7
    True
    """
    text = files("hemispasm.simulate.nerve").joinpath("coupling.toml").read_text("utf-8")
    raw = tomllib.loads(text)
    return CouplingTable(
        tuple(CouplingPoint(**row) for row in raw["point"]), Repeats(**raw["repeats"])
    )
