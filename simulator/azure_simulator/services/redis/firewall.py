"""Firewall rules of a cache: written at once, also while the cache is still made."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Any

from azure_simulator.core.routing import ArmRequest, ArmResponse, Route
from azure_simulator.core.store import Document
from azure_simulator.services.redis import documents, errors, schema
from azure_simulator.services.redis.parts import Children, answer

KIND = "redisFirewallRules"
_NAME = re.compile(r"^[A-Za-z0-9_]{1,256}$")


class FirewallRules(Children):
    """PUT, GET, DELETE, list; what holds is told to the real cache."""

    kind = "firewallRules"

    def routes(self) -> Iterable[Route]:
        return (
            self.route("GET", self.collection, self.list_all),
            self.route("PUT", self.item, self.put),
            self.route("GET", self.item, self.get),
            self.route("DELETE", self.item, self.delete),
        )

    async def list_all(self, request: ArmRequest) -> ArmResponse:
        cache = self.read(request)
        return answer(200, {"value": [_shown(cache, rule) for rule in self._of(cache)]})

    async def get(self, request: ArmRequest) -> ArmResponse:
        cache = self.read(request)
        rule = self.store.get(KIND, self.id_of(cache, request.params["name"]))
        if rule is None:
            raise errors.child_not_found(f"{documents.TYPE}/{self.kind}", request.params["name"])
        return answer(200, _shown(cache, rule))

    async def put(self, request: ArmRequest) -> ArmResponse:
        body, name = request.json(), request.params["name"]
        schema.FIREWALL_RULE.check(body)
        cache = self.write(request)
        if not _NAME.match(name):
            raise errors.bad_request(f"The name '{name}' of the firewall rule is invalid.")
        first, last = (_address(body["properties"], member) for member in ("startIP", "endIP"))
        if first > last:
            raise errors.bad_request("The value of 'startIP' must not be greater than that of 'endIP'.")
        identifier = self.id_of(cache, name)
        is_new = self.store.get(KIND, identifier) is None
        rule = self.store.put(
            KIND, identifier, {"name": name, "properties": {"startIP": str(first), "endIP": str(last)}}
        )
        await self.apply(cache)
        shown = _shown(cache, rule)
        # The type is spelled differently in this answer.
        body = {"properties": shown["properties"], **shown, "type": "Microsoft.Cache/redis/firewallRules"}
        return answer(201, body, {"Location": request.url(identifier)}) if is_new else answer(200, body)

    async def delete(self, request: ArmRequest) -> ArmResponse:
        """204 when there is none."""
        cache = self.write(request)
        if not self.store.delete(KIND, self.id_of(cache, request.params["name"])):
            return answer(204)
        await self.apply(cache)
        return answer(200)

    def _of(self, cache: Document) -> list[Document]:
        return self.store.list(KIND, f"{cache.id}/")

    def ranges(self, cache: Document) -> list[tuple[str, str]]:
        """First and last addresses."""
        properties = [rule.body["properties"] for rule in self._of(cache)]
        return [(rule["startIP"], rule["endIP"]) for rule in properties]

    async def apply(self, cache: Document) -> None:
        """Tell the real cache, if it is there already, who may connect and with which keys."""
        if self.parts.engine.exists(cache.id):
            await self.parts.engine.admit(cache.id, documents.access(cache, self.ranges(cache)))

    def clear(self, cache: Document) -> None:
        for rule in self._of(cache):
            self.store.delete(KIND, rule.id)


def _shown(cache: Document, rule: Document) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": f"{cache.body['name']}/{rule.body['name']}",
        "type": "Microsoft.Cache/Redis/firewallRules",
        "properties": rule.body["properties"],
    }


def _address(properties: dict[str, str], member: str) -> ipaddress.IPv4Address:
    try:
        return ipaddress.IPv4Address(properties[member])
    except ValueError as error:
        raise errors.bad_request(f"The value '{properties[member]}' of '{member}' is not an IPv4 address.") from error
