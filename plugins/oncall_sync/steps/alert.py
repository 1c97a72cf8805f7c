"""Last in `report`: alerts people about problems of the sync, as `alerts` in the config says. It never fails a run.

Slack and PagerDuty each remember what arrived. The next run sends what did not, so each alert arrives at least once;
PagerDuty adds a second event of the same key to the same incident.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Literal

from oncall_sync.config import Alerts
from oncall_sync.config.load import Glance, config_path, glance
from oncall_sync.errors import PassingFault, SyncError
from oncall_sync.memory import Memory, Remembered, recall_config
from oncall_sync.models import VERIFIED, Problem, Report, RunResults, replaced
from oncall_sync.pagerduty import events
from oncall_sync.pagerduty.events import PagerDutyEvents
from oncall_sync.rules.alerts import Alert, Open, after_sending, as_text, due_alerts
from oncall_sync.slack.client import SHORT, SlackApi
from oncall_sync.steps.services import Services

PATIENCE = 30.0  # seconds for all events of a run; the next run goes on

Name = Literal["slack", "pagerduty"]
WHERE: dict[Name, str] = {"slack": "in Slack", "pagerduty": "to PagerDuty"}
Alerted = tuple[Alert, ...]


def alert(report: Report, run: RunResults, services: Services) -> Report:
    """The report, with a warning for each service that could not be reached. Connects only if there is an alert."""
    if not run.covers_all_groups:
        return report
    in_file = glance(config_path())
    settings, slack = _settings(run, in_file, services.memory)
    problems = []
    if settings.slack:
        to_slack = partial(_to_slack, settings.slack, lambda: services.slack(slack))
        problems.append(_send("slack", to_slack, report, run, services))
    if settings.pagerduty:
        to_pagerduty = partial(_to_pagerduty, partial(services.events, settings.pagerduty))
        problems.append(_send("pagerduty", to_pagerduty, report, run, services))
    if (url := _heartbeat_url(in_file)) and _all_verified(report, run):
        problems.append(_heartbeat(url))
    return replaced(report, problems=(*report.problems, *filter(None, problems)))


def _settings(run: RunResults, in_file: Glance, memory: Memory) -> tuple[Alerts, str]:
    """Where to, and the Slack connection. From the config of the run; a run that could not read one takes the file,
    and if that is broken, the last usable config."""
    if run.reading is None and in_file.alerts is not None:
        return in_file.alerts, in_file.connections.slack
    last = None if run.reading else recall_config(memory)
    config = run.reading.config if run.reading else last.config if last else None
    return (config.alerts, config.connections.slack) if config else (Alerts(), "")


def _send(
    name: Name, send: Callable[[Alerted], Iterator[Alert]], report: Report, run: RunResults, services: Services
) -> Problem | None:
    """send: yields each alert that has arrived."""
    remembered, now = Remembered(f"alerts_{name}", Open), services.now()
    alerts, still_open = due_alerts(report, run, remembered.load(services.memory), now)
    problem = None
    try:
        for sent in send(alerts) if alerts else ():
            still_open = after_sending(sent, still_open, now)
    except SyncError as error:
        problem = _not_alerted(
            f"Problems of the sync were not reported {WHERE[name]}; the next run tries again. {error}"
        )
    remembered.save(services.memory, still_open)
    return problem


def _to_slack(channel: str, connect: Callable[[], SlackApi], alerts: Alerted) -> Iterator[Alert]:
    """All in one message."""
    slack = connect()
    slack.without_retries()
    slack.limit_waits(SHORT)
    slack.post(channel, as_text(alerts))
    yield from alerts


def _to_pagerduty(connect: Callable[[], PagerDutyEvents], alerts: Alerted) -> Iterator[Alert]:
    """An event for each."""
    pagerduty, until = connect(), time.monotonic() + PATIENCE
    for each in alerts:
        if time.monotonic() > until:
            raise PassingFault("PagerDuty /v2/enqueue", "it answers too slowly", code="pagerduty_down")
        if each.what == "over":
            pagerduty.resolve(f"oncall_sync {each.key}")
        else:
            pagerduty.trigger(f"oncall_sync {each.key}", f"On-call sync: {each.message}", each.since)
        yield each


def _heartbeat_url(in_file: Glance) -> str | None:
    """ONCALL_SYNC_HEARTBEAT=off: a run on a sandbox must not keep the watchdog of the real sync calm."""
    off = os.environ.get("ONCALL_SYNC_HEARTBEAT", "").strip().lower() == "off"
    return in_file.alerts.heartbeat_url if in_file.alerts and not off else None


def _all_verified(report: Report, run: RunResults) -> bool:
    """By the config as it is now: an unusable file is an error of the run, although its last usable config is kept."""
    wrong = any(problem.level == "error" for problem in report.problems)
    return run.is_current_state and not wrong and all(group.status in VERIFIED for group in report.groups.values())


def _heartbeat(url: str) -> Problem | None:
    try:
        events.call_watchdog(url)
        return None
    except SyncError as error:
        return _not_alerted(f"The watchdog did not hear that all groups are right. {error}")


def _not_alerted(text: str) -> Problem:
    return Problem(level="warning", code="not_alerted", message=text)
