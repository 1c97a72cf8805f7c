"""What the steps need from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from oncall_sync.memory import Memory
from oncall_sync.pagerduty.client import PagerDutyApi
from oncall_sync.pagerduty.events import PagerDutyEvents
from oncall_sync.slack import accounts
from oncall_sync.slack.client import SlackApi
from oncall_sync.slack.same_person import SamePerson
from oncall_sync.transport import Faults


@dataclass(frozen=True)
class Services:
    """Memory, a client for each connection ID, and the time: aware, UTC, a whole second.

    A client is made where the step first needs it: a run that has nothing to ask Slack needs no Slack connection.
    faults: what this try of the step noted; see flow.attempt.
    """

    memory: Memory
    pagerduty: Callable[[str], PagerDutyApi]
    connect_slack: Callable[[str], SlackApi]
    events: Callable[[str], PagerDutyEvents]
    now: Callable[[], datetime]
    faults: Faults = field(default_factory=Faults)

    def slack(self, connection_id: str) -> SlackApi:
        api = self.connect_slack(connection_id)
        api.same_person = SamePerson(lambda: accounts.load(self.memory, self.now()).values())
        return api
