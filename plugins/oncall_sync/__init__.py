"""Keeps Slack user groups equal to the people who are on call in PagerDuty: the library behind the Dag.

    PagerDuty schedules ─> who is on call ─> emails ─> Slack IDs ─> plan ─> Slack user groups
       fetch_schedules      resolve_emails   look_up_slack_ids  plan_updates  update_groups  report

    dags/                         four thin Dag files: the sync, its history, its forecast, a restore by hand
    notifier                      for other Dags: mention_on_call
    on_airflow/                   the tasks, connections, trigger, retry policy and metrics: all that knows Airflow
    assets                        for other Dags: usergroup_asset
    flow                          the six steps of the sync in order, without Airflow
    history                       who was on call when, for `oncall_history`
    page/                         the on-call page in Airflow's UI: static files that read Airflow's own API
    terminal/                     what people see in a terminal or a log
    forecast/                     what will go wrong in the next 14 days, for `oncall_check`
    steps/                        one module per task of the sync: what it reads, what it returns
    rules/                        who belongs in a group, and what has to change: pure
    watcher/                      what wakes the Dag between heartbeats
    pagerduty/                    the client, and who is on call, read with few requests
    slack/                        the client, and the accounts behind email addresses
    state, journal, memory        what is remembered from run to run
    models, parameters            the data at each arrow, what a run was asked to do
    transport                     waits and retries inside a task, and nothing without TLS
    config/                       the file people edit: its shape, and everything that can be wrong with it
    errors                        what can go wrong

Imports point one way, from top to bottom of this list; `make lint` checks it (pyproject.toml).
"""
