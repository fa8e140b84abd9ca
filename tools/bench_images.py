"""Measures what a build by an engine costs beside the engine itself; prints a table (`make bench`)."""

from __future__ import annotations

import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "collections")]

from tests.simulator_fixture import Simulator  # noqa: E402
from tests.support import podman  # noqa: E402
from tests.support.building import APP, Builder, Source  # noqa: E402

_RUNS = 5


def main() -> int:
    """Build and push an unchanged directory both ways."""
    if reason := podman.reason_to_skip():
        print(f"image builds are not measured: {reason}")
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = Path(tempfile.mkdtemp(prefix="codex-bench-"))
    local = Simulator(folder / "azure", 0.001)
    try:
        local.start()
        for name, value, target in _measurements(local, folder):
            print(f"{name:<58} {value:>12}   {target}", flush=True)
    finally:
        local.stop()
        shutil.rmtree(folder)
    return 0


def _measurements(local: Simulator, folder: Path) -> Iterator[tuple[str, str, str]]:
    engine = podman.Podman(folder / "podman")
    source = Source(folder / "source")
    with (folder / "source" / "one.txt").open("wb") as file:
        file.write(bytes(range(256)) * 4096 * 20)  # 20 MB
    source.commit()
    builder = Builder(local, source, method="engine", socket=engine.socket, always=True, more_tags=[])
    engine.trust(builder.server, local.connection["ca_path"])
    with engine.serving():
        image = f"{builder.server}/{APP}:plain"
        login = f"{builder.admin['username']}:{builder.admin['password']}"

        def plain() -> None:
            engine.run("build", "--quiet", "--tag", image, str(source.folder))
            engine.run("push", "--quiet", "--creds", login, image)

        def ours() -> None:
            builder.built()

        plain()
        ours()
        alone, with_us = _medians(plain, ours)
    yield "podman build and push, unchanged", f"{alone:.2f} s", ""
    yield "container_image_build with an engine, unchanged", f"{with_us:.2f} s", f"< {alone * 1.2:.2f} s"


def _medians(*works: Callable[[], None]) -> list[float]:
    """The median seconds of each, taken in turn: what else the machine does counts for all."""
    seconds: list[list[float]] = [[] for _ in works]
    for _ in range(_RUNS):
        for work, taken in zip(works, seconds, strict=True):
            began = time.perf_counter()
            work()
            taken.append(time.perf_counter() - began)
    return [statistics.median(taken) for taken in seconds]


if __name__ == "__main__":
    raise SystemExit(main())
