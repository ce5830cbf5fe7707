"""Charts for paper: the page's style sheet resolved into each element, in its colours for print."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from xml.etree import ElementTree

from PIL import Image

from hemispasm.report.svg import element, short

SVG = "http://www.w3.org/2000/svg"
#: What a renderer without style sheets understands as attributes.
PRINTED = frozenset(
    {"fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "stroke-linecap",
     "font-size", "font-weight", "text-anchor", "opacity", "fill-opacity", "stroke-opacity"}
)  # fmt: skip


@dataclass(frozen=True)
class _Rule:
    """One simple selector with what it sets, in the order of the sheet."""

    tag: str
    classes: frozenset[str]
    has: tuple[tuple[str, str | None], ...]
    lacks: tuple[str, ...]
    sets: tuple[tuple[str, str], ...]

    def fits(self, node: ElementTree.Element, tag: str, classes: frozenset[str]) -> bool:
        return (
            self.tag in ("", tag)
            and self.classes <= classes
            and all(
                node.get(key) is not None if value is None else node.get(key) == value
                for key, value in self.has
            )
            and all(node.get(key) is None for key in self.lacks)
        )


def printable_svg(svg: str) -> bytes:
    """Return a chart that needs no style sheet, as UTF-8.

    Parameters
    ----------
    svg : str
        A chart of a report, styled by classes.

    Examples
    --------
    >>> b'fill="#0b4f8a"' in printable_svg('<svg viewBox="0 0 9 9"><circle class="point"/></svg>')
    True
    """
    # The text comes from our own `svg.element`, which escapes everything that goes in.
    root = ElementTree.fromstring(svg)
    for node in root.iter():
        tag = node.tag.rpartition("}")[2]
        node.tag = f"{{{SVG}}}{tag}"
        classes = frozenset((node.get("class") or "").split())
        for rule in _rules():
            if rule.fits(node, tag, classes):
                for key, value in rule.sets:
                    node.set(key, value)
        if tag == "text":
            node.set("font-family", "DejaVu Sans")
        if tag == "svg" and node is not root:
            _flatten(node)
    ElementTree.register_namespace("", SVG)
    return ElementTree.tostring(root, encoding="utf-8")


def still_svg(data: bytes, media_type: str) -> bytes:
    """Return a PNG or JPEG inside an SVG: the typesetter takes text files only."""
    with Image.open(io.BytesIO(data)) as picture:
        width, height = picture.size
    address = f"data:{media_type};base64,{base64.b64encode(data).decode()}"
    box = {"viewBox": f"0 0 {width} {height}", "xmlns": SVG}
    return str(
        element("svg", box, element("image", {"href": address, "width": width, "height": height}))
    ).encode()


def _flatten(plot: ElementTree.Element) -> None:
    """Turn a stretched plot into a group of paths in page units, so that lines keep their width."""
    low_x, low_y, wide, high = (float(v) for v in (plot.get("viewBox") or "").split())
    x, y = float(plot.get("x", 0)), float(plot.get("y", 0))
    scale_x = float(plot.get("width", wide)) / wide
    scale_y = float(plot.get("height", high)) / high
    for path in plot:
        path.set(
            "d",
            _moved(
                path.get("d", ""),
                lambda value: x + scale_x * (value - low_x),
                lambda value: y + scale_y * (value - low_y),
            ),
        )
    for key in ("viewBox", "x", "y", "width", "height", "preserveAspectRatio"):
        plot.attrib.pop(key, None)
    plot.tag = f"{{{SVG}}}g"


def _moved(path: str, on_x: Callable[[float], float], on_y: Callable[[float], float]) -> str:
    """Return a path of absolute M, L, H, V and z with every coordinate moved."""
    made: list[str] = []
    command, next_is_x = "M", True
    for token in re.findall(r"[A-Za-z]|-?[\d.]+", path):
        if token.isalpha():
            command, next_is_x = token, token != "V"
            made.append(token)
        else:
            move = on_x if next_is_x else on_y
            made.append(short(move(float(token))))
            if command not in "HV":
                next_is_x = not next_is_x
    return " ".join(made)


@cache
def _rules() -> tuple[_Rule, ...]:
    sheet = files("hemispasm.report").joinpath("templates", "report.css").read_text("utf-8")
    sheet = re.sub(r"/\*.*?\*/", "", sheet, flags=re.S)
    colours = _print_colours(sheet)
    found = []
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", _outside_media(sheet)):
        sets = tuple(_declarations(body, colours))
        if not sets:
            continue
        for selector in selectors.split(","):
            rule = _rule(selector.strip(), sets)
            if rule is not None:
                found.append(rule)
    return tuple(found)


def _print_colours(sheet: str) -> dict[str, str]:
    """Return the variables as they stand in print: the first block, then that of @media print."""
    blocks = re.findall(r":root\s*\{([^{}]*)\}", sheet)
    last = sheet.find("@media print")
    in_print = re.search(r":root\s*\{([^{}]*)\}", sheet[last:]) if last >= 0 else None
    colours: dict[str, str] = {}
    for block in [blocks[0], in_print.group(1) if in_print else ""]:
        colours |= dict(re.findall(r"--([\w-]+):\s*([^;]+);", block))
    return colours


def _outside_media(sheet: str) -> str:
    """Drop every @-block: what holds only on some screens does not hold on paper."""
    kept, depth, skipping = [], 0, False
    for piece in re.split(r"(@[^{;]*[{;]|[{}])", sheet):
        if piece.startswith("@"):
            skipping = skipping or piece.endswith("{")
            depth += piece.endswith("{")
        elif skipping:
            depth += {"{": 1, "}": -1}.get(piece, 0)
            skipping = depth > 0
        else:
            kept.append(piece)
    return "".join(kept)


def _declarations(body: str, colours: dict[str, str]) -> list[tuple[str, str]]:
    found = []
    for key, value in re.findall(r"([\w-]+):\s*([^;]+)", body):
        value = re.sub(r"var\(--([\w-]+)\)", lambda m: colours.get(m[1], "#000000"), value).strip()
        if key == "font":
            size = re.search(r"([\d.]+)px", value)
            if size:
                found.append(("font-size", size[1]))
        elif key in PRINTED:
            found.append((key, value.removesuffix("px")))
    return found


def _rule(selector: str, sets: tuple[tuple[str, str], ...]) -> _Rule | None:
    """Return the rule of a selector on one element (below ``svg`` or anywhere), else None."""
    last = selector.removeprefix("svg ").strip()
    match = re.fullmatch(
        r"(?P<tag>[a-z]*)(?P<classes>(?:\.[\w-]+)*)(?P<rest>(?:\[[^\]]+\]|:not\(\[[\w-]+\]\))*)",
        last,
    )
    if match is None or not last or (last in ("svg", "text") and selector == "text"):
        return None
    rest = match["rest"]
    lacks = tuple(re.findall(r":not\(\[([\w-]+)\]\)", rest))
    rest = re.sub(r":not\(\[[\w-]+\]\)", "", rest)
    has = tuple(
        (key, value or None) for key, value in re.findall(r'\[([\w-]+)(?:="([^"]*)")?\]', rest)
    )
    classes = frozenset(match["classes"].split(".")[1:])
    return _Rule(match["tag"], classes, has, lacks, sets)
