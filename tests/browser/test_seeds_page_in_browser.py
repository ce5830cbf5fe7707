"""Marks on MRI in a real browser: a mark dropped on a picture lies there in the patient."""

from __future__ import annotations

import io
import json
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "unit"))
from page_examination import BALL_MM, write_examination

from hemispasm.formats.seeds import read_seeds
from hemispasm.imaging_page.examination import find_examination
from hemispasm.imaging_page.server import PageServer, page_is_built
from hemispasm.imaging_page.session import open_examination
from hemispasm.model.imaging import Nerve
from hemispasm.model.seeds import SeedKind
from hemispasm.model.side import Side

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync", "--no-first-run"]
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}"),
    pytest.mark.skipif(not page_is_built(), reason="the page is not built: no Node.js at set-up"),
]
SEEDS = {
    "schema": "hemispasm.seeds/1",
    "frame": "LPS",
    "confirmed": False,
    "seeds": [
        {"nerve": nerve, "side": side, "kind": kind, "xyz_mm": [x if side == "left" else -x, y, 4]}
        for side in ("left", "right")
        for nerve, kind, x, y in (("VII", "root_exit", 8, 0), ("VII", "porus", 20, 8))
    ],
}


ON_BOTH_GRIDS = pytest.mark.parametrize("opened", ["straight", "mirrored"], indirect=True)


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(request, browser, tmp_path):
    """Open the page; on leaving, nothing outside may have been asked and no error said."""
    mirrored = getattr(request, "param", "straight") == "mirrored"
    folder = write_examination(tmp_path / "mri", mirrored=mirrored)
    (folder / "seeds.json").write_text(json.dumps(SEEDS), encoding="utf-8")
    with PageServer(open_examination(find_examination(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        page = browser.new_page(viewport={"width": 1060, "height": 520})
        page.set_default_timeout(15_000)
        faults, asked = [], []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(server.address)
        page.wait_for_selector("body[data-ready]", timeout=60_000)
        page.locator("#always").uncheck()
        yield page, folder
        page.close(run_before_unload=False)
        server.shutdown()
        thread.join()
    assert not faults
    assert all(url.startswith((server.origin, "data:", "blob:")) for url in asked)
    assert not any(server.address.split("#")[1] in url.split("#")[0] for url in asked)


def marker(page, name, plane="axial"):
    """Return the middle of a mark on a plane; the mark is chosen in the list first."""
    page.locator("#marks .choose", has_text=name).click()
    # In one step: the plane is drawn anew at any time, and the ring with it.
    middle = page.wait_for_function(
        """(ring) => {
            const box = document.querySelector(ring)?.getBoundingClientRect();
            return box && box.width > 0 ? [box.x + box.width / 2, box.y + box.height / 2] : null;
        }""",
        arg=f".tile.{plane}:not(.beside) .mark.chosen .ring",
    )
    return middle.json_value()


def save(page, folder):
    with page.expect_response(lambda answer: answer.url.endswith("/api/seeds")) as told:
        page.locator("#save").click()
    assert told.value.status == 200
    page.wait_for_selector("#save:disabled")
    return read_seeds(folder / "seeds.json")


def millimetres_a_pixel(page):
    """Return what the page's own ruler says about the axial picture."""
    path = page.locator(".tile.axial:not(.beside) .ruler path").get_attribute("d")
    name = page.locator(".tile.axial:not(.beside) .ruler text").text_content()
    left, right = (float(path.split(word)[1].split("V")[0].split(" ")[0]) for word in "MH")
    return float(name.split()[0]) / (right - left)


@ON_BOTH_GRIDS
def test_a_dragged_mark_is_saved_where_it_was_dropped(opened):
    page, folder = opened
    page.locator("#tab-left").click()
    x, y = marker(page, "VII porus")
    scale = millimetres_a_pixel(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 10, y + 10, steps=3)
    page.mouse.move(x + 35, y - 24, steps=4)
    page.mouse.up()
    kept = save(page, folder).point(Nerve.VII, Side.LEFT, SeedKind.PORUS)
    # On the picture to the right is towards the patient's left, up is towards the front.
    wanted = (20 + 35 * scale, 8 - 24 * scale, 4)
    assert np.linalg.norm(np.subtract(kept, wanted)) < 0.3
    assert 35 * scale > 2


def test_the_patients_left_is_at_the_pictures_right(opened):
    page, _ = opened
    page.locator("#both").click()
    page.locator("#tab-left").click()
    page.locator("#both").click()
    left, _ = marker(page, "VII porus")
    page.locator("#tab-right").click()
    page.locator("#both").click()
    right, _ = marker(page, "VII porus")
    assert left > right + 20
    edges = page.locator(".tile.axial:not(.beside) .edge").all_text_contents()
    assert edges == ["R", "L", "A", "P"]
    assert page.locator(".tile.sagittal .edge").all_text_contents() == ["A", "P", "H", "F"]


@ON_BOTH_GRIDS
def test_a_mark_placed_on_what_is_seen_has_the_coordinates_of_what_is_there(opened):
    """The big ball lies in the patient's left: found by its light, it is marked by a click."""
    page, folder = opened
    page.locator("#tab-left").click()
    page.locator("#marks .choose", has_text="VII porus").click()
    page.locator("#marks .choose", has_text="Vessel").click()
    page.locator("#both").click()
    scale = millimetres_a_pixel(page)
    x, y, width = brightest(page)
    assert x > width / 2
    tile = page.locator(".tile.axial:not(.beside)").bounding_box()
    page.mouse.click(tile["x"] + x, tile["y"] + y)
    (vessel,) = save(page, folder).select(side=Side.LEFT, kind=SeedKind.VESSEL)
    assert vessel.xyz_mm[:2] == pytest.approx(BALL_MM[:2], abs=max(0.3, 1.5 * scale))
    assert vessel.xyz_mm[0] > 0


def brightest(page):
    """Return the middle of what is brightest on the axial picture, in its pixels."""
    from PIL import Image

    tile = page.locator(".tile.axial:not(.beside)").bounding_box()
    shot = Image.open(io.BytesIO(page.screenshot(clip=tile))).convert("RGB")
    picture = np.asarray(shot).astype(float)
    # Letters and lines over the picture are thin or coloured; the ball is neither.
    grey = (picture.min(axis=2) > 240) & (np.ptp(picture, axis=2) < 8)
    from scipy import ndimage

    ball = ndimage.binary_opening(ndimage.binary_closing(grey, iterations=3), iterations=4)
    rows, columns = np.nonzero(ndimage.binary_fill_holes(ball))
    return columns.mean(), rows.mean(), picture.shape[1]


def test_arrow_keys_move_a_mark_by_a_tenth_of_a_millimetre_and_undo_takes_it_back(opened):
    page, folder = opened
    page.locator("#tab-left").click()
    page.locator("#marks .choose", has_text="VII porus").focus()
    page.keyboard.press("Enter")
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "PageUp", "Shift+ArrowUp"):
        page.keyboard.press(key)
    moved = save(page, folder).point(Nerve.VII, Side.LEFT, SeedKind.PORUS)
    assert moved == pytest.approx((20.2, 6.9, 4.1), abs=0.011)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Control+z")
    assert "L 20.2" in page.locator("#marks .row.chosen .where").text_content()
    assert page.locator("#save").is_disabled()


def test_what_is_moved_while_marks_are_being_saved_is_not_lost(opened):
    page, folder = opened
    page.locator("#tab-left").click()
    page.locator("#marks .choose", has_text="VII porus").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    held = []

    def hold(route):
        held.append(route)

    page.route("**/api/seeds", hold)
    with page.expect_response(lambda answer: answer.url.endswith("/api/seeds")):
        with page.expect_request(lambda request: request.url.endswith("/api/seeds")):
            page.locator("#save").click()
        page.keyboard.press("ArrowRight")
        held[0].continue_()
    page.wait_for_function("() => document.querySelector('#saved').textContent.startsWith('Saved')")
    assert read_seeds(folder / "seeds.json").point(
        Nerve.VII, Side.LEFT, SeedKind.PORUS
    ) == pytest.approx((20.1, 8, 4))
    assert "L 20.2" in page.locator("#marks .row.chosen .where").text_content()
    page.unroute("**/api/seeds")
    kept = save(page, folder).point(Nerve.VII, Side.LEFT, SeedKind.PORUS)
    assert kept == pytest.approx((20.2, 8, 4))


def test_only_the_button_with_initials_confirms_and_the_earlier_file_is_kept(opened):
    page, folder = opened
    before = (folder / "seeds.json").read_bytes()
    page.locator("#confirm-left").click()
    page.keyboard.press("Escape")
    page.locator("#confirm-left").click()
    page.locator("#initials").fill("AB")
    page.keyboard.press("Enter")
    assert page.locator("#confirm").is_visible()
    page.locator("#go-back").click()
    assert page.locator("#confirm-left").is_enabled()
    assert (folder / "seeds.json").read_bytes() == before
    page.locator("#tab-right").click()
    for name in ("VII root exit", "VII porus"):
        page.locator("#marks .choose", has_text=name).click()
    page.keyboard.press("ArrowUp")
    assert not save(page, folder).confirmed
    assert (folder / "seeds.1.json").is_file()
    for side in ("right", "left"):
        page.locator(f"#confirm-{side}").click()
        shown = page.locator("#confirm-side").text_content()
        assert shown == ("R · Patient’s right" if side == "right" else "L · Patient’s left")
        page.locator("#initials").fill("AB")
        with page.expect_response(lambda answer: answer.url.endswith("/api/seeds")):
            page.locator("#confirm button[value=confirm]").click()
    page.wait_for_selector("#confirm-left:disabled")
    kept = read_seeds(folder / "seeds.json")
    assert kept.confirmed
    assert {mark.reader for mark in kept.seeds} == {"AB"}
    page.locator("#marks .choose", has_text="VII porus").click()
    page.keyboard.press("ArrowUp")
    assert not save(page, folder).confirmed


def test_nothing_overflows_sideways_and_controls_can_be_hit(opened):
    page, _ = opened
    for width in (800, 1280):
        page.set_viewport_size({"width": width, "height": 520})
        sizes = page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
        assert sizes[0] <= sizes[1]
        # In one step: marks are drawn anew while the window changes its size.
        edges = page.evaluate(
            "() => [...document.querySelectorAll('button')].filter((b) => b.offsetParent !== null)"
            ".map((b) => b.getBoundingClientRect()).map((r) => Math.min(r.width, r.height))"
        )
        assert edges
        assert min(edges) >= 24
