"""What Slack has to say: the token, user groups and the permission to edit them, channels, and everybody's account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from oncall_sync.clients.slack_api import SlackApi
from oncall_sync.config import Config
from oncall_sync.config.values import listed
from oncall_sync.errors import Refused
from oncall_sync.memory import Memory, group_states, known_ids
from oncall_sync.memory.group_states import GroupState
from oncall_sync.models import Address, Handle, Problem, SlackId, UserGroup
from oncall_sync.preflight.findings import ToDo
from oncall_sync.preflight.needed import Needed, unfit
from oncall_sync.preflight.scopes import READ_CHANNELS, READ_EMAILS, READ_GROUPS, WRITE_GROUPS, lacking
from oncall_sync.reading.accounts import Search, display_name
from oncall_sync.rules.plan import refused
from oncall_sync.rules.targets import find_targets
from oncall_sync.steps.look_up_slack_ids import why_missing, workspace_size

MOST_CHANNELS = 40  # Slack allows 50 conversations.info a minute


@dataclass
class Workspace:
    """Each part by itself, so that one that cannot be asked hides no other. names: what the IDs stand for, as found."""

    slack: SlackApi
    config: Config
    memory: Memory
    now: datetime
    todo: ToDo
    names: dict[str, str] = field(default_factory=dict)
    own_id: SlackId = ""
    scopes: frozenset[str] | None = None  # None: Slack does not tell

    def check(self, people: Mapping[str, Needed]) -> None:
        with self.todo.noting():
            self.own_id, self.scopes = self.slack.identity()
        if not self.own_id:
            return  # nothing else would be answered either
        self._check_scopes()
        with self.todo.noting():
            if self._may(READ_GROUPS):
                self._try_permission(self._check_groups())
        with self.todo.noting():
            if self._may(*READ_CHANNELS):
                self._check_channels()
        with self.todo.noting():
            if self._may(READ_EMAILS):
                self._check_people({address: one for address, one in people.items() if not one.contact.problem})

    def _may(self, *any_of: str) -> bool:
        """False only where it is known that the token may not, which is told already."""
        return self.scopes is None or bool(self.scopes & set(any_of))

    def _check_scopes(self) -> None:
        if self.scopes is None:
            self._know("scopes_unknown", "Slack does not tell the scopes of the token; one that it lacks shows in use.")
            return
        for problem, groups in lacking(self.scopes, self.config):
            self.todo.add(problem, *groups)

    def _check_groups(self) -> list[UserGroup]:
        """Returns those that the sync may write, as far as one can see."""
        states = group_states.load(self.memory)
        remembered = {handle: state.id for handle, state in states.items()}
        found = find_targets(self.config.groups, remembered, self.slack.user_groups())
        targets = {handle: target for handle, target in found.groups.items() if target.id}
        stops = dict(found.stops)
        self.names |= {target.id: f"@{target.handle}" for target in targets.values()}
        for handle in targets.keys() - stops.keys():
            known = states.get(handle, GroupState()).about(targets[handle].id)
            if known.may_have_disabled and targets[handle].disabled_by == self.own_id:
                known = GroupState(disabled=True)
            if refusal := refused(targets[handle], known):
                stops[handle] = refusal
        for handle, problem in sorted([*stops.items(), *found.notes.items()], key=lambda told: told[0]):
            self.todo.add(problem, handle)
        return [target for handle, target in sorted(targets.items()) if handle not in stops and not target.disabled]

    def _try_permission(self, editable: list[UserGroup]) -> None:
        if not self._may(WRITE_GROUPS):
            return
        if editable:
            self.slack.may_edit(editable[0].id)
        else:
            self._know("permission_unknown", "Whether the token may edit user groups cannot be tried without one.")

    def _check_channels(self) -> None:
        """Those of `alerts`, `announce` and `topic`: whether they exist, and whether the app is in them."""
        topics = {group.topic for group in self.config.groups.values()}
        using: dict[str, list[Handle]] = {channel: [] for channel in [self.config.alerts.slack] if channel}
        for handle, group in self.config.groups.items():
            for channel in {group.announce, group.topic} - {None}:
                using.setdefault(str(channel), []).append(handle)
        for channel in sorted(using)[:MOST_CHANNELS]:
            may_be_outside = channel not in topics and "chat:write.public" in (self.scopes or ())
            try:
                found = self.slack.channel(channel)
                self.names[channel] = f"#{found.get('name', channel)}"
                problem = _unusable(channel, found, may_be_outside)
            except Refused as refusal:
                problem = Problem.of(refusal).model_copy(update={"level": "warning"})
            if problem:
                self.todo.add(problem, *using[channel])
        if (more := len(using) - MOST_CHANNELS) > 0:
            self._know(
                "channels_unchecked", f"{more} channels more were not looked at: Slack allows few such requests."
            )

    def _check_people(self, people: Mapping[Address, Needed]) -> None:
        """One found in the last 24 hours, by a run, is not asked for again."""
        known = known_ids.load(self.memory)
        fresh = {address for address in people.keys() & known.keys() if known_ids.is_fresh(known[address], self.now)}
        search = Search(unknown=set(people) - fresh, workspace_size=workspace_size(self.memory))
        try:
            search.run(self.slack, last_try=True)
        finally:
            self.names |= {address: known[address][2] for address in fresh if "@" not in address}
            self.names |= {
                address: display_name(found) for address, found in search.found.items() if "@" not in address
            }
            for address, code in search.missing.items():
                one = people[address]
                self.todo.add(unfit(one, why_missing(code, address in known)), *one.groups)
            for why in set(search.unreadable.values()):
                self._unreadable(why, [people[a] for a, reason in search.unreadable.items() if reason == why])

    def _unreadable(self, why: str, people: list[Needed]) -> None:
        who = listed(sorted(one.contact.name for one in people))
        groups = {handle for one in people for handle in one.groups}
        self.todo.add(Problem(code="slack_unreadable", message=f"{who} not looked up. {why}", passing=True), *groups)

    def _know(self, code: str, text: str) -> None:
        self.todo.add(Problem(level="info", code=code, message=text))


def _unusable(channel: str, found: dict[str, Any], may_be_outside: bool) -> Problem | None:
    where = f"Slack channel #{found.get('name', channel)} ({channel})"
    if found.get("is_archived"):
        text = f"{where} is archived. Name another channel in the config, or unarchive it."
        return Problem(level="warning", code="is_archived", message=text)
    if not found.get("is_member") and not may_be_outside:
        text = f"{where}: the app is not in it, and cannot post there or set its topic. Invite the app to the channel."
        return Problem(level="warning", code="not_in_channel", message=text)
    return None
