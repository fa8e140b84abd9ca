"""Where images come from: registries of this simulator, and names of public registries a hook has put images under."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import re
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from azure_simulator.containers.image import Image, ImageConfig, ImageConfigError
from azure_simulator.containers.layers import Layer, LayerError, LayerStore
from azure_simulator.core.control import ControlError
from azure_simulator.core.store import Store

_PUBLIC = "publicImages"
_DOCKER_HUB = "docker.io"
_REFERENCE = re.compile(
    r"(?P<repository>[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


class ImageUnavailable(Exception):
    """The image does not exist, cannot be read with the credentials given, or cannot be run."""


@dataclass(frozen=True)
class ImageReference:
    """`HOST/REPOSITORY:TAG` or `HOST/REPOSITORY@DIGEST`; names without a host are Docker Hub's."""

    host: str
    repository: str
    reference: str

    @classmethod
    def parse(cls, name: str) -> ImageReference:
        """Raises ImageUnavailable for what is no image name."""
        host, slash, rest = name.partition("/")
        if not slash or not ("." in host or ":" in host or host == "localhost"):
            host, rest = _DOCKER_HUB, name
        match = _REFERENCE.fullmatch(rest)
        if match is None:
            raise ImageUnavailable(f"{name!r} is not the name of an image")
        repository = match["repository"]
        if host == _DOCKER_HUB and "/" not in repository:
            repository = f"library/{repository}"
        return cls(host.lower(), repository, match["digest"] or match["tag"] or "latest")

    def __str__(self) -> str:
        separator = "@" if self.reference.startswith("sha256:") else ":"
        return f"{self.host}/{self.repository}{separator}{self.reference}"


@dataclass(frozen=True)
class Credential:
    """How to read from one registry: user name and password, or the object id of a managed identity."""

    server: str
    username: str = ""
    password: str = ""
    principal_id: str = ""


@dataclass(frozen=True)
class ResolvedImage:
    """What a name stood for when it was looked up. `open_blob` opens a layer by digest."""

    name: str
    digest: str
    config: dict[str, Any]
    layers: tuple[str, ...]
    open_blob: Callable[[str], BinaryIO]

    def record(self) -> dict[str, Any]:
        """What is stored of it, enough to start it again from the layer store."""
        return {"name": self.name, "digest": self.digest, "config": self.config, "layers": list(self.layers)}


class Registries(Protocol):
    """The simulated registries, as far as a pull needs them."""

    def serves(self, host: str) -> bool:
        """Whether a registry of this simulator answers at this login server."""

    def resolve(self, image: ImageReference, credential: Credential | None) -> ResolvedImage:
        """Look an image up; raises ImageUnavailable."""


class Images:
    """Resolves names, and unpacks what they stand for into the layer store under `folder`."""

    def __init__(self, store: Store, folder: Path, registries: Registries) -> None:
        self._registries = registries
        self._public = PublicImages(store, folder / "public")
        self._layers = LayerStore(folder / "layers")

    @property
    def public(self) -> PublicImages:
        return self._public

    def resolve(self, name: str, credentials: list[Credential]) -> ResolvedImage:
        """Look a name up with the credential for its registry. Raises ImageUnavailable."""
        reference = ImageReference.parse(name)
        if self._registries.serves(reference.host):
            servers = {credential.server.lower(): credential for credential in credentials}
            resolved = self._registries.resolve(reference, servers.get(reference.host))
        else:
            resolved = self._public.resolve(reference)
        resolved = ResolvedImage(name, resolved.digest, resolved.config, resolved.layers, resolved.open_blob)
        try:
            ImageConfig.parse(resolved.config)
        except ImageConfigError as error:
            raise ImageUnavailable(str(error)) from error
        return resolved

    def cached(self, record: dict[str, Any]) -> Image | None:
        """An image (`ResolvedImage.record`) whose layers are all unpacked, else None."""
        layers: list[Layer] = []
        for digest in record["layers"]:
            layer = self._layers.get(digest)
            if layer is None:
                return None
            layers.append(layer)
        return Image(record["name"], record["digest"], ImageConfig.parse(record["config"]), tuple(layers))

    async def unpack(self, resolved: ResolvedImage) -> Image:
        """Unpack every layer that is not unpacked yet. Raises ImageUnavailable."""
        layers: list[Layer] = []
        for digest in resolved.layers:
            layer = self._layers.get(digest)
            if layer is None:
                # Opened here, not in the thread: who may read it is looked up in the store.
                with resolved.open_blob(digest) as blob:
                    layer = await self._unpack(resolved.name, digest, blob)
            layers.append(layer)
        return Image(resolved.name, resolved.digest, ImageConfig.parse(resolved.config), tuple(layers))

    async def _unpack(self, name: str, digest: str, blob: BinaryIO) -> Layer:
        try:
            return await asyncio.to_thread(self._layers.unpack, digest, blob)
        except (LayerError, OSError) as error:
            raise ImageUnavailable(f"layer {digest} of {name}: {error}") from error


