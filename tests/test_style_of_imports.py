"""Nearly all of the library runs without Airflow and without a network: which modules may import what."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[1] / "plugins"
LIBRARY = PLUGINS / "oncall_sync"
OUTSIDE = {"airflow", "requests", "urllib3", "slack_sdk"}

ALLOWED = {
    "oncall_sync.tasks.context": {"airflow"},
    "oncall_sync.tasks.left_behind": {"airflow"},
    "oncall_sync.tasks.others": {"airflow"},
    "oncall_sync.tasks.sync": {"airflow"},
    "oncall_sync.retry": {"airflow"},
    "oncall_sync.connections": {"airflow"},
    "oncall_sync.slack_hook": {"airflow"},
    "oncall_sync.assets": {"airflow"},
    "oncall_sync.trigger": {"airflow"},
    "oncall_sync.notifier": {"airflow"},
    "oncall_sync.clients.pagerduty_http": {"requests", "urllib3"},
    "oncall_sync.clients.pagerduty_events": {"requests"},
    "oncall_sync.clients.slack_api": {"slack_sdk"},
    "oncall_sync.clients.slack_client": {"slack_sdk"},
    "oncall_sync.clients.slack_errors": {"slack_sdk"},
}

PURE = [
    "check",
    "clients.heartbeat",
    "clients.no_redirects",
    "clients.waiting",
    "config",
    "config.file",
    "config.mistakes",
    "config.model",
    "config.schema",
    "config.values",
    "config.yaml_lines",
    "errors",
    "memory",
    "memory.group_states",
    "metrics",
    "memory.known_ids",
    "memory.last_config",
    "memory.store",
    "models",
    "news",
    "preflight.coverage",
    "preflight.findings",
    "preflight.people",
    "preflight.to_do",
    "rules",
    "rules.alerts",
    "rules.handoffs",
    "rules.plan",
    "rules.ration",
    "rules.roster",
    "rules.targets",
    "rules.topics",
    "run",
    "run_request",
    "steps.report",
    "table",
    "watch",
]


def path_of(module: str) -> Path | None:
    path = PLUGINS / module.replace(".", "/")
    return next((p for p in (path.with_suffix(".py"), path / "__init__.py") if p.is_file()), None)


@cache
def imports(module: str) -> frozenset[str]:
    """What the module itself imports, anywhere in it; `from a import b` is a.b where that is a module."""
    path = path_of(module)
    assert path, f"there is no module {module}"
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively; below plugins/ only absolute imports are safe"
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if path_of(name) else str(node.module) for name in inner}
    return frozenset(found)


def reached(module: str) -> set[str]:
    """All that the module imports, through other modules of the library too."""
    seen: set[str] = set()
    ahead = [module]
    while ahead:
        for name in imports(ahead.pop()) - seen:
            seen.add(name)
            if name.startswith("oncall_sync"):
                ahead.append(name)
    return seen


def outside(names: set[str] | frozenset[str]) -> set[str]:
    return {name.partition(".")[0] for name in names} & OUTSIDE


def modules() -> list[str]:
    paths = [path.relative_to(PLUGINS).with_suffix("") for path in LIBRARY.rglob("*.py")]
    return sorted(".".join(path.parts).removesuffix(".__init__") for path in paths)


@pytest.mark.parametrize("module", PURE)
def test_a_pure_module_reaches_neither_airflow_nor_a_client(module: str) -> None:
    assert outside(reached(f"oncall_sync.{module}")) == set()


@pytest.mark.parametrize("module", modules())
def test_airflow_and_the_clients_are_imported_in_few_places(module: str) -> None:
    assert outside(imports(module)) <= ALLOWED.get(module, set())


@pytest.mark.parametrize("module", sorted(name for name in modules() if name.startswith("oncall_sync.steps")))
def test_no_step_knows_airflow(module: str) -> None:
    assert "airflow" not in outside(reached(module))


@pytest.mark.parametrize("module", modules())
def test_imports_point_one_way(module: str) -> None:
    assert module not in reached(module)


def test_the_way_an_import_takes_is_followed() -> None:
    assert "slack_sdk" in outside(reached("oncall_sync.reading.accounts"))
    assert outside(imports("oncall_sync.reading.accounts")) == set()
