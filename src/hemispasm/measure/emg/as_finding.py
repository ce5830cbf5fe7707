"""From a measured number of EMG to a finding: rounding, intervals that exist, grades."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hemispasm.model import Finding, Grade
from hemispasm.model.vocabulary import lookup_code

if TYPE_CHECKING:
    from hemispasm.model.side import Side

METHOD = "emg/1"
LEVEL = 0.95


def make_finding(
    code: str,
    side: Side | None,
    value: float | str | None,
    ends: tuple[float, float] | None = None,
    *,
    grade: Grade,
    reason: str | None = None,
    method: str = METHOD,
    **extra: Any,
) -> Finding:
    """Return a finding whose unit is the vocabulary's.

    Parameters
    ----------
    code : str
        A code of the vocabulary.
    side : Side or None
        The patient's side; None when nobody said it.
    value : float, str or None
        None: not measured, and ``reason`` says why.
    ends : tuple of float, optional
        Ends of the 95 % interval; an infinite end means that there is none.
    grade : Grade
        Of the measurement behind it.
    reason, method : str
        Why something is missing; what measured it.
    **extra
        Keys that the vocabulary declares for this code; those that are None are left out.

    Examples
    --------
    >>> make_finding("emg.burst_rate", None, 12.34567, (3.0, float("inf")),
    ...              grade=Grade.LIMITED).interval is None
    True
    """
    interval = None
    if ends is not None and value is not None and all(math.isfinite(end) for end in ends):
        interval = (rounded(ends[0]), rounded(ends[1]))
    if isinstance(value, float) and not math.isfinite(value):
        value, reason = None, reason or "not_a_number: it could not be computed"
    kept = {key: _plain(entry) for key, entry in extra.items() if entry is not None}
    return Finding(
        code=code,
        side=side,
        value=rounded(value) if isinstance(value, float) else value,
        unit=None if value is None or isinstance(value, str) else lookup_code(code).unit,
        interval=interval,
        level=LEVEL if interval else None,
        quality=grade,
        method=method,
        reason=reason,
        **kept,
    )


def rounded(value: float) -> float:
    """Return a number with four decimals, or four significant digits where it is smaller.

    Examples
    --------
    >>> rounded(12.345678), rounded(0.000123456)
    (12.3457, 0.0001235)
    """
    value = float(value)
    return float(f"{value:.4g}") if 0 < abs(value) < 0.1 else round(value, 4)


def _plain(entry: Any) -> Any:
    if isinstance(entry, float):
        return rounded(entry) if math.isfinite(entry) else None
    if isinstance(entry, dict):
        return {key: _plain(part) for key, part in entry.items()}
    if isinstance(entry, list | tuple):
        return [_plain(part) for part in entry]
    return entry
