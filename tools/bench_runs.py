"""Measures runs that change nothing, as multiples of an empty one, near Azure and far; judges nothing (`make bench`).

tools/bench_runs.py [ROUNDS [STACKS]]      5 rounds and 20 stacks if they are not given

The machine may be busy: what is compared runs in turns, its load is printed, and tasks and requests, which do not
depend on it, are counted.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "collections")]

from tests.support.inventory import write_inventory  # noqa: E402
from tests.support.local_azure import LocalAzure  # noqa: E402
from tests.support.playbooks import playbook_path, run_playbook  # noqa: E402
from tests.support.stack import DATABASE  # noqa: E402

ROUNDS, STACKS = 5, 20
LATENCIES = (0, 150)
FULL: dict[str, Any] = {
    **DATABASE,
    "stack_profile": "full",
    "database_server_name": "full-db-server",
    "redis_name": "full-cache",
    "redis_ca_cert": "{{ rehearsal_azure['ca_path'] }}",
}
EMPTY = "- hosts: all\n  gather_facts: false\n  tasks: []\n"
RUNS = {
    "an empty playbook": ("", "full"),
    "setup_stack, mvp": ("setup_stack", "mvp"),
    "setup_stack, full": ("setup_stack", "full"),
    "update_env, full": ("update_env", "full"),
    "redeploy_backend, full": ("redeploy_backend", "full"),
    "verify_stack, full": ("verify_stack", "full"),
}


class Measured(NamedTuple):
    """One run: seconds by the clock and on a CPU, tasks that were shown, requests to the management endpoint."""

    seconds: float
    cpu: float
    tasks: int
    requests: int


class Bench:
    """Stacks on a local Azure of their own."""

    def __init__(self, folder: Path, stacks: int) -> None:
        self._folder = folder
        self._empty = folder / "empty.yml"
        self._empty.write_text(EMPTY, encoding="utf-8")
        self.many = [f"many{number:02}" for number in range(stacks)]
        self._inventory = write_inventory(
            folder / "stacks", {"mvp": {}, "full": FULL, **{name: {} for name in self.many}}
        )
        self._local = LocalAzure(folder / "azure")

    def stop(self) -> None:
        """Stop the local Azure."""
        self._local.stop()

    def move(self, latency: int) -> None:
        """Have the local Azure as many milliseconds away."""
        if self._local.state_dir.exists():
            self._local.stop()
        self._local = LocalAzure(self._folder / "azure", latency=str(latency))
        self._local.start()

    def set_up(self, hosts: str) -> None:
        """Set stacks up."""
        for playbook in ("push_sample_image", "setup_stack"):
            self._run(playbook, hosts)

    def run(self, playbook: str, hosts: str) -> Measured:
        """Run a playbook that changes nothing; the empty one if it has no name."""
        self._local.forget()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        output = self._run(playbook, hosts)
        seconds = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        requests = sum(one["host"] == "management" for one in self._local.requests())
        if self._local.writes():
            raise SystemExit(f"{playbook} has written:\n{output}")
        return Measured(seconds, cpu, output.count("\nTASK ["), requests)

    def _run(self, playbook: str, hosts: str) -> str:
        path = playbook_path(playbook) if playbook else self._empty
        done = run_playbook(path, "--limit", hosts, state_dir=self._local.state_dir, inventory=self._inventory)
        if done.code != 0:
            raise SystemExit(done.output)
        return done.output


def main() -> int:
    """Measure, and print one line each."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    given = [int(word) for word in sys.argv[1:]]
    rounds, stacks = (given + [ROUNDS, STACKS][len(given) :])[:2]
    folder = Path(tempfile.mkdtemp(prefix="codex-bench-"))
    bench = Bench(folder, stacks)
    try:
        bench.move(0)
        bench.set_up("mvp,full")
        print(
            f"{'converged, median of ' + str(rounds):<34}{'seconds':>9}{'x empty':>9}{'on a CPU':>10}  tasks  requests"
        )
        for latency in LATENCIES:
            bench.move(latency)
            print(f"at {latency} ms (load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)")
            for line in _table(bench, rounds):
                print(line, flush=True)
        if stacks:
            bench.move(0)
            for line in _many(bench):
                print(line, flush=True)
    finally:
        bench.stop()
        shutil.rmtree(folder)
    return 0


def _table(bench: Bench, rounds: int) -> Iterator[str]:
    found: dict[str, list[Measured]] = {name: [] for name in RUNS}
    for _round in range(rounds):
        for name, (playbook, host) in RUNS.items():
            found[name].append(bench.run(playbook, host))
    empty = statistics.median(one.seconds for one in next(iter(found.values())))
    for name, measured in found.items():
        seconds = statistics.median(one.seconds for one in measured)
        cpu = statistics.median(one.cpu for one in measured)
        last = measured[-1]
        yield f"  {name:<32}{seconds:>7.2f} s{seconds / empty:>8.1f}x{cpu:>8.2f} s{last.tasks:>7}{last.requests:>10}"


def _many(bench: Bench) -> Iterator[str]:
    bench.set_up(",".join(bench.many))
    yield f"{'setup_stack, mvp, in one run':<34}{'seconds':>9}{'a stack':>9}{'on a CPU':>10}  requests  MB a fork"
    for count in sorted({1, max(1, len(bench.many) // 4), len(bench.many)}):
        with _memory_of_forks() as most:
            measured = bench.run("setup_stack", ",".join(bench.many[:count]))
        a_stack, cpu = measured.seconds / count, measured.cpu / count
        yield (
            f"  {count:<32}{measured.seconds:>7.2f} s{a_stack:>7.2f} s{cpu:>8.2f} s{measured.requests:>10}"
            f"{max(most, default=0):>11.0f}"
        )


@contextlib.contextmanager
def _memory_of_forks() -> Iterator[list[float]]:
    """Collect, while it is open, the MB that each worker of our ansible-playbook has for itself."""
    found: list[float] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            for pid in _grandchildren():
                with contextlib.suppress(OSError, ValueError):
                    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
                    found.append(sum(int(line.split()[1]) for line in lines if line.startswith("Private")) / 1024)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def _grandchildren() -> list[str]:
    """Return the workers: children of the ansible-playbook that is our child."""
    children = subprocess.run(["pgrep", "-P", str(os.getpid())], capture_output=True, text=True, check=False).stdout
    parents = ",".join(children.split())
    return subprocess.run(["pgrep", "-P", parents], capture_output=True, text=True, check=False).stdout.split()


if __name__ == "__main__":
    raise SystemExit(main())
