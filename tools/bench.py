"""Measures speed and memory of a rehearsal on this machine and prints a table; judges nothing (`make bench`)."""

from __future__ import annotations

import http.client
import importlib.metadata
import re
import resource
import shutil
import signal
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.local_azure import COMMAND, LocalAzure  # noqa: E402
from tests.support.playbooks import run_playbook  # noqa: E402

SECONDS_OF_LOAD = 5.0
SETUP = ROOT / "playbooks" / "setup_stack.yml"
PROVISION = ROOT / "playbooks" / "provision_database.yml"
PROVISION_CACHE = ROOT / "playbooks" / "provision_cache.yml"
# What the names of the tasks begin with that run a module of ours; the others assert, include, or print.
_MODULE_TASK = re.compile(r"[:|] (?:Provide|Wait|Look|Let) ")
_LOCKED = re.compile(r"^([a-z0-9.-]+)==", re.MULTILINE)


def main() -> int:
    """Run every measurement in a state directory of its own and print one line each."""
    # A stopped measurement cleans up as a finished one does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    state_dir = Path(tempfile.mkdtemp(prefix="codex-bench-"))
    try:
        print(f"{'measured':<58} {'here':>12}   target")
        for name, value, target in _measurements(state_dir):
            print(f"{name:<58} {value:>12}   {target}", flush=True)
    finally:
        LocalAzure(state_dir).stop()
        shutil.rmtree(state_dir)
    return 0


def _measurements(state_dir: Path) -> Iterator[tuple[str, str, str]]:
    local = LocalAzure(state_dir, time_scale=0.01)
    began = time.perf_counter()
    local.start()
    yield "simulator: ready after", _seconds(began), "< 2 s"

    began = time.perf_counter()
    _rehearse(state_dir)
    yield "make rehearsal FRONTEND=no, first, environment in place", _seconds(began), "< 15 s"
    local.forget()
    began = time.perf_counter()
    _rehearse(state_dir)
    yield "make rehearsal FRONTEND=no, second", _seconds(began), ""
    yield "make rehearsal, second: write requests", str(len(local.writes())), "0"

    for label, in_process in (("in process", True), ("ordinary modules", False)):
        local.forget()
        wall, cpu = _converged(state_dir, in_process)
        requests = [entry["path"] for entry in local.requests() if entry["host"] == "management"]
        if in_process:
            wall = _median(state_dir, SETUP)
        yield f"setup_stack, converged, {label}", f"{wall:.2f} s", "< 3 s" if in_process else ""
        yield "  of which on a CPU", f"{cpu:.2f} s", ""
        tasks = _seconds_of_module_tasks(state_dir, in_process)
        yield f"  longest module task, {label}", f"{max(tasks):.3f} s", "< 0.15 s" if in_process else ""
        yield f"  median module task, {label}", f"{statistics.median(tasks):.3f} s", ""
        reads = [path for path in requests if path.startswith("/subscriptions/")]
        yield "  reads of Azure", str(len(reads)), ""
        yield "  second reads of the same resource", str(len(reads) - len(set(reads))), "0"
        yield "  token requests", str(sum(path.endswith("/token") for path in requests)), "1"

    (state_dir / "profile").write_text("database", encoding="utf-8")
    _converged(state_dir, in_process=True, changes=True)
    local.forget()
    yield "provision_database, converged", f"{_median(state_dir, PROVISION):.2f} s", "< 3 s"
    yield "  write requests", str(len(local.writes())), "0"

    (state_dir / "profile").write_text("full", encoding="utf-8")
    _converged(state_dir, in_process=True, changes=True)
    local.forget()
    yield "provision_cache, converged", f"{_median(state_dir, PROVISION_CACHE):.2f} s", "< 3 s"
    yield "  write requests", str(len(local.writes())), "0"

    parts = {tags: _created(local, tags) for tags in ("registry", "database", "cache", "registry,database,cache")}
    *alone, together = parts.values()
    for name, seconds in zip(parts, alone, strict=False):
        yield f"setup_stack, {name} alone, from nothing", f"{seconds:.2f} s", ""
    yield "setup_stack, the three together, from nothing", f"{together:.2f} s", f"< {max(alone) * 1.1:.2f} s"

    yield "simulator: plain GETs on one connection", f"{_gets_per_second(local):.0f}/s", "> 200/s"
    yield "simulator: memory", f"{_memory(state_dir):.0f} MB", "< 120 MB"
    yield "operator's environment without tests and simulator", f"{_operator_megabytes():.0f} MB", "< 150 MB"


