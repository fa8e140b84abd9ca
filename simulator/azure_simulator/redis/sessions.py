"""The simulator's own commands to a server, through its socket."""

from __future__ import annotations

from typing import Any

from azure_simulator.redis.configuration import USER
from azure_simulator.redis.errors import CacheFailed

_SECONDS = 30


async def ask(path: str, secret: str, *commands: tuple[str | bytes | int, ...], text: bool = True) -> list[Any]:
    """Send commands over one connection; their answers. CacheFailed when the server refuses one or is not there.

    :param text: whether answers are text, or bytes as the server has them.
    """
    # Imported when needed: most simulators have no cache.
    from redis.asyncio import Connection, UnixDomainSocketConnection
    from redis.exceptions import RedisError

    connection: Connection | UnixDomainSocketConnection = UnixDomainSocketConnection(
        path=path, username=USER, password=secret, protocol=2, socket_timeout=_SECONDS, decode_responses=text
    )
    try:
        await connection.connect()  # type: ignore[no-untyped-call]
        answers = []
        for command in commands:
            await connection.send_command(*command)
            answers.append(await connection.read_response())
        return answers
    except (RedisError, OSError) as error:
        raise CacheFailed(f"{str(commands[0][0]).rpartition('-')[2]}: {error}") from error
    finally:
        await connection.disconnect()


async def contents(path: str, secret: str) -> list[tuple[bytes, int, bytes]]:
    """All keys of database 0 with their lifetimes in milliseconds, 0 for ever, and what they hold."""
    keys = (await ask(path, secret, ("KEYS", "*"), text=False))[0]
    if not keys:
        return []
    answers = await ask(path, secret, *((verb, key) for key in keys for verb in ("PTTL", "DUMP")), text=False)
    found = zip(keys, answers[::2], answers[1::2], strict=True)
    return [(key, max(lifetime, 0), content) for key, lifetime, content in found if content is not None]
