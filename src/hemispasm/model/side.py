"""Which side of the patient. Left is always the patient's left."""

from __future__ import annotations

from enum import StrEnum


class Side(StrEnum):
    """A side of the patient, never of the picture.

    Examples
    --------
    >>> Side.LEFT.other
    <Side.RIGHT: 'right'>
    >>> str(Side.LEFT)
    'left'
    """

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"

    @property
    def other(self) -> Side:
        """The opposite side; ``both`` is its own opposite."""
        return {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT, Side.BOTH: Side.BOTH}[self]


class ImageSide(StrEnum):
    """A side of the picture, used only where the patient's side cannot be known."""

    IMAGE_LEFT = "image_left"
    IMAGE_RIGHT = "image_right"

    @property
    def other(self) -> ImageSide:
        """The opposite edge of the picture."""
        if self is ImageSide.IMAGE_LEFT:
            return ImageSide.IMAGE_RIGHT
        return ImageSide.IMAGE_LEFT


class Mirrored(StrEnum):
    """Whether the picture is flipped, as in a selfie preview. Never a default."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def patient_side(image_side: ImageSide, mirrored: Mirrored) -> Side | None:
    """Return the patient's side for an edge of the picture.

    Parameters
    ----------
    image_side : ImageSide
        Edge of the picture, as a person looking at the screen names it.
    mirrored : Mirrored
        ``yes`` when the picture is flipped: the patient's left is at the picture's left.

    Returns
    -------
    Side or None
        None when mirroring is unknown: the side is then not assessable.

    Examples
    --------
    A camera that does not flip shows the patient's left at the picture's right:

    >>> patient_side(ImageSide.IMAGE_RIGHT, Mirrored.NO)
    <Side.LEFT: 'left'>
    >>> patient_side(ImageSide.IMAGE_LEFT, Mirrored.YES)
    <Side.LEFT: 'left'>
    >>> patient_side(ImageSide.IMAGE_LEFT, Mirrored.UNKNOWN) is None
    True
    """
    if mirrored is Mirrored.UNKNOWN:
        return None
    shown_left = image_side is ImageSide.IMAGE_LEFT
    return Side.LEFT if shown_left == (mirrored is Mirrored.YES) else Side.RIGHT
