"""The hooks under `/_simulator/`: what tests may look at and make happen. No token; the endpoint is loopback only."""

from __future__ import annotations

import json
from typing import Any

from azure_simulator.core.faults import FaultError
from azure_simulator.core.routing import ArmResponse
from azure_simulator.core.service import Context


class ControlError(ValueError):
    """A hook was asked for something it cannot do; becomes a 400 answer."""


class Control:
    """Routes of the hooks. Services add their own with `Context.hook(name, handler)`."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def handle(self, method: str, name: str, content: bytes) -> ArmResponse:
        """Answer one hook request."""
        try:
            body = json.loads(content) if content else {}
            if not isinstance(body, dict):
                raise ControlError("the body must be an object")
            return await self._dispatch(method, name.strip("/"), body)
        except (ControlError, FaultError, json.JSONDecodeError) as error:
            return ArmResponse(400, {"error": {"code": "InvalidHookRequest", "message": str(error)}})

    async def _dispatch(self, method: str, name: str, body: dict[str, Any]) -> ArmResponse:
        context = self._context
        match method, name:
            case "GET", "health":
                return ArmResponse(200, {"status": "healthy", "time": context.clock.now().isoformat()})
            case "GET", "requests":
                return ArmResponse(200, {"value": context.requests.entries()})
            case "DELETE", "requests":
                context.requests.clear()
                return ArmResponse(204)
            case "GET", "faults":
                return ArmResponse(200, {"value": context.faults.list()})
            case "POST", "faults" if body.get("kind") in context.hooks:
                return ArmResponse(200, await context.hooks[body["kind"]](body))
            case "POST", "faults":
                return ArmResponse(201, context.faults.add(body).describe())
            case "DELETE", "faults":
                context.faults.clear()
                return ArmResponse(204)
            case "POST", "clock":
                seconds = body.get("seconds")
                if not isinstance(seconds, int | float) or seconds < 0:
                    raise ControlError("seconds must be a number from 0")
                context.clock.advance(seconds)
                return ArmResponse(200, {"time": context.clock.now().isoformat()})
            case "POST", "reset":
                await reset(context)
                return ArmResponse(204)
            case "POST", hook if hook in context.hooks:
                return ArmResponse(200, await context.hooks[hook](body))
            case _:
                message = f"there is no hook {method} {name}"
                return ArmResponse(404, {"error": {"code": "UnknownHook", "message": message}})


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
