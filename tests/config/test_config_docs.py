"""docs/config.md and the README cannot drift from the config: their examples load, and every key is described."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from oncall_sync.config import Config, Group
from oncall_sync.config.file import read
from oncall_sync.config.mistakes import SECTIONS

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs" / "config.md").read_text(encoding="utf-8")
PAGES = {"docs/config.md": REFERENCE, "README.md": (ROOT / "README.md").read_text(encoding="utf-8")}
EXAMPLES = [
    pytest.param(block, id=f"{page}:{text.count(chr(10), 0, text.index(block))}")
    for page, text in PAGES.items()
    for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
]


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_in_the_docs_is_a_config_without_a_mistake(text: str) -> None:
    loaded = read(text)
    assert loaded.mistakes == ()
    assert loaded.config
    assert loaded.config.groups


def test_the_readme_has_an_example_too() -> None:
    assert {str(param.id).partition(":")[0] for param in EXAMPLES} == set(PAGES)


def keys_of(section: type[BaseModel]) -> Iterator[str]:
    """`overlap` and `overlap.before`; of a list `always.until`."""
    for key in section.model_fields:
        yield key
        if key not in {"defaults", "groups"}:
            yield from (f"{key}.{inner}" for inner in (SECTIONS[key].model_fields if key in SECTIONS else ()))


def described() -> Iterator[str]:
    """The keys that have a heading, and those that have a line of a list below it."""
    for part in re.split(r"^### ", REFERENCE, flags=re.MULTILINE)[1:]:
        heading = re.match(r"`(\w+)`", part)
        if heading:
            yield heading[1]
            yield from (f"{heading[1]}.{key}" for key in re.findall(r"^- `(\w+)`:", part, re.MULTILINE))


def test_every_key_is_described_once_and_none_that_is_not_there() -> None:
    keys = sorted({*keys_of(Config), *keys_of(Group)} - {"never.email", "never.until", "never.reason"})
    assert sorted(described()) == keys


def test_every_key_has_an_example_under_its_own_heading() -> None:
    for part in re.split(r"^### ", REFERENCE, flags=re.MULTILINE)[1:]:
        if heading := re.match(r"`(\w+)`", part):
            (example,) = re.findall(r"```yaml\n(.*?)```", part, re.DOTALL)
            assert re.search(rf"\b{heading[1]}:", example)


def test_every_link_within_the_page_leads_to_a_heading() -> None:
    headings = re.findall(r"^#+ (.*)$", REFERENCE, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\(#(.*?)\)", REFERENCE)) <= anchors


CODES = sorted(set(re.findall(r"`([a-z]+_[a-z_]+)`", REFERENCE)) - {key.rpartition(".")[2] for key in described()})


@pytest.mark.parametrize("code", CODES)
def test_the_problems_that_the_page_names_are_those_of_the_code(code: str) -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "plugins").rglob("*.py"))
    assert f'"{code}"' in source
