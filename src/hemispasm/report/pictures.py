"""Stills of events: what a whole path hands over, and which of them fit into a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hemispasm.report.document import Picture

# Base64 adds a third: this keeps a page with pictures under its three megabytes.
PICTURE_BUDGET_BYTES = 1_400_000


@dataclass(frozen=True)
class PictureStrip:
    """Stills of one event, strongest event first in a sequence of strips.

    Attributes
    ----------
    event_id : str
        ``Event.id`` in the findings document.
    pictures : tuple of Picture
        In the order of time: before, onset, peak, offset.
    """

    event_id: str
    pictures: tuple[Picture, ...]

    @property
    def size(self) -> int:
        """Bytes of all stills."""
        return sum(len(picture.data) for picture in self.pictures)


def chosen_strips(strips: Sequence[PictureStrip]) -> tuple[tuple[PictureStrip, ...], int]:
    """Return the strips that fit the budget, strongest first, and how many did not."""
    kept: list[PictureStrip] = []
    used = 0
    for strip in strips:
        if used + strip.size > PICTURE_BUDGET_BYTES:
            continue
        kept.append(strip)
        used += strip.size
    return tuple(kept), len(strips) - len(kept)
