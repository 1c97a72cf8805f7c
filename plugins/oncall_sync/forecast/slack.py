"""What Slack says: the token, user groups and the permission to edit them, channels, and everybody's account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from oncall_sync.config import Config
from oncall_sync.errors import Refused, listed
from oncall_sync.forecast.findings import ToDo
from oncall_sync.forecast.people import Needed
from oncall_sync.forecast.scopes import READ_CHANNELS, READ_EMAILS, READ_GROUPS, WRITE_GROUPS, lacking
from oncall_sync.memory import Memory
from oncall_sync.models import Address, GroupState, Handle, Problem, SlackId, UserGroup, replaced
from oncall_sync.rules.members import no_account
from oncall_sync.rules.plan import refused
from oncall_sync.rules.targets import find_targets
from oncall_sync.slack import accounts
from oncall_sync.slack.client import SlackApi
from oncall_sync.slack.search import Search
from oncall_sync.state import load_states
from oncall_sync.transport import Faults

MOST_CHANNELS = 40  # Slack allows 50 conversations.info a minute


@dataclass(frozen=True)
class Workspace:
    """own_id, scopes: as SlackApi.identity has them."""

    slack: SlackApi
    own_id: SlackId
    scopes: frozenset[str] | None
    config: Config
    memory: Memory
    now: datetime
    people: Mapping[Address, Needed]
    todo: ToDo

    def check(self) -> None:
        """Each part by itself, so that one that cannot be asked hides no other."""
        for problem, groups in lacking(self.scopes, self.config):
            self.todo.add(problem, *groups)
        with self.todo.catching_errors():
            if self._may(READ_GROUPS):
                self._check_groups()
        with self.todo.catching_errors():
            if self._may(READ_CHANNELS):
                self._check_channels()
        with self.todo.catching_errors():
            if self._may(READ_EMAILS):
                self._check_people()

    def _may(self, any_of: tuple[str, ...]) -> bool:
        """False only if we know that the scope is missing (already reported)."""
        return self.scopes is None or bool(self.scopes & {*any_of})

    def _check_groups(self) -> None:
        """And the permission, on one that the sync may write as far as one can see."""
        states = load_states(self.memory)
        remembered = {handle: state.id for handle, state in states.items()}
        found = find_targets(self.config.groups, remembered, self.slack.user_groups())
        editable = []
        for handle in sorted(self.config.groups):
            target, stop = found.groups.get(handle), found.stops.get(handle)
            if target and target.id:
                self.todo.names[target.id] = f"@{target.handle}"
                stop = stop or self._refused(target, states.get(handle, GroupState()))
                editable += [] if stop or target.disabled else [target.id]
            for problem in filter(None, (stop, found.notes.get(handle))):
                self.todo.add(problem, handle)
        if not self._may(WRITE_GROUPS):
            return
        if editable:
            self.slack.may_edit(editable[0])
        else:
            text = "Whether the token may edit user groups cannot be tried without one."
            self.todo.inform(code="permission_unknown", message=text)

    def _refused(self, target: UserGroup, state: GroupState) -> Problem | None:
        ours = state.for_group(target.id).disabled_by_the_sync(target, lambda: self.own_id)
        return refused(target, GroupState(disabled=ours))

    def _check_channels(self) -> None:
        """Those of `alerts`, `announce` and `topic`: whether they exist, and whether the app is in them."""
        using: dict[str, list[Handle]] = {channel: [] for channel in [self.config.alerts.slack] if channel}
        for handle, group in self.config.groups.items():
            for channel in filter(None, (group.announce, group.topic)):
                using.setdefault(channel, []).append(handle)
        for channel in sorted(using)[:MOST_CHANNELS]:
            if problem := self._unusable(channel):
                self.todo.add(replaced(problem, level="warning"), *using[channel])
        if (more := len(using) - MOST_CHANNELS) > 0:
            text = f"{more} channels more were not looked at: Slack allows few such requests."
            self.todo.inform(code="channels_unchecked", message=text)

    def _unusable(self, channel: str) -> Problem | None:
        try:
            found = self.slack.channel(channel)
        except Refused as refusal:
            return Problem.of(refusal)
        name = self.todo.names[channel] = f"#{found.name or channel}"
        where = f"Slack channel {name} ({channel})"
        if found.is_archived:
            text = f"{where} is archived. Name another channel in the config, or unarchive it."
            return Problem(code="is_archived", message=text)
        has_topic = channel in {group.topic for group in self.config.groups.values()}
        if found.is_member or (not has_topic and "chat:write.public" in (self.scopes or ())):
            return None
        text = f"{where}: the app is not in it, and cannot post there or set its topic. Invite the app to the channel."
        return Problem(code="not_in_channel", message=text)

    def _check_people(self) -> None:
        """One found in the last 24 hours, by a run, is not asked for again."""
        remembered = accounts.load(self.memory, self.now)
        wanted = {address for address, one in self.people.items() if not one.contact.problem}
        fresh = {a for a in wanted & remembered.keys() if accounts.is_fresh(remembered[a], self.now)}
        search = Search(wanted - fresh, remembered)
        try:
            search.run(self.slack, Faults())
        finally:
            names = {address: remembered[address].name for address in fresh}
            names |= {address: account.name for address, account in search.found.items()}
            self.todo.names.update({address: name for address, name in names.items() if "@" not in address})
            self._note_missing(search)

    def _note_missing(self, search: Search) -> None:
        for address, code in search.missing.items():
            one = self.people[address]
            self.todo.add(no_account(one.contact, one.where, code, one.level), *one.groups)
        unread: dict[str, list[Needed]] = {}
        for address, why in search.unreadable.items():
            unread.setdefault(why, []).append(self.people[address])
        for why, people in unread.items():
            text = f"{listed(sorted(one.contact.name for one in people))} not looked up. {why}"
            groups = {handle for one in people for handle in one.groups}
            self.todo.add(Problem(code="slack_unreadable", message=text, passing=True), *groups)
