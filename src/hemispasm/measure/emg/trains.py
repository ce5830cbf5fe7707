"""A train of stimuli on one channel, cut, freed of artefact, with a weight for each sweep."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hemispasm.measure.emg.artefact import Cleaning, clean_sweeps
from hemispasm.measure.emg.contact import Contact, flat_rows, learn_contact, sharp_noise
from hemispasm.measure.emg.evoked_statistic import sweep_weights
from hemispasm.measure.emg.limits_evoked import evoked_limit
from hemispasm.measure.emg.reject import (
    noise_ceiling,
    noise_of,
    reject_jumps,
    reject_sweeps,
    sweep_noise,
)
from hemispasm.measure.emg.sweeps import (
    SweepSet,
    crowded_stimuli,
    cut_sweeps,
    rest_offsets,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.emg import EmgRecording


@dataclass(frozen=True)
class Train:
    """What the evoked measures work on.

    Attributes
    ----------
    sweeps : SweepSet
        Cleaned; ``reasons`` say which are left out.
    weight : ndarray
        One per used sweep, summing to one.
    late_start_ms : float or None
        From here on no response is expected; None when the sweeps are too short for that.
    noise_uv : float
        Usual noise of a single sweep before cleaning.
    each_noise_uv : ndarray
        Noise of each used sweep before cleaning.
    rest_uv, rest_noise_uv : ndarray
        Pieces of the same length between the stimuli, cleaned in the same way, and their noise;
        empty where the stimuli follow too fast.
    contact : Contact
        What the channel shows where it is live.
    louder_with_artefact : bool
        Sweeps left out as loud show the stimulus artefact: they may be the live ones.
    direct_removed : bool
        A direct response was modelled and taken out; where the model ends it leaves an edge.
    spill_doubt_uv : ndarray, shape (n_sources, n_samples)
        One standard deviation of what the reading of a conducted share adds to each sweep, for each
        muscle whose share was taken out.
    direct_end_ms : float or None
        Until when the muscle's own direct response goes on; None where it has none, or where nobody
        looked.
    """

    sweeps: SweepSet
    weight: NDArray[np.float64]
    late_start_ms: float | None
    noise_uv: float
    each_noise_uv: NDArray[np.float64]
    rest_uv: NDArray[np.float64]
    rest_noise_uv: NDArray[np.float64]
    contact: Contact = field(default_factory=lambda: Contact(0.0, 0.0, artefact_seen=False))
    louder_with_artefact: bool = False
    direct_removed: bool = False
    spill_doubt_uv: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0)))
    direct_end_ms: float | None = None

    @property
    def rows_uv(self) -> NDArray[np.float64]:
        """The sweeps that are used."""
        return self.sweeps.used_uv

    @property
    def count(self) -> int:
        """How many are used."""
        return len(self.weight)

    @property
    def average_uv(self) -> NDArray[np.float64]:
        """Noise-weighted average."""
        return np.asarray(self.weight @ self.rows_uv)

    @property
    def rejected(self) -> dict[str, int]:
        """How many sweeps are left out, by reason."""
        return dict(Counter(reason for reason in self.sweeps.reasons if reason is not None))

    @property
    def quiet(self) -> NDArray[np.bool_]:
        """Samples without a response, away from both ends of the sweep."""
        time = self.sweeps.time_ms
        quiet = time < evoked_limit("sweep", "baseline_end_ms") - 2.0
        if self.late_start_ms is not None:
            quiet = quiet | (time >= self.late_start_ms + 2.0)
        return np.asarray(quiet & (time > time[0] + 2.0) & (time < time[-1] - 2.0))

    @property
    def late(self) -> NDArray[np.bool_]:
        """The quiet samples after the response; those before the stimulus when there are none."""
        after = self.quiet & (self.sweeps.time_ms > 0)
        return after if after.any() else self.quiet

    @property
    def average_noise_uv(self) -> float:
        """Noise of the average, microvolt RMS."""
        return self.noise_of_average(self.rows_uv)

    def noise_of_average(self, rows_uv: NDArray[np.float64]) -> float:
        """Return the noise of the weighted average of rows made from the used sweeps."""
        if self.count == 0 or not self.quiet.any():
            return 0.0
        part = np.square(rows_uv[:, self.quiet] * self.weight[:, None])
        return float(np.sqrt(np.mean(part.sum(axis=0))))


def prepare_train(
    recording: EmgRecording,
    index: int,
    *,
    model_direct: bool,
    late_start_ms: float,
    after_ms: float | None = None,
    response_weight: float | None = None,
    response_start_ms: float | None = None,
    low_pass_hz: float | None = None,
    clean_for_uv: float | None = None,
    without_jumps: bool = False,
) -> Train:
    """Cut one channel around the stimuli, reject, clean and weigh.

    Parameters
    ----------
    recording : EmgRecording
        With stimuli.
    index : int
        Channel.
    model_direct : bool
        Take a direct response out as well (a lateral spread is wanted, not an M-wave).
    late_start_ms : float
        From here on no response is expected.
    after_ms : float, optional
        Length of the sweep after the stimulus.
    response_weight : float, optional
        Say of the response window in fitting the artefact; the usual one for a response that comes
        after the direct one, none for the direct one itself.
    response_start_ms : float, optional
        From here on it has that say; from the end of the early part when None.
    low_pass_hz : float, optional
        Upper edge of the band.
    clean_for_uv : float, optional
        Noise that the artefact is fitted in; the channel's own when None. That of another channel
        where the two shall go through one and the same operation.
    without_jumps : bool
        Leave out the sweeps in which the electrode jumped behind the stimulus.

    Returns
    -------
    Train
        Possibly without any sweep.
    """
    channel = recording.channels[index]
    cut = cut_sweeps(recording.signals_uv[index], channel, recording.stimuli_s, after_ms)
    late: float | None = late_start_ms
    if cut.time_ms[-1] < late_start_ms + 5.0:
        late = None
    marked = reject_sweeps(cut, late)
    if without_jumps and late is not None:
        marked = reject_jumps(marked, _pieces_between(recording, index, marked), late)
    noise = noise_of(marked, late)
    if response_weight is None:
        response_weight = evoked_limit("artefact", "response_weight") if model_direct else 0.0
    cleaning = Cleaning(
        model_direct=model_direct,
        late_start_ms=late,
        response_weight=response_weight,
        response_start_ms=response_start_ms,
        line_hz=recording.line_hz,
        low_pass_hz=low_pass_hz,
    )
    against = noise if clean_for_uv is None else clean_for_uv
    cleaned = clean_sweeps(marked, cleaning, against)
    each = sweep_noise(marked.used_uv, marked.time_ms, late)
    weight = sweep_weights(each) if len(each) else np.zeros(0)
    contact = learn_contact(marked.used_uv, marked.time_ms)
    rest, rest_noise = _rest_pieces(recording, index, marked, cleaning, against, contact)
    loud = np.array([reason in ("cautery", "movement") for reason in marked.reasons], dtype=bool)
    seen = learn_contact(marked.data_uv[loud], marked.time_ms).artefact_seen
    return Train(
        cleaned, weight, late, noise, each, rest, rest_noise, contact, seen, model_direct
    )  # fmt: skip


def _pieces_between(recording: EmgRecording, index: int, marked: SweepSet) -> NDArray[np.float64]:
    """Return the pieces between the stimuli as they were recorded."""
    time, signal = marked.time_ms, recording.signals_uv[index]
    roomy = recording.stimuli_s[~crowded_stimuli(recording.stimuli_s)]
    cuts = [
        cut_sweeps(signal, marked.channel, roomy + offset, float(time[-1]))
        for offset in rest_offsets(recording.stimuli_s, time)
    ]
    rows = [cut.used_uv for cut in cuts if cut.data_uv.shape[1] == len(time)]
    return np.concatenate(rows) if rows else np.zeros((0, len(time)))


def _rest_pieces(
    recording: EmgRecording,
    index: int,
    marked: SweepSet,
    cleaning: Cleaning,
    noise_uv: float,
    contact: Contact,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cut pieces between the stimuli and clean them like sweeps; noisy and dead ones go out."""
    late, rows, noise = cleaning.late_start_ms, [], []
    used = sweep_noise(marked.used_uv, marked.time_ms, late)
    ceiling = noise_ceiling(used) if len(used) else 0.0
    roomy = recording.stimuli_s[~crowded_stimuli(recording.stimuli_s)]
    for offset in rest_offsets(recording.stimuli_s, marked.time_ms):
        pieces = cut_sweeps(
            recording.signals_uv[index],
            marked.channel,
            roomy + offset,
            float(marked.time_ms[-1]),
        )
        if pieces.data_uv.shape[1] != len(marked.time_ms) or not pieces.kept.any():
            continue
        each = sweep_noise(pieces.data_uv, pieces.time_ms, late)
        least = evoked_limit("contact", "flat_share") * contact.sharp_uv
        kept = pieces.kept & (each <= ceiling) & ~flat_rows(pieces.data_uv, pieces.time_ms)
        kept &= sharp_noise(pieces.data_uv, pieces.time_ms) >= least
        rows.append(clean_sweeps(pieces, cleaning, noise_uv).data_uv[kept])
        noise.append(each[kept])
    if not rows:
        return np.zeros((0, len(marked.time_ms))), np.zeros(0)
    return np.concatenate(rows), np.concatenate(noise)
