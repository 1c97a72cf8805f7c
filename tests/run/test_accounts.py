"""Addresses to Slack accounts, by the way that Slack's rate limits make faster."""

from __future__ import annotations

from math import ceil
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_sync.errors import PassingFault, Refused
from oncall_sync.slack.accounts import Search, lookups_are_faster
from oncall_sync.slack.answers import Account
from oncall_sync.slack.client import PAGE, SlackApi
from tests.builders import crowd, email, slack_id


def account(name: str, **more: Any) -> Account:
    return Account(**{"id": slack_id(name), "name": name.title(), "email": email(name), **more})


class Workspace:
    """A Slack client with these accounts; `asked` holds what was asked of it. It is down after `until` calls."""

    def __init__(self, *accounts: Account, until: int = 10**6) -> None:
        self._accounts, self._until = accounts, until
        self.asked: list[str] = []

    def account_by_email(self, address: str) -> Account | None:
        self._ask(address)
        active = [a for a in self._accounts if a.email == address and a.unusable != "deactivated_account"]
        return active[0] if active else None

    def account_by_id(self, slack_id: str) -> Account | None:
        self._ask(slack_id)
        return next((a for a in self._accounts if a.id == slack_id), None)

    def accounts(self, cursor: str = "") -> tuple[list[Account], str]:
        self._ask("page")
        start = int(cursor or 0)
        following = start + PAGE
        return list(self._accounts[start:following]), str(following) if following < len(self._accounts) else ""

    @property
    def pages(self) -> int:
        return self.asked.count("page")

    def _ask(self, what: str) -> None:
        if len(self.asked) >= self._until:
            raise PassingFault("Slack", "cannot be reached", code="slack_down")
        self.asked.append(what)


def search(workspace: Workspace, *names: str, size: int | None = None) -> Search:
    made = Search(unknown={email(name) for name in names}, workspace_size=size)
    made.run(cast(SlackApi, workspace), last_try=False)
    return made


def named(search: Search) -> dict[str, tuple[str, str]]:
    """Address → (ID, name)."""
    return {address: (found.id, found.name) for address, found in search.found.items()}


# ── which way ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [None, 1, 2_000, 50_000])
def test_up_to_fifty_people_are_looked_up_because_that_needs_no_waiting(size: int | None) -> None:
    assert lookups_are_faster(50, 0, size)


@pytest.mark.parametrize(
    ("unknown", "size", "faster"),
    [
        (51, 4_000, False),  # 20 pages need no waiting, 51 lookups wait a minute
        (51, 4_001, True),  # both wait a minute
        (100, 8_000, True),
        (101, 8_000, False),
        (500, 40_000, True),
        (501, 40_000, False),
        (501, 40_001, True),
    ],
)
def test_in_a_workspace_of_known_size_the_way_that_waits_less_is_taken(unknown: int, size: int, faster: bool) -> None:
    assert lookups_are_faster(unknown, 0, size) == faster


@pytest.mark.parametrize(
    ("unknown", "pages_read", "faster"), [(51, 0, False), (51, 20, True), (101, 20, False), (101, 40, True)]
)
def test_in_a_workspace_of_unknown_size_as_many_pages_are_taken_to_come_as_were_read(
    unknown: int, pages_read: int, faster: bool
) -> None:
    assert lookups_are_faster(unknown, pages_read, None) == faster


def test_only_the_pages_that_are_left_count() -> None:
    assert lookups_are_faster(51, 0, 8_000)
    assert not lookups_are_faster(51, 20, 8_000)


@given(st.integers(1, 5_000), st.integers(0, 200_000))
def test_the_way_taken_never_waits_longer_than_the_other(unknown: int, size: int) -> None:
    lookups, pages = ceil(unknown / 50) - 1, max(0, ceil(ceil(size / PAGE) / 20) - 1)
    taken = lookups if lookups_are_faster(unknown, 0, size) else pages
    assert taken == min(lookups, pages)


# ── looking up ───────────────────────────────────────────────────────────────────────────────────────────


def test_nobody_unknown_costs_no_request() -> None:
    workspace = Workspace(account("ada"))
    search(workspace)
    assert workspace.asked == []


def test_a_few_people_are_looked_up_one_by_one() -> None:
    workspace = Workspace(account("ada"), account("bo"), account("cy"))
    found = search(workspace, "bo", "ada")
    assert named(found) == {email("ada"): ("UADA", "Ada"), email("bo"): ("UBO", "Bo")}
    assert workspace.asked == [email("ada"), email("bo")]
    assert found.unknown == set()


