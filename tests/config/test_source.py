"""A source is one value: a key in JSON that reads back as the same, and words for people."""

from __future__ import annotations

import pytest

from oncall_sync.config import Source
from oncall_sync.models import Model

SOURCES = {
    "schedule:P11": (Source("schedule", "P11"), "P11", "PagerDuty schedule P11", "on call for P11"),
    "policy:P11:12": (
        Source("policy", "P11", 12),
        "P11 level 12",
        "PagerDuty escalation policy P11 level 12",
        "on call for P11 level 12",
    ),
    "policy:P11:all": (
        Source("policy", "P11"),
        "P11 all levels",
        "PagerDuty escalation policy P11 all levels",
        "on call for P11 all levels",
    ),
    "team:P11": (Source("team", "P11"), "team P11", "PagerDuty team P11", "in team P11"),
}


class Some(Model):
    sources: dict[Source, tuple[Source, ...]]


@pytest.mark.parametrize(("key", "expected"), SOURCES.items(), ids=SOURCES)
def test_a_source_is_its_key_in_json_and_has_words_for_people(key: str, expected: tuple[Source, str, str, str]) -> None:
    source, *words = expected
    assert [str(source), source.in_words, source.where] == words
    some = Some(sources={source: (source,)})
    assert some.model_dump(mode="json") == {"sources": {key: [key]}}
    assert Some.model_validate({"sources": {key: [key]}}) == some


@pytest.mark.parametrize(
    "key", ["", "P11", "P11 level 1", "schedule:", "schedule:P11:1", "policy:P11", "policy:P11:one", "service:P11"]
)
def test_what_is_no_key_of_a_source_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="names no source"):
        Source.from_key(key)
