"""Keeps Slack user groups equal to the people who are on call in PagerDuty: the library behind the Dag.

    PagerDuty schedules ─> who is on call ─> emails ─> Slack IDs ─> plan ─> Slack user groups
       fetch_schedules      resolve_emails   look_up_slack_ids  plan_updates  update_groups  report

    dags/oncall_sync_dag.py      what is run when: the schedule, the parameters, the order of the tasks
    tasks, left_behind, retry,
    connections, assets          all that knows Airflow
    steps/                       one module per task: what it reads, what it returns
    roster, plan                 the rules, pure: who belongs in a group, and what has to change
    rotations, accounts          how PagerDuty and Slack are read with few requests
    pagerduty_api, slack_api     one short method per endpoint, the answer's shape beside it
    memory, remembered_ids,
    group_states                 what is kept from run to run, in the state store of an asset
    models, config, errors       the data at each arrow, the file people edit, and what can go wrong

Imports point downwards in this list.
"""
