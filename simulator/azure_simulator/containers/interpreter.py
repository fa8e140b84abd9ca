"""The Python a container gets: a bare virtual environment of its own, without anything of the simulator's."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

_GUEST = Path(__file__).with_name("guest.py")


@dataclass(frozen=True)
class Network:
    """Where a group's processes listen.

    `public` is the address its exposed ports are reached at (None: no IP address); everything else listens at
    `internal`, so that a port the group does not expose is not reachable at its public address, as in Azure.
    """

    internal: str
    public: str | None = None
    exposed_ports: frozenset[int] = frozenset()

    def address_of(self, port: int) -> str:
        """The address a process of the group that binds all addresses is reached at on this port."""
        return self.public if self.public and port in self.exposed_ports else self.internal


# Where Python images and distributions install libraries, below the root.
_LIBRARIES = (
    "usr/local/lib/{version}/site-packages",
    "usr/lib/{version}/site-packages",
    "usr/lib/python3/dist-packages",
)


def create(folder: Path, root: Path, network: Network, bytecode: Path) -> Path:
    """Write the environment of a container with file system `root` into `folder` and return its `bin`.

    Its site-packages hold only guest.py, run at every start of Python, and what it has to know. `bytecode` is where
    compiled modules of image files are kept, shared by all containers. Blocking.
    """
    if folder.exists():
        shutil.rmtree(folder)
    base = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    programs, packages = folder / "bin", folder / "lib" / version / "site-packages"
    programs.mkdir(parents=True)
    packages.mkdir(parents=True)
    bytecode.mkdir(parents=True, exist_ok=True)
    for name in ("python", "python3", version):
        (programs / name).symlink_to(base)
    (folder / "pyvenv.cfg").write_text(
        f"home = {base.parent}\ninclude-system-site-packages = false\nversion = {sys.version.split()[0]}\n"
    )
    shutil.copyfile(_GUEST, packages / "_guest.py")
    # Not as sitecustomize: distributions have one of their own, which would win.
    (packages / "_guest.pth").write_text("import _guest\n")
    libraries = [root / name.format(version=version) for name in _LIBRARIES]
    (packages / "_container.py").write_text(
        f"INTERNAL_ADDRESS = {network.internal!r}\n"
        f"PUBLIC_ADDRESS = {network.public!r}\n"
        f"EXPOSED_PORTS = {sorted(network.exposed_ports)!r}\n"
        f"BYTECODE = {str(bytecode)!r}\n"
        f"SITE_PACKAGES = {[str(library) for library in libraries if library.is_dir()]!r}\n"
    )
    return programs
