"""The URLs at which a service tells of its operations: what those of different services have in common."""

from __future__ import annotations

from typing import ClassVar

from azure_simulator.core.errors import ArmError
from azure_simulator.core.operations import FAILED, Operation
from azure_simulator.core.routing import ArmRequest
from azure_simulator.core.service import Service


class OperationUrls:
    """Base of what serves them. `prefix` is how the kinds of the service's operations begin."""

    prefix: ClassVar[str]

    def __init__(self, service: Service) -> None:
        self._service = service
        self._operations = service.context.operations

    @property
    def _subscription(self) -> str:
        return f"/subscriptions/{self._service.context.settings.account.subscription_id}"

    def _get(self, request: ArmRequest) -> Operation:
        """The operation of a path, or the service's 404."""
        identifier = request.params["operation"]
        operation = self._operations.get(identifier)
        if operation is None or not operation.kind.startswith(self.prefix):
            raise self.unknown(identifier)
        return operation

    def _get_unfailed(self, request: ArmRequest) -> Operation:
        """The same where its result is asked for. What is answered for a failed one is a guess."""
        operation = self._get(request)
        if operation.status == FAILED and operation.error is not None:
            raise ArmError(400, operation.error["code"], operation.error["message"])
        return operation

    def unknown(self, identifier: str) -> ArmError:
        """What is said of an operation there is none of."""
        return ArmError(404, "OperationNotFound", f"The operation '{identifier}' was not found.")
