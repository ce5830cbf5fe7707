"""Taking out what the skin conducts from a directly stimulated muscle to another electrode.

The direct response is so large that its share on a neighbouring electrode measures the conduction
well. Where it lasts into the window of a lateral spread, the same share of it stands there too, and
so does the same share of that muscle's F-waves.

The share is read from each sweep by itself. One share read from the average would carry the noise
of that average, and would write it, in the shape of the direct response, into every sweep alike:
the only thing in the window that repeats, and nothing else is asked of a lateral spread. Read from
each sweep the average is the same, but the noise stays that sweep's own. Pieces between the stimuli
go through the same reading, so that they show how large it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hemispasm.measure.emg.artefact import Cleaning, nuisance_shapes
from hemispasm.measure.emg.limits_evoked import evoked_limit

if TYPE_CHECKING:
    from hemispasm.measure.emg.trains import Train


@dataclass(frozen=True)
class SpillShares:
    """Which share of each directly stimulated muscle reaches another electrode.

    Attributes
    ----------
    usual : ndarray, shape (n_sources,)
        Of the average; zero where a source shows no direct response, or the share is too large for
        conduction.
    each : ndarray, shape (n_sweeps, n_sources)
        The same as each sweep shows it.
    rest : ndarray, shape (n_pieces, n_sources)
        What pieces between the stimuli give where there is nothing to be conducted.
    """

    usual: NDArray[np.float64]
    each: NDArray[np.float64]
    rest: NDArray[np.float64]


def spill_shares(target: Train, sources: list[Train], line_hz: float | None) -> SpillShares:
    """Return the share of each source that reaches the target, from the direct response.

    Parameters
    ----------
    target : Train
        The channel that is read, the direct response left in.
    sources : list of Train
        Directly stimulated muscles, the direct response left in, on the same clock.
    line_hz : float or None
        Mains frequency when known.

    Returns
    -------
    SpillShares
    """
    data, rest, count = target.sweeps.data_uv, target.rest_uv, len(sources)
    each, usual = np.zeros((len(data), count)), np.zeros(count)
    between = np.zeros((len(rest), count))
    shown = [place for place, source in enumerate(sources) if _answers(source)]
    if shown and target.count:
        columns = np.stack([sources[place].average_uv for place in shown], axis=1)
        read = _reader(target, columns, line_hz)
        each[:, shown], between[:, shown] = data @ read.T, rest @ read.T
        usual = target.weight @ each[target.sweeps.kept]
    conducted = np.abs(usual) <= evoked_limit("spill", "most")
    return SpillShares(usual * conducted, each * conducted, between * conducted)


def _answers(source: Train) -> bool:
    early = _early(source)
    noise = max(source.average_noise_uv, 1e-9)
    least = evoked_limit("cmap", "least_over_noise") * noise
    return bool(source.count and np.abs(source.average_uv[early]).max() > least)


def _early(train: Train) -> NDArray[np.bool_]:
    first, last = evoked_limit("spill", "first_ms"), evoked_limit("artefact", "m_wave_end_ms")
    return train.sweeps.window(first, last)


def _reader(
    target: Train, columns: NDArray[np.float64], line_hz: float | None
) -> NDArray[np.float64]:
    """Return the operator that reads the shares from a sweep, artefact and drift fitted beside."""
    time = target.sweeps.time_ms
    cleaning = Cleaning(model_direct=False, late_start_ms=target.late_start_ms, line_hz=line_hz)
    others, size = nuisance_shapes(time, target.sweeps.rate_hz, cleaning)
    used = _early(target) | (time < evoked_limit("sweep", "baseline_end_ms"))
    if target.late_start_ms is not None:
        used |= time >= target.late_start_ms
    shapes = np.concatenate([columns, others], axis=1)[used]
    prior = np.concatenate([np.full(columns.shape[1], evoked_limit("spill", "usual")), size])
    worth = min(1.0, 4000.0 / target.sweeps.rate_hz) / max(target.noise_uv, 1e-3) ** 2
    normal = worth * shapes.T @ shapes + np.diag(1.0 / prior**2)
    read = np.zeros((columns.shape[1], len(time)))
    read[:, used] = np.linalg.solve(normal, worth * shapes.T)[: columns.shape[1]]
    return read


def without_shares(target: Train, sources: list[Train], shares: SpillShares) -> Train:
    """Return a train without what is conducted from directly stimulated muscles.

    Parameters
    ----------
    target : Train
        Cleaned as it is read.
    sources : list of Train
        Cleaned in the same way, on the same clock, cut at the same stimuli.
    shares : SpillShares
        From :func:`spill_shares`.

    Returns
    -------
    Train
        Of the direct response each sweep loses the share that it shows itself; of what differs from
        sweep to sweep in the source, such as F-waves, the usual share.
    """
    data, rest, doubts = target.sweeps.data_uv, target.rest_uv, list[NDArray[np.float64]]()
    for place, source in enumerate(sources):
        usual = shares.usual[place]
        if usual == 0.0:
            continue
        direct = source.average_uv
        data = data - (shares.each[:, place, None] - usual) * direct - usual * source.sweeps.data_uv
        rest = rest - shares.rest[:, place, None] * direct
        if source.rest_uv.shape == rest.shape:
            rest = rest - usual * source.rest_uv
        doubts.append(float(shares.rest[:, place].std()) * direct if len(rest) else 0.0 * direct)
    return replace(
        target,
        sweeps=target.sweeps.with_data(data),
        rest_uv=rest,
        spill_doubt_uv=np.array(doubts).reshape(len(doubts), data.shape[1]),
    )


def without_spill(target: Train, sources: list[Train], gains: NDArray[np.float64]) -> Train:
    """Return a train without a share of other channels.

    Parameters
    ----------
    target : Train
        Cleaned as it is read.
    sources : list of Train
        Cleaned in the same way, on the same clock, cut at the same stimuli.
    gains : ndarray
        One share for each source.

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
