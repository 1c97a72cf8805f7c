"""The connections of docs/set-up.md work as written there; its scopes are those of the manifest."""

from __future__ import annotations

import re

import pytest
import yaml

from oncall_sync.on_airflow.connections import pagerduty, slack
from tests.docs.pages import PAGES, ROOT

KEY, TOKEN = "key-of-the-tests", "xoxb-of-the-tests"
PAGE = PAGES["docs/set-up.md"]
FORMS = re.findall(r"(AIRFLOW_CONN_\w+)='(.*)'", PAGE)


@pytest.mark.parametrize(("name", "value"), FORMS)
def test_each_form_of_a_connection_makes_a_client_with_its_token(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value.replace("<API key>", KEY).replace("xoxb-<token>", TOKEN))
    if name == "AIRFLOW_CONN_PAGERDUTY_DEFAULT":
        assert KEY in pagerduty("pagerduty_default")._http._session.headers["Authorization"]
    else:
        assert slack("slack_api_default")._client.token == TOKEN


def test_the_page_shows_both_connections_as_json_and_as_uri() -> None:
    assert len(FORMS) == 4


def test_the_scopes_of_the_page_are_those_of_the_manifest_and_of_the_security_page() -> None:
    manifest = (ROOT / "docs" / "slack-app-manifest.yaml").read_text()
    asked = set(yaml.safe_load(manifest)["oauth_config"]["scopes"]["bot"])
    optional = set(re.findall(r"# - ([\w:.]+)", manifest))
    for page in (PAGE, PAGES["docs/security.md"]):
        rows = re.findall(r"^\| (`[a-z.]+:[a-z`:., ]+) \|.*$", page, re.MULTILINE)
        scopes = {scope for row in rows for scope in re.findall(r"`([\w:.]+)`", row)}
        assert asked <= scopes <= asked | optional
