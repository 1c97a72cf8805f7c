"""The pages cannot drift: what they link to and name is there."""

from __future__ import annotations

import argparse
import re
from functools import cache
from pathlib import Path

import pytest

from tests.docs.pages import FILES, PAGES, ROOT, anchors, spans

TOP_LEVEL = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")} | {".ci"}
LINKS = [(page, target) for page, text in PAGES.items() for target in re.findall(r"\]\((?!https?://)([^)\s]+)\)", text)]
OF_THE_FAB_PROVIDER = {"users": {"create"}}  # of the official image, which is not installed here


def named(pattern: str) -> list[tuple[str, str]]:
    """(page, what the pattern finds between backticks and in code blocks), each once."""
    found = ((page, what) for page, text in PAGES.items() for span in spans(text) for what in re.findall(pattern, span))
    return sorted(set(found))


TARGETS = named(r"\bmake ([a-z]+)\b")
PATHS = named(r"(?<![\w./@$-])(?<!exec )([\w.-]+/[\w./-]*)(?![\w*…<])")  # `kubectl exec deploy/…` is no path
METRICS = re.findall(r"^\| `(oncall_sync\.[a-z_.]+)`", PAGES["docs/metrics.md"], re.MULTILINE)  # tests/run knows these
MODULES = [each for each in named(r"\boncall_sync\.(?!yaml|schema)([\w.]+)") if f"oncall_sync.{each[1]}" not in METRICS]
COMMANDS = named(r"(?:^|\s|/)airflow ([a-z-]+ [a-z-]+)")


def page_of(page: str, target: str) -> Path:
    return (ROOT / page).parent / target if target else ROOT / page


@pytest.mark.parametrize(("page", "link"), LINKS)
def test_every_link_leads_to_a_file_and_a_heading(page: str, link: str) -> None:
    target, _, heading = link.partition("#")
    file = page_of(page, target)
    assert file.exists(), f"{page} links to {link}"
    if heading:
        assert heading in anchors(file.read_text(encoding="utf-8")), f"{page} links to {link}"


def test_every_page_is_in_the_index() -> None:
    index = PAGES["docs/README.md"]
    for path in FILES:
        if path.parent == ROOT / "docs" and path.name != "README.md":
            assert f"]({path.name})" in index, path.name


def test_what_the_pages_name_is_found() -> None:
    assert ("README.md", "run") in TARGETS
    assert ("CONTRIBUTING.md", "plugins/oncall_sync/errors.py") in PATHS
    assert ("README.md", "notifier") in MODULES
    assert ("docs/upgrade-and-undo.md", "dags trigger") in COMMANDS


@pytest.mark.parametrize(("page", "target"), TARGETS)
def test_every_make_target_is_one(page: str, target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE), f"{page} names make {target}"


@pytest.mark.parametrize(("page", "path"), PATHS)
def test_every_path_of_this_project_is_there(page: str, path: str) -> None:
    if path.partition("/")[0] in TOP_LEVEL:
        assert (ROOT / path).exists(), f"{page} names {path}"


@pytest.mark.parametrize(("page", "module"), MODULES)
def test_every_module_and_name_in_it_is_there(page: str, module: str) -> None:
    parts = module.strip(".").split(".")
    path = ROOT / "plugins" / "oncall_sync" / "/".join(parts)
    inside = path.parent.with_suffix(".py")
    assert path.is_dir() or path.with_suffix(".py").is_file() or (inside.is_file() and parts[-1] in inside.read_text())


@cache
def subcommands() -> dict[str, set[str]]:
    """Of the installed Airflow."""
    from airflow.cli.cli_parser import get_parser

    return {name: set(_below(parser)) for name, parser in _below(get_parser()).items()} | OF_THE_FAB_PROVIDER


def _below(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    actions = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(actions[0].choices) if actions else {}


@pytest.mark.parametrize(("page", "command"), COMMANDS)
def test_every_airflow_command_is_one(page: str, command: str) -> None:
    group, subcommand = command.split()
    assert subcommand in subcommands().get(group, {subcommand} if group in subcommands() else set()), (
        f"{page}: {command}"
    )


def test_the_tables_that_are_cleaned_exist_and_the_watcher_is_in_none_of_them() -> None:
    from airflow.utils.db_cleanup import config_dict

    cleaned = {
        table for tables in re.findall(r"--tables ([\w,]+)", PAGES["docs/security.md"]) for table in tables.split(",")
    }
    assert cleaned <= config_dict.keys()
    assert cleaned
    assert "trigger" not in cleaned
