"""Key pictures for archives that show no structured reports: status and side are burned in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hemispasm.formats.dicom_seg_source import (
    MAKER,
    MODEL,
    NOT_A_DEVICE,
    VERSION,
    Signature,
    SourceSeries,
    describe,
    highdicom,
    new_uid,
    status_words,
)
from hemispasm.model.errors import RefusedError, UsageError
from hemispasm.model.side import Side

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom import Dataset

SERIES_NUMBER = 8803
_LINE_PX, _FONT_PX, _NARROWEST_PX = 24, 16, 400


def burned_words(side: Side, signature: Signature | None, *, simulated: bool) -> tuple[str, ...]:
    """Return the lines that are burned into a picture. They never name anybody.

    Examples
    --------
    >>> burned_words(Side.LEFT, None, simulated=False)[0]
    "DRAFT, not signed - patient's LEFT side"
    """
    if side not in (Side.LEFT, Side.RIGHT):
        raise RefusedError(
            "finding_without_side",
            "A key picture has no side of the patient.",
            "State left or right; it is never exported without.",
        )
    status = f"{status_words(signature)} - patient's {str(side).upper()} side"
    return (status, NOT_A_DEVICE, *(("SIMULATED, no patient",) if simulated else ()))


def burn_words(picture: NDArray[np.uint8], words: tuple[str, ...]) -> NDArray[np.uint8]:
    """Return the picture as RGB under a black band with the words; no pixel of it is covered."""
    from PIL import Image, ImageDraw, ImageFont

    colour = np.repeat(picture[:, :, None], 3, axis=2) if picture.ndim == 2 else picture
    height, width = colour.shape[:2]
    band = _LINE_PX * len(words)
    canvas = Image.new("RGB", (max(width, _NARROWEST_PX), height + band))
    canvas.paste(Image.fromarray(np.ascontiguousarray(colour)), (0, band))
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(_FONT_PX)
    for line, word in enumerate(words):
        draw.text((6, _LINE_PX * line + 2), word, fill=(255, 255, 255), font=font)
    return np.asarray(canvas, dtype=np.uint8)


def build_capture(
    source: SourceSeries,
    picture: NDArray[np.uint8],
    side: Side,
    *,
    number: int = 1,
    series_uid: str | None = None,
    signature: Signature | None = None,
) -> Dataset:
    """Return a secondary capture in a new series of the same study.

    Parameters
    ----------
    source : SourceSeries
        From `read_source`.
    picture : ndarray of uint8
        Grey (rows, columns) or RGB (rows, columns, 3). It must not show a name or a date.
    side : Side
        The patient's side that it shows.
    number : int
        Place within the series.
    series_uid : str, optional
        Of the series, for its second and further pictures.
    signature : Signature, optional
        None: a draft.

    Returns
    -------
    Dataset
        To be written with `write_objects`.

    Raises
    ------
    UsageError
        No picture (``not_a_picture``), or highdicom is missing (``no_highdicom``).
    RefusedError
        The side is missing (``finding_without_side``).
    """
    words = burned_words(side, signature, simulated=source.volume.simulated)
    grey_or_rgb = picture.ndim == 2 or (picture.ndim == 3 and picture.shape[2] == 3)
    if picture.dtype != np.uint8 or picture.size == 0 or not grey_or_rgb:
        raise UsageError(
            "not_a_picture",
            "A key picture is not an array of bytes, grey or RGB.",
            "Give rows by columns, or rows by columns by three, from 0 to 255.",
        )
    hd = highdicom()
    data: Dataset = hd.sc.SCImage.from_ref_dataset(
        ref_dataset=source.headers[0],
        pixel_array=burn_words(picture, words),
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        series_instance_uid=series_uid or new_uid(),
        series_number=SERIES_NUMBER,
        sop_instance_uid=new_uid(),
        instance_number=number,
        manufacturer=MAKER,
        laterality="L" if side is Side.LEFT else "R",
        patient_orientation=("L", "P"),
        transfer_syntax_uid="1.2.840.10008.1.2.1",
    )
    # The picture may show several planes at once: it claims no directions and no position.
    data.PatientOrientation = ""
    data.ImageType = ["DERIVED", "SECONDARY"]
    data.BurnedInAnnotation = "NO"
    data.ImageComments = ". ".join(words)
    data.ManufacturerModelName, data.SoftwareVersions = MODEL, VERSION
    describe(data, source, f"{side} key picture", signature)
    return data
