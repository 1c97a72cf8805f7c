"""The pages cannot drift: everything that they link to and name exists. Each test lists all that does not."""

from __future__ import annotations

import argparse
import re

from tests.docs.pages import PAGES, ROOT, anchors, named

TOP_LEVEL = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")} | {".ci"}
OF_THE_FAB_PROVIDER = {"users": {"create"}}  # in the official image, which is not installed here


def leads_somewhere(page: str, link: str) -> bool:
    target, _, heading = link.partition("#")
    file = (ROOT / page).parent / target if target else ROOT / page
    return file.exists() and (not heading or heading in anchors(file.read_text(encoding="utf-8")))


def test_every_link_leads_to_a_file_and_a_heading() -> None:
    links = [(page, link) for page, text in PAGES.items() for link in re.findall(r"\]\((?!https?://)([^)\s]+)\)", text)]
    assert links
    assert [link for link in links if not leads_somewhere(*link)] == []


def test_every_make_target_is_one() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = named(r"\bmake ([a-z-]+)\b")
    assert targets
    assert [target for target in targets if not re.search(rf"^{target[1]}:", makefile, re.MULTILINE)] == []


def test_every_path_of_this_project_exists() -> None:
    paths = named(r"(?<![\w./@$-])(?<!exec )([\w.-]+/[\w./-]*)(?![\w*…<])")  # `kubectl exec deploy/…` is no path
    ours = [path for path in paths if path[1].partition("/")[0] in TOP_LEVEL]
    assert ours
    assert [path for path in ours if not (ROOT / path[1]).exists()] == []


def is_importable(dotted: str) -> bool:
    """A module or folder below oncall_sync, or a name in one."""
    path = ROOT / "plugins" / "oncall_sync" / dotted.strip(".").replace(".", "/")
    module = path.parent.with_suffix(".py")
    return path.is_dir() or path.with_suffix(".py").is_file() or (module.is_file() and path.name in module.read_text())


def test_every_module_and_name_in_it_exists() -> None:
    metrics = re.findall(r"^\| `oncall_sync\.([a-z_.]+)`", PAGES["docs/metrics.md"], re.MULTILINE)  # no modules
    modules = [name for name in named(r"\boncall_sync\.(?!yaml|schema)([\w.]+)") if name[1] not in metrics]
    assert modules
    assert [name for name in modules if not is_importable(name[1])] == []


def subcommands() -> dict[str, set[str]]:
    """The commands of the installed Airflow."""
    from airflow.cli.cli_parser import get_parser

    return {name: set(_below(parser)) for name, parser in _below(get_parser()).items()} | OF_THE_FAB_PROVIDER


def _below(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    actions = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(actions[0].choices) if actions else {}


def test_every_airflow_command_is_one() -> None:
    real = subcommands()
    commands = [(page, *command.split()) for page, command in named(r"(?:^|\s|/)airflow ([a-z-]+ [a-z-]+)")]
    assert commands
    assert [
        (page, group, command)
        for page, group, command in commands
        if group not in real or (real[group] and command not in real[group])
    ] == []


def test_the_tables_that_are_cleaned_exist_and_the_watcher_is_in_none_of_them() -> None:
    from airflow.utils.db_cleanup import config_dict

    cleaned = {
        table for tables in re.findall(r"--tables ([\w,]+)", PAGES["docs/security.md"]) for table in tables.split(",")
    }
    assert cleaned
    assert cleaned <= config_dict.keys()
    assert "trigger" not in cleaned
