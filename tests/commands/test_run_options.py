"""What `make run ARGS='…'` takes, and what it answers to a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.run import main, parse


def test_without_options_a_run_syncs_all_groups_as_they_are_now() -> None:
    options = parse([])
    assert (options.dry_run, options.groups, options.as_of, options.accept_shrink) == (False, [], None, [])
    assert (options.write, options.config, options.verbose) == (False, None, False)


def test_groups_may_be_given_together_or_one_by_one() -> None:
    assert parse(["--groups", "@a,b", "--groups", "c"]).groups == ["@a", "b", "c"]
    assert parse(["--accept-shrink", "a,b"]).accept_shrink == ["a", "b"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--groups", ","], "',' is not a list of handles"),
        (["--config", "no-such.yaml"], "there is no file 'no-such.yaml'"),
        (["--write", "--dry-run"], "--write does not go with --dry-run"),
        (["--wirte"], "unrecognized arguments: --wirte"),
    ],
)
def test_a_mistake_exits_2_and_shows_the_usage(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        parse(arguments)
    shown = capsys.readouterr().err
    assert stopped.value.code == 2
    assert message in shown
    assert shown.startswith("usage: make run")


def test_a_config_is_found_from_the_folder_of_the_caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.yaml").touch()
    monkeypatch.chdir(tmp_path)
    assert parse(["--config", "mine.yaml"]).config == tmp_path / "mine.yaml"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--as-of", "2026-11-23T09:00:00"], "Run parameter as_of: '2026-11-23T09:00:00' is not a date and time with"),
        (["--groups", "platform-onkall"], "the config has no group @platform-onkall. Did you mean @platform-oncall?"),
    ],
)
def test_what_the_run_would_refuse_is_refused_before_it_starts(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert message in capsys.readouterr().err
