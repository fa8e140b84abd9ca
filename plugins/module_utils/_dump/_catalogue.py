# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which backups there are at a destination, and in what state. Private to this collection."""

from __future__ import annotations

import collections
import dataclasses
import hashlib
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import (
    _dump_names,
    _manifest,
    _owner,
    _versions,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._destination import Destination, Entry
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._owner import Owner

ANYBODY = Owner()
"""Who asks for the backups of all."""

COMPLETE, INCOMPLETE, DOUBTFUL = "complete", "incomplete", "doubtful"
UNPROVEN, UNRESTORABLE = "not proven", "not restorable"


@dataclasses.dataclass(frozen=True)
class Found:
    """A backup as it is stored.

    :param state: C(complete); C(incomplete) when a part was never written; C(doubtful) when something contradicts;
      C(not proven) when a restore for a proof has failed; C(not restorable) when no program that is there restores it.
    :param problem: what is wrong, empty for a complete one.
    :param files: its files that have their final names.
    """

    name: _dump_names.Name
    state: str
    problem: str
    manifest: _manifest.Dump | _manifest.Mark | None
    files: tuple[str, ...]
    size: int

    @property
    def good(self) -> bool:
        """Whether it can be relied on, as far as can be told without reading all of it."""
        return self.state == COMPLETE

    @property
    def whole(self) -> bool:
        """Whether nothing of it is missing, whoever may restore it."""
        return self.state in (COMPLETE, UNPROVEN, UNRESTORABLE)

    @property
    def is_dump(self) -> bool:
        """Whether there are data in it."""
        return self.name.dump in self.files or isinstance(self.manifest, _manifest.Dump)

    def represent(self) -> dict[str, t.Any]:
        """Return it as results show it."""
        return {
            "name": str(self.name),
            "prefix": self.name.prefix,
            "moment": self.name.moment.isoformat().replace("+00:00", "Z"),
            "state": self.state,
            "problem": self.problem,
            "size_bytes": self.size,
            "manifest": self.manifest.represent() if self.manifest else None,
        }


def find(destination: Destination, prefix: str | None = None, owner: Owner = ANYBODY) -> list[Found]:
    """Return the backups at a destination, complete or not, the newest first.

    :param prefix: whose; everybody's if this is None.
    :param owner: whose stack alone may use that prefix, and whose server and database the backups are of. What has no
      manifest may be anybody's.
    :raises OperationsError: C(PrefixInUse) when another stack uses the prefix.
    """
    entries: dict[_dump_names.Name, list[Entry]] = collections.defaultdict(list)
    for entry in destination.entries():
        name = _dump_names.of_file(entry.file)
        if name is not None and prefix in (None, name.prefix):
            entries[name].append(entry)
    newest_first = sorted(entries, key=lambda name: (name.moment, name.prefix), reverse=True)
    backups = [_found(destination, name, entries[name]) for name in newest_first]
    if prefix:
        _refuse_others(backups, owner, destination.where)
    return [one for one in backups if one.manifest is None or owner.has(one.manifest)]


def _refuse_others(backups: list[Found], owner: Owner, where: str) -> None:
    others = [one for one in backups if one.manifest and not owner.shares_prefix(one.manifest)]
    if others and others[0].manifest:
        raise OperationsError(
            f"The backup {others[0].name} in {where} belongs to {others[0].manifest.owner}, not to {owner.stack}",
            code="PrefixInUse",
            remedy="Give the two different prefixes or different places (database_backup_prefix in an inventory). If it"
            " is your own, of a stack that was moved, have backup_database take it over, once, with"
            " -e database_backup_take_over=true (take_over); by its name it is restored without that.",
            details={"backups": [str(one.name) for one in others]},
        )


def get(destination: Destination, wanted: str, prefix: str | None, owner: Owner = ANYBODY) -> Found:
    """Return a complete dump.

    :param wanted: a name, or C(latest), which is the newest good dump with the prefix. One that is named may be of any
      stack and server, and a failed proof of it is for who names it to judge.
    :param owner: whose the latest one is; of one that is named, the database.
    :raises OperationsError: C(BackupNotFound), C(BackupDoubtful), C(BackupIsMark), C(OtherDatabase),
      C(DatabaseNotNamed), or C(PrefixInUse).
    """
    name = _dump_names.parse(wanted)
    backups = find(destination, name.prefix) if name else find(destination, prefix, owner)
    if name is None:
        _refuse_several(backups, destination.where)
        found = next((one for one in backups if one.good and one.is_dump), None)
    else:
        found = next((one for one in backups if one.name == name), None)
    if found is None:
        raise OperationsError(
            f"There is no {'complete dump' if name is None else 'backup'} {wanted} in {destination.where}"
            + (f" with the prefix {prefix}" if name is None else ""),
            code="BackupNotFound",
            remedy="Look what is there with postgresql_dump_info.",
            details={"backups": [str(one.name) for one in backups]},
        )
    if not found.whole:
        raise OperationsError(
            f"The backup {found.name} in {destination.where} is {found.state}: {found.problem}",
            code="BackupDoubtful",
            remedy="Choose another backup.",
        )
    if not isinstance(found.manifest, _manifest.Dump):
        raise OperationsError(
            f"{found.name} is a restore mark and holds no data",
            code="BackupIsMark",
            remedy=f"Restore the server to {found.name.moment:%Y-%m-%dT%H:%M:%SZ} with postgresql_server.",
        )
    if owner.database and found.manifest.database != owner.database:
        raise OperationsError(
            f"The backup {found.name} in {destination.where} is of {_owner.words(found.manifest)}, not of database"
            f" {owner.database}",
            code="OtherDatabase",
            remedy="If it is meant, run it again with: -e database_backup_restore_from_database="
            f"{found.manifest.database} (database)",
        )
    return found


def _refuse_several(backups: list[Found], where: str) -> None:
    """Refuse to take the latest of several databases, where nobody has said which."""
    of = {_owner.words(one.manifest): one.name for one in reversed(backups) if isinstance(one.manifest, _manifest.Dump)}
    if len({one.manifest.database for one in backups if isinstance(one.manifest, _manifest.Dump)}) > 1:
        raise OperationsError(
            f"The dumps in {where} are of several databases: "
            + ", ".join(f"{name} of {what}" for what, name in sorted(of.items())),
            code="DatabaseNotNamed",
            remedy="Name one of them, or set database to the one that is meant.",
        )


def judge(found: Found, *, program: int | None, target: int | None) -> Found:
    """Return a dump as it is good for restoring.

    :param program: the major of the pg_restore that is there; None: any that exists will do.
    :param target: the major of the server to restore into; None: that of the server that was dumped.
    """
    if not found.good or not isinstance(found.manifest, _manifest.Dump):
        return found
    origin = _versions.Origin.of(found.manifest.server_version, found.manifest.pg_dump_version)
    problem = _versions.problem_of(origin, program=program, target=target or origin.server)
    if problem is None:
        return found
    return dataclasses.replace(found, state=UNRESTORABLE, problem=f"{problem.message}. {problem.remedy}")


def checksum(chunks: t.Iterable[bytes]) -> tuple[str, int]:
    """Return the SHA-256 and the number of bytes."""
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def problem_with_content(manifest: _manifest.Dump, sha256: str, size: int) -> str:
    """Return how the data differ from what the manifest says, nothing if they do not."""
    if size != manifest.size_bytes:
        return f"it has {size} bytes instead of {manifest.size_bytes}"
    return "" if sha256 == manifest.sha256 else "its checksum is wrong"


def verify(destination: Destination, found: Found) -> Found:
    """Read all of a complete dump; return it as it proved to be."""
    if not found.good or not isinstance(found.manifest, _manifest.Dump):
        return found
    problem = problem_with_content(found.manifest, *checksum(destination.read(found.name.dump)))
    return dataclasses.replace(found, state=DOUBTFUL, problem=problem) if problem else found


def _found(destination: Destination, name: _dump_names.Name, entries: list[Entry]) -> Found:
    sizes = {one.file: one.size for one in entries if not one.partial}
    size = next((one.size for one in entries if one.file == name.dump), 0)
    manifest: _manifest.Dump | _manifest.Mark | None = None
    state, problem = COMPLETE, ""
    if name.manifest in sizes:
        try:
            manifest = _manifest.parse(b"".join(destination.read(name.manifest)))
            problem = _contradiction(manifest, name, sizes)
        except _manifest.UnreadableError as exc:
            problem = str(exc)
        state = DOUBTFUL if problem else COMPLETE
        if not problem and isinstance(manifest, _manifest.Dump) and manifest.proof == _manifest.FAILED:
            state = UNPROVEN
            problem = f"the proof by restore at {manifest.proof_moment} has failed: {manifest.proof_reason}"
    elif name.dump in sizes:
        state, problem = INCOMPLETE, "it has no manifest"
    else:
        state, problem = INCOMPLETE, "the run that made it has not finished"
    return Found(name, state, problem, manifest, tuple(sorted(sizes)), size)


def _contradiction(manifest: _manifest.Dump | _manifest.Mark, name: _dump_names.Name, sizes: dict[str, int]) -> str:
    if manifest.name != str(name):
        return f"its manifest is that of {manifest.name}"
    if isinstance(manifest, _manifest.Mark):
        return ""
    if name.dump not in sizes:
        return "its dump is missing"
    if (size := sizes[name.dump]) != manifest.size_bytes:
        return f"its dump has {size} bytes instead of {manifest.size_bytes}"
    return ""
