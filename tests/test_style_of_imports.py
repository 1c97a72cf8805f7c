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
    "oncall_sync.on_airflow.context": {"airflow"},
    "oncall_sync.on_airflow.results": {"airflow"},
    "oncall_sync.on_airflow.other_tasks": {"airflow"},
    "oncall_sync.on_airflow.tasks": {"airflow"},
    "oncall_sync.on_airflow.retry": {"airflow"},
    "oncall_sync.on_airflow.connections": {"airflow"},
    "oncall_sync.assets": {"airflow"},
    "oncall_sync.on_airflow.trigger": {"airflow"},
    "oncall_sync.notifier": {"airflow"},
    "oncall_sync.pagerduty.client": {"requests"},
    "oncall_sync.pagerduty.http": {"requests"},
    "oncall_sync.slack.client": {"slack_sdk"},
    "oncall_sync.slack.web_client": {"slack_sdk"},
    "oncall_sync.slack.errors": {"slack_sdk"},
}

PURE = [
    "terminal.check",
    "terminal.findings",
    "terminal.tables",
    "transport",
    "config",
    "errors",
    "memory",
    "state",
    "models",
    "parameters",
    "on_airflow.metrics",
    "forecast.coverage",
    "forecast.findings",
    "forecast.people",
    "rules",
    "rules.alerts",
    "rules.members",
    "rules.messages",
    "rules.plan",
    "rules.targets",
    "journal",
    "watcher.fingerprint",
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
    assert "slack_sdk" in outside(reached("oncall_sync.slack.accounts"))
    assert outside(imports("oncall_sync.slack.accounts")) == set()
