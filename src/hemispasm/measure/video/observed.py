"""What was observed and for how long: the ground that every rate stands on."""

from __future__ import annotations

from dataclasses import dataclass

from hemispasm.model import (
    Event,
    EventKind,
    FindingsDocument,
    Grade,
    ImageSide,
    Mirrored,
    RecordingRef,
    Side,
)

METHOD = "video/2"
LEVEL = 0.95

SideKey = Side | ImageSide


@dataclass(frozen=True)
class Observed:
    """Seconds and sides behind the findings of one recording.

    Attributes
    ----------
    recording : RecordingRef
        The recording by content.
    keys : pair of Side or ImageSide
        The two half-faces in the order left, right; image sides when mirroring is unknown.
    analysed_s : float
        Usable seconds, tasks included.
    rest_s : float
        Usable seconds outside cued tasks: the exposure of every rate.
    rest_spans : tuple of (start_s, end_s)
        The spans that make up ``rest_s``.
    grade : Grade
        Grade of the recording.
    verdict_allowed : bool
        False below the seconds of rest that a verdict or a scale suggestion needs.
    frame_rate_hz : float
        Median frame rate.
    blink_balance : str
        How the eyes share blinks (``Balance.kind``); ``one_eye`` leaves the side in doubt.
    """

    recording: RecordingRef
    keys: tuple[SideKey, SideKey]
    analysed_s: float
    rest_s: float
    rest_spans: tuple[tuple[float, float], ...]
    grade: Grade
    verdict_allowed: bool
    frame_rate_hz: float
    blink_balance: str = "symmetric"

    @property
    def side_known(self) -> bool:
        """Whether the keys are the patient's sides."""
        return isinstance(self.keys[0], Side)


def side_keys(mirrored: Mirrored) -> tuple[SideKey, SideKey]:
    """Return the names of the two half-faces that this recording allows.

    Examples
    --------
    >>> [str(k) for k in side_keys(Mirrored.UNKNOWN)]
    ['image_left', 'image_right']
    """
    if mirrored is Mirrored.UNKNOWN:
        return ImageSide.IMAGE_LEFT, ImageSide.IMAGE_RIGHT
    return Side.LEFT, Side.RIGHT


def key_of(event: Event) -> SideKey | None:
    """Return the side that an event carries, patient's or picture's."""
    return event.side if event.side is not None else event.image_side


def side_fields(key: SideKey | None) -> dict[str, Side | ImageSide | None]:
    """Return the two side fields of a finding or an event for a key."""
    if isinstance(key, ImageSide):
        return {"side": None, "image_side": key}
    return {"side": key, "image_side": None}


def events_of(
    events: tuple[Event, ...], kind: EventKind, key: SideKey | None = None
) -> list[Event]:
    """Return the events of a kind, of one side when a key is given, in order of onset."""
    chosen = [e for e in events if e.kind is kind and (key is None or key_of(e) == key)]
    return sorted(chosen, key=lambda e: (e.start_s, e.end_s))


def rest_only(events: list[Event], spans: tuple[tuple[float, float], ...]) -> list[Event]:
    """Return the events whose onset lies in usable rest."""
    return [e for e in events if any(a <= e.start_s <= b for a, b in spans)]


def rest_clock(onset_s: list[float], spans: tuple[tuple[float, float], ...]) -> list[float]:
    """Map onsets to a clock that runs only during usable rest.

    Examples
    --------
    >>> rest_clock([1.0, 12.0], ((0.0, 5.0), (10.0, 20.0)))
    [1.0, 7.0]
    """
    mapped = []
    for onset in onset_s:
        passed = 0.0
        for start, end in spans:
            if onset <= end:
                mapped.append(passed + max(0.0, onset - start))
                break
            passed += end - start
    return mapped


def observed_of(document: FindingsDocument) -> Observed:
    """Rebuild what was observed from a document, so that findings can be made anew.

    Raises
    ------
    ValueError
        The document holds no rate to take the exposure from.
    """
    rates = [f for f in document.findings if f.code == "video.spasm_rate"]
    if not rates:
        raise ValueError("the document holds no spasm rate, so its exposure is not known")
    known = any(f.side is not None for f in rates)
    spans = tuple((float(a), float(b)) for a, b in rates[0].extra("rest_spans", ()))
    return Observed(
        recording=document.recording,
        keys=side_keys(Mirrored.NO if known else Mirrored.UNKNOWN),
        analysed_s=document.quality.analysed_s,
        rest_s=float(rates[0].extra("exposure_s", 0.0)),
        rest_spans=spans,
        grade=document.quality.grade,
        verdict_allowed=bool(document.provenance.settings.get("verdict_allowed", False)),
        frame_rate_hz=float(document.provenance.settings.get("frame_rate_hz") or 0.0),
        blink_balance=str(document.provenance.settings.get("blink_balance", "symmetric")),
    )
