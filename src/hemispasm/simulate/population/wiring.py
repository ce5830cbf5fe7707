"""The nerve as the event queue reads it: axons, and a graph in which a crossing is found fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.simulate.population.laws import Nerve
from hemispasm.simulate.population.parameters import number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.simulate.population.fibres import Coupling, Fibres

CELLS = 32
"""Parts of the summed hazard of an axon; their beginnings fill one line of a processor's cache."""

AHEAD = 8
"""Neighbours that are looked at together."""

LINE = 16
"""Sums in one line of a processor's cache; every row begins with a line of its own."""

SAFE = 1e-9
"""The look begins earlier by this share, so that rounding never lets it begin too late."""


def wire(fibres: Fibres, web: Coupling, antidromic_s: NDArray[np.float64]) -> Nerve:
    """Return the nerve as the event queue reads it."""
    total = np.cumsum(fibres.ectopic)
    share = total / total[-1] if total[-1] > 0.0 else np.ones(len(fibres))
    odds = number("patch.repeat_gain") * fibres.ectopic
    step = np.r_[0.0, np.cumsum(-np.log1p(-web.weight))]
    many = np.diff(web.indptr)
    sums = (step[1:] - np.repeat(step[web.indptr[:-1]], many)).astype(np.float32)
    room = -(-(1 + many + AHEAD) // LINE) * LINE
    first = np.r_[0, np.cumsum(room)[:-1]] + 1
    place = np.repeat(first - web.indptr[:-1], many) + np.arange(len(sums))
    hazard = np.full(int(room.sum()), np.inf, dtype=np.float32)
    hazard[first - 1], hazard[place] = -1.0, sums
    way = np.zeros((len(hazard), 2), dtype=np.float32)
    way[place] = np.column_stack([web.delay_s, web.indices])
    return Nerve(
        odds,
        share,
        antidromic_s,
        first,
        many,
        hazard,
        way,
        *guide(web.indptr, sums.astype(np.float64)),
        web.field_threshold,
        web.field_delay_s,
    )


def guide(
    indptr: NDArray[np.int64], hazard: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int16]]:
    """Return the whole hazard of every row, its cells per unit, and where each cell begins.

    For every ``along`` below the whole hazard, the first neighbour with ``along < hazard`` lies at
    or behind the beginning of cell ``int(along * cells)``.
    """
    n = len(indptr) - 1
    full, cells = np.zeros(n), np.zeros(n)
    begin = np.zeros((n, CELLS), dtype=np.int16)
    for j in range(n):
        row = hazard[indptr[j] : indptr[j + 1]]
        if len(row) == 0 or row[-1] <= 0.0:
            continue
        full[j] = row[-1]
        cells[j] = CELLS * (1.0 - SAFE) / row[-1]
        edge = np.arange(CELLS) / cells[j] * (1.0 - SAFE)
        begin[j] = np.searchsorted(row, edge, side="right")
    return full, cells, begin
