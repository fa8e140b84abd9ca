"""A directory in git, a registry to build into, and the module that does."""

from __future__ import annotations

import importlib
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import execute, invalid
from tests.simulator_fixture import Simulator
from tests.support import manifests as made
from tests.support.invoke import CONNECTION

APP = "codex-backend"
LAYERED = """FROM scratch
ARG VERSION=1
COPY one.txt /one.txt
COPY two.txt /two.txt
ENV VERSION=$VERSION
CMD ["/one.txt"]
"""


class Source:
    """A directory in a git repository."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self._git("init", "--quiet")
        self.write("Dockerfile", LAYERED)
        self.write("one.txt", "one\n")
        self.write("two.txt", "two\n")
        self.write(".dockerignore", "secret.txt\n")
        self.write("secret.txt", "nobody's business\n")

    def write(self, name: str, content: str) -> None:
        """Write a file of it."""
        (self.folder / name).write_text(content, encoding="utf-8")

    def commit(self) -> str:
        """Commit everything; the commit."""
        self._git("add", "--all")
        who = ("-c", "user.name=n", "-c", "user.email=n@example.com", "-c", "commit.gpgsign=false")
        self._git(*who, "commit", "--quiet", "--message", "m")
        return self._git("rev-parse", "HEAD").strip()

    def _git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.folder), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Builder:
    """The module, a registry, and the source. `usual`: further options of every call."""

    def __init__(self, simulator: Simulator, source: Source, **usual: Any) -> None:
        self.simulator = simulator
        self.source = source
        simulator.register("Microsoft.ContainerRegistry")
        self.path = f"{simulator.group('codex')}/providers/Microsoft.ContainerRegistry/registries/codexregistry"
        body = {"location": "eastus", "sku": {"name": "Basic"}, "properties": {"adminUserEnabled": True}}
        simulator.call("PUT", self.path, "2025-11-01", body).raise_for_status()
        simulator.pass_time(60)
        self.server = simulator.call("GET", self.path, "2025-11-01").json()["properties"]["loginServer"]
        found = simulator.call("POST", f"{self.path}/listCredentials", "2025-11-01").json()
        self.admin = {"username": found["username"], "password": found["passwords"][0]["value"]}
        self.registry = made.Registry(self.server, ca_path=simulator.connection["ca_path"], **self.admin)
        where = {"registry": self.server, "registry_name": "codexregistry", "resource_group": "codex"}
        self._usual = {
            **{name: simulator.settings()[name] for name in CONNECTION},
            **where,
            "repository": APP,
            "context": str(source.folder),
            **usual,
        }

    def build(
        self, *, check_mode: bool = False, say: Callable[[str], None] = lambda _line: None, **params: Any
    ) -> dict[str, Any]:
        """Run the module with the identity of the run. `say` is told the lines of the builder."""
        code = importlib.import_module("ansible_collections.codexdominion.azure.plugins.modules.container_image_build")
        given = {name: value for name, value in {**self._usual, **params}.items() if value is not None}
        checked = code.SPEC.validate(given)
        if problems := code.SPEC.problems(checked):
            return invalid(problems)
        ctx = Context(checked.validated_parameters, check_mode, RunCache(None, ""), lambda _text: None)
        ctx.say = say
        return execute(code.run, ctx, diff_mode=True)

    def built(self, **params: Any) -> dict[str, Any]:
        """The result of a run that has to work."""
        found = self.build(**params)
        assert "failed" not in found, found
        return found

    def digest(self, tag: str) -> str | None:
        """What the registry says of a tag."""
        answer = self.registry.http("HEAD", f"/v2/{APP}/manifests/{tag}", headers={"Accept": "*/*"})
        return answer.headers.get("Docker-Content-Digest")
