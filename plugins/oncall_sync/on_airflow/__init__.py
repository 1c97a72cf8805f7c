"""All that knows Airflow: context in, a step, plain JSON out.

tasks          the six tasks of `oncall_sync`
results        what they leave in XCom for the last of them, `report`, whole or not
other_tasks    the tasks of the other Dags
context        what the tasks need of Airflow's context
connections    Airflow connections to clients: the one place where tokens are seen
trigger        the watcher in Airflow's triggerer
retry          when Airflow tries a task again
metrics        what a run measures
"""
