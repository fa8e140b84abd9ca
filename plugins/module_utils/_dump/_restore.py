# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A dump is restored: into a new database, compared with its manifest, then swapped in by renaming. Private."""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import hashlib
import os
import pathlib
import secrets
import shutil
import tempfile
import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import load
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import (
    _catalogue,
    _contents,
    _database_properties,
    _restore_list,
    _restore_rights,
    _roles,
    _spec,
    _versions,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._destination import Destination
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._manifest import Dump
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._owner import Owner
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._programs import Program
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._restore_fill import Filling
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import (
    _connection as _postgresql_connection,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _grants as _postgresql_grants

_LONGEST_NAME = 63
_SWAP_SECONDS = 60.0
_TOLD = 5
"""How many refused rights are told one by one: of a service's own objects there may be many."""
_NO_SUCH_LOCALE = frozenset({"22023", "42704", "42809"})
"""What servers answer to a locale or an encoding that they do not have."""

# Those of superusers are the service's own, and not ours to end; PostgreSQL itself ends autovacuum.
_END_CLIENTS = """
SELECT count(pg_terminate_backend(a.pid))
FROM pg_catalog.pg_stat_activity a JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid
WHERE a.datname = %s AND a.backend_type = 'client backend' AND NOT r.rolsuper
"""
# A name proves nothing: somebody else's database may have it. What a restore makes bears its comment.
_LEFTOVERS = """
SELECT datname, coalesce(shobj_description(oid, 'pg_database') = ANY(%s), false)
FROM pg_catalog.pg_database WHERE datname ~ ('^' || %s || '_(restoring|replaced)_[0-9a-f]{8}$') ORDER BY 1
"""
_MARKS = {
    "restoring": "codexdominion.azure restore into {}: not finished, goes when its run or the next one ends",
    "replaced": "codexdominion.azure restore into {}: replaced, goes when its run or the next one ends",
}


@dataclasses.dataclass(frozen=True)
class _Target:
    """The database to restore into, as it was found.

    :param properties: None if there is no such database.
    :param leftovers: databases that killed runs have left beside it.
    """

    properties: _database_properties.Database | None
    is_empty: bool
    schema_version: str | None
    leftovers: tuple[str, ...] = ()


class _Restorer:
    """What one run needs to restore a dump."""

    def __init__(self, ctx: Context, found: _catalogue.Found, destination: Destination, server: _contents.Connection):
        self.ctx, self.params, self.server, self.destination = ctx, ctx.params, server, destination
        self.manifest: Dump = t.cast(Dump, found.manifest)
        self.found = found
        self.database: str = ctx.params["login_db"]
        self.label = _postgresql_connection.label(ctx.params)
        self.deadline = time.monotonic() + ctx.timeout
        self.pg_restore = Program("pg_restore", ctx.params["bin_dir"])

    @property
    def left(self) -> float:
        """How many seconds are left."""
        return max(0.0, self.deadline - time.monotonic())

    def named(self, word: str) -> str:
        """Return a new name for a database beside the one to restore."""
        ending = f"_{word}_{secrets.token_hex(4)}"
        return self.base + ending

    def mark(self, word: str) -> str:
        """Return the comment that says that a database is a restore's, and may be removed by the next one."""
        return _MARKS[word].format(self.database)

    @property
    def base(self) -> str:
        """What the names of databases beside the one to restore begin with, and no other database's do."""
        room = _LONGEST_NAME - len("_restoring_00000000")
        name = self.database.encode()
        if len(name) <= room:
            return self.database
        digest = hashlib.sha256(name).hexdigest()[:8]
        return f"{name[: room - len(digest) - 1].decode(errors='ignore')}_{digest}"

    def execute(self, query: str, *names: str) -> None:
        """Run a statement on the server, with names of databases and roles in the place of each C({})."""
        sql = load("psycopg", "sql")
        self.server.execute(sql.SQL(query).format(*(sql.Identifier(name) for name in names)))

    def comment(self, database: str, text: str | None) -> None:
        """Set the comment on a database."""
        sql = load("psycopg", "sql")
        statement = sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(database), sql.Literal(text))
        self.server.execute(statement)

    def of(self, database: str) -> dict[str, t.Any]:
        """Return the connection options for another database."""
        return {**self.params, "login_db": database}


def restore(ctx: Context) -> dict[str, t.Any]:
    """Restore a dump, or in check mode find out whether it could be.

    :raises OperationsError: whatever went wrong; the database then is as it was before.
    """
    began = time.monotonic()
    params = ctx.params
    destination = _spec.destination(ctx)
    if ctx.assumes_empty():
        if params["assume_version"]:
            imagined = _catalogue.get(destination, params["name"], params["prefix"], Owner.of(params))
            program, version = Program("pg_restore", params["bin_dir"]).major, _versions.major(params["assume_version"])
            _refuse_versions(imagined, program, version, f"a server of PostgreSQL {version}")
        return _imagined(params, destination.where)
    found = _catalogue.get(destination, params["name"], params["prefix"], Owner.of(params))
    elsewhere = {**params, "login_db": params["maintenance_db"]}
    with contextlib.closing(_postgresql_connection.connect(elsewhere, autocommit=True)) as server:
        run = _Restorer(ctx, found, destination, server)
        with _contents.errors(params, f"Restoring {run.label}"):
            _contents.be_patient(server)
            _refuse_versions(run.found, run.pg_restore.major, server.info.server_version // 10000, run.label)
            target = _look(run)
            _refuse_overwriting(run, target)
            tables = run.manifest.tables if ctx.check_mode else _restore(run, target)
            if ctx.check_mode and target.leftovers:
                ctx.warn(f"what killed restores have left would be removed: {', '.join(target.leftovers)}")
    done = "would be" if ctx.check_mode else "was"
    replaced = target.properties is not None and not target.is_empty
    return {
        "changed": True,
        "impact": "data_loss" if replaced else "none",
        "message": f"{found.name} {done} restored into {run.label}",
        "backup": found.represent(),
        "where": destination.where,
        "database": run.database,
        "created": target.properties is None,
        "replaced": replaced,
        "tables": tables,
        "rows": sum(tables.values()),
        "removed_leftovers": list(target.leftovers),
        "duration_seconds": round(time.monotonic() - began, 3),
    }


def _imagined(params: dict[str, t.Any], where: str) -> dict[str, t.Any]:
    """Return what is known beforehand of a restore into a server that is still to be created."""
    label = _postgresql_connection.label(params)
    return {
        "changed": True,
        "impact": "none",
        "message": f"{params['name']} would be restored into {label}",
        "backup": None,
        "where": where,
        "database": params["login_db"],
        "created": True,
        "replaced": False,
        "tables": {},
        "rows": 0,
        "removed_leftovers": [],
        "duration_seconds": 0.0,
    }


def _refuse_versions(found: _catalogue.Found, program: int, target: int, where: str) -> None:
    manifest = t.cast(Dump, found.manifest)
    origin = _versions.Origin.of(manifest.server_version, manifest.pg_dump_version)
    if problem := _versions.problem_of(origin, program=program, target=target):
        raise _versions.refusal(problem, f"{found.name} is not restored into {where}")


def _look(run: _Restorer) -> _Target:
    leftovers = _leftovers(run)
    properties = _database_properties.read(run.server, run.database)
    if properties is None:
        return _Target(None, True, None, leftovers)
    with contextlib.closing(_postgresql_connection.connect(run.params, autocommit=True)) as connection:
        version = _contents.schema_version(connection, run.params["migrations_table"])
        return _Target(properties, _contents.is_empty(connection), version, leftovers)


def _refuse_overwriting(run: _Restorer, target: _Target) -> None:
    if target.is_empty or run.params["overwrite"]:
        return
    theirs, ours = run.manifest.schema_version, target.schema_version
    newer = _contents.is_newer(ours, theirs)
    schema = f", and its schema is of version {ours}, newer than the dump's, {theirs or 'none'}" if newer else ""
    raise OperationsError(
        f"The {run.label} is not empty{schema}",
        code="SchemaNewer" if newer else "DatabaseNotEmpty",
        remedy=f"Restore into another database, or set overwrite to true: all that is in {run.database} is lost then.",
    )


def _restore(run: _Restorer, target: _Target) -> dict[str, int]:
    """Restore beside the database, compare, swap; return the rows of each table."""
    lock = "SELECT pg_try_advisory_lock(hashtext('codexdominion.azure restore'), hashtext(%s))"
    if not _contents.value(run.server, lock, run.database):
        raise OperationsError(
            f"Another run restores {run.label}", code="RestoreRunning", remedy="Wait until it has ended."
        )
    _drop_leftovers(run, target)
    with _file(run) as path:
        if run.params["roles"] and (made := _roles.provide(run.server, _roles.parse(run.manifest.roles))):
            run.ctx.warn(f"roles that were missing were made, without a password: {', '.join(made)}")
        new = run.named("restoring")
        filling = Filling(path, run.of(new), run.params["bin_dir"], lambda: run.left)
        wanted = _wanted(run, target)
        provider = _database_properties.Provider(run.server, new, wanted)
        try:
            _create(run, provider, wanted)
            run.comment(new, run.mark("restoring"))
            provider.close()
            run.ctx.report(f"{run.label}: restoring {run.found.name}")
            filling.run(wanted)
            _give_rights(run, new, filling)
            tables = _restore_list.rows(filling.entries, run.manifest.tables) if filling.is_part else None
            tables = _compare(run, new, run.manifest.tables if tables is None else tables)
            provider.open()
            _grant(run, new)
            provider.settle()
            old = _swap(run, new, target, wanted.comment)
        except BaseException:
            with contextlib.suppress(load("psycopg", "Error")):  # the next run removes what this one cannot
                run.execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", new)
            raise
    if provider.problems:
        run.ctx.warn(f"{run.database} has not got all that it had: {'; '.join(provider.problems)}")
    if old:
        try:
            run.execute("DROP DATABASE {} WITH (FORCE)", old)
        except load("psycopg", "Error") as exc:
            run.ctx.warn(f"what was in {run.database} before could not be removed and is in database {old}: {exc}")
    return tables


def _leftovers(run: _Restorer) -> tuple[str, ...]:
    """Return what killed runs for the same database have left, and say what only looks so."""
    escaped = "".join(letter if letter.isalnum() or letter == "_" else f"\\{letter}" for letter in run.base)
    found = run.server.execute(_LEFTOVERS, ([run.mark(word) for word in _MARKS], escaped)).fetchall()
    if strangers := [name for name, is_ours in found if not is_ours]:
        run.ctx.warn(
            f"{', '.join(strangers)} may be what a killed restore has left, but no comment says so, so it stays; if"
            " nobody needs it, remove it with: DROP DATABASE"
        )
    return tuple(name for name, is_ours in found if is_ours)


def _drop_leftovers(run: _Restorer, target: _Target) -> None:
    """Remove what killed runs for the same database left; the lock says that none of them goes on."""
    if target.leftovers:
        told = f"removing what killed restores have left: {', '.join(target.leftovers)}"
        run.ctx.report(told)
        run.ctx.warn(told)
    for name in target.leftovers:
        run.execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


@contextlib.contextmanager
def _file(run: _Restorer) -> t.Iterator[str]:
    """Yield the path of the dump on this host, its checksum verified.

    :raises OperationsError: C(BackupCorrupted).
    """
    source = run.destination.read(run.found.name.dump)
    if path := run.destination.path(run.found.name.dump):
        run.ctx.report(f"reading {run.found.name}")
        _refuse_corrupted(run, *_catalogue.checksum(source))
        yield path
        return
    folder = pathlib.Path(run.params["temp_dir"] or tempfile.gettempdir())
    with _space(folder, run.manifest.size_bytes):
        descriptor, name = tempfile.mkstemp(".dump", "codex-", folder)
    try:
        digest, size = hashlib.sha256(), 0
        with _space(folder, 0), os.fdopen(descriptor, "wb") as file:
            for chunk in source:
                digest.update(chunk)
                file.write(chunk)
                size += len(chunk)
        _refuse_corrupted(run, digest.hexdigest(), size)
        yield name
    finally:
        pathlib.Path(name).unlink(missing_ok=True)


@contextlib.contextmanager
def _space(folder: pathlib.Path, size: int) -> t.Iterator[None]:
    """Say what is wrong when a temporary file does not fit."""
    try:
        if shutil.disk_usage(folder).free < size:
            raise OSError(f"the dump has {size >> 20} MB")
        yield
    except OSError as exc:
        raise OperationsError(
            f"The dump cannot be downloaded to {folder}: {exc.strerror or exc}",
            code="TemporaryDirectoryFull",
            remedy="Make room there, or set temp_dir to a directory with enough space.",
        ) from exc


def _refuse_corrupted(run: _Restorer, sha256: str, size: int) -> None:
    if problem := _catalogue.problem_with_content(run.manifest, sha256, size):
        raise OperationsError(
            f"The backup {run.found.name} in {run.destination.where} is damaged: {problem}",
            code="BackupCorrupted",
            remedy="Restore another backup, and check the storage.",
        )


def _wanted(run: _Restorer, target: _Target) -> _database_properties.Database:
    """Return what the new database is to be.

    Its locale is the one that was dumped: what is unique under one may not be under another. All else is of the
    database that it replaces; one that is empty, as on a new server, gets from the dump what it has not set itself.
    """
    manifest = run.manifest
    dumped = _database_properties.parse(manifest.properties)
    locale = _database_properties.Locale(encoding=manifest.encoding, collation=manifest.collation, ctype=manifest.ctype)
    there = target.properties
    if dumped is None:  # made by a version that did not know more than this
        return there or _database_properties.Database(locale=locale)
    provider = dumped.locale
    locale = dataclasses.replace(locale, provider=provider.provider, locale=provider.locale, rules=provider.rules)
    dumped = dataclasses.replace(dumped, locale=locale)
    if there is None:
        return dumped
    if not target.is_empty and dumped.locale != there.locale:
        run.ctx.warn(f"{run.database} gets the locale of the dump, {dumped.locale}; it was {there.locale}")
    wanted = there.of_its_own(dumped) if target.is_empty else there
    return dataclasses.replace(wanted, locale=dumped.locale)


def _create(run: _Restorer, provider: _database_properties.Provider, wanted: _database_properties.Database) -> None:
    """Create the new database, with the nearest locale that the server has."""
    tried = [wanted.locale, wanted.locale.plain, None]
    for number, locale in enumerate(dict.fromkeys(tried)):
        if locale and not locale.fits(run.server.info.server_version // 10000):
            continue
        try:
            provider.create(locale)
        except load("psycopg", "Error") as exc:
            if exc.sqlstate not in _NO_SUCH_LOCALE or locale is None:
                raise
            continue
        if number:
            run.ctx.warn(
                f"the server has no {wanted.locale}, so {run.database} has {locale or 'the default of the server'}; "
                "what is sorted by text may have another order, and what is unique may be compared in another way"
            )
        return


def _give_rights(run: _Restorer, new: str, filling: Filling) -> None:
    """Let everybody do with the objects what they could; with their owners, pg_restore has done so."""
    statements = filling.rights()
    if run.params["ownership"]:
        statements = [one for one in statements if one.closes]
    with contextlib.closing(_postgresql_connection.connect(run.of(new), autocommit=True)) as connection:
        done = _restore_rights.apply(
            connection,
            statements,
            f"Let {run.params['login_user']} act for the owner of it (GRANT owner TO {run.params['login_user']}), or"
            " restore without these rights, named as `pg_restore --list` shows them, such as ACL - LANGUAGE plpgsql:"
            ' -e \'{"database_backup_restore_exclude": ["ACL - LANGUAGE plpgsql"]}\'',
        )
    if done.missing:
        run.ctx.warn(f"the rights of roles that the server does not have were left out: {', '.join(done.missing)}")
    if done.told:
        more = f"; and {len(done.told) - _TOLD} more" if len(done.told) > _TOLD else ""
        run.ctx.warn(f"rights that the server did not take: {'; '.join(done.told[:_TOLD])}{more}")


def _grant(run: _Restorer, new: str) -> None:
    """Give the group its rights before anybody gets in: a dump holds none of those it had."""
    if not (group := run.params["group"]):
        return
    if not (oid := _postgresql_grants.role(run.server, group)):
        run.ctx.warn(f"there is no role {group} on the server of {run.label}, so nobody was granted rights in it")
        return
    with contextlib.closing(_postgresql_connection.connect(run.of(new), autocommit=True)) as connection:
        _postgresql_grants.grant(connection, group, _postgresql_grants.lacking(connection, oid))


def _compare(run: _Restorer, new: str, wanted: dict[str, int]) -> dict[str, int]:
    """Count what was restored, and return that.

    :raises OperationsError: C(RowsDiffer).
    """
    with contextlib.closing(_postgresql_connection.connect(run.of(new), autocommit=True)) as connection:
        counting = _contents.Counting(connection, run.params)
        counting.start()
        found = counting.result(run.left)
    differing = sorted(table for table in {*found, *wanted} if found.get(table) != wanted.get(table))
    if differing:
        table = differing[0]
        raise OperationsError(
            f"What was restored is not what was dumped: {len(differing)} tables differ, {table} has"
            f" {found.get(table, 'no')} rows instead of {wanted.get(table, 'none')}",
            code="RowsDiffer",
            remedy="Restore another backup; the database is as it was before.",
            details={"tables": {one: {"found": found.get(one), "expected": wanted.get(one)} for one in differing}},
        )
    return found


def _swap(run: _Restorer, new: str, target: _Target, comment: str | None) -> str | None:
    """Give the new database its name; return that of the one it replaces.

    Renaming locks a database against new connections and waits a moment for those that are there to end; they are ended
    while it waits, so that not even a busy client gets in between.
    """
    if target.properties is None:
        with run.server.transaction():
            run.execute("ALTER DATABASE {} RENAME TO {}", new, run.database)
            run.comment(run.database, comment)
        return None
    old = run.named("replaced")
    elsewhere = {**run.params, "login_db": run.params["maintenance_db"]}
    deadline = time.monotonic() + min(run.left, _SWAP_SECONDS)
    in_use = load("psycopg.errors", "ObjectInUse")

    def rename() -> None:
        with run.server.transaction():
            run.execute("ALTER DATABASE {} RENAME TO {}", run.database, old)
            run.comment(old, run.mark("replaced"))
            run.execute("ALTER DATABASE {} RENAME TO {}", new, run.database)
            run.comment(run.database, comment)

    with (
        contextlib.closing(_postgresql_connection.connect(elsewhere, autocommit=True)) as other,
        concurrent.futures.ThreadPoolExecutor(1) as pool,
    ):
        while True:
            renaming = pool.submit(rename)
            while not concurrent.futures.wait([renaming], 0.1).done:
                other.execute(_END_CLIENTS, (run.database,))
            try:
                renaming.result()
                return old
            except in_use:
                if time.monotonic() > deadline:
                    raise
