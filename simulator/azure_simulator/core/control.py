"""The hooks under `/_simulator/`: what tests may look at and make happen. `core.gate` decides who may ask."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from azure_simulator.core.faults import FaultError
from azure_simulator.core.routing import ArmResponse
from azure_simulator.core.service import Context, ControlHook


class ControlError(ValueError):
    """A hook was asked for something it cannot do; becomes a 400 answer."""


def reserving(reserve: Callable[[str], None]) -> ControlHook:
    """The hook that makes a name that of somebody else's resource: `{"name": …}`."""

    async def hook(body: dict[str, Any]) -> dict[str, Any]:
        if not isinstance(body.get("name"), str):
            raise ControlError("name is missing")
        reserve(body["name"])
        return {"name": body["name"]}

    return hook


class Control:
    """Routes of the hooks. Services add their own with `Context.hook(name, handler)`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._own: dict[tuple[str, str], Callable[[dict[str, Any]], Awaitable[ArmResponse]]] = {
            ("GET", "health"): self._health,
            ("GET", "requests"): self._requests,
            ("DELETE", "requests"): self._forget_requests,
            ("GET", "faults"): self._faults,
            ("POST", "faults"): self._add_fault,
            ("DELETE", "faults"): self._forget_faults,
            ("POST", "clock"): self._advance,
            ("POST", "reset"): self._reset,
        }

    def routes(self) -> list[tuple[str, str]]:
        """Method and name of every hook there is."""
        return [*self._own, *(("POST", name) for name in self._context.hooks)]

    async def handle(self, method: str, name: str, content: bytes) -> ArmResponse:
        """Answer one hook request."""
        try:
            return await self._dispatch(method, name.strip("/"), _body(content))
        except (ControlError, FaultError) as error:
            return ArmResponse(400, {"error": {"code": "InvalidHookRequest", "message": str(error)}})

    async def _dispatch(self, method: str, name: str, body: dict[str, Any]) -> ArmResponse:
        if (own := self._own.get((method, name))) is not None:
            return await own(body)
        if method == "POST" and name in self._context.hooks:
            return ArmResponse(200, await self._context.hooks[name](body))
        message = f"there is no hook {method} {name}"
        return ArmResponse(404, {"error": {"code": "UnknownHook", "message": message}})

    async def _health(self, body: dict[str, Any]) -> ArmResponse:
        return ArmResponse(200, {"status": "healthy", "time": self._context.clock.now().isoformat()})

    async def _requests(self, body: dict[str, Any]) -> ArmResponse:
        return ArmResponse(200, {"value": self._context.requests.entries()})

    async def _forget_requests(self, body: dict[str, Any]) -> ArmResponse:
        self._context.requests.clear()
        return ArmResponse(204)

    async def _faults(self, body: dict[str, Any]) -> ArmResponse:
        return ArmResponse(200, {"value": self._context.faults.list()})

    async def _add_fault(self, body: dict[str, Any]) -> ArmResponse:
        if isinstance(kind := body.get("kind"), str) and kind in self._context.hooks:
            return ArmResponse(200, await self._context.hooks[kind](body))
        return ArmResponse(201, self._context.faults.add(body).describe())

    async def _forget_faults(self, body: dict[str, Any]) -> ArmResponse:
        self._context.faults.clear()
        return ArmResponse(204)

    async def _advance(self, body: dict[str, Any]) -> ArmResponse:
        seconds = body.get("seconds")
        if not isinstance(seconds, int | float) or seconds < 0:
            raise ControlError("seconds must be a number from 0")
        self._context.clock.advance(seconds)
        return ArmResponse(200, {"time": self._context.clock.now().isoformat()})

    async def _reset(self, body: dict[str, Any]) -> ArmResponse:
        await reset(self._context)
        return ArmResponse(204)


def _body(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content) if content else {}
    except ValueError as error:
        raise ControlError(str(error)) from error
    if not isinstance(body, dict):
        raise ControlError("the body must be an object")
    return body


async def reset(context: Context) -> None:
    """Back to an empty subscription; certificates, port and the service principal stay."""
    await context.operations.stop()
    for service in reversed(context.services):
        await service.reset()
    context.store.clear()
    context.faults.clear()
    context.requests.clear()
    context.throttle.clear()
    for service in context.services:
        await service.startup()
