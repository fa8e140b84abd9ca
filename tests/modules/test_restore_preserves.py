"""What a restore preserves of a real database beside its tables: its locale, settings, rights; and what it tells."""

from __future__ import annotations

import contextlib
import json
import random
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from azure_simulator.postgresql.binaries import Binaries
from azure_simulator.postgresql.errors import PostgresError
from tests.modules.test_dumps import Backups, databases, drop
from tests.support.database import Database, Server, new_database
from tests.support.engine import Engine

Params = dict[str, Any]

FUNCTION = "CREATE FUNCTION {0}() RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT current_user::text $$;"


@pytest.fixture
def options(tmp_path: Path) -> Params:
    """A directory for backups."""
    return {"directory": str(tmp_path / "backups")}


@pytest.fixture
def backups(database: Database, options: Params) -> Backups:
    """An empty database, and a directory for backups."""
    return Backups(database, options)


@pytest.fixture
def other(database: Database) -> Iterator[Database]:
    """A database that does not exist."""
    found = Database(database.server, f"{database.name}_other")
    yield found
    drop(found)


@pytest.fixture
def roles(database: Database) -> Iterator[list[str]]:
    """Two roles, the name of one of which begins with that of the other, as SQL has them."""
    name = f"reader {uuid.uuid4().hex[:8]}"
    found = [f'"{name}"', f'"{name} TO x"']
    administration = Database(database.server, "postgres")
    for role in found:
        administration.execute(f"CREATE ROLE {role}; GRANT {role} TO CURRENT_USER")
    yield found
    for left in databases(database):
        superuser(Database(database.server, left), "".join(f"DROP OWNED BY {role};" for role in found))
    for role in found:
        administration.execute(f"DROP ROLE {role}")


def administered(database: Database) -> Database:
    """Return the database that one connects to for all others."""
    return Database(database.server, "postgres")


def properties(database: Database) -> dict[str, Any]:
    """Return all that `pg_database` and what refers to it say of a database, but its name, oid and horizon."""
    row = administered(database).value(
        f"""SELECT to_jsonb(d) || jsonb_build_object(
            'comment', shobj_description(d.oid, 'pg_database'),
            'acl', (SELECT jsonb_agg(a ORDER BY a::text)
                    FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a),
            'settings', (SELECT jsonb_agg(jsonb_build_array(s.setrole, s.setconfig) ORDER BY s.setrole)
                         FROM pg_db_role_setting s WHERE s.setdatabase = d.oid))
        FROM pg_database d WHERE datname = '{database.name}'"""
    )
    return {key: value for key, value in row.items() if key not in {"oid", "datname", "datacl", "datfrozenxid"}}


SETTINGS = """
ALTER DATABASE {name} SET search_path = app, "Odd, ""one's secret", public;
ALTER DATABASE {name} SET work_mem = '5MB';
ALTER DATABASE {name} SET default_transaction_read_only = on;
ALTER DATABASE {name} SET statement_timeout = '20s';
ALTER DATABASE {name} CONNECTION LIMIT 17;
COMMENT ON DATABASE {name} IS 'whose it''s';
REVOKE CONNECT, TEMPORARY ON DATABASE {name} FROM PUBLIC;
GRANT CONNECT ON DATABASE {name} TO {role};
GRANT CREATE ON DATABASE {name} TO {role} WITH GRANT OPTION;
ALTER ROLE {role} IN DATABASE {name} SET statement_timeout = '30s';
"""


