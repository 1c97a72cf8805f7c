"""Registers the on-call page with Airflow: its files under /oncall/, in the navigation, and on the Dag."""

from __future__ import annotations

from typing import Any

from airflow.plugins_manager import AirflowPlugin

from oncall_sync.page.app import page

NAME, PREFIX = "On call", "oncall"


def shown(destination: str, route: str) -> dict[str, Any]:
    """One name for both places, and relative addresses: docs/page.md says why."""
    return {
        "name": NAME,
        "bundle_url": f"{PREFIX}/airflow.js",
        "destination": destination,
        "url_route": route,
        "icon": f"{PREFIX}/icon.svg",
        "icon_dark_mode": f"{PREFIX}/icon-dark.svg",
        "nav_top_level": True,
    }


class OncallSyncPlugin(AirflowPlugin):
    name = "oncall_sync"
    fastapi_apps = [{"app": page(), "url_prefix": f"/{PREFIX}", "name": NAME}]  # noqa: RUF012 - as Airflow declares it
    react_apps = [shown("nav", "on-call"), shown("dag", "who-is-on-call")]  # noqa: RUF012 - as Airflow declares it
