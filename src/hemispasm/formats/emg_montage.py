"""Channels of a recording: what each records and on which side, and who says so."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hemispasm.formats.emg_labels import LabelMeaning, read_label
from hemispasm.model.emg import Branch, ChannelKind, EmgChannel, Muscle
from hemispasm.model.emg_sidecar import ChannelMontage, EmgSidecar
from hemispasm.model.errors import UsageError
from hemispasm.model.side import Side

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal


@dataclass(frozen=True)
class BareChannel:
    """A channel as the file gives it, before anybody says what it is."""

    label: str
    rate_hz: float
    is_voltage: bool


@dataclass(frozen=True)
class ListedChannel:
    """A row of ``channels.tsv``; None where the table does not say.

    ``is_by_rule``: the table itself had muscle and side from a label.
    """

    kind: ChannelKind | None = None
    muscle: Muscle | None = None
    side: Side | None = None
    branch: Branch | None = None
    electrode: Literal["needle", "hook", "surface"] | None = None
    is_by_rule: bool = False


def name_channels(
    bare: Sequence[BareChannel],
    sidecar: EmgSidecar | None,
    listed: Mapping[str, ListedChannel] | None,
) -> tuple[tuple[EmgChannel, ...], tuple[str, ...]]:
    """Say what each channel records, from the best source there is.

    The sidecar speaks first, ``channels.tsv`` where the sidecar is silent about a channel, the
    rules for labels last. A side that a rule found is marked as such on the channel and in a note.

    Parameters
    ----------
    bare : sequence of BareChannel
        In the order of the file.
    sidecar : EmgSidecar or None
        What a person says.
    listed : mapping or None
        Rows of ``channels.tsv`` by name.

    Returns
    -------
    tuple of EmgChannel, tuple of str
        The channels in the same order, and notes, one ``code: sentence`` each.

    Raises
    ------
    UsageError
        The sidecar names a channel that the file lacks (``unknown_channel``), or describes one of
        two channels of the same label (``same_label``).
    """
    described = _match_sidecar(bare, sidecar)
    channels = []
    notes = []
    for number, channel in enumerate(bare):
        meaning = read_label(channel.label)
        said = described.get(number)
        row = (listed or {}).get(channel.label)
        if said is not None:
            made = _from_sidecar(channel, said)
        elif row is not None:
            made = _from_row(channel, row, meaning)
        else:
            made = _from_label(channel, meaning)
        if meaning.side and made.side and made.side is not meaning.side:
            notes.append(
                f"side_conflict: the label {channel.label!r} reads {meaning.side}, and"
                f" {_source(made)} says {made.side}; {_source(made)} counts."
            )
        if made.named_by == "label_rule" and made.kind is ChannelKind.EMG:
            notes.append(
                f"named_by_label: {channel.label!r} was read as"
                f" {made.side or 'side unknown'}, {_plain(made.muscle)}, from its label alone."
            )
        channels.append(made)
    return tuple(channels), tuple(notes)


def _match_sidecar(
    bare: Sequence[BareChannel], sidecar: EmgSidecar | None
) -> dict[int, ChannelMontage]:
    """Return the sidecar's entries by the position of their channel."""
    if sidecar is None:
        return {}
    wanted = Counter(entry.label for entry in sidecar.channels)
    there = Counter(channel.label for channel in bare)
    for label, count in wanted.items():
        if label not in there:
            raise UsageError(
                "unknown_channel",
                f"The sidecar describes the channel {label!r}, which the recording does not have.",
                f"Its channels are: {', '.join(repr(channel.label) for channel in bare[:64])}.",
            )
        if count != there[label]:
            raise UsageError(
                "same_label",
                f"The recording has {there[label]} channels called {label!r} and the sidecar"
                f" describes {count}.",
                "Describe each of them, in the order of the file.",
            )
    entries: dict[str, list[ChannelMontage]] = {}
    for entry in sidecar.channels:
        entries.setdefault(entry.label, []).append(entry)
    return {
        number: entries[channel.label].pop(0)
        for number, channel in enumerate(bare)
        if channel.label in entries
    }


def _from_sidecar(channel: BareChannel, said: ChannelMontage) -> EmgChannel:
    return EmgChannel(
        label=channel.label,
        kind=said.kind,
        muscle=said.muscle,
        side=said.side,
        branch=said.branch,
        electrode=said.electrode,
        rate_hz=channel.rate_hz,
        named_by="sidecar",
    )


def _from_row(channel: BareChannel, row: ListedChannel, meaning: LabelMeaning) -> EmgChannel:
    kind = row.kind or _kind(channel, meaning)
    # The table names muscles; where it has no side, the label may, and then the rule named it.
    is_emg = kind is ChannelKind.EMG
    side = row.side or (meaning.side if is_emg else None)
    muscle = row.muscle or (meaning.muscle if is_emg else None)
    by_rule = (
        row.is_by_rule
        or (side is not None and row.side is None)
        or (muscle is not None and row.muscle is None)
    )
    return EmgChannel(
        label=channel.label,
        kind=kind,
        muscle=muscle,
        side=side,
        branch=row.branch or meaning.branch,
        electrode=row.electrode,
        rate_hz=channel.rate_hz,
        named_by="label_rule" if by_rule else "channels_tsv",
    )


def _from_label(channel: BareChannel, meaning: LabelMeaning) -> EmgChannel:
    kind = _kind(channel, meaning)
    is_emg = kind is ChannelKind.EMG
    return EmgChannel(
        label=channel.label,
        kind=kind,
        muscle=meaning.muscle if is_emg else None,
        side=meaning.side if is_emg else None,
        branch=meaning.branch,
        rate_hz=channel.rate_hz,
        named_by="nobody" if meaning.is_silent else "label_rule",
    )


def _kind(channel: BareChannel, meaning: LabelMeaning) -> ChannelKind:
    if meaning.kind is not None:
        return meaning.kind
    return ChannelKind.EMG if channel.is_voltage else ChannelKind.OTHER


def _source(channel: EmgChannel) -> str:
    return {"sidecar": "the sidecar", "channels_tsv": "channels.tsv"}.get(
        channel.named_by, "the montage"
    )


def _plain(muscle: Muscle | None) -> str:
    return "muscle unknown" if muscle is None else muscle.value.replace("_", " ")
