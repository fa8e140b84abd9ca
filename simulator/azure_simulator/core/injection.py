"""Applying the request faults; shared by the management endpoint and the registries."""

from __future__ import annotations

import asyncio

from azure_simulator.core.durations import delay_headers
from azure_simulator.core.errors import ArmError
from azure_simulator.core.faults import Fault


class ConnectionReset(Exception):
    """A fault asked for the connection to be cut."""


async def apply(faults: list[Fault]) -> None:
    """Wait, or raise what the faults ask for: ConnectionReset or ArmError."""
    for fault in faults:
        options = fault.options
        if fault.kind == "slow":
            # Machine time on purpose: the fault is about a client's own timeout.
            await asyncio.sleep(float(options.get("seconds", 1)))
        elif fault.kind == "reset":
            raise ConnectionReset
        elif fault.kind == "throttle":
            message = "The request is being throttled as the limit has been reached for operation type."
            headers = delay_headers(float(options.get("seconds", 1)))
            raise ArmError(429, "TooManyRequests", message, headers=headers, gateway=True)
        elif fault.kind == "error":
            message = options.get("message", "An error the fault hook asked for.")
            raise ArmError(int(options.get("status", 500)), options.get("code", "InternalServerError"), message)
