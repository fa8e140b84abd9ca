"""The simulated container registries as a place to pull from."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from azure_simulator.core.service import Context
from azure_simulator.registry import images as registry
from azure_simulator.registry.errors import RegistryError
from azure_simulator.registry.repositories import INDEXES, Manifest
from azure_simulator.services.container_instance.images import (
    Credential,
    ImageReference,
    ImageUnavailable,
    ResolvedImage,
)
from azure_simulator.services.container_registry.routes import ContainerRegistryService

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


class SimulatedRegistries:
    """Pulls from this simulator's registries, with the rights the credential has there."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def serves(self, host: str) -> bool:
        """Whether a registry answers at this login server."""
        return self._service.registry(host) is not None

    def resolve(self, image: ImageReference, credential: Credential | None) -> ResolvedImage:
        """Look an image up; of one for several platforms, the part for Linux on this machine's processor.

        Raises ImageUnavailable.
        """
        images, access = self._service.images, _access(credential)

        def open_blob(digest: str) -> BinaryIO:
            with _explained(image):
                return images.open_blob(image.host, image.repository, digest, access)

        with _explained(image):
            top = images.resolve(image.host, image.repository, image.reference, access)
            manifest = top
            if top.media_type in INDEXES:
                manifest = images.resolve(image.host, image.repository, _for_this_machine(top, image), access)
            content = manifest.json()
            with open_blob(content["config"]["digest"]) as file:
                config = json.load(file)
        if not isinstance(config, dict) or "rootfs" not in config:
            raise ImageUnavailable(f"{image} is an artifact, not a container image")
        layers = tuple(layer["digest"] for layer in content["layers"])
        return ResolvedImage(str(image), top.digest, config, layers, open_blob)

    @property
    def _service(self) -> ContainerRegistryService:
        return self._context.service(ContainerRegistryService)


@contextmanager
def _explained(image: ImageReference) -> Iterator[None]:
    """Turns what a registry may refuse into ImageUnavailable."""
    try:
        yield
    except registry.RegistryUnknown as error:
        raise ImageUnavailable(f"there is no registry {error}") from error
    except registry.PullDenied as error:
        raise ImageUnavailable(f"the credential for {error} is wrong or may not pull") from error
    except RegistryError as error:
        raise ImageUnavailable(f"{image}: {error}") from error
    except (KeyError, ValueError) as error:
        raise ImageUnavailable(f"{image} is not a container image") from error


def _access(credential: Credential | None) -> registry.Credential:
    if credential is None:
        return None
    if credential.principal_id:
        return registry.IdentityCredential(credential.principal_id)
    return registry.PasswordCredential(credential.username, credential.password)


def _for_this_machine(index: Manifest, image: ImageReference) -> str:
    machine = platform.machine()
    architecture = _ARCHITECTURES.get(machine, machine)
    entries: list[dict[str, Any]] = index.json()["manifests"]
    for entry in entries:
        described = entry.get("platform") or {}
        if (described.get("os"), described.get("architecture")) == ("linux", architecture):
            return str(entry["digest"])
    raise ImageUnavailable(f"{image} has no part for linux/{architecture}")
