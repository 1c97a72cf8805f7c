"""Airflow's REST API, as the commands, the benchmarks and the tests use it."""

from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

COMPONENTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")
SECONDS = 30  # for one answer; two cores may be busy, and SQLite makes readers wait for a writer
PAGE = 100  # rows; Airflow gives no more at once
# 503 "database is locked": SQLite with several writers; nothing was done, and Airflow wants the request again.
# connect: 0, because False would raise an error that is not one of requests while Airflow starts.
LOCKED = Retry(connect=0, read=False, status=6, status_forcelist=[503], allowed_methods=None, backoff_factor=0.25)

Json = dict[str, Any]


class AirflowApi:
    def __init__(self, address: str) -> None:
        self._address = address
        self._http = requests.Session()
        self._http.mount("http://", HTTPAdapter(max_retries=LOCKED))

    def ask(self, method: str, path: str, body: Json | None = None, **query: Any) -> Json:
        """The answer's JSON, {} where it has none. path: after /api/v2/. Raises requests.HTTPError."""
        return self._ask(method, f"api/v2/{path}", body, **query)

    def log_in(self, user: str, password: str) -> None:
        token = self._ask("POST", "auth/token", {"username": user, "password": password})["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def healthy(self) -> bool:
        """Whether all components are: {"scheduler": {"status": "healthy"}, …}"""
        try:
            health = self.ask("GET", "monitor/health")
        except (requests.RequestException, ValueError):
            return False
        return all((health.get(each) or {}).get("status") == "healthy" for each in COMPONENTS)

    def unpause(self, dag_id: str) -> bool:
        """False as long as Airflow has not read the Dag, or is too busy."""
        try:
            return bool(self.ask("PATCH", f"dags/{dag_id}", {"is_paused": False}))
        except requests.RequestException:
            return False

    def import_errors(self) -> list[str]:
        """What Airflow cannot load, each `file: last line of the traceback`."""
        errors = self.ask("GET", "importErrors")["import_errors"]
        return [f"{each['filename']}: {each['stack_trace'].strip().splitlines()[-1]}" for each in errors]

    def runs(self, dag_id: str) -> list[Json]:
        """Newest first: [{"dag_run_id", "run_type", "state", "queued_at", "start_date": "…Z" | null, …}]"""
        rows: list[Json] = []
        while True:
            page = self.ask("GET", f"dags/{dag_id}/dagRuns", limit=PAGE, offset=len(rows), order_by="-id")["dag_runs"]
            rows += page
            if len(page) < PAGE:
                return rows

    def trigger(self, dag_id: str) -> str:
        """The ID of the new run."""
        return str(self.ask("POST", f"dags/{dag_id}/dagRuns", {"logical_date": None})["dag_run_id"])

    def returned(self, dag_id: str, run_id: str, task_id: str) -> Any:
        """What a task returned; None where it returned nothing."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/return_value"
        try:
            return self.ask("GET", path, deserialize="true")["value"]
        except requests.HTTPError:
            return None

    def _ask(self, method: str, path: str, body: Json | None, **query: Any) -> Json:
        answer = self._http.request(method, f"{self._address}/{path}", json=body, params=query, timeout=SECONDS)
        answer.raise_for_status()
        parsed: Json = answer.json() if answer.content else {}
        return parsed
