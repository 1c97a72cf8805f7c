"""The values that the config is made of: emails, IDs, handles, durations; each checks itself, in plain words.

A check raises ValueError with the reason that `make check` prints behind file, line and key.
"""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

EMAIL = r"[^@\s]+@[^@\s]+"
DOMAIN = r"@[^@\s]+"
MEMBER = r"[UW][A-Z0-9]{2,}"
HANDLE = r"[a-z0-9._-]{1,80}"  # Slack publishes no rule; whether the handle exists is seen in the run
PAGERDUTY = r"[A-Z0-9]{3,32}"
CHANNEL = r"[CG][A-Z0-9]{2,}"
DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
MOST_LEVELS = 100
URL = r"https://[^\s/@]+(/\S*)?|http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?(/\S*)?"
DURATION = r"[0-9]{1,9}[smh]"
SECONDS = {"h": 3600, "m": 60, "s": 1}
MOST = 12  # things that a message lists by name
SHOWN = 60  # characters of a value that a message repeats

T = TypeVar("T")


class EntriesError(ValueError):
    """A rule on a whole list or mapping, broken by some of its entries: {index or key: reason}."""

    def __init__(self, reasons: dict[int | str, str]) -> None:
        super().__init__("; ".join(reasons.values()))
        self.reasons = reasons


