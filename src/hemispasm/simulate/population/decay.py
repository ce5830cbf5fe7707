"""Exponential and logarithm in compiled code without a call.

The exponential follows the method of the C library of Linux (a table of 128 powers, and a
polynomial of order 5 for the rest, from Arm Optimized Routines, MIT licence), operation by
operation: it gives what that library gives, to the last bit, on every machine. The logarithm is
only near, for decisions that need no more.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

PARTS = 128
"""Steps of the table between two powers of 2."""

FAR = 500.0
"""Beyond this the method needs care with the smallest numbers, and the library is called."""

PER_STEP = float.fromhex("0x1.71547652b82fep0") * PARTS
STEP = float.fromhex("-0x1.62e42fefa0000p-8")
STEP_REST = float.fromhex("-0x1.cf79abc9e3b39p-47")
ROUND = float.fromhex("0x1.8p52")
C2 = float.fromhex("0x1.ffffffffffdbdp-2")
C3 = float.fromhex("0x1.555555555543cp-3")
C4 = float.fromhex("0x1.55555cf172b91p-5")
C5 = float.fromhex("0x1.1111167a4d017p-7")


def _powers() -> tuple[Any, Any]:
    """Return 2 ** (k / PARTS) as bits without their exponent's share, and what rounding left."""
    power, rest = np.empty(PARTS), np.empty(PARTS)
    with localcontext() as exact:
        exact.prec = 50
        for k in range(PARTS):
            value = (Decimal(2).ln() * k / PARTS).exp()
            power[k] = float(value)
            rest[k] = float((value - Decimal(power[k])) / Decimal(power[k]))
    return power.view(np.int64) - (np.arange(PARTS) << 45), rest


POWER, REST = _powers()


@intrinsic
def _fused(_: Any, a: Any, b: Any, c: Any) -> Any:
    """Return a * b + c, rounded once."""
    number = types.float64
    return number(number, number, number), lambda _c, builder, _s, args: builder.fma(*args)


@intrinsic
def _as_bits(_: Any, value: Any) -> Any:
    """Return the bits of a number."""
    return types.int64(types.float64), _reread


@intrinsic
def _as_number(_: Any, bits: Any) -> Any:
    """Return the number that has these bits."""
    return types.float64(types.int64), _reread


def _reread(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    return builder.bitcast(args[0], context.get_value_type(signature.return_type))


NEAR_PARTS = 256.0
"""Parts of the range from 0 to 1 for the logarithm."""

NEAR_END, NEAR_ERROR = 0.875, 1e-11
"""Up to where the near logarithm holds, and by how much at most it errs."""

_REST = 1.0 - (np.arange(256) + 0.5) / 256.0
MIDDLE = -np.log(_REST)
SLOPE = 1.0 / _REST
OFFSET = 1.0 - SLOPE
"""Within a part 1 - drawn is _REST x (1 - r), with r = drawn x SLOPE + OFFSET."""


@njit(cache=True, forceinline=True, error_model="numpy", _nrt=False)
def exponential(x: float) -> float:
    """Return e ** x, within one unit of the last place.

    Examples
    --------
    >>> exponential(0.0), round(exponential(-1.0), 9)
    (1.0, 0.367879441)
    """
    if not -FAR < x < FAR:
        return float(np.exp(x))
    shifted = _fused(x, PER_STEP, ROUND)
    steps, whole = _as_bits(shifted), shifted - ROUND
    r = _fused(whole, STEP_REST, _fused(whole, STEP, x))
    k = steps & (PARTS - 1)
    square = r * r
    more = _fused(square, _fused(r, C3, C2), REST[k] + r)
    more = _fused(square * square, _fused(r, C5, C4), more)
    power = _as_number(POWER[k] + (steps << 45))
    return float(_fused(power, more, power))


@njit(cache=True, forceinline=True, error_model="numpy", _nrt=False)
def near_log(drawn: float) -> float:
    """Return -log(1 - drawn) to within ``NEAR_ERROR``, for drawn from 0 to ``NEAR_END``.

    Examples
    --------
    >>> round(near_log(0.5), 9)
    0.693147181
    """
    part = np.uint64(np.int64(drawn * NEAR_PARTS))
    r = _fused(drawn, SLOPE[part], OFFSET[part])
    square = r * r
    late = _fused(square, 0.2, _fused(r, 0.25, 1.0 / 3.0))
    return float(_fused(square, _fused(r, late, 0.5), r) + MIDDLE[part])