class TestDatabaseProperties:
    """Settings, rights, comment, limit and owner of the database itself, which no dump holds."""

    @pytest.fixture
    def before(self, backups: Backups, roles: list[str]) -> dict[str, Any]:
        """Have all of it set, and a dump."""
        backups.database.execute("CREATE TABLE a AS SELECT 1")
        administered(backups.database).execute(SETTINGS.format(name=backups.database.name, role=roles[1]))
        backups.made()
        return properties(backups.database)

    def test_in_place(self, backups: Backups, before: dict[str, Any]) -> None:
        result = backups.restore(overwrite=True)
        assert not result.get("failed") and "warnings" not in result, result
        assert properties(backups.database) == before

    def test_into_a_new_database(self, backups: Backups, before: dict[str, Any], other: Database) -> None:
        result = backups.restore(other)
        assert not result.get("failed") and "warnings" not in result, result
        assert properties(other) == before

    def test_an_empty_one_keeps_what_it_has_set_itself(
        self, backups: Backups, before: dict[str, Any], other: Database
    ) -> None:
        name = other.name
        administered(other).execute(f"CREATE DATABASE {name}")
        administered(other).execute(f"COMMENT ON DATABASE {name} IS 'mine'; ALTER DATABASE {name} SET work_mem = '9MB'")
        assert not backups.restore(other).get("failed")
        found = properties(other)
        assert found["comment"] == "mine" and found["datconnlimit"] == 17 and found["acl"] == before["acl"]
        assert {"work_mem=9MB", "statement_timeout=20s"} <= set(found["settings"][0][1])

    def test_no_setting_is_in_a_result(self, backups: Backups, before: dict[str, Any]) -> None:
        for result in (backups.dump(), backups.info(), backups.restore(overwrite=True)):
            assert not result.get("failed") and "secret" not in json.dumps(result)

    def test_what_the_server_lacks_is_told(self, backups: Backups, other: Database, options: Params) -> None:
        backups.database.execute("CREATE TABLE a AS SELECT 1")
        path = Path(options["directory"]) / f"{backups.made()}.json"
        stored = json.loads(path.read_bytes())
        stored["properties"] |= {
            "owner": "nobody_here",
            "tablespace": "fast",
            "settings": [["no_role", "work_mem", "1MB"], [None, "work_mem", "hidden words"]],
            "rights": [["no_role", "CONNECT", False], [None, "CONNECT", False]],
        }
        path.write_text(json.dumps(stored), encoding="utf-8")
        result = backups.restore(other)
        assert not result.get("failed"), result
        [told] = result["warnings"]
        for word in (
            "nobody_here",
            "tablespace fast",
            "work_mem of no_role",
            "CONNECT for no_role",
            "work_mem (invalid",
        ):
            assert word in told
        assert "hidden words" not in json.dumps(result)


CLOSED = {
    "function": (
        FUNCTION.format("purge"),
        "REVOKE EXECUTE ON FUNCTION purge() FROM PUBLIC",
        "function 'purge()' EXECUTE",
    ),
    "procedure": (
        "CREATE PROCEDURE wipe() LANGUAGE sql AS 'SELECT 1';",
        "REVOKE EXECUTE ON PROCEDURE wipe() FROM PUBLIC",
        "function 'wipe()' EXECUTE",
    ),
    "aggregate": (
        "CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int);",
        "REVOKE ALL ON FUNCTION total(int) FROM PUBLIC",
        "function 'total(int)' EXECUTE",
    ),
    "type": ("CREATE TYPE mood AS ENUM ('ok');", "REVOKE USAGE ON TYPE mood FROM PUBLIC", "type 'mood' USAGE"),
    "domain": ("CREATE DOMAIN email AS text;", "REVOKE USAGE ON DOMAIN email FROM PUBLIC", "type 'email' USAGE"),
    "schema": ("", "REVOKE USAGE ON SCHEMA public FROM PUBLIC", "schema 'public' USAGE"),
}
"""For each kind of object that is open to everybody at first: one, what closes it, how to ask whether it is open."""


