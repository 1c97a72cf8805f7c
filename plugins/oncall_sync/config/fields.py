"""The values of the config: what each looks like, for the check and the JSON Schema, and what a message says of it.

ScheduleID = Annotated[str, _PAGERDUTY, MustBe("a PagerDuty schedule ID, e.g. PC5BGL2")]
→ `must be a PagerDuty schedule ID, e.g. PC5BGL2, not "primary"`
"""

import re
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from oncall_sync.errors import listed, quoted

HANDLE = r"[a-z0-9._-]{1,80}"  # Slack publishes no rule; the run sees whether the handle exists
EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
DOMAIN = r"@[^@\s]+\.[^@\s]+"
MEMBER = r"[UW][A-Z0-9]{2,}"
URL = r"https://[^\s/@]+(/\S*)?|http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?(/\S*)?"
DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
DURATION = r"[0-9]{1,9}[smh]"
SECONDS = {"h": 3600, "m": 60, "s": 1}

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True)
class MustBe:
    """The last part of an Annotated type: what a value should be. secret: no message shows a value that is not."""

    words: str
    secret: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        kind = "must_be_secret" if self.secret else "must_be"
        return core_schema.custom_error_schema(handler(source), custom_error_type=kind, custom_error_message=self.words)


def option(default: Any, description: str, **more: Any) -> Any:
    """A key that may be left out, described for the one who edits."""
    return Field(default=default, description=description, **more)


def like(pattern: str) -> StringConstraints:
    return StringConstraints(pattern=f"^({pattern})$")


def up_to(most: int) -> tuple[StringConstraints, MustBe]:
    return StringConstraints(min_length=1, max_length=most), MustBe(f"text of at most {most} characters")


def duration(text: object) -> timedelta:
    """`90s`, `15m` or `1h`. Raises ValueError for anything else."""
    if isinstance(text, timedelta):
        return text
    if isinstance(text, str) and re.fullmatch(DURATION, text):
        return timedelta(seconds=int(text[:-1]) * SECONDS[text[-1]])
    raise ValueError("no duration")


def duration_text(value: timedelta | None) -> str:
    """The shortest text that reads back as the same: 900 seconds are `15m`, None is `off`."""
    if value is None:
        return "off"
    seconds = int(value.total_seconds())
    unit = next((unit for unit, size in SECONDS.items() if seconds and seconds % size == 0), "s")
    return f"{seconds // SECONDS[unit]}{unit}"


def lasting(low: str, high: str, *, or_off: bool = False) -> tuple[Any, ...]:
    """A duration from `low` to `high`; with `or_off` also `off`, which is None."""

    def check(text: object) -> timedelta | None:
        if or_off and text in ("off", None):
            return None
        if duration(low) <= duration(text) <= duration(high):
            return duration(text)
        raise ValueError("too short or too long")

    words = f"a duration from {low} to {high}, e.g. 90s, 15m or 1h{', or off' if or_off else ''}"
    schema = {"type": "string", "pattern": f"^({'off|' if or_off else ''}{DURATION})$"}
    return BeforeValidator(check), MustBe(words), PlainSerializer(duration_text, str), WithJsonSchema(schema)


def until(text: object) -> datetime:
    """A date is good to its end, so it is the midnight after it. Raises ValueError, OverflowError."""
    if isinstance(text, datetime):
        return text
    if re.fullmatch(DATE, str(text)):
        return datetime.fromisoformat(f"{text}T00:00:00Z") + timedelta(days=1)
    moment = datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        raise ValueError("no offset")
    return moment.astimezone(UTC).replace(microsecond=0)  # runs are about whole seconds


def until_text(moment: datetime) -> str:
    """The reverse, as people wrote it."""
    if moment.time() == time() and moment.year > datetime.min.year:
        return (moment - timedelta(days=1)).date().isoformat()
    return moment.isoformat().replace("+00:00", "Z")


def levels(value: object) -> object:
    """`all` is none by its number."""
    if value in ("all", ()):
        return ()
    if isinstance(value, list | tuple) and value:
        return value
    raise PydanticCustomError("must_be", "a list of levels, e.g. [1, 2], or all")


def unique(entries: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(entries))


def once(entries: Any) -> Any:
    """No ID of a list and no key of a mapping twice, whatever its case."""
    if isinstance(entries, tuple | dict):
        names = [str(getattr(entry, "id", entry)) for entry in entries]
        number = Counter(name.lower() for name in names)
        if twice := dict.fromkeys(quoted(name) for name in names if number[name.lower()] > 1):
            raise ValueError(f"must not list {listed(twice)} twice")
    return entries