class PublicImages:
    """Images under names of registries on the Internet, which the simulator never asks.

    `POST /_simulator/images` puts one there: `{"name": "nginx:1.27", "files": {"app/main.py": "…"}, "entrypoint": […],
    "command": […], "environment": {…}, "workingDirectory": "/app"}`.
    """

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def resolve(self, reference: ImageReference) -> ResolvedImage:
        """Raises ImageUnavailable: nothing is fetched from the Internet."""
        document = self._store.get(_PUBLIC, str(reference))
        if document is None:
            raise ImageUnavailable(
                f"{reference} is in no registry of this simulator; POST /_simulator/images can put an image under "
                "that name"
            )
        body = document.body
        return ResolvedImage(str(reference), body["digest"], body["config"], tuple(body["layers"]), self._open)

    def names(self) -> list[str]:
        return [document.body["name"] for document in self._store.list(_PUBLIC)]

    async def hook(self, body: dict[str, Any]) -> dict[str, Any]:
        """`POST /_simulator/images`. Raises ControlError."""
        unknown = body.keys() - {"name", "files", "entrypoint", "command", "environment", "workingDirectory"}
        if unknown:
            raise ControlError(f"unknown field {sorted(unknown)[0]!r}")
        try:
            reference = ImageReference.parse(str(body.get("name", "")))
        except ImageUnavailable as error:
            raise ControlError(str(error)) from error
        config = {
            "os": "linux",
            "architecture": "amd64",
            "config": {
                "Entrypoint": body.get("entrypoint", []),
                "Cmd": body.get("command", []),
                "Env": [f"{name}={value}" for name, value in body.get("environment", {}).items()],
                "WorkingDir": body.get("workingDirectory", "/"),
            },
        }
        try:
            ImageConfig.parse(config)
        except ImageConfigError as error:
            raise ControlError(str(error)) from error
        layer = _layer(body.get("files", {}))
        layer_digest = f"sha256:{hashlib.sha256(layer).hexdigest()}"
        (self._folder / layer_digest.replace(":", "-")).write_bytes(layer)
        manifest = json.dumps([config, layer_digest], sort_keys=True).encode()
        digest = f"sha256:{hashlib.sha256(manifest).hexdigest()}"
        stored = {"name": body["name"], "digest": digest, "config": config, "layers": [layer_digest]}
        self._store.put(_PUBLIC, str(reference), stored)
        by_digest = ImageReference(reference.host, reference.repository, digest)
        self._store.put(_PUBLIC, str(by_digest), stored)
        return {"name": str(reference), "digest": digest}

    def _open(self, digest: str) -> BinaryIO:
        return (self._folder / digest.replace(":", "-")).open("rb")


def _layer(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, text in sorted(files.items()):
            content = text.encode()
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
