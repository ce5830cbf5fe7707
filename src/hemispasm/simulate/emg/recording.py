"""One simulated EMG recording, by either generator."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hemispasm.simulate.emg.options import EmgOptions
    from hemispasm.simulate.emg.truth import SimulatedEmg


def simulate_emg(options: EmgOptions, seed: int) -> SimulatedEmg:
    """Return a simulated recording with its truth.

    Parameters
    ----------
    options : EmgOptions
        Patient, protocol, electrodes, artefacts; ``options.generator`` chooses the family.
    seed : int
        The same options and seed give the same recording, bit by bit.

    Examples
    --------
    >>> from hemispasm.simulate.emg.options import EmgOptions
    >>> made = simulate_emg(EmgOptions("hfs", duration_s=5.0, snr_db=12.0), seed=1)
    >>> made.truth.affected_side, len(made.recording.channels)
    ('left', 4)
    """
    if options.generator == "phenomenological":
        from hemispasm.simulate.emg.phenomenological import make_phenomenological

        return make_phenomenological(options, seed)
    from hemispasm.simulate.emg.mechanistic import make_mechanistic

    return make_mechanistic(options, seed)
