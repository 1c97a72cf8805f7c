"""`python -m sandbox`, and what a process that embeds the sandbox gets."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from sandbox import Sandbox

ROOT = Path(__file__).parents[2]


def start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "sandbox", *arguments]
    return subprocess.Popen(  # noqa: S603 - our own command
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_prints_one_line_of_json_serves_and_ends_quietly(number: signal.Signals) -> None:
    process = start("--handoff-every", "60")
    assert process.stdout
    urls = json.loads(process.stdout.readline())
    assert set(urls) == {"pagerduty", "slack"}
    assert requests.post(f"{urls['slack']}auth.test", timeout=5).json() == {"ok": False, "error": "not_authed"}
    assert requests.get(f"{urls['pagerduty']}/oncalls", timeout=5).status_code == 401
    process.send_signal(number)
    assert process.communicate(timeout=5) == ("", "")
    assert process.returncode == 0


def test_a_world_file_with_a_mistake_is_named_with_the_reason(tmp_path: Path) -> None:
    file = tmp_path / "world.yaml"
    file.write_text("schedules: {PX: {rotation: {people: [PNOBODY], every: 8h, since: 2026-01-01T00:00:00Z}}}\n")
    process = start("--world", str(file))
    output, errors = process.communicate(timeout=5)
    assert (process.returncode, output) == (2, "")
    assert "world.yaml" in errors
    assert "used but not defined: PNOBODY" in errors


def test_the_environment_holds_both_airflow_connections(sandbox: Sandbox) -> None:
    environment = {key: json.loads(value) for key, value in sandbox.environment().items()}
    pagerduty = environment["AIRFLOW_CONN_PAGERDUTY_DEFAULT"]
    slack = environment["AIRFLOW_CONN_SLACK_API_DEFAULT"]
    assert (pagerduty["conn_type"], pagerduty["host"]) == ("pagerduty", sandbox.pagerduty_url)
    assert (slack["conn_type"], slack["extra"]["base_url"]) == ("slack", sandbox.slack_url)
    assert slack["extra"]["base_url"].endswith("/slack/api/")
