"""The channels of an EMG recording as its findings document states them, and their words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hemispasm.model import FindingsDocument, Grade, Side, Trace
from hemispasm.model.emg import Muscle
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import (
    Cell,
    FromRule,
    Inline,
    LineBreak,
    Number,
    Origin,
    Row,
    Table,
    Verbatim,
)
from hemispasm.report.phrase import phrase
from hemispasm.report.words import grade_words, sentence_of

_MUSCLES = {muscle.value for muscle in Muscle}
_SIDES = {"left": Side.LEFT, "right": Side.RIGHT}


@dataclass(frozen=True)
class ChannelInfo:
    """One EMG channel.

    Attributes
    ----------
    label : str
        As in the file.
    muscle : str
        A muscle of the vocabulary, or ``unknown``.
    side : Side or None
        The patient's side; None: nobody stated it.
    named_by : str
        Who said so.
    rate_hz, noise_uv : float or None
        Samples per second; background in the pass band.
    electrode : str or None
        Its kind.
    grade : Grade or None
        None where activity at rest was not measured.
    reasons : tuple of str
        Why it is limited.
    conducted : tuple of (str, float)
        Channels whose muscles this electrode hears, and the share that was taken out.
    """

    label: str
    muscle: str
    side: Side | None
    named_by: str
    rate_hz: float | None = None
    electrode: str | None = None
    noise_uv: float | None = None
    grade: Grade | None = None
    reasons: tuple[str, ...] = ()
    conducted: tuple[tuple[str, float], ...] = ()


def channels_of(document: FindingsDocument) -> tuple[ChannelInfo, ...]:
    """Return the channels of a recording, in the order of the file.

    Parameters
    ----------
    document : FindingsDocument
        Of an EMG recording; its provenance holds the montage and who stated it.
    """
    settings = document.provenance.settings
    found = []
    for key, said in settings.items():
        if not key.startswith("channel "):
            continue
        label = key.removeprefix("channel ")
        muscle, side, named_by = [*str(said).split(", "), "", ""][:3]
        noise, rate = settings.get(f"noise {label}"), settings.get(f"rate {label}")
        grade, electrode = settings.get(f"grade {label}"), settings.get(f"electrode {label}")
        reasons = str(settings.get(f"reasons {label}") or "")
        heard = f"conducted {label} from "
        found.append(
            ChannelInfo(
                label=label,
                muscle=muscle if muscle in _MUSCLES else "unknown",
                side=_SIDES.get(side),
                named_by=named_by or "nobody",
                rate_hz=float(rate) if isinstance(rate, float | int) else None,
                electrode=None if electrode is None else str(electrode),
                noise_uv=float(noise) if isinstance(noise, float | int) else None,
                grade=None if grade is None else Grade(str(grade)),
                reasons=tuple(part for part in reasons.split("; ") if part),
                conducted=tuple(
                    (name.removeprefix(heard), float(share))
                    for name, share in settings.items()
                    if name.startswith(heard) and isinstance(share, float | int)
                ),
            )
        )
    return tuple(found)


def side_words(side: Side | None) -> str:
    """Return the words for a side; never a guess."""
    return lookup_text(f"emg.side.{'unknown' if side not in _SIDES.values() else side}")


def muscle_words(muscle: str | None) -> str:
    """Return a muscle in words."""
    return lookup_text(f"emg.muscle.{muscle if muscle in _MUSCLES else 'unknown'}")


def trace_words(trace: Trace) -> str:
    """Return muscle and side of a trace in words; the label where nobody stated a muscle."""
    muscle = trace.meta.get("muscle")
    where = side_words(trace.side)
    name = muscle_words(muscle) if muscle else str(trace.meta.get("channel", ""))
    return f"{name}, {where}"


def in_reading_order(traces: Sequence[Trace]) -> list[Trace]:
    """Return traces of channels with the patient's left first, then right, then no side."""
    order = {Side.LEFT: 0, Side.RIGHT: 1}
    return sorted(
        traces,
        key=lambda t: (2 if t.side is None else order.get(t.side, 2), t.meta.get("index", 0)),
    )


def channels_table(document: FindingsDocument, traces: Sequence[Trace] = ()) -> Table:
    """Return the montage with quality: what each channel is, who said so, how quiet it is.

    Parameters
    ----------
    document : FindingsDocument
        Of an EMG recording.
    traces : sequence of Trace
        Averaged responses say how noisy a single sweep is, where rest was not measured.
    """
    noise = {
        str(t.meta.get("channel")): float(t.meta["noise_uv"])
        for t in traces
        if t.name == "evoked_mean" and t.meta.get("noise_uv") is not None
    }
    columns = ("channel", "muscle", "side", "named", "sampled", "electrode", "noise", "grade")
    rows = tuple(_row(info, noise.get(info.label)) for info in channels_of(document))
    names = tuple(lookup_text(f"emg.channels.{name}") for name in columns)
    return Table.plain(phrase("emg.channels.caption"), names, rows)


def _row(info: ChannelInfo, sweep_noise_uv: float | None) -> Row:
    grade: list[Inline] = [grade_words(info.grade) if info.grade else "–"]
    for reason in info.reasons:
        grade += [LineBreak(), Verbatim(sentence_of(reason), Origin.QUALITY)]
    for channel, share in info.conducted:
        grade += [
            LineBreak(),
            *phrase(
                "emg.channels.conducted",
                share=Number(100 * share, "%", FromRule("emg.channel")),
                channel=Verbatim(channel, Origin.SETTINGS),
            ),
        ]
    noise_uv = sweep_noise_uv if info.noise_uv is None else info.noise_uv
    cells: tuple[Cell, ...] = (
        (Verbatim(info.label, Origin.SETTINGS),),
        (muscle_words(info.muscle),),
        (side_words(info.side),),
        phrase(f"emg.named_by.{info.named_by}"),
        (Number(info.rate_hz, "1", FromRule("emg.channel"), absent="–", decimals=0),),
        (info.electrode or "–",),
        (Number(noise_uv, "uV", FromRule("emg.channel"), absent="–"),),
        tuple(grade),
    )
    return cells
