"""`make audit`: a vulnerability fails it; what could not be asked about is said, and fails nothing."""

from __future__ import annotations

from scripts.audit import verdict

FINE = {"name": "a", "version": "1", "vulns": []}
BAD = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]}
UNKNOWN = {"name": "c", "skip_reason": "Dependency not found on PyPI and could not be audited: c (3)"}


def test_without_a_vulnerability_it_says_of_how_many_packages_that_is_true() -> None:
    assert verdict([FINE]) == ("0 known vulnerabilities in 1 of 1 packages.", 0)


def test_a_vulnerability_fails_it_with_the_version_that_mends_it() -> None:
    text, status = verdict([FINE, BAD])
    assert status == 1
    assert "b 2: PYSEC-1, mended in 2.1" in text


def test_what_could_not_be_asked_about_is_said_and_fails_nothing() -> None:
    text, status = verdict([FINE, UNKNOWN])
    assert status == 0
    assert "NOT CHECKED: 1 packages" in text
