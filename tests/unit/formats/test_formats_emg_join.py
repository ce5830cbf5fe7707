"""A study exported in parts is joined only where nothing lies between the parts."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest

from hemispasm.formats.edf_write import write_edf
from hemispasm.formats.emg_join import read_emg_files
from hemispasm.formats.emg_sidecar import write_emg_sidecar
from hemispasm.model.emg import Annotation, EmgChannel, EmgRecording
from hemispasm.model.emg_sidecar import ChannelMontage, EmgSidecar
from hemispasm.model.errors import HemispasmError

BEGIN = datetime(2026, 3, 2, 9, 0, 0)


def part(tmp_path, name, start_s, seconds=2.0, rate_hz=1000, labels=("EMG1",)):
    count = round(seconds * rate_hz)
    made = EmgRecording(
        channels=tuple(EmgChannel(label=label, rate_hz=rate_hz) for label in labels),
        signals_uv=tuple(start_s + np.arange(count) / rate_hz for _ in labels),
        stimuli_s=np.array([0.5]),
        annotations=(Annotation(time_s=1.0, text=f"note of {name}"),),
    )
    at = BEGIN + timedelta(seconds=start_s) if start_s is not None else None
    return write_edf(tmp_path / name, made, started_at=at)


def refusal(paths):
    with pytest.raises(HemispasmError) as caught:
        read_emg_files(paths)
    return caught.value.code


def test_consecutive_files_are_one_recording_in_the_order_of_time(tmp_path):
    paths = [
        part(tmp_path, "b.edf", 2.0),
        part(tmp_path, "c.edf", 4.0),
        part(tmp_path, "a.edf", 0.0),
    ]
    back = read_emg_files(paths)
    assert back.duration_s == 6.0
    assert np.allclose(back.signals_uv[0], np.arange(6000) / 1000, atol=1e-3)
    assert back.stimuli_s.tolist() == [0.5, 2.5, 4.5]
    texts = [(n.time_s, n.text) for n in back.annotations if n.text != "stimulus"]
    assert texts == [(1.0, "note of a.edf"), (3.0, "note of b.edf"), (5.0, "note of c.edf")]
    assert back.notes[0].startswith("joined_to_the_second: ")


def test_fractions_of_a_second_in_the_files_are_followed(tmp_path):
    near = [part(tmp_path, "a.edf", 0.25, 1.5), part(tmp_path, "b.edf", 1.75, 1.5)]
    assert read_emg_files(near).duration_s == 3.0
    far = [near[0], part(tmp_path, "c.edf", 1.85, 1.5)]
    assert refusal(far) == "gap_between_files"


def test_one_file_alone_is_itself(tmp_path):
    assert read_emg_files([part(tmp_path, "a.edf", 0.0)]).duration_s == 2.0


@pytest.mark.parametrize(("start_s", "code"), [(3.0, "gap_between_files"), (1.0, "files_overlap")])
def test_a_gap_and_an_overlap_are_refused(tmp_path, start_s, code):
    assert refusal([part(tmp_path, "a.edf", 0.0), part(tmp_path, "b.edf", start_s)]) == code


def test_a_gap_that_cannot_be_known_is_refused(tmp_path):
    assert refusal([part(tmp_path, "a.edf", 0.0, 1.5), part(tmp_path, "b.edf", 2.0)]) == (
        "gap_not_knowable"
    )


def test_unlike_channels_or_rates_are_refused(tmp_path):
    first = part(tmp_path, "a.edf", 0.0)
    assert refusal([first, part(tmp_path, "b.edf", 2.0, labels=("EMG2",))]) == "channels_differ"
    assert refusal([first, part(tmp_path, "b.edf", 2.0, rate_hz=2000)]) == "channels_differ"


def test_sidecars_that_contradict_one_another_are_refused(tmp_path):
    paths = [part(tmp_path, "a.edf", 0.0), part(tmp_path, "b.edf", 2.0)]
    for path, side in zip(paths, ("left", "right"), strict=True):
        entry = ChannelMontage(label="EMG1", side=side)
        write_emg_sidecar(path, EmgSidecar(channels=(entry,)))
    assert refusal(paths) == "sidecars_differ"


def test_no_file_at_all_is_refused():
    assert refusal([]) == "no_recording"
