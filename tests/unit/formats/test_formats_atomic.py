"""Nothing is ever half-written."""

from __future__ import annotations

import os

import pytest

from hemispasm.formats import atomic
from hemispasm.model.errors import RefusedError


def test_a_write_that_dies_leaves_the_old_file_and_no_debris(tmp_path, monkeypatch):
    path = tmp_path / "findings.json"
    atomic.write_text(path, "old")

    def die(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", die)
    with pytest.raises(KeyboardInterrupt):
        atomic.write_text(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["findings.json"]


def test_a_rename_that_fails_leaves_nothing(tmp_path, monkeypatch):
    def die(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", die)
    with pytest.raises(OSError, match="disk full"):
        atomic.write_bytes(tmp_path / "a.json", b"x")
    assert os.listdir(tmp_path) == []


def test_a_run_folder_appears_whole_or_not_at_all(tmp_path):
    run = tmp_path / "results" / "run"

    def die_half_way():
        with atomic.new_folder(run) as beside:
            (beside / "findings.json").write_text("half")
            assert not run.exists()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        die_half_way()
    assert os.listdir(tmp_path / "results") == []
    with atomic.new_folder(run) as beside:
        (beside / "findings.json").write_text("whole")
    assert (run / "findings.json").read_text() == "whole"
    assert os.listdir(tmp_path / "results") == ["run"]


def test_a_run_folder_is_never_replaced(tmp_path):
    with atomic.new_folder(tmp_path / "run") as beside:
        (beside / "a").write_text("first")
    with pytest.raises(RefusedError), atomic.new_folder(tmp_path / "run"):
        pass
    assert (tmp_path / "run" / "a").read_text() == "first"


def test_a_signed_file_is_never_overwritten(tmp_path):
    path = tmp_path / "report.signed.html"
    atomic.write_new_text(path, "signed")
    with pytest.raises(RefusedError) as caught:
        atomic.write_new_text(path, "other")
    assert caught.value.exit_code == 5
    assert path.read_text() == "signed"
    assert os.listdir(tmp_path) == ["report.signed.html"]


@pytest.mark.parametrize("links", [True, False])
def test_latest_follows_the_newest_run_with_and_without_links(tmp_path, monkeypatch, links):
    if not links:

        def refuse(*_, **__):
            raise OSError("no links here")

        monkeypatch.setattr("pathlib.Path.symlink_to", refuse)
    latest = tmp_path / "latest"
    assert atomic.follow(latest) is None
    for name in ("run1", "run2"):
        (tmp_path / name).mkdir()
        atomic.point_to(latest, name)
        assert atomic.follow(latest).name == name
    assert latest.is_symlink() == links
    if links:
        assert os.readlink(latest) == "run2"
