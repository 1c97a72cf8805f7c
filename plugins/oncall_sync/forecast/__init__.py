"""What will go wrong in the next 14 days, for `oncall_check` and `make check ONLINE=1`.

    config, PagerDuty ─> moments ─┬─> coverage ─┬─> ToDo ─> Forecast
                                  └─> people ───┤
    Slack ─────────────────────────> slack ─────┘

check       reads PagerDuty for the whole span, and collects what the others find
moments     the plan of each group at every moment at which something about it changes: by the rules of the sync
coverage    when nobody is on call, or too many people are members
people      who is needed from when, and must have a Slack account
slack       the token, its scopes (scopes), user groups, channels, accounts
findings    the list, the worst first, each item once with all groups that it concerns

Nothing is written, to Slack or to memory.
"""

from oncall_sync.forecast.check import check
from oncall_sync.forecast.findings import Forecast, Item

__all__ = ["Forecast", "Item", "check"]
