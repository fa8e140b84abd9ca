"""Errors as a vault's own address answers them: `code` for the class, `innererror.code` for the reason."""

from __future__ import annotations

from typing import Any

from azure_simulator.core.data_plane import DataPlaneError


class VaultError(DataPlaneError):
    """An answer with Key Vault's error body."""

    def __init__(
        self, status: int, code: str, message: str, reason: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(status, code, message, headers)
        self.reason = reason

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.reason is not None:
            error["innererror"] = {"code": self.reason}
        return {"error": error}


def secret_not_found(name: str) -> VaultError:
    message = (
        f"A secret with (name/id) {name} was not found in this key vault. If you recently deleted this secret you may "
        "be able to recover it using the correct recovery command. For help resolving this issue, please see "
        "https://go.microsoft.com/fwlink/?linkid=2125182"
    )
    return VaultError(404, "SecretNotFound", message)


def bad_parameter(message: str) -> VaultError:
    return VaultError(400, "BadParameter", message)
