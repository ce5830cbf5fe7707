"""`hemispasm measure imaging --report`: a page or a paper with pictures, never over an input."""

import pytest
from typer.testing import CliRunner

from hemispasm.cli.measure import app
from hemispasm.model.side import Side
from hemispasm.simulate.mri.options import MriOptions, SeriesPlan
from hemispasm.simulated_mri import write_simulated_mri

COARSE = (
    SeriesPlan(voxel_mm=(1.0, 1.0, 2.0), extent_mm=(34.0, 26.0, 22.0), offset_mm=(22.0, 0, 0)),
)


@pytest.fixture(scope="module")
def coarse(tmp_path_factory):
    folder = tmp_path_factory.mktemp("coarse") / "imaging"
    write_simulated_mri(folder, MriOptions(series=COARSE, sides=(Side.LEFT,)), 5, form="nifti")
    return folder


def run(*arguments):
    return CliRunner().invoke(app, ["imaging", *map(str, arguments)])


def test_a_page_with_pictures_is_written(coarse, tmp_path):
    target = tmp_path / "mri.html"
    result = run(coarse, "--report", target)
    assert result.exit_code == 0, result.output
    page = target.read_text(encoding="utf-8")
    assert "Class C" in page
    assert page.count("data:image/png;base64,") == 3
    assert coarse.as_posix() not in page


def test_a_name_in_pdf_yields_a_paper(coarse, tmp_path):
    target = tmp_path / "mri.pdf"
    assert run(coarse, "--report", target).exit_code == 0
    assert target.read_bytes().startswith(b"%PDF-")


def test_a_report_never_goes_over_an_input(coarse):
    seeds = coarse / "seeds.json"
    before = seeds.read_bytes()
    result = run(coarse, "--report", seeds)
    assert result.exit_code != 0
    assert seeds.read_bytes() == before
