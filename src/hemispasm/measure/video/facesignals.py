"""The hand-over between looking at pictures and finding events in signals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

IMAGE_LEFT = 0
IMAGE_RIGHT = 1


@dataclass(frozen=True)
class FaceSignals:
    """Per-frame signals of one face, pose-stabilised, by side of the picture.

    Every two-column array has the picture's left half in column 0 and the right half in
    column 1. Lengths are fractions of the distance between the outer eye corners (IOD).
    NaN means not measured in that frame.

    Attributes
    ----------
    time_s : ndarray (n,)
        True presentation times.
    found : ndarray of bool (n,)
        A face was tracked in this frame.
    face_count : ndarray of int (n,)
        Faces seen at the last full detection.
    aperture : ndarray (n, 2)
        Lid gap over eye width, pose-compensated, from the plain mesh (timing).
    closure : ndarray (n, 2)
        Fraction of this eye's own open gap that is lost, plain mesh; 0 open, 1 shut.
    closure_mirrored : ndarray (n, 2)
        The same from mirrored half-faces (amplitude); NaN outside candidate spans.
    blink_score : ndarray (n, 2)
        The blendshape model's eye-closure score, extra evidence only; NaN where not run.
    mouth, mouth_down, mouth_out : ndarray (n, 2)
        Commissure excursion from its own baseline: along the zygomatic direction (up and out),
        downward, and lateral.
    cheek, brow, ala, platysma : ndarray (n, 2)
        Lift of the cheek, brow and nasal ala (positive up), and neck or jaw-line movement.
    brow_flow : ndarray (n, 2)
        Brow lift from regional optical flow; NaN outside candidate spans.
    yaw_deg, pitch_deg, roll_deg : ndarray (n,)
        Head pose; yaw positive when the face turns to the picture's right.
    iod_px : ndarray (n,)
        Distance between the outer eye corners in pixels of the original picture.
    score : ndarray (n,)
        Face-presence score of the mesh model, 0-1.
    brightness, sharpness : ndarray (n,)
        Mean luma (0-255) and Laplacian variance inside the face crop.
    in_frame : ndarray of bool (n,)
        Eyes and both mouth corners lie inside the picture.
    usable : ndarray of bool (n,)
        The quality gate's word for this frame.
    gate : ndarray of int (n,)
        Bit mask of the gate's reasons (``GATE_BITS`` in ``quality.py``).
    mouth_height : ndarray (n, 2) or None
        Height of each mouth corner in the pose-free face (positive up, any common origin).
    """

    time_s: NDArray[np.float64]
    found: NDArray[np.bool_]
    face_count: NDArray[np.int8]
    aperture: NDArray[np.float32]
    closure: NDArray[np.float32]
    closure_mirrored: NDArray[np.float32]
    blink_score: NDArray[np.float32]
    mouth: NDArray[np.float32]
    mouth_down: NDArray[np.float32]
    mouth_out: NDArray[np.float32]
    cheek: NDArray[np.float32]
    brow: NDArray[np.float32]
    ala: NDArray[np.float32]
    platysma: NDArray[np.float32]
    brow_flow: NDArray[np.float32]
    yaw_deg: NDArray[np.float32]
    pitch_deg: NDArray[np.float32]
    roll_deg: NDArray[np.float32]
    iod_px: NDArray[np.float32]
    score: NDArray[np.float32]
    brightness: NDArray[np.float32]
    sharpness: NDArray[np.float32]
    in_frame: NDArray[np.bool_]
    usable: NDArray[np.bool_]
    gate: NDArray[np.int32]
    mouth_height: NDArray[np.float32] | None = None
    notes: tuple[str, ...] = field(default=())
