"""The result of the forecast: what to fix, the names behind the IDs, who is next; and its times in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple, get_args

from oncall_sync.errors import SyncError
from oncall_sync.models import Handle, Level, Model, Problem


class Item(Problem):
    """groups: those that it concerns; none where it is about the whole config, or all of them."""

    groups: tuple[Handle, ...] = ()


class Coming(Model):
    """Somebody's next shift."""

    name: str
    start: datetime


class Forecast(Model):
    """What the task of `oncall_check` returns.

    problems: the worst first. groups: what each group names, {as the config has it: its ID}. names: by ID, of what
    exists and may be seen. next: by group, who takes over, by the start of their shifts; far enough for the page until
    the next check.
    """

    since: datetime
    until: datetime
    config: str
    problems: tuple[Item, ...]
    groups: dict[Handle, dict[str, str]]
    names: dict[str, str]
    next: dict[Handle, tuple[Coming, ...]]
    requests: dict[str, int]

    @property
    def to_fix(self) -> int:
        return sum(item.level != "info" for item in self.problems)

    @property
    def errors(self) -> list[str]:
        return [item.message for item in self.problems if item.level == "error"]

    @property
    def passing(self) -> list[str]:
        """What could not be checked now, and may be in a while."""
        return [item.message for item in self.problems if item.passing]


class ToDo:
    """Collects items, the same one of several groups as one; and names: what the IDs stand for."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self._found: dict[str, Item] = {}

    def add(self, problem: Problem, *groups: Handle) -> None:
        known = self._found.get(problem.message)
        concerned = {*groups, *(known.groups if known else ())}
        self._found[problem.message] = Item(**dict(problem), groups=tuple(sorted(concerned)))

    def add_each(self, groups: Iterable[Handle], rule: Callable[[Handle], Iterable[Problem]]) -> None:
        """What a rule says of each group."""
        for handle in groups:
            for problem in rule(handle):
                self.add(problem, handle)

    def inform(self, *, code: str, message: str) -> None:
        """There is no problems found."""
        self.add(Problem(level="info", code=code, message=message))

    @contextmanager
    def catching_errors(self) -> Iterator[None]:
        """An error of the sync is an item too, and what follows goes on."""
        try:
            yield
        except SyncError as error:
            self.add(Problem.of(error))

    def items(self) -> tuple[Item, ...]:
        return tuple(sorted(self._found.values(), key=lambda item: get_args(Level).index(item.level)))


class Period(NamedTuple):
    """The span that is looked at, or a part of it."""

    start: datetime
    end: datetime

    def in_words(self, span: Period) -> str:
        if self == span:
            return f"all {(span.end - span.start).days} days"
        if self.end == span.end:
            return f"from {moment(self.start)} on"
        if self.start == span.start:
            return f"now to {moment(self.end)}"
        same_day = self.end.date() == self.start.date()
        return f"{moment(self.start)} to {f'{self.end:%H:%M}' if same_day else moment(self.end)}"


def moment(at: datetime) -> str:
    """`Mon 23 Nov 09:00`, in UTC"""
    return f"{at:%a %d %b %H:%M}"
