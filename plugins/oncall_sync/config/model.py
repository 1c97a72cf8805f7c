"""The shape of `dags/oncall_sync.yaml`. A new key is one line here: reader, messages and JSON Schema follow.

    Config ── writes, heartbeat, poll, connections, placeholders, slack_accounts
      ├─ defaults: Defaults          always, never, fallback, when_empty, max_members
      └─ groups: {handle: Group}     the same five, and schedules, id

Values come as text (YAML) or as plain JSON (XCom). `config.model_dump(mode="json", exclude_defaults=True)`
is compact plain JSON that `Config.model_validate` takes back.
"""

from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from oncall_sync.config.values import (
    Accounts,
    ConnectionID,
    Duration,
    DurationOrOff,
    Emails,
    Handle,
    ScheduleIDs,
    UserGroupID,
    between,
    duration_text,
    whole,
)

HEARTBEAT = timedelta(minutes=15)
POLL = timedelta(seconds=30)


class NobodyNamedError(ValueError):
    """A group without any source of members."""


class _Section(BaseModel):
    """One mapping of the file: closed, so that a mistyped key is a mistake, and unchangeable."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Connections(_Section):
    """The Airflow connections that hold the tokens."""

    pagerduty: ConnectionID = "pagerduty_default"
    """Airflow connection to PagerDuty; its password is a REST API key, read-only is enough."""
    slack: ConnectionID = "slack_api_default"
    """Airflow connection to Slack; its password is a bot or user token."""


class Defaults(_Section):
    """Options of every group; a group's own value replaces the default, it is not added to it."""

    always: Emails = ()
    """Emails of people who are always members, on call or not."""
    never: Emails = ()
    """Emails of people who are never members; wins over everything else."""
    fallback: Emails = ()
    """Emails of the members to use instead when nobody is on call, or none of them is in Slack."""
    when_empty: Literal["keep", "disable"] = "keep"
    """Nobody on call and no fallback: keep the last members, or disable the user group."""
    max_members: Annotated[int, Field(ge=1, le=1000), BeforeValidator(whole(1, 1000))] | None = None
    """A brake: refuse to write a group with more members than this."""


class Group(Defaults):
    """One Slack user group and who belongs in it."""

    schedules: ScheduleIDs = ()
    """IDs of PagerDuty schedules, as in their address; whoever is on call for any of them is a member."""
    id: UserGroupID | None = None
    """ID of the Slack user group, so that renaming its handle breaks nothing."""

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if not (self.schedules or self.always):
            raise NobodyNamedError("names nobody: give it schedules or always")
        return self


class Config(_Section):
    """Which Slack user groups follow which PagerDuty schedules. Groups have the defaults applied."""

    heartbeat: Annotated[Duration, AfterValidator(between("1m", "24h"))] = Field(
        default=HEARTBEAT, json_schema_extra={"default": duration_text(HEARTBEAT)}
    )
    """How often everything is compared and repaired: 90s, 15m or 1h; from 1m to 24h."""
    poll: Annotated[DurationOrOff, AfterValidator(between("5s", "1h"))] = Field(
        default=POLL, json_schema_extra={"default": duration_text(POLL)}
    )
    """How often PagerDuty is read for changes between heartbeats: 30s, 1m; from 5s to 1h; or off."""
    writes: bool = True
    """false: plan and report, but never write to Slack."""
    connections: Connections = Connections()
    """Names of the two Airflow connections, if not the usual ones."""
    placeholders: Emails = ()
    """Emails of PagerDuty users that stand for a gap in a rotation; never added to a group."""
    slack_accounts: Accounts = Field(default_factory=dict)
    """PagerDuty email to Slack email or member ID, where they differ; or "@domain" to "@domain"."""
    defaults: Defaults = Field(default=Defaults(), exclude=True)
    """Options for all groups; a group's own value replaces the default."""
    groups: dict[Handle, Group] = Field(json_schema_extra={"minProperties": 1})
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
