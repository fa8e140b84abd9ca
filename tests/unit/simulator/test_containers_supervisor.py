"""Containers as real processes: restart policies, probes, stopping, isolation of the environment."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import sys
import tarfile
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from azure_simulator.containers.group import GroupSupervisor
from azure_simulator.containers.image import Image, ImageConfig
from azure_simulator.containers.interpreter import Network
from azure_simulator.containers.layers import LayerStore
from azure_simulator.containers.orphans import end_orphans
from azure_simulator.containers.probes import Probe
from azure_simulator.containers.process import Limits
from azure_simulator.containers.state import RestartPolicy
from azure_simulator.containers.supervisor import ContainerSpec, ContainerSupervisor, Host
from azure_simulator.core.processes import start_time
from tests.support.waiting import until

_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
PUBLIC, INTERNAL = "127.76.3.4", "127.76.3.5"
# Nothing here takes longer on an idle machine than a second; the rest is for a busy one.
PATIENCE = 180.0

SERVER = """
import http.server, os, sys, threading
class Handler(http.server.BaseHTTPRequestHandler):
    healthy = True
    def do_GET(self):
        if self.path == "/break":
            Handler.healthy = False
        self.send_response(200 if Handler.healthy else 503)
        self.send_header("content-length", "0")
        self.end_headers()
    def log_message(self, *arguments):
        pass
