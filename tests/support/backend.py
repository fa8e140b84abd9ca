"""Container groups on a local Azure, written by our modules without Ansible around them."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from tests.simulator_fixture import Simulator
from tests.support.invoke import CONNECTION, invoke
from tests.support.sample import push_sample

SECRET = "backend-secret-8c2e"


class Platform:
    """A resource group and a registry with the sample backend in it."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self.simulator = simulator
        simulator.reset()
        settings = simulator.settings()
        self._connection = {name: settings[name] for name in CONNECTION}
        self._cache = folder
        self.run("resource_group", name="rg", location="eastus")
        registry = self.run(
            "container_registry",
            resource_group="rg",
            name="acrbackend",
            location="eastus",
            admin_user_enabled=True,
            return_credentials=True,
        )["container_registry"]
        self.server: str = registry["login_server"]
        self.credential: dict[str, str] = {"server": self.server, **registry["credentials"]}
        push_sample(simulator, self.server, "codex-backend", "one")

    def run(self, module: str, *, check_mode: bool = False, **params: Any) -> dict[str, Any]:
        """Run a module; it must not fail."""
        result = self.attempt(module, check_mode, params)
        assert not result.get("failed"), result
        return result

    def attempt(self, module: str, check_mode: bool, params: dict[str, Any]) -> dict[str, Any]:
        """Run a module, whatever comes of it."""
        return invoke(module, {**self._connection, **params}, check_mode=check_mode, cache=self._cache)


class Backend:
    """A running container group of its own on a platform, and ways to write it again."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.simulator = platform.simulator
        self.server = platform.server
        self.name = f"api-{secrets.token_hex(4)}"
        self.path = f"containerGroups/{self.name}"
        self.group(tags={"owner": "operations"})
        self.simulator.forget()

    def run(self, module: str, **params: Any) -> dict[str, Any]:
        """Run any module; it must not fail."""
        return self.platform.run(module, **params)

    def look(self) -> dict[str, Any]:
        """Return the group as container_group_info shows it."""
        found = self.run("container_group_info", resource_group="rg", name=self.name)
        group: dict[str, Any] = found["container_groups"][0]
        return group

    def group(self, **changes: Any) -> dict[str, Any]:
        """Bring the group to its usual state, with changes; it must not fail."""
        result = self.try_group(**changes)
        assert not result.get("failed"), result
        return result

    def try_group(
        self, *, check_mode: bool = False, container: dict[str, Any] | None = None, **params: Any
    ) -> dict[str, Any]:
        """Return the result of a write of the group, with changes to its container and to the group itself."""
        api = {
            "name": "api",
            "image": f"{self.server}/codex-backend:one",
            "memory": 1,
            "ports": ["8001"],
            "environment": {"PORT": "8001"},
            "secret_environment": {"TOKEN": SECRET},
            **(container or {}),
        }
        usual: dict[str, Any] = {
            "resource_group": "rg",
            "name": self.name,
            "location": "eastus",
            "containers": [api],
            "registry_credentials": [self.platform.credential],
            "stable_seconds": 0,
        }
        return self.platform.attempt("container_group", check_mode, {**usual, **params})

    def remove(self) -> None:
        """Delete this test's groups, so that their processes end."""
        for group in self.run("container_group_info", resource_group="rg")["container_groups"]:
            if group["name"].startswith(self.name):
                self.run("container_group", resource_group="rg", name=group["name"], state="absent")

    def writes(self) -> list[str]:
        """Return methods of the write requests since the last call."""
        found = [write.split()[0] for write in self.simulator.writes()]
        self.simulator.forget()
        return found
