"""The whole check, what could not be asked, and what the config alone can get wrong; it writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from oncall_sync.config import Config, Group, Source
from oncall_sync.config.fields import until_text
from oncall_sync.config.load import LoadedConfig, config_path, read_file
from oncall_sync.errors import SyncError
from oncall_sync.forecast.coverage import coverage
from oncall_sync.forecast.findings import Coming, Forecast, Period, ToDo
from oncall_sync.forecast.moments import Timeline
from oncall_sync.forecast.people import Needed, needed
from oncall_sync.forecast.slack import Workspace
from oncall_sync.models import (
    Contact,
    PersonId,
    Problem,
    Reading,
)
from oncall_sync.pagerduty.client import PagerDutyApi
from oncall_sync.parameters import Parameters
from oncall_sync.rules.plan import expired_entries
from oncall_sync.slack.client import SlackApi
from oncall_sync.steps.fetch_schedules import fetch_schedules
from oncall_sync.steps.resolve_emails import resolve_emails
from oncall_sync.steps.services import Services

AHEAD = timedelta(days=14)
NEXT_CHECK = timedelta(hours=36)  # the next one comes in a day, and may be late


def check(services: Services) -> Forecast:
    """Memory is read only, for fewer requests. Never raises a SyncError: what could not be checked is an item too."""
    span, todo, file = Period(services.now(), services.now() + AHEAD), ToDo(), read_file(config_path())
    for mistake in file.mistakes:
        todo.add(Problem(code="config_mistake", message=str(mistake)), *filter(None, [mistake.group]))
    asked: list[PagerDutyApi] = []

    def connect(connection_id: str) -> PagerDutyApi:
        asked.append(services.pagerduty(connection_id))
        return asked[-1]

    reading, contacts = _read(replace(services, pagerduty=connect), span, file, todo)
    config = reading.config
    todo.names.update(_names(reading))
    timelines = {handle: Timeline.of(handle, reading, contacts, span) for handle in config.groups}
    todo.add_each(reading.served, lambda handle: coverage(timelines[handle]))
    people = needed(timelines.values())
    for one in people.values():
        if one.contact.problem:
            todo.add(one.unknown(one.contact.problem), *one.groups)
    slack = _check_slack(services, config, people, todo) if config.groups else None
    if config.alerts.pagerduty:
        with todo.catching_errors():
            services.events(config.alerts.pagerduty)  # that it is there: the key shows only by an event
    todo.add_each(config.groups, lambda handle: _settings(config.groups[handle], config, span))
    if why := Parameters().plan_only(config.writes):
        text = f"The sync writes nothing to Slack: {why}. For real use, change that."
        todo.inform(code="plan_only", message=text)
    return Forecast(
        since=span.start,
        until=span.end,
        config=reading.config_hash,
        problems=todo.items(),
        groups={handle: _ids(group) for handle, group in sorted(config.groups.items())},
        names=dict(sorted(todo.names.items())),
        next={handle: _next(timelines[handle]) for handle in reading.served},
        requests={"PagerDuty": sum(api.requests for api in asked), "Slack": slack.requests if slack else 0},
    )


def _read(
    services: Services, span: Period, file: LoadedConfig, todo: ToDo
) -> tuple[Reading, Mapping[PersonId, Contact]]:
    """If that fails, what is known without PagerDuty."""
    try:
        reading = fetch_schedules(Parameters(as_of=span.start), services, None, until=span.end, with_teams=True)
        people = resolve_emails(reading, services)
    except SyncError as error:
        if file.config or error.code != "config_unusable":  # each of its mistakes is an item already
            todo.add(Problem.of(error))
        config = file.config or Config(groups={})
        return Reading(as_of=span.start, run_started=None, config_hash=file.hash, config=config), {}
    if reading.problems:
        text = "The config cannot be used; the sync, and this check, work from the last one that could be."
        todo.inform(code="config_unusable", message=text)
    return reading, people.contacts


def _check_slack(services: Services, config: Config, people: Mapping[str, Needed], todo: ToDo) -> SlackApi | None:
    slack = None
    with todo.catching_errors():
        slack = services.slack(config.connections.slack)
        Workspace(slack, *slack.identity(), config, services.memory, services.now(), people, todo).check()
    return slack


def _next(timeline: Timeline) -> tuple[Coming, ...]:
    """Of each rotation the next handoff, and all before NEXT_CHECK has passed."""
    by_source: dict[Source, list[Coming]] = {}
    for source, coming in timeline.handoffs():
        by_source.setdefault(source, []).append(coming)
    soon = timeline.span.start + NEXT_CHECK
    chosen = {
        (one.start, one.name)
        for coming in by_source.values()
        for one in coming
        if one.start < soon or one.start == coming[0].start
    }
    return tuple(Coming(name=name, start=start) for start, name in sorted(chosen))


def _settings(group: Group, config: Config, span: Period) -> Iterator[Problem]:
    """What a group without a mistake can still get wrong, and what of it ends within the span."""
    vain = dict.fromkeys(config.placeholders, "among the placeholders, which are in no group")
    vain |= {entry.email: "under `never`, which wins" for entry in group.never if entry.until is None}
    for key, emails in (("always", [entry.email for entry in group.always]), ("fallback", group.fallback)):
        for email in filter(vain.get, emails):
            text = f"{email} is under `{key}` without effect: it is also {vain[email]}. Remove one of the two."
            yield Problem(level="warning", code="void_entry", message=text)
    yield from (problem for _, problem in expired_entries(group, span.start))
    for key, entries in (("always", group.always), ("never", group.never)):
        for entry in entries:
            if entry.until and span.start < entry.until <= span.end:
                why = f" ({entry.reason})" if entry.reason else ""
                ends = f"{entry.email} under `{key}` ends after {until_text(entry.until)}{why}."
                message = f"{ends} If that is too early, give it a new end."
                yield Problem(level="info", code="expiring", message=message)


def _names(reading: Reading) -> dict[str, str]:
    """Of the sources of the config; PagerDuty also names the policies around a schedule."""
    asked = {source.id for group in reading.groups.values() for source in group.sources}
    return {one_id: name for one_id, name in reading.names.items() if one_id in asked}


def _ids(group: Group) -> dict[str, str]:
    """{"PESC456 level 2": "PESC456", "announce": "C0123ABC"}"""
    ids = {str(source): source.id for source in group.sources}
    others = {"id": group.id, "announce": group.announce, "topic": group.topic}
    return ids | {key: value for key, value in others.items() if value}
