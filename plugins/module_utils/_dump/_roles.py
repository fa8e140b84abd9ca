# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles of a server: told beside a dump, without any password, and made where they are missing. Private.

A dump names the owners of its objects and who may do what with them, but roles are the server's and not in it.
"""

from __future__ import annotations

import dataclasses
import typing as t

if t.TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[t.Any]

# Superusers are the service's own, as are roles with names that nobody else may take.
_ROLES = """
SELECT r.rolname, r.rolcanlogin, r.rolcreatedb, r.rolcreaterole, r.rolconnlimit,
       ARRAY(SELECT g.rolname FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles g ON g.oid = m.roleid
             WHERE m.member = r.oid AND g.rolname !~ '^(pg_|azure)' ORDER BY 1)::text[]
FROM pg_catalog.pg_roles r
WHERE NOT r.rolsuper AND NOT r.rolreplication AND r.rolname !~ '^(pg_|azure)' ORDER BY 1
"""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Role:
    """A role as a dump's manifest tells it; nothing of it is a secret.

    :param login: whether it may log in. Where it is made again it has no password, so that it cannot until it gets one.
    :param connection_limit: -1: none.
    :param member_of: the groups it belongs to.
    """

    name: str
    login: bool
    createdb: bool
    createrole: bool
    connection_limit: int
    member_of: tuple[str, ...]

    def represent(self) -> dict[str, t.Any]:
        """Return it as a manifest has it."""
        return {**dataclasses.asdict(self), "member_of": list(self.member_of)}


def read(connection: Connection) -> list[Role]:
    """Return the roles of a server, by name."""
    rows = connection.execute(t.cast("t.Any", _ROLES)).fetchall()
    return [
        Role(name=name, login=login, createdb=db, createrole=role, connection_limit=limit, member_of=tuple(groups))
        for name, login, db, role, limit, groups in rows
    ]


def parse(stored: t.Any) -> list[Role]:
    """Return roles as they stand in a manifest; none where that is of an earlier version.

    :raises ValueError: when they are not such.
    """
    if stored is None:
        return []
    try:
        return [Role(**{**one, "member_of": tuple(one["member_of"])}) for one in stored]
    except (TypeError, KeyError) as exc:
        raise ValueError("these are no roles") from exc


def provide(connection: Connection, wanted: t.Sequence[Role]) -> list[str]:
    """Make the roles that are missing, and their memberships; return their names.

    Who makes them becomes a member, so that objects can be given to them. A role that is there stays as it is.
    """
    from psycopg import sql

    there = {one.name for one in read(connection)}
    missing = [one for one in wanted if one.name not in there]
    for one in missing:
        connection.execute(
            sql.SQL("CREATE ROLE {} {} {} {} CONNECTION LIMIT {}").format(
                sql.Identifier(one.name),
                sql.SQL("LOGIN" if one.login else "NOLOGIN"),
                sql.SQL("CREATEDB" if one.createdb else "NOCREATEDB"),
                sql.SQL("CREATEROLE" if one.createrole else "NOCREATEROLE"),
                sql.Literal(one.connection_limit),
            )
        )
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(one.name)))
    known = there | {one.name for one in missing}
    for one in missing:
        for group in one.member_of:
            if group in known:
                names = map(sql.Identifier, (group, one.name))
                connection.execute(sql.SQL("GRANT {} TO {}").format(*names))
    return [one.name for one in missing]
