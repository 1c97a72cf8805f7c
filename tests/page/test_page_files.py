"""What the page's app serves: files alone, with a policy, the same to everybody."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from oncall_sync.page.app import FILES, page

files = sorted(FILES.iterdir())


@pytest.fixture
def client() -> TestClient:
    return TestClient(page())


def test_the_policy_forbids_inline_and_foreign_scripts_and_framing_by_others(client: TestClient) -> None:
    policy = client.get("/").headers["content-security-policy"].split("; ")
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'self'" in policy
    assert not [each for each in policy if "unsafe" in each or "http" in each]


def test_a_new_version_is_seen_at_once(client: TestClient) -> None:
    first = client.get("/page.js")
    assert first.headers["cache-control"] == "no-cache"
    assert client.get("/page.js", headers={"if-none-match": first.headers["etag"]}).status_code == 304


def test_every_answer_has_the_policy_also_that_something_is_not_there(client: TestClient) -> None:
    answer = client.get("/../app.py")
    assert answer.status_code == 404
    assert "content-security-policy" in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_sent_to_it(client: TestClient, method: str) -> None:
    assert client.request(method, "/").status_code == 405


@pytest.mark.parametrize("file", files, ids=lambda file: file.name)
def test_every_file_is_served_as_what_it_is(client: TestClient, file: object) -> None:
    name = str(getattr(file, "name", ""))
    kinds = {"js": "text/javascript", "css": "text/css", "html": "text/html", "svg": "image/svg+xml"}
    assert client.get(f"/{name}").headers["content-type"].startswith(kinds[name.rpartition(".")[2]])


def test_no_file_names_another_server_but_slack_for_its_links() -> None:
    named = {found for file in files for found in re.findall(r"https?://[\w.]+", file.read_text(encoding="utf-8"))}
    assert named <= {"https://app.slack.com", "http://www.w3.org"}


def test_nothing_that_was_read_is_ever_taken_for_html() -> None:
    scripts = "".join(file.read_text(encoding="utf-8") for file in files if file.suffix == ".js")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|srcdoc", scripts)
    html = (FILES / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*src=)|style=|\son\w+=", html)
