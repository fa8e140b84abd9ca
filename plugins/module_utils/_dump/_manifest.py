# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written beside a backup: where it came from and what must be in it. Pure; private to this collection."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _database_properties, _roles

FORMAT = 1


class UnreadableError(ValueError):
    """What is stored is not a manifest that this version understands."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Manifest:
    """What every kind of backup says.

    :param started: the moment whose state it is, ISO 8601 in UTC, by the clock of the server.
    :param clock_skew_seconds: by how much the server's clock was ahead of ours.
    :param owner: whose it is; None where nobody has said so.
    """

    name: str
    server: str
    server_version: str
    started: str
    clock_skew_seconds: float
    kind: str
    format: int = FORMAT
    owner: str | None = None

    def represent(self) -> dict[str, t.Any]:
        """Return it as results show it."""
        return {name: value for name, value in dataclasses.asdict(self).items() if name != "properties"}

    def to_bytes(self) -> bytes:
        """Return it as it is stored."""
        return json.dumps(dataclasses.asdict(self), indent=2, allow_nan=False).encode() + b"\n"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Dump(Manifest):
    """A dump in the custom format of pg_dump.

    :param size_bytes: of the dump; C(sha256) is its checksum.
    :param tables: the number of rows in the dump by the quoted name of each table.
    :param schema_version: the newest applied migration, or None where none are recorded.
    :param azure_server: the name of the server in Azure, where it was known.
    :param part_of: the checksum of the dump of another database that it was made together with.
    :param roles: of the server, see _roles.py; None where nobody has told them.
    :param proof: C(passed) or C(failed), what the last restore for a proof has come to; None where there was none.
    :param proof_moment: when that was; C(proof_reason) says why it has failed.
    :param properties: of the database, see _database_properties.py; None where an older version has made the dump. Its
        settings may be secrets, so no result shows it.
    """

    database: str
    encoding: str
    collation: str
    ctype: str
    pg_dump_version: str
    size_bytes: int
    sha256: str
    tables: dict[str, int]
    schema_version: str | None
    finished: str
    duration_seconds: float
    kind: str = "dump"
    azure_server: str | None = None
    part_of: str | None = None
    roles: list[dict[str, t.Any]] | None = None
    proof: str | None = None
    proof_moment: str | None = None
    proof_reason: str | None = None
    properties: dict[str, t.Any] | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mark(Manifest):
    """A moment that the server can be restored to.

    :param resource_id: the server.
    :param earliest_restore: the beginning of the point-in-time window when the mark was made.
    """

    resource_id: str
    earliest_restore: str
    backup_retention_days: int
    kind: str = "mark"


PASSED, FAILED = "passed", "failed"
"""What a proof by restore comes to."""

_KINDS: dict[str, type[Dump | Mark]] = {"dump": Dump, "mark": Mark}


def parse(content: bytes) -> Dump | Mark:
    """Return the manifest that was stored.

    :raises UnreadableError: with the reason.
    """
    try:
        stored = json.loads(content)
    except ValueError as exc:
        raise UnreadableError("its manifest is not JSON") from exc
    if not isinstance(stored, dict) or stored.get("format") != FORMAT or stored.get("kind") not in _KINDS:
        raise UnreadableError("its manifest is not of a format that this version knows")
    kind = _KINDS[stored["kind"]]
    types = t.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        if field.name == "properties":
            _require_properties(stored.get(field.name))
        elif field.name == "roles":
            _require_roles(stored.get(field.name))
        elif not _is(stored.get(field.name), types[field.name]):
            raise UnreadableError(f"its manifest has no valid {field.name}")
    values: dict[str, t.Any] = {field.name: stored.get(field.name) for field in dataclasses.fields(kind)}
    return kind(**values)


def _require_roles(value: t.Any) -> None:
    try:
        _roles.parse(value)
    except ValueError as exc:
        raise UnreadableError("its manifest has no valid roles") from exc


def _require_properties(value: t.Any) -> None:
    try:
        _database_properties.parse(value)
    except ValueError as exc:
        raise UnreadableError("its manifest has no valid properties") from exc


def _is(value: t.Any, kind: t.Any) -> bool:
    if kind == dict[str, int]:
        return isinstance(value, dict) and all(_is(count, int) for count in value.values())
    if kind is float:
        return _is(value, int) or isinstance(value, float)
    return isinstance(value, kind) and not isinstance(value, bool)
