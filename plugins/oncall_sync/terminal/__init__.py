"""What people see in a terminal: the report, the forecast, the mistakes in the config."""
