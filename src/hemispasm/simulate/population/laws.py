"""What the event queue reads and keeps: numbers, nerve, surroundings, state of every axon."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SEED, AGAIN, EPHAPTIC, BACKFIRE, NUCLEAR, DRIVEN, STIMULUS = 0, 1, 2, 3, 4, 5, 8
"""Indices into ``CAUSES``; from ``DRIVEN`` on, impulses come to the patch from outside."""


class Laws(NamedTuple):
    """Numbers that the impulses of a run obey; times in seconds."""

    refractory_s: float
    repeat_s: float
    repeat_cv: float
    repeat_gain: float
    crossing_jitter_s: float
    field_decay_s: float
    volley_share_of_axons: float
    pulled_after_s: float
    milieu_sd: float
    milieu_s: float
    resting_share: float
    arousing: float
    arousal_s: float
    inactivation: float
    recovery_s: float
    seeds_per_s: float
    pulse_depth: float
    pulse_hz: float
    history: float
    history_s: float
    full_event: float
    group: float
    group_s: float
    event_gap_s: float
    nuclear_delay_s: float
    nuclear_jitter_s: float
    nuclear_gain: float
    volley_share: float
    activity_half: float
    activity_s: float
    backfire: float
    backfire_spread_s: float
    latent_step_s: float


class Nerve(NamedTuple):
    """The axons and their graph, as arrays.

    The neighbours of axon j begin at ``first[j]`` in ``hazard`` and ``way``. ``hazard`` sums
    -log(1 - weight) along the row, up to ``full``; it begins with a number below all of them and
    ends with ``AHEAD`` or more above them. ``way`` holds delay in seconds and index of every
    neighbour. For equal parts of the whole hazard, ``cells`` of them per unit, ``guide`` says where
    in the row to begin to look. The graph is in single precision: most of the time of a run goes
    into fetching it.
    """

    odds: NDArray[np.float64]
    seed_share: NDArray[np.float64]
    antidromic_s: NDArray[np.float64]
    first: NDArray[np.int64]
    many: NDArray[np.int64]
    hazard: NDArray[np.float32]
    way: NDArray[np.float32]
    full: NDArray[np.float64]
    cells: NDArray[np.float64]
    guide: NDArray[np.int16]
    field_threshold: NDArray[np.float64]
    field_delay_s: NDArray[np.float64]


class Surroundings(NamedTuple):
    """What changes from outside: slow log rate, factors of the brain's state, volleys."""

    log_rate: NDArray[np.float64]
    seed_factor: NDArray[np.float64]
    nuclear_factor: NDArray[np.float64]
    volley_s: NDArray[np.float64]
    volley_fibre: NDArray[np.int32]
    volley_cause: NDArray[np.int8]


class Now(NamedTuple):
    """State of every axon and of the run.

    ``soon`` is room for a mark on every axon, and ``soon_by_8`` the same memory, eight at a time.
    ``scalars``: H, its time; activity of the nucleus, its time; last impulse of the present event,
    the share of axons it has counted, its number; the field that all axons share, its time;
    the fast milieu that all axons share, its time; how far the patch is aroused, its time; the
    factor of the fast milieu.
    """

    last_s: NDArray[np.float64]
    rest: NDArray[np.float64]
    event_of: NDArray[np.float64]
    field: NDArray[np.float64]
    field_s: NDArray[np.float64]
    due_s: NDArray[np.float64]
    soon: NDArray[np.uint8]
    soon_by_8: NDArray[np.uint64]
    scalars: NDArray[np.float64]


class Book(NamedTuple):
    """What a run has written so far, with room for more.

    ``time_s``, ``fibre`` and ``cause`` are the impulses. ``at``: impulses, steps of the latent
    state, volleys, step that holds now, impulses that met a stimulus. ``next_seed``: when the next
    seed may come, and the bound on the rate until then. ``random`` is the state of the draws.
    """

    time_s: NDArray[np.float64]
    fibre: NDArray[np.int32]
    cause: NDArray[np.int8]
    latent: NDArray[np.float64]
    at: NDArray[np.int64]
    next_seed: NDArray[np.float64]
    random: NDArray[np.uint64]
