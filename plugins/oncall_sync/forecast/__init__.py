"""What will go wrong in the 14 days to come, found in daylight: `oncall_check`, and `make check ONLINE=1`.

    config ───────────────────────────────────┐
    PagerDuty, the whole span ─┬─> coverage ──┼─> ToDo ─> Forecast ─> to_do
                               └─> people ──┐ │
    Slack ─────────────────────> workspace ─┴─┘

checking       the order of it, what could not be asked, and what the config alone can get wrong
findings       the list, the worst first, each item once with all groups that it concerns
people         for which part of a shift its person belongs in a group, who comes next, who must be found in Slack
coverage       when nobody is on call, or too many are
scopes         what the token must be allowed
workspace      Slack itself: token, user groups, channels, accounts
to_do          the list as people see it

Nothing is written, to Slack or to memory. What decides is pure; checking and workspace ask.
"""

from oncall_sync.forecast.check import check
from oncall_sync.forecast.findings import Forecast, Item

__all__ = ["Forecast", "Item", "check"]
