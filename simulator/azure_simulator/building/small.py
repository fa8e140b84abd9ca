"""The small builder: copies files and writes settings, and runs nothing."""

from __future__ import annotations

import fnmatch
import gzip
import hashlib
import io
import json
import posixpath
import re
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from azure_simulator.building.dockerfile import BuildError, Instruction, parse
from azure_simulator.registry.errors import RegistryError
from azure_simulator.registry.registry import Registry
from azure_simulator.registry.repositories import IMAGES, OCI_MANIFEST

CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_CREATED = "1970-01-01T00:00:00Z"
_KNOWN = "FROM, ARG, ENV, COPY, WORKDIR, LABEL, EXPOSE, USER, ENTRYPOINT and CMD"

# What the registry is called in Azure: with it, names in a request need not know where it answers here.
_OWN = re.compile(r"^[a-z0-9]+\.azurecr\.io/")

Log = Callable[[str], None]


@dataclass(frozen=True)
class Order:
    """What is to be built: an unpacked source, and the request of the run."""

    source: Path
    dockerfile: str
    target: str
    platform: str
    arguments: Mapping[str, str]
    images: tuple[str, ...]


@dataclass
class _Image:
    """An image as it grows."""

    config: dict[str, Any]
    layers: list[dict[str, Any]]
    new: dict[str, bytes] = field(default_factory=dict)


def build(order: Order, registry: Registry, log: Log) -> list[dict[str, str]]:
    """Build and store an image under its names; what they are, with their digest.

    BuildError for what this builder does not do, and for what is wrong with the source.
    """
    path = order.source / order.dockerfile
    if not path.is_file():
        raise BuildError(
            f"unable to prepare context: unable to evaluate symlinks in Dockerfile path: {order.dockerfile}"
        )
    instructions = list(parse(path.read_text(encoding="utf-8")))
    if order.target:
        raise BuildError(f"the simulator's small builder knows one stage, and no target {order.target}")
    image: _Image | None = None
    variables: dict[str, str] = {}
    for number, instruction in enumerate(instructions, start=1):
        log(f"Step {number}/{len(instructions)} : {instruction.name} {instruction.text}")
        plain = instruction.expanded(variables)
        if instruction.name == "FROM":
            if image is not None:
                raise instruction.error("the simulator's small builder knows one stage only")
            image = _base(plain, order, registry)
            variables = dict(_environment(image))
        elif instruction.name == "ARG":
            name, given, default = plain.text.partition("=")
            value = order.arguments.get(name, default if given else None)
            if value is not None:
                variables.setdefault(name, value)
        elif image is None:
            raise instruction.error("no build stage in current context")
        else:
            _apply(plain, instruction, image, order)
            variables |= _environment(image)
    if image is None:
        raise BuildError("dockerfile parse error: file with no FROM statement")
    return _store(image, order, registry, log)


def _base(instruction: Instruction, order: Order, registry: Registry) -> _Image:
    words = instruction.words()
    if len(words) not in (1, 3) or words[0].startswith("--"):
        raise instruction.error("the simulator's small builder knows FROM with one image and no option")
    name = words[0]
    os, _, architecture = order.platform.partition("/")
    if name == "scratch":
        config = {"created": _CREATED, "os": os, "architecture": architecture, "config": {}, "history": []}
        return _Image({**config, "rootfs": {"type": "layers", "diff_ids": []}}, [])
    server, _, rest = name.partition("/")
    if server != registry.login_server:
        raise instruction.error(
            f"base image {name} cannot be pulled: without Podman only scratch and images of {registry.login_server} "
            "can be built on"
        )
    repository, at, reference = rest.partition("@")
    if not at:
        repository, _, reference = rest.partition(":")
    try:
        return _pulled(registry, repository, reference or "latest", order.platform)
    except RegistryError as error:
        raise instruction.error(f"manifest for {name} not found: {error.message}") from error


