"""Taking out what the skin conducts from a directly stimulated muscle to another electrode.

The direct response is so large that its share on a neighbouring electrode measures the conduction
well. The same share of that muscle's F-waves arrives there too, at the time of a lateral spread.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.limits_evoked import evoked_limit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.emg.trains import Train


def spill_gains(target: Train, sources: list[Train]) -> NDArray[np.float64]:
    """Return the share of each source that reaches the target, from the direct response.

    Parameters
    ----------
    target : Train
        The channel that is read, the direct response left in.
    sources : list of Train
        Directly stimulated muscles, the direct response left in, on the same clock.

    Returns
    -------
    ndarray, shape (n_sources,)
        Zero where the source shows no direct response, or the share is too large for conduction.
    """
    first, last = evoked_limit("spill", "first_ms"), evoked_limit("artefact", "m_wave_end_ms")
    early = target.sweeps.window(first, last)
    most = evoked_limit("spill", "most")
    gains = np.zeros(len(sources))
    shown = [
        place
        for place, source in enumerate(sources)
        if np.abs(source.average_uv[early]).max()
        > evoked_limit("cmap", "least_over_noise") * max(source.average_noise_uv, 1e-9)
    ]
    if not shown:
        return gains
    columns = np.stack([sources[place].average_uv[early] for place in shown], axis=1)
    found = np.linalg.lstsq(columns, target.average_uv[early], rcond=1e-3)[0]
    gains[shown] = np.where(np.abs(found) <= most, found, 0.0)
    return gains


def without_spill(target: Train, sources: list[Train], gains: NDArray[np.float64]) -> Train:
    """Return a train without a share of other channels.

    Parameters
    ----------
    target : Train
        Cleaned as it is read.
    sources : list of Train
        Cleaned in the same way, on the same clock, cut at the same stimuli.
    gains : ndarray
        From :func:`spill_gains`, or estimated otherwise.

    Returns
    -------
    Train
        The pieces between the stimuli are treated alike where the channels have the same ones;
        there, without a direct response, little is conducted.
    """
    data, rest, noise = target.sweeps.data_uv, target.rest_uv, target.rest_noise_uv
    for source, gain in zip(sources, gains, strict=True):
        if gain == 0.0:
            continue
        data = data - gain * source.sweeps.data_uv
        if source.rest_uv.shape == rest.shape:
            rest = rest - gain * source.rest_uv
    return replace(target, sweeps=target.sweeps.with_data(data), rest_uv=rest, rest_noise_uv=noise)
