"""Errors of the App Service family: their own envelope, with capitals."""

from __future__ import annotations

from typing import Any

from azure_simulator.core.errors import ArmError


class WebError(ArmError):
    """An error in the form of App Service. `extended` is its own number where one was seen, else None."""

    def __init__(self, status: int, code: str, message: str, extended: str | None = None) -> None:
        super().__init__(status, code, message)
        self._extended = extended

    def body(self) -> dict[str, Any]:
        entity: dict[str, Any] = {"Code": self.code, "Message": self.message}
        if self._extended is not None:
            entity = {"ExtendedCode": self._extended, "MessageTemplate": self.message, "Parameters": [], **entity}
        details = [{"Message": self.message}, {"Code": self.code}, {"ErrorEntity": entity}]
        return {
            "Code": self.code,
            "Message": self.message,
            "Target": None,
            "Details": details,
            "Innererror": None,
        }


def bad_request(message: str) -> WebError:
    return WebError(400, "BadRequest", message)


def not_simulated(what: str) -> ArmError:
    """What Azure has and this simulator has not: never answered with success."""
    return ArmError(501, "NotImplementedBySimulator", f"{what} is not simulated.")
