"""Rendered views of MRI as figures: names of structures, nearest points, a ruler."""

from __future__ import annotations

from markupsafe import Markup

from hemispasm.model.imaging_views import Mark, ScenePicture, SideView
from hemispasm.model.texts import lookup_text
from hemispasm.report.document import Cell, Figure, Identifier, Number, Row, Table, text_of
from hemispasm.report.imaging_words import place_number, side_title
from hemispasm.report.phrase import phrase
from hemispasm.report.svg import element, short

_SCENE_PX = 480.0
_BAR_MM = 5.0
_POINTER_PX = 92.0


def scene_figure(view: SideView, scene: ScenePicture, distance: Number | None) -> Figure:
    """Return a rendered view with names, the nearest points and, where it may be said, how far.

    Parameters
    ----------
    view : SideView
        The side.
    scene : ScenePicture
        One of its views.
    distance : Number or None
        Distance as printed; None where these series carry none.
    """
    seen = phrase(f"imaging.scene.{scene.view}")
    title = phrase("imaging.scene.title", side=side_title(view.side), view=seen)
    alt: Cell = (scene.alt,)
    if any(mark.name == "nerve_point" for mark in scene.marks):
        if distance is None:
            alt = (*alt, " ", *phrase("imaging.scene.alt_line"))
        else:
            alt = (*alt, " ", *phrase("imaging.scene.alt_needle", distance=distance))
    rows: list[Row] = [(phrase("imaging.scene.centre"), (place_number(scene.frame.centre_mm),))]
    for one in view.conflicts:
        if one.vessel == view.shown and one.segment is view.segment:
            rows += [
                (phrase("imaging.scene.point_nerve"), (place_number(one.nerve_point_mm),)),
                (phrase("imaging.scene.point_vessel"), (place_number(one.vessel_point_mm),)),
            ]
    columns = (lookup_text("imaging.scene.what"), lookup_text("imaging.scene.where"))
    table = Table.plain(phrase("imaging.scene.table"), columns, tuple(rows))
    return Figure(title, _scene_svg(view, scene, distance), alt, table)


def _scene_svg(view: SideView, scene: ScenePicture, distance: Number | None) -> Markup:
    scale = _SCENE_PX / scene.frame.width_mm
    high = scale * scene.frame.height_mm
    middle = (_SCENE_PX / 2, high / 2)
    address = f"data:image/png;base64,{scene.png}"
    size = {"x": 0, "y": 0, "width": _SCENE_PX, "height": high}
    parts = [
        element("rect", {"class": "scene-paper", **size}),
        element("image", {"href": address, **size, "preserveAspectRatio": "none"}),
    ]
    parts += _needle(scene, middle, scale, distance)
    for mark in scene.marks:
        if mark.name == "label":
            parts += _label(view, mark, middle, scale)
    left, right, above, below = scene.frame.letters
    for text, x, y, anchor in (
        (left, 6.0, high / 2, "start"),
        (right, _SCENE_PX - 6.0, high / 2, "end"),
        (above, middle[0], 20.0, "middle"),
        (below, middle[0], high - 8.0, "middle"),
    ):
        where = {"x": x, "y": y, "text-anchor": anchor}
        parts.append(element("text", {"class": "scene-letter scene-halo", **where}, text))
        parts.append(element("text", {"class": "scene-letter", **where}, text))
    parts += _scene_ruler(scale, high)
    box = f"0 0 {short(_SCENE_PX)} {short(high)}"
    return element("svg", {"class": "chart scene", "viewBox": box, "aria-hidden": "true"}, *parts)


def _scene_ruler(scale: float, high: float) -> list[Markup]:
    x, y, length = 12.0, high - 12.0, _BAR_MM * scale
    bar = f"M{short(x)} {short(y)}h{short(length)}M{short(x)} {short(y - 4)}v8"
    bar += f"M{short(x + length)} {short(y - 4)}v8"
    label = {"x": x + length / 2, "y": y - 7, "text-anchor": "middle"}
    said = f"{_BAR_MM:g} mm"
    return [
        element("path", {"class": "scene-bar", "d": bar}),
        element("text", {"class": "scene-small scene-halo", **label}, said),
        element("text", {"class": "scene-small", **label}, said),
    ]


