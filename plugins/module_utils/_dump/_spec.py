# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the modules for dumps, and the destination they name. Private to this collection."""

from __future__ import annotations

import pathlib
import re
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import (
    _dump_names,
    _manifest,
    _restore_part,
    _retention,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._blob import Container
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._destination import Destination
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._directory import Directory
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import (
    _connection as _postgresql_connection,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._storage import _blob_container

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SPAN = re.compile(r"([0-9]+)([smhd]?)")
_COMPRESSION = re.compile(r"(?:\d|[a-z0-9]+(?::[a-z0-9=,]+)?)")
_FOLDER = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9._-]*/)*")
_EXAMPLE = "codex-20261123T030000Z"
_LONGEST_NAME = 63
"""What PostgreSQL keeps of a name, in bytes."""


def seconds(text: str) -> int:
    """Return a time span such as C(26h) in seconds.

    :raises ValueError: when it is none.
    """
    match = _SPAN.fullmatch(text)
    if not match or not int(match[1]):
        raise ValueError(f"{text!r} is not a time span, such as 3600 (seconds), 90m, 26h or 7d")
    return int(match[1]) * _UNITS[match[2] or "s"]


def _problem_with_span(value: str) -> str | None:
    try:
        seconds(value)
    except ValueError as exc:
        return str(exc)
    return None


def _problem_with_compression(value: str) -> str | None:
    return None if _COMPRESSION.fullmatch(value) else f"{value!r} is not a method such as gzip:6, zstd:3, lz4, or none"


def _problem_with_folder(value: str) -> str | None:
    return None if _FOLDER.fullmatch(value) else f"{value!r} is not empty and no path that ends with /, such as dumps/"


def _problem_with_version(value: str) -> str | None:
    return None if value[:1].isdigit() else f"{value!r} is no version of PostgreSQL, such as 16"


def _positive(*options: str) -> t.Callable[[Params], t.Iterator[str]]:
    def problems(params: Params) -> t.Iterator[str]:
        yield from (f"{name}: {params[name]} is not a positive number" for name in options if params[name] < 1)

    return problems


def _somewhere(params: Params) -> t.Iterator[str]:
    """Refuse what Ansible's own rule takes for an answer: an option that is there, but empty."""
    if not params["directory"] and not params["storage_account_url"]:
        yield "directory: empty, as is storage_account_url; one of them is required"


def _database_name(params: Params) -> t.Iterator[str]:
    if len(params["login_db"].encode()) > _LONGEST_NAME:
        yield f"login_db: longer than {_LONGEST_NAME} bytes"
    if params["login_db"] in (params["maintenance_db"], "template0", "template1"):
        yield f"login_db: {params['login_db']!r} is the server's own; name another database, or another maintenance_db"


def _problem_with_one(value: str) -> str | None:
    return None if _dump_names.parse(value) else f"{value!r} is not the name of a backup, such as {_EXAMPLE}"


def _take_over_for_whom(params: Params) -> t.Iterator[str]:
    if params["take_over"] and not params["owner"]:
        yield "owner: required with take_over: it says whose they become"


def _prefix_of_latest(params: Params) -> t.Iterator[str]:
    if params["name"] == "latest" and not params["prefix"]:
        yield "prefix: required with name latest"


def _part(params: Params) -> t.Iterator[str]:
    """Refuse names that nothing can have; the shape of C(exclude) is that of the list of a dump."""
    for option, problem in (
        ("exclude", _restore_part.problem_with_object),
        ("schemas", _restore_part.problem_with_schema),
        ("tables", _restore_part.problem_with_table),
    ):
        yield from (f"{option}: {said}" for one in params[option] if (said := problem(one)))
    if params["search_path"] is not None and (said := _restore_part.problem_with_search_path(params["search_path"])):
        yield f"search_path: {said}"
    if (params["schemas"] or params["tables"]) and params["overwrite"]:
        yield "overwrite: all else in the database would be lost; a part is restored into a database of its own"


DESTINATION = _common_specs.AZURE.merge(_blob_container.SPEC).merge(
    ArgumentSpec(
        options={
            "directory": {"type": "path"},
            "blob_prefix": {"type": "str", "default": ""},
            "owner": {"type": "str"},
        },
        mutually_exclusive=(("directory", "storage_account_url"),),
        required_one_of=(("directory", "storage_account_url"),),
        rules={"blob_prefix": _problem_with_folder},
        checks=(_somewhere,),
    )
)
"""The fragment C(backup_destination)."""

