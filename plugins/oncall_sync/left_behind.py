"""What the tasks of a run left behind in XCom, whole or not: the input of `report`."""

from __future__ import annotations

from typing import Any, TypeVar

from airflow.sdk import Context

from oncall_sync.models import Change, Model, Outcome, People, Plan, Problem, Reading, SlackIds
from oncall_sync.run import Run

M = TypeVar("M", bound=Model)

BEFORE_REPORT = ("fetch_schedules", "resolve_emails", "look_up_slack_ids", "plan_updates")


def run_of(context: Context, writes: bool) -> Run:
    """writes: whether the run was asked to write; the reading, if there is one, knows better."""
    ti = context["ti"]
    reading = _model(ti, "fetch_schedules", Reading)
    plan = _model(ti, "plan_updates", Plan, key="plan")
    outcomes, problems, superseded, looked_up = _mapped(ti)
    return Run(
        writes=reading.plan_only is None if reading else writes,
        started=context["dag_run"].start_date,
        reading=reading,
        people=_model(ti, "resolve_emails", People),
        ids=_model(ti, "look_up_slack_ids", SlackIds),
        plan=plan,
        outcomes={handle: Outcome.model_validate(value) for handle, value in outcomes.items()},
        failures={handle: Problem.model_validate(value) for handle, value in problems.items()},
        superseded=superseded,
        looked_up={address: found for each in looked_up.values() for address, found in each.items()},
        problems=() if plan else _why_no_plan(ti),
    )


def _model(ti: Any, task: str, model: type[M], key: str = "return_value") -> M | None:
    value = ti.xcom_pull(task_ids=task, key=key)
    return None if value is None else model.model_validate(value)


def _mapped(ti: Any) -> list[dict[str, Any]]:
    """By handle, what the mapped tasks returned, and what they pushed before they failed or were skipped."""
    changes = [Change.model_validate(change) for change in ti.xcom_pull(task_ids="plan_updates") or ()]
    found = []
    for key in ("return_value", "problem", "superseded", "looked_up"):
        # Without map_indexes a single mapped task would come as a bare value, and none at all as None.
        pulled = ti.xcom_pull(task_ids="update_groups", key=key, map_indexes=range(len(changes))) if changes else []
        found.append({c.handle: value for c, value in zip(changes, pulled, strict=True) if value is not None})
    return found


def _why_no_plan(ti: Any) -> tuple[Problem, ...]:
    """What the first failed task said, or that it said nothing."""
    for task in BEFORE_REPORT:
        said = ti.xcom_pull(task_ids=task, key="problem")
        if said is not None:
            return (Problem.model_validate(said),)
        if ti.xcom_pull(task_ids=task) is None:
            text = f"{task} ended without a result, by a time-out or a crash; its log says why. No group was touched."
            return (Problem(code="task_failed", message=text),)
    return ()
