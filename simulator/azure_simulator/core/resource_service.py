"""A service of resources in resource groups: the routes and lists that all of them have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from azure_simulator.core.routing import ArmRequest, ArmResponse, Handler, Route
from azure_simulator.core.service import Service

_IN_GROUP = "/resourceGroups/{group}"


class ResourceService(Service):
    """Base of a service with one main type of resources. Subclasses give the handlers `put`, `get`, `delete`, `patch`.

    `item` is the path of one: `/subscriptions/{subscription}/resourceGroups/{group}/providers/NAMESPACE/TYPE/{name}`.
    """

    item: ClassVar[str]

    def standard_routes(
        self, methods: Iterable[str] = ("PUT", "PATCH", "GET", "DELETE"), *, deletes_without_group: bool = True
    ) -> Iterable[Route]:
        """Both lists, and what can be done to one resource.

        :param deletes_without_group: DELETE answers for a resource whose group is missing too, instead of ARM's 404.
        """
        group = self.item.rpartition("/")[0]
        yield self.route("GET", group.replace(_IN_GROUP, ""), self.list_resources)
        yield self.route("GET", group, self.list_resources)
        for method in methods:
            handler: Handler = getattr(self, method.lower())
            yield self.route(method, self.item, handler, needs_group=method != "DELETE" or not deletes_without_group)

    async def list_resources(self, request: ArmRequest) -> ArmResponse:
        """The resources of a group where the path names one, else of the subscription."""
        scope = f"/subscriptions/{self.context.settings.account.subscription_id}"
        if "group" in request.params:
            scope += f"/resourceGroups/{request.params['group']}"
        return self.answer(request, 200, {"value": self.listed(scope, request.api_version)})

    def listed(self, scope: str, api_version: str) -> list[dict[str, Any]]:
        """The resources under a scope as a version shows them in a list."""
        return [self.show(body, api_version) for body in self.resources(scope)]

    def show(self, body: dict[str, Any], api_version: str) -> dict[str, Any]:
        """A resource as a version shows it."""
        return body

    def answer(
        self, request: ArmRequest, status: int, body: Any = None, headers: dict[str, str] | None = None
    ) -> ArmResponse:
        """An answer of the provider, with the headers that all of its answers have."""
        return ArmResponse(status, body, headers or {})
