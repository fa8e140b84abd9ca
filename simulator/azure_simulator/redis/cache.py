"""One cache: its servers, and what clients connect to."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import shutil
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

from azure_simulator.core.firewall import Firewall, Peer
from azure_simulator.redis.configuration import BUS_PORT, NODE_PORT, SHARD_PORT
from azure_simulator.redis.errors import CacheError, CacheFailed
from azure_simulator.redis.front import RedisFront, tls_context
from azure_simulator.redis.node import Host, Node
from azure_simulator.redis.records import Access, CacheSpec, Record

_log = logging.getLogger(__name__)
RECORD = "cache.json"
# Clients' writes are held back so long at most while another server takes over.
_PAUSE_MILLISECONDS = 10_000
# A server that ends by itself this often in its first seconds has a reason to; it is left alone then.
_CRASHES, _STABLE_SECONDS = 3, 10.0
_SLOTS = 16384


def _share(number: int, shards: int) -> tuple[int, int]:
    """Return the first slot of a member, and the one after its last."""
    return number * _SLOTS // shards, (number + 1) * _SLOTS // shards


class Cache:
    """A cache. `lock` keeps whoever changes it from getting into each other's way."""

    def __init__(self, host: Host, folder: Path, record: Record) -> None:
        self.folder = folder
        self.record = record
        self.lock = asyncio.Lock()
        self._host = host
        self._nodes = [self._node(number) for number in range(record.spec.nodes)]
        self._fronts: list[RedisFront] = []
        self._watches: list[asyncio.Task[None]] = []

    def _node(self, number: int) -> Node:
        return Node(self._host, self.folder / str(number), number, self.record)

    @property
    def spec(self) -> CacheSpec:
        return self.record.spec

    @property
    def primary(self) -> Node:
        """The server clients talk to."""
        return self._nodes[self.record.primary]

    # -- its life ----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start its servers and let clients in. CacheFailed or OSError when one cannot."""
        try:
            await self._start(self.primary)
            for node in self._nodes:
                if node is not self.primary:
                    await self._start(node)
            await self._join()
            self._open()
        except BaseException:
            await self.stop()
            raise

    async def _start(self, node: Node) -> None:
        """Start a server; return when it has the primary's data."""
        await node.start()
        if self.spec.clustered:
            await self._take_slots(node)
        elif node is not self.primary and self.primary.running:
            await self._follow(node)
        self._watches.append(asyncio.create_task(self._watch(node), name=f"redis {self.spec.id} {node.number}"))

    async def _follow(self, node: Node) -> None:
        """Have a server copy the primary, and return when it has everything."""
        # Told in its configuration, it would begin a second after its start.
        await node.ask((node.hidden("REPLICAOF"), self.spec.address, str(NODE_PORT + self.record.primary)))
        try:
            await self._catch_up(node)
        except TimeoutError as error:
            raise CacheFailed("the replica does not get the primary's data") from error

    async def _catch_up(self, node: Node) -> None:
        """Return when a copy has everything the primary has now."""
        wanted = int((await self.primary.fields("INFO", "replication"))["master_repl_offset"])

        def caught_up(fields: dict[str, str]) -> bool:
            return fields.get("master_link_status") == "up" and int(fields["slave_repl_offset"]) >= wanted

        await node.until(caught_up, "INFO", "replication")

    async def _take_slots(self, node: Node) -> None:
        """Give a new member its share of the slots; one that was there before knows its own."""
        if (await node.fields("CLUSTER", "INFO"))["cluster_slots_assigned"] == "0":
            first, last = _share(node.number, self.spec.shards)
            await node.ask(
                ("CLUSTER", "SET-CONFIG-EPOCH", node.number + 1), ("CLUSTER", "ADDSLOTSRANGE", first, last - 1)
            )

    async def _join(self) -> None:
        """Have all members of a clustered cache know each other; return when they serve."""
        if not self.spec.clustered:
            return
        for node in self._nodes[1:]:
            where = (self.spec.address, NODE_PORT + node.number, BUS_PORT + node.number)
            await self.primary.ask(("CLUSTER", "MEET", *where))
        for node in self._nodes:
            await self._serves(node)

    async def _serves(self, node: Node) -> None:
        # A member holds back for two seconds after its start.
        def whole(fields: dict[str, str]) -> bool:
            known = int(fields["cluster_known_nodes"]) >= len(self._nodes)
            return known and (fields["cluster_state"], fields["cluster_slots_ok"]) == ("ok", str(_SLOTS))

        await node.until(whole, "CLUSTER", "INFO")

    async def stop(self) -> None:
        """Stop in order; its data are there at the next start."""
        self._unwatch()
        await self._close()
        # The copies first, or the primary would wait for them.
        for node in sorted(self._nodes, key=lambda node: node is self.primary):
            await node.stop()

    async def remove(self) -> None:
        """Stop at once and delete its files."""
        self._unwatch()
        await self._close()
        await asyncio.gather(*(node.stop(forget=True) for node in self._nodes))
        for node in self._nodes:
            await node.end_leftover()
            node.close()
        # First what says that it exists: without it the rest is rubbish, whoever finds it.
        (self.folder / RECORD).unlink(missing_ok=True)
        await asyncio.to_thread(shutil.rmtree, self.folder)

    def release(self) -> None:
        """Give up what is held open; the cache is stopped."""
        for node in self._nodes:
            node.close()

    def save(self) -> None:
        """Keep the record."""
        self.record.save(self.folder / RECORD)

    def _unwatch(self) -> None:
        for watch in self._watches:
            watch.cancel()
        self._watches.clear()

    # -- clients -----------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        spec = self.spec
        context = tls_context(self._host.leaf(spec.address)) if spec.tls_port is not None else None
        for port, tls in ((spec.tls_port, context), (spec.plain_port, None)):
            if port is not None:
                self._listen(port, tls, lambda: self.primary.path)
        if spec.clustered:
            for node in self._nodes:
                self._listen(SHARD_PORT + node.number, context, functools.partial(getattr, node, "path"))

    def _listen(self, port: int, tls: ssl.SSLContext | None, backend: Callable[[], str]) -> None:
        front = RedisFront(self.spec.address, port, tls, backend, self._admits)
        front.open()
        self._fronts.append(front)

    async def _close(self) -> None:
        fronts, self._fronts = self._fronts, []
        for front in fronts:
            await front.close()
            front.cut()

    def _admits(self, peer: Peer) -> bool:
        ranges = self.record.access.ranges
        return ranges is None or Firewall.of(ranges, azure_services=False, is_azure=None).admits(
            peer, (self.spec.address, 0)
        )

    def cut(self) -> int:
        """Cut all connections of clients with a reset; how many there were."""
        return sum(front.cut() for front in self._fronts)

    # -- changes -----------------------------------------------------------------------------------------------------

    async def change(self, spec: CacheSpec, *, keep_data: bool = True) -> None:
        """Make it what `spec` says. Connections stay where they can; without `keep_data` it begins anew, empty."""
        old = self.spec
        if keep_data and old.clustered != spec.clustered:
            await self._spread(spec)
            return
        self.record.spec = spec
        if not keep_data or (old.clustered, old.databases) != (spec.clustered, spec.databases):
            await self._rebuild(keep_data=keep_data)
        elif old.nodes != spec.nodes:
            await self._resize(spec.nodes)
        if self.primary.running:
            await self._apply(spec)
        self.save()
        if (old.tls_port, old.plain_port) != (spec.tls_port, spec.plain_port):
            await self._close()
            self._open()

    async def _spread(self, spec: CacheSpec) -> None:
        """Become a cluster, or one server again, with every key on the server that has its slot then."""
        kept = [value for node in self._nodes for value in await node.contents()]
        self.record.spec = spec
        await self._rebuild(keep_data=False)
        for key, lifetime, content in kept:
            await self._holder(key).ask(("RESTORE", key, lifetime, content))
        self.save()

    def _holder(self, key: bytes) -> Node:
        if not self.spec.clustered:
            return self.primary
        # Imported when needed: most simulators have no cache.
        from redis.crc import key_slot

        slot = key_slot(key)
        return next(node for node in self._nodes if slot < _share(node.number, self.spec.shards)[1])

    async def _apply(self, spec: CacheSpec) -> None:
        """Settings of servers that run."""
        for node in self._nodes:
            await node.ask(*((node.hidden("CONFIG"), "SET", name, value) for name, value in spec.runtime.items()))

    async def _rebuild(self, *, keep_data: bool) -> None:
        self._unwatch()
        await self._close()
        for node in self._nodes:
            await node.stop(forget=not keep_data)
        self._adopt(self.spec.nodes)
        await self.start()

    async def _resize(self, count: int) -> None:
        """More or fewer servers: the primary starts again, because alone it does not listen for others."""
        if count == 1:
            await self._take_over(self._nodes[0])
        await self._rebuild(keep_data=True)

    def _adopt(self, count: int) -> None:
        """Have that many servers; the primary is one of those that stay."""
        for node in self._nodes[count:]:
            node.close()
        self._nodes = self._nodes[:count]
        self._nodes += [self._node(number) for number in range(len(self._nodes), count)]
        self.record.primary = min(self.record.primary, count - 1)

    async def admit(self, access: Access) -> None:
        """Let in whom `access` says from now on; connections there are go on."""
        self.record.access = access
        self.save()
        for node in self._nodes:
            if node.running:
                # One that is just ending takes them when it starts.
                with contextlib.suppress(CacheFailed):
                    await node.admit()

    async def flush(self) -> None:
        """Delete all data."""
        for node in self._nodes if self.spec.clustered else [self.primary]:
            await node.ask(("FLUSHALL",))

    # -- reboots -----------------------------------------------------------------------------------------------------

    async def reboot(self, *, primary: bool, replica: bool, away: Callable[[], Awaitable[None]]) -> None:
        """Reboot servers; what they held in memory is gone.

        A primary that is rebooted alone hands over to its replica before, and comes back as the replica. Rebooted
        together, nothing is left.

        :param away: returns when the rebooted servers are to come back.
        """
        nodes = [node for node in self._nodes if (primary if node is self.primary else replica)]
        if self.primary in nodes and len(nodes) < len(self._nodes):
            other = next(node for node in self._nodes if node not in nodes)
            await self._take_over(other)
        self._unwatch()
        if self.primary in nodes:
            await self._close()
        # Whoever cancels this, to delete the cache or to end the simulator, finds servers that do not run, as if the
        # cache were stopped.
        await asyncio.gather(*(node.stop(forget=True) for node in nodes))
        await away()
        await self._back(nodes)

    async def _back(self, nodes: list[Node]) -> None:
        for node in sorted(nodes, key=lambda node: node is not self.primary):
            await self._start(node)
        for node in self._nodes:
            if node not in nodes:
                self._watches.append(asyncio.create_task(self._watch(node), name=f"redis {self.spec.id}"))
        if not self._fronts:
            self._open()

    async def _take_over(self, node: Node) -> None:
        """Make another server the primary, with everything the old one has answered for; clients are cut."""
        if node is self.primary:
            return
        # It fails when the old one is dead: then what the replica has is all there is.
        with contextlib.suppress(CacheFailed, TimeoutError):
            await self.primary.ask(("CLIENT", "PAUSE", str(_PAUSE_MILLISECONDS), "WRITE"))
            await self._catch_up(node)
        await node.ask((node.hidden("REPLICAOF"), "NO", "ONE"))
        self.record.primary = node.number
        self.save()
        self.cut()

    async def _watch(self, node: Node) -> None:
        """Take care of a server that ends by itself: the replica takes over, and the server starts again, empty."""
        loop = asyncio.get_running_loop()
        crashes = 0
        while True:
            began = loop.time()
            words = await node.ended()
            async with self.lock:
                crashes = crashes + 1 if loop.time() - began < _STABLE_SECONDS else 1
                _log.warning("%s: server %d ended by itself: %s", self.spec.id, node.number, words)
                try:
                    is_copied = not self.spec.clustered
                    if (
                        is_copied
                        and node is self.primary
                        and (others := [other for other in self._nodes if other.running])
                    ):
                        await self._take_over(others[0])
                    if crashes >= _CRASHES:
                        return
                    await node.stop(forget=True)
                    await node.start()
                    if self.spec.clustered:
                        await self._serves(node)
                    elif node is not self.primary:
                        await self._follow(node)
                except (CacheError, OSError) as error:
                    _log.error("%s: server %d cannot be started again: %s", self.spec.id, node.number, error)
                    return
