"""A first run, a second one and a handoff."""

from __future__ import annotations

from tests.airflow.scene import Scene

EARLIER = ["fetch_schedules", "resolve_emails", "look_up_slack_ids", "plan_updates"]
GROUPS = ["platform-leads", "platform-oncall", "storage-oncall"]
REPORT_KEYS = ["as_of", "writes", "plan_only", "config", "heartbeat", "team"]
REPORT_KEYS += ["groups", "names", "problems", "counts", "requests"]
GROUP_KEYS = ["id", "status", "verified_at", "failing_since", "members", "added", "removed", "problems"]


def test_the_first_run_gives_every_group_who_is_on_call_each_by_a_task_of_its_own(scene: Scene) -> None:
    ran = scene.run()
    assert ran.state == "success"
    assert ran.tasks == dict.fromkeys(
        [*EARLIER, *(f"update_groups @{handle}" for handle in GROUPS), "report"], "success"
    )
    assert ran.statuses() == dict.fromkeys(GROUPS, "updated")
    assert sorted(scene.writes()) == ["SLEAD", "SPLAT", "SSTOR"]
    assert scene.members() == {
        "platform-oncall": ["UADA"],
        "storage-oncall": ["UBO"],
        "platform-leads": ["UCY"],
        "design": ["UDEE", "UPIA"],
        "everyone": ["UADA"],
    }


def test_the_report_has_the_shape_that_others_rely_on_and_is_the_present(scene: Scene) -> None:
    ran = scene.run()
    assert list(ran.report) == REPORT_KEYS
    assert all(list(group) == GROUP_KEYS for group in ran.report["groups"].values())
    leads = ran.report["groups"]["platform-leads"]
    (cy,) = leads["members"]
    assert (cy["slack_id"], cy["name"], cy["via"]) == ("UCY", "Cy", ["PLEAD"])
    assert cy["until"].endswith("Z")
    assert (leads["id"], leads["added"], leads["removed"], leads["failing_since"]) == ("SLEAD", [], ["UPIA"], None)
    assert leads["verified_at"] >= ran.report["as_of"]
    assert ran.xcoms["report", "state"] == ran.report


def test_a_second_run_writes_nothing_and_a_handoff_is_one_write_that_names_who_left(scene: Scene) -> None:
    scene.run()
    scene.sandbox.requests.clear()
    second = scene.run()
    assert second.tasks == {**dict.fromkeys([*EARLIER, "report"], "success"), "update_groups": "skipped"}
    assert set(second.statuses().values()) == {"unchanged"}
    assert scene.writes() == []
    assert second.xcoms["report", "state"] == second.report

    scene.hand_off("PPLAT", "PCY")
    handed_off = scene.run()
    assert scene.writes() == ["SPLAT"]
    assert scene.members()["platform-oncall"] == ["UCY"]
    group = handed_off.report["groups"]["platform-oncall"]
    assert (group["status"], group["added"], group["removed"]) == ("updated", ["UCY"], ["UADA"])
    assert handed_off.report["names"]["UADA"] == "Ada"
    for shown in ("@platform-oncall   updated     - Ada", "+ Cy (PPLAT)", "1 updated, 2 unchanged"):
        assert shown in handed_off.log
