"""Figures of joining video and EMG: offset error, interval, refusals, agreement.

    python bench/joint.py --family mechanistic --seeds 500 540
    python bench/joint.py --rendered CASE…        (folders of `hemispasm simulate pair`)

Signals of the face come from a camera model without pictures; `--rendered` measures real films.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hemispasm.measure.emg.measure import measure_emg
from hemispasm.measure.joint.join import join_recordings
from hemispasm.measure.joint.watched import Watched
from hemispasm.measure.video.measure import measure_video
from hemispasm.model import EventKind, Mirrored, Side, VideoInfo
from hemispasm.simulate.emg.options import Clock, EmgOptions, GivenSpasm
from hemispasm.simulate.emg.recording import simulate_emg
from hemispasm.simulate.face.scenarios import Scenario, make_timeline
from hemispasm.validate.signal_patients import camera_signals

SECONDS = 90.0
PLANS = ((0, 30.0), (1, 30.0), (1, 60.0), (3, 30.0), (6, 30.0))


@dataclass
class Patient:
    """One patient as video and EMG measured them, and the truth."""

    video: object
    emg: object
    clock: Clock
    delay_s: float
    side: Side
    spasms: list
    pause: np.random.Generator


def patient(seed, family, frame_rate_hz):
    """Return one patient seen by a camera and by electrodes."""
    rng = np.random.default_rng([seed, 77])
    side = Side.LEFT if rng.random() < 0.5 else Side.RIGHT
    scenario = Scenario(
        "hfs", side=side, duration_s=SECONDS, frame_rate_hz=frame_rate_hz,
        severity=float(rng.uniform(0.3, 0.9)), rate_per_min=float(rng.uniform(6, 22)),
    )  # fmt: skip
    line = make_timeline(scenario, rng)
    info = VideoInfo("0" * 64, SECONDS, 640, 480, frame_rate_hz, simulated=True)
    video = measure_video(camera_signals(line, rng), info, mirrored=Mirrored.NO)
    clock = Clock(float(rng.uniform(1, 25)), float(rng.normal(0, 40)))

    def given(kind):
        return tuple(
            GivenSpasm(e.start_s, e.end_s, e.pattern) for e in line.events if e.kind == kind
        )

    options = EmgOptions(
        "hfs", generator=family, side=side, rate_hz=4000.0, snr_db=float(rng.uniform(3, 18)),
        duration_s=clock.offset_s + SECONDS + float(rng.uniform(1, 20)), clock=clock,
        given_spasms=given(EventKind.SPASM), given_blinks=given(EventKind.BLINK),
    )  # fmt: skip
    made = simulate_emg(options, seed)
    emg = measure_emg((made.recording,), sha256="1" * 64)
    spasms = [e for e in line.events if e.kind == EventKind.SPASM]
    delay_s = made.truth.electromechanical_delay_s
    return Patient(video, emg, clock, delay_s, side, spasms, np.random.default_rng([seed, 9]))


def marks_of(one, count, frame_rate_hz):
    """Return marks as a technician reads them in the video, and as the EMG notes them."""
    rng = one.pause
    early = 1 + np.cumsum(rng.uniform(0.35, 0.9, (count + 1) // 2))
    late = SECONDS - 1 - np.cumsum(rng.uniform(0.35, 0.9, count // 2))
    times = np.sort(np.r_[early, late]) if count else np.zeros(0)
    frames = one.video.traces[0].time_s
    seen = tuple(float(frames[np.searchsorted(frames, t)]) for t in times)
    return seen, tuple(one.clock.recording_time(float(t)) for t in times)


def row_of(result, clock, delay_s):
    """Return error, half-width, cover, and the same of the delay, in milliseconds."""
    found = result.clock
    if found is None:
        return None
    true = clock.recording_time(found.at_s) - found.at_s
    low, high = found.offset_interval_s
    lag = result.lag
    return {
        "error_ms": 1000 * (found.offset_s - true),
        "half_width_ms": 500 * (high - low),
        "covers": low <= true <= high,
        "delay_error_ms": None if lag is None else 1000 * (lag.value_s - delay_s),
        "delay_covers": None if lag is None else lag.interval_s[0] <= delay_s <= lag.interval_s[1],
    }


def agreement_of(result, one):
    """Count spasms rightly, wrongly and not called seen by both."""

    def meets(truth, events, on_clock=float):
        return any(
            truth.start_s - 0.15 < on_clock(e.end_s) and on_clock(e.start_s) - 0.15 < truth.end_s
            for e in events
        )

    def video_time(emg_s):
        return (emg_s - one.clock.offset_s) / (1 + 1e-6 * one.clock.drift_ppm)

    seen, heard = (
        [e for e in d.events if e.kind is EventKind.SPASM and e.side is one.side]
        for d in (one.video.document, one.emg)
    )
    both = [t for t in one.spasms if meets(t, seen) and meets(t, heard, video_time)]
    said = [e for e in result.document.events if e.flags[0] == "seen:both"]
    hits = sum(meets(t, said) for t in both)
    return hits, sum(not meets(e, both) for e in said), len(both) - hits


def told(name, rows, refused):
    """Print one line of figures."""
    errors = np.array([abs(r["error_ms"]) for r in rows])
    wide = np.array([r["half_width_ms"] for r in rows])
    line = (
        f"{name:22s} n {len(rows)}, refused {refused}; error ms: median {np.median(errors):.1f}, "
        f"95th {np.percentile(errors, 95):.1f}, worst {errors.max():.1f}; interval +- ms: median "
        f"{np.median(wide):.1f}, worst {wide.max():.1f}; covers "
        f"{np.mean([r['covers'] for r in rows]):.3f}"
    )
    lags = [r for r in rows if r["delay_error_ms"] is not None]
    if lags:
        worst = np.median([abs(r["delay_error_ms"]) for r in lags])
        covers = np.mean([r["delay_covers"] for r in lags])
        line += f"; delay error median {worst:.1f} ms, covers {covers:.2f}"
    print(line, flush=True)


def signal_level(family, first, last):
    """Print figures of patients without pictures, and of recordings that do not belong together."""
    rows, refused, counts = {}, {}, np.zeros(3, dtype=int)
    sides, strangers, before = [], [0, 0], None
    for seed in range(first, last):
        patients = {rate: patient(seed, family, rate) for rate in (30.0, 60.0)}
        for count, rate in PLANS:
            one = patients[rate]
            seen, noted = marks_of(one, count, rate)
            video = Watched(one.video.document, one.video.traces, seen)
            result = join_recordings(video, Watched(one.emg, (), noted), seed=seed)
            name = f"{count} marks, {rate:g} frames/s"
            row = row_of(result, one.clock, one.delay_s)
            if row is None:
                refused[name] = refused.get(name, 0) + 1
                continue
            rows.setdefault(name, []).append(row)
            if count == 0:
                counts += agreement_of(result, one)
                sides.append(result.document.find("joint.side_agreement").value)
        if before is not None:
            other = join_recordings(
                Watched(patients[30.0].video.document, patients[30.0].video.traces),
                Watched(before.emg),
                seed=seed,
            )
            strangers[other.clock is not None] += 1
        before = patients[30.0]
    for name, found in rows.items():
        told(f"{name}", found, refused.get(name, 0))
    hits, wrong, missed = counts
    print(
        f"seen by both: precision {hits / (hits + wrong):.3f}, recall {hits / (hits + missed):.3f}"
        f" ({hits} right, {wrong} wrong, {missed} missed); sides "
        f"{ {s: sides.count(s) for s in sorted(set(sides))} }; recordings of two patients: "
        f"{strangers[0]} refused, {strangers[1]} joined"
    )


def rendered(folders):
    """Print figures of filmed pairs, with their marks and without."""
    from hemispasm.formats.case import read_case
    from hemispasm.formats.sidecar import read_sidecar
    from hemispasm.joining import emg_sync_marks
    from hemispasm.measuring import measure_video_file
    from hemispasm.measuring_emg import measure_emg_recording

    rows = {"with marks": [], "without marks": []}
    refused = dict.fromkeys(rows, 0)
    for folder in folders:
        visit = read_case(folder).visits[0]
        truth = json.loads((visit.path / "pair.truth.json").read_text())
        clock = Clock(truth["offset_s"], truth["drift_ppm"])
        film = measure_video_file(visit.videos[0])
        emg = measure_emg_recording(visit.emg[0].paths)
        marks = read_sidecar(visit.videos[0]).sync_marks_s
        for name, seen, noted in (
            ("with marks", marks, emg_sync_marks(visit.emg[0])),
            ("without marks", (), ()),
        ):
            result = join_recordings(
                Watched(film.document, film.traces, seen), Watched(emg.document, (), noted)
            )
            sides = result.document.find("joint.side_agreement")
            share = result.document.find("joint.seen_by_both")
            row = row_of(result, clock, truth["electromechanical_delay_s"])
            print(
                f"{Path(folder).name} {name}: fault {truth['fault']}, sides "
                f"{sides.value if sides else None}, seen by both {share.value if share else None}"
                f", {row}"
            )
            if row is None:
                refused[name] += 1
            else:
                rows[name].append(row)
    for name, found in rows.items():
        if found:
            told(name, found, refused[name])


def main():
    """Run one of the two."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--family", default="mechanistic")
    parser.add_argument("--seeds", nargs=2, type=int, default=(500, 540))
    parser.add_argument("--rendered", nargs="*", default=())
    chosen = parser.parse_args()
    if chosen.rendered:
        rendered(chosen.rendered)
    else:
        signal_level(chosen.family, *chosen.seeds)


if __name__ == "__main__":
    main()
