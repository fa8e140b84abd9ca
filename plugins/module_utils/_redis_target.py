# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The caches an operation works on: where they are, and what their service does to them. Private to this collection."""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils import _redis_connection
from ansible_collections.codexdominion.azure.plugins.module_utils._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._managed_redis_api import ManagedRedisApi
from ansible_collections.codexdominion.azure.plugins.module_utils._redis_api import CacheApi
from ansible_collections.codexdominion.azure.plugins.module_utils._redis_connection import Endpoint
from ansible_collections.codexdominion.azure.plugins.module_utils._session import Answer, Body

SERVICES = ("classic", "managed")


class Target(t.NamedTuple):
    """A cache that exists.

    :param endpoint: where to connect, found out when it is called.
    :param flush: starts to delete all keys.
    """

    what: str
    body: Body
    endpoint: t.Callable[[], Endpoint]
    flush: t.Callable[[], Answer]


def find(ctx: Context, service: str) -> Target:
    """Return the cache that the options C(resource_group) and C(name) name.

    :param service: one of C(SERVICES).
    :raises OperationsError: when there is none.
    """
    where = (ctx.session, ctx.params["resource_group"], ctx.params["name"])
    api = CacheApi(*where) if service == "classic" else ManagedRedisApi(*where)
    body = api.read()
    if body is None:
        raise OperationsError(
            f"{api.what} does not exist",
            code="ResourceNotFound",
            remedy="Correct its name, its resource group, or its kind.",
        )
    found = body

    def endpoint() -> Endpoint:
        host, port, allowed = api.address(found)
        if not allowed:
            raise OperationsError(
                f"{api.what} takes no access keys", code="AccessKeysDisabled", remedy="Switch them on for this cache."
            )
        return _redis_connection.endpoint(ctx.params, host, port, api.keys()["primary"])

    return Target(api.what, body, endpoint, api.flush)
