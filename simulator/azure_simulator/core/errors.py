"""Errors as Azure Resource Manager answers them."""

from __future__ import annotations

from typing import Any


class ArmError(Exception):
    """An answer with an error body. `gateway=True` marks errors ARM gives before it asks the provider."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        target: str | None = None,
        details: list[dict[str, Any]] | None = None,
        headers: dict[str, str] | None = None,
        gateway: bool = False,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.target = target
        self.details = details
        self.headers = dict(headers or {})
        self.extra = extra or {}
        if gateway:
            self.headers["x-ms-failure-cause"] = "gateway"

    def error(self) -> dict[str, Any]:
        """The `error` object alone, as status answers of operations carry it."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.target is not None:
            error["target"] = self.target
        if self.details is not None:
            error["details"] = self.details
        return error

    def body(self) -> dict[str, Any]:
        """The whole body; `extra` holds what a provider adds beside `error` (ACR: `status`)."""
        return {"error": self.error(), **self.extra}


def group_not_found(group: str) -> ArmError:
    return ArmError(404, "ResourceGroupNotFound", f"Resource group '{group}' could not be found.", gateway=True)


def resource_not_found(resource_type: str, name: str, group: str) -> ArmError:
    message = (
        f"The Resource '{resource_type}/{name}' under resource group '{group}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    )
    return ArmError(404, "ResourceNotFound", message, gateway=True)


def parent_not_found(name: str) -> ArmError:
    """What is said of a part whose resource does not exist."""
    message = f"Can not perform requested operation on nested resource. Parent resource '{name}' not found."
    return ArmError(404, "ParentResourceNotFound", message, gateway=True)


def location_fixed(name: str, group: str, present: str, wanted: str) -> ArmError:
    """What is said of a PUT that names another region than the one a resource is in."""
    message = (
        f"The resource '{name}' already exists in location '{present}' in resource group '{group}'. A resource with "
        f"the same name cannot be created in location '{wanted}'. Please select a new resource name."
    )
    return ArmError(409, "InvalidResourceLocation", message, gateway=True)


def provider_not_registered(namespace: str) -> ArmError:
    message = (
        f"The subscription is not registered to use namespace '{namespace}'. "
        "See https://aka.ms/rps-not-found for how to register subscriptions."
    )
    detail = {"code": "MissingSubscriptionRegistration", "target": namespace, "message": message}
    return ArmError(409, "MissingSubscriptionRegistration", message, details=[detail], gateway=True)


def invalid_content(message: str) -> ArmError:
    return ArmError(
        400, "InvalidRequestContent", f"The request content was invalid and could not be deserialized: '{message}'."
    )