def _pulled(registry: Registry, repository: str, reference: str, platform: str) -> _Image:
    manifest = registry.repositories.resolve(repository, reference)
    content = manifest.json()
    if manifest.media_type not in IMAGES:
        entries = [
            entry["digest"]
            for entry in content["manifests"]
            if f"{entry.get('platform', {}).get('os')}/{entry.get('platform', {}).get('architecture')}" == platform
        ]
        if not entries:
            raise BuildError(f"no match for platform {platform} in the manifest of {repository}:{reference}")
        content = registry.repositories.resolve(repository, entries[0]).json()
    config = json.loads(registry.blobs.read(content["config"]["digest"]))
    return _Image(config, list(content["layers"]))


def _apply(instruction: Instruction, written: Instruction, image: _Image, order: Order) -> None:
    settings = image.config.setdefault("config", {})
    match instruction.name:
        case "ENV":
            for name, value in _pairs(instruction):
                others = [one for one in settings.get("Env", []) if not one.startswith(f"{name}=")]
                settings["Env"] = [*others, f"{name}={value}"]
        case "LABEL":
            settings["Labels"] = {**settings.get("Labels", {}), **dict(_pairs(instruction))}
        case "WORKDIR":
            settings["WorkingDir"] = posixpath.normpath(_inside(settings.get("WorkingDir") or "/", instruction.text))
        case "EXPOSE":
            ports: dict[str, dict[str, str]] = {one if "/" in one else f"{one}/tcp": {} for one in instruction.words()}
            settings["ExposedPorts"] = {**settings.get("ExposedPorts", {}), **ports}
        case "USER":
            settings["User"] = instruction.text
        case "CMD" | "ENTRYPOINT":
            # A shell's own variables are not the builder's.
            key = "Cmd" if instruction.name == "CMD" else "Entrypoint"
            settings[key] = written.exec_form() or ["/bin/sh", "-c", written.text]
            if key == "Entrypoint":
                settings.pop("Cmd", None)
        case "COPY":
            _copy(instruction, image, order)
        case _:
            raise instruction.error(
                f"unsupported instruction {instruction.name}: the simulator's small builder knows {_KNOWN}; with "
                "Podman installed it builds everything"
            )
    entry = {"created": _CREATED, "created_by": f"{written.name} {written.text}"}
    if instruction.name != "COPY":
        entry["empty_layer"] = True  # type: ignore[assignment]
    image.config.setdefault("history", []).append(entry)


def _pairs(instruction: Instruction) -> Iterator[tuple[str, str]]:
    words = instruction.words()
    if words and "=" not in words[0]:
        name, _, value = instruction.text.partition(" ")
        yield name, value.strip()
        return
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise instruction.error(f"{instruction.name} {word} has no value")
        yield name, value


def _copy(instruction: Instruction, image: _Image, order: Order) -> None:
    words = instruction.exec_form() or instruction.words()
    mode = None
    while words and words[0].startswith("--"):
        option, _, value = words.pop(0).partition("=")
        if option != "--chmod":
            raise instruction.error(f"the simulator's small builder does not know COPY {option}")
        mode = int(value, 8)
    if len(words) < 2:
        raise instruction.error("COPY requires at least two arguments")
    *sources, target = words
    where = _inside(image.config.get("config", {}).get("WorkingDir") or "/", target)
    into = target.endswith(("/", "/.")) or target == "." or len(sources) > 1
    files: dict[str, Path] = {}
    for source in sources:
        found = list(_matches(order.source, source, instruction))
        for path in found:
            if path.is_dir():
                inner = (one for one in sorted(path.rglob("*")) if one.is_file() or one.is_symlink())
                files.update({posixpath.join(where, one.relative_to(path).as_posix()): one for one in inner})
            else:
                files[posixpath.join(where, path.name) if into or len(found) > 1 else where] = path
    archive = _archive({posixpath.normpath(name).lstrip("/"): path for name, path in files.items()}, mode)
    packed = gzip.compress(archive, compresslevel=1, mtime=0)
    digest = f"sha256:{hashlib.sha256(packed).hexdigest()}"
    image.new[digest] = packed
    image.layers.append({"mediaType": LAYER, "digest": digest, "size": len(packed)})
    image.config.setdefault("rootfs", {}).setdefault("diff_ids", []).append(
        f"sha256:{hashlib.sha256(archive).hexdigest()}"
    )


