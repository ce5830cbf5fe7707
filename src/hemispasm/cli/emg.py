"""`hemispasm emg`: look at EMG files before measuring, and say what their channels are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hemispasm.model.errors import UsageError

if TYPE_CHECKING:
    from hemispasm.formats.emg_ascii_guess import AsciiLook
    from hemispasm.model.emg import EmgRecording
    from hemispasm.model.emg_sidecar import ChannelMontage, VoltageUnit

app = typer.Typer(no_args_is_help=True, help="Look at EMG files and say what their channels are.")


@app.callback()
def _group() -> None:
    """Check sides before measuring. Research software, not a medical device."""


@app.command()
def show(
    paths: Annotated[list[Path], typer.Argument(metavar="FILE...", help="EMG recordings.")],
    json_to: Annotated[
        str | None, typer.Option("--json", metavar="FILE", help="Write as JSON; - for stdout.")
    ] = None,
) -> None:
    """Show what a file holds, which muscle and side each channel has, and who said so.

    Nothing is measured and nothing is written beside the recording.
    """
    from hemispasm.cli.emg_shown import described, print_recording
    from hemispasm.cli.shown import check_targets, put_text, say
    from hemispasm.formats.emg import read_emg_segments
    from hemispasm.formats.findings import json_text

    check_targets(json_to)
    found = []
    for path in paths:
        segments = read_emg_segments(path)
        found.append(described(path, segments))
        if json_to is None:
            print_recording(path, segments)
    if json_to is not None:
        put_text(json_to, json_text(found[0] if len(found) == 1 else found))
        if json_to != "-":
            say(f"Written: {json_to}")


@app.command()
def name(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="One EMG recording.")],
    channels: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="LABEL=WHAT...", help='Such as "EMG1=left mentalis", "Trig=stimulus".'
        ),
    ] = None,
    accept_labels: Annotated[
        bool,
        typer.Option("--accept-labels", help="I have checked what was read from the labels."),
    ] = False,
    stimulated: Annotated[
        str | None, typer.Option(metavar="WHERE", help='Such as "left zygomatic".')
    ] = None,
) -> None:
    """Say which muscle and side a channel is; written to the JSON file beside the recording.

    What the file beside the recording said before stays, save for the channels named here.
    """
    from hemispasm.cli.emg_shown import print_recording
    from hemispasm.cli.shown import say
    from hemispasm.formats.emg import read_emg_segments
    from hemispasm.formats.emg_sidecar import read_emg_sidecar, write_emg_sidecar
    from hemispasm.model.emg_sidecar import EmgSidecar

    if not channels and not accept_labels and stimulated is None:
        raise UsageError(
            "nothing_named",
            "No channel was named.",
            'Add one, such as "EMG1=left mentalis", or --accept-labels.',
        )
    before = read_emg_segments(path)[0]
    _spare_bids(path)
    old = read_emg_sidecar(path) or EmgSidecar()
    told = {entry.label: entry for entry in old.channels}
    if accept_labels:
        told |= _from_labels(before, told)
    for text in channels or ():
        entry = _entry(text, before, told)
        told[entry.label] = entry
    update: dict[str, Any] = {"channels": _in_order(before, told)}
    if stimulated is not None:
        update["stimulus"] = old.stimulus.model_copy(update=_stimulated(stimulated))
    new = EmgSidecar.model_validate(old.model_copy(update=update).model_dump(by_alias=True))
    # Read once with the new montage first: a wrong one is refused before it is written.
    read_emg_segments(path, montage=new)
    written = write_emg_sidecar(path, new)
    print_recording(path, read_emg_segments(path))
    say(f"Written: {written.name}")


@app.command()
def profile(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A text export.")],
    unit: Annotated[
        str | None, typer.Option(help="nV, uV, mV or V, where the header does not state it.")
    ] = None,
    rate: Annotated[
        float | None, typer.Option(min=1.0, max=1e6, help="Samples per second.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="N=LABEL", help='A channel, such as "2=OOc li"; then no others.'),
    ] = None,
    console: Annotated[str | None, typer.Option(help="Name of the console.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="By default beside the recording.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show only; write nothing.")] = False,
) -> None:
    """Look at a text export and write the profile by which it is read.

    A file for a whole console: copy the profile beside each export under its name.
    """
    from hemispasm.cli.emg_shown import print_look, print_recording
    from hemispasm.cli.shown import say
    from hemispasm.formats.atomic import write_new_text
    from hemispasm.formats.emg import read_emg_segments
    from hemispasm.formats.emg_ascii_guess import look_at_ascii
    from hemispasm.formats.emg_ascii_profile import profile_text
    from hemispasm.formats.emg_ascii_propose import propose_profile

    look = look_at_ascii(path)
    print_look(path, look)
    made = propose_profile(
        path, look, unit=_unit(unit), rate_hz=rate, labels=_columns(column, look), name=console
    )
    segments = read_emg_segments(path, profile=made)
    print_recording(path, segments)
    if dry_run:
        return
    target = out or path.with_suffix(".toml")
    if not target.absolute().parent.is_dir():
        raise UsageError(
            "no_folder", f"There is no folder {target.parent.name} to write into.", "Make it first."
        )
    write_new_text(target, profile_text(made))
    say(f"Written: {target}")


def _from_labels(
    recording: EmgRecording, told: dict[str, ChannelMontage]
) -> dict[str, ChannelMontage]:
    """Return what the labels said, as a person's word."""
    from hemispasm.model.emg_sidecar import ChannelMontage

    return {
        c.label: ChannelMontage(
            label=c.label,
            kind=c.kind,
            muscle=c.muscle,
            side=c.side,
            branch=c.branch,
            electrode=c.electrode,
        )
        for c in recording.channels
        if c.named_by == "label_rule" and c.label not in told
    }


