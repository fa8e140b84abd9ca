# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which states a database can be restored to, and which of them a name stands for. Pure; private to this collection."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backup._restore_point import (
    DUMP,
    POINT,
    RestorePoint,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _catalogue, _manifest

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})")
ON_DEMAND = "Customer On-Demand"
_NEWEST = 5
"""How many names are told where one is wrong."""


class ServerBackup(t.TypedDict, total=False):
    """What Azure says of a backup that it keeps itself."""

    name: str
    backup_type: str
    completed_time: str | None


def is_moment(text: str) -> bool:
    """Return whether a text is a time with a zone, such as C(2026-11-23T08:00:00Z)."""
    return bool(_MOMENT.fullmatch(text))


def of_moment(text: str) -> RestorePoint:
    """Return what a time stands for."""
    return RestorePoint(kind=POINT, type="moment", name=text, moment=text)


def known(stored: t.Iterable[_catalogue.Found], kept: t.Iterable[ServerBackup], prefix: str = "") -> list[RestorePoint]:
    """Return all there is to restore, the newest first: of what is stored, what is whole, and all that Azure has.

    A dump that cannot be relied on is there by its name, for whoever knows better.

    :param kept: what Azure keeps of the server.
    :param prefix: whose the backups of Azure's are.
    """
    found = [_of_stored(one) for one in stored if one.whole]
    found += [_of_kept(one, prefix) for one in kept if one.get("completed_time")]
    return sorted((one for one in found if one), key=lambda one: one.time, reverse=True)


def own(points: t.Iterable[RestorePoint], kind: str, prefix: str, database: str | None = None) -> list[RestorePoint]:
    """Return those of a kind that are named as ours are and can be relied on.

    :param database: which one a dump is of; any if this is None.
    :param kind: C(dump), C(azure) or C(mark).
    """
    name = re.compile(rf"{re.escape(prefix)}-[0-9]{{8}}T[0-9]{{6}}Z")
    ours = [one for one in points if one.good and one.type == kind and name.fullmatch(one.name)]
    return [one for one in ours if one.kind != DUMP or database in (None, one.database)]


def choose(
    wanted: str,
    points: t.Sequence[RestorePoint],
    *,
    server: str,
    kind: str,
    prefix: str,
    restore_prefix: str | None = None,
    restore_database: str | None = None,
) -> RestorePoint:
    """Return the restore point that a name stands for.

    :param wanted: C(latest), or the name of a backup or mark.
    :param points: all there are, the newest first.
    :param server: what to call the server.
    :param kind: of which C(latest) is one.
    :param restore_prefix: whose dumps may be restored; anybody's if this is None.
    :param restore_database: of which database a dump may be; of any if this is None.
    :raises OperationsError: C(BackupNotFound), or C(OtherPrefix) and C(OtherDatabase) for a dump of another stack or
      database that was not meant.
    """
    candidates = (
        own(points, kind, prefix, restore_database)
        if wanted == "latest"
        else [one for one in points if one.name == wanted]
    )
    if not candidates:
        newest = [one.name for one in points if one.good and one.prefix == prefix][:_NEWEST]
        raise OperationsError(
            f"There is no good backup {wanted} of {server}. The newest are: {', '.join(newest) or 'none'}",
            code="BackupNotFound",
            remedy="Name one of them, or a time within the retention.",
            details={"backups": newest},
        )
    point = candidates[0]
    if point.kind == DUMP and restore_prefix is not None and point.prefix != restore_prefix:
        raise OperationsError(
            f"{wanted} is a dump of another stack: its prefix is not {restore_prefix}",
            code="OtherPrefix",
            remedy=f"If it is meant, run it again with: -e database_backup_restore_prefix={point.prefix}",
        )
    if point.kind == DUMP and restore_database is not None and point.database != restore_database:
        raise OperationsError(
            f"{wanted} is a dump of the database {point.database}, not of {restore_database}",
            code="OtherDatabase",
            remedy=f"If it is meant, run it again with: -e database_backup_restore_from_database={point.database}",
        )
    return point


def with_checksum(points: t.Iterable[RestorePoint], sha256: str, where: str) -> RestorePoint:
    """Return the newest dump with a checksum: a name may have been masked on its way here, a checksum never is.

    :raises OperationsError: C(BackupNotFound) when there is none.
    """
    found = next((one for one in points if one.sha256 == sha256), None)
    if found is None:
        raise OperationsError(
            f"The dump with the checksum {sha256} was made, but it is not complete in {where} any more",
            code="BackupNotFound",
            remedy="Look who else writes there, then back up again.",
        )
    return found


def refuse_foreign(point: RestorePoint, server_ids: t.Iterable[str], resource_group: str) -> None:
    """Refuse a mark that cannot be restored from here.

    :param server_ids: of the servers that are there.
    :raises OperationsError: C(ServerNotHere).
    """
    if point.type == "mark" and point.resource_id.lower() not in {one.lower() for one in server_ids}:
        raise OperationsError(
            f"{point.name} marks a moment of the server {point.resource_id}, and there is no such server in"
            f" {resource_group}",
            code="ServerNotHere",
            remedy="A server that is gone takes its backups with it, and one of another stack is restored with that"
            " stack: run it there, or restore a dump.",
        )


def _of_stored(found: _catalogue.Found) -> RestorePoint | None:
    manifest = found.manifest
    if isinstance(manifest, _manifest.Dump):
        return RestorePoint(
            kind=DUMP,
            type="dump",
            name=str(found.name),
            moment=manifest.started,
            prefix=found.name.prefix,
            tables=manifest.tables,
            size_bytes=manifest.size_bytes,
            sha256=manifest.sha256,
            database=manifest.database,
            good=found.good,
            proven=(manifest.proof_moment or "") if manifest.proof == _manifest.PASSED else "",
        )
    return of_mark(manifest, found.name.prefix) if manifest else None


def with_further(
    point: RestorePoint, stored: t.Iterable[_catalogue.Found], databases: t.Sequence[str]
) -> tuple[RestorePoint, list[str]]:
    """Return a dump with those of further databases that were made together with it, and the databases that lack one.

    :param databases: the further databases of the server that are restored together.
    """
    if point.kind != DUMP:
        return point, []
    together = {
        one.manifest.database: str(one.name)
        for one in stored
        if isinstance(one.manifest, _manifest.Dump) and one.whole and one.manifest.part_of == point.sha256
    }
    further = tuple({"name": together[one], "database": one} for one in databases if one in together)
    lacking = [one for one in databases if one not in together and one != point.database]
    return dataclasses.replace(point, further=further), lacking


def of_mark(mark: _manifest.Mark, prefix: str) -> RestorePoint:
    """Return what a restore mark stands for."""
    return RestorePoint(
        kind=POINT, type="mark", name=mark.name, moment=mark.started, prefix=prefix, resource_id=mark.resource_id
    )


def _of_kept(backup: ServerBackup, prefix: str) -> RestorePoint:
    return RestorePoint(
        kind=POINT,
        type="azure" if backup.get("backup_type") == ON_DEMAND else "automatic",
        name=backup["name"],
        moment=str(backup["completed_time"]),
        prefix=prefix,
    )
