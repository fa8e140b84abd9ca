# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose the objects of a database are, and who can read them therefore. Private to this collection.

What logins of a group make belongs to the group, whichever of them was signed in: a session of theirs begins as the
group (U(https://www.postgresql.org/docs/16/sql-alterrole.html)), and what a login owns all the same is handed over.
"""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import Params

if t.TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[t.Any]

_SHOWN = 5
_SECONDS_FOR_A_LOCK = 10
# Since then, a membership says whether it gives the rights of a role, and whether one may become it.
_HAS_OPTIONS = 160000

_OWNED = """
SELECT r.rolname, count(*)
FROM pg_catalog.pg_shdepend d JOIN pg_catalog.pg_roles r ON r.oid = d.refobjid
JOIN pg_catalog.pg_auth_members m ON m.member = r.oid AND m.roleid = %(group)s::oid
JOIN pg_catalog.pg_database b ON b.oid = d.dbid AND b.datname = current_database()
WHERE d.refclassid = 'pg_catalog.pg_authid'::regclass AND d.deptype = 'o' AND r.rolname <> current_user
GROUP BY r.rolname ORDER BY 1
"""

# What pg_dump reads, or locks, and this role may not, or not the whole of it.
_UNREADABLE = """
SELECT format('%I.%I', n.nspname, c.relname), pg_get_userbyid(c.relowner)::text, row_security_active(c.oid)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
  AND (NOT has_schema_privilege(n.oid, 'USAGE') OR row_security_active(c.oid) OR NOT
       CASE c.relkind WHEN 'S' THEN has_sequence_privilege(c.oid, 'SELECT')
                      ELSE has_table_privilege(c.oid, 'SELECT') END)
ORDER BY 1
"""


class Unreadable(t.NamedTuple):
    """A table or a sequence that the connected role cannot read, or not the whole of it.

    :ivar name: with its schema, quoted where it has to be.
    :ivar by_policy: whether policies of the table hide rows.
    """

    name: str
    owner: str
    by_policy: bool


def owned(connection: Connection, group: int) -> dict[str, int]:
    """Return how many objects of the connected database belong to each login of a group, instead of to the group."""
    return dict(connection.execute(_OWNED, {"group": group}).fetchall())


def lacks_rights_of(connection: Connection, group: int) -> bool:
    """Return whether the connected role has not all rights of a group, and so not those of its owner."""
    wanted = ["USAGE", "SET"] if connection.info.server_version >= _HAS_OPTIONS else ["USAGE"]
    query = "SELECT bool_and(pg_has_role(%s::oid, right_)) FROM unnest(%s::text[]) right_"
    row = connection.execute(query, (group, wanted)).fetchone() if group else None
    return not (row and row[0])


def take_rights_of(connection: Connection, role: str) -> None:
    """Give the connected role all rights of another one."""
    from psycopg import sql

    options = " WITH INHERIT TRUE, SET TRUE" if connection.info.server_version >= _HAS_OPTIONS else ""
    statement = sql.SQL(t.cast("t.Any", f"GRANT {{}} TO CURRENT_USER{options}"))
    connection.execute(statement.format(sql.Identifier(role)))


def hand_over(connection: Connection, login: str, group: str) -> None:
    """Let everything that a login owns in the connected database belong to its group: all of it, or none.

    :raises OperationsError: C(OwnerNotChanged) with the command that does it.
    """
    import psycopg
    from psycopg import sql

    one, all_of_them = sql.Identifier(login), sql.Identifier(group)
    command = sql.SQL("REASSIGN OWNED BY {} TO {}").format(one, all_of_them)
    try:
        with connection.transaction():
            # A lock that is waited for keeps everybody out who comes later.
            connection.execute("SELECT set_config('lock_timeout', %s, true)", (f"{_SECONDS_FOR_A_LOCK}s",))
            row = connection.execute("SELECT pg_has_role(%s, 'USAGE')", (login,)).fetchone()
            if row and row[0]:
                connection.execute(command)
            else:
                take_rights_of(connection, login)
                connection.execute(command)
                connection.execute(sql.SQL("REVOKE {} FROM CURRENT_USER").format(one))
    except psycopg.Error as exc:
        raise OperationsError(
            f"What the login {login} owns cannot be given to {group}: {exc.diag.message_primary or exc}",
            code="OwnerNotChanged",
            remedy=f"Nothing of it was changed, and the login works. Run it again when nobody uses the tables; where "
            f"rights are missing, grant {group} CREATE on the schema, then: {command.as_string(connection)}.",
        ) from exc


def unreadable(connection: Connection) -> list[Unreadable]:
    """Return what a dump of the connected database would fail at."""
    return [Unreadable(*row) for row in connection.execute(t.cast("t.Any", _UNREADABLE)).fetchall()]


def require_readable(connection: Connection, params: Params) -> None:
    """Refuse a dump that would fail.

    :param params: the connection options.
    :raises OperationsError: C(NotReadable) or C(RowSecurity) with the commands that mend it.
    """
    if found := unreadable(connection):
        raise refusal(found, str(params["login_user"]))


def refusal(found: t.Sequence[Unreadable], user: str) -> OperationsError:
    """Return why a database cannot be dumped, and what to do about it. Pure.

    :param found: what cannot be read; not empty.
    :param user: who would dump it.
    """
    foreign = [one for one in found if not one.by_policy]
    details = {"unreadable": [one._asdict() for one in found]}
    if not foreign:
        names = [one.name for one in found]
        return OperationsError(
            f"Policies hide rows of {_list(names)} from {user}, so they would be missing in the backup",
            code="RowSecurity",
            remedy=f"Let {user} own the table, and policies not bind its owner: ALTER TABLE {names[0]} OWNER TO "
            f"{_quoted(user)}; ALTER TABLE {names[0]} NO FORCE ROW LEVEL SECURITY. They bind the backend all the same.",
            details=details,
        )
    owners = sorted({one.owner for one in foreign})
    grants = "; ".join(f"GRANT {_quoted(owner)} TO {_quoted(user)}" for owner in owners)
    return OperationsError(
        f"{user} may not read {_list([f'{one.name} (of {one.owner})' for one in foreign])}",
        code="NotReadable",
        remedy="What a login of the backend has made is given to its group by: "
        f"ansible-playbook playbooks/provision_database.yml --limit <host>. For other owners: {grants}.",
        details=details,
    )


def _list(names: t.Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
