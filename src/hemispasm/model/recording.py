"""What a recording is before anything is measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, field_validator

from hemispasm.model.base import Noun
from hemispasm.model.protocol import load_video_protocol
from hemispasm.model.side import Mirrored

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Frame:
    """One upright picture with its true time.

    Attributes
    ----------
    t_s : float
        Presentation time in seconds from the first frame of the file.
    rgb : ndarray of uint8, shape (height, width, 3)
        Rotation tag already applied.
    """

    t_s: float
    rgb: NDArray[np.uint8]


@dataclass(frozen=True)
class VideoInfo:
    """What the container says, and what reading its header found.

    ``width`` and ``height`` are those of the upright picture. ``frame_rate_hz`` is nominal; the
    analysis uses the true frame times.
    """

    sha256: str
    duration_s: float | None
    width: int
    height: int
    frame_rate_hz: float | None
    rotation_deg: int = 0
    codec: str = ""
    simulated: bool = False


class TaskMark(Noun):
    """A cued task: what the patient was asked to do, and when.

    ``task`` is a key of the recording protocol (``model/data/protocol_video.toml``).

    Raises
    ------
    ValueError
        The protocol has no such task.

    Examples
    --------
    >>> TaskMark(task="smile", start_s=84.0, end_s=86.0).task
    'smile'
    """

    task: str
    start_s: float = Field(ge=0)
    end_s: float = Field(ge=0)

    @field_validator("task")
    @classmethod
    def _check_task(cls, task: str) -> str:
        known = load_video_protocol().tasks
        if task not in known:
            raise ValueError(f"no task of the recording protocol is called {task!r}: {list(known)}")
        return task


class VideoSidecar(Noun):
    """The JSON file beside a video. Every field may be absent; unknown stays unknown.

    Attributes
    ----------
    sync_marks_s : tuple of float
        Where the picture shows a mark that the EMG recorder noted too (a flash, a light, a clap):
        the time of the first frame that shows it, seconds from the first frame of the video.
    sync_precision_s : float, optional
        The marks are right to plus or minus this, as when a clap was read off the sound track.
        Absent: each came at some time after the frame before the one that shows it.
    """

    schema_: Literal["hemispasm.video-sidecar/1"] | None = Field(default=None, alias="schema")
    mirrored: Mirrored = Mirrored.UNKNOWN
    device: str | None = None
    tasks: tuple[TaskMark, ...] = ()
    sync_marks_s: tuple[Annotated[float, Field(ge=0, allow_inf_nan=False)], ...] = ()
    sync_precision_s: float | None = Field(default=None, gt=0, le=1)
