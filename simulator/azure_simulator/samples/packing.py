"""Packs the sample backend into an OCI image: one layer with its libraries, one with the application.

The libraries are those installed beside the simulator, found through their metadata, so that the image holds exactly
the versions that are locked and nothing is downloaded. Archives are deterministic: same content, same digest.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import io
import json
import marshal
import platform
import sys
import tarfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath
from types import CodeType

from packaging.requirements import Requirement

from azure_simulator.core.files import write_whole
from azure_simulator.registry.repositories import OCI_MANIFEST

SOURCE = Path(__file__).resolve().parents[2] / "samples" / "backend"

_ROOTS = ("fastapi", "uvicorn", "psycopg[binary]", "redis")
_CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
_LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
# Parts of the libraries the backend never imports; they are a third of the files.
_SKIPPED = (
    "pydantic/v1/",
    "pydantic/mypy.py",
    "redis/commands/search/",
    "starlette/testclient.py",
    "fastapi/testclient.py",
)
_SKIPPED_SUFFIXES = (".pyc", ".pyi", ".typed")
_CREATED = "1970-01-01T00:00:00Z"


@dataclass(frozen=True)
class Blob:
    """A file with its digest, as a manifest describes it."""

    path: Path
    media_type: str
    digest: str
    size: int

    def descriptor(self) -> dict[str, object]:
        return {"mediaType": self.media_type, "digest": self.digest, "size": self.size}


@dataclass(frozen=True)
class Image:
    """A packed image."""

    config: Blob
    layers: tuple[Blob, ...]

    def manifest(self) -> dict[str, object]:
        return {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": self.config.descriptor(),
            "layers": [layer.descriptor() for layer in self.layers],
        }


def pack(cache: Path, version: str, fault: str | None = None) -> Image:
    """The image of a version; layers already in `cache` are used again."""
    cache.mkdir(parents=True, exist_ok=True)
    libraries = _closure(_ROOTS)
    layers = [_layer(cache, _library_key(libraries), lambda: _library_files(libraries))]
    sources = [(f"app/{path.relative_to(SOURCE).as_posix()}", path) for path in sorted(SOURCE.rglob("*.py"))]
    layers.append(_layer(cache, _content_key(sources), lambda: _compiled(sources)))
    environment = ["PATH=/usr/local/bin:/usr/bin:/bin", f"APP_VERSION={version}", "PYTHONUNBUFFERED=1"]
    if fault is not None:
        environment.append(f"SAMPLE_FAULT={fault}")
    config = {
        "created": _CREATED,
        # What Azure runs, and so what is looked for; here it runs on whatever this machine is.
        "architecture": "amd64",
        "os": "linux",
        "config": {
            "Env": environment,
            "Entrypoint": ["python", "/app/main.py"],
            "WorkingDir": "/app",
            "ExposedPorts": {"8001/tcp": {}},
            "Labels": {"org.opencontainers.image.version": version, "org.opencontainers.image.title": "codex-backend"},
        },
        "rootfs": {"type": "layers", "diff_ids": [diff_id for _, diff_id in layers]},
        "history": [{"created": _CREATED, "created_by": "azure-simulator push-sample"} for _ in layers],
    }
    content = json.dumps(config, separators=(",", ":"), sort_keys=True).encode()
    digest = hashlib.sha256(content).hexdigest()
    path = cache / f"{digest}.json"
    path.write_bytes(content)
    return Image(Blob(path, _CONFIG_TYPE, f"sha256:{digest}", len(content)), tuple(blob for blob, _ in layers))


# -- libraries -------------------------------------------------------------------------------------------------------


def _closure(roots: Iterable[str]) -> list[metadata.Distribution]:
    """The installed distributions the roots need, by name. PackageNotFoundError names one that is missing."""
    found: dict[str, metadata.Distribution] = {}
    waiting = [Requirement(root) for root in roots]
    while waiting:
        requirement = waiting.pop()
        name = requirement.name.lower().replace("_", "-")
        if name not in found:
            found[name] = metadata.distribution(requirement.name)
        for text in found[name].requires or ():
            needed = Requirement(text)
            extras = requirement.extras or {""}
            wanted = needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras)
            if wanted and (needed.name.lower().replace("_", "-") not in found or needed.extras):
                waiting.append(needed)
    return [found[name] for name in sorted(found)]


def _library_key(libraries: list[metadata.Distribution]) -> str:
    names = [f"{library.name}=={library.version}" for library in libraries]
    return hashlib.sha256(" ".join([sys.version, platform.machine(), *names, *_SKIPPED]).encode()).hexdigest()


def _library_files(libraries: list[metadata.Distribution]) -> list[tuple[str, bytes]]:
    files: dict[str, Path] = {}
    for library in libraries:
        for file in library.files or ():
            name = PurePosixPath(file).as_posix()
            if name.startswith("..") or name.startswith(_SKIPPED) or name.endswith(_SKIPPED_SUFFIXES):
                continue
            # Of the metadata only what names the library and its license; the rest may hold paths of this machine.
            if ".dist-info/" in name and not name.endswith(("/METADATA", "/LICENSE", "/LICENSE.md", "/LICENSE.txt")):
                continue
            files[f"app/{name}"] = Path(str(library.locate_file(file)))
    return _compiled(sorted(files.items()))


def _compiled(files: list[tuple[str, Path]]) -> list[tuple[str, bytes]]:
    """The files' content, and bytecode beside the sources as an image build leaves it: starts are a second sooner.

    The bytecode is of the kind that is not checked against the source's time, which an archive without times needs.
    """
    found = []
    for name, path in files:
        content = path.read_bytes()
        found.append((name, content))
        if not name.endswith(".py"):
            continue
        code = _bytecode(path, content, f"/{name}")
        if code is None:
            continue
        position = PurePosixPath(name)
        target = position.parent / "__pycache__" / f"{position.stem}.{sys.implementation.cache_tag}.pyc"
        header = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + importlib.util.source_hash(content)
        # Version 2 of the format has no back references, whose use depends on what else the process holds.
        found.append((target.as_posix(), header + marshal.dumps(code, 2)))
    return sorted(found)


def _bytecode(path: Path, content: bytes, name: str) -> CodeType | None:
    """The code of a source: the installed one where it is up to date, which saves most of the time, else compiled.

    None for templates and sources of other Python versions, which stay uncompiled, as with pip.
    """
    cached = Path(importlib.util.cache_from_source(str(path)))
    stat = path.stat()
    stamp = (0).to_bytes(4, "little") + (int(stat.st_mtime) & 0xFFFFFFFF).to_bytes(4, "little")
    header = importlib.util.MAGIC_NUMBER + stamp + (stat.st_size & 0xFFFFFFFF).to_bytes(4, "little")
    if cached.exists() and (data := cached.read_bytes()).startswith(header):
        code: CodeType = marshal.loads(data[len(header) :])
        return _renamed(code, name)
    try:
        return compile(content, name, "exec", dont_inherit=True)
    except SyntaxError:
        return None


def _renamed(code: CodeType, name: str) -> CodeType:
    """The code under the name it has in the container; no path of this machine goes into the image."""
    constants = tuple(_renamed(item, name) if isinstance(item, CodeType) else item for item in code.co_consts)
    return code.replace(co_filename=name, co_consts=constants)


# -- archives --------------------------------------------------------------------------------------------------------


def _content_key(files: list[tuple[str, Path]]) -> str:
    hasher = hashlib.sha256(sys.version.encode())
    for name, path in files:
        content = path.read_bytes()
        hasher.update(f"{name}\0{len(content)}\0".encode())
        hasher.update(content)
    return hasher.hexdigest()


def _layer(cache: Path, key: str, files: Callable[[], list[tuple[str, bytes]]]) -> tuple[Blob, str]:
    """The gzipped archive of the files and its diff id; from the cache when `key` was packed before."""
    record = cache / f"{key}.layer.json"
    path = cache / f"{key}.tar.gz"
    if record.exists() and path.exists():
        known = json.loads(record.read_text())
        return Blob(path, _LAYER_TYPE, known["digest"], known["size"]), known["diff_id"]
    archive = _archive(files())
    packed = gzip.compress(archive, compresslevel=1, mtime=0)
    blob = Blob(path, _LAYER_TYPE, f"sha256:{hashlib.sha256(packed).hexdigest()}", len(packed))
    diff_id = f"sha256:{hashlib.sha256(archive).hexdigest()}"
    # Several processes may pack the same layer at once.
    write_whole(path, packed)
    write_whole(record, json.dumps({"digest": blob.digest, "size": blob.size, "diff_id": diff_id}).encode())
    return blob, diff_id


def _archive(files: list[tuple[str, bytes]]) -> bytes:
    """An uncompressed tar: sorted, no times, no owners."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        folders: set[str] = set()
        for name, content in files:
            for parent in reversed(PurePosixPath(name).parents):
                folder = parent.as_posix()
                if folder != "." and folder not in folders:
                    folders.add(folder)
                    entry = tarfile.TarInfo(folder)
                    entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                    archive.addfile(entry)
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755 if ".so" in PurePosixPath(name).name else 0o644
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
