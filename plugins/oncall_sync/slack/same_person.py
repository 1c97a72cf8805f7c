"""Enterprise Grid: a person has an ID in the workspace (U…) and one in the organization (W…).

users.* may show the one and usergroups.* the other (seen, not documented). The sync uses the ID that users.* shows; the
client translates the other one here, so that nothing else knows that there are two.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import cached_property

from oncall_sync.models import RememberedAccount, SlackId, replaced
from oncall_sync.slack.answers import Account

ORGANIZATION = "W"  # how the ID of a person in an organization begins
MOST_STRANGERS = 10  # whom Slack is asked about after one answer


class SamePerson:
    """remembered: the accounts of earlier runs, loaded where they are first needed. recognized: those of this client,
    by the ID that is used, with the other one."""

    def __init__(self, remembered: Callable[[], Iterable[RememberedAccount]] = tuple) -> None:
        self._remembered = remembered
        self.recognized: list[Account] = []

    @cached_property
    def _used(self) -> dict[SlackId, SlackId]:
        """Each ID that is remembered → the one that is used for the person."""
        used: dict[SlackId, SlackId] = {}
        for entry in self._remembered():
            used |= {one: entry.slack_id for one in (entry.slack_id, entry.other_id) if one and entry.slack_id}
        return used

    def used_ids(self, members: Iterable[SlackId]) -> tuple[SlackId, ...]:
        """Each person once, by the ID that is used."""
        return tuple(dict.fromkeys(self._used.get(member, member) for member in members))

    def recognize(
        self,
        members: Iterable[SlackId],
        used: Collection[SlackId],
        account_by_id: Callable[[SlackId], Account | None],
    ) -> None:
        """Asks who the unknown members are, as each may be somebody whose other ID is used. Raises Refused,
        PassingFault."""
        strangers = sorted({*members} - {*used} - self._used.keys())
        for stranger in strangers[:MOST_STRANGERS]:
            account = account_by_id(stranger)
            same = next((one for one in used if account and one in (account.id, account.other_id)), None)
            if account and same:
                self.recognized.append(replaced(account, id=same, other_id=stranger))
                self._used[stranger] = same