def _seconds(began: float) -> str:
    return f"{time.perf_counter() - began:.2f} s"


def _rehearse(state_dir: Path) -> None:
    command = [str(ROOT / "tools" / "rehearsal"), str(state_dir), "0.01", "", "0", "no"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _converged(
    state_dir: Path, in_process: bool, *, playbook: Path = SETUP, changes: bool = False
) -> tuple[float, float]:
    """Return the seconds of a whole run that changes nothing: by the clock, and on a CPU (for busy machines).

    :param changes: the run may change something.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    run = run_playbook(playbook, state_dir=state_dir, in_process=in_process)
    total = time.perf_counter() - began
    if run.code != 0 or (run.recap("rehearsal")["changed"] and not changes):
        raise SystemExit(run.output)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return total, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _created(local: LocalAzure, tags: str) -> float:
    """Return the seconds of a run that creates parts of a stack in an empty subscription."""
    local.reset()
    began = time.perf_counter()
    run = run_playbook(SETUP, "--tags", tags, state_dir=local.state_dir)
    if run.code != 0:
        raise SystemExit(run.output)
    return time.perf_counter() - began


def _median(state_dir: Path, playbook: Path) -> float:
    """Return the median seconds of a run that changes nothing, of five: what else the machine does counts less."""
    return statistics.median(_converged(state_dir, in_process=True, playbook=playbook)[0] for _ in range(5))


def _seconds_of_module_tasks(state_dir: Path, in_process: bool) -> list[float]:
    """Return the seconds of each task that runs one of our modules, from a run of its own: measuring costs time."""
    with tempfile.TemporaryDirectory() as directory:
        timing = {"ANSIBLE_CALLBACKS_ENABLED": "ansible.builtin.junit", "JUNIT_OUTPUT_DIR": directory}
        run_playbook(SETUP, state_dir=state_dir, in_process=in_process, environment=timing)
        cases = [case for path in Path(directory).glob("*.xml") for case in ElementTree.parse(path).iter("testcase")]
    return [float(case.attrib["time"]) for case in cases if _MODULE_TASK.search(case.attrib["name"])]


def _gets_per_second(local: LocalAzure) -> float:
    """Ask for the resource groups again and again over one connection, as one client would."""
    connection = local.connection
    tls = ssl.create_default_context(cafile=connection["ca_path"])
    form = urllib.parse.urlencode(
        {
            "grant_type": "client_credentials",
            "client_id": connection["client_id"],
            "client_secret": connection["client_secret"],
            "scope": f"{connection['cloud']}/.default",
        }
    ).encode()
    token_url = f"{connection['authority_host'].rstrip('/')}/{connection['tenant_id']}/oauth2/v2.0/token"
    with urllib.request.urlopen(token_url, data=form, context=tls) as answer:
        token = re.search(rb'"access_token":\s*"([^"]+)"', answer.read())
    assert token is not None
    where = urllib.parse.urlsplit(connection["cloud"])
    client = http.client.HTTPSConnection(where.netloc, context=tls)
    path = f"/subscriptions/{connection['subscription_id']}/resourceGroups/codex-rg?api-version=2025-04-01"
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < SECONDS_OF_LOAD:
        client.request("GET", path, headers={"Authorization": f"Bearer {token[1].decode()}"})
        response = client.getresponse()
        response.read()
        assert response.status in (200, 429), response.status
        count += 1
    client.close()
    return count / (time.perf_counter() - began)


def _memory(state_dir: Path) -> float:
    """Return the resident memory of the simulator itself in MB, without the containers it runs."""
    status = subprocess.run(
        [COMMAND, "status", "--json", "--state-dir", state_dir], check=True, capture_output=True, text=True
    ).stdout
    pid = re.search(r'"pid":\s*(\d+)', status)
    assert pid is not None
    resident = subprocess.run(["ps", "-o", "rss=", "-p", pid[1]], check=True, capture_output=True, text=True).stdout
    return int(resident) / 1024


def _operator_megabytes() -> float:
    """Return the size of every installed file of the packages that operators install, in MB."""
    lock = (ROOT / "requirements" / "operator.txt").read_text(encoding="utf-8")
    # The lock serves every supported Python: some packages are for others than this one.
    installed = (found for name in set(_LOCKED.findall(lock)) for found in importlib.metadata.distributions(name=name))
    files = (Path(str(file.locate())) for distribution in installed for file in distribution.files or [])
    return sum(path.stat().st_size for path in files if path.is_file()) / 1e6


if __name__ == "__main__":
    raise SystemExit(main())
