"""The page's server answers this machine's page and nobody else."""

from __future__ import annotations

import http.client
import json
import sys
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from page_examination import write_examination

from hemispasm.imaging_page import server as serving
from hemispasm.imaging_page import session as session_module
from hemispasm.imaging_page.examination import find_examination
from hemispasm.imaging_page.server import LARGEST_BODY, PageServer, page_is_built, require_page
from hemispasm.imaging_page.session import open_examination
from hemispasm.model.errors import IntegrityError
from hemispasm.model.seeds import Seeds

KEY = "X-Hemispasm-Key"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    folder = write_examination(tmp_path_factory.mktemp("page") / "series")
    # The search for marks has tests of its own and takes seconds: leave it out.
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(session_module, "_propose", lambda study: (Seeds(), []))
        yield from serve(folder)


def serve(folder):
    with PageServer(open_examination(find_examination(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def key(running):
    answer, data = ask(running, "POST", "/api/open", body={"key": running.address.split("#")[1]})
    assert answer.status == 200
    return json.loads(data)["key"]


def ask(server, method, path, *, headers=None, body=None):
    """Ask as the page does; `headers` replace what it would send, None leaves one out."""
    sent = {"Host": server.origin.removeprefix("http://"), "Origin": server.origin, **JSON}
    sent = {name: value for name, value in {**sent, **(headers or {})}.items() if value is not None}
    data = body if isinstance(body, bytes) else json.dumps(body).encode() if body else b""
    connection = http.client.HTTPConnection(*server.server_address[:2], timeout=30)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    if method == "POST":
        sent.setdefault("Content-Length", str(len(data)))
    for name, value in sent.items():
        connection.putheader(name, value)
    connection.endheaders(data)
    answer = connection.getresponse()
    body_back = answer.read()
    connection.close()
    return answer, body_back


def test_the_server_binds_this_machine_alone(running):
    assert running.server_address[0] == "127.0.0.1"


def test_the_key_in_the_address_is_good_once(running, key):
    first = running.address.split("#")[1]
    assert first != key
    answer, _ = ask(running, "POST", "/api/open", body={"key": first})
    assert answer.status == 401


@pytest.mark.parametrize("wrong", ["", "guess", None])
def test_without_the_right_key_nothing_is_told(running, key, wrong):
    for method, path in (("GET", "/api/examination"), ("GET", "/api/volume/0"), *POSTS):
        body = {"side": "left", "seeds": []} if method == "POST" else None
        answer, data = ask(running, method, path, headers={KEY: wrong}, body=body)
        assert answer.status == 401
        assert b"mm" not in data


POSTS = [("POST", f"/api/{name}") for name in ("track", "draft", "seeds", "reading", "closed")]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "rebound.example"},
        {"Host": "localhost"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_foreign_host_or_origin_is_refused_even_with_the_key(running, key, headers):
    for method, path in (("GET", "/"), ("GET", "/api/examination"), ("POST", "/api/seeds")):
        body = {"seeds": []} if method == "POST" else None
        answer, data = ask(running, method, path, headers={KEY: key, **headers}, body=body)
        assert answer.status == 403
        assert b"series" not in data


def test_a_post_without_an_origin_is_refused(running, key):
    answer, _ = ask(running, "POST", "/api/seeds", headers={KEY: key, "Origin": None}, body={})
    assert answer.status == 403


@pytest.mark.parametrize(
    "path",
    [
        "/../session.py",
        "/built/page.js",
        "/%2e%2e/%2e%2e/pyproject.toml",
        "//etc/passwd",
        "/page.js/../../server.py",
        "/api/volume/../examination",
        "/api/volume/-1",
        "/api/volume/99",
        "/api/volume/0?x=1",
        "/api/volume/%D9%A3",
    ],
)
def test_no_path_reaches_another_file(running, key, path):
    answer, data = ask(running, "GET", path, headers={KEY: key})
    assert answer.status in (400, 404)
    assert b"import" not in data
    assert b"root:" not in data


def test_a_body_that_is_too_large_is_refused_unread(running, key):
    headers = {KEY: key, "Content-Length": str(LARGEST_BODY + 1)}
    answer, _ = ask(running, "POST", "/api/seeds", headers=headers, body=b"{}")
    assert answer.status == 413


@pytest.mark.parametrize("length", ["-1", "1e3", "x", "", "99999999999999999999"])
def test_a_length_that_is_no_number_is_refused(running, key, length):
    headers = {KEY: key, "Content-Length": length}
    answer, _ = ask(running, "POST", "/api/seeds", headers=headers, body=b"{}")
    assert answer.status in (411, 413)


def test_a_form_of_another_site_is_refused(running, key):
    headers = {KEY: key, "Content-Type": "text/plain"}
    answer, _ = ask(running, "POST", "/api/seeds", headers=headers, body={"seeds": []})
    assert answer.status == 415


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"[" * 100_000,
        b'{"seeds": 3}',
        b'{"seeds": [], "confirm": {"both": "AB"}}',
        b'{"seeds": [], "confirm": {"left": "<b>"}}',
        b'{"seeds": [{"side": "left", "kind": "porus", "xyz_mm": [NaN, 0, 0]}]}',
        b'{"seeds": [{"side": "left", "kind": "porus", "xyz_mm": [1e9, 0, 0]}]}',
    ],
)
def test_what_cannot_be_a_message_is_one_sentence_and_changes_nothing(running, key, body):
    answer, data = ask(running, "POST", "/api/seeds", headers={KEY: key}, body=body)
    assert answer.status == 400
    assert json.loads(data)["code"] == "bad_message"
    assert not running.session.examination.seeds.exists()


def test_every_answer_forbids_other_sites_and_keeps_nothing(running, key):
    for path in ("/page.css", "/api/examination", "/nowhere"):
        answer, _ = ask(running, "GET", path, headers={KEY: key})
        policy = answer.getheader("Content-Security-Policy")
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.getheader("Cache-Control") == "no-store"
        assert answer.getheader("Referrer-Policy") == "no-referrer"
        assert answer.getheader("Access-Control-Allow-Origin") is None
        assert "Python" not in (answer.getheader("Server") or "")


def test_what_is_told_of_an_examination_names_nobody(running, key):
    _, data = ask(running, "GET", "/api/examination", headers={KEY: key})
    told = json.loads(data)
    assert [one["role"] for one in told["series"]] == ["ciss", "tof"]
    assert str(running.session.examination.source.parent.name) not in data.decode()


def test_a_volume_comes_as_nifti_with_left_where_it_was(running, key):
    import nibabel
    import numpy as np
    from page_examination import BALL_MM

    _, data = ask(running, "GET", "/api/volume/0", headers={KEY: key})
    image = nibabel.Nifti1Image.from_bytes(data)
    bright = np.argwhere(np.asarray(image.dataobj) == 1000)
    right, front, _ = nibabel.affines.apply_affine(image.affine, bright).T
    assert -right[right < 0].mean() == pytest.approx(BALL_MM[0], abs=0.3)
    assert -front[right < 0].mean() == pytest.approx(BALL_MM[1], abs=0.3)
    assert (right < 0).sum() > 4 * (right > 0).sum()
    assert bytes(image.header["db_name"]).strip(b"\0") == b""


def test_marks_far_apart_are_refused_before_anything_is_computed(running, key):
    seeds = [
        {"side": "left", "kind": "root_exit", "xyz_mm": [10, 0, 0]},
        {"side": "left", "kind": "porus", "xyz_mm": [900, 0, 0]},
    ]
    body = {"side": "left", "seeds": seeds}
    answer, data = ask(running, "POST", "/api/track", headers={KEY: key}, body=body)
    assert answer.status == 400
    assert json.loads(data)["code"] == "marks_far_apart"


def test_a_page_that_is_closed_ends_the_server_and_one_that_comes_back_does_not(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(serving, "LINGER_S", 3600.0)
    folder = write_examination(tmp_path / "series")
    with PageServer(open_examination(find_examination(folder))) as server:
        server.leave()
        assert server._leaving is not None
        server.stay()
        assert server._leaving is None
        monkeypatch.setattr(serving, "LINGER_S", 0.0)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        server.leave()
        thread.join(30)
        assert not thread.is_alive()


def test_an_installation_without_the_page_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(serving, "page_is_built", lambda: False)
    with pytest.raises(IntegrityError) as told:
        require_page()
    assert told.value.code == "page_not_built"
    assert "Node.js" in told.value.next_step


def test_the_page_asks_nobody_else():
    if not page_is_built():
        pytest.skip("the page is not built here: no Node.js when this was set up")
    folder = Path(serving.__file__).parent / "built"
    page = (folder / "page.html").read_text(encoding="utf-8")
    assert "http" not in page.replace("http-equiv", "")
    assert "<script>" not in page
    assert "style=" not in page
    assert "BSD-2-Clause" in (folder / "licences.txt").read_text(encoding="utf-8")