def _needle(
    scene: ScenePicture, middle: tuple[float, float], scale: float, distance: Number | None
) -> list[Markup]:
    """Return the nearest points with a pointer from outside, and the distance at its end."""
    places = {mark.name: mark.at for mark in scene.marks if mark.name.endswith("_point")}
    if len(places) < 2:
        return []
    ends = [
        (middle[0] + places[name][0] * scale, middle[1] + places[name][1] * scale)
        for name in ("nerve_point", "vessel_point")
    ]
    (ax, ay), (bx, by) = ends
    parts = [
        element(
            "path",
            {"class": name, "d": f"M{short(ax)} {short(ay)}L{short(bx)} {short(by)}"},
        )
        for name in ("needle-under", "needle")
    ]
    parts += [
        element("circle", {"class": "needle-point", "cx": x, "cy": y, "r": 3.2}) for x, y in ends
    ]
    x, y = (ax + bx) / 2, (ay + by) / 2
    if distance is None:
        return parts
    tx, ty = _free_place(scene, (x, y), middle, scale)
    line = f"M{short(x)} {short(y)}L{short(tx)} {short(ty)}"
    parts.append(element("path", {"class": "pointer", "d": line}))
    rows = [distance.value_text, *([f"({distance.limits_text})"] if distance.limits_text else [])]
    first = ty + 15 if ty > y else ty - 5 - 16 * (len(rows) - 1)
    for number, text in enumerate(rows):
        where = {"x": tx, "y": first + 16 * number, "text-anchor": "middle"}
        for name in ("scene-name scene-halo", "scene-name"):
            parts.append(element("text", {"class": name, **where}, text))
    return parts


def _free_place(
    scene: ScenePicture, start: tuple[float, float], middle: tuple[float, float], scale: float
) -> tuple[float, float]:
    """Return where a pointer may end: far from every name, inside the picture."""
    names = [
        (middle[0] + mark.at[0] * scale, middle[1] + mark.at[1] * scale)
        for mark in scene.marks
        if mark.name == "label"
    ]
    ends = [
        (start[0] + x * _POINTER_PX, start[1] + y * _POINTER_PX)
        for x, y in ((0.5, 0.87), (-0.5, 0.87), (0.5, -0.87), (-0.5, -0.87), (1, 0.2), (-1, 0.2))
    ]
    high = scale * scene.frame.height_mm
    inside = [e for e in ends if 60 < e[0] < _SCENE_PX - 60 and 46 < e[1] < high - 48]
    # Outwards lies fluid, inwards brainstem.
    outward = 1.0 if scene.frame.centre_mm[0] > 0 else -1.0
    return max(
        inside or ends,
        key=lambda e: (
            min((_apart(e, n) for n in names), default=0.0) + 0.3 * outward * (e[0] - start[0])
        ),
    )


def _apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return how far two words stand apart; side by side they need more room."""
    return min(60.0, float(((one[0] - other[0]) ** 2 / 6 + (one[1] - other[1]) ** 2) ** 0.5))


def _label(view: SideView, mark: Mark, middle: tuple[float, float], scale: float) -> list[Markup]:
    """Return a structure's name beside it: above VII, below VIII, beside the vessel."""
    x, y = middle[0] + mark.at[0] * scale, middle[1] + mark.at[1] * scale
    if mark.structure == "vessel":
        text = text_of(phrase("imaging.scene.vessel", ident=Identifier(view.shown or "")))
        below = mark.at[1] > 0
        y += 24.0 if below else -14.0
    else:
        text = lookup_text(
            f"imaging.scene.{'nerve_seven' if mark.structure == 'VII' else 'nerve_eight'}"
        )
        y += -14.0 if mark.structure == "VII" else 26.0
    y = min(max(y, 34.0), scale * 27.0 - 26.0)
    anchor = "start" if x < 60 else "end" if x > _SCENE_PX - 60 else "middle"
    where = {"x": x, "y": y, "text-anchor": anchor}
    return [
        element("text", {"class": "scene-name scene-halo", **where}, text),
        element("text", {"class": "scene-name", **where}, text),
    ]
