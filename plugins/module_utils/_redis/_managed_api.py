# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Azure Managed Redis, API version 2025-07-01, by azure-mgmt-redisenterprise, in Azure's own words. Private.

A cluster and its one database are two resources, and one cache to its clients.
Source: U(https://learn.microsoft.com/rest/api/redis/redisenterprisecache/).
"""

from __future__ import annotations

import functools
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import (
    Answer,
    Body,
    Session,
    call,
    encode,
    find,
    start,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._api import PROVIDER, refusals

PACKAGE = "azure.mgmt.redisenterprise"
DATABASE = "default"


class ManagedRedisApi:
    """The requests about one cluster and its database."""

    def __init__(self, session: Session, group: str, name: str) -> None:
        self._session = session
        self._where = (group, name)
        self.name = name
        self.what = f"managed Redis {name}"

    @functools.cached_property
    def _client(self) -> t.Any:
        return self._session.client(PACKAGE, "RedisEnterpriseManagementClient")

    @property
    def id(self) -> str:
        """The cluster's resource id, whether it exists or not."""
        return self._session.resource_id(self._where[0], PROVIDER, "redisEnterprise", self.name)

    def read(self) -> Body | None:
        """Return the cluster with its database, or None, as C(database); or None if there is no cluster."""
        cluster = find(f"Reading {self.what}", self._client.redis_enterprise.get, *self._where)
        if cluster is None:
            return None
        doing = f"Reading the database of {self.what}"
        return {**cluster, "database": find(doing, self._client.databases.get, *self._where, DATABASE)}

    def create(self, body: Body) -> Answer:
        """Start to create the cluster."""
        return self._start(f"Creating {self.what}", self._client.redis_enterprise.begin_create, encode(body))

    def update(self, body: Body) -> Answer:
        """Start to change just what the body names."""
        return self._start(f"Updating {self.what}", self._client.redis_enterprise.begin_update, encode(body))

    def delete(self) -> Answer:
        """Start to delete the cluster with its database and data."""
        return self._start(f"Deleting {self.what}", self._client.redis_enterprise.begin_delete)

    def create_database(self, body: Body) -> Answer:
        """Start to create the database."""
        doing = f"Creating the database of {self.what}"
        return self._start(doing, self._client.databases.begin_create, DATABASE, encode(body))

    def update_database(self, body: Body) -> Answer:
        """Start to change just what the body names."""
        doing = f"Updating the database of {self.what}"
        return self._start(doing, self._client.databases.begin_update, DATABASE, encode(body))

    def delete_database(self) -> Answer:
        """Start to delete the database with its data."""
        return self._start(f"Deleting the database of {self.what}", self._client.databases.begin_delete, DATABASE)

    def flush(self) -> Answer:
        """Start to delete all keys."""
        return self._start(f"Flushing {self.what}", self._client.databases.begin_flush, DATABASE, None)

    def regenerate_key(self, key: str) -> Answer:
        """Start to replace the C(primary) or the C(secondary) access key."""
        body = encode({"keyType": key.capitalize()})
        doing = f"Regenerating the {key} key of {self.what}"
        return self._start(doing, self._client.databases.begin_regenerate_key, DATABASE, body)

    def keys(self) -> dict[str, str]:
        """Return the access keys: a POST that only reads, so check mode may send it too."""
        doing = f"Listing the keys of {self.what}"
        found = call(doing, self._client.databases.list_keys, *self._where, DATABASE).body
        return {"primary": found["primaryKey"], "secondary": found["secondaryKey"]}

    def address(self, cache: Body) -> tuple[str, int, bool]:
        """Return host, port, and whether the cache takes access keys; port 0 as long as it has no database."""
        properties = (cache["database"] or {}).get("properties") or {}
        allowed = properties.get("accessKeysAuthentication") == "Enabled"
        return cache["properties"]["hostName"], properties.get("port", 0), allowed

    def _start(self, doing: str, function: t.Callable[..., t.Any], *args: t.Any) -> Answer:
        return refusals(lambda: start(doing, function, *self._where, *args))
