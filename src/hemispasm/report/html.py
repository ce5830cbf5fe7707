"""One self-contained HTML page from a document tree: no request leaves it, ever."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from hemispasm.report.contents import contents_of
from hemispasm.report.document import Document, Picture
from hemispasm.report.words import MOMENTS

MAX_BYTES = 3_000_000


def render_html(document: Document) -> str:
    """Return the whole page as text.

    The page carries its style and script inline, allows exactly those two by hash, and forbids
    every request in its content security policy.

    Raises
    ------
    ValueError
        The page would be larger than ``MAX_BYTES``.

    Examples
    --------
    >>> from hemispasm.report.document import Para
    >>> page = render_html(Document(title=("Title",), mark=("DRAFT",), banners=(),
    ...                             summary=Para("Nothing."), sections=()))
    >>> page.startswith("<!doctype html>")
    True
    """
    style, script = _source("report.css"), _source("timeline.js")
    page = _template().render(
        document=document,
        contents=contents_of(document.sections),
        style=Markup(style),
        script=Markup(script),
        policy=content_policy(style, script),
    )
    if len(page.encode()) > MAX_BYTES:
        raise ValueError(f"the report would be larger than {MAX_BYTES} bytes")
    return page


def content_policy(style: str, script: str) -> str:
    """Return the policy: nothing but the page's own style, script and data pictures."""
    return (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; "
        f"style-src 'sha256-{_digest(style)}'; script-src 'sha256-{_digest(script)}'"
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _source(name: str) -> str:
    folder = files("hemispasm.report").joinpath("templates")
    return folder.joinpath(name).read_text(encoding="utf-8")


@cache
def _template_environment() -> Environment:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["data_address"] = _data_address
    environment.filters["tight"] = _tight
    environment.filters["keep_percent"] = lambda text: text.replace(" %", "\u00a0%")
    environment.filters["moment_words"] = lambda moment: MOMENTS[moment]
    return environment


def _template() -> Template:
    return _template_environment().from_string(_source("report.html.j2"))


def _data_address(picture: Picture) -> str:
    return f"data:{picture.media_type};base64,{base64.b64encode(picture.data).decode()}"


def _tight(text: str) -> str:
    """Keep a value and its unit on one line, unless it is a phrase."""
    return text.replace(" ", "\u00a0") if len(text) <= 16 else text
