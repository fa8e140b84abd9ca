"""Loopback addresses for public resources: 127.77.x.y, one per resource.

A simulator owns one block 127.77.x.0/24. It holds a listening socket on the block's first address for as long as it
runs, so a second simulator on the machine finds the block taken and moves to another.
"""

from __future__ import annotations

import socket
import zlib
from pathlib import Path

from azure_simulator.core.store import Store

_KIND = "addresses"
_BLOCK = ("addressBlock", "block")
_GUARD_PORT = 47077
_BLOCKS = range(1, 255)
_HOSTS = range(2, 255)


class AddressesExhausted(RuntimeError):
    """No block or no address is free; the message says what to do."""


class Addresses:
    """Hands out addresses and remembers them by resource id."""

    def __init__(self, store: Store, state_dir: Path) -> None:
        self._store = store
        self._guard, self._block = self._claim(state_dir)

    def _claim(self, state_dir: Path) -> tuple[socket.socket, int]:
        stored = self._store.get(*_BLOCK)
        first = stored.body["x"] if stored else 1 + zlib.crc32(str(state_dir).encode()) % len(_BLOCKS)
        candidates = [first] if self._store.list(_KIND) else [*range(first, 255), *range(1, first)]
        for block in candidates:
            guard = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            guard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                guard.bind((f"127.77.{block}.1", _GUARD_PORT))
                guard.listen(1)
            except OSError:
                guard.close()
                continue
            self._store.put(*_BLOCK, {"x": block})
            return guard, block
        raise AddressesExhausted(
            f"the addresses 127.77.{first}.0/24 of this state directory are used by another simulator; "
            "stop it, or start this one with another --state-dir"
        )

    @property
    def first(self) -> str:
        """The address of the simulator itself, for what belongs to no resource."""
        return f"127.77.{self._block}.1"

    def owns(self, address: str) -> bool:
        """Whether it is one of this simulator's addresses."""
        return address.startswith(f"127.77.{self._block}.") and address.rpartition(".")[2].isdigit()

    def allocate(self, resource_id: str) -> str:
        """The resource's address; the same for as long as the resource keeps it."""
        if (address := self.of(resource_id)) is not None:
            return address
        taken = {document.body["address"] for document in self._store.list(_KIND)}
        for host in _HOSTS:
            address = f"127.77.{self._block}.{host}"
            if address not in taken:
                self._store.put(_KIND, resource_id, {"address": address})
                return address
        raise AddressesExhausted(
            f"all {len(_HOSTS)} public addresses of this simulator are in use; delete registries or container groups"
        )

    def of(self, resource_id: str) -> str | None:
        """The resource's address, or None."""
        document = self._store.get(_KIND, resource_id)
        return str(document.body["address"]) if document else None

    def release(self, resource_id: str) -> None:
        """Give the address back."""
        self._store.delete(_KIND, resource_id)

    def close(self) -> None:
        self._guard.close()
