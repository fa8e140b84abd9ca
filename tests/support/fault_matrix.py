"""Every module under every hiccup of Azure: one request goes wrong, once, and the task must end as if nothing had been.

A *cell* is a module, a fault and the position of the request it strikes. A fault of a write strikes twice: once before
Azure has done it, and once after, when only the answer is lost. What a module is asked for, and how one sees that it
has been done, is its *scenario*; modules without one are named with the reason.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ansible_collections.codexdominion.azure.plugins.module_utils._azure import _operations, _transport
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _resource
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _backup
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _reboot
from tests.simulator_fixture import Simulator
from tests.support import frontend
from tests.support.invoke import CONNECTION, invoke
from tests.support.sample import push_sample
from tests.support.vault import Vault

PLUGINS = Path(__file__).resolve().parents[2] / "plugins" / "modules"
PASSWORD = "Quiet-5ecret-8d1f"
_ZERO = "sha256:" + "0" * 64

NO_AZURE = {
    "audit_record": "writes to a directory; its storage account is Azurite's, which has no faults to ask for",
    "backup_schedule": "writes files and asks systemd or cron on this host",
    "http_check": "asks the service it is told to, and whether that answers is its result",
    "inventory_check": "reads variables only",
    "postgresql_dump": "talks to PostgreSQL; its storage account is Azurite's",
    "postgresql_dump_info": "reads a directory; its storage account is Azurite's",
    "postgresql_dump_record": "writes to a directory; its storage account is Azurite's",
    "postgresql_dump_prune": "removes from a directory; its storage account is Azurite's",
    "postgresql_dump_restore": "talks to PostgreSQL; its storage account is Azurite's",
    "postgresql_login": "talks to PostgreSQL",
    "postgresql_query_check": "talks to PostgreSQL",
    "postgresql_schema": "talks to PostgreSQL",
    "stack_lock": "writes to a directory; its storage account is Azurite's",
    "stack_rehearsal": "runs a playbook, whose modules ask Azure",
    "webhook": "sends to an address of somebody's own",
}
"""Modules without a request that the local Azure could answer wrong."""

POSITIONS = ("sign-in", "first read", "write", "read-back", "poll")
FAULTS: dict[str, dict[str, Any]] = {
    "429": {"kind": "throttle", "seconds": 0.01},
    "500": {"kind": "error", "status": 500, "code": "InternalServerError"},
    "502": {"kind": "error", "status": 502, "code": "BadGateway"},
    "503": {"kind": "error", "status": 503, "code": "ServiceUnavailable"},
    "504": {"kind": "error", "status": 504, "code": "GatewayTimeout"},
    "reset": {"kind": "reset"},
    "truncated": {"kind": "truncate"},
}

_OPERATION = r"/(?:operations|operationStatuses|operationResults|operationsStatus|azureAsyncOperation|asyncOperations)/"
_OURS = r"(?!/metadata/)(?!/[^/]+/(?:oauth2|v2\.0)/)(?!/oauth2/)"
_WRITES = ["PUT", "PATCH", "DELETE", "POST"]
_READING_POSTS = r"(?!.*/(?:listKeys|listCredentials|listAppSettings|listSecrets|validate)$)"
_WRITTEN = rf"^(?:PUT|PATCH|DELETE|POST) {_OURS}{_READING_POSTS}"
_WHERE: dict[str, dict[str, Any]] = {
    "sign-in": {"path": r"^/(?:metadata/|[^/]+/(?:oauth2|v2\.0)/)"},
    "first read": {"method": "GET", "path": rf"^{_OURS}(?!.*{_OPERATION})"},
    "write": {"method": _WRITES, "path": rf"^{_OURS}{_READING_POSTS}"},
    "read-back": {"method": "GET", "path": rf"^{_OURS}(?!.*{_OPERATION})", "after": _WRITTEN},
    "poll": {"method": "GET", "path": _OPERATION},
}


@dataclass(frozen=True)
class Scenario:
    """What a module is asked for.

    :param params: with a number that is another one each time, so that each run has something to do.
    :param changed: what the run has to say.
    :param converges: whether the same once more has nothing left to do.
    :param before: what is done first, without a fault.
    """

    module: str
    params: Callable[[World, int], dict[str, Any]]
    changed: bool = True
    converges: bool = True
    before: Callable[[World, int], object] = lambda _world, _number: None
    name: str = ""

    @property
    def title(self) -> str:
        """How the table calls it."""
        return self.name or self.module


class World:
    """A subscription with one of everything, each brought up when the first scenario needs it."""

    group = "rg"

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self.simulator = simulator
        self._folder = folder
        settings = simulator.settings()
        self._connection = {name: settings[name] for name in CONNECTION}
        simulator.register(
            "Microsoft.Cache",
            "Microsoft.ContainerInstance",
            "Microsoft.ContainerRegistry",
            "Microsoft.DBforPostgreSQL",
            "Microsoft.ManagedIdentity",
            "Microsoft.Network",
            "Microsoft.Web",
        )
        self.run("resource_group", name=self.group, location="eastus")

    def attempt(
        self, module: str, *, check_mode: bool = False, cache: Path | None = None, **params: Any
    ) -> dict[str, Any]:
        """Run a module, whatever comes of it."""
        return invoke(module, {**self._connection, **params}, check_mode=check_mode, cache=cache or self._folder)

    def run(self, module: str, **params: Any) -> dict[str, Any]:
        """Run a module; it must not fail."""
        result = self.attempt(module, **params)
        assert not result.get("failed"), result
        return result

    def here(self, **params: Any) -> dict[str, Any]:
        """Return parameters for something of our group."""
        return {"resource_group": self.group, **params}

    def fresh_cache(self, number: int) -> Path:
        """Return a folder in which no token is kept yet."""
        folder = self._folder / f"run-{number}"
        folder.mkdir()
        return folder

    @cached_property
    def marks(self) -> Path:
        """A directory for restore marks."""
        folder = self._folder / "marks"
        folder.mkdir()
        return folder

    @cached_property
    def registry(self) -> dict[str, Any]:
        """The login server of a registry with an image, and who may pull it."""
        found = self.run(
            "container_registry",
            **self.here(name="acrfaults", location="eastus", admin_user_enabled=True, return_credentials=True),
        )["container_registry"]
        server: str = found["login_server"]
        push_sample(self.simulator, server, "codex-backend", "one")
        where = {"registry": server, **found["credentials"]}
        digest = self.run("container_image_info", repository="codex-backend", tag="one", **where)["images"][0]["digest"]
        return {"where": {**where, "repository": "codex-backend"}, "digest": digest}

    @cached_property
    def source(self) -> Path:
        """A directory that the local Azure builds in a moment."""
        self.simulator.hook("POST", "registry/builder", {"use": "small"})
        folder = self._folder / "source"
        folder.mkdir()
        (folder / "Dockerfile").write_text("FROM scratch\nARG NUMBER\nENV NUMBER=$NUMBER\n", encoding="utf-8")
        return folder

    def container_group(self, number: int) -> dict[str, Any]:
        """Return parameters of a running group."""
        where = self.registry["where"]
        container = {
            "name": "api",
            "image": f"{where['registry']}/codex-backend:one",
            "memory": 1,
            "ports": [8001],
            "environment": {"NUMBER": str(number)},
        }
        credentials = {"server": where["registry"], "username": where["username"], "password": where["password"]}
        return self.here(
            name="faults",
            location="eastus",
            stable_seconds=0,
            containers=[container],
            registry_credentials=[credentials],
        )

    def deployment(self, number: int) -> dict[str, Any]:
        """Return parameters of a deployment of a backend that is changed in place."""
        where = self.registry["where"]
        return self.here(
            name="faults-backend",
            location="eastus",
            image=f"{where['registry']}/codex-backend@{self.registry['digest']}",
            memory=1,
            environment={"NUMBER": str(number)},
            pull="admin",
            registry=where["registry"],
            registry_username=where["username"],
            registry_password=where["password"],
            stable_seconds=0,
        )

    @cached_property
    def running(self) -> str:
        """The name of a group that runs."""
        return str(self.run("container_group", **self.container_group(0))["container_group"]["name"])

    @cached_property
    def server(self) -> str:
        """The name of a PostgreSQL server that can be backed up."""
        new = {"administrator_login": "operator", "administrator_password": PASSWORD, "sku": "Standard_D2ds_v5"}
        self.run("postgresql_server", **self.here(name="faults-db", location="eastus", **new))
        return "faults-db"

    @cached_property
    def cache(self) -> dict[str, Any]:
        """Where a cache is, and by whose certificate its own is checked."""
        self.run("redis_cache", **self.here(name="faults-cache", location="eastus", sku="Standard"))
        return {"name": "faults-cache", "ca_cert": self._connection["ca_path"]}

    @cached_property
    def managed(self) -> str:
        """The name of a managed cache."""
        new = {"location": "eastus", "access_keys_authentication": True}
        self.run("managed_redis", **self.here(name="faults-managed", **new))
        return "faults-managed"

    def key(self, _number: int = 0) -> None:
        """Have a key in the cache."""
        from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _connection

        found = self.run("redis_cache", **self.here(name=self.cache["name"], return_keys=True))["redis_cache"]
        endpoint = _connection.Endpoint(
            found["host_name"], found["ssl_port"], found["keys"]["primary"], self._connection["ca_path"]
        )
        with _connection.connect(endpoint) as client:
            client.set("a", "b")

    @cached_property
    def vault(self) -> Vault:
        """A key vault."""
        return Vault(self.simulator, "kv-faults")

    def kept(self, name: str) -> dict[str, Any]:
        """Return the server and the secret that its password is kept in."""
        where = {"vault_url": self.vault.url, "secret_name": name}
        return self.here(server=self.server, user="operator", ca_cert=self._connection["ca_path"], **where)

    def cut_off(self, name: str) -> None:
        """Keep the password that the server takes as the next one, as a rotation does that was cut off."""
        rule = {"server": self.server, "name": "tests", "start_address": "127.0.0.1"}
        self.run("postgresql_firewall_rule", **self.here(**rule))
        self.vault.set(name, "Former-5ecret-2b7c")
        self.vault.set(f"{name}-next", PASSWORD)

    @cached_property
    def site(self) -> str:
        """The name of a static web app."""
        self.run("static_web_app", **self.here(name="faults-site", location="eastus2"))
        return "faults-site"

    def sources(self, number: int) -> dict[str, Any]:
        """Return the sources of a page, where it is built, and for which site."""
        where = {"project": str(frontend.PROJECT), "builds_directory": str(self._folder / "builds")}
        return self.here(name=self.site, build_environment={"PAGE_TEXT": f"page {number}"}, **where)

    def page(self, number: int) -> dict[str, Any]:
        """Return a page that is built, and how it gets to its site."""
        settings = self.simulator.settings()
        proxy = {"HTTPS_PROXY": settings["https_proxy"], "NODE_EXTRA_CA_CERTS": settings["ca_path"]}
        return self.here(
            name=self.site,
            release=self.run("static_web_app_build", **self.sources(number))["build"]["release"],
            builds_directory=str(self._folder / "builds"),
            cli_package=str(frontend.CLI_PACKAGE),
            cli_directory=str(frontend.CLI),
            cli_environment=proxy,
        )

    @cached_property
    def profile(self) -> str:
        """The name of a Traffic Manager profile."""
        self.run("traffic_manager_profile", **self.here(name="faults-profile", relative_name="faults-profile"))
        return "faults-profile"

    def operation(self, number: int) -> dict[str, Any]:
        """Return an operation that runs."""
        tags = {"number": str(number)}
        started = self.run("managed_redis", **self.here(name=self.managed, tags=tags, wait=False))
        return {"operations": [started["operation"] or {}]}


def _tags(number: int) -> dict[str, Any]:
    return {"tags": {"number": str(number)}}


def _images(world: World) -> dict[str, Any]:
    return {**world.registry["where"], "pull": "admin"}


def _info(module: str, params: Callable[[World], dict[str, Any]]) -> Scenario:
    return Scenario(module, lambda world, _number: params(world), changed=False)


SCENARIOS: tuple[Scenario, ...] = (
    Scenario("resource_group", lambda world, n: {"name": f"rg-{n}", "location": "eastus"}),
    Scenario(
        "resource_group",
        lambda world, n: {"name": f"rg-{n}", "state": "absent"},
        before=lambda world, n: world.run("resource_group", name=f"rg-{n}", location="eastus"),
        name="resource_group, absent",
    ),
    Scenario(
        "container_registry",
        lambda world, n: world.here(name=f"acrfaults{n}", location="eastus"),
    ),
    Scenario(
        "user_assigned_identity", lambda world, n: world.here(name=f"identity-{n}", location="eastus", **_tags(n))
    ),
    Scenario(
        "role_assignment",
        lambda world, n: {
            "scope": f"{world.simulator.subscription}/resourceGroups/{world.group}",
            "principal_id": str(uuid.uuid5(uuid.NAMESPACE_DNS, str(n))),
            "role": "AcrPull",
        },
    ),
    Scenario("traffic_manager_profile", lambda world, n: world.here(name=f"profile-{n}", relative_name=f"faults-{n}")),
    _info("traffic_manager_profile_info", lambda world: world.here(name=world.profile)),
    Scenario(
        "static_web_app",
        lambda world, n: world.here(name=f"site-{n}", location="eastus2", app_settings={"NUMBER": str(n)}),
        before=lambda world, n: world.run("static_web_app", **world.here(name=f"site-{n - 1}", state="absent")),
    ),
    Scenario(
        "static_web_app",
        lambda world, n: world.here(name=world.site, secret_app_settings={"NUMBER": f"{PASSWORD}{n}"}, **_tags(n)),
        name="static_web_app, changed",
    ),
    Scenario(
        "static_web_app",
        lambda world, n: world.here(name=world.site, reset_deployment_token=True),
        converges=False,
        name="static_web_app, reset",
    ),
    Scenario(
        "static_web_app",
        lambda world, n: world.here(name=f"site-{n}", state="absent"),
        before=lambda world, n: world.run("static_web_app", **world.here(name=f"site-{n}", location="eastus2")),
        name="static_web_app, absent",
    ),
    _info("static_web_app_info", lambda world: world.here(name=world.site, return_deployment_token=True)),
    Scenario("static_web_app_build", lambda world, n: world.sources(n)),
    Scenario("static_web_app_deployment", lambda world, n: world.page(n)),
    _info("static_web_app_release_info", lambda world: world.here(name=world.site)),
    _info("static_web_app_check", lambda world: world.here(name=world.site, requests=1, targets="tell")),
    Scenario("container_group", lambda world, n: world.container_group(n)),
    Scenario(
        "container_group",
        lambda world, n: world.here(name=world.running, state="restarted", stable_seconds=0),
        converges=False,
        name="container_group, restarted",
    ),
    Scenario("backend_deployment", lambda world, n: world.deployment(n)),
    Scenario(
        "backend_deployment",
        lambda world, n: world.here(name=world.running, change="restart", stable_seconds=0),
        converges=False,
        name="backend_deployment, restart",
    ),
    _info("backend_info", lambda world: world.here(name=world.running, inside=True, **_images(world))),
    _info("container_group_info", lambda world: world.here(name=world.running)),
    _info("container_group_logs", lambda world: world.here(name=world.running)),
    _info("container_image_info", lambda world: world.registry["where"]),
    Scenario(
        "container_image_tag",
        lambda world, n: {**world.registry["where"], "tag": f"release-{n}", "digest": world.registry["digest"]},
    ),
    Scenario(
        "container_image_prune",
        lambda world, n: {**world.registry["where"], "tag_pattern": f"old-{n}-.*", "keep": 1, "keep_digests": []},
        before=lambda world, n: [
            world.run(
                "container_image_tag",
                **{**world.registry["where"], "tag": f"old-{n}-{one}", "digest": world.registry["digest"]},
            )
            for one in range(2)
        ],
    ),
    Scenario(
        "container_image_build",
        lambda world, n: world.here(
            method="acr_task",
            registry_name="acrfaults",
            registry=world.registry["where"]["registry"],
            repository="built",
            context=str(world.source),
            tag=f"one-{n}",
            more_tags=[],
            build_arguments={"NUMBER": str(n)},
        ),
        converges=False,
    ),
    Scenario("postgresql_server", lambda world, n: world.here(name=world.server, **_tags(n))),
    Scenario(
        "postgresql_server",
        lambda world, n: world.here(name=world.server, state="restarted"),
        converges=False,
        name="postgresql_server, restarted",
    ),
    _info("postgresql_server_info", lambda world: world.here(name=world.server, backups=True)),
    Scenario(
        "postgresql_firewall_rule",
        lambda world, n: world.here(server=world.server, name=f"rule-{n}", start_address="127.0.0.1"),
    ),
    Scenario(
        "postgresql_configuration",
        lambda world, n: world.here(
            server=world.server, configurations={"log_min_duration_statement": 1000 + n, "deadlock_timeout": 1000 + n}
        ),
    ),
    Scenario("postgresql_database", lambda world, n: world.here(server=world.server, name=f"data{n}")),
    Scenario(
        "postgresql_backup",
        lambda world, n: world.here(server=world.server, name=f"backup-{n}"),
        before=lambda world, n: world.run(
            "postgresql_backup", **world.here(server=world.server, name=f"backup-{n - 1}", state="absent")
        ),
    ),
    Scenario(
        "postgresql_restore_mark",
        lambda world, n: world.here(server=world.server, prefix=f"mark{n}", directory=str(world.marks)),
        converges=False,
    ),
    _info(
        "postgresql_restore_point_info",
        lambda world: world.here(
            server=world.server, prefix="mark", kind="mark", directory=str(world.marks), max_age="1h"
        ),
    ),
    Scenario("redis_cache", lambda world, n: world.here(name=world.cache["name"], **_tags(n))),
    Scenario("managed_redis", lambda world, n: world.here(name=world.managed, **_tags(n))),
    _info("redis_info", lambda world: world.here(name=world.cache["name"])),
    _info("redis_check", lambda world: world.here(**world.cache, max_average_ms=60_000)),
    Scenario(
        "redis_reboot",
        lambda world, n: world.here(**world.cache, nodes="secondary"),
        converges=False,
    ),
    Scenario(
        "redis_regenerate_key",
        lambda world, n: world.here(**world.cache, key="secondary"),
        converges=False,
    ),
    Scenario(
        "redis_flush",
        lambda world, n: world.here(**world.cache, force=True),
        before=lambda world, n: world.key(n),
    ),
    Scenario(
        "redis_copy",
        lambda world, n: world.here(**world.cache, destination_name=world.managed, destination_service="managed"),
        before=lambda world, n: world.key(n),
        converges=False,
    ),
    Scenario("operation_wait", lambda world, n: world.operation(n), changed=False),
    Scenario("generated_password", lambda world, n: {"vault_url": world.vault.url, "secret_name": f"password-{n}"}),
    Scenario(
        "postgresql_kept_password",
        lambda world, n: world.kept(f"kept-{n}"),
        before=lambda world, n: world.cut_off(f"kept-{n}"),
    ),
)


@dataclass(frozen=True)
class Cell:
    """One place of the table."""

    scenario: Scenario
    position: str
    fault: str

    def __str__(self) -> str:
        return f"{self.scenario.title} / {self.position} / {self.fault}"


def cells() -> Iterator[Cell]:
    """Yield the whole table."""
    for scenario in SCENARIOS:
        for position in POSITIONS:
            for fault in FAULTS:
                yield Cell(scenario, position, fault)


def without_scenario() -> set[str]:
    """Return the modules that the matrix does not know."""
    there = {path.stem for path in PLUGINS.glob("*.py")} - {"__init__"}
    return there - {scenario.module for scenario in SCENARIOS} - set(NO_AZURE)


@dataclass
class Matrix:
    """Runs cells in a world.

    :ivar seconds: how long each scenario has taken in all.
    """

    world: World
    seconds: dict[str, float] = field(default_factory=dict)
    _number: int = 0

    def strike(self, cell: Cell) -> str:
        """Run a cell; return C(ok), C(-) where no request is struck, or what is wrong."""
        began = time.monotonic()
        try:
            ways: list[dict[str, Any]] = [{}]
            if cell.position == "write" and cell.fault not in ("429", "truncated"):
                ways = [{}, {"done": True}]
            found = [self._strike(cell, way) for way in ways]
        finally:
            spent = time.monotonic() - began
            self.seconds[cell.scenario.title] = self.seconds.get(cell.scenario.title, 0.0) + spent
        return next((one for one in found if one not in ("ok", "-")), found[0])

    def _strike(self, cell: Cell, way: dict[str, Any]) -> str:
        self._number += 1
        scenario, simulator = cell.scenario, self.world.simulator
        params = scenario.params(self.world, self._number)
        scenario.before(self.world, self._number)
        cache = None
        if cell.position == "sign-in":
            cache = self.world.fresh_cache(self._number)
        simulator.fault(**FAULTS[cell.fault], **_WHERE[cell.position], **way)
        try:
            result = self.world.attempt(scenario.module, cache=cache, **params)
            struck = any(rule["applied"] for rule in simulator.hook("GET", "faults")["value"])
        finally:
            simulator.hook("DELETE", "faults")
        when = " after it was done" if way else ""
        if result.get("failed"):
            return f"failed{when}: {result['msg']}"
        if bool(result.get("changed")) is not scenario.changed:
            return f"changed is {result.get('changed')}{when}"
        if warned := result.get("warnings"):
            return f"warned{when}: {warned}"
        if scenario.converges and scenario.changed:
            again = self.world.attempt(scenario.module, check_mode=True, **params)
            if again.get("failed") or again.get("changed"):
                return f"not converged{when}: {again.get('msg') or again.get('diff')}"
        return "ok" if struck else "-"


def hurry(patch: Callable[[object, str, object], None]) -> None:
    """Let nothing wait as long as for Azure.

    :param patch: sets an attribute, as monkeypatch does.
    """
    patch(_transport, "FIRST_PAUSE", 0.01)
    patch(_resource, "BUSY_SECONDS", 0.05)
    patch(_resource, "LOST_SECONDS", (0.05, 0.1, 0.2, 0.4))
    patch(_operations, "POLL_SECONDS", 0.05)
    patch(_reboot, "SHOWS_SECONDS", 3.0)
    patch(_backup, "SHOWS_SECONDS", 20.0)
    patch(_backup, "_PAUSE", 0.2)
