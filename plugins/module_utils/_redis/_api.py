# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Azure Cache for Redis, API version 2024-11-01, by azure-mgmt-redis, in Azure's own words. Private.

Source: U(https://learn.microsoft.com/rest/api/redis/).
"""

from __future__ import annotations

import functools
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import (
    Answer,
    Body,
    Session,
    call,
    collect,
    encode,
    find,
    start,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError

PACKAGE = "azure.mgmt.redis"
PROVIDER = "Microsoft.Cache"

_SCHEDULE = "default"
_NODES = {"primary": "PrimaryNode", "secondary": "SecondaryNode", "all": "AllNodes"}
_T = t.TypeVar("_T")


class CacheApi:
    """The requests about one cache and what belongs to it."""

    def __init__(self, session: Session, group: str, name: str) -> None:
        self._session = session
        self._where = (group, name)
        self.name = name
        self.what = f"Redis cache {name}"

    @functools.cached_property
    def _client(self) -> t.Any:
        return self._session.client(PACKAGE, "RedisManagementClient")

    @property
    def id(self) -> str:
        """The cache's resource id, whether it exists or not."""
        return self._session.resource_id(self._where[0], PROVIDER, "Redis", self.name)

    def read(self) -> Body | None:
        """Return the cache, or None if there is none."""
        return find(f"Reading {self.what}", self._client.redis.get, *self._where)

    def list_subscription(self) -> list[Body]:
        """Return all such caches of the subscription, whatever their resource group."""
        return collect("Listing the Redis caches of the subscription", self._client.redis.list_by_subscription)

    def create(self, body: Body) -> Answer:
        """Start to create the cache.

        :raises OperationsError: with code C(CacheCreationRetired) where Azure makes no new ones.
        """
        return refusals(lambda: self._start(f"Creating {self.what}", self._client.redis.begin_create, encode(body)))

    def update(self, body: Body) -> Answer:
        """Start to change just what the body names."""
        return refusals(lambda: self._start(f"Updating {self.what}", self._client.redis.begin_update, encode(body)))

    def delete(self) -> Answer:
        """Start to delete the cache with its data."""
        return refusals(lambda: self._start(f"Deleting {self.what}", self._client.redis.begin_delete))

    def reboot(self, nodes: str) -> Answer:
        """Ask for a reboot of C(primary), C(secondary), or C(all) nodes; Azure answers before anything happens."""
        body = encode({"rebootType": _NODES[nodes]})
        return refusals(
            lambda: call(f"Rebooting {self.what}", self._client.redis.force_reboot, *self._where, parameters=body)
        )

    def flush(self) -> Answer:
        """Start to delete all keys of all databases."""
        return refusals(lambda: self._start(f"Flushing {self.what}", self._client.redis.begin_flush_cache))

    def regenerate_key(self, key: str) -> Answer:
        """Replace the C(primary) or the C(secondary) access key at once."""
        body = encode({"keyType": key.capitalize()})
        doing = f"Regenerating the {key} key of {self.what}"
        return refusals(lambda: call(doing, self._client.redis.regenerate_key, *self._where, parameters=body))

    def keys(self) -> dict[str, str]:
        """Return the access keys: a POST that only reads, so check mode may send it too."""
        found = call(f"Listing the keys of {self.what}", self._client.redis.list_keys, *self._where).body
        return {"primary": found["primaryKey"], "secondary": found["secondaryKey"]}

    def address(self, cache: Body) -> tuple[str, int, bool]:
        """Return host, port, and whether the cache takes access keys."""
        properties = cache["properties"]
        return properties["hostName"], properties["sslPort"], not properties.get("disableAccessKeyAuthentication")

    def firewall_rules(self) -> dict[str, dict[str, str]]:
        """Return start and end address of every rule by the rule's name."""
        rules = collect(f"Listing the firewall rules of {self.what}", self._client.firewall_rules.list, *self._where)
        return {
            rule["name"].rpartition("/")[2]: {
                "start_address": rule["properties"]["startIP"],
                "end_address": rule["properties"]["endIP"],
            }
            for rule in rules
        }

    def write_firewall_rule(self, name: str, first: str, last: str) -> None:
        """Create or change a rule."""
        body = encode({"properties": {"startIP": first, "endIP": last}})
        self._call_child(f"Writing firewall rule {name}", self._client.firewall_rules.create_or_update, name, body)

    def delete_firewall_rule(self, name: str) -> None:
        """Delete a rule; that it is gone already is no error."""
        try:
            self._call_child(f"Deleting firewall rule {name}", self._client.firewall_rules.delete, name)
        except OperationsError as error:
            if not error.not_found:
                raise

    def patch_schedule(self) -> list[Body]:
        """Return when Azure may patch the cache, an empty list if it chooses."""
        found = find(
            f"Reading the patch schedule of {self.what}", self._client.patch_schedules.get, *self._where, _SCHEDULE
        )
        return (found or {"properties": {}})["properties"].get("scheduleEntries") or []

    def write_patch_schedule(self, entries: list[Body]) -> None:
        """Say when Azure may patch the cache; with an empty list it chooses."""
        schedules = self._client.patch_schedules
        if entries:
            body = encode({"properties": {"scheduleEntries": entries}})
            self._call_child("Writing the patch schedule", schedules.create_or_update, _SCHEDULE, body)
        else:
            self._call_child("Deleting the patch schedule", schedules.delete, _SCHEDULE)

    def _call_child(self, doing: str, function: t.Callable[..., t.Any], *args: t.Any) -> None:
        refusals(lambda: call(f"{doing} of {self.what}", function, *self._where, *args))

    def _start(self, doing: str, function: t.Callable[..., t.Any], *args: t.Any) -> Answer:
        return start(doing, function, *self._where, *args)


def refusals(write: t.Callable[[], _T]) -> _T:
    """Write; give the two refusals that Azure words in a message only a code of their own.

    :raises OperationsError: C(CacheBusy) while another operation runs, C(CacheCreationRetired) for a retired service.
    """
    try:
        return write()
    except OperationsError as error:
        text = error.message.lower()
        if error.status == 409 and "busy processing" in text:
            code = "CacheBusy"
        elif error.status == 400 and ("no longer supported" in text or "retired" in text):
            code = "CacheCreationRetired"
        else:
            raise
        raise OperationsError(
            error.message,
            code=code,
            status=error.status,
            request_id=error.request_id,
            correlation_id=error.correlation_id,
        ) from error
