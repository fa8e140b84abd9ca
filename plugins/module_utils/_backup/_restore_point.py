# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A state of a database that can be restored, whoever keeps it. Pure; private to this collection."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

DUMP, POINT = "dump", "point"

NAME_TIME = "%Y%m%dT%H%M%SZ"
"""The time in the name of a backup."""
TIME = "%Y-%m-%dT%H:%M:%SZ"
"""A time as it is told."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class RestorePoint:
    """What a name stands for.

    :param kind: C(dump), which any server takes, or C(point), which Azure restores into a new server.
    :param type: what it was made as: C(dump), C(mark), C(azure) (on demand), C(automatic), C(moment) (only named).
    :param moment: whose state it is, ISO 8601.
    :param prefix: what the name begins with; empty where nobody has named it.
    :param tables: the number of rows by table, where it is known.
    :param resource_id: the server a point is of, where that is written down.
    :param database: the database a dump is of; a point is of all of its server.
    :param further: the dumps of other databases that were made together with it, with C(name) and C(database).
    :param good: whether it can be relied on; what can not is restored by its name only.
    :param proven: when a restore has proven it, ISO 8601; empty where none has.
    """

    kind: str
    type: str
    name: str
    moment: str
    prefix: str = ""
    tables: t.Mapping[str, int] = dataclasses.field(default_factory=dict)
    resource_id: str = ""
    size_bytes: int | None = None
    sha256: str | None = None
    database: str = ""
    further: tuple[t.Mapping[str, str], ...] = ()
    good: bool = True
    proven: str = ""

    @property
    def server(self) -> str:
        """The name of the server that a point is of; empty where nobody has written it down."""
        return self.resource_id.rpartition("/")[2]

    @property
    def time(self) -> datetime.datetime:
        """The moment as a time."""
        return datetime.datetime.fromisoformat(self.moment)

    def represent(self) -> dict[str, t.Any]:
        """Return it as results show it."""
        further = [dict(one) for one in self.further]
        return {**dataclasses.asdict(self), "tables": dict(self.tables), "server": self.server, "further": further}


def upcoming(kind: str, prefix: str, name: str, now: datetime.datetime) -> RestorePoint:
    """Return a backup as a rehearsal would have made it.

    :param kind: C(dump), C(azure) or C(mark).
    :param name: empty: it is made from the prefix and the time.
    """
    return RestorePoint(
        kind=DUMP if kind == "dump" else POINT,
        type=kind,
        name=name or f"{prefix}-{now:{NAME_TIME}}",
        moment=f"{now:{TIME}}" if kind != "dump" else "",
        prefix=prefix,
    )
