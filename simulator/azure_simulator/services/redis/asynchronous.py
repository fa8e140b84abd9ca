"""The service's two ways to be asynchronous: a status (PUT, PATCH) and a result (DELETE, flush)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from azure_simulator.core.operation_urls import OperationUrls
from azure_simulator.core.operations import Operation
from azure_simulator.core.routing import ArmRequest, ArmResponse, Route
from azure_simulator.core.store import Document

_LOCATIONS = "/subscriptions/{subscription}/providers/Microsoft.Cache/locations/{location}"
_STATUS, _RESULT = "asyncOperations", "operationresults"
# In every answer of the provider; says which build of it answered.
HEADER = {"x-rp-server-mvid": "00000000-0000-0000-0000-000000000000"}


class Asynchronous(OperationUrls):
    """Serves the URLs of operations on caches."""

    prefix = "redis."

    def routes(self) -> Iterable[Route]:
        route = self._service.route
        return (
            route("GET", f"{_LOCATIONS}/{_STATUS}/{{operation}}", self.status),
            route("GET", f"{_LOCATIONS}/{_RESULT}/{{operation}}", self.result),
        )

    def status_url(self, request: ArmRequest, cache: Document, operation: Operation) -> str:
        """Where the status of a PUT or PATCH is."""
        return request.url(self._path(cache.body["location"], _STATUS, operation))

    def result_url(self, request: ArmRequest, cache: Document, operation: Operation) -> str:
        """Where a DELETE or a flush answers 202 until it is over."""
        return request.url(self._path(cache.body["location"], _RESULT, operation))

    def _path(self, location: str, kind: str, operation: Operation) -> str:
        return f"{self._subscription}/providers/Microsoft.Cache/locations/{location}/{kind}/{operation.id}"

    async def status(self, request: ArmRequest) -> ArmResponse:
        """Always 200; the error of a failed one inside."""
        operation = self._get(request)
        path = self._path(request.params["location"], _STATUS, operation)
        body: dict[str, Any] = {
            "id": path,
            "name": operation.id,
            "status": operation.status,
            "startTime": None,
            "endTime": None,
            "percentComplete": None,
            "properties": None,
            "error": operation.error,
        }
        headers = {"Azure-AsyncOperation": request.url(path), **self._operations.retry_headers(operation), **HEADER}
        return ArmResponse(200, body, headers)

    async def result(self, request: ArmRequest) -> ArmResponse:
        """202 with the URL again while it runs, then 200. What a failed one answers is a guess."""
        operation = self._get_unfailed(request)
        path = self._path(request.params["location"], _RESULT, operation)
        body = {"id": path, "name": operation.id, "status": operation.status}
        if operation.done:
            return ArmResponse(200, body, dict(HEADER))
        url = request.url(path)
        headers = {"Azure-AsyncOperation": url, "Location": url, **self._operations.retry_headers(operation), **HEADER}
        return ArmResponse(202, body, headers)
