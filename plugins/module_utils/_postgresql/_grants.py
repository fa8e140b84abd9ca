# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a group needs to read and write everything in a database, and nothing more. Private to this collection.

Rights on what is there, and default rights on what the role that is connected will make: so migrations grant nothing.
Only what that role may grant is looked at; the system's and extensions' objects are readable for everybody anyway.
Source: U(https://www.postgresql.org/docs/16/ddl-priv.html).
"""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[t.Any]

_TABLE = ("SELECT", "INSERT", "UPDATE", "DELETE")
_SEQUENCE = ("USAGE", "SELECT", "UPDATE")
_DATABASE = ("CONNECT", "TEMPORARY")
_SCHEMA = ("USAGE",)

_OWN_SCHEMAS = """n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND pg_has_role(n.nspowner, 'USAGE')"""
_OWN_RELATIONS = """
n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relpersistence <> 't'
AND pg_has_role(c.relowner, 'USAGE')
AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
"""


def _all(function: str, oid: str, privileges: tuple[str, ...]) -> str:
    # Several privileges in one call would ask for any of them.
    return " AND ".join(f"{function}(%(group)s::oid, {oid}, '{privilege}')" for privilege in privileges)


# What is to be granted on, as it stands in a statement, where the group lacks any of the rights.
_LACKING = f"""
SELECT 'database', 'DATABASE ' || quote_ident(datname), '{", ".join(_DATABASE)}'
FROM pg_catalog.pg_database
WHERE datname = current_database() AND NOT ({_all("has_database_privilege", "oid", _DATABASE)})
UNION ALL
SELECT 'schemas', 'SCHEMA ' || quote_ident(n.nspname), '{", ".join(_SCHEMA)}'
FROM pg_catalog.pg_namespace n
WHERE {_OWN_SCHEMAS} AND NOT ({_all("has_schema_privilege", "n.oid", _SCHEMA)})
UNION ALL
SELECT 'tables', format('TABLE %%I.%%I', n.nspname, c.relname), '{", ".join(_TABLE)}'
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {_OWN_RELATIONS}
  AND NOT ({_all("has_table_privilege", "c.oid", _TABLE)})
UNION ALL
SELECT 'sequences', format('SEQUENCE %%I.%%I', n.nspname, c.relname), '{", ".join(_SEQUENCE)}'
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND {_OWN_RELATIONS} AND NOT ({_all("has_sequence_privilege", "c.oid", _SEQUENCE)})
"""

_DEFAULTS = """
SELECT d.defaclobjtype::text, a.privilege_type
FROM pg_catalog.pg_default_acl d JOIN pg_catalog.pg_roles r ON r.oid = d.defaclrole, aclexplode(d.defaclacl) a
WHERE r.rolname = current_user AND d.defaclnamespace = 0 AND a.grantee = %(group)s::oid
"""
_FUTURE = {"r": ("TABLES", _TABLE), "S": ("SEQUENCES", _SEQUENCE), "n": ("SCHEMAS", _SCHEMA)}


class Grant(t.NamedTuple):
    """Rights that a group lacks.

    :param kind: of what they are on: C(database), C(schemas), C(tables), C(sequences), or C(what comes).
    :param statement: lacks the name of the group at its end.
    """

    kind: str
    statement: str


def lacking(connection: Connection, group: int) -> list[Grant]:
    """Return what a group lacks in the database of a connection.

    :param group: the group's oid; 0, which is PUBLIC's, for one that does not exist yet.
    """
    names = {"group": group}
    rows = connection.execute(t.cast("t.Any", _LACKING), names).fetchall()
    grants = [Grant(kind, f"GRANT {rights} ON {what} TO ") for kind, what, rights in sorted(rows)]
    there = set(connection.execute(t.cast("t.Any", _DEFAULTS), names).fetchall())
    for kind, (what, rights) in _FUTURE.items():
        if not {(kind, right) for right in rights} <= there:
            wanted = ", ".join(rights)
            grants.append(Grant("what comes", f"ALTER DEFAULT PRIVILEGES GRANT {wanted} ON {what} TO "))
    return grants


def grant(connection: Connection, group: str, grants: list[Grant]) -> None:
    """Give a group that exists what it lacks."""
    from psycopg import sql

    for one in grants:
        connection.execute(sql.SQL(t.cast("t.Any", one.statement)) + sql.Identifier(group))


def role(connection: Connection, name: str) -> int:
    """Return the oid of a role, 0 where there is none of that name."""
    row = connection.execute("SELECT oid FROM pg_catalog.pg_roles WHERE rolname = %s", (name,)).fetchone()
    return int(row[0]) if row else 0
