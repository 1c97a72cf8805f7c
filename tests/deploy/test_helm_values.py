"""deploy/values.yaml fits this repository and holds no secret. Its keys are not compared with the chart."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.test_compose_file import ROOT, VERSION

TEXT = (ROOT / "deploy" / "values.yaml").read_text()
VALUES: dict[str, Any] = yaml.safe_load(TEXT)
CHECKOUT = Path("/opt/airflow/dags/repo")  # where the chart's git-sync puts the repository


def in_repository(path: str) -> Path:
    return ROOT / Path(path).relative_to(CHECKOUT)


def test_the_version_is_that_of_the_requirements() -> None:
    assert VALUES["airflowVersion"] == VALUES["images"]["airflow"]["tag"] == VERSION


def test_dags_plugins_and_config_are_where_git_sync_puts_them() -> None:
    assert (ROOT / VALUES["dags"]["gitSync"]["subPath"] / "oncall_sync_dag.py").is_file()
    assert (in_repository(VALUES["config"]["core"]["plugins_folder"]) / "oncall_sync").is_dir()
    (config,) = [each["value"] for each in VALUES["env"] if each["name"] == "ONCALL_SYNC_CONFIG"]
    assert in_repository(config).is_file()


def test_git_sync_3_and_4_check_out_the_same() -> None:
    assert VALUES["dags"]["gitSync"]["branch"] == VALUES["dags"]["gitSync"]["ref"]


def test_connections_and_keys_come_from_secrets_of_which_the_file_has_only_the_names() -> None:
    connections = {each["envName"] for each in VALUES["secret"]}
    assert connections == {"AIRFLOW_CONN_PAGERDUTY_DEFAULT", "AIRFLOW_CONN_SLACK_API_DEFAULT"}
    named = {"fernetKeySecretName", "apiSecretKeySecretName", "jwtSecretName"}
    assert named <= VALUES.keys()
    assert VALUES["data"].keys() == {"metadataSecretName"}
    assert not re.search(r"(?im)^ *(pass|password|fernetKey|apiSecretKey|jwtSecret):", TEXT)


def test_the_chart_makes_no_user_and_notices_a_killed_pod_within_a_minute() -> None:
    assert VALUES["createUserJob"] == {"enabled": False}  # it would be admin with the password admin
    assert VALUES["config"]["scheduler"]["task_instance_heartbeat_timeout"] <= 60