# A server's name in Azure, which a dump is of whatever host it is reached by.
_SERVER = ArgumentSpec(options={"server": {"type": "str"}})
_DATABASE = _SERVER.merge(ArgumentSpec(options={"database": {"type": "str"}}))

_PREFIX = ArgumentSpec(
    options={"prefix": {"type": "str", "required": True}}, rules={"prefix": _dump_names.problem_with_prefix}
)
_OPTIONAL_PREFIX = ArgumentSpec(options={"prefix": {"type": "str"}}, rules={"prefix": _dump_names.problem_with_prefix})

_SKEW = ArgumentSpec(options={"max_clock_skew": {"type": "int", "default": 300}}, checks=(_positive("max_clock_skew"),))

_PROGRAMS = ArgumentSpec(
    options={
        "bin_dir": {"type": "path"},
        "migrations_table": {"type": "str", "default": "schema_migrations"},
        "timeout": {"type": "int", "default": 21600},
    },
    checks=(_positive("timeout"),),
)

DUMP = (
    DESTINATION.merge(_PREFIX)
    .merge(_SERVER)
    .merge(_postgresql_connection.SPEC)
    .merge(_PROGRAMS)
    .merge(_SKEW)
    .merge(
        ArgumentSpec(
            options={"compression": {"type": "str"}, "part_of": {"type": "str"}},
            rules={"compression": _problem_with_compression},
        )
    )
)

MARK = (
    DESTINATION.merge(_PREFIX)
    .merge(_common_specs.ON_POSTGRESQL_SERVER)
    .merge(_SKEW)
    .merge(
        ArgumentSpec(
            options={
                "precaution": {"type": "bool", "default": False},
                "timeout": {"type": "int", "default": 300},
            },
            checks=(_positive("timeout"),),
        )
    )
)

INFO = (
    DESTINATION.merge(_OPTIONAL_PREFIX)
    .merge(_DATABASE)
    .merge(
        ArgumentSpec(
            options={"verify": {"type": "bool", "default": False}, "max_age": {"type": "str"}},
            rules={"max_age": _problem_with_span},
        )
    )
)

RESTORE = (
    DESTINATION.merge(_OPTIONAL_PREFIX)
    .merge(_DATABASE)
    .merge(_postgresql_connection.SPEC)
    .merge(_PROGRAMS)
    .merge(
        ArgumentSpec(
            options={
                "name": {"type": "str", "required": True},
                "overwrite": {"type": "bool", "default": False},
                "ownership": {"type": "bool", "default": False},
                "roles": {"type": "bool", "default": False},
                "group": {"type": "str"},
                "search_path": {"type": "str"},
                "exclude": {"type": "list", "elements": "str", "default": []},
                "comments": {"type": "bool", "default": True},
                "schemas": {"type": "list", "elements": "str", "default": []},
                "tables": {"type": "list", "elements": "str", "default": []},
                "jobs": {"type": "int", "default": 1},
                "temp_dir": {"type": "path"},
                "maintenance_db": {"type": "str", "default": "postgres"},
                "assume_empty": {"type": "bool", "default": False},
                "assume_version": {"type": "str"},
            },
            rules={"name": _dump_names.problem_with_name, "assume_version": _problem_with_version},
            checks=(_positive("jobs"), _database_name, _prefix_of_latest, _part),
        )
    )
)

RECORD = (
    DESTINATION.merge(_PREFIX)
    .merge(_DATABASE)
    .merge(
        ArgumentSpec(
            options={
                "take_over": {"type": "bool", "default": False},
                "name": {"type": "str"},
                "proof": {"type": "str", "choices": [_manifest.PASSED, _manifest.FAILED]},
                "reason": {"type": "str", "default": ""},
            },
            required_together=(("name", "proof"),),
            rules={"name": _problem_with_one},
            checks=(_take_over_for_whom,),
        )
    )
)

PRUNE = (
    DESTINATION.merge(_PREFIX)
    .merge(_DATABASE)
    .merge(_retention.SPEC)
    .merge(
        ArgumentSpec(
            options={
                "server_version": {"type": "str"},
                "upcoming": {"type": "str", "choices": ["dump", "mark"]},
            },
            rules={"server_version": _problem_with_version},
        )
    )
)


def destination(ctx: Context) -> Destination:
    """Return the destination that the options name; nothing is asked of it yet."""
    if ctx.params["storage_account_url"]:
        return Container(_blob_container.BlobContainer(ctx.session, ctx.params), ctx.params["blob_prefix"])
    return Directory(pathlib.Path(ctx.params["directory"]))
