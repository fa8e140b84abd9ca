"""The table of versions is what PostgreSQL's own programs do, for the majors that are on this machine.

The embedded PostgreSQL is one; the others are Debian's, or those of the folders that POSTGRESQL_BINS names.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _versions
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._versions import Origin
from azure_simulator.postgresql import binaries
from azure_simulator.postgresql.binaries import Binaries
from tests.support.database import Database, Server, new_database
from tests.support.invoke import invoke

pytestmark = [pytest.mark.slow, pytest.mark.soak]

OBJECTS = """
CREATE TABLE capsules (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload jsonb NOT NULL,
                       twice int GENERATED ALWAYS AS (2 + 2) STORED);
INSERT INTO capsules (payload) SELECT jsonb_build_object('n', n) FROM generate_series(1, 50) AS n;
CREATE TABLE measured (at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE measured_2026 PARTITION OF measured FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
CREATE TRIGGER stamp BEFORE INSERT ON capsules FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE VIEW newest AS SELECT max(id) FROM capsules;
CREATE PUBLICATION everything FOR TABLE capsules;
CREATE STATISTICS together ON id, twice FROM capsules;
CREATE POLICY all_of_them ON capsules USING (true);
CREATE TYPE mood AS ENUM ('calm', 'other');
SELECT lo_create(4242);
"""


def installed() -> dict[int, Path | None]:
    """Return the folders of the programs there are, by their majors; None: the embedded ones."""
    folders = [Path(one) for one in os.environ.get("POSTGRESQL_BINS", "").split(os.pathsep) if one]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    found: dict[int, Path | None] = {}
    for folder in folders:
        if all((folder / name).is_file() for name in ("initdb", "postgres", "pg_dump", "pg_restore")):
            found.setdefault(_major(folder), folder)
    found[_major(Binaries.find().directory)] = None
    return dict(sorted(found.items()))


def _major(folder: Path) -> int:
    said = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True, check=True).stdout
    return int(re.findall(r"\d+", said)[0])


INSTALLED = installed()
pytestmark.append(
    pytest.mark.skipif(len(INSTALLED) < 2, reason=f"PostgreSQL {list(INSTALLED)} is the only one on this machine")
)


class Major:
    """A server of one major, and its client programs, which speak TLS."""

    def __init__(self, folder: Path, programs: Path | None) -> None:
        self.server = Server(folder, programs)
        self.bin_dir = folder / "clients"
        found = Binaries.find(programs)
        # Those of a wheel may have been built without TLS, as the embedded ones; Debian's have it.
        is_of_wheel = not _speaks_tls(found)
        Binaries(found.directory, binaries._libpq() if is_of_wheel else None).write_clients(self.bin_dir)


def _speaks_tls(found: Binaries) -> bool:
    """Return whether clients connect with TLS: to a port where nobody listens, they complain about that alone."""
    words = [found.program("pg_dump"), "--no-password", "sslmode=require host=127.0.0.1 port=1 dbname=postgres"]
    said = subprocess.run(words, capture_output=True, text=True, check=False).stderr
    return "sslmode" not in said


@pytest.fixture(scope="module")
def majors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Major]]:
    """A server of every major there is."""
    found: dict[int, Major] = {}
    try:
        for major, programs in INSTALLED.items():
            found[major] = Major(tmp_path_factory.mktemp(f"postgresql{major}"), programs)
        yield found
    finally:
        for one in found.values():
            one.server.stop()


@pytest.fixture(scope="module")
def sources(majors: dict[int, Major]) -> Iterator[dict[int, Database]]:
    """A database with something of everything on each server."""
    with contextlib.ExitStack() as stack:
        found = {major: stack.enter_context(new_database(one.server)) for major, one in majors.items()}
        for database in found.values():
            database.execute(OBJECTS)
        yield found


def environment(database: Database) -> dict[str, str]:
    """Return what connects PostgreSQL's programs."""
    login = database.login
    return {
        **os.environ,
        "PGHOST": login["login_host"],
        "PGUSER": login["login_user"],
        "PGPASSWORD": login["login_password"],
        "PGDATABASE": database.name,
        "PGSSLMODE": "require",
    }


def runs(program: Path, *arguments: str | Path, database: Database) -> bool:
    """Return whether a program ends well."""
    words = [str(program), *map(str, arguments)]
    return not subprocess.run(words, env=environment(database), capture_output=True, check=False).returncode


def test_the_programs_do_what_the_table_says(
    majors: dict[int, Major], sources: dict[int, Database], tmp_path: Path
) -> None:
    for server, made_by in itertools.product(majors, majors):
        file = tmp_path / f"{server}-{made_by}.dump"
        made = runs(majors[made_by].bin_dir / "pg_dump", "--format=custom", f"--file={file}", database=sources[server])
        assert made is _versions.dumps(made_by, server), (server, made_by)
        if not made:
            continue
        for program, target in itertools.product(majors, [one for one in majors if one >= server]):
            with new_database(majors[target].server) as into:
                options = ("--exit-on-error", "--no-owner", "--no-privileges", f"--dbname={into.name}", file)
                done = runs(majors[program].bin_dir / "pg_restore", *options, database=into)
            expected = _versions.restores(program, Origin(server, made_by), target)
            assert done is expected, (server, made_by, program, target)


@pytest.mark.parametrize("server", INSTALLED)
def test_a_dump_that_is_made_is_restored_with_the_same_programs(
    server: int, majors: dict[int, Major], sources: dict[int, Database], tmp_path: Path
) -> None:
    """No other is made: what refuses it names programs that make one."""
    able = []
    for program in majors:
        there = {"directory": str(tmp_path / str(program)), "prefix": "codex"}
        options = {**sources[server].login, **there, "bin_dir": str(majors[program].bin_dir)}
        made = invoke("postgresql_dump", options)
        if made.get("failed"):
            assert made["failure"]["code"] in ("ProgramTooOld", "ProgramTooNew"), made
            assert f"PostgreSQL {_versions.words(_versions.programs_to_back_up(server))}," in made["failure"]["remedy"]
            assert not list((tmp_path / str(program)).glob("codex-*"))
            continue
        able.append(program)
        into = {**options, "name": "latest", "login_db": f"{sources[server].name}_restored", "overwrite": True}
        restored = invoke("postgresql_dump_restore", into)
        assert not restored.get("failed"), restored
        assert restored["tables"] == {"public.capsules": 50, "public.measured_2026": 0}
    assert able == [one for one in majors if one in _versions.programs_to_back_up(server)]
