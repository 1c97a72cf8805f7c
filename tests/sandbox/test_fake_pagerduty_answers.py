"""What all endpoints of the fake PagerDuty share: keys, pages, limits; and its people."""

from datetime import timedelta

import pytest
import requests

from sandbox import Sandbox, World
from tests.sandbox.clients import Get


@pytest.mark.parametrize("authorization", [None, "Token token=wrong", "Bearer wrong", "sandbox-pagerduty-key"])
def test_a_missing_or_wrong_key_is_answered_401_in_plain_text(sandbox: Sandbox, authorization: str | None) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = requests.get(f"{sandbox.pagerduty_url}/oncalls", headers=headers, timeout=5)
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("scheme", ["Token token={}", "Bearer {}"])
def test_a_key_may_come_as_token_or_bearer(sandbox: Sandbox, scheme: str) -> None:
    headers = {"Authorization": scheme.format(sandbox.world.pagerduty.token)}
    assert requests.get(f"{sandbox.pagerduty_url}/users", headers=headers, timeout=5).status_code == 200


@pytest.fixture
def crowd(world: World) -> None:
    grid = World.grid(groups=1, schedules_per_group=60, people_per_schedule=2)
    for part in ("people", "schedules", "policies"):
        getattr(world, part).update(getattr(grid, part))


@pytest.mark.usefixtures("crowd")
def test_a_page_has_25_rows_unless_asked_and_100_at_most(pagerduty: Get) -> None:
    assert len(pagerduty("/oncalls").json()["oncalls"]) == 25
    assert len(pagerduty("/oncalls", limit=100).json()["oncalls"]) == 67
    page = pagerduty("/users", limit=500).json()
    assert (len(page["users"]), page["limit"], page["more"]) == (100, 100, True)


@pytest.mark.usefixtures("crowd")
def test_following_offset_and_more_gives_every_row_once(pagerduty: Get) -> None:
    seen, offset, more = [], 0, True
    while more:
        page = pagerduty("/users", limit=50, offset=offset).json()
        seen += [user["id"] for user in page["users"]]
        offset, more = offset + 50, page["more"]
    assert len(seen) == len(set(seen)) == 123


def test_the_total_is_null_unless_it_is_asked_for(pagerduty: Get) -> None:
    assert pagerduty("/users").json()["total"] is None
    assert pagerduty("/users", total="true").json()["total"] == 3


def test_pages_end_at_row_10000(pagerduty: Get) -> None:
    assert pagerduty("/oncalls", limit=100, offset=9900).status_code == 200
    assert pagerduty("/oncalls", limit=100, offset=9901).status_code == 400


@pytest.mark.parametrize("path", ["/oncalls", "/users", "/schedules", "/teams/PTEAM/members"])
def test_an_unknown_include_is_refused(pagerduty: Get, path: str) -> None:
    answer = pagerduty(path, {"include[]": "everything"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 2001)


@pytest.mark.parametrize("since", ["yesterday", "2026-13-01", "2026-03-02T12:00:00 00:00"])
def test_a_time_that_is_none_is_refused(pagerduty: Get, since: str) -> None:
    error = pagerduty("/oncalls", since=since).json()["error"]
    assert error == {"message": "Invalid time values in 'since' and/or 'until' parameters", "code": 2004}


@pytest.mark.parametrize("path", ["/oncalls", "/schedules/PDAY"])
def test_since_after_until_is_refused(pagerduty: Get, path: str) -> None:
    assert pagerduty(path, since="2026-03-03", until="2026-03-02").status_code == 400


@pytest.mark.parametrize("path", ["/oncalls", "/users/PNOBODY", "/no/such/path", "/schedules/PTWO"])
def test_every_answer_tells_what_is_left_of_the_rate_limit(pagerduty: Get, path: str) -> None:
    headers = pagerduty(path).headers
    assert (headers["ratelimit-limit"], headers["ratelimit-remaining"]) == ("960", "959")
    assert 1 <= int(headers["ratelimit-reset"]) <= 60


def test_beyond_the_rate_limit_comes_429_with_the_seconds_to_wait_and_then_it_goes_on(
    sandbox: Sandbox, pagerduty: Get
) -> None:
    sandbox.world.rate_limits.pagerduty = 2
    answers = [pagerduty("/users") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json() == {"error": {"message": "Rate Limit Exceeded", "code": 2020}}
    assert (answers[2].headers["ratelimit-remaining"], answers[2].headers["ratelimit-reset"]) == ("0", "60")
    later = sandbox.world.now() + timedelta(minutes=1)
    sandbox.world.clock = lambda: later
    assert pagerduty("/users").status_code == 200


def test_a_deleted_user_is_not_found_and_not_listed(pagerduty: Get) -> None:
    assert pagerduty("/users/PGONE").status_code == 404
    assert [user["id"] for user in pagerduty("/users").json()["users"]] == ["PADA", "PBO", "PCY"]


def test_users_are_found_by_name_or_email(pagerduty: Get) -> None:
    assert [user["id"] for user in pagerduty("/users", query="bo@acme").json()["users"]] == ["PBO"]
