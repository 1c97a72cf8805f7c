"""The shape of `dags/oncall_sync.yaml`. A new key is one field here: check, messages and JSON Schema follow.

    Config ── writes, heartbeat, poll, connections, alerts, placeholders, slack_accounts
      ├─ defaults: Defaults          always, never, fallback, when_empty, overlap, max_members, announce, topic
      └─ groups: {handle: Group}     the same, and schedules, escalation_policies, team_members, id, create_if_missing

Values come as text (YAML) or as plain JSON (XCom). `config.model_dump(mode="json", exclude_defaults=True)`
is compact plain JSON that `Config.model_validate` takes back.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, assert_never

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic_core import CoreSchema

from oncall_sync.config import fields
from oncall_sync.config.fields import option
from oncall_sync.config.source import KINDS, Kind, Source


class Section(BaseModel):
    """One mapping of the file: closed, so that a mistyped key is a mistake, and unchangeable."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
    must_be: ClassVar[str]  # for the message where something else is in its place


class Entry(Section):
    """A mapping in a list; the value of its first field may be written alone."""

    @classmethod
    def _first(cls) -> str:
        return next(iter(cls.model_fields))

    @model_validator(mode="before")
    @classmethod
    def _spelled_out(cls, value: Any) -> Any:
        return {cls._first(): value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        whole = handler(core)
        return {"anyOf": [handler.resolve_ref_schema(whole)["properties"][cls._first()], whole]}


class ListedPerson(Entry):
    """A person under `always` or `never`: an email, or one with an end."""

    must_be = "an email, or a mapping such as {email: ada@acme.example, until: 2026-12-31}"

    email: fields.Email = Field(description="Their email, of PagerDuty or of Slack.")
    until: fields.Until | None = option(
        None, "To the end of that day in UTC, e.g. 2026-12-31; or a time with its offset, e.g. 2026-12-31T17:00:00Z."
    )
    reason: Annotated[str, *fields.up_to(200)] | None = option(None, "Why, for who reads this file later.")

    def holds(self, at: datetime) -> bool:
        return self.until is None or at < self.until


class EscalationPolicy(Entry):
    """An escalation policy; whoever is on call on its level 1, directly or by a schedule."""

    must_be = "an ID, or a mapping such as {id: PESC123, levels: [1, 2]}"

    id: fields.PolicyID = Field(description="Its ID, the last part of its address.")
    levels: fields.Levels = option((1,), "Other levels, such as [1, 2], or all.")


class Overlap(Section):
    """Longer membership than the shift."""

    must_be = "a mapping such as {before: 15m, after: 30m}"

    before: fields.OverlapTime = option(timedelta(), "How long before their shift people join: 15m, 1h; at most 24h.")
    after: fields.OverlapTime = option(timedelta(), "How long after their shift people stay.")


class NewGroup(Section):
    """How to create a user group that does not exist; `true` will do."""

    must_be = "true, or a mapping such as {name: On call}"

    name: Annotated[str, *fields.up_to(80)] | None = option(None, "Its name in Slack; else made from the handle.")
    description: Annotated[str, *fields.up_to(140)] | None = option(None, "What Slack says about it.")
    channels: fields.ChannelIDs = option((), "IDs of its default channels: its members are added to them.")

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "boolean"}, handler(core)]}


def yes_or_how(value: Any) -> Any:
    return {"true": {}, "false": None}.get(value.lower(), value) if isinstance(value, str) else value


class Connections(Section):
    """The Airflow connections that hold the tokens."""

    must_be = "a mapping such as {slack: slack_api_default}"

    pagerduty: fields.ConnectionID = option("pagerduty_default", "To PagerDuty; its password is a REST API key.")
    slack: fields.ConnectionID = option("slack_api_default", "To Slack; its password is a bot or user token.")


class Alerts(Section):
    """Who hears of problems of the sync itself: once when one begins, once a day while it lasts, once when it ends."""

    must_be = "a mapping such as {slack: C0123ABC}"

    slack: fields.ChannelID | None = option(None, "ID of the Slack channel in which problems are reported.")
    pagerduty: fields.ConnectionID | None = option(
        None, "Airflow connection, e.g. pagerduty_events_default; its password is the integration key of a service."
    )
    # Whoever has it may call it, so it goes into no XCom and no memory: `report` takes it from the file.
    heartbeat_url: fields.HeartbeatURL | None = option(
        None, "Called after a run in which all groups were right, for who alerts when not.", exclude=True, repr=False
    )


