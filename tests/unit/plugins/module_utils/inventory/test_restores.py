"""The variables that say which part of a dump is restored, and how."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _parts

BESIDE = {"database_backup_restore_database": "codex_yesterday"}


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"database_backup_restore_search_path": "own"},
        {"database_backup_restore_exclude": ["EXTENSION pg_cron", "ACL - LANGUAGE plpgsql"]},
        {**BESIDE, "database_backup_restore_tables": ["app.t", "u"], "database_backup_restore_schemas": ["App Data"]},
    ],
    ids=str,
)
def test_good(values: dict[str, Any]) -> None:
    assert list(_parts.database_backup({"database_name": "codex", **values})) == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"database_backup_restore_search_path": "a b"}, "restore_search_path: 'a b' is neither own nor a list"),
        ({"database_backup_restore_exclude": ["pg_cron"]}, "restore_exclude: 'pg_cron' is not a kind"),
        ({**BESIDE, "database_backup_restore_schemas": [""]}, "restore_schemas: '' is not a name"),
        ({**BESIDE, "database_backup_restore_tables": ["a."]}, "restore_tables: 'a.' is not a table"),
        ({"database_backup_restore_tables": ["app.t"]}, "restore_tables: a part of a dump would replace all"),
        ({"database_backup_restore_schemas": ["app"]}, "restore_schemas: a part of a dump would replace all"),
        ({"database_backup_restore_database": "codex"}, "restore_database: codex is the stack's own"),
        ({"database_backup_restore_database": "a/b"}, "database_backup_restore_database: "),
    ],
    ids=str,
)
def test_refused(values: dict[str, Any], said: str) -> None:
    [problem] = _parts.database_backup({"database_name": "codex", **values})
    assert said in problem
