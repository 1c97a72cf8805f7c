"""What can go wrong, as one small tree.

    SyncError                where, what, and what to do about it
    ├── ConfigMistake        the config file or a run parameter is wrong: only an edit mends it
    ├── Refused              the service answered and will answer the same again: key, scope, permission, unknown ID
    │   └── InvalidUsers     Slack takes none of a group's members because one of them is not an active account
    └── PassingFault         429, 5xx, time-outs, dropped or truncated answers: worth another try
        ├── RateLimited      too many requests; the service mostly says how long to wait
        └── BrokenAnswer     an answer came, but not whole, not JSON, or a server error: ask again at once

`code` is the word for it in the report's `problems`; `str(error)` is the whole sentence for people.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MOST = 12  # things that a message lists by name
SHOWN = 60  # characters of a value that a message repeats


class SyncError(Exception):
    """Base of all errors that the sync raises on purpose.

    where: the thing concerned ("PagerDuty schedule PC5BGL2"); what: what happened, and why it stops;
    remedy: what to do, as a full sentence, empty where waiting is all there is to do.
    """

    def __init__(self, where: str, what: str, *, code: str, remedy: str = "") -> None:
        super().__init__(where, what, code, remedy)
        self.where, self.what, self.code, self.remedy = where, what, code, remedy

    def __str__(self) -> str:
        return printable(f"{self.where}: {self.what}.{' ' + self.remedy if self.remedy else ''}")


class ConfigMistake(SyncError):
    """The config file or a parameter of the run is wrong."""


class Refused(SyncError):
    """The service refuses, and would refuse again: fail at once and say what to change."""


class InvalidUsers(Refused):
    """`invalid_users` of usergroups.users.update: all or nothing, so nothing was written."""


class PassingFault(SyncError):
    """A fault that passes by itself.

    retry_after: seconds that the server asked to wait, None where it did not say.
    """

    def __init__(self, where: str, what: str, *, code: str, remedy: str = "", retry_after: float | None = None) -> None:
        super().__init__(where, what, code=code, remedy=remedy)
        self.retry_after = retry_after


class RateLimited(PassingFault):
    """429: too many requests. `retry_after` is set whenever the server sent it."""


class BrokenAnswer(PassingFault):
    """An answer that cannot be used; the client asks again a moment later before it gives up."""


# ── how messages repeat what others wrote ────────────────────────────────────────────────────────────────


def printable(text: str) -> str:
    """The text on one line, without anything that a terminal would act on: nobody's words may forge a log line."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def shortened(text: str) -> str:
    """Short, on one line; of an address its scheme, as the rest may be a secret."""
    text = re.sub("://.*", "://…", text, flags=re.DOTALL)
    return printable(text if len(text) <= SHOWN else text[: SHOWN - 1] + "…")


def quoted(text: str) -> str:
    return f'"{shortened(text)}"'


def listed(entries: Iterable[str], most: int = MOST) -> str:
    """`a, b` or, of many, `a, b and 12 more`"""
    known = list(entries)
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more
