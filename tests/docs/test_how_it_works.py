"""docs/how-it-works.md shows what really passes from task to task."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.docs.one_handoff import arrows
from tests.docs.pages import PAGES

SHOWN = re.findall(r"```json (\w+)\n(.*?)```", PAGES["docs/how-it-works.md"], re.DOTALL)


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    file = tmp_path / "oncall_sync.yaml"
    monkeypatch.setenv("ONCALL_SYNC_CONFIG", str(file))
    return dict(arrows(file))


def is_part(shown: Any, real: Any) -> bool:
    """The page may leave out keys and the end of a long text (…); everything else is equal."""
    match shown, real:
        case dict(), dict():
            return all(key in real and is_part(value, real[key]) for key, value in shown.items())
        case list(), list():
            return len(shown) == len(real) and all(map(is_part, shown, real))
        case str(), str() if shown.endswith("…"):
            return real.startswith(shown[:-1])
    return bool(shown == real)


def test_the_page_shows_every_arrow_of_a_handoff_in_order_as_the_sandbox_makes_it(real: dict[str, Any]) -> None:
    assert [name for name, _ in SHOWN] == list(real)
    for name, text in SHOWN:
        assert is_part(json.loads(text), real[name]), f"{name} is {json.dumps(real[name])}"
