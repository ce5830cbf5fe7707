"""A direct response of the very muscle that is read, into the window of a lateral spread.

A stimulus that reaches the muscle's own branch as well gives a direct response in it. Where that
runs on into the window, nothing tells its tail from an early lateral spread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.latency import slopes
from hemispasm.measure.emg.limits_evoked import evoked_limit

if TYPE_CHECKING:
    from hemispasm.measure.emg.trains import Train


def own_direct_end_ms(train: Train) -> float | None:
    """Return until when the muscle's own direct response goes on without a pause.

    Parameters
    ----------
    train : Train
        The direct response left in, what is conducted from other muscles taken out.

    Returns
    -------
    float or None
        Milliseconds after the stimulus; None where the muscle shows no direct response. Read on the
        steepness of the average, because what is left of the artefact is a slow hill.
    """
    if train.count < 2 or not train.quiet.any():
        return None
    time = train.sweeps.time_ms
    steep = slopes(train.rows_uv, time)
    size, noise = np.abs(train.weight @ steep), max(train.noise_of_average(steep), 1e-9)
    first, last = evoked_limit("spill", "first_ms"), evoked_limit("artefact", "m_wave_end_ms")
    early = np.flatnonzero(train.sweeps.window(first, last))
    if early.size == 0 or size[early].max() < evoked_limit("cmap", "least_over_noise") * noise:
        return None
    loud = np.flatnonzero(size > evoked_limit("latency", "crossing_sd") * noise)
    loud = loud[loud >= early[np.argmax(size[early])]]
    pauses = np.flatnonzero(np.diff(time[loud]) > evoked_limit("cmap", "quiet_ms"))
    return float(time[loud[pauses[0]]] if pauses.size else time[loud[-1]])
