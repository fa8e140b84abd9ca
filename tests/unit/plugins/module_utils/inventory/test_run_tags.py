"""Tags on the command line that leave nothing to do."""

from __future__ import annotations

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _run_tags

TAGGED = ["registry", "backend"]
UNTAGGED = ["untagged"]

SELECTS: list[tuple[list[str], list[str], list[str]]] = [
    (TAGGED, ["all"], []),
    (TAGGED, ["registry"], []),
    (TAGGED, ["registry", "nothing"], []),
    (TAGGED, ["tagged"], []),
    (TAGGED, ["all"], ["registry"]),
    (TAGGED, ["all"], ["untagged"]),
    (UNTAGGED, ["all"], []),
    (UNTAGGED, ["untagged"], []),
    (UNTAGGED, ["all"], ["tagged", "nothing"]),
    ([], ["nothing"], []),
]
SELECTS_NOTHING: list[tuple[list[str], list[str], list[str], str]] = [
    (TAGGED, ["nothing"], [], "--tags nothing: this selects nothing of the playbook; it has: registry, backend"),
    (TAGGED, ["untagged"], [], "--tags untagged"),
    (TAGGED, ["always"], [], "--tags always"),
    (TAGGED, ["never"], [], "--tags never"),
    (TAGGED, ["all"], ["registry", "backend"], "--skip-tags backend,registry"),
    (TAGGED, ["all"], ["tagged"], "--skip-tags tagged"),
    (TAGGED, ["backend"], ["backend"], "--tags backend --skip-tags backend"),
    (UNTAGGED, ["backend"], [], "it has none, run it without --tags"),
    (UNTAGGED, ["all"], ["untagged"], "--skip-tags untagged"),
]


@pytest.mark.parametrize(("known", "wanted", "skipped"), SELECTS)
def test_something_is_left(known: list[str], wanted: list[str], skipped: list[str]) -> None:
    assert list(_run_tags.problems(known, wanted, skipped)) == []


@pytest.mark.parametrize(("known", "wanted", "skipped", "words"), SELECTS_NOTHING)
def test_nothing_is_left(known: list[str], wanted: list[str], skipped: list[str], words: str) -> None:
    found = list(_run_tags.problems(known, wanted, skipped))
    assert len(found) == 1 and words in found[0], found


def test_what_selects_nothing_beside_others_is_named() -> None:
    assert _run_tags.unknown(TAGGED, ["registry", "regsitry", "always", "tagged"]) == ["regsitry"]
    assert _run_tags.unknown([], ["registry"]) == []
