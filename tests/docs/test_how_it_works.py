"""docs/how-it-works.md shows what really passes from task to task."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.docs.one_handoff import told
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"```json (\w+)\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    file = tmp_path / "oncall_sync.yaml"
    monkeypatch.setenv("ONCALL_SYNC_CONFIG", str(file))
    return dict(told(file))


def is_part(shown: Any, real: Any) -> bool:
    """Keys may be left out, and the end of a long text (…); everything else is as it is."""
    match shown, real:
        case dict(), dict():
            return all(key in real and is_part(value, real[key]) for key, value in shown.items())
        case list(), list():
            return len(shown) == len(real) and all(map(is_part, shown, real))
        case str(), str() if shown.endswith("…"):
            return real.startswith(shown[:-1])
    return bool(shown == real)


def test_every_arrow_is_shown_in_the_order_in_which_the_handoff_passes_it(made: dict[str, Any]) -> None:
    assert [name for name, _ in SHOWN] == list(made)


def test_what_is_shown_is_what_the_sandbox_makes_of_that_handoff(made: dict[str, Any]) -> None:
    for name, text in SHOWN:
        assert is_part(json.loads(text), made[name]), f"{name} is {json.dumps(made[name])}"


def test_a_key_that_is_not_there_would_be_noticed() -> None:
    assert not is_part({"a": 1, "b": 2}, {"a": 1})
    assert not is_part(["a"], ["a", "b"])
