"""How the service tells of its operations: the two headers have each other's name, and a version of their own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from azure_simulator.core.operation_urls import OperationUrls
from azure_simulator.core.operations import Operation
from azure_simulator.core.providers import region_name
from azure_simulator.core.routing import ArmRequest, ArmResponse, Route
from azure_simulator.services.static_sites.schema import OPERATIONS_VERSION

_LOCATIONS = "/subscriptions/{subscription}/providers/Microsoft.Web/locations/{location}"
_STATUS, _RESULT = "operationResults", "operations"


class Asynchronous(OperationUrls):
    """Serves the URLs of operations on static web apps."""

    prefix = "static_site."

    def routes(self) -> Iterable[Route]:
        versions = frozenset({OPERATIONS_VERSION})
        for kind, handler in ((_STATUS, self.status), (_RESULT, self.result)):
            yield self._service.route("GET", f"{_LOCATIONS}/{kind}/{{operation}}", handler, api_versions=versions)

    def accepted(self, request: ArmRequest, location: str, operation: Operation) -> ArmResponse:
        """202 without a body, as everything is answered that takes time."""
        headers = {
            "Azure-AsyncOperation": request.url(self._path(location, _STATUS, operation), OPERATIONS_VERSION),
            "Location": request.url(self._path(location, _RESULT, operation), OPERATIONS_VERSION),
            **self._operations.retry_headers(operation),
        }
        return ArmResponse(202, None, headers)

    def _path(self, location: str, kind: str, operation: Operation) -> str:
        where = f"{self._subscription}/providers/Microsoft.Web/locations/{region_name(location)}"
        return f"{where}/{kind}/{operation.id}"

    async def status(self, request: ArmRequest) -> ArmResponse:
        """200 with the state; the error of a failed one inside. Azure sends no Retry-After here."""
        operation = self._get(request)
        path = self._path(request.params["location"], _STATUS, operation)
        body: dict[str, Any] = {"id": path, "status": operation.status}
        if operation.error is not None:
            body["error"] = operation.error
        quick = self._service.context.settings.time_scale < 1
        return ArmResponse(200, body, self._operations.retry_headers(operation) if quick else {})

    async def result(self, request: ArmRequest) -> ArmResponse:
        """204 once it is over. What is answered before, and for a failed one, is a guess."""
        operation = self._get_unfailed(request)
        return ArmResponse(204) if operation.done else ArmResponse(202)
