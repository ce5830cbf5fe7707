"""What happens in each scenario of the mechanistic generator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.simulate.emg.course import note_events
from hemispasm.simulate.emg.drive import act_blinks
from hemispasm.simulate.emg.ectopy import act_spasms
from hemispasm.simulate.emg.evoked import stimulus_times

if TYPE_CHECKING:
    from hemispasm.simulate.emg.patient import Patient


def act_scenario(patient: Patient) -> None:
    """Act out everything of the scenario that is not an answer to a stimulus."""
    options = patient.options
    train = options.train()
    if train is not None:
        note_events(patient, stimulus_times(train, options.duration_s, patient.stream("train")))
    blinks = np.zeros(0)
    if options.scenario in ("hfs", "healthy", "blinks_only") or options.blink_rate_per_min:
        blinks = act_blinks(patient, options.blink_rate_per_min)
    if options.scenario == "hfs" or options.spasm_rate_per_min is not None:
        act_spasms(patient, blinks)
