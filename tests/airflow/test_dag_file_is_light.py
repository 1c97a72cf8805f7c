"""Each task and, every half minute, the Dag processor load the Dag file: it must not bring what few of them need."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from scripts.airflow_home import ROOT

LOADED = """\
import json, runpy, sys
import airflow.sdk
before = set(sys.modules)
runpy.run_path(sys.argv[1])
print(json.dumps(sorted(sys.modules.keys() - before)))
"""


def test_the_dag_file_loads_the_library_and_no_http(tmp_path: object) -> None:
    environ = os.environ | {"PYTHONPATH": str(ROOT / "plugins"), "AIRFLOW_HOME": str(tmp_path)}
    command = [sys.executable, "-c", LOADED, str(ROOT / "dags" / "oncall_sync_dag.py")]
    done = subprocess.run(  # noqa: S603 - our own command
        command, env=environ, capture_output=True, text=True, check=True, timeout=120
    )
    loaded = json.loads(done.stdout.splitlines()[-1])

    assert "oncall_sync.steps.fetch_schedules" in loaded
    heavy = (
        "aiohttp",
        "requests",
        "slack_sdk",
        "airflow.providers.slack",
        "oncall_sync.forecast",
    )
    assert [module for module in loaded if module.startswith(heavy)] == []
