"""The module postgresql_login on a real server, signed in to without a superuser's rights, as in Azure."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _ownership
from tests.support.database import Database
from tests.support.engine import LOGIN
from tests.support.invoke import invoke, problems
from tests.support.waiting import until

PASSWORD, OTHER = "Wolf's 9 \\ % {hours}", "Second-9f3a77"


class Logins:
    """A database, its group, and two logins whose names need quoting."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.group = f"{database.name} group"
        self.names = [f"{database.name} A", f'{database.name}"b']

    def run(self, number: int = 0, *, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        """Run the module, whatever comes of it; no password is in its result."""
        own = {"name": self.names[number], "group": self.group, "password": PASSWORD}
        given = {**self.database.login, **own, **options}
        wanted = {name: value for name, value in given.items() if value is not None}
        result = invoke("postgresql_login", wanted, check_mode=check_mode)
        assert not any(one in str(result) for one in (PASSWORD, OTHER, repr(PASSWORD)[1:-1]))
        return result

    def bring(self, number: int = 0, **options: Any) -> dict[str, Any]:
        """Run the module; it must not fail. A check before it says the same and writes nothing."""
        before = self.roles()
        checked = self.run(number, check_mode=True, **options)
        assert self.roles() == before
        result = self.run(number, **options)
        assert not result.get("failed"), result["msg"]
        assert (checked["changed"], checked["diff"]) == (result["changed"], result["diff"])
        assert not self.run(number, **options)["changed"]
        return result

    def roles(self) -> list[Any]:
        """Every role with what it may, and every grant in the database."""
        roles = "SELECT array_agg(r::text ORDER BY oid) FROM pg_roles r"
        acl = "SELECT array_agg(relacl::text ORDER BY oid) FROM pg_class"
        return [self.database.value(roles), self.database.value(acl)]

    @contextlib.contextmanager
    def session(self, number: int = 0, password: str = PASSWORD) -> Iterator[psycopg.Connection[Any]]:
        """A session of a login."""
        login = self.database.login
        with psycopg.connect(
            host=login["login_host"],
            dbname=login["login_db"],
            user=self.names[number],
            password=password,
            sslmode="verify-full",
            sslrootcert=login["ca_cert"],
            autocommit=True,
        ) as connection:
            yield connection


@pytest.fixture
def logins(database: Database) -> Logins:
    database.execute(
        'CREATE TABLE capsules (id bigint GENERATED ALWAYS AS IDENTITY, body text); CREATE SCHEMA "Odd one";'
        'CREATE TABLE "Odd one"."T %s" (a serial); CREATE VIEW newest AS SELECT max(id) FROM capsules'
    )
    return Logins(database)


def _refused(session: psycopg.Connection[Any], *statements: str) -> None:
    for statement in statements:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute(statement.encode())


def test_it_reads_and_writes_and_makes_nothing(logins: Logins) -> None:
    result = logins.bring()

    assert result["changed"] and result["impact"] == "none"
    assert result["members"] == [logins.names[0]]
    after = result["diff"]["after"]
    assert after["logins"] == {logins.names[0]: "may sign in"}
    assert after["rights"][logins.group]["tables"] == "3 to be granted"
    with logins.session() as session:
        session.execute("INSERT INTO capsules (body) VALUES ('x')")
        session.execute("UPDATE capsules SET body = 'y'")
        assert session.execute("SELECT * FROM newest").fetchone() == (1,)
        session.execute("DELETE FROM capsules")
        session.execute(b'INSERT INTO "Odd one"."T %s" VALUES (DEFAULT)')
        session.execute("CREATE TEMPORARY TABLE mine (a int)")
        _refused(session, "CREATE TABLE a (i int)", "TRUNCATE capsules", "DROP TABLE capsules", "CREATE SCHEMA s")
        _refused(session, "ALTER TABLE capsules ADD more int", "CREATE ROLE other", "CREATE DATABASE other")


def test_what_is_made_later_needs_no_grant(logins: Logins) -> None:
    logins.bring()
    logins.database.execute("CREATE SCHEMA late; CREATE TABLE late.more (id serial); CREATE TABLE signals (i int)")

    assert not logins.run()["changed"]
    with logins.session() as session:
        session.execute("INSERT INTO late.more VALUES (DEFAULT)")
        session.execute("INSERT INTO signals VALUES (1)")


def test_rights_that_were_taken_are_given_back(logins: Logins) -> None:
    logins.bring()
    logins.database.execute(f'REVOKE DELETE ON capsules FROM "{logins.group}"')
    logins.database.execute(f'ALTER DEFAULT PRIVILEGES REVOKE USAGE ON SEQUENCES FROM "{logins.group}"')

    result = logins.bring()

    kinds = {"tables": "1 to be granted", "what comes": "1 to be granted"}
    assert result["diff"]["after"] == {"rights": {logins.group: kinds}}


def test_what_belongs_to_others_is_left_alone(logins: Logins) -> None:
    owner = f"{logins.database.name}_owner"
    logins.database.execute(
        f"CREATE ROLE {owner}; GRANT {owner} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE;"
        f"GRANT CREATE ON SCHEMA public TO {owner}; SET ROLE {owner}; CREATE TABLE theirs (i int); RESET ROLE"
    )

    logins.bring()

    with logins.session() as session:
        _refused(session, "SELECT * FROM theirs")


MADE = {
    "a table": "CREATE TABLE made (i int GENERATED ALWAYS AS IDENTITY, t text); INSERT INTO made (t) VALUES ('x')",
    "a partitioned table": "CREATE TABLE made (i int) PARTITION BY LIST (i);"
    "CREATE TABLE made_1 PARTITION OF made DEFAULT; INSERT INTO made VALUES (1)",
    "a sequence": "CREATE SEQUENCE made; SELECT nextval('made')",
    "a view": "CREATE VIEW made AS SELECT 1",
    "a materialized view": "CREATE MATERIALIZED VIEW made AS SELECT 1",
    "a function": "CREATE FUNCTION made() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "a procedure": "CREATE PROCEDURE made() LANGUAGE sql AS 'SELECT 1'",
    "an enumeration": "CREATE TYPE made AS ENUM ('a')",
    "a domain": "CREATE DOMAIN made AS text",
    "a composite type": "CREATE TYPE made AS (i int)",
    "a large object": "SELECT lo_from_bytea(4711, 'x')",
    "a schema": "CREATE SCHEMA made; CREATE TABLE made.inner_ (i serial)",
    "statistics": "CREATE TABLE made (a int, b int); CREATE STATISTICS made_s ON a, b FROM made",
}


@pytest.mark.parametrize("as_login", [False, True], ids=["as always", "with SET ROLE NONE"])
@pytest.mark.parametrize("statements", MADE.values(), ids=MADE)
def test_what_a_login_makes_belongs_to_the_group(logins: Logins, statements: str, as_login: bool) -> None:
    logins.bring(0)
    logins.bring(1, password=OTHER)
    logins.database.execute(
        f'GRANT CREATE ON SCHEMA public TO "{logins.group}";'
        f'GRANT CREATE ON DATABASE "{logins.database.name}" TO "{logins.group}"'
    )
    with logins.session() as session:
        session.execute("DISCARD ALL")
        session.execute("RESET ROLE")
        if as_login:
            session.execute("SET ROLE NONE")
        session.execute(statements.encode())

    found = logins.bring(1, password=OTHER)

    assert found["changed"] is as_login
    if as_login:
        assert found["diff"]["after"] == {"owners": {logins.names[0]: f"given to {logins.group}"}}
    owners = logins.database.execute(
        "SELECT DISTINCT refobjid::regrole::text FROM pg_shdepend WHERE deptype = 'o' AND refobjid <> 10 AND dbid ="
        " (SELECT oid FROM pg_database WHERE datname = current_database()) AND refobjid <> current_user::regrole"
    )
    assert owners == [(f'"{logins.group}"',)]
    with contextlib.closing(logins.database.connect()) as connection:
        assert _ownership.unreadable(connection) == []
    with logins.session(1, OTHER) as session:
        if logins.database.value("SELECT count(*) FROM pg_class WHERE relname = 'made' AND relkind <> 'c'"):
            session.execute("SELECT * FROM made")
        if "CREATE TABLE made (" in statements:
            session.execute("ALTER TABLE made ADD more int")


def test_a_login_that_was_there_before_makes_things_for_the_group_from_now_on(logins: Logins) -> None:
    logins.bring()
    logins.database.execute(f'ALTER ROLE "{logins.names[0]}" RESET ALL; REVOKE "{logins.group}" FROM CURRENT_USER')

    after = logins.bring()["diff"]["after"]

    assert after == {
        "objects": {logins.names[0]: f"belong to {logins.group}"},
        "rights": {LOGIN: f"those of {logins.group}"},
    }


def test_a_login_with_rights_of_its_own_keeps_them(logins: Logins) -> None:
    logins.bring()
    logins.database.execute(
        f'ALTER ROLE "{logins.names[0]}" RESET ALL; CREATE TABLE special (i int);'
        f'REVOKE ALL ON special FROM "{logins.group}"; GRANT TRUNCATE ON special TO "{logins.names[0]}"'
    )
    result = logins.run()

    assert "objects" not in result["diff"]["after"]
    assert any("rights of its own" in one for one in result["warnings"])
    with logins.session() as session:
        session.execute("TRUNCATE special")


def test_what_cannot_be_handed_over_is_told_with_the_command(logins: Logins) -> None:
    logins.bring()
    logins.database.execute(f'GRANT CREATE ON SCHEMA public TO "{logins.group}"')
    with logins.session() as session:
        session.execute("SET ROLE NONE")
        session.execute("CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    logins.database.execute(f'REVOKE CREATE ON SCHEMA public FROM "{logins.group}"')

    failure = logins.run()["failure"]

    assert failure["code"] == "OwnerNotChanged"
    assert "REASSIGN OWNED BY " in failure["remedy"]
    logins.database.execute(f'GRANT CREATE ON SCHEMA public TO "{logins.group}"')
    assert logins.bring()["changed"]


def test_tables_of_others_that_no_backup_can_read_are_told(logins: Logins) -> None:
    owner = f"{logins.database.name}_other"
    logins.database.execute(
        f"CREATE ROLE {owner}; GRANT {owner} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE;"
        f"GRANT CREATE ON SCHEMA public TO {owner}; SET ROLE {owner}; CREATE TABLE theirs (i int); RESET ROLE"
    )

    warnings = logins.run()["warnings"]

    assert any(f'GRANT "{owner}" TO "{LOGIN}"' in one and "public.theirs" in one for one in warnings)
    logins.database.execute(f"GRANT {owner} TO CURRENT_USER WITH INHERIT TRUE")
    assert not logins.run().get("warnings")


def test_a_table_whose_policies_bind_its_owner_is_told(logins: Logins) -> None:
    logins.bring()
    logins.database.execute(
        "CREATE TABLE forced (i int); ALTER TABLE forced ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
    )

    (warning,) = logins.run()["warnings"]

    assert f'ALTER TABLE public.forced OWNER TO "{LOGIN}"; ALTER TABLE public.forced NO FORCE' in warning
    logins.database.execute("ALTER TABLE forced NO FORCE ROW LEVEL SECURITY")
    assert not logins.run().get("warnings")


def test_two_logins_have_the_same_rights_and_each_its_password(logins: Logins) -> None:
    logins.bring(0)
    second = logins.bring(1, password=OTHER)

    assert "rights" not in second["diff"]["after"] and "groups" not in second["diff"]["after"]
    assert second["members"] == sorted(logins.names)
    for number, password in ((0, PASSWORD), (1, OTHER)):
        with logins.session(number, password) as session:
            session.execute("INSERT INTO capsules (body) VALUES ('x')")


def test_another_password(logins: Logins) -> None:
    logins.bring()
    with logins.session() as session:
        result = logins.bring(password=OTHER)
        session.execute("SELECT 1")

    assert result["diff"]["after"] == {"passwords": {logins.names[0]: "(secret, changed)"}}
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"), logins.session():
        pass
    with logins.session(password=OTHER):
        pass


def test_a_password_that_has_run_out_is_set_again(logins: Logins) -> None:
    logins.bring()
    logins.database.execute(f"ALTER ROLE \"{logins.names[0]}\" VALID UNTIL '2026-01-01'")
    assert logins.bring()["diff"]["after"] == {"passwords": {logins.names[0]: "(secret, changed)"}}


def test_who_is_locked_out_is_out_at_once(logins: Logins) -> None:
    logins.bring()
    with logins.session() as session:
        result = logins.bring(state="locked", password=None, group=None)
        until(lambda: _is_cut(session))

    assert result["diff"] == {
        "before": {"logins": {logins.names[0]: "may sign in"}},
        "after": {"logins": {logins.names[0]: "locked"}},
    }
    with pytest.raises(psycopg.OperationalError), logins.session():
        pass
    again = logins.bring()
    assert again["diff"]["before"] == {"logins": {logins.names[0]: "locked"}}
    with logins.session() as session:
        session.execute("SELECT * FROM capsules")


def _is_cut(session: psycopg.Connection[Any]) -> bool:
    try:
        session.execute("SELECT 1")
    except psycopg.OperationalError:
        return True
    return False


def test_it_is_removed(logins: Logins) -> None:
    logins.bring()
    assert logins.bring(state="absent")["changed"]
    assert not logins.run(state="locked")["changed"]


def test_one_that_owns_something_is_locked_at_least(logins: Logins) -> None:
    logins.bring()
    logins.database.execute(f'GRANT CREATE ON SCHEMA public TO "{logins.group}"')
    with logins.session() as session:
        session.execute("SET ROLE NONE")
        session.execute("CREATE TABLE mine (i int)")

    refused = logins.run(state="absent")

    assert refused["failure"]["code"] == "LoginInUse"
    assert "locked now" in refused["failure"]["remedy"]
    with pytest.raises(psycopg.OperationalError), logins.session():
        pass


def test_who_may_not_make_logins_is_told_so(logins: Logins) -> None:
    logins.bring()

    refused = logins.run(1, group=f"{logins.group} 2", login_user=logins.names[0], login_password=PASSWORD)

    assert refused["failure"]["code"] == "PermissionDenied"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"name": "a"}, ["state is present but all of the following are missing: password, group"]),
        ({"name": "a", "password": "", "group": "g"}, ["password: is empty"]),
        ({"name": "a", "password": "x", "group": "a"}, ["group: 'a' is no group"]),
        ({"name": "admin", "password": "x", "group": "admin"}, ["name: 'admin' is who", "group: 'admin' is no"]),
        ({"name": "pg_a", "password": "x", "group": "g" * 64}, ["name: 'pg_a' is a name", "group: 'ggg"]),
    ],
)
def test_bad_input_is_refused_all_at_once(options: dict[str, Any], told: list[str]) -> None:
    found = problems("postgresql_login", {"login_host": "db", "login_user": "admin", **options})
    assert len(found) == len(told)
    for problem, words in zip(found, told, strict=True):
        assert words in problem
