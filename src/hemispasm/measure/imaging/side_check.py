"""Whether the clicks of a side lie on that side: the worst error there is, looked for first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.imaging.limits import imaging_limit as limit
from hemispasm.model.imaging import Nerve
from hemispasm.model.seeds import SeedKind
from hemispasm.model.side import Side

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hemispasm.model.imaging import ImagingStudy
    from hemispasm.model.seeds import Seeds

_ENDS = (SeedKind.ROOT_EXIT, SeedKind.PORUS)


def outward(side: Side) -> float:
    """Return the sign of LPS x towards the lateral of a side: +1 left, -1 right.

    Examples
    --------
    >>> outward(Side.LEFT), outward(Side.RIGHT)
    (1.0, -1.0)
    """
    return 1.0 if side is Side.LEFT else -1.0


def other_side(side: Side) -> Side:
    """Return the opposite side."""
    return Side.RIGHT if side is Side.LEFT else Side.LEFT


def check_side(study: ImagingStudy, seeds: Seeds, side: Side) -> tuple[str, ...]:
    """Return why the clicks of a side cannot be of that side; empty where nothing speaks against.

    Every nerve runs outwards from the brainstem, so clicks under the wrong name run inwards. Clicks
    of both sides must lie on the two sides of their common midline, and a course must have a
    nerve's length. A picture that is mirrored as a whole, with clicks named by what the mirrored
    picture shows, looks like another healthy head: no geometry can notice that. Only the header's
    word (``laterality``) can.

    Parameters
    ----------
    study : ImagingStudy
        For the laterality in the headers.
    seeds : Seeds
        The reader's clicks, of both sides where there are any.
    side : Side
        The patient's.

    Returns
    -------
    tuple of str
        Each ``side_conflict: sentence``; the patient's left is meant by left.
    """
    found = [*_against_nerves(seeds, side), *_against_other_side(seeds, side)]
    found += _against_headers(study, seeds, side)
    return tuple(f"side_conflict: {sentence}" for sentence in dict.fromkeys(found))


def _against_nerves(seeds: Seeds, side: Side) -> list[str]:
    """Return what the direction and length of each nerve say."""
    found = []
    for nerve in Nerve:
        root, porus = (seeds.point(nerve, side, kind) for kind in _ENDS)
        if root is None or porus is None:
            continue
        way = np.array(porus) - np.array(root)
        length = float(np.linalg.norm(way))
        if length < limit("side.course_least_mm") or length > limit("side.course_most_mm"):
            found.append(
                f"{nerve.value} would be {length:.0f} mm long from root exit to porus; limits "
                f"{limit('side.course_least_mm'):.0f} and {limit('side.course_most_mm'):.0f} mm"
            )
        elif outward(side) * float(way[0]) < limit("side.lateral_share") * length:
            found.append(
                f"{nerve.value} runs {abs(way[0]):.0f} mm to the patient's "
                f"{(Side.LEFT if way[0] > 0 else Side.RIGHT).value} from root exit to porus, but "
                f"its clicks are called {side.value}"
            )
    return found


def _against_other_side(seeds: Seeds, side: Side) -> list[str]:
    """Return whether any click of this side lies beyond the middle of both sides' root exits."""
    exits = [_exit(seeds, one) for one in (side, other_side(side))]
    if exits[0] is None or exits[1] is None:
        return []
    if outward(side) * float(exits[0][0] - exits[1][0]) < 2.0 * limit("side.beyond_mm"):
        return [
            f"the root exits of left and right lie {abs(exits[0][0] - exits[1][0]):.0f} mm apart "
            "from side to side, or in the wrong order"
        ]
    # The head may lie turned: the midline plane stands across the line between both exits.
    across = exits[0] - exits[1]
    across = across / np.linalg.norm(across)
    middle = 0.5 * (exits[0] + exits[1])
    return _beyond(seeds, side, lambda place: float((place - middle) @ across))


def _beyond(
    seeds: Seeds, side: Side, lateral_mm: Callable[[NDArray[np.float64]], float]
) -> list[str]:
    most = limit("side.beyond_mm")
    found = []
    for click in seeds.select(side=side):
        away = lateral_mm(np.array(click.xyz_mm))
        # Trunks wind across the midline: a vessel's click may, a nerve's end may not.
        allowed = 3.0 * most if click.kind is SeedKind.VESSEL else most
        if away < -allowed:
            found.append(
                f"the click {click.kind.value.replace('_', ' ')} of {click.nerve.value} lies "
                f"{-away:.0f} mm beyond the midline; limit {allowed:.0f} mm"
            )
    return found


def _against_headers(study: ImagingStudy, seeds: Seeds, side: Side) -> list[str]:
    """Return whether a header says that only the other side was imaged."""
    if not seeds.select(side=side):
        return []
    told = {v.facts.laterality for v in study.volumes if v.facts.laterality is not None}
    if told == {other_side(side)}:
        return [
            f"the header says that the {other_side(side).value} side was imaged, but there are "
            f"clicks called {side.value}"
        ]
    return []


def _exit(seeds: Seeds, side: Side) -> NDArray[np.float64] | None:
    found = seeds.point(Nerve.VII, side, SeedKind.ROOT_EXIT)
    return None if found is None else np.array(found)


def mirrored_ends(seeds: Seeds, side: Side) -> NDArray[np.float64] | None:
    """Return about where VII's ends of this side lie, from the clicks of the other side.

    Parameters
    ----------
    seeds : Seeds
        Clicks of the other side.
    side : Side
        The side that nobody marked.

    Returns
    -------
    ndarray of shape (2, 3) or None
        Root exit and porus, mirrored at the place where the midline usually lies.
    """
    other = other_side(side)
    ends = [seeds.point(Nerve.VII, other, kind) for kind in _ENDS]
    if ends[0] is None or ends[1] is None:
        return None
    midline = float(ends[0][0]) - outward(other) * limit("side.exit_mm")
    places = np.array(ends)
    places[:, 0] = 2.0 * midline - places[:, 0]
    return places
