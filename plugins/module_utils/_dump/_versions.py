# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which server, dump and programs go together, by the major versions of PostgreSQL. Pure; private to this collection.

Sources: C(pg_backup_archiver.h) for the versions of archives, C(_doSetFixedOutputState) in C(pg_backup_archiver.c) for
what pg_restore sets first, and runs of all pairs of 15 to 18; see tests/modules/test_dump_versions.py.
"""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError

ARCHIVES: t.Mapping[int, tuple[int, int]] = {14: (1, 14), 15: (1, 14), 16: (1, 15), 17: (1, 16), 18: (1, 16)}
"""The version of archive that pg_dump of a major writes, which is the newest that pg_restore of it reads."""

MAJORS = tuple(sorted(ARCHIVES))
"""The majors that are known. Of newer programs it is assumed that they fit their own major only."""

SETS_TRANSACTION_TIMEOUT = 17
"""The first pg_restore that begins with C(SET transaction_timeout), which servers before the same major do not know."""


class Origin(t.NamedTuple):
    """What a dump comes from, in majors.

    :param server: the server that was dumped; a server before it may lack what is in the dump.
    :param program: the pg_dump that made it.
    """

    server: int
    program: int

    @classmethod
    def of(cls, server_version: str, program_version: str) -> Origin:
        """Return it from the versions in a manifest, such as C(16.9)."""
        return cls(major(server_version), major(program_version))


def major(version: str) -> int:
    """Return the major of a version such as C(16.9) or C(18beta1)."""
    digits = version.split(".", maxsplit=1)[0]
    return int(digits[: next((at for at, one in enumerate(digits) if not one.isdigit()), len(digits))])


def dumps(program: int, server: int) -> bool:
    """Return whether pg_dump of a major dumps a server: it refuses those that are newer."""
    return program >= server


def reads(program: int, origin: Origin) -> bool:
    """Return whether pg_restore of a major understands the archive."""
    if program in ARCHIVES and origin.program in ARCHIVES:
        return ARCHIVES[program] >= ARCHIVES[origin.program]
    return program >= origin.program


def begins(program: int, target: int) -> bool:
    """Return whether a server takes what pg_restore of a major sets first."""
    if program > MAJORS[-1]:
        return target >= program
    return program < SETS_TRANSACTION_TIMEOUT or target >= SETS_TRANSACTION_TIMEOUT


def restores(program: int, origin: Origin, target: int) -> bool:
    """Return whether pg_restore of a major restores a dump into a server."""
    return target >= origin.server and reads(program, origin) and begins(program, target)


def programs_for(origin: Origin, target: int) -> list[int]:
    """Return the majors of pg_restore that restore a dump into a server."""
    return [one for one in _known(target, origin.program) if restores(one, origin, target)]


def targets_of(origin: Origin) -> list[int]:
    """Return the majors of servers that any programs restore a dump into."""
    return [one for one in _known(origin.server, origin.program) if programs_for(origin, one)]


def programs_to_back_up(server: int) -> list[int]:
    """Return the majors of programs whose dumps of a server the same programs restore into it."""
    return [one for one in _known(server) if dumps(one, server) and restores(one, Origin(server, one), server)]


def problem_before_dump(server: int, *, pg_dump: int, pg_restore: int) -> OperationsError | None:
    """Return why no dump is made: these programs cannot, or would make one that they cannot restore into the server.

    :returns: C(ProgramTooOld), C(ProgramTooNew), or None.
    """
    origin = Origin(server, pg_dump)
    if dumps(pg_dump, server) and restores(pg_restore, origin, server):
        return None
    remedy = f"Install the client programs of PostgreSQL {words(programs_to_back_up(server))}, and set bin_dir to them."
    if not dumps(pg_dump, server):
        cause = f"pg_dump is of PostgreSQL {pg_dump}, older than the server, which is of {server}"
        return OperationsError(cause, code="ProgramTooOld", remedy=remedy)
    return _problem(pg_restore, origin, server, remedy)


def problem_of(origin: Origin, *, program: int | None, target: int) -> OperationsError | None:
    """Return why a dump cannot be restored into a server, with what restores it.

    :param program: the major of the pg_restore that is there; None: any that exists will do.
    :returns: C(ServerTooOld), C(NoProgramRestores), C(ProgramTooOld), C(ProgramTooNew), or None.
    """
    able = programs_for(origin, target)
    if able if program is None else restores(program, origin, target):
        return None
    if target < origin.server:
        return OperationsError(
            f"the server is of PostgreSQL {target}, older than the one that was dumped, which is of {origin.server}",
            code="ServerTooOld",
            remedy=_elsewhere(origin),
        )
    if not able:
        return OperationsError(
            f"it was made by pg_dump {origin.program}, and no pg_restore that reads it starts on a server of {target}",
            code="NoProgramRestores",
            remedy=_elsewhere(origin),
        )
    remedy = f"Install the client programs of PostgreSQL {words(able)}, and set bin_dir to them."
    return _problem(t.cast(int, program), origin, target, remedy)


def refusal(problem: OperationsError, doing: str) -> OperationsError:
    """Return a problem as the error of a task.

    :param doing: what is not done for it, such as C(The database codex is not dumped).
    """
    return OperationsError(f"{doing}: {problem.message}", code=problem.code, remedy=problem.remedy)


def _problem(pg_restore: int, origin: Origin, target: int, remedy: str) -> OperationsError:
    if not reads(pg_restore, origin):
        return OperationsError(
            f"pg_restore is of PostgreSQL {pg_restore}, too old for what pg_dump of {origin.program} writes",
            code="ProgramTooOld",
            remedy=remedy,
        )
    return OperationsError(
        f"pg_restore is of PostgreSQL {pg_restore}, and a server of {target} refuses what that sets first,"
        " so these programs make and restore no dump of it",
        code="ProgramTooNew",
        remedy=remedy,
    )


def _elsewhere(origin: Origin) -> str:
    targets = targets_of(origin)
    pairs = [(target, programs_for(origin, target)) for target in targets]
    nearest, able = pairs[0]
    return (
        f"Restore it into a server of PostgreSQL {words(targets)}, for {nearest} with the client programs of"
        f" {words(able)} (bin_dir); or restore another backup."
    )


def _known(*more: int) -> list[int]:
    return sorted({*MAJORS, *more})


def words(majors: t.Sequence[int]) -> str:
    """Return majors as people say them, such as C(14, 15 or 16)."""
    *first, last = [str(one) for one in majors]
    return f"{', '.join(first)} or {last}" if first else last
