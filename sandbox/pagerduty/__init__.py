"""A fake PagerDuty REST API: what its documentation and recorded answers show, where a sync could go wrong.

Source: https://developer.pagerduty.com/api-reference. Where nothing is known (who comes back at a handoff
instant) it shows the less convenient behaviour.
"""

from sandbox.pagerduty import directory, on_calls, schedules
from sandbox.pagerduty.routes import ROUTES

__all__ = ["ROUTES", "directory", "on_calls", "schedules"]