def in_pairs(accounts: dict[str, str]) -> dict[str, str]:
    """`@domain` stands for all its addresses, so its other side is a domain too; and the reverse."""
    mixed = [pair for pair in accounts.items() if pair[0].startswith("@") != pair[1].startswith("@")]
    if mixed:
        pairs = listed(f"{quoted(name)} with {quoted(other)}" for name, other in mixed)
        raise ValueError(f"must pair a @domain with a @domain and an email with one account, not {pairs}")
    return accounts


_LOWER = StringConstraints(to_lower=True)
_PAGERDUTY = StringConstraints(  # lower case where a digit tells an ID from a name
    min_length=3, max_length=32, pattern="^([A-Z0-9]+|[a-z0-9]*[0-9][a-z0-9]*)$", to_upper=True
)
_ONCE = (AfterValidator(once), Field(json_schema_extra={"uniqueItems": True}))
_LEVEL = {"type": "integer", "minimum": 1, "maximum": 100}

Switch = Annotated[bool, MustBe("true or false")]
Email = Annotated[str, like(EMAIL), _LOWER, MustBe("an email address, e.g. ada@acme.example")]
Emails = Annotated[tuple[Email, ...], AfterValidator(unique)]
Handle = Annotated[
    str,
    like(f"@?{HANDLE}"),
    AfterValidator(lambda handle: handle.removeprefix("@")),
    MustBe("a handle: 1 to 80 of lower-case letters, digits, `.`, `_` and `-`"),
]
ScheduleID = Annotated[str, _PAGERDUTY, MustBe("a PagerDuty schedule ID, e.g. PC5BGL2")]
ScheduleIDs = Annotated[tuple[ScheduleID, ...], *_ONCE]
PolicyID = Annotated[str, _PAGERDUTY, MustBe("the ID of an escalation policy, e.g. PESC123")]
TeamID = Annotated[str, _PAGERDUTY, MustBe("the ID of a PagerDuty team, e.g. PTEAM01")]
TeamIDs = Annotated[tuple[TeamID, ...], *_ONCE]
ChannelID = Annotated[str, like("[CG][A-Z0-9]{2,}"), MustBe("the ID of a Slack channel, e.g. C0123ABC")]
ChannelIDs = Annotated[tuple[ChannelID, ...], *_ONCE]
UserGroupID = Annotated[str, like("S[A-Z0-9]{2,}"), MustBe("the ID of a Slack user group, e.g. S0123456")]
ConnectionID = Annotated[str, like("[A-Za-z0-9_.-]{1,250}"), MustBe("an Airflow connection ID, e.g. pagerduty_default")]
_ADDRESS = "an address that begins with https:// (http:// only for loopback)"
HeartbeatURL = Annotated[str, like(URL), MustBe(_ADDRESS, secret=True)]
MaxMembers = Annotated[int, Field(ge=1, le=1000), MustBe("a whole number from 1 to 1000")]
WhenEmpty = Annotated[Literal["keep", "disable"], MustBe("`keep` or `disable`")]
Heartbeat = Annotated[timedelta, *lasting("1m", "24h")]
Poll = Annotated[timedelta | None, *lasting("5s", "1h", or_off=True)]
OverlapTime = Annotated[timedelta, *lasting("0s", "24h")]
Levels = Annotated[
    tuple[Annotated[int, Field(ge=1, le=100), MustBe("a level, from 1 to 100")], ...],
    BeforeValidator(levels),
    AfterValidator(lambda numbers: tuple(sorted(set(numbers)))),
    PlainSerializer(lambda numbers: list(numbers) or "all"),
    WithJsonSchema({"anyOf": [{"const": "all"}, {"type": "array", "items": _LEVEL, "minItems": 1}]}),
]
Until = Annotated[
    datetime,
    BeforeValidator(until),
    MustBe("a date, e.g. 2026-12-31, or a time with its offset, e.g. 2026-12-31T17:00:00Z"),
    PlainSerializer(until_text, return_type=str),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}),
]
PagerDutyAddress = Annotated[
    str, like(f"{EMAIL}|{DOMAIN}"), _LOWER, MustBe("an email address in PagerDuty or a @domain")
]
Account = Annotated[
    str,
    like(f"{EMAIL}|{DOMAIN}|{MEMBER}"),
    AfterValidator(lambda account: account.lower() if "@" in account else account),
    MustBe("a Slack email, a Slack member ID, e.g. U0123456, or a @domain"),
]
Accounts = Annotated[dict[PagerDutyAddress, Account], BeforeValidator(once), AfterValidator(in_pairs)]
