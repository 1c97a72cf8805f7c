"""The figures as tables, and as a plot. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.comparison.cells import SCHEDULES, Cell
from benchmarks.comparison.plot import plot
from benchmarks.machine import verdict

THIS = "this project"
SEED = "the algorithm it grew from"
BIG = 500  # groups, of which the goals speak


@dataclass(frozen=True)
class Measured:
    """latency: ms that each request took in addition. right: groups that held who is on call afterwards."""

    who: str
    cell: Cell
    latency: int
    requests: int
    seconds: float
    right: int


def line(found: Measured) -> str:
    """While it runs."""
    return (
        f"{found.cell.groups} groups, {found.latency} ms, {_name(found)}: {found.requests} requests, "
        f"{found.seconds:.2f} s, {found.right} right"
    )


def tables(found: Sequence[Measured]) -> str:
    sizes = dict.fromkeys(each.cell.groups for each in found)
    return "\n\n".join(_table([each for each in found if each.cell.groups == size]) for size in sizes)


def goals(found: Sequence[Measured]) -> str:
    """What this project set out to reach, and whether it did, as far as it was measured."""
    by = {(each.who, each.cell, each.latency): each for each in found}
    quiet, all_of_it = Cell(BIG, "nothing", warm=True), Cell(BIG, "everything", warm=False)
    said: list[tuple[str, float, float]] = []
    if ours := by.get((THIS, quiet, 0)):
        said.append((f"requests for {BIG} groups, nothing changed", ours.requests, 20))
    ours, seed = by.get((THIS, quiet, 50)), by.get((SEED, all_of_it, 50))
    if ours and seed:
        said.append(
            (f"time for the same at 50 ms, as a share of what {SEED} takes", ours.seconds / seed.seconds, 1 / 50)
        )
    warm = [each for each in found if each.who == THIS and each.cell.warm]
    if worst := max(warm, key=lambda each: each.requests / each.cell.floor, default=None):
        what = f"requests of the floor with a warm memory; the most, for {worst.cell.groups} groups, {_name(worst)}"
        said.append((what, worst.requests / worst.cell.floor, 1.05))
    return "\n".join(f"- {what}: {value:.3g} ({verdict(value <= most)}, goal: {most:g})" for what, value, most in said)


def picture(found: Sequence[Measured]) -> str:
    """As SVG."""
    return plot(_plotted(found))


def _table(found: Sequence[Measured]) -> str:
    """Of worlds of one size: a row for each contender and cell, a column for each latency."""
    size, latencies = found[0].cell.groups, list(dict.fromkeys(each.latency for each in found))
    by_name = {_name(each): [one for one in found if _name(one) == _name(each)] for each in found}
    times = [f"{ms} ms" for ms in latencies]
    faster = [f"faster at {ms} ms" for ms in latencies]
    head = ["", "requests", "floor", "of the floor", *times, "right after it", "fewer requests", *faster]
    lines = [_row(head), _row(["---", *["---:"] * (len(head) - 1)])]
    lines += [_row(_figures(name, row, by_name.get(SEED, []))) for name, row in by_name.items()]
    return "\n".join([f"### {size} groups of {SCHEDULES} schedules\n", *lines])


def _figures(name: str, row: Sequence[Measured], seed: Sequence[Measured]) -> list[str]:
    """One row of a table; seed: of the same latencies."""
    first = row[0]
    floor, share, ratios = "", "", [""] * (1 + len(row))
    if first.who == THIS:
        floor, share = str(first.cell.floor), f"{first.requests / first.cell.floor:.2f}"
        ratios = [f"{other.seconds / each.seconds:.0f}x" for each, other in zip(row, seed, strict=False)]
        ratios = [f"{other.requests / first.requests:.0f}x" for other in seed[:1]] + ratios
    times = [f"{each.seconds:.2f} s" for each in row]
    return [name, f"{first.requests:,}", floor, share, *times, f"{first.right} of {first.cell.groups}", *ratios]


def _name(found: Measured) -> str:
    if found.who != THIS:
        return found.who
    return f"{found.cell.changed}, {'warm' if found.cell.warm else 'cold'}"


def _row(fields: Iterable[str]) -> str:
    return f"| {' | '.join(fields)} |"


def _plotted(found: Sequence[Measured]) -> dict[int, dict[str, int]]:
    """{500: {"this project, nothing changed": 16, …}}: requests, by the number of groups."""
    kept: dict[int, dict[str, int]] = {}
    for each in found:
        if each.who == THIS and each.cell.warm and each.cell.changed != "a tenth":
            kept.setdefault(each.cell.groups, {})[f"this project, {each.cell.changed} changed"] = each.requests
        elif each.who == SEED:
            kept.setdefault(each.cell.groups, {})[each.who] = each.requests
    return kept
