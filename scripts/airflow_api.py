"""What `make ui` asks of Airflow's REST API."""

import requests

COMPONENTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")
SECONDS = 10  # for one answer; two cores are busy at the start


class AirflowApi:
    """One method per endpoint; see Airflow's REST API reference."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._http = requests.Session()

    def healthy(self) -> bool:
        """GET /api/v2/monitor/health → {"scheduler": {"status": "healthy"}, …}"""
        try:
            health = self._http.get(f"{self._address}/api/v2/monitor/health", timeout=SECONDS).json()
        except (requests.RequestException, ValueError):
            return False
        return all((health.get(each) or {}).get("status") == "healthy" for each in COMPONENTS)

    def log_in(self, user: str, password: str) -> None:
        """POST /auth/token → {"access_token": "…"}"""
        login = {"username": user, "password": password}
        answer = self._http.post(f"{self._address}/auth/token", json=login, timeout=SECONDS)
        answer.raise_for_status()
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def unpause(self, dag_id: str) -> bool:
        """PATCH /api/v2/dags/{dag_id}; False as long as Airflow has not read the Dag, or is too busy."""
        change = {"is_paused": False}
        try:
            return self._http.patch(f"{self._address}/api/v2/dags/{dag_id}", json=change, timeout=SECONDS).ok
        except requests.RequestException:
            return False

    def import_errors(self) -> list[str]:
        """GET /api/v2/importErrors → {"import_errors": [{"filename": "…", "stack_trace": "…"}]}"""
        answer = self._http.get(f"{self._address}/api/v2/importErrors", timeout=SECONDS)
        answer.raise_for_status()
        found = answer.json()["import_errors"]
        return [f"{each['filename']}: {each['stack_trace'].strip().splitlines()[-1]}" for each in found]
