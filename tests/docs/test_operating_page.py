"""docs/operating.md tells every code that the product can give, and no other."""

from __future__ import annotations

import re
from collections import Counter

from tests.docs.pages import PAGES
from tests.docs.problem_codes import _in, all_codes

ROWS = re.findall(r"^\| `(\w+)` \| ([^|]*) \| ([^|]+) \| ([^|]+) \|$", PAGES["docs/operating.md"], re.MULTILINE)


def test_every_code_of_the_product_is_on_the_page_and_none_is_invented() -> None:
    assert sorted(code for code, *_ in ROWS) == sorted(all_codes())


def test_no_code_is_told_twice() -> None:
    assert [code for code, times in Counter(code for code, *_ in ROWS).items() if times > 1] == []


def test_each_has_a_level_a_meaning_and_a_remedy() -> None:
    for code, levels, *told in ROWS:
        assert set(levels.split(", ")) <= {"error", "warning", "info"}, code
        assert all(text.strip() for text in told), code


def test_codes_are_found_however_they_are_given() -> None:
    source = """
def told(text, code): ...
told("a", "by_place")
told("a", code="by_name")
Problem(code=said or "by_default")
Problem(code="one" if x == "no_code" else "other")
TABLE = {404: ("pagerduty_lost", "remedy")}
"""
    assert set(_in(source)) == {"by_place", "by_name", "by_default", "one", "other", "pagerduty_lost"}
