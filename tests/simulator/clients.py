"""Unchanged SDK clients, connected to the simulator the way an operator's program is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from azure.identity import ClientSecretCredential

from tests.simulator_fixture import Simulator

T = TypeVar("T")


def credential(simulator: Simulator) -> ClientSecretCredential:
    """The service principal of `azure.env`."""
    settings = simulator.settings()
    return ClientSecretCredential(
        settings["tenant_id"],
        settings["client_id"],
        settings["client_secret"],
        authority=simulator.url,
        disable_instance_discovery=True,
    )


def client(simulator: Simulator, kind: Callable[..., T]) -> T:
    """A management client of that class."""
    return kind(
        credential(simulator),
        simulator.connection["subscription_id"],
        base_url=simulator.url,
        credential_scopes=[f"{simulator.url}/.default"],
    )
