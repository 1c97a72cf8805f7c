"""What the Dag takes from the config while it is parsed: fast, and whatever stands in the file."""

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
groups:
  "@platform-oncall": {schedules: [PC5BGL2, PNB6DMH], id: S0123}
  security: {always: [ciso@acme.example]}
"""


def test_a_glance_takes_what_the_dag_needs(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(FULL)
    assert glance(tmp_path / "c.yaml") == Glance(
        heartbeat=timedelta(seconds=90),
        poll=timedelta(seconds=10),
        handles=("platform-oncall", "security"),
        connections=Connections(pagerduty="pd", slack="chat"),
        alerts=Alerts(slack="C0123ABC"),
    )


def test_without_a_word_the_heartbeat_is_a_quarter_of_an_hour_and_the_poll_half_a_minute() -> None:
    assert Glance() == (timedelta(minutes=15), timedelta(seconds=30), (), Connections(), None)


@pytest.mark.parametrize(
    "content", [b"", b"a: [", b"\xff", b"- a", b"heartbeat: 1s\npoll: 1s\nconnections: x\ngroups: [a]"]
)
def test_a_glance_at_a_broken_file_gives_the_defaults(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "c.yaml").write_bytes(content)
    assert glance(tmp_path / "c.yaml")[:4] == Glance()[:4]
    assert glance(tmp_path / "gone.yaml") == Glance()


@pytest.mark.parametrize("content", ["a: [", "alerts: {slack: C0123ABC, pager: x}", "alerts: C0123ABC"])
def test_a_glance_does_not_take_alerts_that_it_cannot_read_for_none_that_are_wanted(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / "c.yaml").write_text(content)
    assert glance(tmp_path / "c.yaml").alerts is None
    (tmp_path / "c.yaml").write_text("groups: {a: {foo: 1}}")
    assert glance(tmp_path / "c.yaml").alerts == Alerts()


def test_a_glance_still_knows_the_groups_when_something_else_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("heartbeat: 1s\npoll: off\nwrites: x\ngroups: {a: {foo: 1}, b: , 'C D': {}}")
    assert glance(tmp_path / "c.yaml")[:3] == (timedelta(minutes=15), None, ("a", "b"))


CONTENTS = {
    "good": FULL.encode(),
    "with a mistake": b"writes: x\ngroups: {a: {schedules: [P11]}}",
    "no YAML": b"a: [",
    "a list": b"- a",
    "empty": b"",
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


def test_an_edit_that_changes_no_value_is_another_hash_too(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(FULL)
    (tmp_path / "d.yaml").write_text(FULL + "# edited")
    assert hash_of(tmp_path / "c.yaml") != hash_of(tmp_path / "d.yaml")


def test_a_glance_at_500_groups_takes_less_than_a_tenth_of_a_second(tmp_path: Path) -> None:
    rows = (f"  team-{n}:\n    schedules: [P{n:04}A, P{n:04}B, P{n:04}C]\n" for n in range(500))
    (tmp_path / "c.yaml").write_text("groups:\n" + "".join(rows))
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        assert len(glance(tmp_path / "c.yaml").handles) == 500
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.1
