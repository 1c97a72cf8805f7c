"""Last in `report`: tells those whom `alerts` in the config names what is wrong with the sync. It never fails a run.

What was told is remembered for each way by itself; the next run tells what was not, or that it is over. So both are
told at least once; PagerDuty takes a second event of the same key for the same incident.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Literal

from pydantic import ValidationError

from oncall_sync.config import Alerts
from oncall_sync.config.file import Glance, config_path, glance
from oncall_sync.errors import PassingFault, SyncError
from oncall_sync.memory import Memory, recall_config
from oncall_sync.models import VERIFIED, Problem, Report, RunResults
from oncall_sync.pagerduty import events
from oncall_sync.pagerduty.events import PagerDutyEvents
from oncall_sync.rules.alerts import Alert, Key, Open, alerts, as_text, untold
from oncall_sync.slack.client import SHORT, SlackApi
from oncall_sync.steps.services import Services

PATIENCE = 30.0  # seconds for all events of a run; the next one goes on

Name = Literal["slack", "pagerduty"]
WHERE: dict[Name, str] = {"slack": "in Slack", "pagerduty": "to PagerDuty"}
Way = Callable[[tuple[Alert, ...]], Iterator[Alert]]  # each as soon as it is told


def alert(
    report: Report,
    run: RunResults,
    services: Services,
) -> Report:
    """The report, with a warning for each way that is down. No connection is made where there is nothing to tell."""
    if not run.covers_all_groups:
        return report
    memory, now = services.memory, services.now()
    in_file = glance(config_path())
    said, slack = _settings(run, in_file, memory)
    ways: dict[Name, Way] = {}
    if said.slack:
        ways["slack"] = partial(_post, said.slack, lambda: services.slack(slack))
    if said.pagerduty:
        ways["pagerduty"] = partial(_send, partial(services.events, said.pagerduty))
    problems = []
    for name, way in ways.items():
        known = _known(name, memory)
        told, after = alerts(report, run, known, now)
        left, problem = _tell(name, way, told) if told else ((), None)
        after |= untold(left, known)
        memory.save(f"alerts_{name}", {key: state.model_dump(mode="json") for key, state in after.items()})
        problems.append(problem)
    if (url := _heartbeat_url(in_file)) and _all_verified(report, run):
        problems.append(_heartbeat(url))
    return report.model_copy(update={"problems": (*report.problems, *filter(None, problems))})


def _settings(run: RunResults, in_file: Glance, memory: Memory) -> tuple[Alerts, str]:
    """Whom to tell, and the connection to Slack. A run that could not even begin takes them from the file, and where
    that is broken, from the last config that was not."""
    if run.reading is None and in_file.alerts is not None:
        return in_file.alerts, in_file.connections.slack
    last = None if run.reading else recall_config(memory)
    config = run.reading.config if run.reading else last.config if last else None
    return (config.alerts, config.connections.slack) if config else (Alerts(), "")


def _heartbeat_url(in_file: Glance) -> str | None:
    """ONCALL_SYNC_HEARTBEAT=off: what runs on a sandbox says nothing of the real one."""
    off = os.environ.get("ONCALL_SYNC_HEARTBEAT", "").strip().lower() == "off"
    return in_file.alerts.heartbeat_url if in_file.alerts and not off else None


def _all_verified(report: Report, run: RunResults) -> bool:
    """And by the config as it is: one that cannot be used makes the run fail, and leaves an old one in force."""
    wrong = any(problem.level == "error" for problem in report.problems)
    return run.is_current_state and not wrong and all(group.status in VERIFIED for group in report.groups.values())


def _known(name: Name, memory: Memory) -> dict[Key, Open]:
    """Without what another version remembered: it is told anew."""
    known = {}
    for key, value in memory.load(f"alerts_{name}").items():
        with suppress(ValidationError):
            known[key] = Open.model_validate(value)
    return known


def _tell(name: Name, way: Way, told: tuple[Alert, ...]) -> tuple[list[Alert], Problem | None]:
    """Those that could not be told, and why."""
    left = list(told)
    try:
        for one in way(told):
            left.remove(one)
    except SyncError as error:
        return left, _not_told(f"Problems of the sync were not told {WHERE[name]}; the next run tries again. {error}")
    return left, None


def _post(channel: str, connect: Callable[[], SlackApi], told: tuple[Alert, ...]) -> Iterator[Alert]:
    """All in one message."""
    slack = connect()
    slack.without_retries()
    slack.limit_waits(SHORT)
    slack.post(channel, as_text(told))
    yield from told


def _send(connect: Callable[[], PagerDutyEvents], told: tuple[Alert, ...]) -> Iterator[Alert]:
    """An event for each."""
    pagerduty, until = connect(), time.monotonic() + PATIENCE
    for one in told:
        if time.monotonic() > until:
            raise PassingFault("PagerDuty /v2/enqueue", "it answers too slowly", code="pagerduty_down")
        if one.what == "over":
            pagerduty.resolve(f"oncall_sync {one.key}")
        else:
            pagerduty.trigger(f"oncall_sync {one.key}", f"On-call sync: {one.message}", one.since)
        yield one


def _heartbeat(url: str) -> Problem | None:
    try:
        events.call_watchdog(url)
        return None
    except SyncError as error:
        return _not_told(f"That all groups are right was told to nobody. {error}")


def _not_told(text: str) -> Problem:
    return Problem(level="warning", code="not_alerted", message=text)
