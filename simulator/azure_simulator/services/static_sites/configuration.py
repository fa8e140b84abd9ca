"""What `staticwebapp.config.json` says of how content is served, as far as it is simulated.

https://learn.microsoft.com/azure/static-web-apps/configuration. A file that asks for more is refused when it is
uploaded, so that no page is served otherwise than Azure would.
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from azure_simulator.services.static_sites.content import ContentRefused

NAME = "staticwebapp.config.json"
_SIMULATED = ("$schema", "globalHeaders", "mimeTypes", "navigationFallback", "responseOverrides")


@dataclass(frozen=True)
class Configuration:
    """How content is served.

    :ivar headers: of every answer.
    :ivar types: media types by the end of a file's name.
    :ivar fallback: what is served for a path that is not there.
    :ivar excluded: patterns of paths that have no fallback.
    :ivar missing: what is served, with 404, where there is nothing.
    """

    headers: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    fallback: str | None = None
    excluded: tuple[str, ...] = ()
    missing: str = "404.html"

    def falls_back(self, path: str) -> bool:
        """Whether a path that is not there gets the fallback."""
        return self.fallback is not None and not any(_matches(path, pattern) for pattern in self.excluded)


def read(folder: Path) -> Configuration:
    """The configuration of a folder of content.

    :raises ContentRefused: where it cannot be read, or asks for something that is not simulated.
    """
    path = folder / NAME
    if not path.is_file():
        return Configuration()
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ContentRefused(f"{NAME} is not JSON: {error}.") from error
    if not isinstance(given, dict):
        raise ContentRefused(f"{NAME} is not an object.")
    overrides = given.get("responseOverrides") or {}
    unknown = [
        *(key for key in given if key not in _SIMULATED),
        *(f"responseOverrides.{key}" for key in overrides if key != "404"),
    ]
    if unknown:
        raise ContentRefused(f"{NAME}: the local Azure does not simulate {', '.join(unknown)}.")
    fallback = given.get("navigationFallback") or {}
    return Configuration(
        headers=dict(given.get("globalHeaders") or {}),
        types=dict(given.get("mimeTypes") or {}),
        fallback=str(fallback["rewrite"]).lstrip("/") if fallback.get("rewrite") else None,
        excluded=tuple(pattern for one in fallback.get("exclude") or [] for pattern in _alternatives(str(one))),
        missing=str((overrides.get("404") or {}).get("rewrite") or "404.html").lstrip("/"),
    )


def _alternatives(pattern: str) -> Iterator[str]:
    """`*.{png,jpg}` is `*.png` and `*.jpg`."""
    match = re.search(r"\{([^{}]*)\}", pattern)
    if match is None:
        yield pattern
        return
    for one in match[1].split(","):
        yield pattern[: match.start()] + one.strip() + pattern[match.end() :]


def _matches(path: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(path, pattern if pattern.startswith("/") else f"/{pattern}")


def check(folder: Path) -> None:
    """Refuse content whose configuration is not simulated."""
    read(folder)


def media_type(configuration: Configuration, name: str) -> Any:
    """The media type a configuration names for a file, or None."""
    return next((value for end, value in configuration.types.items() if name.endswith(end)), None)
