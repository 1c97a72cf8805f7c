"""Task 2, resolve_emails: PagerDuty users to the addresses under which Slack knows them."""

from __future__ import annotations

from collections.abc import Callable

from oncall_sync.errors import PassingFault, Refused
from oncall_sync.models import Contact, People, Person, PersonId, Problem, Reading
from oncall_sync.pagerduty_api import PagerDutyApi
from oncall_sync.roster import slack_address


def resolve_emails(reading: Reading, connect: Callable[[str], PagerDutyApi], last_try: bool) -> People:
    """A contact for everybody on call. Those of whom only the ID is known are asked for, one request each.

    Raises Refused (the key), and PassingFault unless it is the last try.
    """
    strangers = [p for p, person in reading.people.items() if person.email is None and not person.deleted]
    api = connect(reading.config.connections.pagerduty) if strangers else None
    contacts = {}
    for person_id, person in reading.people.items():
        if api and person_id in strangers:
            contacts[person_id] = _asked(api, person_id, person, reading, last_try)
        else:
            contacts[person_id] = contact(person_id, person, reading)
    return People(contacts=contacts, requests=api.requests if api else 0)


def contact(person_id: PersonId, person: Person, reading: Reading) -> Contact:
    if person.deleted or not person.email:
        return Contact(name=person.name, problem=_deleted(person_id, person.name))
    if person.email in reading.config.placeholders:
        return Contact(name=person.name, email=person.email, placeholder=True)
    address = slack_address(person.email, reading.config.slack_accounts)
    return Contact(name=person.name, email=person.email, address=address)


def _asked(api: PagerDutyApi, person_id: PersonId, person: Person, reading: Reading, last_try: bool) -> Contact:
    try:
        user = api.user(person_id)
    except Refused as refusal:
        if refusal.code != "pagerduty_not_found":
            raise
        return Contact(name=person.name, problem=_deleted(person_id, person.name))
    except PassingFault as fault:
        if not last_try:
            raise
        return Contact(name=person.name, problem=Problem.of(fault), unreadable=True)
    email = (user.get("email") or "").strip().lower() or None
    return contact(person_id, Person(name=user.get("name") or person.name, email=email), reading)


def _deleted(person_id: PersonId, name: str) -> Problem:
    who = f"{name} ({person_id})" if name != person_id else person_id
    return Problem(
        level="warning",
        code="deleted_user",
        message=f"{who} is on call but is deleted in PagerDuty, without an email. Replace them in the schedule.",
    )
