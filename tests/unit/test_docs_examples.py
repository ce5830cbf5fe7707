"""Every example in the documentation runs, and every example file fits its schema."""

from __future__ import annotations

import json
import re
import shutil
import textwrap
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import hemispasm
from hemispasm.formats.emg_ascii_profile import AsciiProfile
from hemispasm.formats.exam_parse import parse_exam
from hemispasm.formats.schemas import read_schema
from hemispasm.model import Case, Centre, HemispasmError, Treatments

ROOT = Path(__file__).parents[2]
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
CLIP = "clip.mp4"


def blocks(page: Path, language: str) -> list[str]:
    """Return the fenced blocks of one language, in order."""
    fence = re.compile(rf"^( *)```{language}\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
    found = fence.finditer(page.read_text(encoding="utf-8"))
    return [textwrap.dedent(match.group(2)) for match in found]


def pages_with(language: str) -> list[Any]:
    return [
        pytest.param(page, id=str(page.relative_to(ROOT)))
        for page in PAGES
        if blocks(page, language)
    ]


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Render one short simulated clip for all examples that need a video."""
    try:
        from hemispasm.assets import asset_path

        asset_path("face_landmarker.task")
    except HemispasmError as error:
        pytest.skip(f"an asset is missing: {error}")
    path = tmp_path_factory.mktemp("docs") / CLIP
    size = {"duration_s": 6.0, "width": 480, "height": 360}
    hemispasm.simulate_face(path, generator="photo", scenario="hfs", side="left", seed=3, **size)
    return path


@pytest.mark.parametrize("page", pages_with("python"))
def test_the_python_examples_of_a_page_run(
    page: Path, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = blocks(page, "python")
    if any(CLIP in block for block in code):
        rendered = request.getfixturevalue("clip")
        for file in rendered.parent.glob("clip*"):
            shutil.copy(file, tmp_path / file.name)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "example"}
    for number, block in enumerate(code, start=1):
        exec(compile(block, f"{page.name}, block {number}", "exec"), names)


@pytest.mark.parametrize("page", pages_with("json"))
def test_the_json_examples_of_a_page_fit_their_schema(page: Path) -> None:
    for block in blocks(page, "json"):
        data = json.loads(block)
        stem, _, version = data["schema"].removeprefix("hemispasm.").partition("/")
        if stem == "error":
            continue
        jsonschema.validate(data, read_schema(f"{stem}-{version}"))


@pytest.mark.parametrize("page", pages_with("toml"))
def test_the_toml_examples_of_a_page_are_what_the_reader_accepts(page: Path) -> None:
    models = {
        "case.toml": Case,
        "treatments.toml": Treatments,
        "centre.toml": Centre,
        "rest.toml": AsciiProfile,
    }
    for block in blocks(page, "toml"):
        name = block.partition("\n")[0].removeprefix("# ")
        if name in models:
            models[name].model_validate(tomllib.loads(block))
        elif name == "exam.toml":
            parse_exam(tomllib.loads(block), name)
        else:
            assert name == "visit.toml"
            assert set(tomllib.loads(block)) <= {"context", "notes"}
