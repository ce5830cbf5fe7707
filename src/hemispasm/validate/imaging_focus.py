"""Measure of a session only what its row scores."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hemispasm.validate.imaging_plan import Row

CISTERN: tuple[Row, ...] = ("iso_half", "slices_10", "organic", "jitter")
"""Rows that score nothing of the attached segment."""


@contextmanager
def cistern_alone(wanted: bool = True) -> Iterator[None]:
    """Leave the attached segment out while a row is measured that scores only the cistern.

    It is measured after everything else and from the same inputs, so nothing that such a row
    scores changes; it takes two thirds of the time.
    """
    from hemispasm.measure.imaging import one_side

    whole = one_side.measure_attached
    if wanted:
        setattr(one_side, "measure_attached", lambda *_, **__: None)  # noqa: B010
    try:
        yield
    finally:
        setattr(one_side, "measure_attached", whole)  # noqa: B010
