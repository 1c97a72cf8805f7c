"""The connections to the sandbox of docker-compose.yaml; nothing in them is secret (see sandbox/world.yaml)."""

from typing import Any

SANDBOX = "http://sandbox:9000"

PAGERDUTY: dict[str, Any] = {
    "conn_type": "pagerduty",
    "host": f"{SANDBOX}/pagerduty",
    "password": "sandbox-pagerduty-key",
}
SLACK: dict[str, Any] = {
    "conn_type": "slack",
    "password": "xoxb-sandbox-slack-token",
    "extra": {"base_url": f"{SANDBOX}/slack/api/"},
}
