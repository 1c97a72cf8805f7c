"""What `make run ARGS='…'` takes, and what it says to what it does not take."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.run_options import parse


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as stopped:
        parse(arguments)
    assert stopped.value.code == 2
    return capsys.readouterr().err


def test_without_options_a_run_serves_all_groups_as_they_are_now() -> None:
    options = parse([])
    assert (options.dry_run, options.groups, options.as_of, options.accept_shrink) == (False, [], None, [])
    assert (options.write, options.config, options.verbose) == (False, None, False)


def test_groups_may_be_given_together_or_one_by_one_with_or_without_their_at_sign() -> None:
    assert parse(["--groups", "@a, b", "--groups", "c"]).groups == ["a", "b", "c"]
    assert parse(["--accept-shrink", "a,b"]).accept_shrink == ["a", "b"]


def test_a_time_is_passed_on_with_its_offset() -> None:
    assert parse(["--as-of", "2026-11-23T09:00:00Z"]).as_of == "2026-11-23T09:00:00+00:00"
    assert parse(["--as-of", "2026-11-23T10:00+01:00"]).as_of == "2026-11-23T10:00:00+01:00"


def test_a_time_without_an_offset_is_refused_because_it_means_another_instant_elsewhere(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "lacks its offset from UTC" in refusal(capsys, "--as-of", "2026-11-23T09:00:00")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--as-of", "tomorrow"], "'tomorrow' is not a time such as 2026-11-23T09:00:00Z"),
        (["--groups", "a,,b"], "'a,,b' is not a list of handles"),
        (["--config", "no-such.yaml"], "there is no file 'no-such.yaml'"),
        (["--wirte"], "unrecognized arguments: --wirte"),
    ],
)
def test_what_is_wrong_is_said_with_the_usage(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = refusal(capsys, *arguments)
    assert said in shown
    assert shown.startswith("usage: make run")


def test_a_config_is_found_from_where_the_person_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.yaml").touch()
    monkeypatch.chdir(tmp_path)
    assert parse(["--config", "mine.yaml"]).config == tmp_path / "mine.yaml"
