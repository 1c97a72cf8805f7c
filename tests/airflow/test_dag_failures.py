"""Runs that fail: every other group is served, and the report says in one line why."""

from __future__ import annotations

from typing import Any

from sandbox import Fault
from tests.airflow.ran import Ran
from tests.airflow.scene import Scene


def the_only_problem(ran: Ran, handle: str | None = None) -> dict[str, Any]:
    (problem,) = ran.report["groups"][handle]["problems"] if handle else ran.report["problems"]
    assert "\n" not in problem["message"]
    return dict(problem)


def test_the_log_of_the_failed_task_and_of_report_begin_with_the_reason_not_with_a_traceback(scene: Scene) -> None:
    """A wrong key is not tried again, and no group is touched."""
    scene.sandbox.faults.add(Fault(service="pagerduty", status=401, times=None))
    ran = scene.run()
    assert (ran.state, ran.tasks["report"], ran.waits) == ("failed", "failed", {})
    assert scene.sandbox.count("pagerduty") == 1
    assert scene.writes() == []
    problem = the_only_problem(ran)
    assert (problem["level"], problem["code"]) == ("error", "pagerduty_auth")
    of_fetch, of_report = ran.log.split("starting task_id=report")
    assert problem["message"] in of_fetch[: of_fetch.index("Traceback")]
    assert problem["message"][:60] in of_report[: of_report.index("Traceback")]


def test_a_write_that_slack_refuses_leaves_its_reason_in_the_report_and_the_others_written(scene: Scene) -> None:
    scene.sandbox.faults.add(
        Fault(endpoint="usergroups.users.update", error="permission_denied", match={"usergroup": "SLEAD"}, times=None)
    )
    ran = scene.run()
    assert ran.state == "failed"
    assert ran.tasks["update_groups @platform-leads"] == "failed"
    assert ran.statuses() == {"platform-leads": "failed", "platform-oncall": "updated", "storage-oncall": "updated"}
    assert the_only_problem(ran, "platform-leads")["code"] == "permission_denied"
    assert scene.members()["platform-leads"] == ["UCY", "UPIA"]
    assert ran.xcoms["report", "state"] == ran.report, "it is how things are now, failures included"


def test_a_single_write_that_fails_is_reported_too(scene: Scene) -> None:
    """Airflow gives the result of a single mapped task in another shape than that of several."""
    scene.run()
    scene.hand_off("PPLAT", "PCY")
    scene.sandbox.faults.add(Fault(endpoint="usergroups.users.update", error="permission_denied", times=None))
    ran = scene.run()
    assert ran.state == "failed"
    assert the_only_problem(ran, "platform-oncall")["code"] == "permission_denied"


def test_a_broken_file_runs_on_the_last_config_without_a_mistake_and_ends_failed(scene: Scene) -> None:
    scene.run()
    scene.config.write_text("groups: [")
    scene.hand_off("PPLAT", "PCY")
    ran = scene.run()
    assert ran.state == "failed"
    assert scene.members()["platform-oncall"] == ["UCY"]
    assert the_only_problem(ran)["code"] == "config_unusable"
