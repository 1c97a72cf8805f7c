"""Task 2, resolve_emails: PagerDuty users to the addresses by which Slack knows them."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import AwareDatetime

from oncall_sync.errors import PassingFault, Refused
from oncall_sync.memory import Remembered
from oncall_sync.models import Contact, Model, People, Person, PersonId, Problem, Reading
from oncall_sync.pagerduty.client import ABOUT_AN_ID, PagerDutyApi
from oncall_sync.rules.members import contact_of
from oncall_sync.steps.services import Services
from oncall_sync.transport import Faults

FRESH = timedelta(days=1)  # for which a remembered email is used without asking


class RememberedEmail(Model):
    name: str
    email: str
    asked_at: AwareDatetime

    def is_fresh(self, now: datetime) -> bool:
        return timedelta() <= now - self.asked_at < FRESH  # a clock may have jumped back


EMAILS = Remembered("people", RememberedEmail)


def resolve_emails(reading: Reading, services: Services) -> People:
    """A contact for everybody on call. /oncalls mostly shows emails; the others cost one request each a day.

    Raises Refused if the key is the reason.
    """
    now = services.now()
    remembered = {p: entry for p, entry in EMAILS.load(services.memory).items() if entry.is_fresh(now)}
    people = {p: _with_remembered(person, remembered.get(p)) for p, person in reading.people.items()}
    without_email = sorted(p for p, person in people.items() if not person.email and not person.deleted)
    contacts = {p: contact(p, person, reading) for p, person in people.items() if p not in without_email}
    if not without_email:
        return People(contacts=contacts)
    api = services.pagerduty(reading.config.connections.pagerduty)
    try:
        for person_id in without_email:
            asked = contacts[person_id] = _ask(api, person_id, people[person_id], reading, services.faults)
            if asked.email:
                remembered[person_id] = RememberedEmail(name=asked.name, email=asked.email, asked_at=now)
    finally:
        EMAILS.save(services.memory, remembered)  # also after an error: the next try then asks for fewer
    return People(contacts=contacts, requests=api.requests)


def _with_remembered(person: Person, entry: RememberedEmail | None) -> Person:
    return Person(name=entry.name, email=entry.email) if entry and not person.email and not person.deleted else person


def contact(person_id: PersonId, person: Person, reading: Reading) -> Contact:
    if person.deleted or not person.email:
        return Contact(name=person.name, problem=_deleted(person_id, person.name))
    if person.email in reading.config.placeholders:
        return Contact(name=person.name, email=person.email, placeholder=True)
    return contact_of(person.name, person.email, reading.config.slack_accounts)


def _ask(api: PagerDutyApi, person_id: PersonId, person: Person, reading: Reading, faults: Faults) -> Contact:
    if faults.enough:
        return Contact(name=person.name, problem=Problem.of(faults.noted[-1]), unreadable=True)
    try:
        user = api.user(person_id)
    except Refused as refusal:
        if refusal.code not in ABOUT_AN_ID:
            raise
        if refusal.code != "pagerduty_not_found":
            return Contact(name=person.name, problem=Problem.of(refusal), unreadable=True)
        return Contact(name=person.name, problem=_deleted(person_id, person.name))
    except PassingFault as fault:
        faults.note(fault)
        return Contact(name=person.name, problem=Problem.of(fault), unreadable=True)
    if not user.email and not user.deleted:
        return Contact(name=user.name, problem=_hidden(person_id, user.name), unreadable=True)
    return contact(person_id, user, reading)


def _hidden(person_id: PersonId, name: str) -> Problem:
    return Problem(
        code="no_email",
        message=f"{name} ({person_id}) is on call or in a team, but PagerDuty shows no email of them. Give the "
        "API key access to users (users.read), or give the person an email.",
    )


def _deleted(person_id: PersonId, name: str) -> Problem:
    who = f"{name} ({person_id})" if name != person_id else person_id
    return Problem(
        level="warning",
        code="deleted_user",
        message=f"{who} is on call or in a team but is deleted in PagerDuty, without an email. Replace them there.",
    )
