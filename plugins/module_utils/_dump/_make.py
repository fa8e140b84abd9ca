# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A dump is made: streamed, verified, counted in its own snapshot, published last. Private to this collection."""

from __future__ import annotations

import contextlib
import hashlib
import pathlib
import subprocess
import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import (
    _catalogue,
    _contents,
    _database_properties,
    _programs,
    _roles,
    _spec,
    _versions,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._clocks import iso, warn_of_skew
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._destination import Destination, Upload
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._dump_names import Name
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._manifest import Dump
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._owner import Owner
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._programs import Program
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import (
    _connection as _postgresql_connection,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _ownership

_PROGRESS_BYTES = 32 << 20


class _Maker:
    """What one run needs to make a dump."""

    def __init__(self, ctx: Context, connection: _contents.Connection) -> None:
        self.ctx, self.params, self.connection = ctx, ctx.params, connection
        self.destination: Destination = _spec.destination(ctx)
        self.pg_dump = Program("pg_dump", ctx.params["bin_dir"])
        self.pg_restore = Program("pg_restore", ctx.params["bin_dir"])
        self.label = _postgresql_connection.label(ctx.params)
        # Names are for all databases of the stack, so a name that one of them has is taken.
        self.stack = Owner(stack=ctx.params["owner"])
        self.deadline = time.monotonic() + ctx.timeout
        problem = _versions.problem_before_dump(
            connection.info.server_version // 10000, pg_dump=self.pg_dump.major, pg_restore=self.pg_restore.major
        )
        if problem:
            where = pathlib.Path(self.pg_dump.path).parent
            raise _versions.refusal(problem, f"The {self.label} is not dumped with the programs in {where}")

    @property
    def left(self) -> float:
        """How many seconds are left."""
        return max(0.0, self.deadline - time.monotonic())


def make(ctx: Context) -> dict[str, t.Any]:
    """Make a dump, or in check mode find out whether it could be made.

    :raises OperationsError: whatever went wrong; earlier backups are untouched then, and nothing new is there.
    """
    with contextlib.closing(_postgresql_connection.connect(ctx.params, autocommit=True)) as connection:
        maker = _Maker(ctx, connection)
        with _contents.errors(ctx.params, f"Reading {maker.label}"):
            _ownership.require_readable(connection, ctx.params)
        if ctx.check_mode:
            with _contents.errors(ctx.params, f"Reading {maker.label}"):
                moment, skew = _contents.clock(connection)
            warn_of_skew(ctx, skew)
            _catalogue.find(maker.destination, ctx.params["prefix"], maker.stack)
            name = Name(ctx.params["prefix"], moment.replace(microsecond=0))
            return _result(maker, f"a dump such as {name} would be made", None, [])
        with maker.destination.exclusive(ctx.params["prefix"]):
            removed = maker.destination.clean(ctx.params["prefix"])
            name = _make(maker)
            found = next((one for one in _catalogue.find(maker.destination, name.prefix) if one.name == name), None)
    if found is None or not found.good:
        raise OperationsError(
            f"The backup {name} was made but is not found again: {found.problem if found else 'it is not listed'}",
            code="BackupNotFound",
            remedy="Look who else changes what is in the destination, then run again.",
        )
    return _result(maker, f"the dump {name} was made and verified", found, removed)


def _make(maker: _Maker) -> Name:
    params, connection = maker.params, maker.connection
    began = time.monotonic()
    with _contents.errors(params, f"Reading {maker.label}"):
        _contents.be_patient(connection)
        _await_free_second(maker)
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        snapshot = _contents.value(connection, "SELECT pg_export_snapshot()")
        started, skew = _contents.clock(connection)
        schema_version = _contents.schema_version(connection, params["migrations_table"])
        # There is a database of that name: we are connected to it.
        properties = t.cast("_database_properties.Database", _database_properties.read(connection, params["login_db"]))
        roles = _roles.read(connection)
    warn_of_skew(maker.ctx, skew)
    name = Name(params["prefix"], started.replace(microsecond=0))
    counting = _contents.Counting(connection, params)
    counting.start()
    try:
        with maker.destination.upload(str(name)) as upload:
            sha256, size = _stream(maker, snapshot, upload, counting)
            upload.finish()
            _verify(maker, upload, sha256, size)
            tables = counting.result(maker.left)
            with _contents.errors(params, f"Reading {maker.label}"):
                finished, _skew = _contents.clock(connection)
            manifest = Dump(
                name=str(name),
                server=params["login_host"],
                server_version=_version(connection),
                started=iso(started),
                finished=iso(finished),
                clock_skew_seconds=skew,
                duration_seconds=round(time.monotonic() - began, 3),
                database=params["login_db"],
                encoding=properties.locale.encoding,
                collation=properties.locale.collation,
                ctype=properties.locale.ctype,
                properties=properties.represent(),
                pg_dump_version=maker.pg_dump.version,
                size_bytes=size,
                sha256=sha256,
                tables=tables,
                schema_version=schema_version,
                owner=params["owner"],
                azure_server=params["server"],
                part_of=params["part_of"],
                roles=[one.represent() for one in roles],
            )
            upload.publish(manifest.to_bytes())
    finally:
        counting.cancel()
    return name


def _stream(maker: _Maker, snapshot: str, upload: Upload, counting: _contents.Counting) -> tuple[str, int]:
    """Write what pg_dump writes; return its checksum and size."""
    params = maker.params
    arguments = ["--format=custom", f"--snapshot={snapshot}", _programs.target(params["login_db"])]
    if params["compression"]:
        arguments.append(f"--compress={params['compression']}")
    digest, size, reported = hashlib.sha256(), 0, 0
    with maker.pg_dump.running(arguments, params, maker.left, stdout=subprocess.PIPE) as run:
        counting.watch(run.kill)
        for chunk in run.output():
            digest.update(chunk)
            upload.write(chunk)
            size += len(chunk)
            if size - reported >= _PROGRESS_BYTES:
                reported = size
                maker.ctx.report(f"{maker.label}: {size >> 20} MB dumped")
        counting.check()
        run.end(f"Dumping {maker.label}")
    return digest.hexdigest(), size


def _verify(maker: _Maker, upload: Upload, sha256: str, size: int) -> None:
    """Read back what was written: its checksum holds, and pg_restore understands it.

    :raises OperationsError: C(BackupCorrupted).
    """
    digest, found, wanted = hashlib.sha256(), 0, True
    with maker.pg_restore.running(["--list"], maker.params, maker.left, stdin=subprocess.PIPE) as run:
        for chunk in upload.read_back():
            digest.update(chunk)
            found += len(chunk)
            wanted = wanted and run.feed(chunk)  # it reads the table of contents only
        if (digest.hexdigest(), found) != (sha256, size):
            raise OperationsError(
                f"What was written to {maker.destination.where} is not what is read back",
                code="BackupCorrupted",
                remedy="Check the storage, or choose another destination; earlier backups are untouched.",
            )
        run.end(f"Reading the dump of {maker.label}")


def _await_free_second(maker: _Maker) -> None:
    """Wait for a second of the server's clock whose name no backup has."""
    backups = _catalogue.find(maker.destination, maker.params["prefix"], maker.stack)
    moment, _skew = _contents.clock(maker.connection)
    second = moment.replace(microsecond=0)
    if any(one.name.moment == second for one in backups):
        maker.connection.execute("SELECT pg_sleep_until(date_trunc('second', clock_timestamp()) + interval '1 second')")
    if backups and backups[0].name.moment > moment:
        maker.ctx.warn(
            f"the backup {backups[0].name} is newer than the clock of the server, so it stays the latest; "
            "one of the clocks was wrong"
        )


def _version(connection: _contents.Connection) -> str:
    major, minor = divmod(connection.info.server_version, 10000)
    return f"{major}.{minor}"


def _result(maker: _Maker, message: str, found: _catalogue.Found | None, removed: list[str]) -> dict[str, t.Any]:
    return {
        "changed": True,
        "impact": "none",
        "message": message,
        "where": maker.destination.where,
        "backup": found.represent() if found else None,
        "removed_leftovers": removed,
    }
