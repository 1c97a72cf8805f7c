"""The shape of `dags/oncall_sync.yaml`. A new key is one line here: reader, messages and JSON Schema follow.

    Config ── writes, heartbeat, poll, connections, alerts, placeholders, slack_accounts
      ├─ defaults: Defaults          always, never, fallback, when_empty, overlap, max_members, announce, topic
      └─ groups: {handle: Group}     the same, and schedules, escalation_policies, team_members, id, create_if_missing

Values come as text (YAML) or as plain JSON (XCom). `config.model_dump(mode="json", exclude_defaults=True)`
is compact plain JSON that `Config.model_validate` takes back.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self, assert_never

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError

from oncall_sync.config import values
from oncall_sync.config.source import KINDS, Kind, Source

HEARTBEAT = timedelta(minutes=15)
POLL = timedelta(seconds=30)
NAMES_NOBODY = "names_nobody"  # what the mistake of a group without any source of members is called


class _Section(BaseModel):
    """One mapping of the file: closed, so that a mistyped key is a mistake, and unchangeable."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Entry(_Section):
    """A mapping in a list, for which the value of its first field may stand alone."""

    @classmethod
    def _first(cls) -> str:
        return next(iter(cls.model_fields))

    @model_validator(mode="before")
    @classmethod
    def _spelled_out(cls, value: Any) -> Any:
        return {cls._first(): value} if isinstance(value, str) else value

    @model_serializer(mode="wrap")
    def _short(self, dump: SerializerFunctionWrapHandler) -> Any:
        dumped = dump(self)
        return dumped[self._first()] if len(self.model_fields_set) == 1 else dumped

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        whole = handler(core)
        return {"anyOf": [handler.resolve_ref_schema(whole)["properties"][cls._first()], whole]}


class Listed(_Entry):
    """A person under `always` or `never`: an email, or one with an end."""

    email: values.Email
    """Their email, of PagerDuty or of Slack."""
    until: values.Until | None = None
    """To the end of that day in UTC, such as 2026-12-31; or a time with its offset, such as 2026-12-31T17:00:00Z."""
    reason: Annotated[str, *values.one_line(200)] | None = None
    """Why, for who reads this file later."""

    def holds(self, at: datetime) -> bool:
        return self.until is None or at < self.until


class EscalationPolicy(_Entry):
    """An escalation policy; whoever is on call on its level 1, directly or by a schedule."""

    id: values.PolicyID
    """Its ID, the last part of its address."""
    levels: values.Levels = (1,)
    """Other levels, such as [1, 2], or all."""


class Overlap(_Section):
    """Longer membership than the shift."""

    before: values.Overlapping = timedelta()
    """How long before their shift people join: 15m, 1h; at most 24h."""
    after: values.Overlapping = timedelta()
    """How long after their shift people stay."""


class NewGroup(_Section):
    """How to create a user group that does not exist; `true` will do."""

    name: Annotated[str, *values.one_line(80)] | None = None
    """Its name in Slack; else made from the handle."""
    description: Annotated[str, *values.one_line(140)] | None = None
    """What Slack says about it."""
    channels: values.ChannelIDs = ()
    """IDs of its default channels: its members are added to them."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "boolean"}, handler(core)]}


def yes_or_how(value: Any) -> Any:
    return {"true": {}, "false": None}.get(value.lower(), value) if isinstance(value, str) else value


class Connections(_Section):
    """The Airflow connections that hold the tokens."""

    pagerduty: values.ConnectionID = "pagerduty_default"
    """Airflow connection to PagerDuty; its password is a REST API key, read-only is enough."""
    slack: values.ConnectionID = "slack_api_default"
    """Airflow connection to Slack; its password is a bot or user token."""


class Alerts(_Section):
    """Who hears of problems of the sync itself: once when one begins, once a day while it lasts, once when it ends."""

    slack: values.ChannelID | None = None
    """ID of the Slack channel in which problems are told."""
    pagerduty: values.ConnectionID | None = None
    """Airflow connection, such as pagerduty_events_default; its password is the integration key of a service."""
    # Whoever has it may call it, so it goes into no XCom and no memory: `report` takes it from the file.
    heartbeat_url: values.HeartbeatURL | None = Field(default=None, exclude=True, repr=False)
    """Called after each run in which all groups were right, so that others notice when these calls stay away."""


class Defaults(_Section):
    """Options of every group; a group's own value replaces the default, it is not added to it."""

    always: Annotated[tuple[Listed, ...], AfterValidator(values.unique)] = ()
    """Emails of people who are always members, on call or not; {email: …, until: 2026-12-31} for a while."""
    never: Annotated[tuple[Listed, ...], AfterValidator(values.unique)] = ()
    """Emails of people who are never members; wins over everything else; with until, for a while."""
    fallback: values.Emails = ()
    """Emails of the members to use instead when nobody is on call, or none of them is in Slack."""
    when_empty: Literal["keep", "disable"] = "keep"
    """Nobody on call and no fallback: keep the last members, or disable the user group."""
    overlap: Overlap = Overlap()
    """Incoming people join early, outgoing ones stay on."""
    max_members: Annotated[int, Field(ge=1, le=1000), BeforeValidator(values.whole(1, 1000))] | None = None
    """A brake: refuse to write a group with more members than this."""
    announce: values.ChannelID | None = None
    """ID of the Slack channel in which each handoff is told."""
    topic: values.ChannelID | None = None
    """ID of the Slack channel whose topic says who is on call."""

    def members_at(self, at: datetime) -> tuple[str, ...]:
        """The emails under `always` that hold then."""
        return tuple(entry.email for entry in self.always if entry.holds(at))

    def barred_at(self, at: datetime) -> tuple[str, ...]:
        """The emails under `never` that hold then."""
        return tuple(entry.email for entry in self.never if entry.holds(at))


