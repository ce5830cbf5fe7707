"""What a simulated face does over time: the contract between scenarios and renderers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.model.recording import TaskMark
    from hemispasm.model.truth import TruthEvent


@dataclass(frozen=True)
class FaceTimeline:
    """Activation of every face unit and the pose of the head, one value per frame.

    Attributes
    ----------
    time_s : ndarray, shape (n,)
        Seconds from the first frame; need not be regular.
    units : dict of str to ndarray, shape (n,)
        Activation 0-1 by ARKit-like unit name (``eyeBlinkLeft``, ``mouthSmileRight``, ``jawOpen``,
        …, plus ``platysmaLeft`` and ``platysmaRight``). Left is the patient's left. A unit that is
        not listed is at rest.
    yaw_deg, pitch_deg, roll_deg : ndarray, shape (n,)
        Head rotation. Yaw is positive when the patient turns towards the patient's left, pitch
        when the chin goes up, roll when the head tilts towards the patient's left shoulder.
    x_mm, y_mm, z_mm : ndarray, shape (n,)
        Head translation: towards the patient's left, upwards, towards the camera.
    closure_left, closure_right : ndarray, shape (n,)
        Fraction of the resting lid gap that is lost, 0 open to 1 shut. This is what the lids do;
        the renderer realises it exactly and ``eyeBlink*`` carries the same values.
    spasm_left, spasm_right : ndarray of bool, shape (n,)
        True between the start and the end of a spasm on that side.
    events : tuple of TruthEvent
        Everything that was put in, in order of start.
    tasks : tuple of TaskMark
        The cued tasks, when the recording protocol was followed.
    rest_gap_left, rest_gap_right : float
        Lid gap at rest relative to this person's normal gap; below 1 in ptosis. The gap of a frame
        is normal gap x rest gap x (1 - closure).
    values : dict of str to float
        True rates and settings drawn by the scenario (``spasm_rate_per_min`` …).

    Examples
    --------
    >>> still = empty_timeline(np.arange(0, 1, 1 / 30))
    >>> len(still), float(still.unit("mouthSmileLeft").max())
    (30, 0.0)
    """

    time_s: NDArray[np.float64]
    units: dict[str, NDArray[np.float64]]
    yaw_deg: NDArray[np.float64]
    pitch_deg: NDArray[np.float64]
    roll_deg: NDArray[np.float64]
    x_mm: NDArray[np.float64]
    y_mm: NDArray[np.float64]
    z_mm: NDArray[np.float64]
    closure_left: NDArray[np.float64]
    closure_right: NDArray[np.float64]
    spasm_left: NDArray[np.bool_]
    spasm_right: NDArray[np.bool_]
    events: tuple[TruthEvent, ...] = ()
    tasks: tuple[TaskMark, ...] = ()
    rest_gap_left: float = 1.0
    rest_gap_right: float = 1.0
    values: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = len(self.time_s)
        arrays = {k: v for k, v in vars(self).items() if isinstance(v, np.ndarray)}
        for name, values in {**arrays, **self.units}.items():
            if values.shape != (n,):
                raise ValueError(f"{name} has shape {values.shape}, not ({n},)")

    def __len__(self) -> int:
        return len(self.time_s)

    def unit(self, name: str) -> NDArray[np.float64]:
        """Return the activation of one unit, zeros when it is at rest throughout."""
        found = self.units.get(name)
        return np.zeros(len(self)) if found is None else found


def empty_timeline(time_s: NDArray[np.float64]) -> FaceTimeline:
    """Return a face at rest, for tests and for renderers' first pictures.

    Parameters
    ----------
    time_s : ndarray, shape (n,)
        Seconds from the first frame.

    Examples
    --------
    >>> bool(empty_timeline(np.zeros(3)).spasm_left.any())
    False
    """
    n = len(time_s)
    return FaceTimeline(
        time_s=np.asarray(time_s, dtype=np.float64),
        units={},
        yaw_deg=np.zeros(n),
        pitch_deg=np.zeros(n),
        roll_deg=np.zeros(n),
        x_mm=np.zeros(n),
        y_mm=np.zeros(n),
        z_mm=np.zeros(n),
        closure_left=np.zeros(n),
        closure_right=np.zeros(n),
        spasm_left=np.zeros(n, dtype=np.bool_),
        spasm_right=np.zeros(n, dtype=np.bool_),
    )
