"""What the parts of the service share, and the base of what belongs to a cache."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from azure_simulator.core.errors import parent_not_found, resource_not_found
from azure_simulator.core.routing import ArmRequest, ArmResponse
from azure_simulator.core.service import Context, Service
from azure_simulator.core.store import Document
from azure_simulator.redis.caches import Caches as Engine
from azure_simulator.services.redis.asynchronous import HEADER, Asynchronous
from azure_simulator.services.redis.documents import TYPE
from azure_simulator.services.redis.models import Caches

CACHE = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Cache/redis/{cache}"


@dataclass(frozen=True)
class Parts:
    """The service, its documents, its answers, and the real caches."""

    service: Service
    caches: Caches
    answers: Asynchronous
    engine: Engine

    @property
    def context(self) -> Context:
        return self.service.context


def answer(status: int, body: Any = None, headers: dict[str, str] | None = None) -> ArmResponse:
    """An answer of the provider."""
    return ArmResponse(status, body, {**(headers or {}), **HEADER})


class Children:
    """Things of one kind that belong to a cache. `kind` is the last word of their type."""

    kind: str

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.route = parts.service.route
        self.store = parts.context.store
        self.collection = f"{CACHE}/{self.kind}"
        self.item = f"{self.collection}/{{name}}"

    def read(self, request: ArmRequest) -> Document:
        """The cache of a request that reads."""
        group, name = request.params["group"], request.params["cache"]
        cache = self.parts.caches.find(group, name)
        if cache is None:
            raise resource_not_found(TYPE, name, group)
        return cache

    def write(self, request: ArmRequest) -> Document:
        """The cache of a request that writes."""
        name = request.params["cache"]
        cache = self.parts.caches.find(request.params["group"], name)
        if cache is None:
            raise parent_not_found(name)
        return cache

    def id_of(self, cache: Document, name: str) -> str:
        return f"{cache.id}/{self.kind}/{name}"
