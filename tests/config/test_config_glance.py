"""What the Dag takes from the config while it is parsed: fast, and whatever the file holds."""

from __future__ import annotations

import hashlib
import time
from datetime import timedelta
from pathlib import Path

import pytest

from oncall_sync.config import Alerts, Connections
from oncall_sync.config.load import Glance, glance, hash_of, read_file

FULL = """
heartbeat: 90s
poll: 10s
connections: {pagerduty: pd, slack: chat}
alerts: {slack: C0123ABC}
groups: {"@platform-oncall": {schedules: [PC5BGL2]}, security: {always: [ciso@acme.example]}}
"""
USUAL = Glance(timedelta(minutes=15), timedelta(seconds=30), (), Connections())


def look_at(tmp_path: Path, content: str | bytes) -> Glance:
    path = tmp_path / "c.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return glance(path)


def test_a_glance_takes_what_the_dag_needs(tmp_path: Path) -> None:
    assert look_at(tmp_path, FULL) == Glance(
        heartbeat=timedelta(seconds=90),
        poll=timedelta(seconds=10),
        handles=("platform-oncall", "security"),
        connections=Connections(pagerduty="pd", slack="chat"),
        alerts=Alerts(slack="C0123ABC"),
    )


@pytest.mark.parametrize(
    "content", [b"", b"a: [", b"\xff", b"- a", b"heartbeat: 1s\npoll: 1s\nconnections: x\ngroups: [a]"]
)
def test_a_glance_at_a_broken_file_gives_the_defaults(tmp_path: Path, content: bytes) -> None:
    assert look_at(tmp_path, content)[:4] == USUAL[:4]
    assert glance(tmp_path / "gone.yaml") == USUAL


def test_a_glance_takes_each_part_that_is_right(tmp_path: Path) -> None:
    found = look_at(tmp_path, "heartbeat: 1s\npoll: off\nwrites: x\ngroups: {a: {foo: 1}, b: , 'C D': {}}")
    assert found == Glance(poll=None, handles=("a", "b"), alerts=Alerts())


@pytest.mark.parametrize("content", ["a: [", "alerts: {slack: C0123ABC, pager: x}", "alerts: C0123ABC"])
def test_alerts_that_cannot_be_read_are_not_the_same_as_none(tmp_path: Path, content: str) -> None:
    assert look_at(tmp_path, content).alerts is None


CONTENTS = {
    "good": FULL.encode(),
    "no YAML": b"a: [",
    "not UTF-8": b"groups: {a: {schedules: [P11]}} # \xff",
    "other line ends": FULL.replace("\n", "\r\n").encode(),
    "with a byte order mark": b"\xef\xbb\xbf" + FULL.encode(),
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_the_watcher_and_a_run_call_the_same_file_by_the_same_hash(tmp_path: Path, content: bytes) -> None:
    """Otherwise the watcher would take a config for edited that is not, and wake the Dag for ever."""
    path = tmp_path / "c.yaml"
    path.write_bytes(content)
    assert hash_of(path) == read_file(path).hash == f"sha256:{hashlib.sha256(content).hexdigest()}"


@pytest.mark.parametrize("path", ["gone.yaml", ".", "x/\0"])
def test_a_file_that_cannot_be_read_has_no_hash_for_the_watcher(tmp_path: Path, path: str) -> None:
    assert hash_of(tmp_path / path) is None


def test_a_glance_at_500_groups_takes_less_than_a_tenth_of_a_second(tmp_path: Path) -> None:
    rows = "".join(f"  team-{n}:\n    schedules: [P{n:04}A, P{n:04}B, P{n:04}C]\n" for n in range(500))
    seconds = []
    for _ in range(3):
        start = time.process_time()
        assert len(look_at(tmp_path, "groups:\n" + rows).handles) == 500
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.1
