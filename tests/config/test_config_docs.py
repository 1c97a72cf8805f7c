"""docs/config.md and the README cannot drift from the config: their examples load, and every key is described."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from oncall_sync.config import Config, Group
from oncall_sync.config.load import read
from oncall_sync.config.mistakes import SECTIONS

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs" / "config.md").read_text(encoding="utf-8")
PAGES = {"docs/config.md": REFERENCE, "README.md": (ROOT / "README.md").read_text(encoding="utf-8")}


def examples(text: str) -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
def test_every_example_is_a_config_without_a_mistake(page: str) -> None:
    loaded = [read(example) for example in examples(PAGES[page])]
    assert loaded
    assert [mistake for each in loaded for mistake in each.mistakes] == []
    assert all(each.config and each.config.groups for each in loaded)


def keys_of(section: type[BaseModel]) -> Iterator[str]:
    """`overlap` and `overlap.before`; in lists `always.until`."""
    for key in section.model_fields:
        yield key
        if key not in {"defaults", "groups"}:
            yield from (f"{key}.{inner}" for inner in (SECTIONS[key].model_fields if key in SECTIONS else ()))


def described() -> Iterator[str]:
    """The keys that have a heading, and those that have an item of a list below it."""
    for part in re.split(r"^### ", REFERENCE, flags=re.MULTILINE)[1:]:
        heading = re.match(r"`(\w+)`", part)
        if heading:
            yield heading[1]
            yield from (f"{heading[1]}.{key}" for key in re.findall(r"^- `(\w+)`:", part, re.MULTILINE))


def test_the_page_describes_every_key_once_and_no_other() -> None:
    keys = sorted({*keys_of(Config), *keys_of(Group)} - {"never.email", "never.until", "never.reason"})
    assert sorted(described()) == keys


def test_every_key_has_an_example_under_its_own_heading() -> None:
    for part in re.split(r"^### ", REFERENCE, flags=re.MULTILINE)[1:]:
        if heading := re.match(r"`(\w+)`", part):
            (example,) = examples(part)
            assert re.search(rf"\b{heading[1]}:", example)


def test_the_codes_that_the_page_names_exist() -> None:
    codes = set(re.findall(r"`([a-z]+_[a-z_]+)`", REFERENCE)) - {key.rpartition(".")[2] for key in described()}
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "plugins").rglob("*.py"))
    assert codes
    assert [code for code in sorted(codes) if f'"{code}"' not in source] == []
