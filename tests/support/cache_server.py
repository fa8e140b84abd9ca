"""Redis caches on a local Azure, written by our modules without Ansible around them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _connection
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._connection import Endpoint
from tests.simulator_fixture import Simulator
from tests.support.invoke import CONNECTION, invoke

NAME = "codex-cache"


class CacheServer:
    """One cache that exists, and an empty log of requests.

    :param options: of the module redis_cache, instead of the usual ones.
    """

    def __init__(self, simulator: Simulator, folder: Path, **options: Any) -> None:
        self.simulator = simulator
        settings = simulator.settings()
        self._connection = {name: settings[name] for name in CONNECTION}
        self._folder = folder
        simulator.register("Microsoft.Cache")
        self.run("resource_group", resource_group=None, name="rg", location="eastus")
        found = self.run("redis_cache", location="eastus", return_keys=True, **options)["redis_cache"]
        self.ca_cert = settings["ca_path"]
        self.endpoint = Endpoint(found["host_name"], found["ssl_port"], found["keys"]["primary"], self.ca_cert)
        self.writes()

    def attempt(self, module: str, check_mode: bool = False, **params: Any) -> dict[str, Any]:
        """Run a module, whatever comes of it."""
        return invoke(module, self.options(**params), check_mode=check_mode, cache=self._folder)

    def options(self, **params: Any) -> dict[str, Any]:
        """Return what a module is given: where Azure is, which cache, and the rest but what is None."""
        given = {"resource_group": "rg", "name": NAME, **self._connection, **params}
        return {name: value for name, value in given.items() if value is not None}

    def run(self, module: str, check_mode: bool = False, **params: Any) -> dict[str, Any]:
        """Run a module; it must not fail."""
        result = self.attempt(module, check_mode, **params)
        assert not result.get("failed"), result
        return result

    def writes(self) -> list[str]:
        """Return method and the last part of the path of every write since the last call; asking for keys is none."""
        found = [write.split() for write in self.simulator.writes()]
        self.simulator.forget()
        named = [f"{method} {path.rpartition('/')[2]}" for method, path in found]
        return [one for one in named if one != "POST listKeys"]

    def managed(self, name: str, **options: Any) -> Endpoint:
        """Create a managed cache beside it; return where it is."""
        wanted = {"location": "eastus", "access_keys_authentication": True, "return_keys": True, **options}
        found = self.run("managed_redis", name=name, **wanted)["managed_redis"]
        self.writes()
        return Endpoint(found["host_name"], found["port"], found["keys"]["primary"], self.ca_cert)

    @contextmanager
    def client(self, database: int = 0) -> Iterator[Any]:
        """Yield a connected client."""
        with _connection.connect(self.endpoint, database=database) as client:
            yield client
