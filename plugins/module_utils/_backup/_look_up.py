# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a database can be restored to is looked up where it is kept, and checked. Private to this collection."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backup import _choice, _condition, _restore_point
from ansible_collections.codexdominion.azure.plugins.module_utils._backup._restore_point import RestorePoint
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs
from ansible_collections.codexdominion.azure.plugins.module_utils._core._case import flatten
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _catalogue, _dump_names, _spec, _versions
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._destination import Destination
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._manifest import Dump
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._owner import Owner
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._programs import Program
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql._api import Child, ServerApi

_KINDS = ["dump", "azure", "mark"]


def _problems(params: Params) -> t.Iterator[str]:
    if params["sha256"] and params["restore_from"] is not None:
        yield "sha256: one of sha256 and restore_from says what is meant"


SPEC = _spec.DESTINATION.merge(_common_specs.ON_POSTGRESQL_SERVER).merge(
    ArgumentSpec(
        options={
            "prefix": {"type": "str", "required": True},
            "kind": {"type": "str", "required": True, "choices": _KINDS},
            "restore_from": {"type": "str"},
            "restore_prefix": {"type": "str"},
            "restore_database": {"type": "str"},
            "database": {"type": "str"},
            "further_databases": {"type": "list", "elements": "str", "default": []},
            "bin_dir": {"type": "path"},
            "sha256": {"type": "str"},
            "upcoming": {"type": "bool", "default": False},
            "max_age": {"type": "str"},
            "running_timeout": {"type": "int", "default": 7200},
            "verify": {"type": "bool", "default": False},
        },
        rules={"prefix": _dump_names.problem_with_prefix, "max_age": _condition.problem_with_age},
        checks=(_problems,),
    )
)


@dataclasses.dataclass(frozen=True)
class _Kept:
    """What Azure keeps of a server.

    :param major: of the server; None where that is gone.
    """

    backups: list[_choice.ServerBackup]
    earliest: str
    major: int | None = None


def look_up(ctx: Context) -> dict[str, t.Any]:
    """Return what there is to restore, what a name stands for, and whether it will do, as far as the task asks.

    :raises OperationsError: C(RestorePointNotNamed), C(BackupNotFound), C(OtherPrefix), C(OtherDatabase),
      C(ServerNotHere), or C(PrefixInUse).
    """
    params, now = ctx.params, datetime.datetime.now(datetime.UTC)
    wanted, where = params["restore_from"], _spec.destination(ctx).where
    if params["upcoming"] and ctx.check_mode:
        point = _restore_point.upcoming(params["kind"], params["prefix"], wanted or "", now)
        return _result([], point, [], where)
    if wanted is not None and not wanted:
        raise OperationsError(
            "Say what to restore with -e restore=...: a time such as 2026-11-23T08:00:00Z, the name of a backup or a"
            " mark, latest, or now",
            code="RestorePointNotNamed",
            remedy="",
        )
    if wanted and _choice.is_moment(wanted):
        return _result([], _choice.of_moment(wanted), [], where)
    return _result(*_look_up(ctx, now), where)


def _look_up(
    ctx: Context, now: datetime.datetime
) -> tuple[list[RestorePoint], RestorePoint | None, list[_condition.Check]]:
    params, wanted = ctx.params, ctx.params["restore_from"]
    destination = _spec.destination(ctx)
    # A backup that is named may be anybody's.
    named = wanted not in (None, "latest")
    stored = _catalogue.find(destination) if named else _ours(params, destination)
    if params["verify"]:
        for number, one in enumerate(stored):
            ctx.report(f"reading {one.name}")
            stored[number] = _catalogue.verify(destination, one)
    # A dump is not with the server, so what is known by its checksum needs no request.
    kept = _Kept([], "") if params["sha256"] else _kept(ctx)
    checks: list[_condition.Check] = []
    if params["max_age"]:
        stored, checks = _judged(ctx, stored, kept.major)
    points = _choice.known(stored, kept.backups, params["prefix"])
    point = _chosen(ctx, points, destination.where)
    if point:
        point, lacking = _choice.with_further(point, stored, params["further_databases"])
        for database in lacking:
            ctx.warn(f"no dump of the database {database} was made together with {point.name}, so {database} is left")
    if params["max_age"]:
        checks = [*_check(ctx, points, stored, kept, now), *checks]
    return points, point, checks


