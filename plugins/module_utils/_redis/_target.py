# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The caches an operation works on: where they are, and what their service does to them. Private to this collection."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Answer, Body
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs, _resource, _states
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _connection, _rules
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._api import CacheApi
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._connection import Endpoint
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._managed_api import ManagedRedisApi

SERVICES = ("classic", "managed")


def name_problems(params: Params) -> t.Iterator[str]:
    """Check what is no name of a managed cache, and would be one of a classic cache."""
    name = params["name"]
    if params["service"] == "managed" and not _rules.name(name) and (wrong := _rules.managed_name(name)):
        yield f"name: {wrong}"


SPEC = (
    _common_specs.AZURE.merge(_common_specs.IN_GROUP)
    .merge(_connection.SPEC)
    .merge(
        ArgumentSpec(
            options={
                "name": {"type": "str", "required": True},
                "service": {"type": "str", "default": "classic", "choices": list(SERVICES)},
            },
            rules={"name": _rules.name},
            checks=(name_problems,),
        )
    )
)
"""Which cache, and how it is trusted: the fragments C(redis) and C(redis_connection)."""


@dataclasses.dataclass(frozen=True)
class Target:
    """A cache that exists.

    :param body: as Azure has it.
    """

    api: CacheApi | ManagedRedisApi
    body: Body
    ctx: Context

    @property
    def what(self) -> str:
        """The operator's words for it."""
        return self.api.what

    def endpoint(self) -> Endpoint:
        """Return where to connect with the primary key.

        :raises OperationsError: as C(endpoints) does.
        """
        return self.endpoints()["primary"]

    def endpoints(self) -> dict[str, Endpoint]:
        """Return where to connect with the keys as they are now, by the kind of key.

        :raises OperationsError: when the cache takes no keys.
        """
        host, port = self.address()
        keys, cluster = self.api.keys(), _is_cluster(self.body)
        return {
            kind: _connection.endpoint(self.ctx.params, host, port, key, is_cluster=cluster)
            for kind, key in keys.items()
        }

    def address(self) -> tuple[str, int]:
        """Return host and port of a cache that takes keys, without asking for them.

        :raises OperationsError: when it takes none.
        """
        host, port, allowed = self.api.address(self.body)
        if not allowed:
            remedy = "Switch them on for this cache"
            if "verify" in self.ctx.params:
                remedy += ", or set verify to false to do without proof"
            raise OperationsError(f"{self.what} takes no access keys", code="AccessKeysDisabled", remedy=f"{remedy}.")
        return host, port

    @property
    def _kind(self) -> str:
        """What the table of states calls it."""
        return "redis_cache" if isinstance(self.api, CacheApi) else "managed_redis"

    def settled(self, deadline: float) -> None:
        """Wait for the end of what Azure does to the cache.

        :raises OperationsError: with code C(Timeout) when the deadline, by time.monotonic(), comes first.
        """

        def unfinished(found: Body | None) -> str:
            states = [_states.pending(self._kind, part) for part in _parts(found)]
            return next((f"still {state}" for state in states if state), "")

        _resource.poll(self.ctx, self.api, self.api.read(), deadline, unfinished)

    def flush(self) -> Answer:
        """Start to delete all keys."""
        return self.api.flush()

    def require_idle(self, doing: str) -> None:
        """Refuse to do something to a cache that something else is being done to, or that has failed.

        :param doing: such as C(rebooted).
        :raises OperationsError: with code C(CacheBusy), or C(ProvisioningFailed).
        """
        for part in _parts(self.body):
            if state := _states.pending(self._kind, part):
                raise OperationsError(f"{self.what} is {state}, and is not {doing} meanwhile", code="CacheBusy")
            if failed := _states.failure(self._kind, part):
                raise OperationsError(
                    f"{self.what} is {failed.state}, and is not {doing} so",
                    code="ProvisioningFailed",
                    remedy="Bring it into order first: provision_cache.yml.",
                )


def _is_cluster(body: Body) -> bool:
    """Return whether clients have to find the member with a key themselves: both services have such caches."""
    database = (body.get("database") or {}).get("properties") or {}
    return database.get("clusteringPolicy") == "OSSCluster" or bool(body["properties"].get("shardCount"))


def _parts(body: Body | None) -> list[Body]:
    """Return what has a state of its own: the cache, and the database of a managed one."""
    parts = [body, (body or {}).get("database")]
    return [part for part in parts if part]


def find(ctx: Context, service: str, name: str = "") -> Target:
    """Return a cache of the resource group that the task names.

    :param service: one of C(SERVICES).
    :param name: that of the option C(name) if it is not given.
    :raises OperationsError: when there is none.
    """
    where = (ctx.session, ctx.params["resource_group"], name or ctx.params["name"])
    return of(ctx, CacheApi(*where) if service == "classic" else ManagedRedisApi(*where))


def of(ctx: Context, api: CacheApi | ManagedRedisApi) -> Target:
    """Return the cache behind an adapter.

    :raises OperationsError: when there is none.
    """
    body = api.read()
    if body is None:
        raise OperationsError(
            f"{api.what} does not exist",
            code="ResourceNotFound",
            remedy="Correct its name, its resource group, or its kind.",
        )
    return Target(api, body, ctx)
