"""A few lines that make SVG, escaping everything that goes in."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup, escape


def element(name: str, attributes: Mapping[str, object] | None = None, *children: object) -> Markup:
    """Return one SVG element; attributes in the order given, text escaped.

    Examples
    --------
    >>> print(element("text", {"x": 1.5}, "<b>"))
    <text x="1.5">&lt;b&gt;</text>
    """
    pairs = Markup("").join(
        Markup(' {}="{}"').format(Markup(key), short(value) if _number(value) else value)
        for key, value in (attributes or {}).items()
        if value is not None
    )
    inner = Markup("").join(escape(child) for child in children)
    if not inner:
        return Markup("<{}{}/>").format(Markup(name), pairs)
    return Markup("<{}{}>{}</{}>").format(Markup(name), pairs, inner, Markup(name))


def short(value: object) -> str:
    """Return a coordinate with at most two decimals and no negative zero."""
    text = f"{float(value):.2f}".rstrip("0").rstrip(".")  # type: ignore[arg-type]
    return "0" if text in ("-0", "") else text


def _number(value: object) -> bool:
    return isinstance(value, float | int) and not isinstance(value, bool)


def nice_step(span: float, wanted: int) -> float:
    """Return a step of 1, 2 or 5 times a power of ten that cuts a span into about ``wanted``.

    Examples
    --------
    >>> nice_step(45.0, 9), nice_step(0.3, 4)
    (5.0, 0.1)
    """
    if span <= 0:
        return 1.0
    power = 1e-6
    while True:
        for factor in (1, 2, 5):
            if span / (factor * power) <= wanted:
                return float(f"{factor * power:.6g}")
        power *= 10
