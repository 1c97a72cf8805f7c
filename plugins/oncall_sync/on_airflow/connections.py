"""Airflow connections to clients: the one place where tokens are seen, and they go no further than the client."""

from __future__ import annotations

import logging
import re
from urllib.parse import urlsplit

from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowException

from oncall_sync.errors import Refused
from oncall_sync.pagerduty.client import DEFAULT_URL, REPEATS, PagerDutyApi
from oncall_sync.pagerduty.events import EVENTS_URL, PagerDutyEvents
from oncall_sync.slack.client import SlackApi
from oncall_sync.tls_only import may_be_plain
from oncall_sync.transport import WaitBudget

HURRY = 5  # seconds for an answer, and for all waits


def pagerduty(connection_id: str, budget: WaitBudget | None = None, repeats: int = REPEATS) -> PagerDutyApi:
    """The client for a `pagerduty` connection: password = REST API key; host = base URL, where not the US region's."""
    return PagerDutyApi(*_key_and_url(connection_id, "PagerDuty REST API key", DEFAULT_URL), budget, repeats)


def pagerduty_events(connection_id: str) -> PagerDutyEvents:
    """The client for a `pagerduty_events` connection: password = integration key; host as for `pagerduty`."""
    return PagerDutyEvents(*_key_and_url(connection_id, "integration key of a PagerDuty service", EVENTS_URL))


def slack(connection_id: str, hurried: bool = False) -> SlackApi:
    """The client for a `slack` connection: password = bot or user token; extra: base_url, timeout, proxy, team_id.

    team_id: of the workspace, for a token of a whole organization (Enterprise Grid).

    hurried: for a callback, which the Dag processor ends when it takes long.
    """
    # Here, as each task loads the Dag file, and few of them what these load: slack_sdk and, with the provider, aiohttp.
    from oncall_sync.on_airflow.slack_hook import Hook  # noqa: PLC0415
    from oncall_sync.slack.web_client import retry_handlers  # noqa: PLC0415

    where = f"Connection {connection_id}"
    log = logging.getLogger("oncall_sync.slack")
    log.setLevel(logging.CRITICAL)  # slack_sdk logs bodies, emails among them; our errors say what went wrong
    limits = {"timeout": HURRY, "retry_handlers": []} if hurried else {"retry_handlers": retry_handlers()}
    hook = Hook(slack_conn_id=connection_id, logger=log, **limits)
    try:
        client = hook.client
    except AirflowException as error:
        raise _unusable(where, "Slack token", error) from None
    except ValueError as error:
        raise _mistaken(where, f"has a field that cannot be used ({error})") from None
    _refuse_odd_token(where, client.token or "")
    _refuse_plain_http(where, client.base_url)
    return SlackApi(client, WaitBudget(HURRY) if hurried else WaitBudget())


def _key_and_url(connection_id: str, secret: str, default_url: str) -> tuple[str, str]:
    """What the provider's hooks take from their connections, and the host, which they do not."""
    where = f"Connection {connection_id}"
    try:
        connection = Connection.get(connection_id)
    except AirflowException as error:
        raise _unusable(where, secret, error) from None
    if not (connection.password or "").strip():
        raise _unusable(where, secret)
    try:
        base_url = _base_url(connection, default_url)
    except ValueError as error:
        raise _mistaken(where, f"has a host that is no URL ({error})") from None
    token = connection.password.strip()
    _refuse_odd_token(where, token)
    _refuse_plain_http(where, base_url)
    return token, base_url


def _refuse_odd_token(where: str, token: str) -> None:
    """A line break would end up, with the token, in the error text of the HTTP library."""
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise _mistaken(where, "has a password with spaces, line breaks or letters that no token has")


def _base_url(connection: Connection, default_url: str) -> str:
    """host may be a whole URL (with a path, behind a proxy), or a bare name beside schema and port."""
    host = (connection.host or "").strip().rstrip("/")
    if not host:
        return default_url
    if "://" not in host:
        host = f"{connection.schema or 'https'}://{host}"
    if urlsplit(host).port is None and connection.port:
        host = f"{host}:{connection.port}"
    return host


def _refuse_plain_http(where: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for one that is no number
    except ValueError as error:
        raise _mistaken(where, f"has a base URL that is none ({error})") from None
    if parts.scheme == "https" or (parts.scheme == "http" and may_be_plain(parts.hostname)):
        return
    raise Refused(
        where,
        f"will not send a token to {parts.scheme}://{parts.hostname}, which is not https",
        code="plain_http",
        remedy="Give a base URL that begins with https://; plain http:// is for loopback only.",
    )


def _mistaken(where: str, what: str) -> Refused:
    return Refused(where, what, code="connection", remedy="Correct the connection in Airflow (Admin > Connections).")


def _unusable(where: str, secret: str, error: AirflowException | None = None) -> Refused:
    missing = error is not None and "password" not in str(error)
    return Refused(
        where,
        "does not exist, or is no valid JSON or URI" if missing else "has no password",
        code="connection",
        remedy=f"Create it in Airflow (Admin > Connections, or AIRFLOW_CONN_…) with the {secret} as its password.",
    )
