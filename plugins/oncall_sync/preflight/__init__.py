"""What will go wrong in the 14 days to come, found in daylight: `oncall_check`, and `make check ONLINE=1`.

    config ──────────────────────> settings ─┐
    PagerDuty, the whole span ─┬─> coverage ─┼─> ToDo ─> Preflight ─> to_do
                               └─> needed ─┐ │
    Slack ────────────────────> workspace ─┴─┘

checking       the order of it, and what could not be asked
findings       the list, the worst first, each item once with all groups that it concerns
settings       what a config without a mistake can still get wrong, and what of it ends
coverage       when nobody is on call, or too many are
periods        times that are in somebody's shift, and those that are left over
needed         who must be found in Slack, and from when
scopes         what the token must be allowed
workspace      Slack itself: token, user groups, accounts
channels       those of `announce` and `topic`
to_do          the list as people see it

Nothing is written, to Slack or to memory. What decides is pure; checking, workspace and channels ask.
"""

from oncall_sync.preflight.checking import check
from oncall_sync.preflight.findings import Item, Preflight

__all__ = ["Item", "Preflight", "check"]
