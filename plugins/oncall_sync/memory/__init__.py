"""What the sync remembers between runs: mappings in the state store of the asset `pagerduty_oncall`.

Rules that keep this safe: each name has exactly one writing task (concurrent read-modify-write loses updates
silently); nothing here is a secret (every viewer of Airflow can read it); all of it may be lost or old at any
time, and the worst effect is extra reads.

    name        written by             holds
    slack_ids   look_up_slack_ids      {address: [Slack ID, or None for an account that is gone, asked at, name]}
    workspace   look_up_slack_ids      {"accounts": number of Slack accounts, as of the last complete users.list}
    rechecked   report                 such entries, newer: look_up_slack_ids takes them over
    config      fetch_schedules        {"hash", "check", "0000", …}: the last usable config as JSON, in pieces
    schedules   fetch_schedules        {ID: [rows in /oncalls, shift-based or not]}, of unusual schedules and policies
    people      resolve_emails         {PagerDuty user ID: [name, email, asked at]}: those whom /oncalls does not tell
    groups      report                 {handle: …}: see group_states.GroupState
    topics      report                 {channel: the line of its topic that was set last}
    watch       report                 {"file_hash", "connection", "at", "since", "until", "schedules"}: see watch.Watch
    reported    report                 {"at"}: the instant of the last run whose outcome is in `groups`
    alerts_slack, alerts_pagerduty
                report                 {key: …}: the problems that were told there and last, see rules.alerts.Open
    writing     plan_updates           {"wrote", "groups"}: the instant of the last run that wrote, and which groups
    on_call     report                 {source: [PagerDuty user IDs]}: what the watcher compares /oncalls with
    watcher     the watcher            {"polled", "due"}: its last poll, and when the next was to come
"""

from oncall_sync.memory.store import Memory, ReadOnly, Store

__all__ = ["Memory", "ReadOnly", "Store"]
