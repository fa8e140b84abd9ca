"""Applying the request faults; shared by the management endpoint and the registries."""

from __future__ import annotations

import asyncio

from starlette.types import Message, Send

from azure_simulator.core.durations import delay_headers
from azure_simulator.core.errors import ArmError
from azure_simulator.core.faults import Fault


class ConnectionReset(Exception):
    """A fault asked for the connection to be cut."""


class AnswerCut(Exception):
    """A fault asked for an answer whose body breaks off."""


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


def cut(faults: list[Fault]) -> bool:
    """Whether the answer's body is to break off."""
    return any(fault.kind == "truncate" for fault in faults)


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


def halved(send: Send) -> Send:
    """A sender that announces the whole body, sends the first half of it, and raises AnswerCut.

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
        raise AnswerCut

    started: list[Message] = []
    return half
