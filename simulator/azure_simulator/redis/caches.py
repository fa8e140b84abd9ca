"""All caches of a simulator: the interface of this package."""

from __future__ import annotations

import asyncio
import logging
import secrets
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from azure_simulator.core.daemons import end_leftover
from azure_simulator.redis import binaries
from azure_simulator.redis.cache import RECORD, Cache
from azure_simulator.redis.errors import CacheError, CacheNotFound
from azure_simulator.redis.node import VALKEY, Host
from azure_simulator.redis.records import Access, CacheSpec, Record, folder_name

_log = logging.getLogger(__name__)


class Caches:
    """Caches by id. Every method that names one raises CacheNotFound if there is none.

    :param root: the folder that holds everything of them.
    :param leaf: names the certificate file of an address.
    :param directory: of an installation of Valkey or Redis; None for the one that comes as a Python package.
    """

    def __init__(self, root: Path, leaf: Callable[[str], Path], directory: Path | None = None) -> None:
        self._root = root
        self._leaf = leaf
        self._directory = directory
        self._caches: dict[str, Cache] = {}

    def _host(self) -> Host:
        """Raises BinariesMissing; so only when there is a cache to run."""
        return Host(binaries.find(self._directory), self._leaf)

    def _get(self, cache_id: str) -> Cache:
        cache = self._caches.get(folder_name(cache_id))
        if cache is None:
            raise CacheNotFound(f"there is no cache {cache_id}")
        return cache

    def exists(self, cache_id: str) -> bool:
        """Whether there is such a cache."""
        return folder_name(cache_id) in self._caches

    def primary(self, cache_id: str) -> int:
        """Which of its servers is the primary."""
        return self._get(cache_id).record.primary

    async def create(self, spec: CacheSpec, access: Access) -> None:
        """Make a cache and let clients in. CacheError or OSError when it cannot be; nothing of it is left then."""
        host = self._host()
        folder = self._root / folder_name(spec.id)
        if folder.exists():
            raise CacheError(f"the cache {spec.id} exists")
        folder.mkdir(mode=0o700, parents=True)
        cache = Cache(host, folder, Record(spec, secrets.token_hex(24), access))
        try:
            await cache.start()
            cache.save()
        except BaseException:
            await cache.remove()
            raise
        self._caches[folder.name] = cache

    async def change(self, spec: CacheSpec, *, keep_data: bool = True) -> None:
        """Make a cache what `spec` says; see `Cache.change`."""
        cache = self._get(spec.id)
        async with cache.lock:
            await cache.change(spec, keep_data=keep_data)

    async def admit(self, cache_id: str, access: Access) -> None:
        """Say who gets into a cache from now on; works while it changes or reboots, too."""
        await self._get(cache_id).admit(access)

    async def flush(self, cache_id: str) -> None:
        """Delete all data of a cache."""
        cache = self._get(cache_id)
        async with cache.lock:
            await cache.flush()

    async def reboot(self, cache_id: str, *, primary: bool, replica: bool, away: Callable[[], Awaitable[None]]) -> None:
        """Reboot servers of a cache; see `Cache.reboot`."""
        cache = self._get(cache_id)
        async with cache.lock:
            await cache.reboot(primary=primary, replica=replica, away=away)

    async def drop(self, cache_id: str) -> None:
        """Delete a cache. Nothing happens if there is none."""
        cache = self._caches.pop(folder_name(cache_id), None)
        if cache is not None:
            async with cache.lock:
                await cache.remove()

    # -- the simulator's own life ------------------------------------------------------------------------------------

    async def resume(self) -> None:
        """Take up what an earlier process left, in order or not: with their data, as an end is no reboot."""
        if not self._root.is_dir():
            return
        await asyncio.gather(*(self._resume(folder) for folder in sorted(self._root.iterdir())))

    async def _resume(self, folder: Path) -> None:
        try:
            record = Record.load(folder / RECORD)
        except FileNotFoundError:
            for process in folder.glob("*/process.json"):
                await end_leftover(VALKEY, process)
            await asyncio.to_thread(shutil.rmtree, folder)
            return
        cache = Cache(self._host(), folder, record)
        self._caches[folder.name] = cache
        try:
            await cache.start()
        except (CacheError, OSError) as error:
            _log.error("%s cannot be started: %s", record.spec.id, error)

    async def shutdown(self) -> None:
        """Stop all of them in order; `resume` brings them back."""
        await asyncio.gather(*(self._shut(cache) for cache in self._caches.values()))

    async def _shut(self, cache: Cache) -> None:
        async with cache.lock:
            await cache.stop()
            cache.release()
