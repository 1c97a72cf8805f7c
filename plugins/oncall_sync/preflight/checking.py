"""The whole check, and what could not be asked. Reads the config, PagerDuty and Slack; writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from oncall_sync.clients.pagerduty_api import PagerDutyApi
from oncall_sync.clients.pagerduty_events import PagerDutyEvents
from oncall_sync.clients.slack_api import SlackApi
from oncall_sync.config import Config, Group
from oncall_sync.config.file import LoadedConfig, config_path, read_file
from oncall_sync.errors import SyncError
from oncall_sync.memory import Memory
from oncall_sync.models import Problem
from oncall_sync.preflight.coming import coming
from oncall_sync.preflight.coverage import OnCalls, coverage
from oncall_sync.preflight.findings import Preflight, ToDo
from oncall_sync.preflight.needed import needed, unknown
from oncall_sync.preflight.periods import Period
from oncall_sync.preflight.settings import plan_only, settings
from oncall_sync.preflight.workspace import Workspace
from oncall_sync.run_request import RunRequest
from oncall_sync.steps.fetch_schedules import fetch_schedules
from oncall_sync.steps.resolve_emails import resolve_emails

AHEAD = timedelta(days=14)
Api = TypeVar("Api", PagerDutyApi, SlackApi)


class Counted(list[Api]):
    """The clients that were made, for the sum of their requests, also of those that failed."""

    def connecting(self, connect: Callable[[str], Api]) -> Callable[[str], Api]:
        def make(connection_id: str) -> Api:
            self.append(connect(connection_id))
            return self[-1]

        return make

    @property
    def requests(self) -> int:
        return sum(api.requests for api in self)


def check(
    memory: Memory,
    connect_pagerduty: Callable[[str], PagerDutyApi],
    connect_slack: Callable[[str], SlackApi],
    connect_events: Callable[[str], PagerDutyEvents],
    now: datetime,
) -> Preflight:
    """memory: read only, for fewer requests. now: aware, UTC, a whole second. Never raises a SyncError: what could not
    be checked is an item too."""
    span, todo, loaded = Period(now, now + AHEAD), ToDo(), read_file(config_path())
    for mistake in loaded.mistakes:
        todo.add(Problem(code="config_mistake", message=str(mistake)), *filter(None, [mistake.group]))
    asked, answered = Counted[PagerDutyApi](), Counted[SlackApi]()
    on_calls = _read(memory, asked.connecting(connect_pagerduty), span, loaded, todo)
    config = on_calls.reading.config if on_calls else loaded.config or Config(groups={})
    if on_calls:
        _check_sources(on_calls, span, todo)
    people = needed(config, on_calls, span)
    for one in people.values():
        if one.contact.problem:
            todo.add(unknown(one, one.contact.problem), *one.groups)
    names = _names(on_calls) if on_calls else {}
    if config.groups:
        with todo.noting():
            slack = answered.connecting(connect_slack)(config.connections.slack)
            Workspace(slack, config, memory, now, todo, names).check(people)
    if config.alerts.pagerduty:
        with todo.noting():
            connect_events(config.alerts.pagerduty)  # that it is there: the key shows only by an event
    _check_settings(config, span, todo)
    return Preflight(
        since=span.start,
        until=span.end,
        config=on_calls.reading.config_hash if on_calls else loaded.hash,
        problems=todo.items(),
        groups={handle: _ids(group) for handle, group in sorted(config.groups.items())},
        names=dict(sorted(names.items())),
        next={handle: coming(group, on_calls, now) for handle, group in config.groups.items()} if on_calls else {},
        requests={"PagerDuty": asked.requests, "Slack": answered.requests},
    )


def _read(
    memory: Memory, connect: Callable[[str], PagerDutyApi], span: Period, loaded: LoadedConfig, todo: ToDo
) -> OnCalls | None:
    request = RunRequest(as_of=span.start, last_try=True)  # what cannot be read now is told, and the rest is checked
    try:
        reading = fetch_schedules(request, memory, connect, span.start, None, until=span.end, with_teams=True)
        people = resolve_emails(reading, memory=memory, connect=connect, now=span.start, last_try=True)
    except SyncError as error:
        if loaded.config or error.code != "config_unusable":  # its mistakes are told one by one
            todo.add(Problem.of(error))
        return None
    if reading.problems:
        text = "The config cannot be used; the sync, and this check, work from the last one that could be."
        todo.add(Problem(level="info", code="config_unusable", message=text))
    return OnCalls(reading, people.contacts)


def _names(on_calls: OnCalls) -> dict[str, str]:
    """Of what the config names; PagerDuty tells of the policies around a schedule too."""
    asked = {source.id for group in on_calls.reading.groups.values() for source in group.sources}
    return {one_id: name for one_id, name in on_calls.reading.names.items() if one_id in asked}


def _check_sources(on_calls: OnCalls, span: Period, todo: ToDo) -> None:
    for handle, group in on_calls.reading.config.groups.items():
        for source in group.sources:
            if problem := on_calls.reading.rotations[str(source)].problem:
                todo.add(problem, handle)
        for gap in coverage(group, on_calls, span):
            todo.add(gap, handle)


def _check_settings(config: Config, span: Period, todo: ToDo) -> None:
    for handle, group in config.groups.items():
        for problem in settings(group, config, span.start, span.end):
            todo.add(problem, handle)
    if why := RunRequest().plan_only(config.writes):
        todo.add(plan_only(why))


def _ids(group: Group) -> dict[str, str]:
    """{"PESC456 level 2": "PESC456", "announce": "C0123ABC"}"""
    ids = {str(source): source.id for source in group.sources}
    others = {"id": group.id, "announce": group.announce, "topic": group.topic}
    return ids | {key: value for key, value in others.items() if value}