def _databases(params: Params) -> list[str]:
    """Return the databases whose dumps are meant; none of them: all are."""
    return [params["database"], *params["further_databases"]] if params["database"] else []


def _ours(params: Params, destination: Destination) -> list[_catalogue.Found]:
    databases = _databases(params)
    return [
        one
        for one in _catalogue.find(destination, params["prefix"], Owner.of({**params, "database": None}))
        if not databases or not isinstance(one.manifest, Dump) or one.manifest.database in databases
    ]


def _judged(
    ctx: Context, stored: list[_catalogue.Found], target: int | None
) -> tuple[list[_catalogue.Found], list[_condition.Check]]:
    """Return what is stored as it is good for the programs and the server that are there, and what is wrong with them.

    :param target: the major of the server.
    """
    if not any(one.is_dump and one.whole for one in stored):
        return stored, []
    program, checks = None, []
    try:
        program = Program("pg_restore", ctx.params["bin_dir"]).major
    except OperationsError as error:
        checks.append(_condition.of_programs(str(error)))
    return [_catalogue.judge(one, program=program, target=target) for one in stored], checks


def _chosen(ctx: Context, points: list[RestorePoint], where: str) -> RestorePoint | None:
    params = ctx.params
    if params["sha256"]:
        return _choice.with_checksum(points, params["sha256"], where)
    if params["restore_from"] is None:
        return None
    point = _choice.choose(
        params["restore_from"],
        points,
        server=params["server"],
        kind=params["kind"],
        prefix=params["prefix"],
        restore_prefix=params["restore_prefix"],
        restore_database=params["restore_database"],
    )
    if point.type == "mark":
        found = ServerApi(ctx.session, params["resource_group"], point.server).read()
        _choice.refuse_foreign(point, [str(found["id"])] if found else [], params["resource_group"])
    return point


def _check(
    ctx: Context, points: list[RestorePoint], stored: list[_catalogue.Found], kept: _Kept, now: datetime.datetime
) -> list[_condition.Check]:
    params = ctx.params
    several = _databases(params) if params["kind"] == "dump" and params["further_databases"] else [""]
    dumps = _choice.own(points, "dump", params["prefix"])
    if dumps and not any(one.proven for one in dumps):
        ctx.warn(f"{params['prefix']}: {_condition.NEVER_PROVEN}")
    automatic = sum(one.get("backup_type") != _choice.ON_DEMAND for one in kept.backups)
    return [
        *(_of_age(params, points, one, now) for one in several),
        *_condition.of_states(stored, params["running_timeout"], now),
        *([_condition.of_proof(dumps)] if dumps else []),
        _condition.of_azure(automatic, kept.earliest),
    ]


def _of_age(params: Params, points: list[RestorePoint], database: str, now: datetime.datetime) -> _condition.Check:
    """Check the newest backup, of one of several databases if that is not empty."""
    ours = _choice.own(points, params["kind"], params["prefix"], database or params["database"])
    return _condition.of_age(next(iter(ours), None), params["kind"], params["max_age"], now, database)


def _kept(ctx: Context) -> _Kept:
    api = ServerApi(ctx.session, ctx.params["resource_group"], ctx.params["server"])
    server = api.read()
    if server is None:  # a server that is gone has none of Azure's backups any more; dumps are elsewhere
        return _Kept([], "")
    earliest = (server["properties"].get("backup") or {}).get("earliestRestoreDate")
    backups = [t.cast("_choice.ServerBackup", flatten(one)) for one in api.list(Child.BACKUP)]
    return _Kept(backups, str(earliest or ""), _versions.major(str(server["properties"]["version"])))


def _result(
    points: list[RestorePoint], point: RestorePoint | None, checks: list[_condition.Check], where: str
) -> dict[str, t.Any]:
    return {
        "changed": False,
        "where": where,
        "restore_points": [one.represent() for one in points],
        "restore_point": point.represent() if point else None,
        "checks": checks,
    }
