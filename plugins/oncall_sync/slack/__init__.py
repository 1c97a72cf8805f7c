"""Slack: user groups, their members, and the accounts of people."""
