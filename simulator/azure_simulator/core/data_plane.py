"""What answers on the own address of a resource: the way of a request, the same whatever is served there."""

from __future__ import annotations

import abc
import logging
import time
from email.utils import formatdate
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from azure_simulator.core.errors import ArmError
from azure_simulator.core.injection import ConnectionReset, abort, apply, send_answer, strike
from azure_simulator.core.service import Context

_log = logging.getLogger(__name__)


class DataPlaneError(Exception, abc.ABC):
    """An answer with an error body of the service's own form."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}

    @abc.abstractmethod
    def body(self) -> dict[str, Any]:
        """What is sent."""


class DataPlaneApplication(abc.ABC):
    """The ASGI application of one resource, at `host`: faults, answer, errors, log of requests."""

    def __init__(self, context: Context, host: str) -> None:
        self._context = context
        self._host = host

    @abc.abstractmethod
    async def answer(self, request: Request, path: str) -> Response:
        """The answer to a request for an unquoted path, or an error of the service."""

    @abc.abstractmethod
    def broken(self) -> DataPlaneError:
        """What is said when the simulator itself broke."""

    @abc.abstractmethod
    def headers(self) -> dict[str, str]:
        """What every answer carries beside its date."""

    def injected(self, error: ArmError) -> DataPlaneError | ArmError:
        """An error a fault asked for, in the form of the service."""
        return error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        path = unquote(scope["path"])
        started = time.perf_counter()
        faults = self._context.faults.matching(request.method, path)
        try:
            await apply(faults)
            response = await self.answer(request, path)
            strike(faults)
        except ConnectionReset:
            abort(self._context.listeners, scope)
            return
        except DataPlaneError as error:
            response = _failure(error)
        except ArmError as error:
            response = _failure(self.injected(error))
        except Exception:
            _log.exception("%s %s %s broke", self._host, request.method, path)
            response = _failure(self.broken())
        # Never with a body: what is served here is images and secrets.
        self._context.requests.add(
            host=self._host,
            method=request.method,
            path=path,
            query=request.url.query,
            status=response.status_code,
            milliseconds=(time.perf_counter() - started) * 1000,
            client_request_id=request.headers.get("x-ms-client-request-id"),
        )
        response.headers["Date"] = formatdate(usegmt=True)
        response.headers.update(self.headers())
        await send_answer(response, faults, self._context.listeners, scope, receive, send)


def _failure(error: DataPlaneError | ArmError) -> Response:
    return JSONResponse(error.body(), status_code=error.status, headers=error.headers)