class Defaults(Section):
    """Options of every group; a group's own value replaces the default, it is not added to it."""

    must_be = "a mapping such as {max_members: 25}"

    always: Annotated[tuple[ListedPerson, ...], AfterValidator(fields.unique)] = option(
        (), "Emails of people who are always members; {email: …, until: 2026-12-31} for a while."
    )
    never: Annotated[tuple[ListedPerson, ...], AfterValidator(fields.unique)] = option(
        (), "Emails of people who are never members; wins over everything else; with until, for a while."
    )
    fallback: fields.Emails = option((), "Emails of the members when nobody is on call, or none of them is in Slack.")
    when_empty: fields.WhenEmpty = option("keep", "With nobody: keep the last members, or disable the user group.")
    overlap: Overlap = option(Overlap(), "Incoming people join early, outgoing ones stay on.")
    max_members: fields.MaxMembers | None = option(None, "A brake: refuse to write a group with more members.")
    announce: fields.ChannelID | None = option(None, "ID of the Slack channel in which each handoff is announced.")
    topic: fields.ChannelID | None = option(None, "ID of the Slack channel whose topic says who is on call.")

    def members_at(self, at: datetime) -> tuple[str, ...]:
        """The emails under `always` that hold then."""
        return tuple(entry.email for entry in self.always if entry.holds(at))

    def barred_at(self, at: datetime) -> tuple[str, ...]:
        """The emails under `never` that hold then."""
        return tuple(entry.email for entry in self.never if entry.holds(at))


class Group(Defaults):
    """One Slack user group and who belongs in it."""

    must_be = "a mapping such as {schedules: [PC5BGL2]}"

    schedules: fields.ScheduleIDs = option((), "IDs of PagerDuty schedules; whoever is on call for one is a member.")
    escalation_policies: Annotated[tuple[EscalationPolicy, ...], AfterValidator(fields.once)] = option(
        (), "IDs of escalation policies; whoever is on call on level 1 is a member; {id: …, levels: [1, 2]} for others."
    )
    team_members: fields.TeamIDs = option((), "IDs of PagerDuty teams, all of whose people are members.")
    id: fields.UserGroupID | None = option(None, "ID of the Slack user group, so that renaming it breaks nothing.")
    create_if_missing: Annotated[NewGroup | None, BeforeValidator(yes_or_how)] = option(
        None, "true: create the user group where Slack has none of this handle; or with name, description, channels."
    )

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where its people come from in PagerDuty, kind by kind."""
        return tuple(source for kind in KINDS for source in self._of_kind(kind))

    @property
    def rotations(self) -> tuple[Source, ...]:
        """The sources on which people take turns."""
        return tuple(source for source in self.sources if source.is_rotation)

    def _of_kind(self, kind: Kind) -> tuple[Source, ...]:
        match kind:
            case "schedule":
                return tuple(Source(kind, schedule) for schedule in self.schedules)
            case "policy":
                policies = self.escalation_policies
                return tuple(
                    Source(kind, policy.id, level) for policy in policies for level in policy.levels or (None,)
                )
            case "team":
                return tuple(Source(kind, team) for team in self.team_members)
            case _:
                assert_never(kind)


class Config(Section):
    """Which Slack user groups follow which PagerDuty schedules. Each group has the defaults applied."""

    must_be = "a mapping of keys to values"

    heartbeat: fields.Heartbeat = option(
        timedelta(minutes=15), "How often everything is compared and repaired: 90s, 15m or 1h; from 1m to 24h."
    )
    poll: fields.Poll = option(
        timedelta(seconds=30), "How often PagerDuty is read for changes: 30s, 1m; from 5s to 1h; or off."
    )
    writes: fields.Switch = option(True, "false: plan and report, but never write to Slack.")
    connections: Connections = option(Connections(), "Names of the two Airflow connections, if not the usual ones.")
    alerts: Alerts = option(Alerts(), "Who hears of problems of the sync itself.")
    placeholders: fields.Emails = option((), "Emails of PagerDuty users that stand for a gap; never added to a group.")
    slack_accounts: fields.Accounts = option(
        {}, 'PagerDuty email to Slack email or member ID, where they differ; or "@domain" to "@domain".'
    )
    # Not dumped: reading the file puts them into each group.
    defaults: Defaults = option(Defaults(), "Options for all groups; a group's own replaces it.", exclude=True)
    groups: dict[fields.Handle, Group] = Field(
        description="The user groups by their Slack handle, without the @. No other group is ever touched.",
        json_schema_extra={"minProperties": 1},
    )
