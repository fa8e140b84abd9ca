"""The simulator's own commands to a server, through its socket."""

from __future__ import annotations

from typing import Any

from azure_simulator.redis.configuration import USER
from azure_simulator.redis.errors import CacheFailed

_SECONDS = 30


async def ask(path: str, secret: str, *commands: tuple[str, ...]) -> list[Any]:
    """Send commands over one connection; their answers. CacheFailed when the server refuses one or is not there."""
    # Imported when needed: most simulators have no cache.
    from redis.asyncio import Connection, UnixDomainSocketConnection
    from redis.exceptions import RedisError

    connection: Connection | UnixDomainSocketConnection = UnixDomainSocketConnection(
        path=path, username=USER, password=secret, protocol=2, socket_timeout=_SECONDS, decode_responses=True
    )
    try:
        await connection.connect()  # type: ignore[no-untyped-call]
        answers = []
        for command in commands:
            await connection.send_command(*command)
            answers.append(await connection.read_response())
        return answers
    except (RedisError, OSError) as error:
        raise CacheFailed(f"{commands[0][0].rpartition('-')[2]}: {error}") from error
    finally:
        await connection.disconnect()
