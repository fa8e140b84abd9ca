"""Whether the database and the cache answer, and how fast."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

TIMEOUT_SECONDS = 2

NOT_CONFIGURED = {"status": "not configured"}


async def database(url: str | None) -> dict[str, Any]:
    """One query over a fresh connection; `latency_ms` is the query's, `connect_ms` the connection's."""
    if url is None:
        return dict(NOT_CONFIGURED)

    async def probe() -> dict[str, Any]:
        # Imported here: a backend without a database needs neither the library nor its memory.
        import psycopg

        started = time.perf_counter()
        connection = await psycopg.AsyncConnection.connect(url, connect_timeout=TIMEOUT_SECONDS)
        async with connection:
            connected = time.perf_counter()
            await connection.execute("SELECT 1")
            return {"connect_ms": _milliseconds(started, connected), "latency_ms": _milliseconds(connected)}

    return await _checked(probe)


async def cache(url: str | None) -> dict[str, Any]:
    """One PING over a fresh connection."""
    if url is None:
        return dict(NOT_CONFIGURED)

    async def probe() -> dict[str, Any]:
        from redis.asyncio import Redis

        client = Redis.from_url(url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS)
        try:
            started = time.perf_counter()
            await client.initialize()
            connected = time.perf_counter()
            await client.ping()
            return {"connect_ms": _milliseconds(started, connected), "latency_ms": _milliseconds(connected)}
        finally:
            await client.aclose()

    return await _checked(probe)


async def _checked(probe: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    """Healthy with the probe's figures, or unhealthy with the kind of error; its text may hold the URL's password."""
    try:
        return {"status": "healthy", **await probe()}
    except Exception as error:
        return {"status": "unhealthy", "error": type(error).__name__}


def _milliseconds(since: float, until: float | None = None) -> float:
    return round(((until or time.perf_counter()) - since) * 1000, 2)
