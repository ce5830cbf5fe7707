"""`hemispasm simulate`: labelled recordings with known truth, marked as simulated."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hemispasm.cli.simulate_cohort import cohort
from hemispasm.cli.simulate_emg import emg
from hemispasm.cli.simulate_mri import mri
from hemispasm.cli.simulate_pair import pair
from hemispasm.cli.simulate_parameters import parameters
from hemispasm.cli.simulate_patient import patient

if TYPE_CHECKING:
    from hemispasm.model import Truth

app = typer.Typer(
    no_args_is_help=True, help="Make labelled recordings with known truth: face, EMG and MRI."
)

Side = Annotated[str, typer.Option(help="The patient's left or right.")]
Severity = Annotated[float, typer.Option(min=0.0, max=1.0, help="0 mild to 1 severe.")]
Rate = Annotated[float | None, typer.Option("--rate", help="Spasms per minute.")]
Seed = Annotated[int, typer.Option(min=0, help="Same seed, same clip.")]
Seconds = Annotated[float, typer.Option("--seconds", help="Length of a clip.")]
Fps = Annotated[float, typer.Option("--fps", help="Frames per second.")]
Size = Annotated[str, typer.Option(help="Width x height in pixels.")]
Generator = Annotated[str, typer.Option(help="head (3-D) or photo (warped portrait).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print what was made as JSON on stdout.")]


ScenarioName = Annotated[
    str,
    typer.Option(
        help="hfs, blinks_only, blepharospasm, voluntary, synkinesis, tic, talking, weak_side, "
        "weak_side_hfs or winks."
    ),
]
Closure = Annotated[
    str | None, typer.Option(help="True closure of every spasm, as LOW-HIGH: 0.35-0.60.")
]
Weakness = Annotated[
    float | None, typer.Option(min=0.0, max=1.0, help="Movement lost on that side.")
]
SkinTone = Annotated[float | None, typer.Option(min=1.0, max=6.0, help="1 lightest to 6 darkest.")]
Jitter = Annotated[float, typer.Option(min=0.0, max=30.0, help="Frame times vary by this (SD).")]


app.command()(cohort)
app.command()(emg)
app.command()(mri)
app.command()(pair)
app.command()(patient)
app.command()(parameters)


@app.callback()
def _group() -> None:
    """Make recordings with known truth. Research software, not a medical device."""


@app.command()
def face(
    out: Annotated[Path, typer.Argument(metavar="OUT.mp4", help="The video to write.")],
    scenario: ScenarioName = "hfs",
    side: Side = "left",
    severity: Severity = 0.6,
    band: Closure = None,
    rate: Rate = None,
    seed: Seed = 0,
    seconds: Seconds = 30.0,
    fps: Fps = 30.0,
    size: Size = "640x480",
    crf: Annotated[int, typer.Option(min=0, max=51, help="x264 quality, lower is better.")] = 23,
    generator: Generator = "head",
    mirrored: Annotated[bool, typer.Option(help="Flip the picture like a selfie.")] = False,
    brow_lift: Annotated[bool, typer.Option(help="The brow lifts as the eye closes.")] = True,
    weakness: Weakness = None,
    protocol: Annotated[str, typer.Option(help="Cued tasks: none, short or full.")] = "none",
    motion: Annotated[float, typer.Option(min=0.0, max=5.0, help="Head motion.")] = 1.0,
    noise: Annotated[float, typer.Option(min=0.0, max=40.0, help="Noise, grey levels.")] = 3.0,
    light: Annotated[float, typer.Option(min=0.05, max=3.0, help="Brightness.")] = 1.0,
    skin_tone: SkinTone = None,
    glasses: Annotated[bool, typer.Option(help="Glasses with glare.")] = False,
    occlusion: Annotated[bool, typer.Option(help="Cover part of the face at times.")] = False,
    jitter_ms: Jitter = 0.0,
    as_json: AsJson = False,
) -> None:
    """Simulate one face video; its truth and sidecar are written beside it."""
    width, height = picture_size(size)
    options: dict[str, Any] = {
        "generator": generator, "scenario": scenario, "side": side, "severity": severity,
        "closure_band": _band(band), "rate_per_min": rate, "seed": seed, "duration_s": seconds,
        "frame_rate_hz": fps, "width": width, "height": height, "crf": crf, "mirrored": mirrored,
        "other_babinski": brow_lift, "weakness": weakness, "protocol": protocol,
        "motion": motion, "noise": noise, "light": light, "skin_tone": skin_tone,
        "glasses": glasses, "occlusion": occlusion, "frame_jitter_s": jitter_ms / 1000.0,
    }  # fmt: skip
    from hemispasm.cli.shown import progress_on_stderr
    from hemispasm.simulated_case import simulate_face_clip

    check_folder(out)
    with progress_on_stderr() as shown:

        def watch(done: int, total: int) -> None:
            if shown is not None:
                shown(out.name, float(done), float(total))

        truth = simulate_face_clip(out, watch=watch, **options)
    if as_json:
        print_json(_summary(out, truth))
    else:
        typer.echo(
            f"{out}: {truth.duration_s:g} s, {int(truth.values['spasm_count'])} spasms, side "
            f"{truth.affected_side}. SIMULATED. Research software, not a medical device."
        )


@app.command()
def case(
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")],
    side: Side = "left",
    severity: Severity = 0.65,
    rate: Annotated[float, typer.Option(min=0.1, max=30, help="Spasms per minute.")] = 14.0,
    seed: Seed = 0,
    seconds: Seconds = 45.0,
    fps: Fps = 30.0,
    size: Size = "640x480",
    generator: Generator = "head",
    first_day: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Day of the first visit.")
    ] = datetime(2026, 3, 2),
    as_json: AsJson = False,
) -> None:
    """Simulate a case folder: one patient before a toxin injection and weeks after it."""
    width, height = picture_size(size)
    from hemispasm.cli.shown import progress_on_stderr
    from hemispasm.simulated_case import simulate_face_case

    check_folder(folder)
    with progress_on_stderr() as shown:

        def watch(done: int, total: int) -> None:
            if shown is not None:
                shown("visits", float(done), float(total))

        made = simulate_face_case(
            folder, side=side, severity=severity, rate_per_min=rate, seed=seed,
            duration_s=seconds, first_day=first_day.date(), watch=watch, generator=generator,
            frame_rate_hz=fps, width=width, height=height,
        )  # fmt: skip
    if as_json:
        videos = sorted(str(p.relative_to(made)) for p in made.rglob("*.mp4"))
        print_json({"folder": str(made), "videos": videos, "simulated": True})
    else:
        typer.echo(f"{made}: two visits. SIMULATED. Research software, not a medical device.")


def picture_size(text: str) -> tuple[int, int]:
    """Return width and height from ``640x480``."""
    from hemispasm.model.errors import UsageError

    parts = text.lower().replace(" ", "").split("x")
    if len(parts) != 2 or not all(p.isdigit() for p in parts):
        raise UsageError("bad_picture_size", f"{text!r} is no size.", "Write it like 640x480.")
    return int(parts[0]), int(parts[1])


def _band(text: str | None) -> tuple[float, float] | None:
    """Return the closure range from ``0.35-0.60``."""
    from hemispasm.model.errors import UsageError

    if text is None:
        return None
    try:
        low, high = (float(part) for part in text.split("-"))
    except ValueError:
        raise UsageError(
            "bad_closure_band", f"{text!r} is no closure range.", "Write it like 0.35-0.60."
        ) from None
    return low, high


def check_folder(out: Path) -> None:
    """Refuse early when the place to write to does not exist."""
    from hemispasm.model.errors import UsageError

    parent = out.absolute().parent
    if not parent.is_dir():
        raise UsageError(
            "no_folder", f"There is no folder {parent.name} to write into.", "Make it first."
        )


def _summary(out: Path, truth: Truth) -> dict[str, Any]:
    """Return what was made, without the frame-wise values."""
    data = truth.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"frames"})
    return {"video": str(out), **data}


def print_json(data: dict[str, Any]) -> None:
    """Print data as JSON on stdout."""
    import json

    typer.echo(json.dumps(data, indent=2, ensure_ascii=False))
