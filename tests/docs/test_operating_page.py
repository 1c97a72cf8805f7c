"""docs/operating.md lists every code of the product, and no other."""

from __future__ import annotations

import re

from tests.docs.pages import PAGES
from tests.docs.problem_codes import all_codes

ROWS = re.findall(r"^\| `(\w+)` \| ([^|]*) \| ([^|]+) \| ([^|]+) \|$", PAGES["docs/operating.md"], re.MULTILINE)


def test_the_page_has_every_code_of_the_product_once_and_no_other() -> None:
    assert sorted(code for code, *_ in ROWS) == sorted(all_codes())


def test_each_code_has_a_level_a_meaning_and_a_remedy() -> None:
    wrong = {levels for _, levels, *_ in ROWS if not set(levels.split(", ")) <= {"error", "warning", "info"}}
    empty = [code for code, *cells in ROWS if not all(cell.strip() for cell in cells)]
    assert (wrong, empty) == (set(), [])
