"""Applying the request faults; shared by the management endpoint and what answers on addresses of its own."""

from __future__ import annotations

import asyncio

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from azure_simulator.core.durations import delay_headers
from azure_simulator.core.errors import ArmError
from azure_simulator.core.faults import Fault
from azure_simulator.core.listeners import Listeners


class ConnectionReset(Exception):
    """A fault asked for the connection to be cut."""


class _AnswerCut(Exception):
    """A fault asked for an answer whose body breaks off, and that is as far as it goes."""


async def apply(faults: list[Fault]) -> None:
    """Before the request is handled: wait, or raise what the faults ask for, ConnectionReset or ArmError."""
    for fault in faults:
        if fault.kind == "slow":
            # Machine time on purpose: the fault is about a client's own timeout.
            await asyncio.sleep(float(fault.options.get("seconds", 1)))
        elif not fault.done:
            _strike(fault)


def strike(faults: list[Fault]) -> None:
    """When the request has been handled: raise what the faults ask for, ConnectionReset or ArmError."""
    for fault in faults:
        if fault.done:
            _strike(fault)


async def send_answer(
    response: Response, faults: list[Fault], listeners: Listeners, scope: Scope, receive: Receive, send: Send
) -> None:
    """Send an answer: all of it, or, where a fault asks for it, half of it before the connection is cut."""
    if not any(fault.kind == "truncate" for fault in faults):
        await response(scope, receive, send)
        return
    try:
        await response(scope, receive, _halved(send))
    except _AnswerCut:
        abort(listeners, scope)


def abort(listeners: Listeners, scope: Scope) -> None:
    """Cut the connection of a request without an answer."""
    client = scope["client"]
    listeners.abort((client[0], client[1]))


def _strike(fault: Fault) -> None:
    options = fault.options
    if fault.kind == "reset":
        raise ConnectionReset
    if fault.kind == "throttle":
        message = "The request is being throttled as the limit has been reached for operation type."
        headers = delay_headers(float(options.get("seconds", 1)))
        raise ArmError(429, "TooManyRequests", message, headers=headers, gateway=True)
    if fault.kind == "error":
        message = options.get("message", "An error the fault hook asked for.")
        raise ArmError(int(options.get("status", 500)), options.get("code", "InternalServerError"), message)


def _halved(send: Send) -> Send:
    """A sender that announces the whole body, sends the first half of it, and raises _AnswerCut.

    An answer without a body has nothing that could break off: its connection is cut before its status.
    """

    async def half(message: Message) -> None:
        if message["type"] == "http.response.start":
            started.append(message)
            return
        body = message.get("body", b"")
        if body and started:
            await send(started[0])
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            # What has been handed to the connection must be on its way before the connection is cut.
            await asyncio.sleep(0.02)
        raise _AnswerCut

    started: list[Message] = []
    return half
