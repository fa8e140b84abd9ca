"""The real servers behind the documents, put together for one simulator."""

from __future__ import annotations

from functools import partial

from azure_simulator.containers.connections import is_from_container
from azure_simulator.core.service import Context
from azure_simulator.postgresql.servers import Servers


class Engine(Servers):
    """Inside Azure is what the simulator's containers connect to: the rule for Azure's services admits them."""

    def __init__(self, context: Context) -> None:
        settings = context.settings
        is_azure = partial(is_from_container, settings.state_dir / "containers" / "groups")
        super().__init__(settings.state_dir, context.listeners.leaf, settings.options.postgresql_bin, is_azure)
