"""Somebody else writes too: what they did in Slack is never undone without saying so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from oncall_sync import steps
from oncall_sync.models import Report
from sandbox import Channel, Fault
from tests.sync.checks import codes, said
from tests.sync.driver import Killed, Sync
from tests.sync.worlds import NOON, config, hand_over


def edited(sync: Sync, *members: str) -> Report:
    """The group is right, somebody gives it other members in Slack, and the sync runs again."""
    sync.configure(config())
    sync.run()
    sync.sandbox.world.group("alpha").members = list(members)
    sync.sandbox.requests.clear()
    return sync.run()


def test_who_was_added_by_hand_is_taken_out_and_named_with_the_way_to_keep_them(sync: Sync) -> None:
    report = edited(sync, "UADA", "UQUINN")

    assert sync.members("alpha") == {"UADA"}
    assert said(report, "hand_edit") == (
        "@alpha: somebody edited this group in Slack: Quinn had been added and is taken out again. To keep somebody "
        "in, make an override in PagerDuty, or name them under `always` in the config, with `until`; to keep somebody "
        "out, name them under `never`."
    )
    assert report.groups["alpha"].status == "updated"
    assert report.names == {"UQUINN": "Quinn"}


def test_the_name_of_somebody_whom_the_sync_never_met_costs_one_request_and_only_then(sync: Sync) -> None:
    edited(sync, "UADA", "UQUINN")
    assert sync.sandbox.count("slack", "users.info") == 1

    sync.sandbox.requests.clear()
    sync.run()
    assert sync.sandbox.count("slack", "users.info") == 0


def test_who_was_removed_by_hand_is_put_back_and_named(sync: Sync) -> None:
    report = edited(sync, "UQUINN", "UPIA")

    assert sync.members("alpha") == {"UADA"}
    assert "Pia, Quinn had been added and are taken out again; Ada had been removed and is put back." in said(
        report, "hand_edit"
    )


def test_a_name_that_slack_does_not_tell_stops_nothing(sync: Sync) -> None:
    sync.sandbox.faults.add(Fault(endpoint="users.info", status=500, times=None))

    report = edited(sync, "UADA", "UQUINN")

    assert sync.members("alpha") == {"UADA"}
    assert "UQUINN had been added" in said(report, "hand_edit")


def test_a_handoff_is_no_hand_edit(sync: Sync) -> None:
    sync.configure(config())
    sync.run()
    hand_over(sync.sandbox.world, "SADA", "PDEE", NOON)

    assert "hand_edit" not in codes(sync.run())
    assert sync.members("alpha") == {"UDEE"}


def test_the_first_run_replaces_a_group_that_was_kept_by_hand_without_calling_that_an_edit(sync: Sync) -> None:
    sync.configure(config())

    assert "hand_edit" not in codes(sync.run())
    assert sync.members("alpha") == {"UADA"}


def test_somebody_added_by_hand_who_belongs_there_now_is_left_alone(sync: Sync) -> None:
    sync.configure(config("schedules: [SADA]"))
    sync.run()
    sync.sandbox.world.group("alpha").members = ["UADA", "UDEE"]
    sync.sandbox.requests.clear()
    sync.configure(config("schedules: [SADA, SDEE]"))

    report = sync.run()

    assert (report.groups["alpha"].status, report.groups["alpha"].problems) == ("unchanged", ())
    assert sync.writes() == []


def test_an_edit_is_told_when_it_is_undone_and_not_while_it_stands(sync: Sync) -> None:
    """Nobody is on call: the group is kept as it is, with whoever was added."""
    sync.configure(config())
    sync.run()
    shifts = [*sync.sandbox.world.schedules["SADA"].shifts]
    sync.sandbox.world.schedules["SADA"].shifts.clear()
    sync.sandbox.world.group("alpha").members = ["UADA", "UQUINN"]
    assert "hand_edit" not in codes(sync.run())
    assert sync.members("alpha") == {"UADA", "UQUINN"}

    sync.sandbox.world.schedules["SADA"].shifts.extend(shifts)
    assert "Quinn had been added" in said(sync.run(), "hand_edit")


def test_a_preview_shows_what_it_would_undo_and_the_next_real_run_still_tells_it(sync: Sync) -> None:
    sync.configure(config())
    sync.run()
    sync.sandbox.world.group("alpha").members = ["UADA", "UQUINN"]

    assert "hand_edit" in codes(sync.run(dry_run=True))
    assert sync.members("alpha") == {"UADA", "UQUINN"}
    assert "hand_edit" in codes(sync.run())


def test_an_undoing_that_did_not_come_about_is_not_told_as_if_it_had(sync: Sync) -> None:
    sync.configure(config())
    sync.run()
    sync.sandbox.world.group("alpha").members = ["UADA", "UQUINN"]
    sync.sandbox.world.slack.user_group_edits = "admins"

    assert codes(sync.run()) == {"permission_denied"}
    assert sync.members("alpha") == {"UADA", "UQUINN"}


def test_our_own_write_whose_answer_was_lost_is_nobodys_edit(sync: Sync) -> None:
    sync.configure(config())
    sync.run()
    hand_over(sync.sandbox.world, "SADA", "PDEE", NOON)
    lost = Fault(endpoint="usergroups.users.update", status=500, performed=True, times=None)
    sync.sandbox.faults.add(lost)
    assert sync.run().groups["alpha"].status == "failed"
    assert sync.members("alpha") == {"UDEE"}
    sync.sandbox.faults.clear()
    hand_over(sync.sandbox.world, "SADA", "PCY", NOON)

    assert "hand_edit" not in codes(sync.run())
    assert sync.members("alpha") == {"UCY"}


def test_who_did_it_reads_it_in_the_announce_channel_without_anybody_being_notified(sync: Sync) -> None:
    sync.sandbox.world.channels["C0NEWS"] = Channel(name="news")
    sync.sandbox.world.slack.scopes.append("chat:write")
    sync.sandbox.world.accounts["UQUINN"].name = "Quinn <!here>"
    sync.configure(config("schedules: [SADA], announce: C0NEWS"))
    sync.run()
    sync.sandbox.world.group("alpha").members = ["UADA", "UQUINN"]

    sync.run()
    sync.run()

    (message,) = sync.sandbox.world.messages
    assert message["channel"] == "C0NEWS"
    assert message["text"].startswith(
        "@alpha: somebody edited this group in Slack: Quinn &lt;!here&gt; had been added and is taken out again."
    )


def test_an_edit_that_slack_refused_to_undo_is_told_by_the_run_that_undoes_it(sync: Sync) -> None:
    sync.configure(config())
    sync.run()
    sync.sandbox.world.group("alpha").members = ["UADA", "UQUINN"]
    sync.sandbox.world.slack.user_group_edits = "admins"
    sync.run()
    sync.sandbox.world.slack.user_group_edits = "everyone"

    assert "Quinn had been added" in said(sync.run(), "hand_edit")


def test_who_is_out_because_their_account_is_gone_was_not_removed_by_somebody(sync: Sync) -> None:
    """Slack takes deactivated people out of its groups by itself."""
    sync.configure(config("schedules: [SADA, SDEE]"))
    sync.run()
    sync.sandbox.world.accounts["UADA"].deleted = True
    sync.sandbox.world.group("alpha").members = ["UDEE"]

    report = sync.run()

    assert sync.members("alpha") == {"UDEE"}
    assert codes(report) == {"deactivated_account"}


def test_what_a_run_wrote_that_was_killed_then_is_nobodys_edit(sync: Sync) -> None:
    sync.configure(config())
    sync.run()
    hand_over(sync.sandbox.world, "SADA", "PDEE", NOON)
    sync.before["report"] = _killed
    with pytest.raises(Killed):
        _a_minute_later(sync)
    assert sync.members("alpha") == {"UDEE"}
    hand_over(sync.sandbox.world, "SADA", "PCY", NOON)

    assert "hand_edit" not in codes(_a_minute_later(sync))
    assert sync.members("alpha") == {"UCY"}


def slack_is_down(sync: Sync) -> None:
    sync.sandbox.faults.add(Fault(endpoint="usergroups.list", status=500, times=None))
    _a_minute_later(sync)
    sync.sandbox.faults.clear()


def nobody_is_on_call(sync: Sync) -> None:
    shifts = [*sync.sandbox.world.schedules["SADA"].shifts]
    sync.sandbox.world.schedules["SADA"].shifts.clear()
    _a_minute_later(sync)
    sync.sandbox.world.schedules["SADA"].shifts.extend(shifts)


def another_group_is_served(sync: Sync) -> None:
    sync.sandbox.world.group("beta").members = ["UPIA"]
    sync.now += timedelta(minutes=1)
    sync.run(groups=["beta"])


@pytest.mark.parametrize("meanwhile", [slack_is_down, nobody_is_on_call, another_group_is_served])
def test_nor_is_it_after_a_run_that_did_not_look_at_who_is_in_the_group(
    sync: Sync, meanwhile: Callable[[Sync], None]
) -> None:
    sync.configure(config())
    sync.run()
    hand_over(sync.sandbox.world, "SADA", "PDEE", NOON)
    sync.before["report"] = _killed
    with pytest.raises(Killed):
        _a_minute_later(sync)
    meanwhile(sync)
    hand_over(sync.sandbox.world, "SADA", "PCY", NOON)

    assert "hand_edit" not in codes(_a_minute_later(sync))
    assert sync.members("alpha") == {"UCY"}


def test_a_report_that_is_made_twice_tells_the_channel_once(sync: Sync, monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow runs the task again when its worker died after the message."""
    sync.sandbox.world.channels["C0NEWS"] = Channel(name="news")
    sync.sandbox.world.slack.scopes.append("chat:write")
    sync.configure(config("schedules: [SADA], announce: C0NEWS"))
    sync.run()
    sync.sandbox.world.group("alpha").members = ["UADA", "UQUINN"]
    once = steps.report
    monkeypatch.setattr(steps, "report", lambda *given: (once(*given), once(*given))[1])

    assert "hand_edit" in codes(sync.run())
    assert len(sync.sandbox.world.messages) == 1


def test_the_channel_is_told_names_and_no_emails(sync: Sync) -> None:
    sync.sandbox.world.channels["C0NEWS"] = Channel(name="news")
    sync.sandbox.world.slack.scopes.append("chat:write")
    sync.configure(config("schedules: [SADA], announce: C0NEWS, always: [dee@acme.example]"))
    sync.run()
    sync.sandbox.world.group("alpha").members = ["UADA"]

    sync.run()

    (message,) = sync.sandbox.world.messages
    assert "Dee had been removed and is put back." in message["text"]
    assert "@acme.example" not in str([message, *sync.events])


def _a_minute_later(sync: Sync) -> Report:
    sync.now += timedelta(minutes=1)
    return sync.run()


def _killed() -> None:
    raise Killed
