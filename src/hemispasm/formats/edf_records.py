"""How long a record of an EDF file should be, so that it holds whole samples of every channel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from hemispasm.model.errors import UsageError

# The standard asks for records of no more bytes than this; many channels may need more.
_ASKED_BYTES = 61_440
_NICE_TEXTS = "1 0.5 0.25 0.2 0.125 0.1 0.0625 0.05 0.02 0.01 0.256 0.032 0.004 2 4 5 8 10 16"
_NICE_S = tuple(Fraction(text) for text in _NICE_TEXTS.split())
_LONGEST_S = 60


def exact_rate(rate_hz: float) -> Fraction:
    """Return a rate as a fraction: 3333.3333333333335 is 10000/3.

    Raises
    ------
    UsageError
        No fraction with a denominator up to a thousand is the rate (``odd_rate``).
    """
    rate = Fraction(rate_hz).limit_denominator(1000)
    if rate <= 0 or abs(float(rate) - rate_hz) > 1e-9 * rate_hz:
        raise _odd_rate(rate_hz)
    return rate


def choose_record(
    rates_hz: Sequence[float], lengths: Sequence[int], sample_bytes: int
) -> tuple[Fraction, int]:
    """Return the length of a record in seconds and the number of records.

    Records are chosen to end with the signals where that is possible; otherwise the last one is
    longer than they are.

    Parameters
    ----------
    rates_hz, lengths : sequence
        Samples per second and number of samples of each channel.
    sample_bytes : int
        2 (EDF) or 3 (BDF).

    Raises
    ------
    UsageError
        No record holds whole samples of all channels (``odd_rate``).

    Examples
    --------
    >>> choose_record([2000.0, 500.0], [3000, 750], 2)
    (Fraction(3, 4), 2)
    >>> choose_record([4000.0], [50861], 2)
    (Fraction(281, 4000), 181)
    """
    rates = [exact_rate(rate_hz) for rate_hz in rates_hz]
    shortest_s = Fraction(
        math.lcm(*(rate.denominator for rate in rates)),
        math.gcd(*(rate.numerator for rate in rates)),
    )
    ends_s = [length / rate for length, rate in zip(lengths, rates, strict=True)]
    last_s = max(ends_s)
    byte_rate = sample_bytes * sum(rates)
    candidates_s = [
        length_s
        for length_s in (*_NICE_S, shortest_s)
        if (length_s / shortest_s).denominator == 1 and _fits_the_field(length_s)
    ]
    if not candidates_s:
        raise _odd_rate(max(rates_hz))
    count = last_s / shortest_s
    if len(set(ends_s)) == 1 and count.denominator == 1:
        exact = [
            length_s
            for divisor in _divisors(int(count))
            if (length_s := divisor * shortest_s) <= _LONGEST_S
            and Fraction(1, 50) <= length_s
            and _fits_the_field(length_s)
        ]
        # A recording shorter than any of these is one record.
        candidates_s = exact or ([last_s] if _is_one_record(last_s) else candidates_s)
    chosen_s = min(
        candidates_s,
        key=lambda length_s: (length_s * byte_rate > _ASKED_BYTES, abs(math.log(length_s))),
    )
    return chosen_s, math.ceil(last_s / chosen_s)


def _is_one_record(length_s: Fraction) -> bool:
    return length_s < 1 and _fits_the_field(length_s)


def _divisors(number: int) -> list[int]:
    small = [d for d in range(1, math.isqrt(number) + 1) if number % d == 0]
    return sorted({*small, *(number // d for d in small)})


def _fits_the_field(length_s: Fraction) -> bool:
    """Whether eight characters hold the length exactly."""
    text = record_text(length_s)
    return len(text) <= 8 and "e" not in text and Fraction(text) == length_s


def record_text(length_s: Fraction) -> str:
    """Return the length of a record as the header writes it."""
    return str(int(length_s)) if length_s.denominator == 1 else str(float(length_s))


def _odd_rate(rate_hz: float) -> UsageError:
    return UsageError(
        "odd_rate",
        f"No EDF record holds whole samples at {rate_hz:g} Hz.",
        "Resample the signals to a common rate of whole hertz.",
    )
