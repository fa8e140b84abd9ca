"""The module postgresql_login on a real server, signed in to without a superuser's rights, as in Azure."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.support.database import Database
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
