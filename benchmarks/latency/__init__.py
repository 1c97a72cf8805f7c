"""From a change in PagerDuty to the write in Slack, with a whole Airflow: `make bench ARGS=latency`."""
