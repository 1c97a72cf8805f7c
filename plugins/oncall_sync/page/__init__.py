"""The on-call page in Airflow's UI: static files alone; whatever they show, the browser asks of Airflow's own API."""
