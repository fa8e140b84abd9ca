"""Options of the modules for dumps: time spans, and what is refused before anything is asked."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _spec
from tests.support.invoke import problems

LOGIN = {"login_host": "db.example", "login_user": "u", "login_db": "codex"}
PLACE = {"directory": "/var/backups"}
GOOD: dict[str, dict[str, Any]] = {
    "postgresql_dump": {**LOGIN, **PLACE, "prefix": "codex"},
    "postgresql_dump_info": PLACE,
    "postgresql_dump_prune": {**PLACE, "prefix": "codex", "keep_last": 1},
    "postgresql_dump_restore": {**LOGIN, **PLACE, "name": "latest", "prefix": "codex"},
    "postgresql_restore_mark": {**PLACE, "resource_group": "rg", "server": "db-server", "prefix": "codex"},
}


@pytest.mark.parametrize(
    ("text", "seconds"), [("1", 1), ("3600", 3600), ("90s", 90), ("90m", 5400), ("26h", 93600), ("7d", 604800)]
)
def test_time_spans(text: str, seconds: int) -> None:
    assert _spec.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "0h", "h", "1.5h", "-1", "1w", "1h30m", " 1h", "1h\n", "\u0661h"])
def test_no_time_spans(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time span"):
        _spec.seconds(text)
    assert problems("postgresql_dump_info", {**PLACE, "max_age": text})


@pytest.mark.parametrize("module", GOOD)
def test_good(module: str) -> None:
    assert problems(module, GOOD[module]) == []


@pytest.mark.parametrize("module", GOOD)
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"directory": None}, "one of them is required"),
        ({"storage_account_url": "https://a.blob.core.windows.net"}, "mutually exclusive"),
        ({"blob_prefix": "/dumps"}, "blob_prefix"),
        ({"blob_prefix": "dumps"}, "blob_prefix"),
        ({"blob_prefix": "../"}, "blob_prefix"),
        ({"prefix": "Köln"}, "prefix"),
        ({"colour": "blue"}, "Unsupported parameters"),
    ],
    ids=str,
)
def test_refused_everywhere(module: str, changes: dict[str, Any], said: str) -> None:
    found = problems(module, {**GOOD[module], **changes})
    assert any(said in problem for problem in found), found


@pytest.mark.parametrize(
    ("module", "changes", "said"),
    [
        ("postgresql_dump", {"compression": "gzip:"}, "compression"),
        ("postgresql_dump", {"max_clock_skew": 0}, "max_clock_skew"),
        ("postgresql_dump_restore", {"name": "codex"}, "not the name of a backup"),
        ("postgresql_dump_restore", {"prefix": None}, "required with name latest"),
        ("postgresql_dump_restore", {"jobs": 0}, "jobs"),
        ("postgresql_dump_restore", {"login_db": "postgres"}, "maintenance_db"),
        ("postgresql_dump_restore", {"login_db": "template1"}, "the server's own"),
        ("postgresql_dump_restore", {"login_db": "ü" * 32}, "longer than 63 bytes"),
        ("postgresql_dump_prune", {"keep_last": 0}, "none of them keeps anything"),
        ("postgresql_dump_prune", {"keep_daily": -1}, "negative"),
        ("postgresql_restore_mark", {"server": "UPPER"}, "server"),
    ],
    ids=str,
)
def test_refused(module: str, changes: dict[str, Any], said: str) -> None:
    found = problems(module, {**GOOD[module], **changes})
    assert any(said in problem for problem in found), found
