"""Wakes the Dag when PagerDuty or the config changes."""
