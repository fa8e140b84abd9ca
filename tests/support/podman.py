"""Podman as a container engine behind a socket, with images, storage and trust of its own; none of the machine's."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.support.waiting import until

PODMAN = shutil.which("podman")


def reason_to_skip() -> str | None:
    """Why no image can be built here, or None."""
    if PODMAN is None:
        return "Podman is not installed: apt-get install podman runc"
    if os.geteuid() != 0:
        return "Podman is tested as root, without what rootless containers need of a kernel"
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [*_command(Path(folder), Path(folder) / "run"), "info"], capture_output=True, text=True, check=False
        )
    return None if done.returncode == 0 else f"Podman does not work here: {done.stderr.strip()}"


class Podman:
    """An engine that runs, and its program for what an operator would do by hand."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)
        # Podman wants its runtime folder to have a short name.
        self._runtime = Path(tempfile.mkdtemp(prefix="podman-"))
        self.socket = f"unix://{folder}/podman.sock"
        # What the test's own clients trust is not what an engine trusts.
        own = {name: value for name, value in os.environ.items() if not name.startswith("SSL_CERT_")}
        self._environment = {**own, "HOME": str(folder), "TMPDIR": str(folder)}

    def trust(self, server: str, ca_path: str) -> None:
        """Let it trust a registry's certificate."""
        folder = self._folder / ".config" / "containers" / "certs.d" / server
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(ca_path, folder / "ca.crt")

    def run(self, *arguments: str) -> str:
        """Run the program with the engine's own storage; its output."""
        command = [*_command(self._folder, self._runtime), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=self._environment)
        assert done.returncode == 0, f"{' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    @contextlib.contextmanager
    def serving(self) -> Iterator[None]:
        """Listen on the socket."""
        command = [*_command(self._folder, self._runtime), "system", "service", "--time", "0", self.socket]
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self._environment,
        ) as process:
            try:
                until(lambda: (self._folder / "podman.sock").is_socket(), "Podman's socket")
                yield
            finally:
                process.terminate()
                process.wait()
                shutil.rmtree(self._runtime, ignore_errors=True)


def _command(folder: Path, runtime: Path) -> list[str]:
    # vfs: an overlay on an overlay is not to be had in every sandbox.
    return [
        str(PODMAN),
        "--root", str(folder / "root"),
        "--runroot", str(runtime),
        "--tmpdir", str(runtime / "tmp"),
        "--storage-driver", "vfs",
        "--cgroup-manager", "cgroupfs",
        "--events-backend", "file",
        "--runtime", "runc",
    ]  # fmt: skip
