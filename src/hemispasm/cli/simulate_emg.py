"""`hemispasm simulate emg`: one EMG recording with its montage and its truth."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from hemispasm.model.emg import Branch, Muscle
    from hemispasm.model.side import Side
    from hemispasm.simulate.emg.options import EmgOptions
    from hemispasm.simulate.emg.truth import SimulatedEmg

Scenario = Annotated[
    str,
    typer.Option(
        help="hfs, healthy, blinks_only, voluntary, speech, cocontraction, myokymia, "
        "post_paralytic, seizure_rhythm, electrode_pop, lsr, blink_reflex, f_wave, z_l or theatre."
    ),
]
Muscles = Annotated[
    str | None,
    typer.Option(help="Recorded on both sides, with commas: orbicularis_oculi,mentalis."),
]
Compression = Annotated[
    float, typer.Option(min=0.0, max=1.0, help="0 free nerve to 1: how ill the patient is.")
]
Noise = Annotated[
    float | None,
    typer.Option("--snr-db", min=-60.0, max=120.0, help="Muscle over amplifier noise."),
]
Seconds = Annotated[
    float | None,
    typer.Option(
        "--seconds", min=0.5, max=3600.0, help="Length; by default 60, or as long as the stimuli."
    ),
]
Out = Annotated[Path, typer.Argument(metavar="OUT.edf", help="The EDF or BDF to write.")]
PatientSide = Annotated[str, typer.Option(help="The patient's left or right.")]
Seed = Annotated[int, typer.Option(min=0, help="Same seed, same recording.")]
Rate = Annotated[
    float, typer.Option("--rate", min=500.0, max=100_000.0, help="Samples per second.")
]
ElectrodeKind = Annotated[str, typer.Option(help="surface, needle or hook.")]
Generator = Annotated[
    str, typer.Option(help="mechanistic (motor units) or phenomenological (packets of noise).")
]
Stimuli = Annotated[
    int | None, typer.Option(min=1, max=20_000, help="How many, where there are stimuli.")
]
Site = Annotated[
    str | None, typer.Option(help="Stimulated branch: zygomatic, temporal, mandibular, …")
]
Vanish = Annotated[
    int | None,
    typer.Option(min=-1, help="theatre: first sweep without lateral spread; -1: it stays."),
]
Mains = Annotated[float, typer.Option(min=10.0, max=100.0, help="Mains frequency.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print what was made as JSON on stdout.")]


def emg(
    out: Out,
    scenario: Scenario = "hfs",
    side: PatientSide = "left",
    snr_db: Noise = None,
    compression: Compression = 0.7,
    seed: Seed = 0,
    seconds: Seconds = None,
    rate: Rate = 10_000.0,
    muscles: Muscles = None,
    electrode: ElectrodeKind = "surface",
    generator: Generator = "mechanistic",
    stimuli: Stimuli = None,
    site: Site = None,
    vanish: Vanish = None,
    line_hz: Mains = 50.0,
    as_json: AsJson = False,
) -> None:
    """Simulate one EMG recording; its montage and its truth are written beside it."""
    from hemispasm.simulate.emg.options import EmgOptions
    from hemispasm.simulated_emg import write_simulated_emg

    chosen: dict[str, Any] = {
        "scenario": scenario, "side": _side(side), "snr_db": snr_db, "compression": compression,
        "rate_hz": rate, "electrode": _electrode(electrode), "generator": generator,
        "line_hz": line_hz,
    }  # fmt: skip
    if seconds is not None:
        chosen["duration_s"] = seconds
    if muscles is not None:
        chosen["muscles"] = _muscles(muscles)
    options = EmgOptions(**chosen)
    options = _with_train(options, stimuli, site)
    options = _with_course(options, vanish)
    made = write_simulated_emg(out, options, seed)
    _say(out, made, as_json)


def _with_train(options: EmgOptions, count: int | None, site: str | None) -> EmgOptions:
    """Return the options with the train that was asked for."""
    from hemispasm.simulate.emg.options import StimulusTrain

    if count is None and site is None:
        return options
    train = options.train() or StimulusTrain()
    if count is not None:
        train = replace(train, count=count)
    if site is not None:
        train = replace(train, site=_branch(site))
    return replace(options, stimuli=train)


def _with_course(options: EmgOptions, vanish: int | None) -> EmgOptions:
    from hemispasm.simulate.emg.options import TheatrePlan

    if vanish is None:
        return options
    return replace(options, theatre=TheatrePlan(vanish_sweep=None if vanish < 0 else vanish))


def _side(text: str) -> Side:
    from hemispasm.model.side import Side

    return _one_of(Side, text, "side", (Side.LEFT, Side.RIGHT))


def _muscles(text: str) -> tuple[Muscle, ...]:
    from hemispasm.model.emg import Muscle

    known = tuple(m for m in Muscle if m not in (Muscle.MASSETER, Muscle.OTHER))
    return tuple(_one_of(Muscle, part.strip(), "muscle", known) for part in text.split(","))


def _branch(text: str) -> Branch:
    from hemispasm.model.emg import Branch

    return _one_of(Branch, text, "site", tuple(Branch))


def _electrode(text: str) -> str:
    from hemispasm.model.errors import UsageError

    if text not in ("surface", "needle", "hook"):
        raise UsageError(
            "unknown_choice", f"{text!r} is no electrode.", "Choose surface, needle or hook."
        )
    return text


def _one_of(kind: Any, text: str, what: str, known: tuple[Any, ...]) -> Any:
    from hemispasm.model.errors import UsageError

    if text not in [entry.value for entry in known]:
        raise UsageError(
            "unknown_choice",
            f"{text!r} is no {what} here.",
            f"Choose one of: {', '.join(entry.value for entry in known)}.",
        )
    return kind(text)


def _say(out: Path, made: SimulatedEmg, as_json: bool) -> None:
    import json

    truth, recording = made.truth, made.recording
    bursts = sum(b.cause != "volume_conduction" for b in truth.bursts)
    if as_json:
        found = {
            "recording": str(out), "simulated": True, "generator": truth.generator,
            "scenario": truth.scenario, "seed": truth.seed, "affected_side": truth.affected_side,
            "duration_s": recording.duration_s,
            "channels": [c.label for c in recording.channels], "bursts": bursts,
            "spasms": len(truth.spasms), "stimuli": len(recording.stimuli_s),
            "responses": len(truth.responses), "noise_uv": truth.noise_uv,
        }  # fmt: skip
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    typer.echo(
        f"{out}: {recording.duration_s:g} s, {len(recording.channels)} channels, {bursts} bursts, "
        f"{len(truth.spasms)} spasms, {len(recording.stimuli_s)} stimuli, side "
        f"{truth.affected_side}. SIMULATED. Research software, not a medical device."
    )
