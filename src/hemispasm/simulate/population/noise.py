"""White noise in compiled code: the bell-shaped numbers of NumPy in single precision, but faster.

It is the ziggurat of Marsaglia and Tsang (2000) as NumPy draws it, from the same random bits, and
so gives the same numbers. The bell is covered by 256 layers of equal area; a number that falls into
the part of a layer that surely lies below the bell is taken at once.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

EDGE, AREA = 3.6541528853610088, 0.0049286732339746519
"""Where the tail of the bell begins, and the area of every layer."""

PLACES = 1 << 23
"""Places across a layer."""

WORDS = 1 << 13
"""Random numbers of 64 bits that are drawn at a time."""


def _layers() -> tuple[NDArray[np.float32], NDArray[np.uint32], NDArray[np.float32]]:
    """Return the width of a place, how many are surely below the bell, and the bell at the edge."""
    with localcontext() as exact:
        exact.prec = 40
        edge, area = Decimal(EDGE), Decimal(AREA)
        x = [edge]
        while len(x) < 255:
            x.insert(0, (-2 * (area / x[0] + (-x[0] * x[0] / 2).exp()).ln()).sqrt())
        bell = [Decimal(1)] + [(-one * one / 2).exp() for one in x]
        wide = [area / bell[-1], *x]
        inner = [edge / wide[0], Decimal(0)] + [a / b for a, b in pairwise(x)]
        width = [float(one / PLACES) for one in wide]
        sure = [round(one * PLACES) for one in inner]
        return (
            np.array(width, dtype=np.float32),
            np.array(sure, dtype=np.uint32),
            np.array([float(one) for one in bell], dtype=np.float32),
        )


WIDTH, SURE, BELL = _layers()


@njit(cache=True, inline="always", error_model="numpy")
def _part(word: np.uint32) -> np.float32:
    """Return a number in [0, 1) from a word."""
    return np.float32(word >> np.uint32(8)) * np.float32(1.0 / 16777216.0)


@njit(cache=True, inline="always", error_model="numpy")
def _place(word: np.uint32) -> tuple[np.uint32, np.uint32, np.float32]:
    """Return the layer that a word chooses, the place in it, and the number there."""
    layer, place = word & np.uint32(255), (word >> np.uint32(9)) & np.uint32(PLACES - 1)
    x = np.float32(place) * WIDTH[layer]
    return layer, place, -x if word & np.uint32(256) else x


@njit(cache=True, error_model="numpy")
def _bell(words: NDArray[np.uint32], at: int) -> tuple[int, np.float32]:
    """Return the word behind those that a number took, and the number; 0 if words run out."""
    many, slope = len(words), np.float32(-1.0 / EDGE)
    while at + 1 < many:
        layer, place, x = _place(words[at])
        if place < SURE[layer]:
            return at + 1, x
        part = _part(words[at + 1])
        at += 2
        if layer > 0:
            high = (BELL[layer - 1] - BELL[layer]) * part + BELL[layer]
            if high < np.exp(-0.5 * np.float64(x) * np.float64(x)):
                return at, x
            continue
        while at + 1 < many:
            beyond, other = slope * np.log1p(-part), -np.log1p(-_part(words[at]))
            if other + other > beyond * beyond:
                x = np.float32(EDGE) + beyond
                return at + 1, -x if (place >> np.uint32(8)) & np.uint32(1) else x
            part = _part(words[at + 1])
            at += 2
    return 0, np.float32(0.0)


@njit(cache=True, error_model="numpy")
def _add(
    row: NDArray[np.float32], done: int, rms: np.float32, words: NDArray[np.uint32], used: int
) -> tuple[int, int]:
    """Add noise from sample ``done`` on while there are words; return samples and words done."""
    while done < len(row) and used < len(words):
        layer, place, x = _place(words[used])
        if place < SURE[layer]:
            used += 1
        else:
            behind, x = _bell(words, used)
            if behind == 0:
                break
            used = behind
        row[done] += rms * x
        done += 1
    return done, used


class Noise:
    """White noise from a generator that nobody else draws from.

    Parameters
    ----------
    rng : numpy.random.Generator
        New, and of the kind that ``default_rng`` makes.

    Examples
    --------
    >>> row = np.zeros(3, dtype=np.float32)
    >>> Noise(np.random.default_rng(1)).add_to(row, np.float32(2.0))
    >>> same = 2.0 * np.random.default_rng(1).standard_normal(3, dtype=np.float32)
    >>> bool((row == same).all())
    True
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._bits = rng.bit_generator
        self._words = np.zeros(0, dtype=np.uint32)

    def add_to(self, row: NDArray[np.float32], rms: np.float32) -> None:
        """Add the next numbers, times ``rms``, to the samples of a row."""
        done = used = 0
        while True:
            done, used = _add(row, done, rms, self._words, used)
            self._words, used = self._words[used:], 0
            if done == len(row):
                return
            drawn = np.asarray(self._bits.random_raw(WORDS)).view(np.uint32)
            self._words = np.concatenate([self._words, drawn])
