# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a database is, beside what is in it: its locale, owner, settings, rights. No dump holds that. Private.

Source: U(https://www.postgresql.org/docs/current/catalog-pg-database.html). The columns of a locale differ between the
major versions, so a row is read as JSON and each version's names are looked for.
"""

from __future__ import annotations

import dataclasses
import typing as t

if t.TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[t.Any]

_PROVIDERS = {"c": "libc", "i": "icu", "b": "builtin"}
_HAS_PROVIDERS = 15
_HAS_RULES = 16
_HAS_BUILTIN = 17
_LISTS = frozenset(
    {
        "local_preload_libraries",
        "search_path",
        "session_preload_libraries",
        "shared_preload_libraries",
        "temp_tablespaces",
        "unix_socket_directories",
    }
)
"""Settings that are lists of names, which the server keeps quoted already."""

_DATABASE = """
SELECT to_jsonb(d), pg_encoding_to_char(d.encoding), pg_get_userbyid(d.datdba), s.spcname,
       shobj_description(d.oid, 'pg_database')
FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace s ON s.oid = d.dattablespace WHERE d.datname = %s
"""
_SETTINGS = """
SELECT r.rolname, s.setting FROM pg_catalog.pg_db_role_setting c
JOIN pg_catalog.pg_database d ON d.oid = c.setdatabase LEFT JOIN pg_catalog.pg_roles r ON r.oid = c.setrole
CROSS JOIN unnest(c.setconfig) WITH ORDINALITY AS s(setting, number)
WHERE d.datname = %s AND (c.setrole = 0 OR r.oid IS NOT NULL) ORDER BY 1 NULLS FIRST, s.number
"""
_GRANTS = """
SELECT r.rolname, a.privilege_type, a.is_grantable
FROM pg_catalog.pg_database d CROSS JOIN aclexplode(d.datacl) a LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
WHERE d.datname = %s AND (a.grantee = 0 OR r.oid IS NOT NULL) ORDER BY 1 NULLS FIRST, 2
"""
_ROLES = "SELECT rolname, pg_has_role(oid, 'MEMBER') FROM pg_catalog.pg_roles WHERE rolname = ANY(%s)"
_TABLESPACES = "SELECT EXISTS (SELECT FROM pg_catalog.pg_tablespace WHERE spcname = %s)"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Locale:
    """How text is kept and compared.

    :param provider: C(libc), C(icu) or C(builtin).
    :param locale: of C(icu) and C(builtin); libc has its collation and ctype.
    :param rules: further ones of ICU.
    """

    encoding: str
    collation: str
    ctype: str
    provider: str = "libc"
    locale: str | None = None
    rules: str | None = None

    def __str__(self) -> str:
        """Say it in words."""
        named = f"{self.provider} {self.locale}" if self.locale else f"collation {self.collation}"
        return f"{named}{' with rules of its own' if self.rules else ''} with encoding {self.encoding}"

    def clauses(self, server: int) -> list[tuple[str, str]]:
        """Return the clauses of C(CREATE DATABASE), each a keyword and its value.

        :param server: the major version of the server that is to create it.
        """
        found = [("ENCODING", self.encoding), ("LC_COLLATE", self.collation), ("LC_CTYPE", self.ctype)]
        if server < _HAS_PROVIDERS and self.provider == "libc":
            return found
        found.append(("LOCALE_PROVIDER", self.provider))
        if self.locale is not None:
            found.append(("BUILTIN_LOCALE" if self.provider == "builtin" else "ICU_LOCALE", self.locale))
        if self.rules is not None:
            found.append(("ICU_RULES", self.rules))
        return found

    def fits(self, server: int) -> bool:
        """Return whether servers of a major version know such a locale at all."""
        needed = {"libc": 0, "icu": _HAS_PROVIDERS, "builtin": _HAS_BUILTIN}[self.provider]
        return server >= max(needed, _HAS_RULES if self.rules is not None else 0)

    @property
    def plain(self) -> Locale:
        """The same without what only newer servers or other builds have."""
        return dataclasses.replace(self, provider="libc", locale=None, rules=None)


class Setting(t.NamedTuple):
    """What C(ALTER DATABASE ... SET) or C(ALTER ROLE ... IN DATABASE ... SET) has set.

    :param role: None for everybody's.
    """

    role: str | None
    name: str
    value: str


class Right(t.NamedTuple):
    """What somebody may do with the database.

    :param grantee: None for PUBLIC.
    """

    grantee: str | None
    privilege: str
    grantable: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class Database:
    """All of it.

    :param connection_limit: -1 is none.
    :param rights: None are those that every database has at first.
    """

    locale: Locale
    owner: str = ""
    tablespace: str = "pg_default"
    connection_limit: int = -1
    comment: str | None = None
    settings: tuple[Setting, ...] = ()
    rights: tuple[Right, ...] | None = None

    def represent(self) -> dict[str, t.Any]:
        """Return it as a manifest keeps it. The values of settings may be secrets, so no result may show them."""
        return dataclasses.asdict(self)

    def of_its_own(self, other: Database) -> Database:
        """Return what this one has set itself, and of all else what the other has."""
        set_here = {(one.role, one.name) for one in self.settings}
        return dataclasses.replace(
            self,
            connection_limit=other.connection_limit if self.connection_limit == -1 else self.connection_limit,
            comment=other.comment if self.comment is None else self.comment,
            settings=(*self.settings, *(one for one in other.settings if (one.role, one.name) not in set_here)),
            rights=other.rights if self.rights is None else self.rights,
        )

    @property
    def search_path(self) -> str:
        """The schemas that a session looks in if it says nothing itself."""
        found = [one.value for one in self.settings if one.role is None and one.name == "search_path"]
        return found[0] if found else '"$user", public'


def parse(stored: t.Any) -> Database | None:
    """Return what a manifest keeps, None where it keeps nothing.

    :raises ValueError: when that is not what C(Database.represent) returns.
    """
    if stored is None:
        return None
    try:
        rights = stored["rights"]
        found = Database(
            **{
                **stored,
                "locale": Locale(**stored["locale"]),
                "settings": tuple(Setting(*one) for one in stored["settings"]),
                "rights": None if rights is None else tuple(Right(*one) for one in rights),
            }
        )
    except (TypeError, KeyError) as exc:
        raise ValueError(f"no properties of a database: {exc}") from exc
    texts = [found.owner, found.tablespace, found.locale.encoding, found.locale.collation, found.locale.ctype]
    texts += [value for one in found.settings for value in one[1:]] + [one.privilege for one in found.rights or ()]
    if not all(isinstance(text, str) for text in texts) or not isinstance(found.connection_limit, int):
        raise ValueError("no properties of a database: a value has another type")
    return found


def read(connection: Connection, name: str) -> Database | None:
    """Return the properties of a database of a connection's server, None where there is none of that name."""
    row = connection.execute(_DATABASE, (name,)).fetchone()
    if row is None:
        return None
    columns, encoding, owner, tablespace, comment = row
    settings = connection.execute(_SETTINGS, (name,)).fetchall()
    rights = connection.execute(_GRANTS, (name,)).fetchall()
    locale = Locale(
        encoding=encoding,
        collation=columns["datcollate"],
        ctype=columns["datctype"],
        provider=_PROVIDERS.get(columns.get("datlocprovider", "c"), "libc"),
        locale=columns.get("datlocale") or columns.get("daticulocale"),
        rules=columns.get("daticurules"),
    )
    return Database(
        locale=locale,
        owner=owner,
        tablespace=tablespace,
        connection_limit=columns["datconnlimit"],
        comment=comment,
        settings=tuple(Setting(role, *setting.split("=", 1)) for role, setting in settings),
        rights=tuple(Right(*one) for one in rights) if columns["datacl"] is not None else None,
    )


def names(value: str) -> list[str]:
    """Return the names in the value of a setting that is a list, without their quotes."""
    found, name, quoted = [], "", False
    position = 0
    while position < len(value):
        letter = value[position]
        if letter == '"' and quoted and value[position + 1 : position + 2] == '"':
            name += '"'
            position += 1
        elif letter == '"':
            quoted = not quoted
        elif letter == "," and not quoted:
            found.append(name)
            name = ""
        elif quoted or not letter.isspace():
            name += letter
        position += 1
    return [*found, name] if value.strip() else []


class Provider:
    """Gives a new database what it is to have, and says what it could not give.

    :param server: a connection to another database of the server.
    :param name: the new database's.
    """

    def __init__(self, server: Connection, name: str, wanted: Database) -> None:
        self._server, self._name, self._wanted = server, name, wanted
        mentioned = {wanted.owner, *(one.role for one in wanted.settings), *(one[0] for one in wanted.rights or ())}
        self._roles = dict(server.execute(_ROLES, ([role for role in mentioned if role],)).fetchall())
        self.problems: list[str] = []

    def create(self, locale: Locale | None) -> None:
        """Create the database, closed to everybody but its owner.

        :param locale: None for the server's own.
        """
        from psycopg import sql

        wanted, problems = self._wanted, list[str]()
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(self._name))
        if self._roles.get(wanted.owner):
            statement += sql.SQL(" OWNER {}").format(sql.Identifier(wanted.owner))
        elif wanted.owner:
            problems.append(f"its owner {wanted.owner}, which is no role that whoever restores belongs to")
        if wanted.tablespace != "pg_default":
            there = self._server.execute(_TABLESPACES, (wanted.tablespace,)).fetchone()
            if there and there[0]:
                statement += sql.SQL(" TABLESPACE {}").format(sql.Identifier(wanted.tablespace))
            else:
                problems.append(f"its tablespace {wanted.tablespace}, which the server does not have")
        for keyword, value in locale.clauses(self._server.info.server_version // 10000) if locale else ():
            # A provider is a keyword; the others are text.
            plain = sql.SQL(t.cast("t.Any", value)) if keyword == "LOCALE_PROVIDER" else sql.Literal(value)
            statement += sql.SQL(t.cast("t.Any", f" {keyword} ")) + plain
        self._server.execute(statement)
        self.problems = problems

    def close(self) -> None:
        """Take it from everybody but its owner, so that nobody is in it before its rights are what they were."""
        from psycopg import sql

        self._server.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(self._name)))

    def open(self) -> None:
        """Give everybody the rights in it that they are to have."""
        from psycopg import sql

        name, rights = sql.Identifier(self._name), self._wanted.rights
        if rights is None:
            rights = (Right(None, "CONNECT", False), Right(None, "TEMPORARY", False))
        else:
            owner = sql.SQL("REVOKE ALL ON DATABASE {} FROM {}")
            now = self._server.execute(
                "SELECT pg_get_userbyid(datdba) FROM pg_catalog.pg_database WHERE datname = %s", (self._name,)
            ).fetchone()
            if now and now[0] == self._wanted.owner:
                self._server.execute(owner.format(name, sql.Identifier(now[0])))
        for one in rights:
            if one.grantee is not None and one.grantee not in self._roles:
                self.problems.append(f"{one.privilege} for {one.grantee}, which the server does not have")
                continue
            to = sql.SQL("PUBLIC") if one.grantee is None else sql.Identifier(one.grantee)
            statement = sql.SQL(t.cast("t.Any", f"GRANT {one.privilege} ON DATABASE {{}} TO {{}}")).format(name, to)
            self._server.execute(statement + sql.SQL(" WITH GRANT OPTION" if one.grantable else ""))

    def settle(self) -> None:
        """Set what would have been in the way of restoring: settings and the limit of connections."""
        from psycopg import sql

        name = sql.Identifier(self._name)
        for one in self._wanted.settings:
            if one.role is not None and one.role not in self._roles:
                self.problems.append(f"{one.name} of {one.role}, which the server does not have")
                continue
            whose = sql.SQL("DATABASE {}").format(name)
            if one.role is not None:
                whose = sql.SQL("ROLE {} IN DATABASE {}").format(sql.Identifier(one.role), name)
            values = names(one.value) if one.name in _LISTS else [one.value]
            statement = sql.SQL("ALTER {} SET {} TO {}").format(
                whose,
                sql.SQL(".").join(map(sql.Identifier, one.name.split("."))),
                sql.SQL(", ").join(map(sql.Literal, values or [""])),
            )
            self._try(statement, f"{one.name}{f' of {one.role}' if one.role else ''}", one.value)
        if self._wanted.connection_limit != -1:
            limit = sql.Literal(self._wanted.connection_limit)
            limiting = sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}").format(name, limit)
            self._try(limiting, "its limit of connections", "")

    def _try(self, statement: t.Any, what: str, secret: str) -> None:
        from psycopg import Error

        try:
            self._server.execute(statement)
        except Error as exc:
            reason = (exc.diag.message_primary or str(exc)).replace(secret or "\0", "********")
            self.problems.append(f"{what} ({reason})")