server = http.server.ThreadingHTTPServer(("0.0.0.0", int(sys.argv[1])), Handler)
print("listening on", *server.server_address, flush=True)
server.serve_forever()
"""


class Bench:
    """Runs groups of one-file images and tells when their views change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.groups: list[GroupSupervisor] = []
        self._changed = asyncio.Event()
        self._layers = LayerStore(folder / "layers")

    def image(self, program: str = "", files: dict[str, str] | None = None, **environment: str) -> Image:
        """An image with the program as /app/main.py, and more files."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for name, text in {"app/main.py": program, **(files or {})}.items():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(text), 0o755
                archive.addfile(entry, io.BytesIO(text.encode()))
        blob = buffer.getvalue()
        layer = self._layers.unpack(f"sha256:{sha256(blob).hexdigest()}", io.BytesIO(blob))
        return Image(
            "test", "sha256:0", ImageConfig(("python", "/app/main.py"), (), tuple(environment.items())), (layer,)
        )

    def spec(
        self, program: str = "", *, name: str = "api", image: Image | None = None, **options: Any
    ) -> ContainerSpec:
        return ContainerSpec(name, image or self.image(program), **options)

    def shell(self, script: str, **options: Any) -> ContainerSpec:
        """A container that runs a shell script."""
        return self.spec(command=("/bin/sh", "-c", script), **options)

    def group(
        self,
        *containers: ContainerSpec,
        policy: RestartPolicy = RestartPolicy.NEVER,
        init: tuple[ContainerSpec, ...] = (),
        snapshots: dict[str, Any] | None = None,
    ) -> GroupSupervisor:
        async def wait(seconds: float) -> None:
            await asyncio.sleep(seconds)

        group = GroupSupervisor(
            self.folder / "groups" / "group",
            containers,
            init,
            policy,
            Network(INTERNAL, PUBLIC, frozenset({8001})),
            Host(lambda: datetime.now(UTC), wait, 0.0, 0.0, self.folder / "bytecode"),
            self._note,
            snapshots=snapshots,
        )
        self.groups.append(group)
        return group

    def _note(self) -> None:
        self._changed.set()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for a change after which the condition holds."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def until_logged(self, container: ContainerSupervisor, text: str) -> None:
        """Wait until the container has written the text. Output changes no view, so this looks repeatedly."""
        async with asyncio.timeout(PATIENCE):
            while text not in container.log.read():
                await asyncio.sleep(0.01)

    async def run(self, container: ContainerSpec, **options: Any) -> ContainerSupervisor:
        """Run a group of one container to its end."""
        group = self.group(container, **options)
        group.start()
        await group.started()
        supervisor = group.containers[container.name]
        async with asyncio.timeout(PATIENCE):
            await supervisor.finished()
        return supervisor


Test = Callable[[Bench], Coroutine[Any, Any, None]]


@pytest.fixture
def bench(tmp_path: Path) -> Callable[[Test], None]:
    """Runs a coroutine with a bench and ends what it started."""

    def run(test: Test) -> None:
        async def everything() -> None:
            bench = Bench(tmp_path)
            try:
                await test(bench)
            finally:
                for group in bench.groups:
                    await group.abandon(silently=True)

        asyncio.run(everything())

    return run


Run = Callable[[Test], None]


@pytest.mark.parametrize(
    ("script", "state", "detail", "code"),
    [
        ("echo done", "Succeeded", "Completed", 0),
        ("exit 3", "Failed", "Error", 3),
        ("kill -KILL $$", "Failed", "Error", 137),
    ],
)
def test_a_container_that_ends(bench: Run, script: str, state: str, detail: str, code: int) -> None:
    async def test(bench: Bench) -> None:
        container = await bench.run(bench.shell(script))
        view = container.snapshot()
        assert (view["currentState"]["state"], view["currentState"]["detailStatus"]) == ("Terminated", detail)
        assert view["currentState"]["exitCode"] == code
        assert view["restartCount"] == 0
        assert [event["name"] for event in view["events"]] == ["Created", "Started"]
        assert bench.groups[0].state == state

    bench(test)


def test_environment_is_exactly_the_given_one(bench: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "of the simulator")

    async def test(bench: Bench) -> None:
        program = "import os, sys, json; print(json.dumps([dict(os.environ), sys.path, sys.prefix]))"
        spec = bench.spec(image=bench.image(program, FROM_IMAGE="1"), environment=(("SECRET", "ä 'x' $y"),))
        environment, path, prefix = json.loads((await bench.run(spec)).log.read())
        environment.pop("LC_CTYPE", None)  # Python itself sets it where no locale is (PEP 538)
        assert environment.keys() == {"PATH", "HOME", "FROM_IMAGE", "SECRET"}
        assert environment["SECRET"] == "ä 'x' $y"
        assert [entry for entry in path if "site-packages" in entry] == [f"{prefix}/lib/python{_VERSION}/site-packages"]
        assert Path(prefix).is_relative_to(bench.folder)

        container = await bench.run(bench.shell("env", environment=(("ONLY", "this"),)))
        lines = {line.partition("=")[0] for line in container.log.read().splitlines()}
        assert lines - {"PWD", "OLDPWD", "SHLVL", "_"} == {"PATH", "HOME", "ONLY"}

    bench(test)


@pytest.mark.parametrize("command", [("tool", "a b"), ("/bin/sh", "-c", "tool 'a b'"), ("/usr/local/bin/tool", "a b")])
def test_scripts_and_libraries_an_image_has_installed(bench: Run, command: tuple[str, ...]) -> None:
    async def test(bench: Bench) -> None:
        files = {
            f"usr/local/lib/python{_VERSION}/site-packages/library.py": "NAME = 'of the image'",
            "usr/local/bin/tool": "#!/usr/local/bin/python3.99\nimport library, sys; print(library.NAME, sys.argv[1:])",
        }
        image = bench.image("", files, PATH="/usr/local/bin:/usr/bin:/bin")
        container = await bench.run(bench.spec(image=image, command=command))
        assert container.log.read() == "of the image ['a b']\n"

    bench(test)


@pytest.mark.parametrize(
    ("policy", "script", "again"),
    [
        (RestartPolicy.ALWAYS, "exit 0", True),
        (RestartPolicy.ALWAYS, "exit 1", True),
        (RestartPolicy.ON_FAILURE, "exit 1", True),
        (RestartPolicy.ON_FAILURE, "exit 0", False),
        (RestartPolicy.NEVER, "exit 1", False),
    ],
)
def test_restart_policy(bench: Run, policy: RestartPolicy, script: str, again: bool) -> None:
    async def test(bench: Bench) -> None:
        if not again:
            assert (await bench.run(bench.shell(script), policy=policy)).restart_count == 0
            return
        group = bench.group(bench.shell(script), policy=policy)
        group.start()
        container = group.containers["api"]
        await bench.until(lambda: container.restart_count >= 2)
        assert group.state == "Running"
        view = container.snapshot()
        assert view["previousState"]["state"] == "Terminated"
        names = [event["name"] for event in view["events"]]
        assert "BackOff" in names

    bench(test)


def test_a_crash_is_followed_by_a_restart_and_the_log_goes_on(bench: Run) -> None:
    async def test(bench: Bench) -> None:
        group = bench.group(bench.spec(SERVER, command=("python", "/app/main.py", "8001")), policy=RestartPolicy.ALWAYS)
        group.start()
        container = group.containers["api"]
        await bench.until_logged(container, "listening")
        assert container.crash()
        await bench.until(lambda: container.restart_count == 1 and container.current.state == "Running")
        assert container.previous is not None
        assert container.previous.exit_code == 137
        async with asyncio.timeout(PATIENCE):
            while container.log.read().count("listening") < 2:
                await asyncio.sleep(0.01)

    bench(test)


def test_all_addresses_means_the_groups_own(bench: Run) -> None:
    async def test(bench: Bench) -> None:
        program = (
            "import asyncio, socket\n"
            "def name(s): return '%s:%s' % s.getsockname()[:2]\n"
            "print('exposed', name(socket.create_server(('', 8001))))\n"
            "print('hidden', name(socket.create_server(('0.0.0.0', 8002))))\n"
            "print('explicit', name(socket.create_server(('127.0.0.1', 0))).split(':')[0])\n"
            "print('dual', name(socket.create_server(('::', 8003), family=socket.AF_INET6, dualstack_ipv6=True)))\n"
            "async def main():\n"
            "    server = await asyncio.start_server(lambda r, w: None, None, 8004)\n"
            "    print('asyncio', *sorted(name(s) for s in server.sockets if s.family == socket.AF_INET))\n"
            "asyncio.run(main())\n"
        )
        container = await bench.run(bench.spec(program))
        assert container.log.read().splitlines() == [
            f"exposed {PUBLIC}:8001",
            f"hidden {INTERNAL}:8002",
            "explicit 127.0.0.1",
            f"dual ::ffff:{INTERNAL}:8003",
            f"asyncio {INTERNAL}:8004",
        ]

    bench(test)


def test_failed_liveness_restarts_and_says_why(bench: Run) -> None:
    async def test(bench: Bench) -> None:
        probe = Probe(http_port=8001, http_path="/", period=1, failure_threshold=2)
        spec = bench.spec(SERVER, command=("python", "/app/main.py", "8001"), liveness=probe)
        group = bench.group(spec, policy=RestartPolicy.ALWAYS)
        group.start()
        container = group.containers["api"]
        await bench.until_logged(container, "listening")
        await _get(PUBLIC, 8001, "/break")
        await bench.until(lambda: container.restart_count == 1)
        events = {event["name"]: event for event in container.snapshot()["events"]}
        assert "Liveness probe failed: HTTP probe failed with statuscode: 503" in events["Unhealthy"]["message"]
        assert events["Unhealthy"]["type"] == "Warning"
        assert "failed liveness probe" in events["Killing"]["message"]

    bench(test)


def test_a_slow_start_is_no_failed_liveness(bench: Run) -> None:
    async def test(bench: Bench) -> None:
        probe = Probe(http_port=8001, period=10, failure_threshold=1)
        program = "import time; time.sleep(1)\n" + SERVER
        group = bench.group(bench.spec(program, command=("python", "/app/main.py", "8001"), liveness=probe))
        group.start()
        container = group.containers["api"]
        await bench.until_logged(container, "listening")
        assert container.current.state == "Running"
        assert "Unhealthy" not in [event["name"] for event in container.events.views()]

    bench(test)


def test_failed_readiness_shows_and_kills_nobody(bench: Run) -> None:
    async def test(bench: Bench) -> None:
        probe = Probe(command=("test", "-e", "/app/main.py"), period=1, failure_threshold=1)
        group = bench.group(bench.shell("sleep 0.3; rm /app/main.py; sleep 60", readiness=probe))
        group.start()
        container = group.containers["api"]
        await bench.until(lambda: "Unhealthy" in [event["name"] for event in container.events.views()])
        assert container.current.state == "Running"
        assert container.restart_count == 0
        assert "Readiness probe failed" in container.events.views()[-1]["message"]

    bench(test)


def test_stop_asks_first_and_ends_what_the_container_started(bench: Run) -> None:
    async def test(bench: Bench) -> None:
        script = "trap 'echo asked; exit 0' TERM; sleep 1000 & echo child $!; wait"
        group = bench.group(bench.shell(script), policy=RestartPolicy.ALWAYS)
        group.start()
        container = group.containers["api"]
        await bench.until_logged(container, "child")
        child = int(container.log.read().split()[1])
        await group.stop()
        assert group.state == "Stopped"
        assert "asked" in container.log.read()
        await asyncio.to_thread(until, lambda: start_time(child) is None, "the end of the child")
        state = container.snapshot()["currentState"]
        assert state.keys() == {"state", "finishTime", "detailStatus"}
        assert state["detailStatus"] == "Container stopped per client request"

    bench(test)


def test_stopping_leaves_what_had_ended_as_it_is(bench: Run) -> None:
    async def test(bench: Bench) -> None:
        group = bench.group(bench.shell("exit 3", name="job"), bench.shell("sleep 60"))
        group.start()
        await group.started()
        await group.containers["job"].finished()
        before = group.containers["job"].snapshot()
        await group.stop()
        assert group.containers["job"].snapshot() == before
        assert group.containers["api"].current.detail == "Container stopped per client request"

    bench(test)


def test_init_containers_run_first_and_one_by_one(bench: Run) -> None:
    async def test(bench: Bench) -> None:
        shared = bench.folder / "shared"
        shared.mkdir()

        def step(name: str) -> ContainerSpec:
            return bench.shell(f"echo {name} >> /data/steps", name=name, mounts={"/data": shared})

        group = bench.group(step("main"), init=(step("one"), step("two")))
        group.start()
        await group.started()
        await group.containers["main"].finished()
        assert (shared / "steps").read_text().split() == ["one", "two", "main"]

        failing = bench.group(step("main"), init=(bench.shell("exit 1", name="one"), step("two")))
        failing.start()
        await failing.started()
        assert failing.state == "Failed"
        assert failing.containers["main"].snapshot()["currentState"]["state"] == "Waiting"

    bench(test)


def test_what_cannot_be_started_says_so(bench: Run) -> None:
    async def test(bench: Bench) -> None:
        container = await bench.run(bench.spec(command=("no-such-program",)))
        assert container.current.exit_code == 127
        assert "executable file not found" in container.log.read()
        nothing = Image("test", "sha256:0", ImageConfig(), ())
        container = await bench.run(bench.spec(image=nothing))
        assert container.current.exit_code == 128
        assert "no command specified" in container.events.views()[-1]["message"]

    bench(test)


def test_memory_is_limited(bench: Run) -> None:
    async def test(bench: Bench) -> None:
        container = await bench.run(bench.spec("x = bytearray(300_000_000)", limits=Limits(memory=200_000_000)))
        assert container.current.exit_code != 0
        assert (
            await bench.run(bench.spec("x = bytearray(1000)", limits=Limits(memory=200_000_000)))
        ).current.exit_code == 0

    bench(test)


def test_a_simulator_takes_up_what_another_left(bench: Run) -> None:
    async def test(bench: Bench) -> None:
        first = bench.group(bench.shell("exit 0", name="job"), bench.shell("sleep 60", name="api"))
        first.start()
        await first.started()
        await first.containers["job"].finished()
        snapshots = {name: container.snapshot() for name, container in first.containers.items()}
        await first.abandon(silently=True)
        assert {name: item.snapshot() for name, item in first.containers.items()} == snapshots

        second = bench.group(
            bench.shell("exit 0", name="job"), bench.shell("sleep 60", name="api"), snapshots=snapshots
        )
        second.start()
        await second.started()
        assert second.containers["job"].snapshot() == snapshots["job"], "what had ended is not run again"
        assert second.containers["api"].current.state == "Running"
        assert second.containers["api"].restart_count == 0

    bench(test)


def test_orphans_are_ended_and_nobody_else(bench: Run) -> None:
    async def test(bench: Bench) -> None:
        groups = bench.folder / "groups"
        group = bench.group(bench.shell("exec sleep 1000"))
        group.start()
        await group.started()
        record = groups / "group/api/process.json"
        noted = json.loads(record.read_text())
        # What starts it is gone then: it is one process whoever counts.
        until(lambda: Path(f"/proc/{noted['pid']}/comm").read_text().strip() == "sleep", "the container's own program")
        stranger = groups / "other/x/process.json"
        stranger.parent.mkdir(parents=True)
        stranger.write_text(json.dumps({"pid": noted["pid"], "started": noted["started"] - 1}))
        assert end_orphans(groups / "none") == 0
        stranger_first = end_orphans(groups)
        assert stranger_first == 1, "a record of a process that is long gone ends nobody"
        await group.containers["api"].finished()
        assert not record.exists()
        assert not stranger.exists()

    bench(test)


async def _get(address: str, port: int, path: str) -> None:
    reader, writer = await asyncio.open_connection(address, port)
    writer.write(f"GET {path} HTTP/1.0\r\n\r\n".encode())
    await writer.drain()
    await reader.read()
    writer.close()


def test_addresses_of_the_tests_are_free() -> None:
    for address in (PUBLIC, INTERNAL):
        socket.create_server((address, 8001)).close()
