"""Key pictures of each side, with contours and directions drawn in, from the views of a report."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.ImageDraw import ImageDraw

    from hemispasm.model.imaging_views import CutPicture, Frame, ImagingViews, ScenePicture
    from hemispasm.model.side import Side

_WIDTH_PX, _FONT_PX = 512, 18
_COLOURS = {
    "VII": (255, 220, 60),
    "VIII": (150, 210, 130),
    "vessel": (255, 80, 80),
    "other_vessel": (200, 120, 120),
    "unsure": (200, 140, 255),
}


def key_pictures(views: ImagingViews) -> tuple[tuple[Side, NDArray[np.uint8]], ...]:
    """Return the pictures of both sides as RGB, each with its side; a draft side has none.

    Parameters
    ----------
    views : ImagingViews
        Cuts and rendered scenes, without lettering.
    """
    found: list[tuple[Side, NDArray[np.uint8]]] = []
    for side in views.sides:
        if not side.draft:
            found += [(side.side, _drawn(cut)) for cut in side.cuts]
            found += [(side.side, _drawn(scene)) for scene in side.scenes]
    return tuple(found)


def _drawn(picture: CutPicture | ScenePicture) -> NDArray[np.uint8]:
    from PIL import Image, ImageDraw

    frame = picture.frame
    height = max(1, round(_WIDTH_PX * frame.height_mm / frame.width_mm))
    canvas = Image.open(io.BytesIO(picture.data)).convert("RGB")
    canvas = canvas.resize((_WIDTH_PX, height), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(canvas)
    for outline in getattr(picture, "outlines", ()):
        places = [_pixel(place, frame, height) for place in outline.points]
        if outline.closed and places:
            places.append(places[0])
        if len(places) > 1:
            draw.line(places, fill=_COLOURS[outline.structure], width=2)
    on_white = not hasattr(picture, "outlines")
    _letters(draw, frame, height, (0, 0, 0) if on_white else (255, 255, 255))
    return np.asarray(canvas, dtype=np.uint8)


def _pixel(place: tuple[float, float], frame: Frame, height: int) -> tuple[float, float]:
    x = (place[0] / frame.width_mm + 0.5) * _WIDTH_PX
    y = (place[1] / frame.height_mm + 0.5) * height
    return x, y


def _letters(draw: ImageDraw, frame: Frame, height: int, colour: tuple[int, int, int]) -> None:
    """Write the patient's directions at the edges: left, right, upper, lower."""
    from PIL import ImageFont

    font = ImageFont.load_default(_FONT_PX)
    behind = tuple(255 - part for part in colour)
    places = (
        ((4, height / 2), "lm"),
        ((_WIDTH_PX - 4, height / 2), "rm"),
        ((_WIDTH_PX / 2, 4), "mt"),
        ((_WIDTH_PX / 2, height - 4), "mb"),
    )
    for (place, anchor), letter in zip(places, frame.letters, strict=True):
        draw.text(
            place, letter, fill=colour, font=font, anchor=anchor, stroke_width=2, stroke_fill=behind
        )
