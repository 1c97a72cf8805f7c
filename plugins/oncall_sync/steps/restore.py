"""The task of `oncall_restore`: puts a user group back as it was before a change, when a person asks for it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta

from pydantic import ValidationError

from oncall_sync.config.load import config_path, glance, stops_writes
from oncall_sync.errors import PassingFault, Refused, printable
from oncall_sync.models import Change, Event, GroupState, Handle
from oncall_sync.parameters import Parameters
from oncall_sync.rules.plan import refused
from oncall_sync.rules.targets import by_handle
from oncall_sync.steps.services import Services
from oncall_sync.steps.update_groups import update_group

log = logging.getLogger(__name__)

IN_TIME = timedelta(minutes=10)  # in which the write has to come about, waits for Slack included


def restore(undone: Event, services: Services) -> Event | None:
    """Gives the group the members that it had before that change. What changed; None where it has them already.

    Raises Refused, PassingFault.
    """
    handle, connection = undone.handle, glance(config_path()).connections.slack
    before = (set(undone.members) - set(undone.added)) | set(undone.removed)
    groups = services.slack(connection).user_groups()
    current, named = next((group for group in groups if group.id == undone.id), None), by_handle(handle, groups)
    if current is None:
        raise _not(handle, f"Slack has no user group {undone.id} any more")
    if current.handle.lower() != handle and named and not named.disabled:
        raise _not(
            handle, f"that change was of {undone.id}, now @{current.handle}; @{handle} is another user group now"
        )
    if problem := refused(current, GroupState()):
        raise _not(handle, problem.message.rstrip("."))
    if not before:
        raise _not(handle, "it had no members before that change, and a group is never emptied")
    now_in, then = (", ".join(undone.names.get(m, m) for m in sorted(who)) for who in (current.members, before))
    log.info("%s", printable(f"@{handle} ({undone.id}) has: {now_in}; it had: {then}"))
    if before == set(current.members):
        return None
    change = Change(
        handle=handle,
        group_id=undone.id,
        members=tuple(sorted(before)),
        before=current.members,
        names=undone.names,
        connection=connection,
        run_started=None,
        expires_at=services.now() + IN_TIME,
    )
    outcome = update_group(change, services)
    for problem in outcome.problems:
        log.warning("%s", printable(problem.message))
    return Event.of(change, outcome.members)


def change_to_undo(handle: Handle, run_id: str, changes: Iterable[tuple[str | None, object]]) -> Event:
    """The newest, or that of the run. changes: (run, extra) of the group's asset events, the newest first.

    Those of no run were made by a person in Airflow's UI, and say nothing of Slack. Raises Refused.
    """
    for source, extra in changes:
        if source and run_id in ("", source):
            with suppress(ValidationError):  # of another version
                return Event.model_validate(extra)
    raise _not(handle, f"Airflow keeps no change of it{' by run ' + run_id if run_id else ''}")


def refuse_in_vain(handle: Handle, *, paused: bool, writing: bool) -> None:
    """paused: the sync is; writing: a run of it is under way that may still write.

    Raises Refused where nothing at all may be written, or the next run would take it back; PassingFault where this one
    still may.
    """
    stopped = Parameters().plan_only(writes=not stops_writes(config_path()))
    if stopped and stopped.startswith("ONCALL_SYNC_WRITES"):
        raise _not(handle, f"{stopped}, so nothing may be written here")
    handles = glance(config_path()).handles  # none where the file is broken: the sync then works from an older one
    if not (paused or stopped) and (handle in handles or not handles):
        remedy = "Pause oncall_sync, or write `writes: false` into the config, or take the group out of it."
        raise _not(handle, "the next run of oncall_sync would take it back", remedy)
    if writing:
        raise PassingFault(f"@{handle}", "a run of oncall_sync is under way, and may still write", code="not_restored")


def _not(handle: Handle, why: str, remedy: str = "") -> Refused:
    return Refused(f"@{handle}", f"is not restored: {why}", code="not_restored", remedy=remedy)
