"""PagerDuty users to the addresses under which Slack knows them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from oncall_sync.errors import PassingFault, Refused
from oncall_sync.flow import attempt
from oncall_sync.memory import Memory
from oncall_sync.models import Contact, People, Person
from oncall_sync.pagerduty.client import PagerDutyApi
from oncall_sync.steps import resolve_emails
from oncall_sync.steps.resolve_emails import contact
from tests.builders import AT, HOUR, DictStore, Situation, email, services

STRANGER = Person(name="PUEVE")  # as a shift-based schedule tells people: by their ID alone
GONE = Refused("PagerDuty /users/PUEVE", "refuses (404)", code="pagerduty_not_found")
DOWN = PassingFault("PagerDuty /users/PUEVE", "answers 502", code="pagerduty_down")


class PagerDutyWithUsers:
    """A PagerDuty client that knows users by ID, or answers each with one fault."""

    def __init__(self, users: dict[str, Any] | None = None, fault: Exception | None = None) -> None:
        self.requests, self._users, self._fault = 0, users or {}, fault

    def user(self, user_id: str) -> dict[str, Any]:
        self.requests += 1
        if self._fault:
            raise self._fault
        return dict(self._users[user_id])


def resolve(
    people: dict[str, Person],
    pagerduty: PagerDutyWithUsers | None = None,
    *,
    memory: Memory | None = None,
    last_try: bool = False,
    now: datetime = AT,
    **config: Any,
) -> People:
    reading = Situation(**config).reading().model_copy(update={"people": people})
    client = cast(PagerDutyApi, pagerduty)  # None: must not be asked
    needed = services(memory, now=now, pagerduty=client)
    return attempt(lambda s: resolve_emails(reading, s), needed, last_try=last_try)


def eve(**more: Any) -> PagerDutyWithUsers:
    return PagerDutyWithUsers({"PUEVE": {"name": "Eve", "email": "Eve@Acme.example", **more}})


def test_an_email_that_came_with_the_shift_costs_no_request() -> None:
    people = resolve({"PUADA": Person(name="Ada", email=email("ada"))})
    assert people == People(contacts={"PUADA": Contact(name="Ada", email=email("ada"))})
    assert people.contacts["PUADA"].address == email("ada")


def test_slack_may_know_a_person_by_another_address() -> None:
    people = resolve({"PUADA": Person(name="Ada", email=email("ada"))}, slack_accounts={"@acme.example": "@acme.io"})
    assert people.contacts["PUADA"].address == "ada@acme.io"
    assert people.contacts["PUADA"].email == email("ada")


def test_a_placeholder_is_marked_and_has_no_address() -> None:
    people = resolve({"PUNOOP": Person(name="Noop", email=email("noop"))}, placeholders=["noop"])
    assert people.contacts["PUNOOP"].placeholder
    assert people.contacts["PUNOOP"].address is None


def test_a_deleted_user_is_reported_and_not_asked_for() -> None:
    people = resolve({"PUADA": Person(name="Ada", deleted=True)})
    found = people.contacts["PUADA"]
    assert found.address is None
    assert found.problem is not None
    assert (found.problem.level, found.problem.code) == ("warning", "deleted_user")
    assert found.problem.message.startswith("Ada (PUADA) is on call or in a team but is deleted in PagerDuty")


def test_a_person_of_whom_only_the_id_is_known_is_asked_for() -> None:
    people = resolve({"PUEVE": STRANGER}, eve())
    assert people.contacts["PUEVE"] == Contact(name="Eve", email=email("eve"))
    assert people.requests == 1


def test_a_placeholder_of_whom_only_the_id_is_known_is_a_placeholder_too() -> None:
    assert resolve({"PUEVE": STRANGER}, eve(), placeholders=["eve"]).contacts["PUEVE"].placeholder


def test_a_person_whom_pagerduty_does_not_know_any_more_is_deleted() -> None:
    found = resolve({"PUEVE": STRANGER}, PagerDutyWithUsers(fault=GONE)).contacts["PUEVE"]
    assert found.problem is not None
    assert found.problem.code == "deleted_user"
    assert not found.unreadable


def test_a_person_without_an_email_is_never_guessed() -> None:
    found = resolve({"PUEVE": STRANGER}, eve(email=None)).contacts["PUEVE"]
    assert found.address is None
    assert found.problem is not None


def test_a_passing_fault_is_left_to_the_tasks_next_try() -> None:
    with pytest.raises(PassingFault):
        resolve({"PUEVE": STRANGER}, PagerDutyWithUsers(fault=DOWN))


def test_on_the_last_try_a_passing_fault_makes_the_person_unreadable_and_the_others_go_on() -> None:
    people = {"PUEVE": STRANGER, "PUADA": Person(name="Ada", email=email("ada"))}
    contacts = resolve(people, PagerDutyWithUsers(fault=DOWN), last_try=True).contacts
    assert contacts["PUEVE"].unreadable
    assert contacts["PUADA"].address == email("ada")


def test_what_concerns_the_key_fails_the_task_also_on_the_last_try() -> None:
    refused = Refused("PagerDuty /users/PUEVE", "refuses (401)", code="pagerduty_auth")
    with pytest.raises(Refused):
        resolve({"PUEVE": STRANGER}, PagerDutyWithUsers(fault=refused), last_try=True)


@pytest.mark.parametrize("code", ["pagerduty_bad_request", "pagerduty_forbidden"])
@pytest.mark.parametrize("last_try", [False, True])
def test_a_person_whom_pagerduty_will_not_show_is_unreadable_and_the_others_go_on(code: str, last_try: bool) -> None:
    refused = Refused("PagerDuty /users/PUEVE", "refuses", code=code)
    people = {"PUEVE": STRANGER, "PUADA": Person(name="Ada", email=email("ada"))}
    contacts = resolve(people, PagerDutyWithUsers(fault=refused), last_try=last_try).contacts
    assert contacts["PUEVE"].unreadable
    assert contacts["PUEVE"].problem is not None
    assert contacts["PUEVE"].problem.code == code
    assert contacts["PUADA"].address == email("ada")


def test_a_person_whom_pagerduty_will_not_show_is_not_remembered() -> None:
    memory = Memory(DictStore())
    refused = Refused("PagerDuty /users/PUEVE", "refuses", code="pagerduty_forbidden")
    resolve({"PUEVE": STRANGER}, PagerDutyWithUsers(fault=refused), memory=memory)
    assert resolve({"PUEVE": STRANGER}, eve(), memory=memory).contacts["PUEVE"].address == email("eve")


@pytest.mark.parametrize(("later", "asked"), [(23 * HOUR, 0), (24 * HOUR, 1)])
def test_a_person_who_was_asked_for_is_remembered_for_a_day(later: timedelta, asked: int) -> None:
    memory = Memory(DictStore())
    resolve({"PUEVE": STRANGER}, eve(), memory=memory)
    people = resolve({"PUEVE": STRANGER}, eve(), memory=memory, now=AT + later)
    assert people.contacts["PUEVE"] == Contact(name="Eve", email=email("eve"))
    assert people.requests == asked


def test_a_person_who_was_deleted_since_is_not_taken_from_memory() -> None:
    memory = Memory(DictStore())
    resolve({"PUEVE": STRANGER}, eve(), memory=memory)
    found = resolve({"PUEVE": Person(name="Eve", deleted=True)}, memory=memory).contacts["PUEVE"]
    assert found.problem is not None


@pytest.mark.parametrize("odd", ["eve", ["eve"], None, {}, ["Eve", None, 1], ["Eve", email("eve"), "yesterday"]])
def test_a_remembered_person_that_another_version_wrote_counts_as_lost(odd: Any) -> None:
    memory = Memory(DictStore())
    memory.save("people", {"PUEVE": odd})
    assert resolve({"PUEVE": STRANGER}, eve(), memory=memory).contacts["PUEVE"].address == email("eve")


def test_a_contact_of_a_user_without_an_email_says_that_they_are_deleted() -> None:
    found = contact("PUADA", Person(name="PUADA"), Situation().reading())
    assert found.problem is not None
    assert found.problem.message.startswith("PUADA is on call or in a team but is deleted")