def _entry(text: str, recording: EmgRecording, told: dict[str, ChannelMontage]) -> ChannelMontage:
    """Return one channel as ``LABEL=WHAT`` describes it."""
    from hemispasm.formats.emg_labels import read_label
    from hemispasm.model.emg import ChannelKind
    from hemispasm.model.emg_sidecar import ChannelMontage

    label, equals, what = text.partition("=")
    label = label.strip()
    if not equals or not what.strip():
        raise UsageError(
            "bad_channel", f"{text!r} names no channel.", 'Write it as "EMG1=left mentalis".'
        )
    if label not in [channel.label for channel in recording.channels]:
        raise UsageError(
            "unknown_channel",
            f"The recording has no channel {label!r}.",
            f"Its channels are: {', '.join(repr(c.label) for c in recording.channels[:64])}.",
        )
    base = told.get(label) or ChannelMontage(label=label)
    meaning = read_label(what)
    if meaning.kind is not None and meaning.muscle is None:
        return ChannelMontage(label=label, kind=meaning.kind, unit=base.unit)
    if meaning.muscle is None or meaning.side is None:
        missing = "muscle" if meaning.muscle is None else "side"
        raise UsageError(
            "bad_channel",
            f"{what.strip()!r} names no {missing} that is known.",
            'Write side and muscle, such as "left orbicularis oculi".',
        )
    electrode = next((word for word in ("needle", "hook", "surface") if word in what.lower()), None)
    return ChannelMontage(
        label=label,
        kind=ChannelKind.EMG,
        muscle=meaning.muscle,
        side=meaning.side,
        branch=meaning.branch or base.branch,
        electrode=electrode or base.electrode,
        unit=base.unit,
    )


def _in_order(
    recording: EmgRecording, told: dict[str, ChannelMontage]
) -> tuple[ChannelMontage, ...]:
    order = [channel.label for channel in recording.channels]
    return tuple(sorted(told.values(), key=lambda entry: order.index(entry.label)))


def _stimulated(text: str) -> dict[str, object]:
    from hemispasm.formats.emg_labels import read_label
    from hemispasm.model.emg import Branch

    words = text.replace("_", " ").lower().split()
    site = next((branch for branch in Branch if branch.value in words), None)
    side = read_label(text).side
    if site is None or side is None:
        raise UsageError(
            "bad_stimulus",
            f"{text!r} names no side and branch.",
            f"Write a side and one of: {', '.join(branch.value for branch in Branch)}.",
        )
    return {"site": site, "side": side}


def _spare_bids(path: Path) -> None:
    """Refuse to write a sidecar over the JSON that BIDS asks for."""
    from hemispasm.formats.emg_sidecar import emg_sidecar_path, is_bids_json
    from hemispasm.formats.parse import read_json_object

    beside = emg_sidecar_path(path)
    if beside.is_file() and is_bids_json(read_json_object(beside, beside.name)):
        raise UsageError(
            "bids_montage",
            f"{path.name} is an EMG-BIDS recording.",
            "Name muscles and sides in its channels.tsv: target_muscle and side.",
        )


def _columns(texts: list[str] | None, look: AsciiLook) -> dict[int, str]:
    found = {}
    for text in texts or ():
        number, equals, label = text.partition("=")
        if not equals or not number.strip().isdecimal() or not label.strip():
            raise UsageError("bad_column", f"{text!r} names no column.", 'Write it as "2=OOc li".')
        found[int(number)] = label.strip()
    return found


def _unit(text: str | None) -> VoltageUnit | None:
    from hemispasm.formats.emg_units import voltage_unit

    if text is None:
        return None
    found = voltage_unit(text)
    if found is None:
        raise UsageError("unknown_choice", f"{text!r} is no voltage.", "Choose nV, uV, mV or V.")
    return found  # type: ignore[return-value]
