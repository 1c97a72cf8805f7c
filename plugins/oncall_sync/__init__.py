"""Keeps Slack user groups equal to the people who are on call in PagerDuty: the library behind the Dag.

    PagerDuty schedules ─> who is on call ─> emails ─> Slack IDs ─> plan ─> Slack user groups
       fetch_schedules      resolve_emails   look_up_slack_ids  plan_updates  update_groups  report

    dags/oncall_sync_dag.py       what is run when: the schedule, the parameters, the order of the tasks
    dags/oncall_history_dag.py    who was on call when
    dags/oncall_check_dag.py      what will go wrong
    dags/oncall_restore_dag.py    a group as it was before a change, when somebody asks for it
    tasks/                        the tasks as Airflow runs them: XComs in, a step, an XCom out
    retry, connections, assets,
    trigger, notifier             the rest of what knows Airflow
    steps/                        one module per task: what it reads, what it returns
    rules/                        who belongs in a group, and what has to change: pure
    reading/                      how PagerDuty and Slack are read with few requests
    clients/                      one short method per endpoint, the answer's shape beside it
    memory/                       what is kept from run to run, in the state store of an asset
    config/                       the file people edit: its shape, and everything that can be wrong with it
    models, errors                the data at each arrow, and what can go wrong
    run_request, run              what a run was asked to do, and what became of it
    news                          what a run has to say in Slack's channels (problems: rules/alerts, steps/alert)
    metrics                       what a run measures
    watch, watcher                what wakes the Dag: what `report` leaves, what the triggerer compares with it
    history                       the shifts of a span of time, for `oncall_history`
    preflight/                    what will go wrong in the days to come, for `oncall_check`
    page/                         the on-call page in Airflow's UI: static files, which read Airflow's own API
    table, check                  what people see in a terminal: the report, the mistakes in the config

Imports never go round in a circle: dags -> tasks -> steps -> rules, reading -> clients, memory -> models, config.
"""
