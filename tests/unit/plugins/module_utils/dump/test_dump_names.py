"""Names of backups: what is ours, and what is not."""

from __future__ import annotations

import datetime

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _dump_names
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._dump_names import Name

MOMENT = datetime.datetime(2026, 11, 23, 3, 0, 7, tzinfo=datetime.UTC)


@pytest.mark.parametrize("prefix", ["codex", "a", "codex-production-2", "x" * 63, "2026"])
def test_there_and_back(prefix: str) -> None:
    name = Name(prefix, MOMENT)
    assert str(name) == f"{prefix}-20261123T030007Z"
    assert _dump_names.parse(str(name)) == name
    for file in (name.dump, name.manifest, name.dump + _dump_names.PARTIAL, name.manifest + _dump_names.PARTIAL):
        assert _dump_names.of_file(file) == name
    assert _dump_names.problem_with_prefix(prefix) is None
    assert _dump_names.problem_with_name(str(name)) is None


def test_named_in_utc() -> None:
    there = MOMENT.astimezone(datetime.timezone(datetime.timedelta(hours=-8)))
    assert str(Name("codex", there)) == "codex-20261123T030007Z"


@pytest.mark.parametrize(
    "text",
    [
        "codex",
        "codex-20261123T030007",
        "codex-20261323T030007Z",
        "codex-20261123T030007Z-2",
        "codex_20261123T030007Z",
        "-20261123T030007Z",
        "codex--20261123T030007Z",
        "../codex-20261123T030007Z",
        "codex-20261123T030007Z\n",
        "codex-\u0662\u0660261123T030007Z",
    ],
)
def test_not_ours(text: str) -> None:
    assert _dump_names.parse(text) is None
    assert _dump_names.of_file(f"{text}.dump") is None
    assert _dump_names.problem_with_name(text)


@pytest.mark.parametrize("file", ["codex-20261123T030007Z", "codex-20261123T030007Z.sql", ".codex.lock", ".partial"])
def test_other_files_are_not_ours(file: str) -> None:
    assert _dump_names.of_file(file) is None


@pytest.mark.parametrize("prefix", ["", "-a", "a-", "a.b", "a/b", "x" * 64, "codex-20261123T030007Z", "ü"])
def test_prefixes_that_are_refused(prefix: str) -> None:
    assert _dump_names.problem_with_prefix(prefix)


def test_one_prefix_is_not_another() -> None:
    name = _dump_names.parse("codex-eu-20261123T030007Z")
    assert name is not None and name.prefix == "codex-eu"
