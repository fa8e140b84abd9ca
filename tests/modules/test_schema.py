"""The module postgresql_schema on a real server: applied once, together or not at all, one run at a time."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.support.database import Database
from tests.support.engine import LOGIN
from tests.support.invoke import invoke
from tests.support.playbooks import ROOT
from tests.support.waiting import until

SHIPPED = ROOT / "roles/database/files/migrations"


class Schema:
    """A database and a folder of migrations for it."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder

    def write(self, **files: str) -> None:
        """Write migrations, named without the letter that makes them keywords: `m1_a` is `1_a.sql`."""
        for name, content in files.items():
            (self.folder / f"{name[1:]}.sql").write_text(content, encoding="utf-8")

    def run(self, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        """Run the module, whatever comes of it."""
        given = {"directory": str(self.folder), **self.database.login, **options}
        return invoke("postgresql_schema", given, check_mode=check_mode)

    def migrate(self, **options: Any) -> dict[str, Any]:
        """Run the module; it must not fail."""
        result = self.run(**options)
        assert not result.get("failed"), result["msg"]
        return result

    def refusal(self, **options: Any) -> dict[str, Any]:
        """Run the module; it must fail. Returns what it says in `failure`."""
        result = self.run(**options)
        assert result.get("failed"), result
        failure: dict[str, Any] = result["failure"]
        return failure

    def versions(self, table: str = "schema_migrations") -> list[int]:
        """The recorded versions."""
        return [version for (version,) in self.database.execute(f"SELECT version FROM {table} ORDER BY 1")]

    def has(self, relation: str) -> bool:
        """Whether there is a table or an index of that name."""
        return bool(self.database.value(f"SELECT to_regclass('{relation}') IS NOT NULL"))


@pytest.fixture
def schema(database: Database, tmp_path: Path) -> Schema:
    return Schema(database, tmp_path)


def _files(migrations: list[dict[str, Any]]) -> list[str]:
    return [migration["file"] for migration in migrations]


def test_applies_each_file_once(schema: Schema) -> None:
    schema.write(m1_a="CREATE TABLE a (i int); INSERT INTO a VALUES (1)", m2_b="INSERT INTO a VALUES (2)")

    first, second = schema.migrate(), schema.migrate()

    assert (first["changed"], _files(first["applied"]), first["current_version"]) == (True, ["1_a.sql", "2_b.sql"], 2)
    assert first["pending"] == []
    assert (second["changed"], second["applied"], second["current_version"]) == (False, [], 2)
    assert schema.database.value("SELECT array_agg(i ORDER BY i) FROM a") == [1, 2]


def test_records_what_and_when_and_who(schema: Schema) -> None:
    schema.write(m1_a="SELECT pg_sleep(0.05)")
    found = schema.migrate()["applied"][0]

    ((version, name, sha256, recent, by, seconds),) = schema.database.execute(
        "SELECT version, name, sha256, applied_at BETWEEN now() - interval '1 min' AND now(), applied_by,"
        " extract(epoch FROM duration)::float FROM schema_migrations"
    )

    assert (version, name, sha256, recent) == (1, "a", found["sha256"], True)
    assert "@" in by
    assert 0.05 <= seconds <= found["seconds"] + 0.001


def test_a_check_lists_and_writes_nothing(schema: Schema) -> None:
    schema.write(m1_a="CREATE TABLE a (i int)", m2_b="SELECT 1;\nSELECT 2")

    checked = schema.migrate(check_mode=True)

    assert (checked["changed"], checked["applied"], checked["current_version"]) == (True, [], 0)
    assert _files(checked["pending"]) == ["1_a.sql", "2_b.sql"]
    assert checked["diff"]["after"] == {
        "1_a.sql": "1 statement in one transaction",
        "2_b.sql": "2 statements in one transaction",
    }
    assert not schema.has("schema_migrations")
    assert schema.migrate()["diff"] == checked["diff"]


def test_says_whether_the_database_was_empty(schema: Schema) -> None:
    schema.write(m1_a="CREATE TABLE a (i int)")
    assert schema.migrate(check_mode=True)["empty"]
    assert schema.migrate()["empty"]
    assert not schema.migrate()["empty"]


def test_what_others_have_made_is_not_empty(schema: Schema) -> None:
    schema.write(m1_a="SELECT 1")
    schema.database.execute("CREATE TABLE theirs (i int)")
    adopted = schema.migrate()
    assert (adopted["empty"], _files(adopted["applied"])) == (False, ["1_a.sql"])


def test_a_database_that_is_still_to_be_created(tmp_path: Path) -> None:
    (tmp_path / "1_a.sql").write_text("SELECT 1", encoding="utf-8")
    given = {"directory": str(tmp_path), "login_host": "database.invalid", "login_user": "u", "assume_empty": True}

    checked = invoke("postgresql_schema", given, check_mode=True)

    assert (checked["changed"], checked["empty"], checked["current_version"]) == (True, True, 0)
    assert _files(checked["pending"]) == ["1_a.sql"]
    assert checked["diff"]["after"] == {"1_a.sql": "1 statement in one transaction"}
    assert invoke("postgresql_schema", given)["failure"]["code"] == "CheckModeOnly"


def test_stops_at_the_target(schema: Schema) -> None:
    schema.write(m1_a="SELECT 1", m2_b="SELECT 2", m3_c="SELECT 3")

    found = schema.migrate(target=2)

    assert (found["current_version"], _files(found["pending"])) == (2, ["3_c.sql"])
    assert schema.migrate(target=2)["changed"] is False
    assert schema.refusal(target=1)["code"] == "TargetUnreachable"


def test_a_failing_file_leaves_nothing_of_it(schema: Schema) -> None:
    schema.write(
        m1_a="CREATE TABLE a (i int)", m2_b="-- first\nCREATE TABLE b (i int);\n\nSELECT 1,\n  nothing\nFROM a;"
    )

    failure = schema.refusal()

    assert failure["code"] == "MigrationFailed"
    assert failure["message"] == '2_b.sql, line 5 failed: column "nothing" does not exist'
    assert failure["remedy"].startswith("Nothing of this file is kept.")
    details = failure["details"]
    assert (details["file"], details["line"], details["sqlstate"]) == ("2_b.sql", 5, "42703")
    assert _files(details["applied"]) == ["1_a.sql"]
    assert (schema.versions(), schema.has("b")) == ([1], False)

    schema.write(m2_b="CREATE TABLE b (i int)")
    assert _files(schema.migrate()["applied"]) == ["2_b.sql"]


def test_a_failure_without_a_position_has_the_line_of_its_statement(schema: Schema) -> None:
    schema.write(m1_a="CREATE TABLE a (secret text PRIMARY KEY);\n\nINSERT INTO a VALUES ('hidden'), ('hidden');")

    result = schema.run()

    assert result["failure"]["details"]["line"] == 3
    assert result["failure"]["details"]["sqlstate"] == "23505"
    assert "hidden" not in str(result)


def test_a_deferred_failure_names_its_file(schema: Schema) -> None:
    schema.write(
        m1_a="CREATE TABLE a (i int PRIMARY KEY, j int REFERENCES a DEFERRABLE INITIALLY DEFERRED);"
        "INSERT INTO a VALUES (1, 2)"
    )

    failure = schema.refusal()

    assert (failure["code"], failure["details"]["line"]) == ("MigrationFailed", None)
    assert failure["message"].startswith("1_a.sql, its end failed: insert or update on table")
    assert schema.versions() == []


def test_transactions_cannot_be_ended_by_a_file(schema: Schema) -> None:
    schema.write(m1_a="CREATE TABLE a (i int);\nCOMMIT;\nSELECT nothing")
    assert schema.refusal()["code"] == "InvalidMigrations"

    schema.write(m1_a="CREATE TABLE a (i int);\nDO $$ BEGIN COMMIT; END $$;")
    assert schema.refusal()["details"]["sqlstate"] == "2D000"
    assert not schema.has("a")


def test_a_changed_file_is_refused_before_anything_runs(schema: Schema) -> None:
    schema.write(m1_a="SELECT 1")
    schema.migrate()
    schema.write(m1_a="SELECT 1 ", m2_b="CREATE TABLE b (i int)")

    for check_mode in (True, False):
        failure = schema.refusal(check_mode=check_mode)
        assert failure["code"] == "MigrationsChanged"
        assert failure["details"]["problems"] == ["1_a.sql has changed since it was applied"]
    assert not schema.has("b")


def test_another_checkout_changes_nothing(schema: Schema) -> None:
    """Also where an earlier version recorded the bytes of a checkout with other line ends."""
    text = "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$\n  SELECT 'a\n' $$;\n"
    for number, form in enumerate((text, text.replace("\n", "\r\n"), "\ufeff" + text), start=1):
        (schema.folder / "1_a.sql").write_bytes(form.encode())
        assert schema.migrate()["changed"] is (number == 1)
        recorded = hashlib.sha256(form.encode()).hexdigest()
        schema.database.execute(f"UPDATE schema_migrations SET sha256 = '{recorded}'")
        (schema.folder / "1_a.sql").write_bytes(text.encode())
        assert schema.migrate()["changed"] is False
    assert "\r" not in schema.database.value("SELECT prosrc FROM pg_proc WHERE proname = 'f'")


THEIRS = "CREATE TABLE schema_migrations (version varchar PRIMARY KEY); CREATE TABLE a (i int)"


def test_a_schema_of_another_program_is_gone_on_with(schema: Schema) -> None:
    schema.database.execute(THEIRS)
    schema.write(m1_a="CREATE TABLE a (i int)", m2_b="CREATE TABLE b (i int)", m3_c="ALTER TABLE a ADD j int")
    schema.database.execute("CREATE TABLE b (i int)")
    assert schema.refusal()["code"] == "TableNotOurs"
    options = {"table": "codex_migrations", "baseline": "2_b.sql"}

    checked, result = schema.migrate(check_mode=True, **options), schema.migrate(**options)

    assert (_files(result["adopted"]), _files(result["applied"])) == (["1_a.sql", "2_b.sql"], ["3_c.sql"])
    assert (checked["diff"], checked["adopted"]) == (result["diff"], result["adopted"])
    assert result["diff"]["after"]["2_b.sql"] == "taken as applied, not run"
    assert (checked["current_version"], result["current_version"]) == (0, 3)
    assert schema.versions("codex_migrations") == [1, 2, 3]
    again = schema.migrate(**options)
    assert (again["changed"], again["adopted"], again["current_version"]) == (False, [], 3)
    schema.write(m1_a="CREATE TABLE other (i int)")
    assert schema.refusal(**options)["code"] == "MigrationsChanged"


def test_adopting_alone_is_a_change(schema: Schema) -> None:
    schema.database.execute("CREATE TABLE a (i int)")
    schema.write(m1_a="CREATE TABLE a (i int)")
    result = schema.migrate(baseline="1_a")
    assert (result["changed"], result["applied"], result["pending"], result["current_version"]) == (True, [], [], 1)


def test_an_empty_database_gets_everything_also_with_a_baseline(schema: Schema) -> None:
    schema.write(m1_a="CREATE TABLE a (i int)", m2_b="SELECT nothing", m3_c="CREATE TABLE c (i int)")
    assert schema.refusal(baseline="3_c.sql")["details"]["file"] == "2_b.sql"
    schema.write(m2_b="CREATE TABLE b (i int)")

    result = schema.migrate(baseline="3_c.sql")

    assert (result["adopted"], _files(result["applied"])) == ([], ["2_b.sql", "3_c.sql"])
    assert schema.has("b") and schema.has("c")


@pytest.mark.parametrize("transaction", ["", "-- codex: no-transaction\n"])
def test_a_first_file_that_failed_is_not_adopted_next_time(schema: Schema, transaction: str) -> None:
    schema.write(m1_a=f"{transaction}CREATE TABLE IF NOT EXISTS a (i int); SELECT nothing")
    schema.refusal(baseline="1_a.sql")
    schema.write(m1_a=f"{transaction}CREATE TABLE IF NOT EXISTS a (i int); SELECT 1")

    result = schema.migrate(baseline="1_a.sql")

    assert (result["adopted"], _files(result["applied"])) == ([], ["1_a.sql"])


def test_a_baseline_that_is_no_file_is_refused_before_anything(schema: Schema) -> None:
    schema.write(m1_a="CREATE TABLE a (i int)")
    failure = schema.refusal(baseline="1", login_host="database.invalid")
    assert (failure["code"], "1_a.sql" in failure["message"]) == ("BaselineUnknown", True)


def test_files_are_read_alike_whatever_the_role_is_set_to(schema: Schema) -> None:
    schema.database.execute(
        f"ALTER ROLE {LOGIN} IN DATABASE {schema.database.name} SET standard_conforming_strings = off"
    )
    schema.database.execute(f"ALTER ROLE {LOGIN} IN DATABASE {schema.database.name} SET client_encoding = 'LATIN1'")
    schema.write(m1_a=r"CREATE TABLE a AS SELECT 'é\' AS v; SELECT 1")
    schema.migrate()
    assert schema.database.value("SELECT length(v) FROM a") == 2


def test_a_newer_database_is_refused(schema: Schema) -> None:
    schema.write(m1_a="SELECT 1", m2_b="SELECT 2")
    schema.migrate()
    (schema.folder / "2_b.sql").unlink()

    assert schema.refusal()["code"] == "SchemaNewer"


def test_what_a_file_sets_for_its_session_ends_with_it(schema: Schema) -> None:
    schema.write(
        m1_a="CREATE SCHEMA other; SET search_path = other; SET statement_timeout = '1h'; SET ROLE pg_monitor",
        m2_b="CREATE TABLE b AS SELECT current_setting('search_path') AS path,"
        " current_setting('statement_timeout') AS timeout, current_user AS role",
    )
    # The role is granted to the administrator only where it may be set.
    schema.database.execute(f"GRANT pg_monitor TO {LOGIN} WITH SET TRUE")

    schema.migrate()

    assert schema.versions("public.schema_migrations") == [1, 2]
    assert schema.database.execute("TABLE public.b") == [('"$user", public', "0", LOGIN)]


def test_a_table_elsewhere(schema: Schema) -> None:
    schema.database.execute("CREATE SCHEMA ops")
    schema.write(m1_a="SELECT 1")

    schema.migrate(table="ops.applied")

    assert schema.versions("ops.applied") == [1]
    assert not schema.has("schema_migrations")


@pytest.mark.parametrize(
    "theirs", ["CREATE TABLE schema_migrations (version text)", "CREATE SEQUENCE schema_migrations"]
)
def test_a_table_of_something_else_is_left_alone(schema: Schema, theirs: str) -> None:
    schema.database.execute(theirs)
    schema.write(m1_a="SELECT 1")

    assert schema.refusal()["code"] == "TableNotOurs"


def test_a_role_without_rights_is_told_so(schema: Schema) -> None:
    schema.write(m1_a="SELECT 1")
    schema.database.execute("CREATE ROLE reader_ LOGIN PASSWORD 'a'")
    try:
        failure = schema.refusal(login_user="reader_", login_password="a")
    finally:
        schema.database.execute("DROP ROLE reader_")
    assert failure["code"] == "PermissionDenied"


INDEX = "CREATE UNIQUE INDEX CONCURRENTLY {}a_i ON a (i)"
MARKED = "-- codex: no-transaction\n"


def test_an_index_is_built_without_a_transaction(schema: Schema) -> None:
    schema.write(m1_a="CREATE TABLE a (i int)", m2_b=INDEX.format(""))
    assert schema.refusal()["details"]["sqlstate"] == "25001"

    schema.write(m2_b=MARKED + INDEX.format(""))
    assert schema.migrate()["applied"][0]["transaction"] is False
    assert (schema.versions(), schema.has("a_i")) == ([1, 2], True)


def test_a_build_that_failed_is_repeated_as_a_whole(schema: Schema) -> None:
    again = "DROP INDEX CONCURRENTLY IF EXISTS a_i;\n"
    schema.write(m1_a="CREATE TABLE a (i int); INSERT INTO a VALUES (1), (1)", m2_b=MARKED + again + INDEX.format(""))

    failure = schema.refusal()

    assert (failure["details"]["line"], failure["details"]["sqlstate"]) == (3, "23505")
    assert failure["remedy"].startswith("1 of its 2 statements are kept; all of them run again next time.")
    assert schema.versions() == [1]
    schema.database.execute("DELETE FROM a")
    assert schema.migrate()["current_version"] == 2


def test_an_invalid_index_is_not_taken_for_a_good_one(schema: Schema) -> None:
    schema.write(m1_a="CREATE TABLE a (i int); INSERT INTO a VALUES (1), (1)")
    schema.write(m2_b=MARKED + INDEX.format("IF NOT EXISTS "))
    schema.refusal()

    failure = schema.refusal()

    assert (failure["code"], failure["details"]["indexes"]) == ("InvalidIndex", ["a_i"])
    assert schema.versions() == [1]


def test_runs_at_once_apply_each_file_once(schema: Schema) -> None:
    # With an index built concurrently, which would never end if the runs that wait held snapshots.
    schema.write(m1_a="CREATE TABLE a (i int); SELECT pg_sleep(0.3)", m2_b=MARKED + INDEX.format(""))
    results: list[dict[str, Any]] = []
    runs = [threading.Thread(target=lambda: results.append(schema.run())) for _number in range(4)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()

    assert [result.get("msg") for result in results if result.get("failed")] == []
    assert sorted(len(result["applied"]) for result in results) == [0, 0, 0, 2]
    assert {result["current_version"] for result in results} == {2}


def test_a_run_that_takes_too_long_is_not_waited_for(schema: Schema) -> None:
    schema.write(m1_a="CREATE TABLE a (i int); SELECT pg_sleep(30)")
    running = threading.Thread(target=schema.run)
    running.start()
    until(lambda: schema.database.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"))

    failure = schema.refusal(wait_timeout=0)

    assert (failure["code"], failure["message"].startswith("Another run is migrating")) == ("MigrationRunning", True)
    schema.database.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
    running.join()


def test_a_connection_that_is_cut_leaves_nothing_of_the_file(schema: Schema) -> None:
    schema.write(m1_a="CREATE TABLE a (i int); SELECT pg_sleep(30)")
    failures: list[dict[str, Any]] = []
    running = threading.Thread(target=lambda: failures.append(schema.refusal()))
    running.start()
    sleeping = "FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(30)'"
    until(lambda: schema.database.value(f"SELECT count(*) {sleeping}"))
    schema.database.execute(f"SELECT pg_terminate_backend(pid) {sleeping}")
    running.join()

    assert failures[0]["code"] == "ConnectionLost"
    assert failures[0]["details"]["file"] == "1_a.sql"
    assert (schema.versions(), schema.has("a")) == ([], False)


def test_a_statement_does_not_wait_for_a_lock_for_ever(schema: Schema) -> None:
    schema.write(m1_a="CREATE TABLE a (i int)", m2_b="SELECT 1;\nALTER TABLE a ADD j int")
    schema.migrate(target=1)
    with contextlib.closing(schema.database.connect()) as other, other.transaction():
        other.execute("SELECT FROM a")
        failure = schema.refusal(lock_timeout=1)

    assert (failure["details"]["line"], failure["details"]["sqlstate"]) == (2, "55P03")
    assert "holds the lock" in failure["remedy"]


def test_bad_input_is_refused_at_once() -> None:
    given = {"directory": "/", "login_host": "h", "login_user": "u", "table": "A", "target": -1, "wait_timeout": -1}
    result = invoke("postgresql_schema", given)
    assert len(result["failure"]["details"]["problems"]) == 3


class TestShipped:
    """The migrations of the role database."""

    @pytest.fixture
    def product(self, database: Database) -> Database:
        Schema(database, SHIPPED).migrate()
        return database

    def test_apply(self, product: Database) -> None:
        assert Schema(product, SHIPPED).migrate()["changed"] is False
        tables = product.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        assert tables == [("capsules",), ("replays",), ("schema_migrations",), ("signals",)]

    def test_take_events_in_order_and_for_good(self, product: Database) -> None:
        import psycopg

        capsule = product.value("INSERT INTO capsules (kind, name) VALUES ('order', '7') RETURNING id")
        signal = (
            "INSERT INTO signals (capsule_id, revision, type, payload, occurred_at)"
            f" VALUES ('{capsule}', 1, 'x', '{{}}', now())"
        )
        product.execute(signal)
        with pytest.raises(psycopg.errors.UniqueViolation):
            product.execute(signal)
        with pytest.raises(psycopg.errors.RestrictViolation):
            product.execute("UPDATE signals SET type = 'y'")
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            product.execute("DELETE FROM capsules")

    def test_a_replay_ends_when_it_says_so(self, product: Database) -> None:
        import psycopg

        product.execute("INSERT INTO replays (purpose, requested_by) VALUES ('audit', 'me')")
        with pytest.raises(psycopg.errors.CheckViolation):
            product.execute("UPDATE replays SET state = 'failed'")
        product.execute("UPDATE replays SET state = 'succeeded', started_at = now(), finished_at = now()")

    def test_every_foreign_key_has_an_index(self, product: Database) -> None:
        # Else a delete of the referenced row reads the whole table.
        missing = product.execute(
            "SELECT conname FROM pg_constraint c WHERE contype = 'f' AND NOT EXISTS (SELECT FROM pg_index i"
            " WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])"
        )
        assert missing == []
