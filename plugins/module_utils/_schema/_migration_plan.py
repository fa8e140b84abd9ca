# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is left to apply, given the files and what the database has. Pure; private to this collection."""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import describe
from ansible_collections.codexdominion.azure.plugins.module_utils._schema._history import Record
from ansible_collections.codexdominion.azure.plugins.module_utils._schema._migration_files import Migration


class Plan(t.NamedTuple):
    """What a run does.

    :ivar current: the version the database has; 0 before the first migration.
    :ivar apply: the files to apply, in their order.
    :ivar later: the files beyond the target.
    :ivar adopt: the files to record without applying them, before the others.
    """

    current: int
    apply: list[Migration]
    later: list[Migration]
    adopt: list[Migration] = []  # noqa: RUF012 - nobody changes a plan


def baseline(migrations: t.Sequence[Migration], name: str | None) -> int:
    """Return the version of the file that a baseline names; 0 without one.

    :param name: of the file, with or without C(.sql).
    :raises OperationsError: C(BaselineUnknown) when there is no such file.
    """
    if not name:
        return 0
    for migration in migrations:
        if name.removesuffix(".sql") == migration.file.removesuffix(".sql"):
            return migration.version
    files = ", ".join(migration.file for migration in migrations) or "there is none"
    raise OperationsError(
        f"The baseline {name} is none of the migrations: {files}",
        code="BaselineUnknown",
        remedy="Nothing was applied: set baseline to the whole name of the last file that the database already has.",
    )


def plan(migrations: t.Sequence[Migration], records: t.Sequence[Record], target: int | None, adopted: int = 0) -> Plan:
    """Compare files and records.

    :param target: the version to stop at; the newest file's when None.
    :param adopted: the version up to which a database without any records has the files all the same.
    :raises OperationsError: C(SchemaNewer) when the database has versions without a file, C(MigrationsChanged) when
        files and records contradict each other, C(TargetUnreachable); nothing is planned then.
    """
    files = {migration.version: migration for migration in migrations}
    newest = max(files, default=0)
    current = max((record.version for record in records), default=0)
    if current > newest:
        raise OperationsError(
            f"The database is newer than these files: it has version {current}, the newest file is version {newest}",
            code="SchemaNewer",
            remedy="Use the files of the release that applied it.",
            details={"current_version": current, "newest_file": newest},
        )
    if problems := list(_contradictions(files, records, current)):
        raise OperationsError(
            f"Files and database contradict each other: {describe(problems)}",
            code="MigrationsChanged",
            remedy="Put the files back as they were applied, and write every change as a new file.",
            details={"problems": problems},
        )
    if target is not None and not max(current, adopted if not records else 0) <= target <= newest:
        raise OperationsError(
            f"The target {target} is not between the database's version {current} and the newest file's {newest}",
            code="TargetUnreachable",
            remedy="Migrations go forward only: restore a backup to go back.",
        )
    last = newest if target is None else target
    first = adopted if not records else current
    pending = [migration for migration in migrations if migration.version > first]
    return Plan(
        current,
        [migration for migration in pending if migration.version <= last],
        [migration for migration in pending if migration.version > last],
        [migration for migration in migrations if current < migration.version <= first],
    )


def _contradictions(files: t.Mapping[int, Migration], records: t.Sequence[Record], current: int) -> t.Iterator[str]:
    for record in records:
        migration = files[record.version]  # the files have every version from 1 to beyond the current one
        if record.sha256 not in {migration.sha256, *migration.sums}:
            yield f"{migration.file} has changed since it was applied"
    applied = {record.version for record in records}
    for version in range(1, current):
        if version not in applied:
            yield f"{files[version].file} was never applied, though version {current} was"