class Group(Defaults):
    """One Slack user group and who belongs in it."""

    schedules: values.ScheduleIDs = ()
    """IDs of PagerDuty schedules, as in their address; whoever is on call for any of them is a member."""
    escalation_policies: Annotated[tuple[EscalationPolicy, ...], AfterValidator(values.listed_once)] = ()
    """IDs of escalation policies; whoever is on call on level 1 is a member; {id: …, levels: [1, 2]} for others."""
    team_members: values.TeamIDs = ()
    """IDs of PagerDuty teams, all of whose people are members, on call or not."""
    id: values.UserGroupID | None = None
    """ID of the Slack user group, so that renaming its handle breaks nothing."""
    create_if_missing: Annotated[NewGroup | None, BeforeValidator(yes_or_how)] = None
    """true: create the user group where Slack has none of this handle; or with name, description, channels."""

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if not (self.sources or self.always):
            reason = "names nobody: give it schedules, escalation_policies, team_members or always"
            raise PydanticCustomError(NAMES_NOBODY, reason)
        return self

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where its people come from in PagerDuty, kind by kind."""
        return tuple(source for kind in KINDS for source in self._of_kind(kind))

    def _of_kind(self, kind: Kind) -> tuple[Source, ...]:
        match kind:
            case "schedule":
                return tuple(Source(kind, schedule) for schedule in self.schedules)
            case "policy":
                levels = (
                    (policy.id, level) for policy in self.escalation_policies for level in policy.levels or (None,)
                )
                return tuple(Source(kind, *each) for each in levels)
            case "team":
                return tuple(Source(kind, team) for team in self.team_members)
            case _:
                assert_never(kind)

    @property
    def rotations(self) -> tuple[Source, ...]:
        """The sources on which people take turns."""
        return tuple(source for source in self.sources if source.is_rotation)


class Config(_Section):
    """Which Slack user groups follow which PagerDuty schedules. Groups have the defaults applied."""

    heartbeat: Annotated[timedelta, *values.lasting("1m", "24h")] = Field(
        default=HEARTBEAT, json_schema_extra={"default": values.duration_text(HEARTBEAT)}
    )
    """How often everything is compared and repaired: 90s, 15m or 1h; from 1m to 24h."""
    poll: Annotated[timedelta | None, *values.lasting("5s", "1h", or_off=True)] = Field(
        default=POLL, json_schema_extra={"default": values.duration_text(POLL)}
    )
    """How often PagerDuty is read for changes between heartbeats: 30s, 1m; from 5s to 1h; or off."""
    writes: bool = True
    """false: plan and report, but never write to Slack."""
    connections: Connections = Connections()
    """Names of the two Airflow connections, if not the usual ones."""
    alerts: Alerts = Alerts()
    """Who hears of problems of the sync itself."""
    placeholders: values.Emails = ()
    """Emails of PagerDuty users that stand for a gap in a rotation; never added to a group."""
    slack_accounts: values.Accounts = Field(default_factory=dict)
    """PagerDuty email to Slack email or member ID, where they differ; or "@domain" to "@domain"."""
    defaults: Defaults = Field(default=Defaults(), exclude=True)
    """Options for all groups; a group's own value replaces the default."""
    groups: dict[values.Handle, Group] = Field(json_schema_extra={"minProperties": 1})
    """The user groups by their Slack handle, without the @. Groups that are not listed are never touched."""

    @model_validator(mode="before")
    @classmethod
    def _apply_defaults(cls, config: Any) -> Any:
        """Put the defaults under each group. They are not dumped: the groups carry them from then on."""
        match config:
            case {"defaults": dict(defaults), "groups": dict(groups)}:
                applied = {
                    handle: defaults | group if isinstance(group, dict) else group for handle, group in groups.items()
                }
                return config | {"groups": applied}
        return config
