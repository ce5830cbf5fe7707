"""`hemispasm simulate pair`: one patient filmed and recorded by EMG at the same time."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

Side = Annotated[str, typer.Option(help="The patient's left or right.")]
Scenario = Annotated[str, typer.Option(help="hfs or blinks_only.")]
Severity = Annotated[float, typer.Option(min=0.0, max=1.0, help="0 mild to 1 severe.")]
Rate = Annotated[float, typer.Option("--rate", min=0.1, max=30.0, help="Spasms per minute.")]
Seed = Annotated[int, typer.Option(min=0, help="Same seed, same patient.")]
Seconds = Annotated[float, typer.Option("--seconds", min=5.0, help="Length of the video.")]
Fps = Annotated[float, typer.Option("--fps", help="Frames per second.")]
Size = Annotated[str, typer.Option(help="Width x height in pixels.")]
Generator = Annotated[str, typer.Option(help="Of the video: head or photo.")]
EmgGenerator = Annotated[
    str, typer.Option("--emg-generator", help="mechanistic or phenomenological.")
]
Noise = Annotated[
    float, typer.Option("--snr-db", min=-20.0, max=60.0, help="Muscle over amplifier noise.")
]
Offset = Annotated[
    float | None,
    typer.Option("--offset", help="EMG time when the video begins, seconds; drawn when absent."),
]
Drift = Annotated[
    float | None,
    typer.Option("--drift-ppm", min=-300.0, max=300.0, help="Gained by the EMG's clock."),
]
Marks = Annotated[
    int, typer.Option("--sync", min=0, max=12, help="Flashes that both recorders note.")
]
Fault = Annotated[
    str,
    typer.Option(help="What went wrong: none, mirrored (not said) or electrodes (exchanged)."),
]
FirstDay = Annotated[datetime, typer.Option("--day", formats=["%Y-%m-%d"], help="Of the visit.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print what was made as JSON on stdout.")]


def pair(
    folder: Annotated[Path, typer.Argument(help="A case folder that does not exist yet.")],
    scenario: Scenario = "hfs",
    side: Side = "left",
    severity: Severity = 0.65,
    rate: Rate = 14.0,
    seed: Seed = 0,
    seconds: Seconds = 60.0,
    fps: Fps = 30.0,
    size: Size = "640x480",
    generator: Generator = "head",
    emg_generator: EmgGenerator = "mechanistic",
    snr_db: Noise = 12.0,
    offset: Offset = None,
    drift_ppm: Drift = None,
    sync: Marks = 6,
    fault: Fault = "none",
    day: FirstDay = datetime(2026, 3, 2),
    as_json: AsJson = False,
) -> None:
    """Simulate a case with a video and an EMG recording of the same minutes."""
    from hemispasm.cli.shown import progress_on_stderr
    from hemispasm.cli.simulate import check_folder, picture_size, print_json
    from hemispasm.simulate.face.clip import ClipOptions
    from hemispasm.simulated_pair import PairOptions, simulate_pair

    check_folder(folder)
    width, height = picture_size(size)
    clip = ClipOptions(
        generator=generator, scenario=scenario, side=side, severity=severity, rate_per_min=rate,
        seed=seed, duration_s=seconds, frame_rate_hz=fps, width=width, height=height,
    )  # fmt: skip
    wanted: Any = fault
    options = PairOptions(
        clip, offset_s=offset, drift_ppm=drift_ppm, sync_marks=sync, emg_generator=emg_generator,
        snr_db=snr_db, fault=wanted,
    )  # fmt: skip
    with progress_on_stderr() as shown:

        def watch(done: int, total: int) -> None:
            if shown is not None:
                shown(folder.name, float(done), float(total))

        truth = simulate_pair(folder, options, day=day.date(), watch=watch)
    if as_json:
        print_json({"folder": str(folder), **truth})
    else:
        typer.echo(
            f"{folder}: a video and an EMG recording of one patient, side "
            f"{truth['affected_side']}, EMG clock {truth['offset_s']:+.3f} s. SIMULATED. "
            "Research software, not a medical device."
        )
