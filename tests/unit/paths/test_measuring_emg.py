"""From an EMG file to findings: sides, pauses, stimuli, and what the command says."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from hemispasm.cli import main
from hemispasm.formats.edf_write import write_edf
from hemispasm.formats.emg import read_emg
from hemispasm.formats.emg_sidecar import emg_sidecar_path, sidecar_of, write_emg_sidecar
from hemispasm.formats.schemas import read_schema
from hemispasm.measure.emg.measure import measure_emg
from hemispasm.measuring_emg import measure_emg_file
from hemispasm.model import EventKind, Grade
from hemispasm.model.emg import Branch, EmgChannel, EmgRecording, Muscle, StimulusInfo
from hemispasm.model.errors import DecodeError
from hemispasm.model.side import Side
from hemispasm.simulate.emg.options import EmgOptions
from hemispasm.simulated_emg import write_simulated_emg

sys.path.insert(0, str(Path(__file__).parents[1] / "formats"))
from edf_by_hand import HandEdf, HandSignal

FAMILIES = ("mechanistic", "phenomenological")
RATE_HZ = 4000.0


def swapped(side):
    return None if side is None else side.other


def with_sides(path, change):
    """Rewrite the sides of the montage beside a recording."""
    beside = emg_sidecar_path(path)
    data = json.loads(beside.read_text())
    for channel in data["channels"]:
        channel["side"] = change[channel["side"]]
        if channel["side"] is None:
            del channel["side"]
    beside.write_text(json.dumps(data))


def simulated(folder, scenario, generator="mechanistic", **more):
    path = folder / f"{scenario}-{generator}.edf"
    options = EmgOptions(
        scenario, generator=generator, rate_hz=RATE_HZ, **{"side": Side.RIGHT, **more}
    )
    write_simulated_emg(path, options, seed=3)
    return path


@pytest.fixture(scope="module", params=FAMILIES)
def spasms(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rest")
    path = simulated(folder, "hfs", request.param, duration_s=35.0, snr_db=15.0)
    return path, measure_emg_file(path)


@pytest.fixture(scope="module")
def silence(tmp_path_factory):
    path = tmp_path_factory.mktemp("silence") / "L.edf"
    channel = EmgChannel(label="L orb oculi", rate_hz=1000.0)
    write_edf(path, EmgRecording((channel,), (np.zeros(9000),), np.zeros(0)))
    return path


def test_bursts_of_the_right_side_give_findings_of_the_right_side(spasms):
    path, document = spasms
    assert document.recording.kind == "emg"
    assert document.recording.simulated
    assert document.recording.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert document.recording.duration_s == pytest.approx(read_emg(path).duration_s, abs=1e-3)
    assert document.find("emg.affected_side").value in ("right", "uncertain")
    rates = {side: document.find("emg.spasm_rate", side) for side in (Side.LEFT, Side.RIGHT)}
    assert rates[Side.RIGHT].value > 10 > rates[Side.LEFT].value
    assert rates[Side.RIGHT].interval[0] <= rates[Side.RIGHT].value
    assert document.find("emg.side_exclusivity").side is Side.RIGHT
    assert document.find("emg.burst_duration", Side.RIGHT).unit == "ms"
    assert {f.recording for f in document.findings} == {document.recording}


def test_mechanistic_spasms_are_told_as_right_with_branches_firing_together(tmp_path):
    document = measure_emg_file(simulated(tmp_path, "hfs", duration_s=35.0, snr_db=15.0))
    assert document.find("emg.affected_side").value == "right"
    together = document.find("emg.branch_synchrony", Side.RIGHT)
    assert together.value > 0.5
    assert together.extra("channels") == ["R orb oculi", "R mentalis"]
    assert document.find("emg.branch_synchrony", Side.LEFT) is None


def test_every_burst_is_an_event_of_a_channel_of_the_recording(spasms):
    path, document = spasms
    sides = {channel.label: channel.side for channel in read_emg(path).channels}
    bursts = [event for event in document.events if event.kind is EventKind.BURST]
    assert bursts
    assert all(sides[event.channel] is event.side for event in bursts)
    assert {e.kind for e in document.events} == {EventKind.BURST, EventKind.SPASM}
    assert len({event.id for event in document.events}) == len(document.events)
    for events in (bursts, [e for e in document.events if e not in bursts]):
        right = sum(e.side is Side.RIGHT for e in events if not e.flags)
        assert right > 5 * sum(e.side is Side.LEFT for e in events if not e.flags)


def test_sides_swapped_in_the_montage_swap_every_side_and_no_number(spasms, tmp_path):
    path, document = spasms
    other = tmp_path / path.name
    other.write_bytes(path.read_bytes())
    emg_sidecar_path(other).write_bytes(emg_sidecar_path(path).read_bytes())
    with_sides(other, {"left": "right", "right": "left"})
    mirrored = measure_emg_file(other)
    turned = {"left": "right", "right": "left"}
    ours = {(f.code, f.side): f for f in document.findings}
    theirs = {(f.code, swapped(f.side)): f for f in mirrored.findings}
    assert ours.keys() == theirs.keys()
    for key, finding in ours.items():
        value = finding.value
        if key[0] == "emg.affected_side":
            value = turned.get(value, value)
        assert theirs[key].value == value
        assert theirs[key].interval == finding.interval
    assert [(e.start_s, swapped(e.side)) for e in mirrored.events] == [
        (e.start_s, e.side) for e in document.events
    ]


def test_unknown_sides_give_bursts_without_a_side_and_no_affected_side(spasms, tmp_path):
    path, _ = spasms
    other = tmp_path / path.name
    other.write_bytes(path.read_bytes())
    emg_sidecar_path(other).write_bytes(emg_sidecar_path(path).read_bytes())
    with_sides(other, {"left": None, "right": None})
    document = measure_emg_file(other)
    assert document.find("emg.affected_side").value == "uncertain"
    assert document.find("emg.affected_side").reason.startswith("side_unknown")
    assert {f.side for f in document.findings} == {None}
    assert {e.side for e in document.events} == {None}
    rates = [f for f in document.findings if f.code == "emg.burst_rate"]
    assert {f.extra("channel") for f in rates} == {c.label for c in read_emg(path).channels}
    assert max(f.value for f in rates) > 10
    assert document.quality.grade is not Grade.MEASURABLE


def test_the_document_says_who_named_each_channel(spasms):
    path, document = spasms
    said = document.provenance.settings["channel R orb oculi"]
    assert said == "orbicularis_oculi, right, sidecar"
    other = path.with_name("bare.edf")
    other.write_bytes(path.read_bytes())
    bare = measure_emg_file(other)
    assert bare.provenance.settings["channel R orb oculi"].endswith("right, label_rule")
    assert any(reason.startswith("named_by_label") for reason in bare.quality.reasons)


def test_a_pause_of_a_file_stays_in_its_times_and_out_of_its_exposure(tmp_path):
    onsets = [float(s) for s in (*range(20), *range(120, 140))]
    rng = np.random.default_rng(1)
    signal = rng.normal(0, 30, 40_000)
    for second in (5, 12, 25, 33):
        signal[second * 1000 + 300 : second * 1000 + 400] += rng.normal(0, 900, 100)
    hand = HandSignal(label="L orb oculi", samples=1000, data=np.rint(signal).astype(np.int16))
    path = HandEdf([hand], records=40, onsets_s=onsets, reserved="EDF+D").write(tmp_path / "a.edf")
    document = measure_emg_file(path)
    assert document.recording.duration_s == pytest.approx(140)
    for kind in (EventKind.BURST, EventKind.SPASM):
        starts = [event.start_s for event in document.events if event.kind is kind]
        assert starts == pytest.approx([5.3, 12.3, 125.3, 133.3], abs=0.02)
    assert document.find("emg.spasm_rate", Side.LEFT).extra("exposure_s") == pytest.approx(40, 0.05)
    assert any(reason.startswith("paused: ") for reason in document.quality.reasons)


@pytest.mark.parametrize("generator", FAMILIES)
@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
def test_lateral_spread_belongs_to_the_stimulated_side(tmp_path, generator, side):
    path = simulated(tmp_path, "lsr", generator, side=side, snr_db=10.0, duration_s=15.0)
    document = measure_emg_file(path)
    found = document.find("emg.lateral_spread")
    assert (found.value, found.side) == ("present", side)
    assert found.extra("p") < 0.05
    assert found.extra("direction") == "zygomatic_to_mentalis"
    latency = document.find("emg.lateral_spread_latency", side)
    assert latency.unit == "ms"
    assert latency.interval[0] <= latency.value <= latency.interval[1]
    assert {f.side for f in document.findings} == {side}


def test_no_activity_within_a_train_of_stimuli_counts_as_spontaneous(tmp_path):
    document = measure_emg_file(simulated(tmp_path, "lsr", snr_db=10.0, duration_s=15.0))
    assert document.events == ()
    assert document.find("emg.burst_rate") is None
    assert any(reason.startswith("no_rest: ") for reason in document.quality.reasons)


def test_rest_before_a_train_is_measured_and_the_train_is_not():
    rng = np.random.default_rng(2)
    signal = rng.normal(0, 5, 60_000)
    signal[20_000:20_200] += rng.normal(0, 100, 200)
    stimuli = 41.0 + np.arange(50) / 3
    for at in np.rint(stimuli * 1000).astype(int):
        signal[at : at + 30] += rng.normal(0, 400, 30)
    channel = EmgChannel(
        label="m", muscle=Muscle.MENTALIS, side=Side.LEFT, rate_hz=1000.0, named_by="sidecar"
    )
    recording = EmgRecording((channel,), (signal,), stimuli)
    document = measure_emg([recording], sha256="0" * 64)
    bursts = [event for event in document.events if event.kind is EventKind.BURST]
    strongest = max(bursts, key=lambda event: event.measures["snr_db"])
    assert strongest.start_s == pytest.approx(20.0, abs=0.02)
    assert max(event.end_s for event in document.events) < 41
    exposure_s = document.find("emg.spasm_rate", Side.LEFT).extra("exposure_s")
    assert exposure_s == pytest.approx(60 - 50 / 3 - 1.5, abs=0.5)
    assert any(r.startswith("stimulus_site_unknown") for r in document.quality.reasons)


def test_blink_reflex_names_the_side_of_each_component_and_of_the_synkinesis(tmp_path):
    document = measure_emg_file(simulated(tmp_path, "blink_reflex", snr_db=15.0))
    assert document.find("emg.blink_reflex_r1").side is Side.RIGHT
    assert document.find("emg.blink_reflex_r2").side is Side.RIGHT
    assert document.find("emg.blink_reflex_r2c").side is Side.LEFT
    assert document.find("emg.blink_reflex_synkinesis", Side.RIGHT).value == "present"
    assert document.find("emg.blink_reflex_synkinesis", Side.LEFT).value != "present"


def test_f_waves_and_the_response_to_the_artery_come_with_their_units(tmp_path):
    document = measure_emg_file(simulated(tmp_path, "f_wave", snr_db=15.0))
    persistence = document.find("emg.f_wave_persistence", Side.RIGHT)
    assert 0.5 < persistence.value <= 1
    assert persistence.extra("count") == 20
    assert document.find("emg.f_m_ratio", Side.RIGHT).unit == "1"
    assert document.find("emg.cmap_amplitude", Side.RIGHT).unit == "uV"
    artery = measure_emg_file(simulated(tmp_path, "z_l", snr_db=15.0))
    assert artery.find("emg.z_l_response", Side.RIGHT).value == "present"
    assert artery.find("emg.z_l_latency", Side.RIGHT).unit == "ms"


def test_several_muscles_of_noise_share_one_p_and_one_verdict():
    rng = np.random.default_rng(5)
    channels = tuple(
        EmgChannel(label=m.value, muscle=m, side=Side.LEFT, rate_hz=5000.0)
        for m in (Muscle.MENTALIS, Muscle.PLATYSMA, Muscle.FRONTALIS)
    )
    stimuli = 0.5 + np.arange(20) / 3
    signals = tuple(rng.normal(0, 5, 40_000) for _ in channels)
    info = StimulusInfo(site=Branch.ZYGOMATIC, side=Side.LEFT)
    recording = EmgRecording(channels, signals, stimuli, stimulus=info)
    document = measure_emg([recording], sha256="0" * 64)
    spreads = [f for f in document.findings if f.code == "emg.lateral_spread"]
    assert len(spreads) == 1
    each = spreads[0].extra("channels")
    assert len(each) >= 2
    assert spreads[0].extra("p") == pytest.approx(
        min(1.0, len(each) * min(row["p"] for row in each)), abs=1e-3
    )
    # Without the side of the stimulus no side of the patient is named.
    unknown = replace(recording, stimulus=StimulusInfo(site=Branch.ZYGOMATIC))
    document = measure_emg([unknown], sha256="0" * 64)
    assert document.find("emg.lateral_spread").side is None


def test_json_on_stdout_is_pure_and_fits_its_schema(spasms, capsys):
    path, document = spasms
    assert main(["measure", "emg", str(path), "--json", "-"]) == 0
    captured = capsys.readouterr()
    data = json.loads(captured.out)
    jsonschema.Draft202012Validator(read_schema("findings-1")).validate(data)
    assert captured.err == ""
    assert len(data["findings"]) == len(document.findings)


def test_several_recordings_give_an_array_and_one_table(spasms, silence, capsys):
    path, _ = spasms
    assert main(["measure", "emg", str(path), str(silence), "--json", "-"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2
    assert main(["measure", "emg", str(path), str(silence), "--csv", "-"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len({row["sha256"] for row in rows}) == 2


def test_nothing_is_written_unasked_and_the_table_has_the_side(spasms, capsys):
    path, _ = spasms
    before = sorted(entry.name for entry in path.parent.iterdir())
    assert main(["measure", "emg", str(path)]) == 0
    assert sorted(entry.name for entry in path.parent.iterdir()) == before
    out = capsys.readouterr().out
    assert "Spasms per minute (EMG)" in out
    assert "Research software, not a medical device." in out


def test_a_flat_recording_is_not_assessable_and_strict_exits_1(silence, capsys):
    assert main(["measure", "emg", str(silence)]) == 0
    assert main(["measure", "emg", str(silence), "--strict", "--json", "-"]) == 1
    out = capsys.readouterr().out
    data = json.loads(out[out.index("\n{") :])
    assert data["quality"]["grade"] == "not_assessable"
    side = next(f for f in data["findings"] if f["code"] == "emg.affected_side")
    assert side["value"] == "uncertain"


@pytest.mark.parametrize("target", ["L.edf", "L.json", "L.toml", "nowhere/f.json"])
def test_no_output_ever_replaces_the_recording_or_what_belongs_beside_it(silence, target):
    before = silence.read_bytes()
    assert main(["measure", "emg", str(silence), "--json", str(silence.parent / target)]) == 2
    assert [entry.name for entry in silence.parent.iterdir()] == ["L.edf"]
    assert silence.read_bytes() == before


def test_what_cannot_be_decoded_exits_3_with_one_sentence(tmp_path, capsys):
    broken = tmp_path / "broken.edf"
    broken.write_bytes(b"0" * 40)
    assert main(["measure", "emg", str(broken)]) == 3
    assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(DecodeError) as caught:
        measure_emg_file(tmp_path / "absent.edf")
    assert caught.value.code == "no_file"


def test_the_same_recording_gives_the_same_findings_twice(spasms):
    path, document = spasms
    again = measure_emg_file(path)
    assert again.findings == document.findings
    assert again.events == document.events


def test_stimuli_without_a_stated_branch_are_not_measured_and_said(tmp_path):
    path = simulated(tmp_path, "lsr", snr_db=10.0, duration_s=8.0)
    recording = read_emg(path)
    other = tmp_path / "unstated.edf"
    write_edf(other, recording)
    write_emg_sidecar(other, sidecar_of(replace(recording, stimulus=StimulusInfo())))
    document = measure_emg_file(other)
    assert document.find("emg.lateral_spread") is None
    assert document.quality.grade is Grade.NOT_ASSESSABLE
    assert any(r.startswith("stimulus_site_unknown") for r in document.quality.reasons)


def test_a_train_with_a_pause_in_it_keeps_its_sweeps_and_loses_those_at_the_gap(tmp_path):
    whole = read_emg(simulated(tmp_path, "lsr", snr_db=10.0, duration_s=15.0))
    cut = int(7.0 * RATE_HZ)
    early = whole.stimuli_s < 7.0
    first = replace(
        whole,
        signals_uv=tuple(s[:cut] for s in whole.signals_uv),
        stimuli_s=whole.stimuli_s[early],
        annotations=(),
    )
    second = replace(
        whole,
        signals_uv=tuple(s[cut:] for s in whole.signals_uv),
        stimuli_s=whole.stimuli_s[~early] - 7.0,
        annotations=(),
        start_s=600.0,
    )
    parted = measure_emg([first, second], sha256="0" * 64)
    single = measure_emg([whole], sha256="0" * 64)
    found, known = (d.find("emg.lateral_spread", Side.RIGHT) for d in (parted, single))
    assert found.value == known.value == "present"
    assert known.extra("count") - 2 <= found.extra("count") <= known.extra("count")
    latency = [d.find("emg.lateral_spread_latency").value for d in (parted, single)]
    assert latency[0] == pytest.approx(latency[1], abs=0.3)
    assert parted.recording.duration_s == pytest.approx(600 + whole.duration_s - 7, abs=0.01)
