"""Cuts of MRI as figures: the cisternogram above the angiogram, outlines, letters, a ruler."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from hemispasm.model.imaging_views import CutPicture, Mark, Outline, Plane, SideView
from hemispasm.model.texts import load_texts, lookup_text
from hemispasm.report.document import Cell, Figure, Identifier, Row, Table, text_of
from hemispasm.report.imaging_words import place_number, role_words, voxel_number
from hemispasm.report.phrase import phrase
from hemispasm.report.svg import element, short

SIDE_PX = 300.0
_HEAD_PX = 22.0
_GAP_PX = 12.0
_BAR_MM = 5.0
_HALO = "cut-halo"


def cut_figures(view: SideView) -> list[Figure]:
    """Return a figure for each plane: the cisternogram above the angiogram in the same plane."""
    made = []
    for plane in Plane:
        pictures = [cut for cut in view.cuts if cut.plane is plane]
        if pictures:
            made.append(_cut_figure(view, plane, pictures))
    return made


def _cut_figure(view: SideView, plane: Plane, pictures: Sequence[CutPicture]) -> Figure:
    series = [_name(picture) for picture in pictures]
    named: Cell = (Identifier(series[0]),)
    if len(series) > 1:
        first, second = Identifier(series[0]), Identifier(series[1])
        named = phrase("imaging.cuts.alt_two", first=first, second=second)
    alt = phrase(
        "imaging.cuts.alt",
        plane=phrase(f"imaging.cuts.cut_{plane.value}"),
        side=phrase(f"imaging.side_low.{view.side}"),
        centre=phrase(f"imaging.cuts.at_{view.basis.value if view.basis else 'course'}"),
        series=named,
        letters=", ".join(pictures[0].frame.letters),
    )
    rows = tuple(_where_row(picture) for picture in pictures)
    columns = tuple(lookup_text(f"imaging.cuts.{c}") for c in ("series", "voxel", "centre"))
    table = Table.plain(phrase("imaging.cuts.table"), columns, rows)
    return Figure(phrase(f"imaging.cuts.{plane.value}"), _cuts_svg(pictures), alt, table)


def _where_row(picture: CutPicture) -> Row:
    moved = "first"
    if picture.role.value == "tof":
        moved = "moved" if picture.moved else "headers"
    return (
        (*role_words(picture.role), ", ", *phrase(f"imaging.cuts.{moved}")),
        (voxel_number(picture.native_voxel_mm),),
        (place_number(picture.frame.centre_mm),),
    )


def _cuts_svg(pictures: Sequence[CutPicture]) -> Markup:
    parts: list[Markup] = []
    high = _HEAD_PX + SIDE_PX + _GAP_PX
    for number, picture in enumerate(pictures):
        top = number * high
        voxel = voxel_number(picture.native_voxel_mm)
        said = text_of(phrase("imaging.cuts.native", voxel=voxel))
        place = {"y": top + 15}
        parts.append(element("text", {"class": "cut-title", "x": 0, **place}, _name(picture)))
        right = {"class": "cut-voxel", "x": SIDE_PX, "text-anchor": "end", **place}
        parts.append(element("text", right, said))
        parts += _cut_svg(picture, top + _HEAD_PX)
    box = f"0 0 {short(SIDE_PX)} {short(high * len(pictures) - _GAP_PX)}"
    return element("svg", {"class": "chart cut", "viewBox": box, "aria-hidden": "true"}, *parts)


def _name(picture: CutPicture) -> str:
    key = f"imaging.cuts.{picture.role.value}"
    return lookup_text(key) if key in load_texts() else text_of(role_words(picture.role))


def _cut_svg(picture: CutPicture, top: float) -> list[Markup]:
    scale = SIDE_PX / picture.frame.width_mm
    middle = (SIDE_PX / 2, top + SIDE_PX / 2)
    size = {"x": 0, "y": top, "width": SIDE_PX, "height": SIDE_PX}
    address = f"data:image/png;base64,{picture.png}"
    parts = [element("image", {"href": address, **size, "preserveAspectRatio": "none"})]
    for line in picture.outlines:
        path = {"d": _path(line, middle, scale)}
        if line.kind == "outline":
            parts.append(element("path", {"class": "cut-under", **path}))
        parts.append(element("path", {"class": f"cut-{line.kind} {_ink(line.structure)}", **path}))
    parts += [_cross(mark, middle, scale) for mark in picture.marks]
    parts += _letters(picture, top)
    parts += _ruler(scale, top + SIDE_PX)
    return parts


def _ink(structure: str | None) -> str:
    return f"ink-{(structure or 'vessel').replace('_', '-').lower()}"


def _path(line: Outline, middle: tuple[float, float], scale: float) -> str:
    places = [
        f"{short(middle[0] + x * scale)} {short(middle[1] + y * scale)}" for x, y in line.points
    ]
    return f"M{' L'.join(places)}" + (" z" if line.closed else "")


def _cross(mark: Mark, middle: tuple[float, float], scale: float) -> Markup:
    x, y = middle[0] + mark.at[0] * scale, middle[1] + mark.at[1] * scale
    d = f"M{short(x - 5)} {short(y)}H{short(x + 5)}M{short(x)} {short(y - 5)}V{short(y + 5)}"
    return element("path", {"class": f"cut-outline {_ink(mark.structure)}", "d": d})


def _letters(picture: CutPicture, top: float) -> list[Markup]:
    left, right, above, below = picture.frame.letters
    middle = SIDE_PX / 2
    parts = []
    for text, x, y, anchor in (
        (left, 7.0, top + middle + 6, "start"),
        (right, SIDE_PX - 7.0, top + middle + 6, "end"),
        (above, middle, top + 19, "middle"),
        (below, middle, top + SIDE_PX - 8, "middle"),
    ):
        where = {"x": x, "y": y, "text-anchor": anchor}
        parts.append(element("text", {"class": f"cut-letter {_HALO}", **where}, text))
        parts.append(element("text", {"class": "cut-letter", **where}, text))
    return parts


def _ruler(scale: float, bottom: float) -> list[Markup]:
    """Return a bar of some millimetres, with its length."""
    x, y, length = 10.0, bottom - 12.0, _BAR_MM * scale
    bar = f"M{short(x)} {short(y)}H{short(x + length)}"
    ends = f"M{short(x)} {short(y - 4)}v8M{short(x + length)} {short(y - 4)}v8"
    label = {"x": x + length / 2, "y": y - 7, "text-anchor": "middle"}
    said = f"{_BAR_MM:g} mm"
    return [
        element("path", {"class": "cut-bar-under", "d": bar + ends}),
        element("path", {"class": "cut-bar", "d": bar + ends}),
        element("text", {"class": f"cut-small {_HALO}", **label}, said),
        element("text", {"class": "cut-small", **label}, said),
    ]