class TestRights:
    @pytest.mark.parametrize("ownership", [False, True])
    def test_what_was_closed_to_everybody_stays_closed(
        self, ownership: bool, backups: Backups, other: Database
    ) -> None:
        made = "".join(f"{create} {close};" for create, close, _ask in CLOSED.values())
        backups.database.execute(f"{FUNCTION.format('open_one')} {made}")
        backups.made()
        result = backups.restore(other, ownership=ownership)
        assert not result.get("failed") and "warnings" not in result, result
        for kind, (_create, _close, ask) in CLOSED.items():
            what, name, privilege = ask.split(" ")
            assert other.value(f"SELECT has_{what}_privilege('public', {name}, '{privilege}')") is False, kind
        assert other.value("SELECT has_function_privilege('public', 'open_one()', 'EXECUTE')") is True

    def test_default_privileges(self, backups: Backups, other: Database) -> None:
        backups.database.execute("ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC")
        backups.made()
        assert not backups.restore(other).get("failed")
        other.execute(FUNCTION.format("later"))
        assert other.value("SELECT has_function_privilege('public', 'later()', 'EXECUTE')") is False

    def test_those_who_may_still_may(self, backups: Backups, other: Database, roles: list[str]) -> None:
        backups.database.execute(
            f"{FUNCTION.format('purge')} REVOKE EXECUTE ON FUNCTION purge() FROM PUBLIC;"
            f"GRANT EXECUTE ON FUNCTION purge() TO {roles[1]} WITH GRANT OPTION;"
            f"SET ROLE {roles[1]}; GRANT EXECUTE ON FUNCTION purge() TO {roles[0]}; RESET ROLE;"
            f"CREATE TABLE t (a int, b int); GRANT SELECT (b) ON t TO {roles[0]}"
        )
        backups.made()
        result = backups.restore(other)
        assert not result.get("failed") and "warnings" not in result, result
        asked = "SELECT proacl::text FROM pg_proc WHERE proname = 'purge'"
        assert other.value(asked) == backups.database.value(asked)
        name = roles[0].strip('"')
        assert other.value(f"SELECT has_column_privilege('{name}', 't', 'b', 'SELECT')") is True
        assert other.value(f"SELECT has_column_privilege('{name}', 't', 'a', 'SELECT')") is False

    def test_roles_that_are_not_there_are_told(self, backups: Backups, other: Database, roles: list[str]) -> None:
        backups.database.execute(
            f"{FUNCTION.format('purge')} REVOKE EXECUTE ON FUNCTION purge() FROM PUBLIC;"
            f"GRANT EXECUTE ON FUNCTION purge() TO {roles[1]}"
        )
        backups.made()
        superuser(backups.database, f"DROP OWNED BY {roles[1]}")
        administered(other).execute(f"DROP ROLE {roles[1]}")
        try:
            result = backups.restore(other)
            assert result["warnings"] == [
                "the rights of roles that the server does not have were left out: " + roles[1].strip('"')
            ]
            assert other.value("SELECT has_function_privilege('public', 'purge()', 'EXECUTE')") is False
        finally:
            administered(other).execute(f"CREATE ROLE {roles[1]}")

    def test_what_cannot_be_closed_is_refused(self, backups: Backups, other: Database) -> None:
        superuser(backups.database, "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC")
        backups.made()
        for ownership in (False, True):
            result = backups.restore(other, ownership=ownership)
            assert result["failure"]["code"] in {"RightsNotRestored", "PermissionDenied"}, result
            assert "LANGUAGE plpgsql" in json.dumps(result["failure"])
            assert databases(other) == []
        assert not backups.restore(other, exclude=["ACL - LANGUAGE plpgsql"]).get("failed")


def superuser(database: Database, statements: str) -> None:
    """Run SQL as nobody on Azure may."""
    folder = database.server.engine.folder(database.server.spec)
    secret = (folder.parents[1] / "superuser").read_text(encoding="utf-8")
    run = next(folder.rglob(".s.PGSQL.*[0-9]")).parent
    login = f"host={run} user=azuresu password={secret} options='-c default_transaction_read_only=off'"
    with psycopg.connect(login, dbname=database.name, autocommit=True) as connection:
        connection.execute(statements.encode())


