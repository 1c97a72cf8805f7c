"""People edit groups in Slack too: what they did is never undone without saying so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from oncall_sync import steps
from oncall_sync.models import Report
from sandbox import Channel, Fault
from tests.sync.checks import codes, message, run_at
from tests.sync.driver import Killed, Sync
from tests.sync.watching import MINUTE, kill
from tests.sync.worlds import NOON, config, hand_over


@pytest.fixture
def right(sync: Sync) -> Sync:
    """The first run is over. It replaced Pia, without calling that an edit."""
    assert "hand_edit" not in codes(sync.run())
    sync.sandbox.requests.clear()
    return sync


def edit(sync: Sync, *members: str) -> None:
    """Somebody gives @alpha these members in Slack."""
    sync.sandbox.world.group("alpha").members = [*members]


def a_minute_later(sync: Sync) -> Report:
    return run_at(sync, sync.now + MINUTE)


def test_a_person_added_by_hand_is_removed_and_named_with_the_way_to_keep_them(right: Sync) -> None:
    edit(right, "UADA", "UQUINN")

    report = right.run()

    assert right.members("alpha") == {"UADA"}
    assert message(report, "hand_edit") == (
        "@alpha: somebody edited this group in Slack: Quinn had been added and is taken out again. To keep somebody "
        "in, make an override in PagerDuty, or name them under `always` in the config, with `until`; to keep somebody "
        "out, name them under `never`."
    )
    assert (report.groups["alpha"].status, report.names) == ("updated", {"UQUINN": "Quinn"})
    right.run()
    assert right.sandbox.count("slack", "users.info") == 1, "the name was asked for once"


def test_a_person_removed_by_hand_is_put_back_and_named(right: Sync) -> None:
    edit(right, "UQUINN", "UPIA")

    text = message(right.run(), "hand_edit")

    assert right.members("alpha") == {"UADA"}
    assert "Pia, Quinn had been added and are taken out again; Ada had been removed and is put back." in text


def test_a_name_that_slack_does_not_give_stops_nothing(right: Sync) -> None:
    right.sandbox.faults.add(Fault(endpoint="users.info", status=500, times=None))
    edit(right, "UADA", "UQUINN")

    assert "UQUINN had been added" in message(right.run(), "hand_edit")
    assert right.members("alpha") == {"UADA"}


def test_a_person_added_by_hand_whom_the_config_names_by_now_stays_in(right: Sync) -> None:
    edit(right, "UADA", "UDEE")
    right.configure(config("schedules: [SADA, SDEE]"))

    alpha = right.run().groups["alpha"]

    assert (alpha.status, alpha.problems, right.writes()) == ("unchanged", (), [])


# ── it is reported by the run that undoes it ─────────────────────────────────────────────────────────────


def nobody_is_on_call(sync: Sync) -> None:
    """The group keeps its members, and the edit."""
    shifts = sync.sandbox.world.schedules["SADA"].shifts
    sync.sandbox.world.schedules["SADA"].shifts = []
    assert "hand_edit" not in codes(a_minute_later(sync))
    sync.sandbox.world.schedules["SADA"].shifts = shifts


def a_run_only_plans(sync: Sync) -> None:
    assert "hand_edit" in codes(sync.run(dry_run=True))


def slack_refuses(sync: Sync) -> None:
    sync.sandbox.world.slack.user_group_edits = "admins"
    assert codes(sync.run()) == {"permission_denied"}
    sync.sandbox.world.slack.user_group_edits = "everyone"


@pytest.mark.parametrize("first", [nobody_is_on_call, a_run_only_plans, slack_refuses])
def test_an_edit_is_reported_by_the_run_that_undoes_it(right: Sync, first: Callable[[Sync], None]) -> None:
    edit(right, "UADA", "UQUINN")
    first(right)
    assert right.members("alpha") == {"UADA", "UQUINN"}

    assert "Quinn had been added" in message(right.run(), "hand_edit")
    assert right.members("alpha") == {"UADA"}


# ── what is no edit ──────────────────────────────────────────────────────────────────────────────────────


def nothing_else(sync: Sync) -> None:
    """The next run follows."""


def slack_is_down(sync: Sync) -> None:
    sync.sandbox.faults.add(Fault(endpoint="usergroups.list", status=500, times=None))
    a_minute_later(sync)
    sync.sandbox.faults.clear()


def another_group_is_updated(sync: Sync) -> None:
    sync.sandbox.world.group("beta").members = ["UPIA"]
    run_at(sync, sync.now + MINUTE, groups=["beta"])


@pytest.mark.parametrize("ending", ["killed", "answer lost"])
@pytest.mark.parametrize("then", [nothing_else, slack_is_down, nobody_is_on_call, another_group_is_updated])
def test_a_write_of_the_syncs_own_is_no_edit_even_if_nothing_reported_it(
    right: Sync, ending: str, then: Callable[[Sync], None]
) -> None:
    hand_over(right.sandbox.world, "SADA", "PDEE", NOON)
    if ending == "killed":
        right.before["report"] = kill
        with pytest.raises(Killed):
            a_minute_later(right)
    else:
        lost = Fault(endpoint="usergroups.users.update", status=500, performed=True, times=None)
        right.sandbox.faults.add(lost)
        assert a_minute_later(right).groups["alpha"].status == "failed"
        right.sandbox.faults.clear()
    assert right.members("alpha") == {"UDEE"}
    then(right)
    hand_over(right.sandbox.world, "SADA", "PCY", NOON)

    assert "hand_edit" not in codes(a_minute_later(right))
    assert right.members("alpha") == {"UCY"}


def test_a_person_whom_slack_itself_removed_with_their_account_was_not_removed_by_hand(right: Sync) -> None:
    right.configure(config("schedules: [SADA, SDEE]"))
    right.run()
    right.sandbox.world.accounts["UADA"].deleted = True
    edit(right, "UDEE")

    assert codes(right.run()) == {"deactivated_account"}
    assert right.members("alpha") == {"UDEE"}


# ── the announce channel ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def announced(sync: Sync) -> Sync:
    """The first run is over; Quinn was added and Dee, of `always`, removed by hand."""
    sync.sandbox.world.channels["C0NEWS"] = Channel(name="news")
    sync.sandbox.world.slack.scopes.append("chat:write")
    sync.sandbox.world.accounts["UQUINN"].name = "Quinn <!here>"
    sync.configure(config("schedules: [SADA], announce: C0NEWS, always: [dee@acme.example]"))
    sync.run()
    edit(sync, "UADA", "UQUINN")
    return sync


def test_the_channel_reads_of_it_once_with_names_and_nobody_is_notified(announced: Sync) -> None:
    announced.run()
    announced.run()

    (posted,) = announced.sandbox.world.messages
    assert posted["channel"] == "C0NEWS"
    assert posted["text"].startswith(
        "@alpha: somebody edited this group in Slack: Quinn &lt;!here&gt; had been added and is taken out again; "
        "Dee had been removed and is put back."
    )
    assert "@acme.example" not in str([posted, *announced.events])


def test_a_report_that_runs_twice_posts_it_once(announced: Sync, monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow runs the task again if its worker died after the message."""
    once = steps.report
    monkeypatch.setattr(steps, "report", lambda *given: (once(*given), once(*given))[1])

    assert "hand_edit" in codes(announced.run())
    assert len(announced.sandbox.world.messages) == 1
