"""What the tasks of a run leave in XCom, whole or not: the input of `report`.

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
    reading, people, ids, planned = (xcoms.get(task) for task in flow.BEFORE_WRITES)
    read = Reading.model_validate(reading) if reading is not None else None
    changes = [Change.model_validate(change) for change in planned or []]
    ends = _ends_of_writes(ti, changes)
    results = RunResults(
        writes=read.plan_only is None if read else flow.may_write(params, backfill_for(context)),
        started=context["dag_run"].start_date,
        reading=read,
        people=People.model_validate(people) if people is not None else None,
        ids=SlackIds.model_validate(ids) if ids is not None else None,
        plan=_plan(ti, changes) if planned is not None else None,
        outcomes={handle: Outcome.model_validate(end) for handle, end in ends.items() if "handle" in end},
        failures={handle: Problem.model_validate(end["problem"]) for handle, end in ends.items() if "problem" in end},
        superseded={handle: end["superseded"] for handle, end in ends.items() if "superseded" in end},
        looked_up={
            address: RememberedAccount.model_validate(account)
            for end in ends.values()
            for address, account in end.get("looked_up", {}).items()
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


def _ends_of_writes(ti: Any, changes: list[Change]) -> dict[str, dict[str, Any]]:
    """By handle, what the mapped tasks leave in XCom."""
    # map_indexes: without them a single mapped task would come as a bare value.
    ends = ti.xcom_pull("update_groups", map_indexes=range(len(changes))) if changes else []
    return {change.handle: end for change, end in zip(changes, ends, strict=True) if end is not None}
