"""What a dump would fail at is told before it begins, with what mends it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.database import Database
from tests.support.engine import LOGIN
from tests.support.invoke import invoke

FORCED = """
CREATE TABLE tenants (id int); ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY
"""
FOREIGN = """
CREATE ROLE {role}; GRANT {role} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE; GRANT CREATE ON SCHEMA public TO {role};
SET ROLE {role}; {statement}; RESET ROLE
"""


def _dump(database: Database, folder: Path, check_mode: bool = False, **options: Any) -> dict[str, Any]:
    given = {**database.login, "bin_dir": str(database.server.bin_dir), "directory": str(folder), "prefix": "codex"}
    return invoke("postgresql_dump", {**given, **options}, check_mode=check_mode)


@pytest.mark.parametrize("check_mode", [True, False])
def test_policies_that_bind_the_owner(database: Database, tmp_path: Path, check_mode: bool) -> None:
    database.execute(FORCED)

    failure = _dump(database, tmp_path, check_mode)["failure"]

    assert failure["code"] == "RowSecurity"
    assert list(tmp_path.glob("*.dump*")) == []
    for statement in failure["remedy"].split(": ", 1)[1].split(". ")[0].split("; "):
        database.execute(statement)
    assert not _dump(database, tmp_path, check_mode).get("failed")


@pytest.mark.parametrize(
    "statement",
    ["CREATE TABLE theirs (i int)", "CREATE SEQUENCE theirs", "CREATE TABLE theirs (i int) PARTITION BY LIST (i)"],
)
def test_what_belongs_to_others(database: Database, tmp_path: Path, statement: str) -> None:
    role = f"{database.name}_other"
    database.execute(FOREIGN.format(role=role, statement=statement))

    failure = _dump(database, tmp_path)["failure"]

    assert (failure["code"], "public.theirs" in failure["message"]) == ("NotReadable", True)
    assert f'GRANT "{role}" TO "{LOGIN}"' in failure["remedy"]
    database.execute(f'GRANT "{role}" TO "{LOGIN}" WITH INHERIT TRUE')
    assert not _dump(database, tmp_path).get("failed")


@pytest.mark.parametrize("table", ["codex_migrations", "ops.applied"])
def test_the_version_stands_in_whatever_table(database: Database, tmp_path: Path, table: str) -> None:
    database.execute(f"CREATE SCHEMA ops; CREATE TABLE {table} (version int); INSERT INTO {table} VALUES (9), (10)")
    result = _dump(database, tmp_path, migrations_table=table)
    assert result["backup"]["manifest"]["schema_version"] == "10"
