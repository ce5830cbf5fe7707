"""What to order next time: the protocol that carries a number, line by line."""

from __future__ import annotations

from hemispasm.measure.imaging.limits import imaging_limit as limit
from hemispasm.model.texts import lookup_text

PROTOCOL = ("cisternogram", "angiogram", "contrast", "flair", "coverage", "session")
CONFIRM_SEEDS = "confirm_seeds: a reader looks at every click on three planes and saves"
MARK_ENDS = "mark_ends: mark the root exit and the porus of VII and VIII on this side"
CHECK_SIDES = (
    "check_sides: look whether left and right were exchanged, in the clicks or in the series, "
    "before anything of it is used"
)


def order_next(line: str) -> str:
    """Return one line of the order form as ``code: sentence``.

    The sizes are those of class A on simulated series; an expert's rule
    (``limits.toml``, ``order``).

    Parameters
    ----------
    line : str
        One of ``PROTOCOL``, or ``repeat_noise``, ``repeat_motion``, ``repeat_banding``.

    Examples
    --------
    >>> order_next("flair")
    'order_flair: FLAIR, thin slices through the brainstem, for a plaque of the pons'
    >>> order_next("cisternogram").startswith("order_cisternogram: 3-D strongly T2-weighted")
    True
    """
    words = {
        "three_d": "3-D",
        "t_one": "T1",
        "t_two": "T2",
        "in_plane_from": f"{limit('order.in_plane_from_mm'):g}",
        "in_plane_to": f"{limit('order.in_plane_to_mm'):g}",
        "slice_most": f"{limit('order.slice_most_mm'):g}",
        "contrast_most": f"{limit('order.contrast_most_mm'):g}",
        "field_t": f"{limit('order.field_t'):g}",
    }
    code = "repeat_series" if line.startswith("repeat_") else f"order_{line}"
    return f"{code}: {lookup_text(f'imaging_order.{line}').format(**words)}"


def order_protocol() -> tuple[str, ...]:
    """Return the whole order form for an examination that carries a number.

    Examples
    --------
    >>> [line.split(":")[0] for line in order_protocol()][:2]
    ['order_cisternogram', 'order_angiogram']
    """
    return tuple(order_next(line) for line in PROTOCOL)
