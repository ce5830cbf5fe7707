"""Reports built from the fixtures, and a reader of what a page shows."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

from report_fixtures import (
    DAY,
    EARLIER_DAY,
    make_document,
    make_strips,
    make_traces,
)

from hemispasm.model import (
    Case,
    Mirrored,
    Review,
    Signature,
)
from hemispasm.report.html import render_html
from hemispasm.report.video_report import (
    EarlierVisit,
    build_video_report,
    mirrored_note_for,
)

NOTE = mirrored_note_for(Mirrored.NO)
SIGNED = Signature(
    initials="AB",
    role="neurologist",
    time=datetime(2026, 3, 2, 11, 0, tzinfo=UTC),
    findings_sha256="ab" * 32,
)
VOID = {"meta", "link", "img", "br", "input"}


class Page(HTMLParser):
    """Visible text of a page, with what marks each piece."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.stack: list[tuple[str, dict[str, str | None]]] = []
        self.pieces: list[tuple[str, bool]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append((tag, dict(attrs)))

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        while self.stack and self.stack.pop()[0] != tag:
            pass

    def handle_data(self, data):
        names = {tag for tag, _ in self.stack}
        if names & {"script", "style", "svg", "title"}:
            return
        marked = any("data-kind" in attributes for _, attributes in self.stack)
        self.pieces.append((data, marked))

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(piece for piece, _ in self.pieces))


def report(document=None, traces=None, pictures=None, note=NOTE, **more):
    document = document or make_document()
    if traces is None:
        traces = make_traces(list(document.events))
    return build_video_report(document, traces, pictures, mirrored_note=note, **more)


def lane_of(html: str, lane: str) -> str:
    start = html.index(f'data-lane="{lane}"')
    end = html.find('<g class="lane"', start)
    return html[start : end if end > 0 else html.index('<g class="axis"', start)]


def full_page() -> str:
    """Return a page with everything on it."""
    document = make_document(changes=True, simulated=True)
    earlier = EarlierVisit(EARLIER_DAY, document, 31)
    case = Case(id="hfs-001", birth_year=1961)
    more = {"case": case, "earlier": earlier, "day": DAY, "review": Review()}
    return render_html(report(document, pictures=make_strips(document), **more))