def _matches(source: Path, pattern: str, instruction: Instruction) -> Iterator[Path]:
    """What a source names in the context; folders by themselves stand for what is in them."""
    wanted = posixpath.normpath(pattern.lstrip("/"))
    if wanted == ".." or wanted.startswith("../"):
        raise instruction.error(f"COPY failed: forbidden path outside the build context: {pattern}")
    if wanted == ".":
        yield source
        return
    found = [
        path for path in sorted(source.rglob("*")) if fnmatch.fnmatchcase(path.relative_to(source).as_posix(), wanted)
    ]
    found = [path for path in found if path.relative_to(source).as_posix().count("/") == wanted.count("/")]
    if not found:
        raise instruction.error(f"COPY failed: file not found in build context or excluded by .dockerignore: {pattern}")
    yield from found


def _archive(files: Mapping[str, Path], mode: int | None) -> bytes:
    """A tar without times and owners, in the order of names."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        folders: set[str] = set()
        for name, path in sorted(files.items()):
            parts = name.split("/")[:-1]
            for depth in range(1, len(parts) + 1):
                folder = "/".join(parts[:depth])
                if folder not in folders:
                    folders.add(folder)
                    entry = tarfile.TarInfo(folder)
                    entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                    archive.addfile(entry)
            entry = tarfile.TarInfo(name)
            if path.is_symlink():
                entry.type, entry.linkname = tarfile.SYMTYPE, str(path.readlink())
                archive.addfile(entry)
                continue
            content = path.read_bytes()
            entry.size, entry.mode = len(content), mode if mode is not None else path.stat().st_mode & 0o777
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _inside(folder: str, path: str) -> str:
    return path if path.startswith("/") else posixpath.join(folder, path)


def _environment(image: _Image) -> dict[str, str]:
    return dict(one.split("=", 1) for one in image.config.get("config", {}).get("Env", []) if "=" in one)


def _store(image: _Image, order: Order, registry: Registry, log: Log) -> list[dict[str, str]]:
    config = json.dumps(image.config, separators=(",", ":"), sort_keys=True).encode()
    for content in (*image.new.values(), config):
        registry.blobs.write(content)
    part = {"mediaType": CONFIG, "digest": f"sha256:{hashlib.sha256(config).hexdigest()}", "size": len(config)}
    manifest = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": part, "layers": image.layers}
    return put(registry, order.images, json.dumps(manifest).encode(), OCI_MANIFEST, log)


def put(
    registry: Registry, images: tuple[str, ...], manifest: bytes, media_type: str, log: Log
) -> list[dict[str, str]]:
    """Store a manifest whose blobs are there under names; what they are, with their digest."""
    content = json.loads(manifest)
    pushed = []
    for image in images:
        repository, _, tag = _OWN.sub("", image.removeprefix(f"{registry.login_server}/")).partition(":")
        tag = tag or "latest"
        for part in (content["config"], *content["layers"]):
            registry.repositories.link_blob(repository, part["digest"], int(part["size"]))
        try:
            digest, _ = registry.repositories.put_manifest(repository, tag, media_type, manifest)
        except RegistryError as error:
            raise BuildError(f"failed to push {registry.login_server}/{repository}:{tag}: {error.message}") from error
        log(f"{tag}: digest: {digest} size: {len(manifest)}")
        pushed.append({"registry": registry.login_server, "repository": repository, "tag": tag, "digest": digest})
    return pushed
