"""The recording protocol for face video: one data file for the recorder and the analysis."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class CameraRule:
    """What the person behind the camera must see to, and why."""

    key: str
    rule: str
    why: str


@dataclass(frozen=True)
class ProtocolTask:
    """What the patient is asked to do; ``instruction`` is spoken to the patient."""

    key: str
    label: str
    instruction: str
    why: str


@dataclass(frozen=True)
class ProtocolStep:
    """A task with its timing: ``repeats`` times ``seconds``, each followed by ``pause_s``."""

    task: str
    seconds: float
    repeats: int
    pause_s: float

    @property
    def total_s(self) -> float:
        """Length of the whole step in seconds."""
        return self.repeats * (self.seconds + self.pause_s)


@dataclass(frozen=True)
class FewSpasms:
    """With ``fewer_than`` spasms in the first rest, the patient rests ``rest_s`` at every visit."""

    fewer_than: int
    rest_s: float
    why: str


@dataclass(frozen=True)
class VideoProtocol:
    """Camera rules, tasks by key, the steps in order, and when to film longer."""

    name: str
    sources: tuple[str, ...]
    camera: tuple[CameraRule, ...]
    tasks: dict[str, ProtocolTask]
    steps: tuple[ProtocolStep, ...]
    few: FewSpasms

    @property
    def total_s(self) -> float:
        """Length of the whole recording in seconds."""
        return sum(step.total_s for step in self.steps)


@cache
def load_video_protocol() -> VideoProtocol:
    """Return the recording protocol.

    Returns
    -------
    VideoProtocol

    Raises
    ------
    ValueError
        A step names a task that is not described.

    Examples
    --------
    >>> protocol = load_video_protocol()
    >>> protocol.tasks["smile"].label
    'Smile'
    >>> protocol.steps[0].task, protocol.steps[0].seconds
    ('rest', 60)
    """
    path = files("hemispasm.model").joinpath("data", "protocol_video.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    tasks = {key: ProtocolTask(key=key, **fields) for key, fields in table["task"].items()}
    steps = tuple(ProtocolStep(**step) for step in table["step"])
    unknown = {step.task for step in steps} - set(tasks)
    if unknown:
        raise ValueError(f"the video protocol has steps without a task: {sorted(unknown)}")
    return VideoProtocol(
        name=table["name"],
        sources=tuple(table["sources"]),
        camera=tuple(CameraRule(**rule) for rule in table["camera"]),
        tasks=tasks,
        steps=steps,
        few=FewSpasms(**table["few"]),
    )
