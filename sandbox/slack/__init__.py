"""A fake Slack Web API: user groups, accounts, messages and topics.

Source: https://docs.slack.dev/reference/methods. Errors come as {"ok": false, "error": code} on HTTP 200.
"""

from sandbox.slack import channels, usergroups, users
from sandbox.slack.methods import METHODS

__all__ = ["METHODS", "channels", "usergroups", "users"]
