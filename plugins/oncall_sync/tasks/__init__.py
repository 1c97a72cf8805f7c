"""The tasks as Airflow runs them: context in, a step of `steps/` (or the history, or the preflight), plain JSON out.

sync           the six of `oncall_sync`
left_behind    what they leave for the last of them, `report`, whole or not
others         those of the other Dags
context        what they need of Airflow's context
"""
