"""Two days on which a run sends a request to every endpoint: what they begin with, and what is right in the end.

busy        everything is remembered, every group but two has something to be done at noon, and a problem that was told
            (@gone was not in Slack) is over; @again had nobody on call just before, so that one more run that finds
            nobody would disable it
first day   nothing is remembered, and there is more than a page of rows, of a team's members and of accounts
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sandbox import Sandbox, Team, UserGroup, World
from tests.sync.driver import DictStore, Sync
from tests.sync.worlds import NOON, crowd

MINUTE = timedelta(minutes=1)
Groups = dict[str, frozenset[str] | None]
CONFIG = """alerts: {slack: CALERTS, pagerduty: pagerduty_events_default, heartbeat_url: WATCHDOG}
groups:
  plain: {schedules: [SPLAIN], announce: CNEWS, topic: CNEWS}
  loose: {schedules: [SLOOSE]}
  shifts: {schedules: [SSHIFTS]}
  policy: {escalation_policies: [PEMPTY], fallback: [hal@acme.example]}
  team: {team_members: [PTEAM]}
  fresh: {schedules: [SFRESH], create_if_missing: true}
  back: {schedules: [SBACK], when_empty: disable}
  empty: {schedules: [SEMPTY], when_empty: disable}
  again: {schedules: [SAGAIN], when_empty: disable}
  backed: {schedules: [SBACKED, SEMPTY], fallback: [hal@acme.example], announce: CNEWS}
  edited: {schedules: [SEDITED]}
  right: {schedules: [SRIGHT]}
  both: {schedules: [SRIGHT, SSTAYS]}
  gone: {schedules: [SRIGHT]}
