"""Dumps and restores a database by our modules and by plain programs, prints both, judges nothing (`make bench`).

tools/bench_database.py [MEGABYTES]      1024 if it is not given
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "collections")]

from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _connection  # noqa: E402
from tests.support.database import Database, Server  # noqa: E402

MEGABYTES = 1024
ROUNDS = 3
"""Of each time the best counts: what else runs on the machine only ever adds."""
JOBS = 2
"""How many processes restore, what `database_backup_jobs` is by default; a pipe cannot be read by several."""
MEGABYTES_OF_SCALE = 15
"""What one unit of pgbench's scale takes."""
SHAPES = {"one table": [], "four tables": ["--partitions=4"]}
"""What pgbench is told to make of it. One large table is restored by one process, whatever the number of jobs."""

# A module in a process of its own, which says how much memory it has had at most: itself, not the programs it runs.
MODULE = """
import json, resource, sys
from tests.support.invoke import invoke

result = invoke(sys.argv[1], json.load(sys.stdin))
assert not result.get("failed"), result["msg"]
print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
"""


def main() -> int:
    """Measure on a server of its own and print one line each."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else MEGABYTES
    folder = Path(tempfile.mkdtemp(prefix="codex-bench-"))
    server = Server(folder)
    try:
        print(f"{'measured':<58} {'here':>12}   target")
        for name, value, target in _measurements(server, folder, megabytes):
            print(f"{name:<58} {value:>12}   {target}", flush=True)
    finally:
        server.stop()
        shutil.rmtree(folder)
    return 0


def _measurements(server: Server, folder: Path, megabytes: int) -> Iterator[tuple[str, str, str]]:
    memory: dict[str, float] = {}
    for number, (shape, options) in enumerate(SHAPES.items()):
        given = [f"--scale={max(1, megabytes // MEGABYTES_OF_SCALE)}", *options]
        yield from _shape(server, folder / str(number), shape, given, memory)
    for name, megabytes_used in memory.items():
        yield f"memory, {name}", f"{megabytes_used:.0f} MB", "< 100 MB"


def _shape(
    server: Server, folder: Path, shape: str, options: list[str], memory: dict[str, float]
) -> Iterator[tuple[str, str, str]]:
    """Measure with a database of one shape, and remove it again."""
    source, copy = Database(server, "source"), Database(server, "copy")
    folder.mkdir()
    _administer(server, "CREATE DATABASE source")
    subprocess.run(
        [server.bin_dir / "pgbench", "--initialize", "--quiet", *options],
        env=_environment(source),
        check=True,
        capture_output=True,
    )
    yield f"{shape}, database", f"{source.value('SELECT pg_database_size(current_database()) / 1048576')} MB", ""
    rounds = [_round(source, copy, folder / str(number), memory) for number in range(ROUNDS)]
    _administer(server, "DROP DATABASE source")
    times = {name: min(one[name] for one in rounds) for name in rounds[0]}
    for name, seconds in times.items():
        yield f"{shape}, {name}", f"{seconds:.1f} s", ""
    with_us = times["postgresql_dump"] + times["postgresql_dump_restore"]
    plainly = {
        "pg_dump, then pg_restore": times["pg_dump"] + times["pg_restore"],
        "pg_dump | pg_restore": times["pg_dump | pg_restore"],
    }
    for name, seconds in plainly.items():
        yield f"{shape}, both of ours against {name}", f"{(with_us / seconds - 1) * 100:+.1f} %", "< +10 %"


def _round(source: Database, copy: Database, folder: Path, memory: dict[str, float]) -> dict[str, float]:
    """Measure everything once, in seconds; the most memory of our modules, in MB, goes into `memory`."""
    folder.mkdir()
    plain, ours = folder / "plain.dump", folder / "ours"

    def run(module: str, database: Database, **options: Any) -> None:
        memory[module] = max(memory.get(module, 0), _module(module, database, ours, prefix="bench", **options))

    def restore() -> None:
        run("postgresql_dump_restore", copy, name="latest", jobs=JOBS)

    return {
        "pg_dump": _timed(lambda: _plain_dump(source, plain)),
        "postgresql_dump": _timed(lambda: run("postgresql_dump", source)),
        "pg_restore": _restored(copy, lambda: _plain_restore(copy, plain)),
        "postgresql_dump_restore": _restored(copy, restore),
        "pg_dump | pg_restore": _restored(copy, lambda: _pipe(source, copy)),
    }


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _restored(copy: Database, work: Callable[[], object]) -> float:
    """Time what fills an empty database, and remove that again."""
    _administer(copy.server, f"CREATE DATABASE {copy.name}")
    try:
        return _timed(work)
    finally:
        _administer(copy.server, f"DROP DATABASE {copy.name} WITH (FORCE)")


def _administer(server: Server, statement: str) -> None:
    Database(server, "postgres").execute(statement)


def _environment(database: Database) -> dict[str, str]:
    return _connection.environment(database.params)


def _plain_dump(source: Database, file: Path) -> None:
    program = source.server.bin_dir / "pg_dump"
    subprocess.run([program, "--format=custom", f"--file={file}"], env=_environment(source), check=True)


def _plain_restore(copy: Database, file: Path) -> None:
    command = [
        str(copy.server.bin_dir / "pg_restore"),
        f"--dbname={copy.name}",
        "--no-owner",
        f"--jobs={JOBS}",
        str(file),
    ]
    subprocess.run(command, env=_environment(copy), check=True)


def _pipe(source: Database, copy: Database) -> None:
    dumping = subprocess.Popen(
        [source.server.bin_dir / "pg_dump", "--format=custom"], env=_environment(source), stdout=subprocess.PIPE
    )
    restore = [str(copy.server.bin_dir / "pg_restore"), f"--dbname={copy.name}", "--no-owner"]
    subprocess.run(restore, env=_environment(copy), stdin=dumping.stdout, check=True)
    if dumping.wait():
        raise SystemExit("pg_dump failed")


def _module(module: str, database: Database, folder: Path, **options: Any) -> float:
    """Run a module; return its memory in MB."""
    params = {**database.login, "bin_dir": str(database.server.bin_dir), "directory": str(folder), **options}
    said = subprocess.run(
        [sys.executable, "-c", MODULE, module],
        input=json.dumps(params),
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "collections")])},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    return float(said)


if __name__ == "__main__":
    raise SystemExit(main())