class TestLeftovers:
    def test_only_what_bears_our_mark_is_removed(self, backups: Backups) -> None:
        name = backups.database.name
        backups.database.execute("CREATE TABLE a AS SELECT 1")
        backups.made()
        mark = "codexdominion.azure restore into {}: {}, goes when its run or the next one ends"
        marks = {
            f"{name}_restoring_0123abcd": mark.format(name, "not finished"),
            f"{name}_replaced_0123abcd": mark.format(name, "replaced"),
            f"{name}_replaced_20261123": None,
            f"{name}_restoring_deadbeef": "somebody's own",
            f"{name}_restoring_deadbee1": mark.format(f"{name}_other", "not finished"),
        }
        for left, comment in marks.items():
            administered(backups.database).execute(f"CREATE DATABASE {left}")
            if comment:
                quoted = comment.replace("'", "''")
                administered(backups.database).execute(f"COMMENT ON DATABASE {left} IS '{quoted}'")
        ours, strangers = sorted([*marks][:2]), sorted([*marks][2:])
        try:
            would = backups.restore(overwrite=True, check_mode=True)
            assert sorted(databases(backups.database)) == sorted([name, *marks])
            result = backups.restore(overwrite=True)
            assert databases(backups.database) == sorted([name, *strangers])
            for told in (would, result):
                assert told["removed_leftovers"] == ours
                said = " ".join(told["warnings"])
                assert ", ".join(strangers) in said and ", ".join(ours) in said
        finally:
            for left in strangers:
                drop(Database(backups.database.server, left))


SEARCH_PATH = """
CREATE SCHEMA app; SET search_path = app, public;
CREATE FUNCTION fold(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT lower(t) $$;
CREATE FUNCTION slug(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE
  AS $$ BEGIN RETURN replace(fold(t), ' ', '-'); END $$;
CREATE TABLE places (id int PRIMARY KEY, name text, slug text GENERATED ALWAYS AS (slug(name)) STORED);
INSERT INTO places (id, name) SELECT i, E'Place ''\\\\ ' || i FROM generate_series(1, 5000) i;
CREATE TABLE odd (id int PRIMARY KEY REFERENCES places, body bytea, note text);
INSERT INTO odd SELECT id, decode(md5(id::text), 'hex'),
  E'SELECT pg_catalog.set_config(''search_path'', '''', false);\\n\\\\.' FROM places;
CREATE INDEX ON places (fold(name));
"""