def test_who_has_no_account_is_missing_and_the_others_are_found() -> None:
    found = search(Workspace(account("ada")), "ada", "bo")
    assert list(found.found) == [email("ada")]
    assert found.missing == {email("bo"): "no_slack_account"}


def test_what_was_found_before_slack_went_down_stays_found() -> None:
    made = Search(unknown={email("ada"), email("bo"), email("cy")})
    with pytest.raises(PassingFault):
        made.run(cast(SlackApi, Workspace(account("ada"), account("bo"), until=1)), last_try=False)
    assert list(made.found) == [email("ada")]
    assert made.unknown == {email("bo"), email("cy")}


def test_a_member_id_is_asked_for_as_one() -> None:
    made = Search(unknown={"UADA", "UGONE"})
    made.run(cast(SlackApi, Workspace(account("ada"))), last_try=False)
    assert named(made) == {"UADA": ("UADA", "Ada")}
    assert made.missing == {"UGONE": "no_slack_account"}


def test_an_unusable_account_is_missing_with_its_reason() -> None:
    found = search(Workspace(account("ada", unusable="guest_account")), "ada")
    assert (found.found, found.missing) == ({}, {email("ada"): "guest_account"})


# ── listing ──────────────────────────────────────────────────────────────────────────────────────────────

MANY = crowd(60)
PEOPLE = [account(name) for name in MANY]
OTHERS = [account(f"x{n}") for n in range(1_000)]


def test_many_people_are_found_in_the_list_of_all_accounts() -> None:
    workspace = Workspace(*OTHERS, *PEOPLE)
    found = search(workspace, *MANY)
    assert {a for a, _ in named(found).values()} == {slack_id(name) for name in MANY}
    assert workspace.asked == ["page"] * 6
    assert found.unknown == set()


def test_the_list_is_read_no_further_than_needed() -> None:
    workspace = Workspace(*PEOPLE, *OTHERS)
    found = search(workspace, *MANY)
    assert workspace.asked == ["page"]
    assert found.workspace_size is None  # it was not counted


def test_a_list_read_to_its_end_tells_how_large_the_workspace_is() -> None:
    found = search(Workspace(*OTHERS, *PEOPLE), *MANY, "gone")
    assert found.workspace_size == 1_060
    assert found.missing == {email("gone"): "no_slack_account"}


def test_a_deactivated_account_in_the_list_is_called_that() -> None:
    workspace = Workspace(account("ada", unusable="deactivated_account"), *OTHERS)
    assert search(workspace, "ada", *MANY).missing[email("ada")] == "deactivated_account"


@pytest.mark.parametrize("order", [1, -1])
def test_an_active_account_goes_before_a_deactivated_one_of_the_same_address(order: int) -> None:
    twice = [account("ada", unusable="deactivated_account", id="UOLD"), account("ada")][::order]
    assert named(search(Workspace(*twice, *OTHERS), "ada", *MANY))[email("ada")] == ("UADA", "Ada")


def test_a_token_that_is_shown_no_emails_is_refused_with_the_scope_that_it_lacks() -> None:
    nameless = [account(f"x{n}", email="") for n in range(10)]
    with pytest.raises(Refused, match=r"Add the scope users:read\.email") as refused:
        search(Workspace(*nameless), *MANY)
    assert refused.value.code == "missing_scope"


def test_in_a_huge_workspace_the_list_is_left_when_the_rest_is_looked_up_faster() -> None:
    """Nobody knew how large it is; after 20 pages all but ten are found."""
    huge = [account(f"y{n}") for n in range(PAGE * 30)]
    workspace = Workspace(*PEOPLE[:50], *huge, *PEOPLE[50:])
    found = search(workspace, *MANY)
    assert workspace.pages == 20
    assert workspace.asked[20:] == [email(name) for name in MANY[50:]]
    assert len(found.found) == 60


def test_a_member_id_beside_many_addresses_is_asked_for_after_the_list() -> None:
    made = Search(unknown={*map(email, MANY), "UX1"})
    workspace = Workspace(*OTHERS, *PEOPLE)
    made.run(cast(SlackApi, workspace), last_try=False)
    assert workspace.asked == [*["page"] * 6, "UX1"]
    assert named(made)["UX1"] == ("UX1", "X1")
