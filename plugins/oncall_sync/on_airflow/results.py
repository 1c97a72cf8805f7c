"""What the tasks of a run left behind in XCom, whole or not: the input of `report`.

A task that fails or is skipped leaves {"problem": …, "looked_up": …} or {"superseded": …} in place of its result
(context.py, tasks.py); one that crashed or timed out leaves nothing.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Context

from oncall_sync import flow
from oncall_sync.models import (
    Change,
    Outcome,
    People,
    Plan,
    Problem,
    Reading,
    RememberedAccount,
    RunResults,
    SlackIds,
    replaced,
)
from oncall_sync.on_airflow.context import backfill_for
from oncall_sync.parameters import handles_of

BY_THE_SCHEDULER = {"scheduled", "asset_triggered"}


def results_of(context: Context) -> RunResults:
    ti, params = context["ti"], context["params"]
    xcoms, problems = _before_writes(ti)
    reading = Reading.model_validate(xcoms["fetch_schedules"]) if "fetch_schedules" in xcoms else None
    changes = [Change.model_validate(change) for change in xcoms.get("plan_updates") or []]
    mapped = _mapped(ti, changes)
    results = RunResults(
        writes=reading.plan_only is None if reading else flow.may_write(params, backfill_for(context)),
        started=context["dag_run"].start_date,
        reading=reading,
        people=People.model_validate(xcoms["resolve_emails"]) if "resolve_emails" in xcoms else None,
        ids=SlackIds.model_validate(xcoms["look_up_slack_ids"]) if "look_up_slack_ids" in xcoms else None,
        plan=_plan(ti, changes) if "plan_updates" in xcoms else None,
        outcomes={handle: Outcome.model_validate(value) for handle, value in mapped.items() if "handle" in value},
        failures={h: Problem.model_validate(value["problem"]) for h, value in mapped.items() if "problem" in value},
        superseded={handle: value["superseded"] for handle, value in mapped.items() if "superseded" in value},
        looked_up={
            address: RememberedAccount.model_validate(account)
            for value in mapped.values()
            for address, account in value.get("looked_up", {}).items()
        },
        scheduled=context["dag_run"].run_type in BY_THE_SCHEDULER,
        for_some=bool(handles_of(params.get("groups"))),
    )
    return flow.failed_early(results, problems, params) if problems else results


def _before_writes(ti: Any) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """The results of the tasks up to the first that failed, and why that one did."""
    results: dict[str, Any] = {}
    for task in flow.BEFORE_WRITES:
        result = ti.xcom_pull(task)
        if result is None:
            text = f"{task} ended without a result, by a time-out or a crash; its log says why. No group was touched."
            return results, (Problem(code="task_failed", message=text, passing=True),)
        if isinstance(result, dict) and "problem" in result:
            return results, (Problem.model_validate(result["problem"]),)
        results[task] = result
    return results, ()


def without_changes(plan: Plan) -> dict[str, Any]:
    """The plan as plain JSON; its changes are XComs of their own."""
    return plan.model_dump(mode="json", exclude_defaults=True, exclude={"groups": {"__all__": {"change"}}})


def _plan(ti: Any, changes: list[Change]) -> Plan:
    """The whole plan; without changes if the run only plans."""
    plan = Plan.model_validate(ti.xcom_pull("plan_updates", key="plan"))
    by_handle = {change.handle: change for change in changes}
    groups = {h: replaced(group, change=by_handle.get(h)) for h, group in plan.groups.items()}
    return replaced(plan, groups=groups)


def _mapped(ti: Any, changes: list[Change]) -> dict[str, dict[str, Any]]:
    """By handle, what the mapped tasks left behind."""
    if not changes:
        return {}
    # Without map_indexes a single mapped task would come as a bare value.
    left = ti.xcom_pull("update_groups", map_indexes=range(len(changes)))
    handles = [change.handle for change in changes]
    return {handle: value for handle, value in zip(handles, left, strict=True) if value is not None}
