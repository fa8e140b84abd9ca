"""Server, dump and programs: every combination of 14 to 18, and remedies that lead somewhere."""

from __future__ import annotations

import itertools
import re

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _versions
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._versions import Origin

MAJORS = (14, 15, 16, 17, 18)
OLD, NEW = (14, 15, 16), (17, 18)

# What restores what pg_dump of a major has made, into old and into new servers, as PostgreSQL's own programs do it.
RESTORING: dict[int, tuple[set[int], set[int]]] = {
    14: ({14, 15, 16}, {14, 15, 16, 17, 18}),
    15: ({14, 15, 16}, {14, 15, 16, 17, 18}),
    16: ({16}, {16, 17, 18}),
    17: (set(), {17, 18}),
    18: (set(), {17, 18}),
}
BACKING_UP = {14: {14, 15, 16}, 15: {15, 16}, 16: {16}, 17: {17, 18}, 18: {18}}

ORIGINS = [Origin(server, program) for server, program in itertools.product(MAJORS, MAJORS) if program >= server]


def expected(origin: Origin, target: int) -> set[int]:
    """Return the majors of pg_restore that restore a dump into a server."""
    return RESTORING[origin.program][target in NEW] if target >= origin.server else set()


@pytest.mark.parametrize("target", MAJORS)
@pytest.mark.parametrize("origin", ORIGINS, ids=str)
def test_what_restores_a_dump(origin: Origin, target: int) -> None:
    assert set(_versions.programs_for(origin, target)) == expected(origin, target)
    for program in MAJORS:
        problem = _versions.problem_of(origin, program=program, target=target)
        assert (problem is None) is (program in expected(origin, target))
    assert (_versions.problem_of(origin, program=None, target=target) is None) is bool(expected(origin, target))


@pytest.mark.parametrize(("server", "pg_dump", "pg_restore"), list(itertools.product(MAJORS, MAJORS, MAJORS)))
def test_a_dump_that_is_made_can_be_restored(server: int, pg_dump: int, pg_restore: int) -> None:
    problem = _versions.problem_before_dump(server, pg_dump=pg_dump, pg_restore=pg_restore)
    origin = Origin(server, pg_dump)
    assert (problem is None) is (pg_dump >= server and pg_restore in expected(origin, server))
    if problem is None:
        assert _versions.problem_of(origin, program=pg_restore, target=server) is None


@pytest.mark.parametrize("server", MAJORS)
def test_programs_to_back_up(server: int) -> None:
    assert set(_versions.programs_to_back_up(server)) == BACKING_UP[server]


def named(text: str) -> list[int]:
    """Return the majors that a text names."""
    return [int(one) for one in re.findall(r"\d+", text)]


def test_no_remedy_goes_in_a_circle() -> None:
    """Whoever does what it says is through, whatever was wrong before."""
    for server, pg_dump, pg_restore in itertools.product(MAJORS, MAJORS, MAJORS):
        problem = _versions.problem_before_dump(server, pg_dump=pg_dump, pg_restore=pg_restore)
        for one in named(problem.remedy) if problem else []:
            assert _versions.problem_before_dump(server, pg_dump=one, pg_restore=one) is None
    for origin, program, target in itertools.product(ORIGINS, (None, *MAJORS), MAJORS):
        if problem := _versions.problem_of(origin, program=program, target=target):
            follow(problem, origin, target)


def follow(problem: OperationsError, origin: Origin, target: int) -> None:
    """Do what a remedy says."""
    if elsewhere := re.match(
        r"Restore it into a server of PostgreSQL ([^a-z]+(?:or \d+)?), for (\d+) with (.+)", problem.remedy
    ):
        assert set(named(elsewhere[1])) == {one for one in MAJORS if expected(origin, one)}
        nearest, programs = int(elsewhere[2]), named(elsewhere[3])
    else:
        nearest, programs = target, named(problem.remedy)
    assert programs
    for one in programs:
        assert _versions.problem_of(origin, program=one, target=nearest) is None, problem


@pytest.mark.parametrize(
    ("origin", "program", "target", "code"),
    [
        (Origin(16, 16), 16, 15, "ServerTooOld"),
        (Origin(16, 17), 17, 16, "NoProgramRestores"),
        (Origin(16, 17), 16, 16, "NoProgramRestores"),
        (Origin(16, 17), 16, 17, "ProgramTooOld"),
        (Origin(16, 16), 15, 16, "ProgramTooOld"),
        (Origin(16, 16), 17, 16, "ProgramTooNew"),
    ],
)
def test_why_not(origin: Origin, program: int, target: int, code: str) -> None:
    problem = _versions.problem_of(origin, program=program, target=target)
    assert problem and problem.code == code


def test_what_is_newer_than_all_that_is_known_fits_its_own_major_only() -> None:
    future = Origin(19, 19)
    assert _versions.restores(19, future, 19)
    assert not _versions.restores(18, future, 19)
    assert not _versions.restores(19, Origin(16, 16), 18)
    problem = _versions.problem_of(Origin(16, 19), program=19, target=16)
    assert problem and "a server of PostgreSQL 19, for 19 with the client programs of 19" in problem.remedy


@pytest.mark.parametrize(("text", "major"), [("16.9", 16), ("18beta1", 18), ("15.18 (Debian)", 15), ("17", 17)])
def test_major(text: str, major: int) -> None:
    assert _versions.major(text) == major
