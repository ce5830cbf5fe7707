"""The slow measurements, run only where something happens: mirrored half faces and brow flow."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from hemispasm.measure.video.flow import BrowFlow, stabilise
from hemispasm.measure.video.hemiface import mirrored_aperture
from hemispasm.measure.video.quality import load_limits
from hemispasm.measure.video.secondlook import N_NUMBERS, SecondLook

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hemispasm.measure.video.extract import ExtractSettings
    from hemispasm.measure.video.landmarks import Landmarker
    from hemispasm.measure.video.seen import SeenFrame


class CloseLook:
    """Carries what the slow measurements remember from frame to frame.

    Parameters
    ----------
    landmarker : Landmarker
    reference : ndarray (478, 3)
        The clip's face shape.
    settings : ExtractSettings
    """

    def __init__(
        self,
        landmarker: Landmarker,
        reference: NDArray[np.float64],
        settings: ExtractSettings,
    ) -> None:
        self._landmarker = landmarker
        self._reference = reference
        self._settings = settings
        self._sample_s = load_limits()["signals"]["rest_sample_s"]
        self._flow = BrowFlow(reference)
        self._second = SecondLook(landmarker.models, reference)
        self._last_slot = -1

    def run(self, frames: list[SeenFrame], candidate: NDArray[np.bool_]) -> dict[str, NDArray[Any]]:
        """Measure candidates, and now and then a frame at rest, in order of time."""
        mirrored = np.full((len(frames), 2), np.nan, np.float32)
        brow = np.full((len(frames), 2), np.nan, np.float32)
        blink = np.full((len(frames), 2), np.nan, np.float32)
        second = np.full((len(frames), N_NUMBERS), np.nan, np.float32)
        for row, frame in enumerate(frames):
            if frame.face is None or frame.rigid is None:
                continue
            slot = int(frame.t_s // self._sample_s)
            due = slot != self._last_slot
            self._last_slot = slot
            if self._settings.mirrored and (candidate[row] or due):
                mirrored[row] = self._mirrored(frame)
            if self._settings.second_look and (candidate[row] or due):
                second[row] = self._second(frame.face)
            if self._settings.blendshapes and candidate[row]:
                blink[row] = self._landmarker.blink_score(frame.face.points)
            if not self._settings.flow:
                continue
            if candidate[row]:
                brow[row] = self._flow.measure(self._upper(frame))
            else:
                self._flow.rest(partial(self._upper, frame))
        return {
            "mirrored": mirrored,
            "second": second,
            "brow_flow": brow,
            "blink_score": blink,
            "candidate": candidate,
        }

    def _mirrored(self, frame: SeenFrame) -> NDArray[np.float64]:
        face = frame.face
        if face is None:
            return np.full(2, np.nan)
        to_picture = face.roi.to_picture()
        in_crop = (face.points[:, :2] - to_picture[:, 2]) @ np.linalg.inv(to_picture[:, :2]).T
        return mirrored_aperture(self._landmarker.models, face.crop, in_crop)

    def _upper(self, frame: SeenFrame) -> NDArray[np.uint8]:
        if frame.face is None or frame.rigid is None:
            raise ValueError("a frame without a face has no upper face")
        return stabilise(frame.face.crop, frame.face.roi, frame.rigid, self._reference)
