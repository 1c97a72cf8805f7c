"""After the writes: asks again for a few Slack IDs that are older than a day, and notes what the run found out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from oncall_sync.errors import SyncError
from oncall_sync.models import Address, RunResults, SlackId
from oncall_sync.slack import slack_ids
from oncall_sync.slack.accounts import account_of, remembered
from oncall_sync.slack.client import SlackApi
from oncall_sync.steps.services import Services


def recheck(run: RunResults, services: Services) -> None:
    """Saves what look_up_slack_ids will take over. Never fails the run: what could not be asked is asked next time."""
    if run.reading is None or run.ids is None or not run.may_remember:
        return
    memory, now = services.memory, services.now()
    known = {a: e for a, e in slack_ids.load(memory).items() if a in run.ids.found}
    name = {address: entry[2] for address, entry in known.items()}
    news = {a: _renewed(known.get(a), slack_id, now, a) for a, slack_id in run.looked_up.items()}
    news |= _with_other_ids(run, known, now)
    due = [address for address in slack_ids.due(known, now) if address not in news]
    if due:
        news |= _ask_again(due, name, services.slack, run.reading.config.connections.slack, now)
    if news:
        memory.save("rechecked", news)


def _renewed(
    known: slack_ids.Entry | None, slack_id: SlackId | None, now: datetime, address: Address
) -> slack_ids.Entry:
    if known and known[0] == slack_id:
        return slack_ids.entry(slack_id, now, *known[2:])
    return slack_ids.entry(slack_id, now, known[2] if known else address)


def _with_other_ids(
    run: RunResults, known: Mapping[Address, slack_ids.Entry], now: datetime
) -> dict[str, slack_ids.Entry]:
    """What Slack told of people with two IDs, while the groups were compared and written."""
    steps = (*(outcome.other_ids for outcome in run.outcomes.values()), run.plan.other_ids if run.plan else {})
    told = {used: other for other_ids in steps for other, used in other_ids.items()}
    found = {a: used for a, used in run.ids.found.items() if used in told} if run.ids else {}
    return {a: slack_ids.entry(used, now, known[a][2] if a in known else a, told[used]) for a, used in found.items()}


def _ask_again(
    due: list[Address],
    name: Mapping[Address, str],
    connect: Callable[[str], SlackApi],
    connection: str,
    now: datetime,
) -> dict[Address, slack_ids.Entry]:
    news: dict[Address, slack_ids.Entry] = {}
    try:
        slack = connect(connection)
        for address in due:
            account = account_of(slack, address)
            if account and not account.unusable:
                news[address] = remembered(account, now)
            else:
                news[address] = slack_ids.entry(None, now, name[address])
    except SyncError:
        pass  # they stay in use, and are asked for after the next run
    return news
