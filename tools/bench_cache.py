"""Deletes and copies the keys of a real cache by our modules and by a plain client; judges nothing (`make bench`).

tools/bench_cache.py [KEYS]      1000000 if it is not given
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
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "collections")]

from tests.simulator_fixture import Simulator  # noqa: E402
from tests.support.cache_server import NAME, CacheServer  # noqa: E402

KEYS = 1_000_000
COPIED = 100_000
LIFETIME = 86_400
VALUE = b"x" * 100

# A module in a process of its own, so that it does not share an interpreter with the client that measures.
MODULE = """
import json, sys
from tests.support.invoke import invoke

result = invoke(sys.argv[1], json.load(sys.stdin))
assert not result.get("failed"), result["msg"]
print(json.dumps(result[sys.argv[1]]))
"""
# What operators do by hand, where the machine has the program.
REDIS_CLI = 'redis-cli "$@" --scan --pattern "bench:*" | xargs redis-cli "$@" unlink'
# The same by a client of Python, without a process for some thousand keys each.
PLAIN = """
import json, ssl, sys
import redis

options = json.load(sys.stdin)
client = redis.Redis(**options, ssl=True, ssl_check_hostname=True)
keys = []
for key in client.scan_iter(match="bench:*", count=10):
    keys.append(key)
    if len(keys) == 1000:
        client.unlink(*keys)
        keys = []
if keys:
    client.unlink(*keys)
"""


def main() -> int:
    """Measure on caches of its own and print one line each."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    keys = int(sys.argv[1]) if len(sys.argv) > 1 else KEYS
    folder = Path(tempfile.mkdtemp(prefix="codex-bench-"))
    simulator = Simulator(folder / "azure", 0)
    simulator.start()
    try:
        print(f"{'measured':<58} {'here':>12}   target")
        for name, value, target in _measurements(CacheServer(simulator, folder, sku="Basic", capacity=2), keys):
            print(f"{name:<58} {value:>12}   {target}", flush=True)
    finally:
        simulator.stop()
        shutil.rmtree(folder)
    return 0


def _measurements(cache: CacheServer, keys: int) -> Iterator[tuple[str, str, str]]:
    endpoint = cache.endpoint
    plain = {"host": endpoint.host, "port": endpoint.port, "password": endpoint.key, "ssl_ca_certs": endpoint.ca_cert}
    options = cache.options(method="client", pattern="bench:*", ca_cert=cache.ca_cert)
    rivals = [("redis_flush", _python(MODULE, "redis_flush"), options, "as plain", "< 5 ms")]
    rivals.append(("SCAN and UNLINK by a plain client", _python(PLAIN), plain, "", ""))
    if shutil.which("redis-cli"):
        where = ["--tls", "--cacert", cache.ca_cert, "-h", endpoint.host, "-p", str(endpoint.port)]
        command = ["bash", "-c", REDIS_CLI, "bash", *where]
        rivals.append(("redis-cli --scan | xargs redis-cli unlink", command, {}, "", ""))
    for name, command, given, rate, latency in rivals:
        _fill(cache, keys, None)
        seconds, p99 = _watched(cache, command, given)
        yield f"{keys} keys of a pattern, {name}", f"{keys / seconds:.0f}/s", rate
        yield "  p99 of GET by another client meanwhile", f"{p99:.1f} ms", latency
    _fill(cache, COPIED, LIFETIME)
    cache.managed(NAME)
    began = time.perf_counter()
    options = cache.options(destination_name=NAME, ca_cert=cache.ca_cert)
    _watched(cache, _python(MODULE, "redis_copy"), options)
    yield f"{COPIED} keys of {len(VALUE)} bytes, redis_copy", f"{COPIED / (time.perf_counter() - began):.0f}/s", ""


def _fill(cache: CacheServer, keys: int, lifetime: int | None) -> None:
    with cache.client() as client:
        for first in range(0, keys, 10_000):
            pipeline = client.pipeline(transaction=False)
            for number in range(first, min(first + 10_000, keys)):
                pipeline.set(f"bench:{number}", VALUE, ex=lifetime)
            pipeline.execute()


def _python(*program: str) -> list[str]:
    return [sys.executable, "-c", *program]


def _watched(cache: CacheServer, command: list[str], given: dict[str, Any]) -> tuple[float, float]:
    """Run a program; return its seconds, and the milliseconds of the p99 of GET by another client meanwhile."""
    latencies: list[float] = []
    with cache.client() as client:
        client.set("watched", "1")
        began = time.perf_counter()
        environment = {
            "PYTHONPATH": f"{ROOT}:{ROOT / 'collections'}",
            "PATH": os.environ["PATH"],
            "REDISCLI_AUTH": cache.endpoint.key,
        }
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment) as running:
            assert running.stdin is not None
            running.stdin.write(json.dumps(given).encode())
            running.stdin.close()
            while running.poll() is None:
                asked = time.perf_counter()
                client.get("watched")
                latencies.append((time.perf_counter() - asked) * 1000)
                # A client that asks without a pause would take a processor for itself.
                time.sleep(0.002)
            seconds = time.perf_counter() - began
        assert running.returncode == 0
    return seconds, sorted(latencies)[int(len(latencies) * 0.99)]


if __name__ == "__main__":
    sys.exit(main())
