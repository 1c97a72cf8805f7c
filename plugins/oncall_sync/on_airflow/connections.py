"""Airflow connections to clients: the one place where tokens are seen, and they go no further than the client."""

from __future__ import annotations

import logging
import re
from typing import Any
from urllib.parse import urlsplit

from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowException

from oncall_sync.errors import Refused
from oncall_sync.pagerduty.client import DEFAULT_URL, PagerDutyApi
from oncall_sync.pagerduty.events import EVENTS_URL, PagerDutyEvents
from oncall_sync.slack.client import SlackApi
from oncall_sync.transport import WaitBudget, may_be_plain

HURRY = 5  # seconds for an answer, and for all waits
CORRECT = "Correct the connection in Airflow (Admin > Connections)."
SLACK_URL, SLACK_TIMEOUT = "https://slack.com/api/", 30  # as slack_sdk has them


def pagerduty(connection_id: str, hurried: bool = False) -> PagerDutyApi:
    """The client for a `pagerduty` connection: password = REST API key; host = base URL, where not the US region's.

    hurried: it neither waits nor repeats a request.
    """
    key_and_url = _key_and_url(connection_id, "PagerDuty REST API key", DEFAULT_URL)
    return PagerDutyApi(*key_and_url, None if hurried else WaitBudget())


def pagerduty_events(connection_id: str) -> PagerDutyEvents:
    """The client for a `pagerduty_events` connection: password = integration key; host as for `pagerduty`."""
    return PagerDutyEvents(*_key_and_url(connection_id, "integration key of a PagerDuty service", EVENTS_URL))


def slack(connection_id: str, hurried: bool = False) -> SlackApi:
    """The client for a `slack` connection: password = bot or user token; extra: base_url, timeout, proxy, team_id.

    team_id: of the workspace, for a token of a whole organization (Enterprise Grid).
    hurried: for a callback, which the Dag processor ends when it takes long.
    """
    from oncall_sync.slack.web_client import SlackClient, retry_handlers  # noqa: PLC0415 - few tasks need slack_sdk

    connection, token = _connection(connection_id, "Slack token")
    base_url = _with_tls(connection_id, str(_extra(connection, "base_url") or SLACK_URL))
    team_id = _extra(connection, "team_id")
    log = logging.getLogger("oncall_sync.slack")
    log.setLevel(logging.CRITICAL)  # slack_sdk logs bodies, emails among them; our errors say what went wrong
    try:
        timeout = int(_extra(connection, "timeout") or SLACK_TIMEOUT)
    except (TypeError, ValueError) as error:
        raise _refused(connection_id, f"has a timeout that is no number of seconds ({error})") from None
    client = SlackClient(
        token=token,
        base_url=base_url,
        timeout=HURRY if hurried else timeout,
        proxy=_extra(connection, "proxy"),
        team_id=str(team_id) if team_id else None,
        logger=log,
        retry_handlers=[] if hurried else retry_handlers(),
    )
    return SlackApi(client, WaitBudget(HURRY) if hurried else WaitBudget())


def _key_and_url(connection_id: str, secret: str, default_url: str) -> tuple[str, str]:
    """host may be a whole URL (with a path, behind a proxy), or a bare name beside schema and port."""
    connection, token = _connection(connection_id, secret)
    host = (connection.host or "").strip().rstrip("/")
    if not host:
        return token, default_url
    url = host if "://" in host else f"{connection.schema or 'https'}://{host}"
    return token, _with_tls(connection_id, url, connection.port)


def _connection(connection_id: str, secret: str) -> tuple[Connection, str]:
    """The connection, and its password. Raises Refused."""
    remedy = f"Create it in Airflow (Admin > Connections, or AIRFLOW_CONN_…) with the {secret} as its password."
    try:
        connection = Connection.get(connection_id)
    except AirflowException:
        raise _refused(connection_id, "does not exist, or is no valid JSON or URI", remedy) from None
    token = (connection.password or "").strip()
    if not token:
        raise _refused(connection_id, "has no password", remedy)
    if not re.fullmatch(r"[\x21-\x7e]+", token):  # a line break would be in the HTTP library's error, with the token
        raise _refused(connection_id, "has a password with spaces, line breaks or letters that no token has")
    return connection, token


def _extra(connection: Connection, field: str) -> Any:
    """As the provider's hook reads it; Airflow's UI once wrote the second name."""
    extra = connection.extra_dejson
    return extra.get(field) or extra.get(f"extra__slack__{field}")


def _with_tls(connection_id: str, url: str, port: int | None = None) -> str:
    """The URL, with the port where it names none. Raises Refused: it is no URL, or plain HTTP beyond loopback."""
    try:
        parts = urlsplit(url)
        if parts.port is None and port:
            url = f"{url}:{port}"
    except ValueError as error:
        raise _refused(connection_id, f"has a base URL that is not valid ({error})") from None
    if parts.scheme == "https" or (parts.scheme == "http" and may_be_plain(parts.hostname)):
        return url
    raise Refused(
        f"Connection {connection_id}",
        f"will not send a token to {parts.scheme}://{parts.hostname}, which is not https",
        code="plain_http",
        remedy="Give a base URL that begins with https://; plain http:// is for loopback only.",
    )


def _refused(connection_id: str, what: str, remedy: str = CORRECT) -> Refused:
    return Refused(f"Connection {connection_id}", what, code="connection", remedy=remedy)
