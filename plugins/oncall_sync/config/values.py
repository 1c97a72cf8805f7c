"""The values that the config is made of: emails, IDs, handles, durations; each checks itself, in plain words.

A check raises ValueError with the reason that `make check` prints behind file, line and key.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

EMAIL = r"[^@\s]+@[^@\s]+"
DOMAIN = r"@[^@\s]+"
MEMBER = r"[UW][A-Z0-9]{2,}"
HANDLE = r"[a-z0-9._-]{1,80}"  # Slack publishes no rule; whether the handle exists is seen in the run
DURATION = r"[0-9]{1,9}[smh]"
SECONDS = {"h": 3600, "m": 60, "s": 1}
SHOWN = 60  # characters of a value that a message repeats


class EntriesError(ValueError):
    """A rule on a whole list or mapping, broken by some of its entries: {index or key: reason}."""

    def __init__(self, reasons: dict[int | str, str]) -> None:
        super().__init__("; ".join(reasons.values()))
        self.reasons = reasons


def printable(text: str) -> str:
    """The text on one line, without anything that a terminal would act on."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def quoted(text: str) -> str:
    """The value as a message shows it: in quotes, short, on one line."""
    return f'"{printable(text if len(text) <= SHOWN else text[: SHOWN - 1] + "…")}"'


def matching(pattern: str, rule: str, fix: Callable[[str], str]) -> Callable[[str], str]:
    """A check that text looks like `pattern`; its message offers `fix(text)` where that would pass."""

    def check(text: str) -> str:
        if re.fullmatch(pattern, text) and text.isprintable():
            return text
        fixed = fix(text)
        hint = f"; did you mean {fixed}?" if fixed != text and re.fullmatch(pattern, fixed) else ""
        raise ValueError(f"{quoted(text)} is not {rule}{hint}")

    return check


def listed_once(entries: tuple[str, ...]) -> tuple[str, ...]:
    repeats = {n: entry for n, entry in enumerate(entries) if entry in entries[:n]}
    if repeats:
        raise EntriesError({n: f"{quoted(entry)} is listed twice" for n, entry in repeats.items()})
    return entries


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


def _unique(emails: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(emails))


def _lower_unless_member(account: str) -> str:
    return account if re.fullmatch(MEMBER, account) else account.lower()


def _text(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^({pattern})$"})


_email = matching(EMAIL, "an email address: exactly one @ and no spaces", str.strip)
_schedule = matching(r"[A-Z0-9]{3,32}", "a PagerDuty schedule ID such as PC5BGL2", str.upper)
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
Emails = Annotated[tuple[Email, ...], AfterValidator(_unique)]
Handle = Annotated[str, AfterValidator(_without_at), AfterValidator(_handle), _text(f"@?{HANDLE}")]
ScheduleID = Annotated[str, AfterValidator(_schedule), _text(r"[A-Z0-9]{3,32}")]
ScheduleIDs = Annotated[
    tuple[ScheduleID, ...], AfterValidator(listed_once), Field(json_schema_extra={"uniqueItems": True})
]
UserGroupID = Annotated[str, AfterValidator(_user_group), _text(r"S[A-Z0-9]{2,}")]
ConnectionID = Annotated[str, AfterValidator(_connection), _text(r"[A-Za-z0-9_.-]{1,250}")]
SourceAccount = Annotated[str, AfterValidator(_source), AfterValidator(str.lower), _text(f"{EMAIL}|{DOMAIN}")]
SlackAccount = Annotated[
    str, AfterValidator(_target), AfterValidator(_lower_unless_member), _text(f"{EMAIL}|{DOMAIN}|{MEMBER}")
]
Accounts = Annotated[dict[SourceAccount, SlackAccount], AfterValidator(domains_in_pairs)]
Duration = Annotated[
    timedelta, BeforeValidator(duration), PlainSerializer(duration_text, return_type=str), _text(DURATION)
]
DurationOrOff = Annotated[
    timedelta | None,
    BeforeValidator(duration_or_off),
    PlainSerializer(duration_text, return_type=str),
    _text(f"off|{DURATION}"),
]