class TestParts:
    @pytest.mark.parametrize("own", [True, False])
    def test_a_search_path(self, own: bool, backups: Backups, other: Database) -> None:
        backups.database.execute(SEARCH_PATH)
        if own:
            administered(other).execute(f"ALTER DATABASE {backups.database.name} SET search_path = app, public")
        backups.made()
        result = backups.restore(other)
        assert result["failure"]["code"] == "SearchPathNeeded", result
        assert "database_backup_restore_search_path=own" in result["failure"]["remedy"]
        assert databases(other) == []
        result = backups.restore(other, search_path="own" if own else "app, public")
        assert not result.get("failed"), result
        digest = (
            "SELECT md5(string_agg(p::text || o::text, ',' ORDER BY p.id)) FROM app.places p JOIN app.odd o USING (id)"
        )
        assert other.value(digest) == backups.database.value(digest)

    def test_a_wrong_search_path_is_told(self, backups: Backups, other: Database) -> None:
        backups.database.execute(SEARCH_PATH)
        backups.made()
        result = backups.restore(other, search_path="public")
        assert result["failed"] and "fold(text) does not exist" in result["msg"] and "Place" not in result["msg"]
        assert databases(other) == []

    def test_without_what_is_named_and_what_needs_it(self, backups: Backups, other: Database) -> None:
        backups.database.execute(
            'CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE "a b" (id int); CREATE TABLE ab (id int);'
            "CREATE TABLE c (a int REFERENCES a); CREATE VIEW v AS SELECT * FROM a; COMMENT ON TABLE a IS 'x';"
            "INSERT INTO a VALUES (1); INSERT INTO c VALUES (1)"
        )
        backups.made()
        result = backups.restore(other, exclude=["TABLE public.a"])
        assert not result.get("failed"), result
        assert result["tables"] == {'public."a b"': 0, "public.ab": 0, "public.c": 1}
        result = backups.restore(other, overwrite=True, exclude=["TABLE public a b"])
        assert sorted(result["tables"]) == ["public.a", "public.ab", "public.c"]

    def test_without_comments(self, backups: Backups, other: Database) -> None:
        backups.database.execute("CREATE TABLE a (id int); COMMENT ON TABLE a IS 'x'")
        backups.made()
        options: list[tuple[Params, str | None]] = [({}, "x"), ({"comments": False}, None)]
        for params, comment in [*options, ({"exclude": ["COMMENT public.TABLE a"]}, None)]:
            assert not backups.restore(other, overwrite=True, **params).get("failed")
            assert other.value("SELECT obj_description('a'::regclass)") == comment

    def test_an_extension_that_may_not_be_created(self, backups: Backups, other: Database) -> None:
        backups.database.execute("CREATE TABLE a AS SELECT 1 AS id")
        superuser(backups.database, "CREATE EXTENSION vector; CREATE TABLE b (v vector(3))")
        superuser(backups.database, "UPDATE pg_class SET relowner = 'codexadmin'::regrole WHERE relname = 'b'")
        backups.made()
        result = backups.restore(other)
        assert result["failure"]["code"] == "ExtensionNotAllowed", result
        assert "EXTENSION vector" in result["failure"]["remedy"]
        result = backups.restore(other, exclude=["EXTENSION vector"])
        assert result["tables"] == {"public.a": 1}

    def test_one_schema_or_table(self, backups: Backups, other: Database) -> None:
        backups.database.execute(
            "CREATE SCHEMA \"App Data\"; CREATE SCHEMA app; CREATE TYPE public.mood AS ENUM ('ok');"
            'CREATE TABLE "App Data".t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, m public.mood);'
            "CREATE TABLE app.t (id serial PRIMARY KEY, m public.mood); CREATE INDEX ON app.t (m);"
            'CREATE TABLE app.u (id int REFERENCES app.t, x int REFERENCES "App Data".t);'
            "INSERT INTO app.t (m) VALUES ('ok'), ('ok'); INSERT INTO \"App Data\".t (m) VALUES ('ok');"
            "INSERT INTO app.u VALUES (1, 1); CREATE VIEW app.v AS SELECT * FROM app.t"
        )
        backups.made()
        result = backups.restore(other, tables=["app.t"])
        assert not result.get("failed") and result["tables"] == {"app.t": 2}, result["msg"]
        assert other.execute("INSERT INTO app.t (m) VALUES ('ok') RETURNING id") == [(3,)]
        assert other.value("SELECT count(*) FROM pg_indexes WHERE schemaname = 'app'") == 2
        drop(other)
        result = backups.restore(other, schemas=["app"])
        assert not result.get("failed") and result["tables"]["app.u"] == 1, result["msg"]
        assert other.value("SELECT count(*) FROM app.v") == 2
        for params, word in (
            ({"tables": ["app.x"]}, "no table app.x"),
            ({"schemas": ["ap"]}, "no schema ap"),
            ({"exclude": ["EXTENSION x"]}, "no EXTENSION x"),
        ):
            result = backups.restore(Database(other.server, f"{other.name}2"), False, **params)
            assert result["failure"]["code"] == "ObjectNotFound" and word in result["msg"], result

    def test_a_part_replaces_nothing(self, backups: Backups) -> None:
        backups.database.execute("CREATE TABLE a AS SELECT 1")
        backups.made()
        assert backups.restore(tables=["a"])["failure"]["code"] == "DatabaseNotEmpty"
        assert backups.restore(tables=["a"], overwrite=True)["failure"]["code"] == "InvalidParameters"


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of PostgreSQL 18."""
    found = Binaries.find()
    directory = found.directory.parents[1] / "pginstall18" / "bin"
    if not directory.is_dir():
        pytest.skip("PostgreSQL 18 is not in this environment")
    with other_server(tmp_path_factory.mktemp("newer"), directory, found.libpq) as server:
        yield server


@contextlib.contextmanager
def other_server(folder: Path, directory: Path, libpq: Path | None = None) -> Iterator[Server]:
    """A server of the programs of a directory."""
    from azure_simulator.postgresql.servers import Servers

    server = Server.__new__(Server)
    server.engine = Engine(folder)
    try:
        server.engine.servers = Servers(folder, server.engine.ca.leaf, directory, lambda *_ends: False)
        server.ca_path = Path(server.engine.ca.ca_path)
        server.bin_dir = folder / "clients"
        Binaries(directory, libpq).write_clients(server.bin_dir)
        server.spec = server.engine.create()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def with_icu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of Debian, which is built with ICU; the environment's are not."""
    directory = Path("/usr/lib/postgresql/15/bin")
    if not directory.is_dir():
        pytest.skip(f"there is no PostgreSQL in {directory}")
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(other_server(tmp_path_factory.mktemp("icu"), directory))
        except PostgresError as error:
            pytest.skip(f"PostgreSQL in {directory} does not run here: {error}")
        yield server


