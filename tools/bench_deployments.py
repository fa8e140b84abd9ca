"""Deploys with each strategy under constant load and prints what the clients saw; judges nothing (`make bench`)."""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.simulator_fixture import Simulator  # noqa: E402
from tests.support.load import Load  # noqa: E402
from tests.support.stack import BLUE_GREEN, Stack  # noqa: E402
from tests.support.waiting import until  # noqa: E402

REQUESTS_PER_SECOND = 50
# Azure's typical durations, and an inventory as in production.
TIME_SCALE = 1.0
PRODUCTION = {
    "backend_stable_seconds": 10,
    "backend_ready_timeout": 120,
    "backend_traffic_ttl": 30,
    "backend_bake_seconds": 60,
    "backend_drain_seconds": 60,
}
STRATEGIES: dict[str, tuple[str, ...]] = {
    "in_place": (),
    # More memory is what Azure cannot change in place.
    "recreate": ("-e", "backend_memory=2"),
    "blue_green": (),
}


def main() -> int:
    """Run every strategy on a local Azure of its own and print one line for each."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    print(f"{'strategy':<24} {'run':>8} {'requests':>9} {'failed':>7} {'outage':>8} {'p50':>8} {'p99':>8}")
    for strategy, arguments in STRATEGIES.items():
        with tempfile.TemporaryDirectory(prefix="codex-bench-") as folder:
            azure = Simulator(Path(folder) / "azure", TIME_SCALE)
            azure.start()
            try:
                stack = Stack(azure, Path(folder), "duo", BLUE_GREEN | PRODUCTION | {"backend_strategy": strategy})
                for line in _lines(stack, strategy, arguments):
                    print(line, flush=True)
            finally:
                azure.stop()
    return 0


def _lines(stack: Stack, strategy: str, arguments: tuple[str, ...]) -> Iterator[str]:
    stack.set_up()
    if strategy == "in_place":
        with Load(stack.address, rate=REQUESTS_PER_SECOND) as load:
            began = time.monotonic()
            _restart(stack, load)
            seconds = time.monotonic() - began
        yield _line("Azure's own restart", seconds, load)
    stack.push("2.0.0")
    with Load(stack.address, rate=REQUESTS_PER_SECOND) as load:
        began = time.monotonic()
        run = stack.play("redeploy_backend", *arguments)
        seconds = time.monotonic() - began
    if run.code != 0 or stack.version() != "2.0.0":
        raise SystemExit(run.output)
    yield _line(strategy, seconds, load)
    began = time.monotonic()
    stack.azure.forget()
    again = stack.play("redeploy_backend", *arguments)
    if again.recap("duo")["changed"] or stack.azure.writes():
        raise SystemExit(again.output)
    yield f"{'  again, no change':<24} {time.monotonic() - began:>6.1f} s"


def _restart(stack: Stack, load: Load) -> None:
    """Restart the container group and wait until it answers again: what no deployment in place can be faster than."""
    group = f"{stack.azure.subscription}/resourceGroups/duo-rg/providers/Microsoft.ContainerInstance/containerGroups"
    stack.azure.call("POST", f"{group}/duo-api/restart", "2023-05-01").raise_for_status()
    until(lambda: load.failures, "the end of the old process", 120)
    until(lambda: time.monotonic() - load.failed_at[-1] > 2, "answers for two seconds on end", 120)


def _line(name: str, seconds: float, load: Load) -> str:
    return (
        f"{name:<24} {seconds:>6.1f} s {load.sent:>9} {len(load.failures):>7} {load.longest_outage():>6.1f} s"
        f" {load.percentile(50):>5.1f} ms {load.percentile(99):>5.1f} ms"
    )


if __name__ == "__main__":
    raise SystemExit(main())
