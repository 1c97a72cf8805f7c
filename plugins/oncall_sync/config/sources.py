"""What in PagerDuty a group takes its people from."""

import re
from typing import Literal, NamedTuple, Self

KEY = re.compile(r"(team )?(\S+?)(?: (?:level (\d+)|(all levels)))?")


class Source(NamedTuple):
    """A schedule, one level of an escalation policy (or all of them: `level` None), or the members of a team."""

    kind: Literal["schedule", "policy", "team"]
    id: str
    level: int | None = None

    def __str__(self) -> str:
        """The key by which readings and memory know it, and people see it: never the same for two."""
        match self:
            case ("policy", _, None):
                return f"{self.id} all levels"
            case ("policy", _, level):
                return f"{self.id} level {level}"
            case ("team", *_):
                return f"team {self.id}"
        return self.id

    @property
    def is_rotation(self) -> bool:
        """Whether people take turns on it."""
        return self.kind != "team"

    @property
    def in_words(self) -> str:
        """`PagerDuty escalation policy PESC123 level 1`"""
        noun = {"schedule": "schedule ", "policy": "escalation policy ", "team": ""}[self.kind]
        return f"PagerDuty {noun}{self}"

    @classmethod
    def parse(cls, key: str) -> Self:
        """The reverse of str(). Raises ValueError for what is no key."""
        found = KEY.fullmatch(key)
        if not found:
            raise ValueError(f"{key!r} names no source")
        team, id_, level, every = found.groups()
        if team:
            return cls("team", id_)
        return cls("policy", id_, int(level) if level else None) if level or every else cls("schedule", id_)
