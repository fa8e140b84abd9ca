"""Who may connect: Azure's firewall rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address

# Address and port of one end of a connection.
Peer = tuple[str, int]
# Tells of a connection, by its client's and its server's end, whether the client is inside Azure.
InsideAzure = Callable[[Peer, Peer], bool]


@dataclass(frozen=True)
class Firewall:
    """Ranges of addresses, both ends included; and whether everything inside Azure is let in.

    :ivar is_azure: asked only when no range includes the client; None when nobody is inside Azure.
    """

    ranges: tuple[tuple[IPv4Address, IPv4Address], ...] = ()
    azure_services: bool = False
    is_azure: InsideAzure | None = None

    @classmethod
    def of(cls, rules: Iterable[tuple[str, str]], azure_services: bool, is_azure: InsideAzure | None) -> Firewall:
        """From the text form of the ranges. ValueError for what is no IPv4 address."""
        ranges = tuple((IPv4Address(first), IPv4Address(last)) for first, last in rules)
        return cls(ranges, azure_services, is_azure)

    def admits(self, client: Peer, server: Peer) -> bool:
        """Whether a client may connect."""
        address = IPv4Address(client[0])
        if any(first <= address <= last for first, last in self.ranges):
            return True
        return self.azure_services and self.is_azure is not None and self.is_azure(client, server)
