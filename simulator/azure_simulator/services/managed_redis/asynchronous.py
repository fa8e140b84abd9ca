"""How writes are answered: a status at the location, and a result below the resource."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from azure_simulator.core.operation_urls import OperationUrls
from azure_simulator.core.operations import Operation
from azure_simulator.core.routing import ArmRequest, ArmResponse, Route
from azure_simulator.core.store import Document
from azure_simulator.services.redis.asynchronous import HEADER

_LOCATION = "/subscriptions/{subscription}/providers/Microsoft.Cache/locations/{location}/operationsStatus"
_CLUSTER = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Cache/redisEnterprise/{cluster}"


class Asynchronous(OperationUrls):
    """Serves the URLs of operations on clusters and databases."""

    prefix = "managed_redis."

    def routes(self) -> Iterable[Route]:
        route = self._service.route
        results = "/operationresults/{operation}"
        # The resource, and with it the group, may be gone when the result of a deletion is asked for.
        return (
            route("GET", f"{_LOCATION}/{{operation}}", self.status),
            route("GET", f"{_CLUSTER}{results}", self.result, needs_group=False),
            route("GET", f"{_CLUSTER}/databases/{{database}}{results}", self.result, needs_group=False),
        )

    def headers(self, request: ArmRequest, cluster: Document, resource_id: str, operation: Operation) -> dict[str, str]:
        """Where to look, and when."""
        base = f"{self._subscription}/providers/Microsoft.Cache/locations/{cluster.body['location']}"
        return {
            "Azure-AsyncOperation": request.url(f"{base}/operationsStatus/{operation.id}"),
            "Location": request.url(f"{resource_id}/operationresults/{operation.id}"),
            **self._operations.retry_headers(operation),
        }

    async def status(self, request: ArmRequest) -> ArmResponse:
        """Always 200; the error of a failed one inside."""
        operation = self._get(request)
        started = operation.started.replace("Z", "+00:00")
        body: dict[str, Any] = {
            "id": request.path,
            "name": operation.id,
            "status": operation.status,
            "startTime": started,
            # While it runs, the moment of the last look at it; the one it began is as good.
            "endTime": operation.ended.replace("Z", "+00:00") if operation.ended else started,
        }
        if operation.error is not None:
            body["error"] = operation.error
        return ArmResponse(200, body, {**self._operations.retry_headers(operation), **HEADER})

    async def result(self, request: ArmRequest) -> ArmResponse:
        """202 while it runs, then 200. That there is no body, not even for regenerated keys, is a guess."""
        operation = self._get_unfailed(request)
        if not operation.done:
            headers = {"Location": request.url(request.path), **self._operations.retry_headers(operation)}
            return ArmResponse(202, None, {**headers, **HEADER})
        return ArmResponse(200, None, dict(HEADER))