def test_icu(with_icu: Server, options: Params) -> None:
    source, target = Database(with_icu, "words"), Database(with_icu, "words_other")
    icu = "LOCALE_PROVIDER icu ICU_LOCALE 'de-DE' LOCALE 'C'"
    administered(source).execute(f"CREATE DATABASE words TEMPLATE template0 {icu}")
    source.execute("CREATE TABLE users (name text); CREATE UNIQUE INDEX ON users (lower(name))")
    source.execute("INSERT INTO users VALUES (U&'\\00C9lan')")
    columns = ("encoding", "datcollate", "datctype", "datlocprovider", "daticulocale")
    expected = {key: properties(source).get(key) for key in columns}
    assert expected["datlocprovider"] == "i"
    backups = Backups(source, options)
    backups.made()
    for into in (source, target):
        result = backups.restore(into, overwrite=into is source)
        assert not result.get("failed") and "warnings" not in result, result
        assert {key: properties(into).get(key) for key in columns} == expected
        with pytest.raises(psycopg.errors.UniqueViolation):
            into.execute("INSERT INTO users VALUES (U&'\\00E9lan')")


LOCALES = {
    "builtin": "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'",
    "libc": "LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'",
    "latin1": "ENCODING 'LATIN1' LOCALE 'C'",
}
_LOCALE_COLUMNS = ("encoding", "datcollate", "datctype", "datlocprovider", "datlocale", "daticurules")


@pytest.mark.parametrize("locale", LOCALES.values(), ids=LOCALES)
def test_locale(locale: str, newer: Server, options: Params) -> None:
    name = f"words_{random.Random(locale).randrange(10**6)}"
    source, target = Database(newer, name), Database(newer, f"{name}_other")
    administered(source).execute(f"CREATE DATABASE {name} TEMPLATE template0 {locale}")
    source.execute("CREATE TABLE users (name text); CREATE UNIQUE INDEX ON users (lower(name))")
    expected = {key: properties(source).get(key) for key in _LOCALE_COLUMNS}
    backups = Backups(source, options)
    backups.made()
    for into in (source, target, target):
        result = backups.restore(into, overwrite=into is source)
        assert not result.get("failed") and "warnings" not in result, result
        assert {key: properties(into).get(key) for key in _LOCALE_COLUMNS} == expected
        if into is target:  # the next time as on a new server: an empty one that somebody has made
            drop(target)
            administered(target).execute(f"CREATE DATABASE {target.name}")


def test_a_locale_that_a_server_does_not_have(backups: Backups, database_server: Server, options: Params) -> None:
    backups.database.execute("CREATE TABLE users (name text)")
    path = Path(options["directory"]) / f"{backups.made()}.json"
    stored = json.loads(path.read_bytes())
    # As a newer server would have had it, whose dumps no program restores into this one.
    stored["properties"]["locale"] |= {"provider": "builtin", "locale": "C.UTF-8"}
    path.write_text(json.dumps(stored), encoding="utf-8")
    with new_database(database_server) as empty:
        administered(empty).execute(f"DROP DATABASE {empty.name}")
        result = backups.restore(empty)
        assert not result.get("failed") and "builtin C.UTF-8" in " ".join(result["warnings"]), result
