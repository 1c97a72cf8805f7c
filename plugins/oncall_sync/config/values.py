"""The values that the config is made of: emails, IDs, handles, durations; each checks itself, in plain words.

A check raises ValueError with the reason that `make check` prints behind file, line and key.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, ValidationError, WithJsonSchema
from pydantic_core import InitErrorDetails

EMAIL = r"[^@\s]+@[^@\s]+"
DOMAIN = r"@[^@\s]+"
MEMBER = r"[UW][A-Z0-9]{2,}"
HANDLE = r"[a-z0-9._-]{1,80}"  # Slack publishes no rule; whether the handle exists is seen in the run
PAGERDUTY = r"[A-Z0-9]{3,32}"
DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
MOST_LEVELS = 100
URL = r"https://[^\s/@]+(/\S*)?|http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?(/\S*)?"
DURATION = r"[0-9]{1,9}[smh]"
SECONDS = {"h": 3600, "m": 60, "s": 1}
MOST = 12  # things that a message lists by name
SHOWN = 60  # characters of a value that a message repeats

T = TypeVar("T", bound=Hashable)


def printable(text: str) -> str:
    """The text on one line, without anything that a terminal would act on."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def quoted(value: object) -> str:
    """The value as a message shows it: in quotes, short, on one line; of an address its scheme, as the rest may be a
    secret; of a list or mapping nothing."""
    if not isinstance(value, str):
        return "this"
    text = re.sub("://.*", "://…", value, flags=re.DOTALL)
    return f'"{printable(text if len(text) <= SHOWN else text[: SHOWN - 1] + "…")}"'


def listed(entries: Iterable[str], most: int = MOST) -> str:
    """`a, b` or, of many, `a, b and 12 more`"""
    known = list(entries)
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more


def matching(pattern: str, rule: str, fix: Callable[[str], str] = str.strip) -> tuple[AfterValidator, WithJsonSchema]:
    """Text that looks like `pattern`; the message offers `fix(text)` where that would pass."""

    def check(text: str) -> str:
        if re.fullmatch(pattern, text) and text.isprintable():
            return text
        fixed = fix(text)
        hint = f"; did you mean {fixed}?" if fixed != text and re.fullmatch(pattern, fixed) else ""
        raise ValueError(f"{quoted(text)} is not {rule}{hint}")

    return AfterValidator(check), _text(pattern)


def secret_url(text: str) -> str:
    """As `matching`, but of what is not such an address nothing is shown either: it may be one without its scheme."""
    if re.fullmatch(URL, text) and text.isprintable():
        return text
    raise ValueError("not an address that begins with https:// (http:// only for loopback)")


def one_line(most: int) -> tuple[AfterValidator, WithJsonSchema]:
    def check(text: str) -> str:
        if text.isprintable() and 0 < len(text) <= most:
            return text
        raise ValueError(f"{quoted(text)} is not one line of at most {most} characters")

    return AfterValidator(check), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": most})


def whole(low: int, high: int, what: str = "") -> Callable[[object], int]:
    def check(number: object) -> int:
        if re.fullmatch("[0-9]{1,9}", str(number)) and low <= int(str(number)) <= high:
            return int(str(number))
        raise ValueError(f"{quoted(number)} is not a whole number from {low} to {high}{what}")

    return check


def levels(value: object) -> tuple[int, ...]:
    """`[1, 2]`; none for `all`."""
    if value == "all":
        return ()
    level = whole(1, MOST_LEVELS, ", the number of a level")
    found = {level(entry) for entry in value} if isinstance(value, list | tuple) else ()
    if not found and value != ():
        raise ValueError("levels are a list such as [1, 2], or all")
    return tuple(sorted(found))


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
    raise ValueError(
        f"{quoted(text)} is neither a date such as 2026-12-31 nor a time with its offset, 2026-12-31T17:00:00Z"
    )


def until_text(moment: datetime) -> str:
    """The reverse, as people wrote it."""
    if moment.time() == time() and moment.year > datetime.min.year:
        return (moment - timedelta(days=1)).date().isoformat()
    return moment.isoformat().replace("+00:00", "Z")


def duration(text: object, otherwise: str = "") -> timedelta:
    """`90s`, `15m` or `1h` as a timedelta. `otherwise`: what else may stand there, for the message."""
    if isinstance(text, timedelta):
        return text
    if isinstance(text, str) and re.fullmatch(DURATION, text):
        return timedelta(seconds=int(text[:-1]) * SECONDS[text[-1]])
    raise ValueError(
        f"{quoted(text)} is not a duration: a whole number and s, m or h, such as 90s, 15m or 1h{otherwise}"
    )


def duration_text(value: timedelta | None) -> str:
    """The shortest text that reads back as the same: 900 seconds are `15m`, None is `off`."""
    if value is None:
        return "off"
    seconds = int(value.total_seconds())
    if not seconds:
        return "0s"
    unit = next(unit for unit, size in SECONDS.items() if seconds % size == 0)
    return f"{seconds // SECONDS[unit]}{unit}"


