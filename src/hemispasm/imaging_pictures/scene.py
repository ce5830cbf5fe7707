"""Rendered views of one side: from the front and from below, in the order of the cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from hemispasm.imaging_pictures.cuts import png_text
from hemispasm.imaging_pictures.planes import frame_of
from hemispasm.imaging_pictures.render import render
from hemispasm.imaging_pictures.surface import brainstem_surface
from hemispasm.model.imaging_views import Mark, ScenePicture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hemispasm.imaging_pictures.tubes import DrawnTube
    from hemispasm.measure.imaging.nerves import NerveTrack
    from hemispasm.model.imaging import Volume
    from hemispasm.model.imaging_views import Frame, Structure, Xy

WIDTH_MM, HEIGHT_MM = 34.0, 27.0
_DEEP_MM = 18.0
_INWARD_MM = 3.0
_LEFT, _BACK, _HEAD = np.eye(3)
ViewName = Literal["front", "below"]
# Both keep the patient's left on the right, as the cuts do.
_VIEWS: tuple[tuple[ViewName, NDArray[np.float64], NDArray[np.float64]], ...] = (
    ("front", _LEFT, -_HEAD),
    ("below", _LEFT, _BACK),
)


def scenes_of(
    cisternogram: Volume,
    nerve: NerveTrack,
    tubes: Sequence[DrawnTube],
    needle: tuple[NDArray[np.float64], NDArray[np.float64]] | None,
    alts: dict[ViewName, str],
) -> tuple[ScenePicture, ...]:
    """Return both views of one side.

    Parameters
    ----------
    cisternogram : Volume
        For the brainstem's surface.
    nerve : NerveTrack
        VII: its ends say where brain ends and bone begins.
    tubes : sequence of DrawnTube
        Nerves and vessels.
    needle : tuple of ndarray, optional
        Nearest points of nerve and vessel, on their surfaces.
    alts : dict
        Each view in words.
    """
    ends = nerve.points_mm[0], nerve.points_mm[-1]
    inward = np.array([np.sign(ends[0][0] - ends[1][0]), 0.0, 0.0])
    centre_mm = 0.5 * (ends[0] + ends[1]) + _INWARD_MM * inward
    half = np.array([WIDTH_MM / 2, _DEEP_MM, HEIGHT_MM / 2])
    # The medulla is cut off not far below: seen from below it would hide the exit of the nerve.
    box = np.stack([centre_mm - half, centre_mm + half])
    surface = brainstem_surface(cisternogram, box, *ends, tubes)
    made = []
    for name, right, down in _VIEWS:
        frame = frame_of(centre_mm, right, down, WIDTH_MM, HEIGHT_MM)
        pixels = render(frame, surface, tubes)
        made.append(
            ScenePicture(
                view=name,
                frame=frame,
                png=png_text(pixels),
                marks=(*_labels(frame, tubes), *_needle(frame, needle)),
                surface=surface is not None,
                alt=alts[name],
            )
        )
    return tuple(made)


def _needle(
    frame: Frame, needle: tuple[NDArray[np.float64], NDArray[np.float64]] | None
) -> tuple[Mark, ...]:
    if needle is None:
        return ()
    nerve, vessel = (_place(frame, point) for point in needle)
    return (
        Mark(name="nerve_point", at=nerve, structure="VII"),
        Mark(name="vessel_point", at=vessel, structure="vessel"),
    )


def _labels(frame: Frame, tubes: Sequence[DrawnTube]) -> tuple[Mark, ...]:
    """Return for each structure the place that is best for its name: far out, in the field."""
    found = []
    names: tuple[Structure, ...] = ("VII", "VIII", "vessel")
    for name in names:
        own = [tube.points_mm for tube in tubes if tube.structure == name]
        if not own:
            continue
        away = np.concatenate(own) - np.array(frame.centre_mm)
        flat = np.stack([away @ np.array(frame.right), away @ np.array(frame.down)], axis=1)
        room = np.array([frame.width_mm, frame.height_mm]) / 2 - 2.5
        inside = flat[np.all(np.abs(flat) <= room, axis=1)]
        if len(inside):
            best = int(np.argmax(np.abs(inside / room).max(axis=1)))
            found.append(Mark(name="label", at=_rounded(inside[best]), structure=name))
    return tuple(found)


def _place(frame: Frame, point: NDArray[np.float64]) -> Xy:
    x, y = frame.place((float(point[0]), float(point[1]), float(point[2])))
    return round(x, 3), round(y, 3)


def _rounded(flat: NDArray[np.float64]) -> Xy:
    return round(float(flat[0]), 3), round(float(flat[1]), 3)
