"""Errors of the registry protocol: `{"errors": [{"code", "message", "detail"}]}`."""

from __future__ import annotations

from typing import Any

from azure_simulator.core.data_plane import DataPlaneError


class RegistryError(DataPlaneError):
    """An answer with the distribution specification's error body."""

    def __init__(
        self, status: int, code: str, message: str, detail: Any = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(status, code, message, headers)
        self.detail = detail

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.detail is not None:
            error["detail"] = self.detail
        return {"errors": [error]}


def blob_unknown(digest: str) -> RegistryError:
    return RegistryError(404, "BLOB_UNKNOWN", "blob unknown to registry", {"digest": digest})


def upload_unknown() -> RegistryError:
    return RegistryError(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")


def manifest_unknown(reference: str) -> RegistryError:
    message = f'manifest tagged by "{reference}" is not found' if ":" not in reference else "manifest unknown"
    return RegistryError(404, "MANIFEST_UNKNOWN", message, {"Reference": reference})


def name_unknown(repository: str) -> RegistryError:
    return RegistryError(404, "NAME_UNKNOWN", "repository name not known to registry", {"name": repository})


def digest_invalid(message: str) -> RegistryError:
    return RegistryError(400, "DIGEST_INVALID", message)


def manifest_invalid(message: str) -> RegistryError:
    return RegistryError(400, "MANIFEST_INVALID", message)


def range_invalid(message: str, headers: dict[str, str]) -> RegistryError:
    return RegistryError(416, "RANGE_INVALID", message, headers=headers)


def denied(message: str = "requested access to the resource is denied") -> RegistryError:
    return RegistryError(403, "DENIED", message)


def locked(what: str) -> RegistryError:
    return RegistryError(405, "UNSUPPORTED", f"The operation is unsupported: {what} is locked.")
