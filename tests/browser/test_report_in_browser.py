"""The report in a real browser: silent, self-contained, usable by mouse and keyboard."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "unit"))
from report_fixtures import DAY, make_document, make_strips, make_traces

from hemispasm.model import Mirrored
from hemispasm.report.html import render_html
from hemispasm.report.video_report import build_video_report, mirrored_note_for

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    document = make_document(changes=True)
    built = build_video_report(
        document,
        make_traces(list(document.events)),
        make_strips(document),
        mirrored_note=mirrored_note_for(Mirrored.NO),
        day=DAY,
    )
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render_html(built), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser, address):
    """Open the page; on leaving, nothing may have been said or requested."""
    heard: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda request: heard.append(request.url))
    page.goto(address)
    yield page
    context.close()
    assert [said for said in heard if said != address and not said.startswith("data:")] == []


def view(page) -> tuple[float, float]:
    box = page.locator("#timeline-main svg.plot").first.get_attribute("viewBox")
    start, _, width, _ = (float(part) for part in box.split())
    return start / 1000, (start + width) / 1000


def bar_box(page, index: int) -> dict[str, float]:
    return page.locator("#timeline-main .event rect.bar").nth(index).bounding_box()


def test_the_zoom_button_halves_the_view_and_reset_brings_it_back(opened):
    whole, width = view(opened), bar_box(opened, 4)["width"]
    opened.get_by_role("button", name="Zoom in").click()
    start, end = view(opened)
    assert end - start == pytest.approx((whole[1] - whole[0]) / 2)
    assert bar_box(opened, 4)["width"] == pytest.approx(2 * width, rel=0.2)
    assert opened.locator(".view").inner_text() == "Showing 0:11.3 to 0:33.9."
    opened.get_by_role("button", name="Whole recording").click()
    assert view(opened) == whole


def test_the_timeline_works_by_keyboard(opened):
    timeline = opened.locator("#timeline-main")
    timeline.focus()
    whole = view(opened)
    opened.keyboard.press("+")
    zoomed = view(opened)
    assert zoomed[1] - zoomed[0] < whole[1] - whole[0]
    opened.keyboard.press("ArrowRight")
    assert view(opened)[0] > zoomed[0]
    opened.keyboard.press("n")
    assert opened.locator(".readout").inner_text().startswith("Spasm 1, ")
    assert opened.locator(".event.chosen").count() == 1
    opened.keyboard.press("Home")
    assert view(opened) == whole


def test_dragging_moves_and_the_wheel_zooms_where_the_pointer_is(opened):
    opened.get_by_role("button", name="Zoom in").click()
    opened.locator("#timeline-main").scroll_into_view_if_needed()
    box = opened.locator("#timeline-main").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + 150)
    before = view(opened)
    opened.mouse.move(*middle)
    opened.mouse.down()
    opened.mouse.move(middle[0] - 200, middle[1])
    opened.mouse.up()
    moved = view(opened)
    assert moved[0] > before[0]
    assert moved[1] - moved[0] == pytest.approx(before[1] - before[0])
    opened.mouse.wheel(0, -200)
    opened.wait_for_function(
        "width => document.querySelector('#timeline-main svg.plot').viewBox.baseVal.width < width",
        arg=1000 * (moved[1] - moved[0]) - 1,
    )
    assert view(opened)[1] - view(opened)[0] < moved[1] - moved[0]


def test_the_wheel_alone_scrolls_the_page_until_the_timeline_is_chosen(opened):
    opened.locator("#timeline-main").scroll_into_view_if_needed()
    box = opened.locator("#timeline-main").bounding_box()
    whole, top = view(opened), opened.evaluate("scrollY")
    opened.mouse.move(box["x"] + 300, box["y"] + 100)
    opened.mouse.wheel(0, 300)
    opened.wait_for_function("top => scrollY > top", arg=top)
    assert view(opened) == whole


def test_hovering_reads_out_both_sides(opened):
    opened.locator("#timeline-main").scroll_into_view_if_needed()
    box = bar_box(opened, 2)
    opened.mouse.move(box["x"] + box["width"] / 2, box["y"] + 5)
    said = opened.locator(".readout").inner_text()
    assert said.startswith("Spasm 3, ")
    assert "patient's left: eye closure" in said
    assert "patient's right: eye closure" in said


def test_a_time_in_the_table_opens_the_timeline_there(opened):
    row = opened.locator("#events tbody tr").nth(6)
    row.locator("a.jump").click()
    start, end = view(opened)
    assert start < 18 < end
    assert end - start < 8
    assert opened.locator(".readout").inner_text().startswith("Spasm 7, ")
    assert opened.evaluate("document.activeElement.id") == "timeline-main"


def test_the_paragraph_can_be_copied(opened):
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened.get_by_role("button", name="Copy this paragraph").click()
    opened.wait_for_function("document.querySelector('.copied').textContent !== ''")
    copied = opened.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Face video of 2 March 2026")
    assert copied.endswith("Research software, not a medical device.")


def test_excluded_time_is_hatched_and_no_trace_is_drawn_there(opened):
    hatched = opened.locator("#timeline-main .excluded")
    assert hatched.count() == 2
    assert "excluded" in hatched.first.get_attribute("fill")
    opened.locator("#timeline-main").scroll_into_view_if_needed()
    box = hatched.first.bounding_box()
    opened.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    assert "patient's left: eye closure left out" in opened.locator(".readout").inner_text()


@pytest.mark.parametrize("width", [360, 768, 1920])
def test_nothing_overflows_sideways(opened, width):
    opened.set_viewport_size({"width": width, "height": 800})
    sizes = opened.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert sizes[0] <= sizes[1]


def test_every_control_is_reached_by_tab_and_big_enough(opened):
    for control in opened.locator("button").all():
        box = control.bounding_box()
        assert min(box["width"], box["height"]) >= 24
    reached = set()
    for _ in range(60):
        opened.keyboard.press("Tab")
        reached.add(opened.evaluate("document.activeElement.textContent.trim().slice(0, 16)"))
    assert {"Zoom in", "Whole recording", "Copy this paragr"} <= reached


def test_without_a_script_the_timeline_is_a_complete_picture(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("#timeline-main .event rect.bar").count() == 12
    assert not page.get_by_role("button", name="Zoom in").is_visible()
    context.close()


def test_the_printed_report_carries_mark_and_footer_on_every_page(browser, address, tmp_path):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    page = browser.new_page()
    page.goto(address)
    path = tmp_path / "report.pdf"
    page.pdf(path=str(path), prefer_css_page_size=True)
    page.close()
    text = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True
    ).stdout
    pages = [printed for printed in text.split("\f") if printed.strip()]
    assert len(pages) > 2
    for printed in pages:
        assert "DRAFT – not signed" in printed
        assert re.search(r"Research software,\s+not a medical device\.", printed)
