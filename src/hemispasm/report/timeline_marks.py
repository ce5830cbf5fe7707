"""How the timeline marks things apart: by pattern and shape, never by colour alone."""

from __future__ import annotations

from markupsafe import Markup

from hemispasm.report.svg import element


def pattern_definitions(ident: str) -> Markup:
    """Return the fill patterns: left-out spans hatched, clonic bars striped, tonic bars slanted."""

    def pattern(name: str, size: int, *children: Markup) -> Markup:
        settings = {"id": f"{ident}-{name}", "width": size, "height": size}
        return element("pattern", {**settings, "patternUnits": "userSpaceOnUse"}, *children)

    def line(css: str, path: str) -> Markup:
        return element("path", {"class": css, "d": path})

    square = element("rect", {"class": "bar-fill", "width": 8, "height": 8})
    return element(
        "defs",
        None,
        pattern("excluded", 8, line("hatch", "M-2 2l4 -4M0 8l8 -8M6 10l4 -4")),
        pattern("clonic", 6, square, line("bar-stripe", "M1.5 0v6")),
        pattern("tonic", 8, square, line("bar-stripe", "M0 8l8 -8M-2 2l4 -4M6 10l4 -4")),
    )


def timeline_legend(ident: str) -> Markup:
    """Return the legend, each mark with its words."""

    def sample(css: str, fill: str | None = None) -> Markup:
        box = {"class": css, "x": 1, "y": 2, "width": 26, "height": 12, "fill": fill}
        svg = {"class": "sample", "viewBox": "0 0 28 16", "aria-hidden": "true"}
        return element("svg", svg, element("rect", box))

    rows = [
        (sample("bar"), "spasm, twitch"),
        (sample("bar", f"url(#{ident}-clonic)"), "spasm, clonic"),
        (sample("bar", f"url(#{ident}-tonic)"), "spasm, tonic"),
        (sample("blink-boxes"), "blink"),
        (sample("other-boxes"), "other movement"),
        (sample("excluded", f"url(#{ident}-excluded)"), "left out, not analysed"),
    ]
    items = [element("li", None, picture, element("span", None, text)) for picture, text in rows]
    return element("ul", {"class": "legend"}, *items)
