"""What the task of `oncall_check` does, in this process and without Airflow; every check proves it wrote nothing."""

from __future__ import annotations

import copy
import json
from dataclasses import replace

from oncall_sync import forecast
from oncall_sync.forecast import Forecast, Item
from oncall_sync.memory import ReadOnly
from sandbox import Request
from tests.history.past import HOUR, Past, shift
from tests.sync.worlds import NOON

__all__ = ["DAY", "HOUR", "NOON", "Ahead", "shift"]

DAY = 24 * HOUR
READS = {
    "auth.test",
    "usergroups.list",
    "conversations.info",
    "users.lookupByEmail",
    "users.info",
    "users.list",
}


class Ahead(Past):
    """`ahead.check()` looks at the 14 days from NOON on; what it asked for is in `ahead.sandbox`."""

    def check(self) -> Forecast:
        """By way of JSON, as through XCom."""
        self.sandbox.requests.clear()
        world, memory = self.world.model_dump(), copy.deepcopy(dict(self.sync.store))
        found = forecast.check(replace(self.sync.services(), memory=ReadOnly(self.sync.store)))
        assert self.world.model_dump() == world, "nothing is changed in Slack or PagerDuty"
        assert dict(self.sync.store) == memory, "nothing is remembered"
        assert all(only_asks(request) for request in self.sandbox.requests)
        return Forecast.model_validate(json.loads(json.dumps(found.model_dump(mode="json"))))

    def items(self, code: str) -> list[Item]:
        return [item for item in self.check().problems if item.code == code]

    def item(self, code: str) -> Item:
        """The one item of this code."""
        (found,) = self.items(code)
        return found


def only_asks(request: Request) -> bool:
    """An update that names the group and no field is the one way to ask for the permission."""
    if request.service == "pagerduty":
        return request.method == "GET"
    probe = request.endpoint == "usergroups.update" and request.params.keys() == {"usergroup"}
    return probe or request.endpoint in READS