def printable(text: str) -> str:
    """The text on one line, without anything that a terminal would act on."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def quoted(text: str) -> str:
    """The value as a message shows it: in quotes, short, on one line; of an address its scheme, as the rest may be a
    secret."""
    text = re.sub("://.*", "://…", text, flags=re.DOTALL)
    return f'"{printable(text if len(text) <= SHOWN else text[: SHOWN - 1] + "…")}"'


def listed(entries: Iterable[str], most: int = MOST) -> str:
    """`a, b` or, of many, `a, b and 12 more`"""
    known = list(entries)
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more


def matching(pattern: str, rule: str, fix: Callable[[str], str]) -> Callable[[str], str]:
    """A check that text looks like `pattern`; its message offers `fix(text)` where that would pass."""

    def check(text: str) -> str:
        if re.fullmatch(pattern, text) and text.isprintable():
            return text
        fixed = fix(text)
        hint = f"; did you mean {fixed}?" if fixed != text and re.fullmatch(pattern, fixed) else ""
        raise ValueError(f"{quoted(text)} is not {rule}{hint}")

    return check


def secret_url(text: str) -> str:
    """As `matching`, but of what is not such an address nothing is shown either: it may be one without its scheme."""
    if re.fullmatch(URL, text) and text.isprintable():
        return text
    raise ValueError("not an address that begins with https:// (http:// only for loopback)")


def listed_once(entries: tuple[str, ...]) -> tuple[str, ...]:
    repeats = {n: entry for n, entry in enumerate(entries) if entry in entries[:n]}
    if repeats:
        raise EntriesError({n: f"{quoted(entry)} is listed twice" for n, entry in repeats.items()})
    return entries


def policies_once(policies: tuple[Any, ...]) -> tuple[Any, ...]:
    listed_once(tuple(policy.id for policy in policies))
    return policies


def levels(value: object) -> tuple[int, ...]:
    """`[1, 2]`; none for `all`."""
    if value == "all":
        return ()
    try:
        found = tuple(whole(1, MOST_LEVELS)(level) for level in value) if isinstance(value, list | tuple) else ()
    except ValueError as error:
        raise ValueError(f"{error}, the number of a level") from None
    if not found and value != ():
        raise ValueError("levels are a list such as [1, 2], or all")
    return tuple(sorted(set(found)))


def until(text: object) -> datetime:
    """A date is good to its end, so it is the midnight after it."""
    if isinstance(text, datetime):
        return text
    with suppress(ValueError, TypeError, OverflowError):
        if re.fullmatch(DATE, str(text)):
            return datetime.fromisoformat(f"{text}T00:00:00Z") + timedelta(days=1)
        moment = datetime.fromisoformat(str(text))
        if moment.tzinfo:
            return moment.astimezone(UTC).replace(microsecond=0)  # runs are about whole seconds
    shown = quoted(text) if isinstance(text, str) else "this"
    raise ValueError(f"{shown} is neither a date such as 2026-12-31 nor a time with its offset, 2026-12-31T17:00:00Z")


def until_text(moment: datetime) -> str:
    """The reverse, as people wrote it."""
    if moment.time() == time() and moment.year > datetime.min.year:
        return (moment - timedelta(days=1)).date().isoformat()
    return moment.isoformat().replace("+00:00", "Z")


def short_text(most: int) -> Any:
    def check(text: str) -> str:
        if text.isprintable() and 0 < len(text) <= most:
            return text
        raise ValueError(f"{quoted(text)} is not one line of at most {most} characters")

    schema = WithJsonSchema({"type": "string", "minLength": 1, "maxLength": most})
    return Annotated[str, AfterValidator(check), schema]


def domains_in_pairs(accounts: dict[str, str]) -> dict[str, str]:
    """`@domain` stands for all its addresses, so its other side must be a domain too; and the reverse."""
    mixed = {left: right for left, right in accounts.items() if left.startswith("@") != right.startswith("@")}
    if mixed:
        rule = "a @domain belongs to a @domain, one email to one account"
        raise EntriesError({left: f"{quoted(right)} does not fit: {rule}" for left, right in mixed.items()})
    return accounts


def duration(text: object) -> timedelta:
    """`90s`, `15m` or `1h` as a timedelta."""
    if isinstance(text, timedelta):
        return text
    if isinstance(text, str) and re.fullmatch(DURATION, text):
        return timedelta(seconds=int(text[:-1]) * SECONDS[text[-1]])
    shown = quoted(text) if isinstance(text, str) else "this"
    raise ValueError(f"{shown} is not a duration: a whole number and s, m or h, such as 90s, 15m or 1h")


def duration_or_off(text: object) -> timedelta | None:
    if text in ("off", None):
        return None
    try:
        return duration(text)
    except ValueError as error:
        raise ValueError(f"{error}, or off") from None


def duration_text(value: timedelta | None) -> str:
    """The shortest text that reads back as the same: 900 seconds are `15m`, None is `off`."""
    if value is None:
        return "off"
    seconds = int(value.total_seconds())
    if not seconds:
        return "0s"
    unit = next(unit for unit, size in SECONDS.items() if seconds % size == 0)
    return f"{seconds // SECONDS[unit]}{unit}"


def between(low: str, high: str) -> Callable[[timedelta | None], timedelta | None]:
    def check(value: timedelta | None) -> timedelta | None:
        if value is None or duration(low) <= value <= duration(high):
            return value
        raise ValueError(f"{quoted(duration_text(value))} is not between {low} and {high}")

    return check


def whole(low: int, high: int) -> Callable[[object], int]:
    def check(number: object) -> int:
        if re.fullmatch("[0-9]{1,9}", str(number)) and low <= int(str(number)) <= high:
            return int(str(number))
        shown = quoted(number) if isinstance(number, str) else "this"
        raise ValueError(f"{shown} is not a whole number from {low} to {high}")

    return check


def _without_at(handle: str) -> str:
    return handle.removeprefix("@")


def unique(entries: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(entries))


def _lower_unless_member(account: str) -> str:
    return account if re.fullmatch(MEMBER, account) else account.lower()


def _text(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^({pattern})$"})


_email = matching(EMAIL, "an email address: exactly one @ and no spaces", str.strip)
_schedule = matching(PAGERDUTY, "a PagerDuty schedule ID such as PC5BGL2", str.upper)
_policy = matching(PAGERDUTY, "the ID of an escalation policy such as PESC123", str.upper)
_team = matching(PAGERDUTY, "the ID of a PagerDuty team such as PTEAM01", str.upper)
_channel = matching(CHANNEL, "the ID of a Slack channel such as C0123ABC", str.strip)
_user_group = matching(r"S[A-Z0-9]{2,}", "a Slack user group ID such as S0123456", str.upper)
_connection = matching(r"[A-Za-z0-9_.-]{1,250}", "an Airflow connection ID", str.strip)
_source = matching(f"{EMAIL}|{DOMAIN}", "an email address in PagerDuty or a @domain", str.strip)
_target = matching(f"{EMAIL}|{DOMAIN}|{MEMBER}", "a Slack email, a Slack member ID or a @domain", str.upper)
_handle = matching(
    HANDLE,
    "a handle: 1 to 80 of lower-case letters, digits, '.', '_', '-'",
    lambda text: re.sub(r"\s+", "-", text.strip().lower()),
)

Email = Annotated[str, AfterValidator(_email), AfterValidator(str.lower), _text(EMAIL)]
Emails = Annotated[tuple[Email, ...], AfterValidator(unique)]
Handle = Annotated[str, AfterValidator(_without_at), AfterValidator(_handle), _text(f"@?{HANDLE}")]
PolicyID = Annotated[str, AfterValidator(_policy), _text(PAGERDUTY)]
ChannelID = Annotated[str, AfterValidator(_channel), _text(CHANNEL)]
_ONCE = (AfterValidator(listed_once), Field(json_schema_extra={"uniqueItems": True}))
ScheduleIDs = Annotated[tuple[Annotated[str, AfterValidator(_schedule), _text(PAGERDUTY)], ...], *_ONCE]
TeamIDs = Annotated[tuple[Annotated[str, AfterValidator(_team), _text(PAGERDUTY)], ...], *_ONCE]
ChannelIDs = Annotated[tuple[ChannelID, ...], *_ONCE]
_LEVEL = {"type": "integer", "minimum": 1, "maximum": MOST_LEVELS}
Levels = Annotated[
    tuple[int, ...],
    BeforeValidator(levels),
    PlainSerializer(lambda found: list(found) or "all"),
    WithJsonSchema({"anyOf": [{"const": "all"}, {"type": "array", "items": _LEVEL, "minItems": 1}]}),
]
Until = Annotated[
    datetime,
    BeforeValidator(until),
    PlainSerializer(until_text, return_type=str),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}),
]
GroupName = short_text(80)
GroupDescription = short_text(140)
Reason = short_text(200)
UserGroupID = Annotated[str, AfterValidator(_user_group), _text(r"S[A-Z0-9]{2,}")]
ConnectionID = Annotated[str, AfterValidator(_connection), _text(r"[A-Za-z0-9_.-]{1,250}")]
HeartbeatURL = Annotated[str, AfterValidator(secret_url), _text(URL)]
SourceAccount = Annotated[str, AfterValidator(_source), AfterValidator(str.lower), _text(f"{EMAIL}|{DOMAIN}")]
SlackAccount = Annotated[
    str, AfterValidator(_target), AfterValidator(_lower_unless_member), _text(f"{EMAIL}|{DOMAIN}|{MEMBER}")
]
Accounts = Annotated[dict[SourceAccount, SlackAccount], AfterValidator(domains_in_pairs)]
Duration = Annotated[
    timedelta, BeforeValidator(duration), PlainSerializer(duration_text, return_type=str), _text(DURATION)
]
Overlapping = Annotated[Duration, AfterValidator(between("0s", "24h"))]
DurationOrOff = Annotated[
    timedelta | None,
    BeforeValidator(duration_or_off),
    PlainSerializer(duration_text, return_type=str),
    _text(f"off|{DURATION}"),
]
