"""What all methods of the fake Slack share: tokens, scopes, encodings, limits."""

from datetime import timedelta
from typing import Any

import pytest
import requests

from sandbox import Sandbox
from tests.sandbox.clients import Call, Post


@pytest.fixture
def post(sandbox: Sandbox) -> Post:
    def post(method: str, token: str | None = sandbox.world.slack.token, **request: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} | request.pop("headers", {}) if token else {}
        return requests.post(sandbox.slack_url + method, headers=headers, timeout=5, **request)

    return post


@pytest.mark.parametrize(("token", "error"), [(None, "not_authed"), ("xoxb-wrong", "invalid_auth")])
def test_a_missing_or_wrong_token_is_refused_on_http_200(post: Post, token: str | None, error: str) -> None:
    answer = post("usergroups.list", token=token)
    assert (answer.status_code, answer.json()) == (200, {"ok": False, "error": error})


def test_an_unknown_method_is_named_so(slack: Call) -> None:
    assert slack("usergroups.nope") == {"ok": False, "error": "unknown_method"}


@pytest.mark.parametrize(
    ("method", "scope"),
    [
        ("usergroups.list", "usergroups:read"),
        ("usergroups.users.update", "usergroups:write"),
        ("users.list", "users:read"),
        ("users.lookupByEmail", "users:read.email"),
    ],
)
def test_a_missing_scope_is_named(sandbox: Sandbox, slack: Call, method: str, scope: str) -> None:
    sandbox.world.slack.scopes.remove(scope)
    answer = slack(method)
    assert (answer["error"], answer["needed"]) == ("missing_scope", scope)
    assert answer["provided"] == ",".join(sandbox.world.slack.scopes)


def test_arguments_come_as_query_form_or_json(sandbox: Sandbox, post: Post) -> None:
    headers = {"Authorization": f"Bearer {sandbox.world.slack.token}"}
    url = f"{sandbox.slack_url}usergroups.list"
    by_query = requests.get(url, params={"include_users": "true"}, headers=headers, timeout=5).json()
    by_form = post("usergroups.list", data={"include_users": "1"}).json()
    json_type = {"content-type": "application/json; charset=utf-8"}
    by_json = post("usergroups.list", data='{"include_users": true}', headers=json_type).json()
    assert by_query == by_form == by_json
    assert "users" in by_form["usergroups"][0]


def test_members_may_come_as_a_json_list(post: Post) -> None:
    answer = post("usergroups.users.update", json={"usergroup": "SONE", "users": ["UBO"]}).json()
    assert answer["usergroup"]["users"] == ["UBO"]


def test_json_is_not_read_where_slack_does_not_take_it(post: Post) -> None:
    assert post("users.lookupByEmail", json={"email": "ada@acme.example"}).json()["error"] == "invalid_arguments"


def test_an_empty_body_of_json_type_is_fine(post: Post) -> None:
    assert post("auth.test", headers={"content-type": "application/json;charset=utf-8"}).json()["ok"]


@pytest.mark.parametrize(("body", "error"), [("{", "invalid_json"), ("[1]", "json_not_object")])
def test_bad_json_is_refused(post: Post, body: str, error: str) -> None:
    answer = post("usergroups.list", data=body, headers={"content-type": "application/json"}).json()
    assert answer == {"ok": False, "error": error}


def test_json_without_a_charset_is_warned_about(post: Post) -> None:
    answer = post("usergroups.list", json={}).json()
    assert (answer["warning"], answer["response_metadata"]) == ("missing_charset", {"warnings": ["missing_charset"]})


def test_limits_count_per_method_and_name_the_seconds_to_wait(sandbox: Sandbox, post: Post) -> None:
    sandbox.world.rate_limits.slack["usergroups.list"] = 2
    answers = [post("usergroups.list") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json() == {"ok": False, "error": "ratelimited"}
    assert 1 <= int(answers[2].headers["retry-after"]) <= 60
    assert post("usergroups.users.list", data={"usergroup": "SONE"}).status_code == 200


def test_a_new_window_allows_calls_again(sandbox: Sandbox, post: Post) -> None:
    sandbox.world.rate_limits.slack["usergroups.list"] = 1
    assert [post("usergroups.list").status_code for _ in range(2)] == [200, 429]
    later = sandbox.world.now() + timedelta(minutes=1)
    sandbox.world.clock = lambda: later
    assert post("usergroups.list").status_code == 200


def test_limits_are_slacks_own_unless_the_world_says_otherwise(sandbox: Sandbox, post: Post) -> None:
    assert [post("usergroups.list").status_code for _ in range(21)] == [200] * 20 + [429]
    sandbox.world.rate_limits.off()
    assert post("usergroups.list").status_code == 200


def test_every_answer_to_a_valid_token_tells_its_scopes(sandbox: Sandbox, post: Post) -> None:
    sandbox.world.slack.scopes = ["usergroups:read", "chat:write"]
    granted, refused = post("usergroups.list"), post("users.list")
    assert (granted.json()["ok"], refused.json()["error"]) == (True, "missing_scope")
    for answer in (granted, refused):
        assert answer.headers["x-oauth-scopes"] == "usergroups:read,chat:write"
    assert refused.headers["x-accepted-oauth-scopes"] == "users:read"


@pytest.mark.parametrize("token", [None, "xoxb-wrong"])
def test_no_scopes_are_told_without_a_valid_token(post: Post, token: str | None) -> None:
    assert "x-oauth-scopes" not in post("usergroups.list", token=token).headers
