"""The Slack provider's hook, with a client that follows no redirects."""

from __future__ import annotations

from functools import cached_property

from airflow.providers.slack.hooks.slack import SlackHook

from oncall_sync.slack.web_client import SlackClient


class Hook(SlackHook):
    """Overrides which client is made of the connection."""

    @cached_property
    def client(self) -> SlackClient:
        connection = self.get_connection(self.slack_conn_id)
        team_id = connection.extra_dejson.get("team_id")
        return SlackClient(**self._get_conn_params(connection), team_id=str(team_id) if team_id else None)
