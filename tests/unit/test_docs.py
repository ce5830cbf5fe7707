"""The documentation says what the code says, and every link in it leads somewhere."""

from __future__ import annotations

import importlib.util
import re
import shlex
import textwrap
from pathlib import Path
from types import ModuleType

import pytest

import hemispasm
from hemispasm.cli import load_command
from hemispasm.model import load_vocabulary

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
PAGE_IDS = [str(page.relative_to(ROOT)) for page in PAGES]

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^( *)(`{3,})[^\n]*\n.*?^\1\2 *$", re.MULTILINE | re.DOTALL)


def prose(page: Path) -> str:
    """Return a page without its code blocks and inline code."""
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", page.read_text(encoding="utf-8")))


def anchors(page: Path) -> list[str]:
    """Return the anchors of a page's headings, as MyST and GitHub make them."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#{1,6} +(.+?) *$", text, re.MULTILINE)
    kept = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return [words.replace(" ", "-") for words in kept]


def load_data_pages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("data_pages", DOCS / "data_pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES, ids=PAGE_IDS)
def test_every_internal_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    for target in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), f"{page.name}: {target}: no such file"
        if anchor:
            assert anchor in anchors(file), f"{page.name}: {target}: no such heading"


@pytest.mark.parametrize("page", PAGES, ids=PAGE_IDS)
def test_no_page_has_two_headings_with_one_anchor(page: Path) -> None:
    found = anchors(page)
    assert sorted(found) == sorted(set(found))


def test_every_page_of_the_documentation_is_in_the_index() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    listed = {line.strip() for line in index.splitlines() if re.fullmatch(r"[a-z/-]+", line)}
    pages = {str(page.relative_to(DOCS).with_suffix("")) for page in DOCS.rglob("*.md")}
    assert listed == pages - {"index"}


@pytest.mark.parametrize("name", load_data_pages().PAGES)
def test_a_generated_page_is_what_its_data_makes(name: str) -> None:
    made, stands = load_data_pages().make_page(name), (DOCS / name).read_text(encoding="utf-8")
    assert stands == made, "run `python3 dev.py docs`"


def test_every_finding_code_has_a_heading() -> None:
    text = (DOCS / "reference" / "findings.md").read_text(encoding="utf-8")
    for code in load_vocabulary():
        assert f"\n## {code}\n" in text


def test_every_public_name_has_a_heading_in_the_api_page() -> None:
    text = (DOCS / "reference" / "api.md").read_text(encoding="utf-8")
    for name in hemispasm.__all__:
        if name != "__version__":
            assert f"\n## {name}\n" in text


def command_lines() -> list[tuple[str, list[str]]]:
    """Return every `hemispasm` line of the console blocks with the page it stands on."""
    blocks = re.compile(r"^ *```console\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
    return [
        (page.name, shlex.split(line.removeprefix("$ "))[1:])
        for page in PAGES
        for block in blocks.findall(page.read_text(encoding="utf-8"))
        for line in textwrap.dedent(block).splitlines()
        if line.startswith("$ hemispasm")
    ]


@pytest.mark.parametrize(("page", "words"), command_lines())
def test_every_command_and_option_in_a_console_block_exists(page: str, words: list[str]) -> None:
    command, rest = load_command(words[0]), words[1:]
    while hasattr(command, "commands"):
        command, rest = command.commands[rest[0]], rest[1:]
    known = {option for parameter in command.params for option in parameter.opts}
    given = {word for word in rest if re.match(r"-(?![0-9.])", word)}
    assert given <= known, page


def test_the_entrance_pages_say_what_this_is_not() -> None:
    for page in (ROOT / "README.md", DOCS / "index.md", DOCS / "explanation" / "limits.md"):
        text = " ".join(page.read_text(encoding="utf-8").casefold().split())
        assert "research software, not a medical device" in text
        assert "not been validated on patients" in text or "no validation on patients" in text


def test_the_drawing_of_the_mirrored_question_agrees_with_the_code() -> None:
    from hemispasm.model import ImageSide, Mirrored, Side, patient_side

    text = (DOCS / "howto" / "record-a-video.md").read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if line.count("RIGHT") == line.count("LEFT") == 2)
    shown = [Side(word.lower()) for word in re.findall("LEFT|RIGHT", row)]
    edges = (ImageSide.IMAGE_LEFT, ImageSide.IMAGE_RIGHT)
    expected = [patient_side(e, m) for m in (Mirrored.NO, Mirrored.YES) for e in edges]
    assert shown == expected
