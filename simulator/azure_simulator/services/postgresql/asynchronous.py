"""How every write is answered: 202 with an operation object and two URLs, one with its status, one with its result."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from azure_simulator.core.errors import ArmError
from azure_simulator.core.operation_urls import OperationUrls
from azure_simulator.core.operations import Operation
from azure_simulator.core.providers import region_name
from azure_simulator.core.routing import ArmRequest, ArmResponse, Route
from azure_simulator.core.service import Service
from azure_simulator.core.store import Document

_LOCATIONS = "/subscriptions/{subscription}/providers/Microsoft.DBforPostgreSQL/locations/{location}"
_REFUSED = "postgresql.refused"


class Asynchronous(OperationUrls):
    """Starts operations on servers, answers for them, and serves their URLs."""

    prefix = "postgresql."

    def __init__(self, service: Service) -> None:
        super().__init__(service)
        self._operations.define(_REFUSED, self._refused)

    def routes(self) -> Iterable[Route]:
        route = self._service.route
        return (
            route("GET", _LOCATIONS + "/azureAsyncOperation/{operation}", self.status),
            route("GET", _LOCATIONS + "/operationResults/{operation}", self.result),
        )

    def start(
        self,
        request: ArmRequest,
        server: Document,
        kind: str,
        name: str,
        *,
        duration: str | None = None,
        location: str | None = None,
        data: dict[str, Any] | None = None,
    ) -> ArmResponse:
        """Begin an operation and answer 202.

        :param kind: what `operations.define` knows, also the row of the durations table unless `duration` is given.
        :param name: the provider's name of it; `ManagementOperation` is added to a bare one (`RestartServer`).
        :param location: as the URLs show it, default: the server's in short form.
        """
        operation = self._operations.start(
            request,
            kind,
            server.id,
            duration=duration or kind,
            data={**(data or {}), "operation": _full(name), "server": server.body["name"]},
        )
        return self._accepted(request, operation, location or region_name(server.body["location"]))

    def refuse(self, request: ArmRequest, server: Document, name: str, error: ArmError) -> ArmResponse:
        """Accept, and let the first look at the status show the failure, as the service does with some mistakes."""
        return self.start(request, server, _REFUSED, name, data={"error": error.error()})

    async def _refused(self, operation: Operation) -> None:
        error = operation.data["error"]
        raise ArmError(400, error["code"], error["message"])

    def _accepted(self, request: ArmRequest, operation: Operation, location: str) -> ArmResponse:
        base = f"{self._subscription}/providers/Microsoft.DBforPostgreSQL/locations/{location}"
        body = {"operation": operation.data["operation"], "startTime": _milliseconds(operation.started)}
        headers = {
            "Azure-AsyncOperation": request.url(f"{base}/azureAsyncOperation/{operation.id}"),
            "Location": request.url(f"{base}/operationResults/{operation.id}"),
            **self._operations.retry_headers(operation),
        }
        return ArmResponse(202, body, headers)

    def unknown(self, identifier: str) -> ArmError:
        return ArmError(404, "OperationIdNotFound", f"The operation with Id: '{identifier}' does not exist.")

    async def status(self, request: ArmRequest) -> ArmResponse:
        """Always 200; the error of a failed one inside."""
        operation = self._get(request)
        status = operation.status if operation.done else "InProgress"
        body: dict[str, Any] = {"name": operation.id, "status": status, "startTime": _milliseconds(operation.started)}
        if operation.error is not None:
            body["error"] = operation.error
        return ArmResponse(200, body, self._operations.retry_headers(operation))

    async def result(self, request: ArmRequest) -> ArmResponse:
        """202 while it runs; then 200, empty for a deletion. What a failed one answers is a guess."""
        operation = self._get_unfailed(request)
        if not operation.done:
            return self._accepted(request, operation, request.params["location"])
        if operation.data["operation"].startswith("Drop"):
            return ArmResponse(200)
        return ArmResponse(200, {"properties": {}, "name": operation.data["server"], "type": "PostgreSQL"})


def _full(name: str) -> str:
    return name if "Operation" in name else f"{name}ManagementOperation"


def _milliseconds(stamp: str) -> str:
    """`2024-04-23T15:13:38.11Z`: three decimals at most, without zeros at the end."""
    whole, _, fraction = stamp.removesuffix("Z").partition(".")
    fraction = fraction[:3].rstrip("0")
    return f"{whole}.{fraction}Z" if fraction else f"{whole}Z"
