"""The parts of a world, keyed by ID in it. `world.yaml` explains each key."""

import re
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def _duration(value: object) -> object:
    """`90s`, `15m`, `8h`, `1d`, `1w`, or a number of seconds."""
    match = re.fullmatch(r"(\d+)([smhdw])", value) if isinstance(value, str) else None
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]]) if match else value


def _listed(value: object) -> object:
    return [value] if isinstance(value, dict) else value


def _whole_second(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


Moment = Annotated[AwareDatetime, AfterValidator(_whole_second)]
Duration = Annotated[timedelta, BeforeValidator(_duration), Field(gt=timedelta(0))]


class Entry(BaseModel):
    """What every part of the world is: strict about unknown keys, and changeable."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


class Person(Entry):
    """A PagerDuty user. A deleted one stays in rotations as a bare reference, without name and email."""

    name: str
    email: str
    deleted: bool = False


class Rotation(Entry):
    """People take turns of length `every`, the first from `since` on. `null` is a turn that nobody has."""

    people: list[str | None] = Field(min_length=1)
    every: Duration
    since: Moment


class PlannedShift(Entry):
    person: str | None
    start: Moment
    end: Moment | None = None


class Override(Entry):
    person: str
    start: Moment
    end: Moment


class Schedule(Entry):
    """`v2`: layer-based, one person at a time. `v3`: shift-based, any number at once."""

    name: str = ""
    kind: Literal["v2", "v3"] = "v2"
    rotation: Annotated[list[Rotation], BeforeValidator(_listed)] = []
    shifts: list[PlannedShift] = []
    overrides: list[Override] = []

    @model_validator(mode="after")
    def _one_at_a_time(self) -> Self:
        if self.kind == "v2" and len(self.rotation) + bool(self.shifts) > 1:
            raise ValueError("a v2 schedule has one rotation or a list of shifts; use kind: v3 for several people")
        return self

    def people(self) -> list[str]:
        """Everyone who is ever on it, each once."""
        planned = chain(*(rotation.people for rotation in self.rotation), (each.person for each in self.shifts))
        return list(dict.fromkeys(filter(None, [*planned, *(each.person for each in self.overrides)])))


class Policy(Entry):
    """`levels`: per level the IDs of schedules and of people who are its targets; a level may have none."""

    name: str = ""
    levels: list[list[str]]


class Team(Entry):
    name: str = ""
    members: list[str] = []


class Account(Entry):
    """A Slack account. Its key is the ID in the workspace; `enterprise_user` is the second ID of some on a Grid."""

    name: str
    email: str | None = None
    deleted: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    enterprise_user: str | None = None

    @property
    def user_name(self) -> str:
        return self.name.lower().replace(" ", ".")

    @property
    def display_name(self) -> str:
        return self.name.split()[0].lower()


class UserGroup(Entry):
    handle: str
    name: str = ""
    description: str = ""
    members: list[str] = []
    channels: list[str] = []  # the default channels, which members are made to join
    disabled: bool = False
    disabled_by: str = "U0SOMEONE"  # with disabled: who did it; the token's own user where the API was used
    auto_type: Literal["admin", "owner"] | None = None
    is_idp_group: bool = False
    is_membership_locked: bool = False
    is_org_level: bool = False
    is_external: bool = False
    updated: int = 1704103200

    @property
    def managed_elsewhere(self) -> bool:
        return bool(self.is_idp_group or self.is_membership_locked or self.is_org_level or self.auto_type)


class Channel(Entry):
    name: str
    topic: str = ""
    is_member: bool = True
    is_private: bool = False
    is_archived: bool = False


class PagerDutySide(Entry):
    """`forbidden`: IDs of schedules, policies and teams that this key may not read (403). `integration_key`: of a
    service, for the Events API."""

    token: str = "sandbox-pagerduty-key"  # noqa: S105 - opens nothing
    forbidden: list[str] = []
    integration_key: str = "sandbox-integration-key"


class SlackSide(Entry):
    """`org_wide`: the token belongs to a whole Enterprise Grid organization, `enterprise_id`. `user_ids` and
    `member_ids`: which of two IDs users.* and usergroups.* show of somebody who has both."""

    token: str = "xoxb-sandbox-slack-token"  # noqa: S105 - opens nothing
    scopes: list[str] = ["usergroups:read", "usergroups:write", "users:read", "users:read.email"]
    user_group_edits: Literal["everyone", "admins"] = "everyone"
    paid: bool = True
    team_id: str = "T0SANDBOX"
    enterprise_id: str | None = None
    org_wide: bool = False
    user_ids: Literal["enterprise", "workspace"] = "enterprise"
    member_ids: Literal["enterprise", "workspace"] = "workspace"
