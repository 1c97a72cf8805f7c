"""What the commands and the tests ask of Airflow's REST API."""

from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

COMPONENTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")
SECONDS = 30  # for one answer; two cores may be busy, and SQLite makes readers wait for a writer
PAGE = 100  # rows; Airflow gives no more at once
# "Database is locked": of SQLite with several writers, before anything was done; Airflow wants to be asked again
LOCKED = Retry(
    total=None,
    connect=0,  # False would let out an error that is not one of requests: Airflow is starting
    read=False,
    status=6,
    status_forcelist=[503],
    allowed_methods=None,
    backoff_factor=0.25,
    raise_on_status=False,
)

Json = dict[str, Any]


class AirflowApi:
    """One method per endpoint; see Airflow's REST API reference."""

    def __init__(self, address: str, seconds: float = SECONDS) -> None:
        self._address = address
        self._seconds = seconds
        self._http = requests.Session()
        self._http.mount("http://", HTTPAdapter(max_retries=LOCKED))

    def healthy(self) -> bool:
        """GET /api/v2/monitor/health → {"scheduler": {"status": "healthy"}, …}"""
        try:
            health = self._http.get(f"{self._address}/api/v2/monitor/health", timeout=self._seconds).json()
        except (requests.RequestException, ValueError):
            return False
        return all((health.get(each) or {}).get("status") == "healthy" for each in COMPONENTS)

    def log_in(self, user: str, password: str) -> None:
        """POST /auth/token → {"access_token": "…"}"""
        login = {"username": user, "password": password}
        answer = self._http.post(f"{self._address}/auth/token", json=login, timeout=self._seconds)
        answer.raise_for_status()
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def unpause(self, dag_id: str) -> bool:
        """PATCH /api/v2/dags/{dag_id}; False as long as Airflow has not read the Dag, or is too busy."""
        change = {"is_paused": False}
        try:
            return self._http.patch(f"{self._address}/api/v2/dags/{dag_id}", json=change, timeout=self._seconds).ok
        except requests.RequestException:
            return False

    def import_errors(self) -> list[str]:
        """GET /api/v2/importErrors → {"import_errors": [{"filename": "…", "stack_trace": "…"}]}"""
        answer = self._http.get(f"{self._address}/api/v2/importErrors", timeout=self._seconds)
        answer.raise_for_status()
        found = answer.json()["import_errors"]
        return [f"{each['filename']}: {each['stack_trace'].strip().splitlines()[-1]}" for each in found]

    def runs(self, dag_id: str) -> list[Json]:
        """GET /api/v2/dags/{dag_id}/dagRuns, every page, newest first
        → {"dag_runs": [{"dag_run_id", "run_type", "state", "queued_at", "start_date": "…Z" | null, …}]}
        """
        found: list[Json] = []
        while True:
            page = {"limit": PAGE, "offset": len(found), "order_by": "-id"}
            rows = self._get(f"dags/{dag_id}/dagRuns", page)["dag_runs"]
            found += rows
            if len(rows) < PAGE:
                return found

    def tasks(self, dag_id: str, run_id: str) -> list[Json]:
        """GET …/taskInstances → {"task_instances": [{"id": UUID, "task_id", "map_index", "state", "try_number", …}]}"""
        found: list[Json] = self._get(f"dags/{dag_id}/dagRuns/{run_id}/taskInstances")["task_instances"]
        return found

    def returned(self, dag_id: str, run_id: str, task_id: str) -> Any:
        """GET …/xcomEntries/return_value → {"value": …}; None where there is none."""
        try:
            path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/return_value"
            return self._get(path, {"deserialize": "true"})["value"]
        except requests.HTTPError:
            return None

    def trigger(self, dag_id: str) -> str:
        """POST /api/v2/dags/{dag_id}/dagRuns → {"dag_run_id": "manual__…"}, the run's ID."""
        path = f"{self._address}/api/v2/dags/{dag_id}/dagRuns"
        answer = self._http.post(path, json={"logical_date": None}, timeout=self._seconds)
        answer.raise_for_status()
        return str(answer.json()["dag_run_id"])

    def fail_run(self, dag_id: str, run_id: str) -> None:
        """PATCH /api/v2/dags/{dag_id}/dagRuns/{run_id}: marks the run and its unfinished tasks as failed or skipped."""
        path = f"{self._address}/api/v2/dags/{dag_id}/dagRuns/{run_id}"
        self._http.patch(path, json={"state": "failed"}, timeout=self._seconds).raise_for_status()

    def backfill(self, dag_id: str, since: str, until: str) -> None:
        """POST /api/v2/backfills: a run for each logical date from the first to the second instant, both included."""
        wanted = {"dag_id": dag_id, "from_date": since, "to_date": until}
        self._http.post(f"{self._address}/api/v2/backfills", json=wanted, timeout=self._seconds).raise_for_status()

    def _get(self, path: str, query: Json | None = None) -> Json:
        answer = self._http.get(f"{self._address}/api/v2/{path}", params=query, timeout=self._seconds)
        answer.raise_for_status()
        told: Json = answer.json()
        return told
