"""Keeps Slack user groups equal to the people who are on call in PagerDuty: the library behind the Dag.

    PagerDuty schedules ─> who is on call ─> emails ─> Slack IDs ─> plan ─> Slack user groups
       fetch_schedules      resolve_emails   look_up_slack_ids  plan_updates  update_groups  report

    dags/                         four thin Dag files: the sync, its history, its forecast, a restore by hand
    on_airflow/                   the tasks, connections, trigger, retry policy and metrics: all that knows Airflow
    assets, notifier              for other Dags: usergroup_asset, mention_on_call
    steps/                        one module per task of the sync: what it reads, what it returns
    forecast/                     what will go wrong in the next 14 days, for `oncall_check`
    history                       who was on call when, for `oncall_history`
    watcher/                      what wakes the Dag between heartbeats
    rules/                        who belongs in a group, and what has to change: pure
    pagerduty/                    the client, and who is on call, read with few requests
    slack/                        the client, and the accounts behind email addresses
    state, memory                 what is remembered from run to run
    transport                     waits and retries inside a task, and nothing without TLS
    models, errors, parameters    the data at each arrow, what can go wrong, what a run was asked to do
    config/                       the file people edit: its shape, and everything that can be wrong with it
    terminal/                     what people see in a terminal or a log
    page/                         the on-call page in Airflow's UI: static files that read Airflow's own API

Imports point one way, from top to bottom of this list.
"""
