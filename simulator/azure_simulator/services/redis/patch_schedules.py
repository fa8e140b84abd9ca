"""When a cache may be patched. Nothing is patched here; the schedule is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from azure_simulator.core.routing import ArmRequest, ArmResponse, Route
from azure_simulator.core.store import Document
from azure_simulator.services.redis import documents, errors, schema
from azure_simulator.services.redis.parts import Children, answer

KIND = "redisPatchSchedules"
_NAME = "default"
_WINDOW = "PT5H"
_WINDOWS = re.compile(r"^PT\d{1,2}H(\d{1,2}M)?$")


class PatchSchedules(Children):
    """PUT, GET, DELETE of the one a cache may have, and their list."""

    kind = "patchSchedules"

    def routes(self) -> Iterable[Route]:
        return (
            self.route("GET", self.collection, self.list_all),
            self.route("PUT", self.item, self.put),
            self.route("GET", self.item, self.get),
            self.route("DELETE", self.item, self.delete),
        )

    async def list_all(self, request: ArmRequest) -> ArmResponse:
        cache = self.read(request)
        found = self.store.get(KIND, self.id_of(cache, _NAME))
        return answer(200, {"value": [] if found is None else [self._shown(cache, found)]})

    async def get(self, request: ArmRequest) -> ArmResponse:
        cache = self.read(request)
        found = self.store.get(KIND, self.id_of(cache, request.params["name"]))
        if found is None:
            raise errors.child_not_found(f"{documents.TYPE}/{self.kind}", request.params["name"])
        return answer(200, self._shown(cache, found))

    async def put(self, request: ArmRequest) -> ArmResponse:
        body, cache = request.json(), self.write(request)
        schema.PATCH_SCHEDULE.check(body)
        if request.params["name"].lower() != _NAME:
            raise errors.bad_request(f"The name of a patch schedule is '{_NAME}'.")
        entries = [{"maintenanceWindow": _WINDOW, **entry} for entry in body["properties"]["scheduleEntries"]]
        if not entries or any(not _WINDOWS.match(entry["maintenanceWindow"]) for entry in entries):
            raise errors.bad_request("The value of the property 'scheduleEntries' is invalid.")
        ordered = [
            {name: entry[name] for name in ("dayOfWeek", "startHourUtc", "maintenanceWindow")} for entry in entries
        ]
        stored = self.store.put(KIND, self.id_of(cache, _NAME), {"scheduleEntries": ordered})
        return answer(200, self._shown(cache, stored))

    async def delete(self, request: ArmRequest) -> ArmResponse:
        """204 when there is none."""
        removed = self.store.delete(KIND, self.id_of(self.write(request), request.params["name"]))
        return answer(200 if removed else 204)

    def clear(self, cache: Document) -> None:
        self.store.delete(KIND, self.id_of(cache, _NAME))

    def _shown(self, cache: Document, schedule: Document) -> dict[str, Any]:
        return {
            "id": schedule.id,
            "location": cache.body["location"],
            "name": f"{cache.body['name']}/{_NAME}",
            "type": "Microsoft.Cache/Redis/PatchSchedules",
            "properties": schedule.body,
        }
