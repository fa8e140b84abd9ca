"""Base backups, and restoring a server as it was at a moment.

Every server keeps its write-ahead log since its oldest base (a replication slot holds it). A restore takes the newest
base before the moment and replays the source's log up to it, straight from the source's own folder, running or not.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from azure_simulator.postgresql import configuration
from azure_simulator.postgresql.binaries import Binaries
from azure_simulator.postgresql.errors import OutsideWindow, ServerFailed
from azure_simulator.postgresql.programs import run
from azure_simulator.postgresql.records import Base
from azure_simulator.postgresql.server import Server

_BACKUP_LABEL = "backup_label"
_START = "START WAL LOCATION: "
_NOT_REACHED = "recovery ended before configured recovery target was reached"
# Segments come into the log's folder and leave it under names that tell nothing of their content, so look twice.
_FETCH = "cp {folder}/%f %p 2>/dev/null || cp {folder}/%f %p 2>/dev/null"


async def copy(source: Path, target: Path) -> None:
    """Copy a data directory of a server that does not run, as the user servers run as."""
    await run([shutil.which("cp") or "/bin/cp", "-a", f"{source}/.", str(target)])


async def take(server: Server, secret: str, binaries: Binaries, name: str | None) -> Base:
    """Copy a running server, which goes on working. The result is kept in the server's record."""
    bases = server.folder / "bases"
    bases.mkdir(exist_ok=True)
    folder = next(path for number in itertools.count(1) if not (path := bases / str(number)).exists())
    words = [binaries.program("pg_basebackup"), "--pgdata", str(folder), "--host", server.socket.host]
    words += ["--username", configuration.SUPERUSER, "--no-password", "--wal-method", "fetch", "--checkpoint", "fast"]
    words += ["--no-sync", "--no-manifest"]
    try:
        await run(words, {"PGPASSWORD": secret}, server.socket.inherited)
    except BaseException:
        await asyncio.to_thread(shutil.rmtree, folder, True)
        raise
    first = (folder / _BACKUP_LABEL).read_text().splitlines()[0]
    lsn = first.removeprefix(_START).split()[0]
    # Complete now and not before: only later moments can be restored from it.
    base = Base(str(folder.relative_to(server.folder.parents[1])), datetime.now(UTC), lsn, name)
    server.record.bases.append(base)
    server.save()
    return base


async def remove(server: Server, unwanted: Iterable[Base], root: Path) -> None:
    """Forget bases, and the log that only they need, which takes a running server."""
    gone = list(unwanted)
    server.record.bases = [base for base in server.record.bases if base not in gone]
    server.save()
    for base in gone:
        folder = root / base.folder
        if folder.is_relative_to(server.folder):
            await asyncio.to_thread(shutil.rmtree, folder)
    if server.running and server.record.bases:
        oldest = min(server.record.bases, key=lambda base: base.moment)
        async with server.session() as connection:
            await connection.execute(
                "SELECT pg_replication_slot_advance(slot_name, %s) FROM pg_replication_slots"
                " WHERE slot_name = %s AND restart_lsn < %s::pg_lsn",
                [oldest.lsn, configuration.SLOT, oldest.lsn],
            )


def newest_before(server: Server, moment: datetime, now: datetime) -> Base:
    """The base to restore a moment from. OutsideWindow when there is none."""
    candidates = [base for base in server.record.bases if base.moment <= moment]
    if not candidates:
        raise OutsideWindow(f"{moment.isoformat()} is before the first backup of {server.record.id}")
    if moment > now:
        raise OutsideWindow(f"{moment.isoformat()} is in the future")
    return max(candidates, key=lambda base: base.moment)


async def mark(server: Server) -> None:
    """Write something into the log of a running server: by its time, recovery knows that it has everything before."""
    async with server.session() as connection:
        await connection.execute(b"SELECT pg_logical_emit_message(true, 'restore', '')")


async def recover(server: Server, source: Server, moment: datetime) -> None:
    """Start a copy of a base of `source` as it was at a moment. The server's own files are in place and configured."""
    # Of the template; a base taken from a running server has none. It would keep a log that is not its own.
    await asyncio.to_thread(shutil.rmtree, server.data / "pg_replslot" / configuration.SLOT, True)
    (server.data / "recovery.signal").touch()
    log = Path("../..") / source.folder.name / "data" / "pg_wal"
    settings = {"restore_command": _FETCH.format(folder=log), "recovery_target_action": "promote"}
    target = moment.astimezone(UTC).isoformat(sep=" ")
    try:
        await server.start({**settings, "recovery_target_time": target})
    except ServerFailed as error:
        if _NOT_REACHED not in str(error):
            raise
        # Nothing was committed after the moment: everything there is, is what it was then.
        await server.start(settings)
