"""What in PagerDuty a group takes its people from: the kinds, their keys in JSON, and their words for people.

A new kind begins here; mypy then names the other places: `config/model.py` and the reading in `pagerduty/`.
"""

import re
from typing import Any, Literal, NamedTuple, Self, assert_never, get_args

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

Kind = Literal["schedule", "policy", "team"]
KINDS: tuple[Kind, ...] = get_args(Kind)
KEY = re.compile("(?P<kind>[^:]+):(?P<id>[^:]+)(:(?P<level>[0-9]{1,4}|all))?")


class Words(NamedTuple):
    """How people call a kind. key: of a group in the config. rotation: people take turns; otherwise all belong, always.

    prefix: what is written before an ID that does not say enough alone.
    """

    key: str
    one: str
    many: str
    rotation: bool = True
    prefix: str = ""


def words_of(kind: Kind) -> Words:
    match kind:
        case "schedule":
            return Words("schedules", "schedule", "schedules")
        case "policy":
            return Words("escalation_policies", "escalation policy", "escalation policies")
        case "team":
            return Words("team_members", "team", "teams", rotation=False, prefix="team ")
        case _:
            assert_never(kind)


class Source(NamedTuple):
    """A schedule, one level of an escalation policy (or all of them: `level` None), or the members of a team."""

    kind: Kind
    id: str
    level: int | None = None

    def __str__(self) -> str:
        """As people see it: `PC5BGL2`, `PESC123 level 1`, `team PTEAM01`. Never the same for two."""
        return f"{words_of(self.kind).prefix}{self._id_and_level}"

    @property
    def in_words(self) -> str:
        """`PagerDuty escalation policy PESC123 level 1`"""
        return f"PagerDuty {words_of(self.kind).one} {self._id_and_level}"

    @property
    def where(self) -> str:
        """Where its people are: `on call for PC5BGL2`, `in team PTEAM01`"""
        return f"{'on call for' if self.is_rotation else 'in'} {self}"

    @property
    def is_rotation(self) -> bool:
        return words_of(self.kind).rotation

    @property
    def key(self) -> str:
        """As XComs and the memory carry it: `schedule:PC5BGL2`, `policy:PESC123:1`, `policy:PESC123:all`."""
        return f"{self.kind}:{self.id}:{self.level or 'all'}" if self.kind == "policy" else f"{self.kind}:{self.id}"

    @classmethod
    def from_key(cls, key: str) -> Self:
        """Raises ValueError for what is no key."""
        parts = KEY.fullmatch(key)
        kind = next((kind for kind in KINDS if parts and kind == parts["kind"]), None)
        if not (parts and kind) or bool(parts["level"]) != (kind == "policy"):
            raise ValueError(f"{key!r} names no source")
        return cls(kind, parts["id"], None if parts["level"] in (None, "all") else int(parts["level"]))

    @property
    def _id_and_level(self) -> str:
        if self.kind != "policy":
            return self.id
        return f"{self.id} all levels" if self.level is None else f"{self.id} level {self.level}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """In a model it is itself; in JSON it is its key."""
        to_key = core_schema.plain_serializer_function_ser_schema(
            lambda source: source.key, return_schema=core_schema.str_schema(), when_used="json"
        )
        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, cls) else cls.from_key(str(value)), serialization=to_key
        )