"""
EARLIER = ("ann", "lea", "sam", "pat", "tim", "tom", "ned", "old", "quin", "max", "jon")
LATER = ("ash", "lou", "sue", "hal", "tia", "fay", "bob", "eve", "ray", "lee", "mia", "jil")
SUBJECTS = {  # by what a request may be about, and so fail for, beside the group itself
    "plain": {"SPLAIN", "ash@acme.example"},
    "loose": {"SLOOSE", "PLOU", "lou@acme.example"},
    "shifts": {"SSHIFTS", "PSUE", "sue@acme.example"},
    "policy": {"PEMPTY", "SNOBODY", "hal@acme.example"},
    "team": {"PTEAM", "tia@acme.example"},
    "fresh": {"SFRESH", "fay@acme.example"},
    "back": {"SBACK", "bob@acme.example"},
    "empty": {"SEMPTY"},
    "again": {"SAGAIN", "PMIA", "mia@acme.example"},
    "backed": {"SBACKED", "SEMPTY", "PJIL", "jil@acme.example", "hal@acme.example"},
    "edited": {"SEDITED", "UQUIN"},
    "right": {"SRIGHT"},
    "both": {"SRIGHT", "SSTAYS", "PLEE", "lee@acme.example"},
    "gone": {"SRIGHT"},
}


@dataclass
class Day:
    """A moment before a run. groups: handle → members, and None for one that is disabled; right: the same after it."""

    name: str
    config: str
    world: World
    store: DictStore
    subjects: dict[str, set[str]] = field(default_factory=dict)

    def begin(self, sandbox: Sandbox, config: Path) -> Sync:
        """A copy of that moment, served by a sandbox that may have served others before."""
        sandbox.services.world = copy.deepcopy(self.world)
        sandbox.faults.clear()
        sandbox.requests.clear()
        sandbox.services.answers.clear()
        config.write_text(self.config.replace("WATCHDOG", sandbox.heartbeat_url), encoding="utf-8")
        sync = Sync(sandbox, config, store=copy.deepcopy(self.store))
        sandbox.world.clock = lambda: sync.now
        return sync


def groups(world: World) -> Groups:
    """Who can be mentioned by which handle; None for a group that is disabled."""
    return {g.handle: None if g.disabled else frozenset(g.members) for g in world.user_groups.values()}


def announced(world: World) -> list[str]:
    """What was told of members. What is told of problems may come twice."""
    return [message["text"] for message in world.messages if message["channel"] != "CALERTS"]


def topics(world: World) -> dict[str, str]:
    return {key: channel.topic for key, channel in world.channels.items()}


def unresolved(world: World) -> set[str]:
    """The incidents that the sync has left open."""
    last = {event["dedup_key"]: event["event_action"] for event in world.events}
    return {key for key, action in last.items() if action != "resolve"}


def turns(*people: str | None, last: timedelta = timedelta()) -> dict[str, Any]:
    """The first is on call until noon, or so much before it, and the second from then on."""
    handoff = NOON - last
    shifts = [{"person": people[0], "start": "2026-01-01T00:00:00Z", "end": handoff.isoformat()}]
    return {"shifts": [*shifts, *({"person": who, "start": handoff.isoformat()} for who in people[1:])]}


def away(before: str, after: str) -> dict[str, Any]:
    """Nobody is on call in the run just before noon."""
    first, then = turns(before, last=6 * MINUTE)["shifts"], turns(None, after)["shifts"]
    return {"shifts": [*first, then[1]]}


def _people(*names: str) -> dict[str, Any]:
    named = {name: {"name": name.title(), "email": f"{name}@acme.example"} for name in names}
    return {
        "people": {f"P{name.upper()}": person for name, person in named.items()},
        "accounts": {f"U{name.upper()}": person for name, person in named.items()},
    }


def _world() -> World:
    listed = ["SPLAIN", "SFRESH", "SBACK", "SEMPTY", "SEDITED", "SRIGHT"]
    world = World.model_validate(
        {
            **_people(*EARLIER, *LATER),
            "schedules": {
                "SPLAIN": turns("PANN", "PASH"),
                "SLOOSE": turns("PLEA", "PLOU"),
                "SSHIFTS": {"kind": "v3", **turns("PSAM", "PSUE")},
                "SNOBODY": turns("PPAT"),
                "SFRESH": turns(None, "PFAY"),
                "SBACK": turns(None, "PBOB"),
                "SEMPTY": turns("PNED", last=6 * MINUTE),
                "SAGAIN": away("PMAX", "PMIA"),
                "SBACKED": turns("PJON", "PJIL"),
                "SEDITED": turns("PEVE", "PEVE"),
                "SRIGHT": turns("PRAY", "PRAY"),
                "SSTAYS": turns("PLEE", "PLEE"),
            },
            "policies": {"PALL": {"levels": [listed]}, "PEMPTY": {"levels": [["SNOBODY"]]}},
            "teams": {"PTEAM": {"members": ["PTIM", "PTOM"]}},
            "user_groups": {
                f"SG{handle.upper()}": {"handle": handle, "members": ["UOLD"]}
                for handle in SUBJECTS
                if handle not in {"fresh", "gone"}
            },
            "channels": {"CNEWS": {"name": "news"}, "CALERTS": {"name": "alerts"}},
            "rate_limits": {"pagerduty": "off", "events": None, "slack": "off"},
        }
    )
    world.user_groups["SGDESIGN"] = UserGroup(handle="design", members=["UOLD", "UQUIN"])
    world.slack.scopes += ["chat:write", "channels:read", "channels:write.topic"]
    return world


def busy(sandbox: Sandbox, config: Path) -> Day:
    sync = Day("busy", CONFIG, _world(), DictStore()).begin(sandbox, config)
    for minutes in (10, 8, 5):
        sync.now = NOON - minutes * MINUTE
        sync.run()
    world = sandbox.world
    world.teams["PTEAM"] = Team(members=["PTIM", "PTIA"])
    world.group("edited").members.append("UQUIN")
    world.user_groups["SGGONE"] = UserGroup(handle="gone", members=["URAY"])
    world.messages.clear()
    world.topics.clear()
    created = f"S0NEW{len(world.user_groups):04}"
    return Day("busy", CONFIG, world, sync.store, SUBJECTS | {"fresh": {*SUBJECTS["fresh"], created}})


def first_day(sandbox: Sandbox, config: Path) -> Day:
    """Both groups were kept by hand: nearly right, and full of people whom a lost page would cost their place."""
    world = _world()
    ids = crowd(world, 210)
    world.teams["PTEAM"] = Team(members=[f"P{n:04}" for n in range(120)])
    world.group("team").members = [*ids[1:120], "UOLD"]
    world.group("right").members = [*ids[100:209], "UOLD"]
    schedules = [f"S{n:04}" for n in range(100, 210)]
    text = f"groups:\n  team: {{team_members: [PTEAM]}}\n  right: {{schedules: [{', '.join(schedules)}]}}\n"
    return Day("first day", text, world, DictStore(), {"team": {"PTEAM"}, "right": set(schedules)})


def unaffected(day: Day, params: dict[str, Any]) -> set[str]:
    """The groups that a request has nothing to do with."""
    about = {each for value in params.values() for each in (value if isinstance(value, list) else [str(value)])}
    named = {handle for handle, subjects in day.subjects.items() if subjects & about}
    named |= {handle for handle in day.subjects if {handle, f"SG{handle.upper()}"} & about}
    return day.subjects.keys() - named if named else set()
