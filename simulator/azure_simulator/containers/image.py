"""What a container needs to know of an OCI image: its layers, and the configuration that says what to run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from azure_simulator.containers.layers import Layer


class ImageConfigError(ValueError):
    """The image's configuration is not one this engine can run."""


@dataclass(frozen=True)
class ImageConfig:
    """`config` of an OCI image configuration. `User` is ignored: a process runs as whoever runs the simulator."""

    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    working_directory: str = "/"

    @classmethod
    def parse(cls, document: dict[str, Any]) -> ImageConfig:
        """From `application/vnd.oci.image.config.v1+json` or Docker's equivalent. Raises ImageConfigError."""
        system = document.get("os", "linux")
        if system != "linux":
            raise ImageConfigError(f"the image is built for {system!r}; containers here run Linux")
        config = document.get("config") or {}
        pairs = []
        for entry in _strings(config, "Env"):
            name, separator, value = entry.partition("=")
            if not name or not separator:
                raise ImageConfigError(f"the image's Env has an entry without a value: {entry!r}")
            pairs.append((name, value))
        directory = config.get("WorkingDir") or "/"
        if not isinstance(directory, str):
            raise ImageConfigError("the image's WorkingDir is not text")
        return cls(_strings(config, "Entrypoint"), _strings(config, "Cmd"), tuple(pairs), directory)


@dataclass(frozen=True)
class Image:
    """An image ready to run. `digest` is its manifest's; `name` what the group asked for."""

    name: str
    digest: str
    config: ImageConfig
    layers: tuple[Layer, ...]


def pinned_name(name: str, digest: str) -> str:
    """The image's name with the digest in place of the tag, as container events show it."""
    head, slash, tail = name.partition("@")[0].rpartition("/")
    return f"{head}{slash}{tail.partition(':')[0]}@{digest}"


def _strings(config: dict[str, Any], key: str) -> tuple[str, ...]:
    value = config.get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ImageConfigError(f"the image's {key} is not a list of texts")
    return tuple(value)