def lasting(low: str, high: str, *, or_off: bool = False) -> tuple[BeforeValidator, PlainSerializer, WithJsonSchema]:
    """A duration from `low` to `high`; `or_off`: or `off`, which is None."""

    def check(text: object) -> timedelta | None:
        if or_off and text in ("off", None):
            return None
        value = duration(text, ", or off" if or_off else "")
        if duration(low) <= value <= duration(high):
            return value
        raise ValueError(f"{quoted(duration_text(value))} is not between {low} and {high}")

    pattern = f"off|{DURATION}" if or_off else DURATION
    return BeforeValidator(check), PlainSerializer(duration_text, return_type=str), _text(pattern)


def unique(entries: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(entries))


def listed_once(entries: tuple[T, ...]) -> tuple[T, ...]:
    """Of mappings, their `id`."""
    ids = [str(getattr(entry, "id", entry)) for entry in entries]
    _refuse({n: f"{quoted(entry)} is listed twice" for n, entry in enumerate(ids) if entry in ids[:n]})
    return entries


def named_once(accounts: object) -> object:
    """An address is the same in any case, and the second would replace the first."""
    if isinstance(accounts, dict):
        names = [str(left).lower() for left in accounts]
        _refuse({left: f"{quoted(left)} is listed twice" for n, left in enumerate(accounts) if names[n] in names[:n]})
    return accounts


def domains_in_pairs(accounts: dict[str, str]) -> dict[str, str]:
    """`@domain` stands for all its addresses, so its other side must be a domain too; and the reverse."""
    mixed = {left: right for left, right in accounts.items() if left.startswith("@") != right.startswith("@")}
    rule = "a @domain belongs to a @domain, one email to one account"
    _refuse({left: f"{quoted(right)} does not fit: {rule}" for left, right in mixed.items()})
    return accounts


def _refuse(reasons: Mapping[Any, str]) -> None:
    """Each entry of a list or mapping that has a reason here, by its index or key, is a mistake of its own."""
    wrong = [
        InitErrorDetails(type="value_error", loc=(at,), input=at, ctx={"error": ValueError(reason)})
        for at, reason in reasons.items()
    ]
    if wrong:
        raise ValidationError.from_exception_data("entries", wrong)


def _text(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^({pattern})$"})


_LOWER = AfterValidator(str.lower)
_ONCE = (AfterValidator(listed_once), Field(json_schema_extra={"uniqueItems": True}))
_LEVEL = {"type": "integer", "minimum": 1, "maximum": MOST_LEVELS}

Email = Annotated[str, *matching(EMAIL, "an email address: exactly one @ and no spaces"), _LOWER]
Emails = Annotated[tuple[Email, ...], AfterValidator(unique)]
Handle = Annotated[
    str,
    AfterValidator(lambda handle: handle.removeprefix("@")),
    *matching(
        HANDLE,
        "a handle: 1 to 80 of lower-case letters, digits, '.', '_', '-'",
        lambda text: re.sub(r"\s+", "-", text.strip().lower()),
    ),
    _text(f"@?{HANDLE}"),
]
ScheduleID = Annotated[str, *matching(PAGERDUTY, "a PagerDuty schedule ID such as PC5BGL2", str.upper)]
ScheduleIDs = Annotated[tuple[ScheduleID, ...], *_ONCE]
PolicyID = Annotated[str, *matching(PAGERDUTY, "the ID of an escalation policy such as PESC123", str.upper)]
TeamID = Annotated[str, *matching(PAGERDUTY, "the ID of a PagerDuty team such as PTEAM01", str.upper)]
TeamIDs = Annotated[tuple[TeamID, ...], *_ONCE]
ChannelID = Annotated[str, *matching(r"[CG][A-Z0-9]{2,}", "the ID of a Slack channel such as C0123ABC")]
ChannelIDs = Annotated[tuple[ChannelID, ...], *_ONCE]
UserGroupID = Annotated[str, *matching(r"S[A-Z0-9]{2,}", "a Slack user group ID such as S0123456", str.upper)]
ConnectionID = Annotated[str, *matching(r"[A-Za-z0-9_.-]{1,250}", "an Airflow connection ID")]
HeartbeatURL = Annotated[str, AfterValidator(secret_url), _text(URL)]
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
Overlapping = Annotated[timedelta, *lasting("0s", "24h")]
SourceAccount = Annotated[str, *matching(f"{EMAIL}|{DOMAIN}", "an email address in PagerDuty or a @domain"), _LOWER]
SlackAccount = Annotated[
    str,
    *matching(f"{EMAIL}|{DOMAIN}|{MEMBER}", "a Slack email, a Slack member ID or a @domain", str.upper),
    AfterValidator(lambda account: account if re.fullmatch(MEMBER, account) else account.lower()),
]
Accounts = Annotated[dict[SourceAccount, SlackAccount], BeforeValidator(named_once), AfterValidator(domains_in_pairs)]
