# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may do what with the objects of a restored database: as it was, or refused. Private to this collection.

A dump holds rights as statements, for every kind of object and for what will be made. Where objects change their owner
with the restore, pg_restore can only leave all of them out, and what was closed to PUBLIC would be open. So they are
run one by one, and what the server says of each is looked at: a C(REVOKE) that revokes nothing is only a warning.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import load
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError

if t.TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[t.Any]

_NAME = r'(?:"(?:[^"]|"")+"|[^\s",;()]+)'
_GRANTEE = re.compile(
    rf"(?:GRANT|REVOKE|ALTER DEFAULT PRIVILEGES)\b.* (?:TO|FROM) ({_NAME})(?: WITH GRANT OPTION)?", re.DOTALL
)
_WHOSE_FUTURE = re.compile(rf"ALTER DEFAULT PRIVILEGES FOR ROLE ({_NAME}) ")
_GRANTOR = re.compile(rf"SET SESSION AUTHORIZATION ({_NAME})")
_CLOSES = re.compile(r"(?:REVOKE|ALTER DEFAULT PRIVILEGES\b.*? REVOKE)\b.* FROM PUBLIC", re.DOTALL)
_SYSTEMS = re.compile(r"\b(?:pg_catalog|information_schema)\.")
_NOT_DONE = frozenset({"01006", "01007"})
"""The warnings that a right was not revoked or not granted."""
_MEMBER = "SELECT rolname, pg_has_role(oid, 'MEMBER') FROM pg_catalog.pg_roles"


class Statement(t.NamedTuple):
    """One statement about rights.

    :param grantee: None for PUBLIC.
    :param owner: whose future objects it is about, None if it is about objects that are there.
    :param grantor: who has given the right, None if that is the owner of the object.
    """

    text: str
    grantee: str | None
    owner: str | None = None
    grantor: str | None = None

    @property
    def closes(self) -> bool:
        """Whether it takes something from everybody."""
        return bool(_CLOSES.fullmatch(self.text))


def split(script: str) -> list[str]:
    """Return the statements of a script that has names in quotes and comments to the end of a line, but no texts."""
    found, statement, quoted, position = [], "", False, 0
    while position < len(script):
        letter = script[position]
        if not quoted and (script.startswith("--", position) or (letter == "\\" and not statement.strip())):
            position = script.find("\n", position)
            if position < 0:
                break
            continue
        if letter == '"':
            quoted = not quoted
        if letter == ";" and not quoted:
            found.append(statement.strip())
            statement = ""
        else:
            statement += letter
        position += 1
    return [one for one in found if one]


def parse(script: str) -> list[Statement]:
    """Return the statements about rights in what pg_restore writes."""
    found, grantor = list[Statement](), None
    for text in split(script):
        if match := _GRANTOR.fullmatch(text):
            grantor = _plain(match[1])
        elif text.startswith("RESET SESSION AUTHORIZATION"):
            grantor = None
        elif match := _GRANTEE.fullmatch(text):
            grantee = None if match[1] == "PUBLIC" else _plain(match[1])
            future = _WHOSE_FUTURE.match(text)
            found.append(Statement(text, grantee, _plain(future[1]) if future else None, grantor))
    return found


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


class Outcome(t.NamedTuple):
    """What came of the statements.

    :param missing: the roles that the server does not have.
    :param told: what the server refused, in its words.
    """

    missing: list[str]
    told: list[str]


def apply(connection: Connection, statements: t.Sequence[Statement], remedy: str) -> Outcome:
    """Give the rights to those who are there.

    :param connection: to the restored database, in autocommit mode.
    :param remedy: what to do where something cannot be closed.
    :raises OperationsError: C(RightsNotRestored), where what was closed to everybody would be open.
    """
    roles: dict[str, bool] = dict(connection.execute(_MEMBER).fetchall())
    missing, told, notices = set[str](), list[str](), list[str]()

    def note(notice: t.Any) -> None:
        # What a notice says is gone once this returns.
        if notice.sqlstate in _NOT_DONE:
            notices.append(notice.message_primary)

    connection.add_notice_handler(note)
    try:
        with connection.transaction():
            for one in statements:
                lacking = _lacking(one, roles)
                if lacking:
                    missing |= lacking
                    continue
                notices.clear()
                if not (reason := _run(connection, one, roles, notices)):
                    continue
                said = f"{one.text}: {reason}"
                if one.closes and not _SYSTEMS.search(one.text):
                    raise OperationsError(
                        f"What was closed to everybody would be open after the restore: {said}",
                        code="RightsNotRestored",
                        remedy=remedy,
                    )
                told.append(said)
    finally:
        connection.remove_notice_handler(note)
    return Outcome(sorted(missing), told)


def _lacking(one: Statement, roles: t.Mapping[str, bool]) -> set[str]:
    lacking = {one.grantee} if one.grantee is not None and one.grantee not in roles else set()
    if one.owner is not None and one.owner not in roles:
        lacking |= {one.owner}
    return lacking


def _run(connection: Connection, one: Statement, roles: t.Mapping[str, bool], notices: list[str]) -> str:
    """Run a statement; return why it has done nothing, empty if it has done what it says."""
    sql, error = load("psycopg", "sql"), load("psycopg", "Error")
    try:
        with connection.transaction():
            if one.grantor and roles.get(one.grantor):
                connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(one.grantor)))
            connection.execute(t.cast("t.Any", one.text))
            if one.grantor:
                connection.execute("RESET ROLE")
    except error as exc:
        return exc.diag.message_primary or str(exc)
    return "; ".join(notices)
