"""Who may sign what: only reviewed, unchanged findings whose sides are known, and only once."""

from __future__ import annotations

import json

import pytest
from made_cases import first_document, make_case, review, run_of, write_video

from hemispasm.assess import assess
from hemispasm.formats.case import read_review
from hemispasm.model import RefusedError
from hemispasm.signing import sign


def signing(case, **more):
    return sign(case, **{"initials": "AB", "role": "consultant neurologist", **more})


def refused(case):
    with pytest.raises(RefusedError) as caught:
        signing(case)
    assert caught.value.exit_code == 5
    return caught.value.code


def test_a_reviewed_report_is_signed_once_and_never_replaced(case):
    assess(case)
    assert review(case, "--accept", "all") == 0
    draft = run_of(case).path / "report.html"
    page = signing(case)
    assert page.parent == run_of(case).path
    text = page.read_text()
    assert "DRAFT" not in text
    assert "consultant neurologist" in text
    assert "DRAFT" in draft.read_text()
    signature = read_review(case / "visits/2026-03-02").signatures[0]
    assert signature.findings_sha256 == run_of(case).findings_sha256
    assert refused(case) == "already_signed"
    assess(case)
    assert page.read_text() == text


def test_signing_is_refused_before_anything_was_assessed(case):
    assert refused(case) == "nothing_to_sign"


def test_signing_is_refused_without_a_review(case):
    assess(case)
    assert refused(case) == "not_reviewed"
    assert not list(case.rglob("report.signed.html"))


def test_signing_is_refused_when_only_one_visit_was_reviewed(case):
    assess(case)
    sha = first_document(case).recording.sha256[:12]
    review(case, "--accept", f"{sha}/spasm-0001000")
    assert refused(case) == "not_reviewed"


def test_signing_is_refused_while_mirroring_is_unknown(tmp_path, fake_measuring):
    case = make_case(tmp_path / "case", mirrored=None)
    assess(case)
    assert review(case, "--accept", "all") == 0
    assert refused(case) == "mirroring_unknown"


@pytest.mark.parametrize("change", ["sidecar", "video", "review", "new_video"])
def test_signing_is_refused_when_something_changed_since(case, change):
    assess(case)
    review(case, "--accept", "all")
    visit = case / "visits/2026-03-02"
    if change == "sidecar":
        (visit / "video/rest.json").write_text('{"mirrored": "no", "device": "phone"}')
    elif change == "video":
        write_video(visit / "video/rest.mp4", shade=200)
    elif change == "new_video":
        write_video(visit / "video/second.mp4", shade=210)
    else:
        data = json.loads((visit / "review.json").read_text())
        data["items"][0]["decision"] = "reject"
        (visit / "review.json").write_text(json.dumps(data))
    assert refused(case) == "findings_changed"
    assert not list(case.rglob("report.signed.html"))


def test_a_new_decision_after_the_signature_makes_a_draft_again(case):
    assess(case)
    review(case, "--accept", "all")
    signed = signing(case)
    sha = first_document(case).recording.sha256[:12]
    review(case, "--reject", f"{sha}/spasm-0001000")
    assert run_of(case).path != signed.parent
    assert "DRAFT" in (run_of(case).path / "report.html").read_text()
    assert signed.is_file()
