"""Building for real, with Podman: images of its own below the state directory, and nothing of the machine's."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

from azure_simulator.building.dockerfile import BuildError, parse
from azure_simulator.building.small import Log, Order, put
from azure_simulator.registry.errors import RegistryError
from azure_simulator.registry.registry import Registry
from azure_simulator.registry.repositories import IMAGES

_OCI_INDEX = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json"}
_LAYOUT = '{"imageLayoutVersion": "1.0.0"}'


@functools.cache
def works() -> bool:
    """Whether Podman is installed and can be used by whoever runs the simulator."""
    program = shutil.which("podman")
    if program is None or os.geteuid() != 0:  # without root it needs more of a machine than can be asked for here
        return False
    with tempfile.TemporaryDirectory() as folder:
        command = [program, *_options(Path(folder)), "info"]
        return subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL).returncode == 0


async def build(order: Order, registry: Registry, folder: Path, log: Log) -> list[dict[str, str]]:
    """Build an image and store it under its names; what they are, with their digest. BuildError says why not."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"localhost/run:{uuid.uuid4().hex}"
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        await _bring_bases(order, registry, folder, Path(scratch))
        options = [f"--build-arg={key}={value}" for key, value in order.arguments.items()]
        if order.target:
            options.append(f"--target={order.target}")
        file = str(order.source / order.dockerfile)
        await _run(
            folder,
            log,
            "build", "--format=oci", "--isolation=oci", f"--platform={order.platform}", *options,
            f"--file={file}", f"--tag={name}", str(order.source),
        )  # fmt: skip
        target = Path(scratch) / "built"
        await _run(folder, lambda _line: None, "save", "--format=oci-dir", f"--output={target}", name)
        await _run(folder, lambda _line: None, "rmi", name)
        index = json.loads((target / "index.json").read_text())
        digest = index["manifests"][0]["digest"].removeprefix("sha256:")
        manifest = (target / "blobs" / "sha256" / digest).read_bytes()
        content = json.loads(manifest)
        for part in (content["config"], *content["layers"]):
            registry.blobs.write((target / "blobs" / "sha256" / part["digest"].removeprefix("sha256:")).read_bytes())
        return put(registry, order.images, manifest, index["manifests"][0]["mediaType"], log)


async def _bring_bases(order: Order, registry: Registry, folder: Path, scratch: Path) -> None:
    """Give Podman what is built on and lies in the same registry: nobody has to sign in for that."""
    for number, name in enumerate(_own_bases(order, registry.login_server)):
        rest = name.partition("/")[2]
        repository, _, reference = rest.partition("@") if "@" in rest else rest.partition(":")
        try:
            layout = _layout(registry, repository, reference or "latest", scratch / f"base{number}", order.platform)
        except RegistryError as error:
            raise BuildError(f"manifest for {name} not found: {error.message}") from error
        lines: list[str] = []
        await _run(folder, lines.append, "pull", "--quiet", f"oci:{layout}")
        await _run(folder, lambda _line: None, "tag", lines[-1], name.partition("@")[0])


def _own_bases(order: Order, server: str) -> Iterator[str]:
    path = order.source / order.dockerfile
    if not path.is_file():
        raise BuildError(
            f"unable to prepare context: unable to evaluate symlinks in Dockerfile path: {order.dockerfile}"
        )
    variables: dict[str, str] = {}
    for instruction in parse(path.read_text(encoding="utf-8")):
        plain = instruction.expanded(variables)
        if plain.name == "ARG":
            key, _, default = plain.text.partition("=")
            variables[key] = order.arguments.get(key, default)
        elif plain.name == "FROM":
            words = [word for word in plain.words() if not word.startswith("--")]
            if words and words[0].startswith(f"{server}/"):
                yield words[0]


def _layout(registry: Registry, repository: str, reference: str, folder: Path, platform: str) -> Path:
    """An OCI layout of an image of the registry."""
    manifest = registry.repositories.resolve(repository, reference)
    if manifest.media_type not in IMAGES:
        for entry in manifest.json()["manifests"]:
            wanted = entry.get("platform") or {}
            if f"{wanted.get('os')}/{wanted.get('architecture')}" == platform:
                manifest = registry.repositories.resolve(repository, entry["digest"])
                break
        else:
            raise BuildError(f"no match for platform {platform} in the manifest of {repository}:{reference}")
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    content = manifest.json()
    for digest in (manifest.digest, *(part["digest"] for part in (content["config"], *content["layers"]))):
        (blobs / digest.removeprefix("sha256:")).write_bytes(registry.blobs.read(digest))
    entry = {"mediaType": manifest.media_type, "digest": manifest.digest, "size": len(manifest.content)}
    (folder / "index.json").write_text(json.dumps({**_OCI_INDEX, "manifests": [entry]}))
    (folder / "oci-layout").write_text(_LAYOUT)
    return folder


def _options(folder: Path) -> list[str]:
    # Podman wants its runtime folder to have a short name.
    own = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    runtime = Path(tempfile.gettempdir()) / f"azure-simulator-{own}"
    return [
        "--root", str(folder / "root"),
        "--runroot", str(runtime),
        "--tmpdir", str(runtime / "tmp"),
        "--storage-driver", "vfs",
        "--cgroup-manager", "cgroupfs",
        "--events-backend", "file",
    ]  # fmt: skip


async def _run(folder: Path, log: Log, *arguments: str) -> None:
    """Run Podman and show what it says; BuildError with its last line where it fails."""
    process = await asyncio.create_subprocess_exec(
        "podman", *_options(folder), *arguments,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    last = ""
    try:
        assert process.stdout is not None
        async for raw in process.stdout:
            if line := re.sub(r"\s+$", "", raw.decode(errors="replace")):
                log(line)
                last = line
        if await process.wait() != 0:
            raise BuildError(last.removeprefix("Error: ") or f"podman {arguments[0]} failed")
    finally:
        if process.returncode is None:  # the run was cancelled
            process.terminate()
            await process.wait()
