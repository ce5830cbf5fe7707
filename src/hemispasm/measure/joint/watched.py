"""What is known of each of the two recordings, and what joining them returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from hemispasm.model import FindingsDocument, Trace

SideKey = "Side | ImageSide | None"
Method = Literal["sync", "events"]


@dataclass(frozen=True)
class Watched:
    """One recording as it was measured.

    Attributes
    ----------
    document : FindingsDocument
        Findings and events; times count from the first frame or sample.
    traces : tuple of Trace
        Signals for pictures of both; the clock is found from events and marks.
    sync_marks_s : tuple of float
        Times of the marks that both recorders saw, on this recording's clock. In a video: the
        first frame that shows the mark.
    sync_precision_s : float, optional
        The stated times are right to plus or minus this. None: in a video the mark came at some
        time after the frame before, in an EMG recording at the sample.
    """

    document: FindingsDocument
    traces: tuple[Trace, ...] = ()
    sync_marks_s: tuple[float, ...] = ()
    sync_precision_s: float | None = None

    @property
    def duration_s(self) -> float:
        """Length of the recording, at least to its last event."""
        last = max((event.end_s for event in self.document.events), default=0.0)
        return max(self.document.recording.duration_s or 0.0, last)


@dataclass(frozen=True)
class JointClock:
    """How the EMG's clock runs against the video's.

    EMG time = video time + ``offset_s`` + ``drift`` x (video time - ``at_s``).

    Attributes
    ----------
    offset_s, offset_interval_s : float, tuple of float
        EMG time minus video time at ``at_s``, with its 95 % interval.
    at_s : float
        Moment of the video at which the offset is known best.
    drift, drift_interval : float, tuple of float
        Seconds gained per second.
    drift_known : bool
        Whether the recordings say more about the drift than was assumed.
    method : {"sync", "events"}
        Found from marks, or from spasms and blinks that both saw.
    matched, of_video, of_emg : int
        Events (or marks) that line up, and how many there were in the shared time.
    p, second : float, optional
        How often chance lines up as well, and the score of the second best alignment as a share of
        the best.

    Examples
    --------
    >>> clock = JointClock(2.0, (1.99, 2.01), 10.0, 0.0, (-1e-4, 1e-4), False, "sync", 3, 3, 3)
    >>> clock.emg_time(4.0), clock.video_time(6.0)
    (6.0, 4.0)
    """

    offset_s: float
    offset_interval_s: tuple[float, float]
    at_s: float
    drift: float
    drift_interval: tuple[float, float]
    drift_known: bool
    method: Method
    matched: int
    of_video: int
    of_emg: int
    p: float | None = None
    second: float | None = None

    def emg_time(self, video_s: float) -> float:
        """Return the time on the EMG's clock of a moment of the video."""
        return video_s + self.offset_s + self.drift * (video_s - self.at_s)

    def video_time(self, emg_s: float) -> float:
        """Return the time on the video's clock of a moment of the EMG."""
        return (emg_s - self.offset_s + self.drift * self.at_s) / (1.0 + self.drift)


@dataclass(frozen=True)
class Lag:
    """How much later the face was seen to move than the muscle was seen to fire.

    ``value_s`` with ``interval_s`` (95 %), from ``count`` events.
    """

    value_s: float
    interval_s: tuple[float, float]
    count: int


@dataclass(frozen=True)
class JointResult:
    """Two recordings on one clock.

    Attributes
    ----------
    document : FindingsDocument
        Findings and events of both, on the video's clock.
    clock : JointClock or None
        None when the recordings cannot be laid over one another; the document says why.
    lag : Lag or None
        Measured only where a mark fixes the clock.
    notes : tuple of str
        What was ignored or contradicts itself, one ``code: sentence`` each.
    """

    document: FindingsDocument
    clock: JointClock | None = None
    lag: Lag | None = None
    notes: tuple[str, ...] = field(default=())
