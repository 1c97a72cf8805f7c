"""Putting a group back as it was before a change: what is written, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from oncall_sync.errors import PassingFault, Refused
from oncall_sync.models import Event
from oncall_sync.steps import change_to_undo, refuse_in_vain, restore
from sandbox import Fault, UserGroup
from tests.sync.driver import Sync
from tests.sync.worlds import config

Restore = Callable[..., Event | None]


@pytest.fixture
def undo(sync: Sync) -> Restore:
    """The sync has just put Ada into alpha in place of Pia; `undo(removed=())`: of another change than that."""
    sync.run()
    (done,) = [event for event in sync.events if event.handle == "alpha"]
    sync.sandbox.requests.clear()
    return lambda **fields: restore(done.model_copy(update=fields), sync.services())


def refusal(act: Callable[[], Any]) -> str:
    with pytest.raises(Refused) as refused:
        act()
    assert refused.value.code == "not_restored"
    return str(refused.value)


def test_the_members_of_before_the_change_come_back_in_one_write(undo: Restore, sync: Sync) -> None:
    event = undo()

    assert sync.members("alpha") == {"UPIA"}
    assert [write.params["users"] for write in sync.writes()] == ["UPIA"]
    assert event
    assert (event.added, event.removed, event.members) == (("UPIA",), ("UADA",), ("UPIA",))


def test_the_log_shows_who_is_in_the_group_and_who_was(undo: Restore, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="oncall_sync.steps.restore"):
        undo()
    assert "@alpha (SGALPHA) has: Ada; it had: UPIA" in caplog.text


def test_somebody_whose_account_is_gone_since_is_left_out_and_named(
    undo: Restore, sync: Sync, caplog: pytest.LogCaptureFixture
) -> None:
    sync.sandbox.world.accounts["UBO"].deleted = True
    event = undo(removed=("UPIA", "UBO"))
    assert event
    assert event.members == ("UPIA",)
    assert "@alpha: the Slack account of UBO was deactivated" in caplog.text


def test_nobodys_name_forges_a_line_of_the_log(undo: Restore, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="oncall_sync.steps.restore"):
        undo(names={"UADA": "Ada\nERROR all is lost"})
    assert "\nERROR" not in caplog.text


def test_undoing_the_undoing_leaves_the_group_as_it_was(undo: Restore, sync: Sync) -> None:
    event = undo()
    assert event
    restore(event, sync.services())
    assert sync.members("alpha") == {"UADA"}


def test_a_group_that_is_as_it_was_before_is_not_written(undo: Restore, sync: Sync) -> None:
    undo()
    sync.sandbox.requests.clear()
    assert undo() is None
    assert sync.writes() == []


def test_a_group_that_had_nobody_before_is_never_emptied(undo: Restore, sync: Sync) -> None:
    assert "@alpha: is not restored: it had no members before that change" in refusal(lambda: undo(removed=()))
    assert sync.writes() == []


def test_a_group_that_somebody_disabled_is_left_alone(undo: Restore, sync: Sync) -> None:
    sync.sandbox.world.group("alpha").disabled = True
    assert "somebody disabled this group in Slack. Enable it there" in refusal(undo)
    assert sync.writes() == []


def test_a_group_that_slack_does_not_have_any_more_is_named(undo: Restore) -> None:
    assert refusal(lambda: undo(id="SGONE")) == "@alpha: is not restored: Slack has no user group SGONE any more."


def test_a_group_whose_handle_another_one_has_now_is_left_alone(undo: Restore, sync: Sync) -> None:
    sync.sandbox.world.group("alpha").handle = "archive"
    sync.sandbox.world.user_groups["SGNEW"] = UserGroup(handle="alpha", members=["UADA"])
    assert "that change was of SGALPHA, now @archive; @alpha is another user group now" in refusal(undo)
    assert sync.writes() == []


def test_a_group_that_was_only_renamed_is_restored_all_the_same(undo: Restore, sync: Sync) -> None:
    sync.sandbox.world.group("alpha").handle = "alpha-2"
    undo()
    assert sync.members("alpha-2") == {"UPIA"}


def test_members_who_have_left_slack_since_do_not_come_back_and_the_others_do(undo: Restore, sync: Sync) -> None:
    sync.sandbox.world.accounts["UQUINN"].deleted = True
    undo(removed=("UPIA", "UQUINN"))
    assert sync.members("alpha") == {"UPIA"}


def test_what_slack_refuses_says_what_to_do(undo: Restore, sync: Sync) -> None:
    sync.sandbox.faults.add(Fault(endpoint="usergroups.users.update", error="permission_denied", times=None))
    with pytest.raises(Refused, match="let everyone edit user groups"):
        undo()


# ── which change ─────────────────────────────────────────────────────────────────────────────────────────


def extra(member: str) -> dict[str, Any]:
    event = Event(handle="alpha", id="S1", action="update", added=(member,), removed=(), members=(member,), names={})
    return event.model_dump(mode="json")


TOLD = [(None, extra("UFORGED")), ("run 4", {"of": "another version"}), ("run 3", extra("U3")), ("run 2", extra("U2"))]


@pytest.mark.parametrize(("run_id", "member"), [("", "U3"), ("run 3", "U3"), ("run 2", "U2")])
def test_the_newest_change_is_undone_or_that_of_the_run(run_id: str, member: str) -> None:
    assert change_to_undo("alpha", run_id, TOLD).members == (member,)


def test_without_such_a_change_it_says_so() -> None:
    assert refusal(lambda: change_to_undo("alpha", "", TOLD[:2])) == (
        "@alpha: is not restored: Airflow keeps no change of it."
    )
    assert "no change of it by run run 1." in refusal(lambda: change_to_undo("alpha", "run 1", TOLD))


# ── while the sync would take it back ────────────────────────────────────────────────────────────────────


def refuse(*, paused: bool = False, writing: bool = False) -> None:
    refuse_in_vain("alpha", paused=paused, writing=writing)


@pytest.mark.parametrize("text", [config(), config(top="writes: true"), "groups: {alpha: [", "writes: true\n: :"])
def test_it_is_refused_while_the_next_run_would_take_it_back(sync: Sync, text: str) -> None:
    sync.configure(text)
    assert "the next run of oncall_sync would take it back. Pause oncall_sync, or write" in refusal(refuse)


@pytest.mark.parametrize("text", [config(top="writes: false"), config(handle="gamma"), "writes: false\n: :"])
def test_it_may_be_done_where_the_sync_does_not_write_or_does_not_know_the_group(sync: Sync, text: str) -> None:
    sync.configure(text)
    refuse()


def test_it_may_be_done_while_the_sync_is_paused(sync: Sync) -> None:
    refuse(paused=True)


def test_it_waits_for_a_run_that_began_before_the_sync_was_stopped(sync: Sync) -> None:
    sync.configure(config(top="writes: false"))
    with pytest.raises(PassingFault, match="@alpha: a run of oncall_sync is under way, and may still write"):
        refuse(writing=True)


def test_where_the_environment_forbids_writes_nothing_helps(sync: Sync, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONCALL_SYNC_WRITES", "false")
    assert "ONCALL_SYNC_WRITES is false, so nothing may be written here" in refusal(lambda: refuse(paused=True))


def test_where_the_environment_allows_writes_the_config_does_not_stop_the_sync(
    sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync.configure(config(top="writes: false"))
    monkeypatch.setenv("ONCALL_SYNC_WRITES", "true")
    assert "would take it back" in refusal(refuse)
