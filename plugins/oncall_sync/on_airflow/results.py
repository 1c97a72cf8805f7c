"""What the tasks of a run left behind in XCom, whole or not: the input of `report`.

A task that fails or is skipped leaves {"problem": …, "looked_up": …} or {"superseded": …} in place of its result
(sync.py); one that crashed or timed out leaves nothing.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Context

from oncall_sync.config.file import config_path, glance
from oncall_sync.models import Change, Handle, Outcome, People, Plan, Problem, Reading, RunResults, SlackIds
from oncall_sync.parameters import MISTAKES, handles_of

BY_THE_SCHEDULER = {"scheduled", "asset_triggered"}
BEFORE_REPORT = ("fetch_schedules", "resolve_emails", "look_up_slack_ids", "plan_updates")


def run_of(context: Context, writes: bool) -> RunResults:
    """writes: whether the run was asked to write; the reading, if there is one, knows better."""
    ti = context["ti"]
    results, problems = _results(ti)
    reading = Reading.model_validate(results["fetch_schedules"]) if "fetch_schedules" in results else None
    left = _mapped(ti, results.get("plan_updates") or [])
    return RunResults(
        writes=reading.plan_only is None if reading else writes and not {p.code for p in problems} & MISTAKES,
        started=context["dag_run"].start_date,
        reading=reading,
        people=People.model_validate(results["resolve_emails"]) if "resolve_emails" in results else None,
        ids=SlackIds.model_validate(results["look_up_slack_ids"]) if "look_up_slack_ids" in results else None,
        plan=Plan.model_validate(ti.xcom_pull("plan_updates", key="plan")) if "plan_updates" in results else None,
        outcomes={handle: Outcome.model_validate(value) for handle, value in left.items() if "handle" in value},
        failures={h: Problem.model_validate(value["problem"]) for h, value in left.items() if "problem" in value},
        superseded={handle: value["superseded"] for handle, value in left.items() if "superseded" in value},
        looked_up={a: found for value in left.values() for a, found in value.get("looked_up", {}).items()},
        problems=problems,
        scheduled=context["dag_run"].run_type in BY_THE_SCHEDULER,
        configured=() if reading else _configured(context),
        for_some=bool(handles_of(context["params"].get("groups"))),
    )


def _configured(context: Context) -> tuple[Handle, ...]:
    asked = handles_of(context["params"].get("groups"))
    return tuple(handle for handle in glance(config_path()).handles if not asked or handle in asked)


def _results(ti: Any) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """The results of the tasks up to the first that failed, and why that one did."""
    results: dict[str, Any] = {}
    for task in BEFORE_REPORT:
        result = ti.xcom_pull(task)
        if result is None:
            text = f"{task} ended without a result, by a time-out or a crash; its log says why. No group was touched."
            return results, (Problem(code="task_failed", message=text, passing=True),)
        if isinstance(result, dict) and "problem" in result:
            return results, (Problem.model_validate(result["problem"]),)
        results[task] = result
    return results, ()


def _mapped(ti: Any, changes: list[Any]) -> dict[str, dict[str, Any]]:
    """By handle, what the mapped tasks left behind."""
    if not changes:
        return {}
    # Without map_indexes a single mapped task would come as a bare value.
    left = ti.xcom_pull("update_groups", map_indexes=range(len(changes)))
    handles = [Change.model_validate(change).handle for change in changes]
    return {handle: value for handle, value in zip(handles, left, strict=True) if value is not None}
