"""Who may connect: Azure's firewall rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address

# Address and port of a client, as the server sees them.
Peer = tuple[str, int]


@dataclass(frozen=True)
class Firewall:
    """Ranges of addresses, both ends included; and whether everything inside Azure is let in.

    :ivar is_azure: tells whether a client is inside Azure; asked only when no range includes it.
    """

    ranges: tuple[tuple[IPv4Address, IPv4Address], ...] = ()
    azure_services: bool = False
    is_azure: Callable[[Peer], bool] | None = None

    @classmethod
    def of(
        cls, rules: Iterable[tuple[str, str]], azure_services: bool, is_azure: Callable[[Peer], bool] | None
    ) -> Firewall:
        """From the text form of the ranges. ValueError for what is no IPv4 address."""
        ranges = tuple((IPv4Address(first), IPv4Address(last)) for first, last in rules)
        return cls(ranges, azure_services, is_azure)

    def admits(self, peer: Peer) -> bool:
        """Whether a client may connect."""
        address = IPv4Address(peer[0])
        if any(first <= address <= last for first, last in self.ranges):
            return True
        return self.azure_services and self.is_azure is not None and self.is_azure(peer)
