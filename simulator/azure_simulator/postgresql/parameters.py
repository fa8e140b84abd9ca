"""Server parameters: what there are, and setting them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azure_simulator.postgresql.configuration import FIXED
from azure_simulator.postgresql.errors import Refused

if TYPE_CHECKING:
    from psycopg import AsyncConnection

# Lists whose items PostgreSQL wants one by one (GUC_LIST_QUOTE, which no view shows).
_LISTS = frozenset(
    {
        "local_preload_libraries",
        "search_path",
        "session_preload_libraries",
        "shared_preload_libraries",
        "temp_tablespaces",
    }
)
_LIBRARIES = frozenset({"local_preload_libraries", "session_preload_libraries", "shared_preload_libraries"})
_ITEM = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^",\s][^",]*))\s*(?:,|$)')
_CANNOT_CHANGE = "55P02"

# What the simulator's own session has asked for itself is nobody else's setting.
_QUERY = b"""
SELECT name, CASE source WHEN 'client' THEN boot_val ELSE setting END, unit, context, vartype, min_val, max_val,
       enumvals, boot_val, reset_val, short_desc, pending_restart
FROM pg_settings ORDER BY name
"""


@dataclass(frozen=True)
class Parameter:
    """A row of `pg_settings`, under the names of its columns.

    :ivar fixed: set by the simulator itself; cannot be changed.
    """

    name: str
    setting: str | None
    unit: str | None
    context: str
    vartype: str
    min_val: str | None
    max_val: str | None
    enumvals: list[str] | None
    boot_val: str | None
    reset_val: str | None
    short_desc: str
    pending_restart: bool

    @property
    def fixed(self) -> bool:
        return self.name.lower() in FIXED or self.context == "internal"


async def read(connection: AsyncConnection[Any]) -> list[Parameter]:
    """All parameters, as a new session sees them."""
    answer = await connection.execute(_QUERY)
    return [Parameter(*row) for row in await answer.fetchall()]


async def write(connection: AsyncConnection[Any], name: str, value: str | None, libraries: Path) -> None:
    """Set a parameter for everybody, or with None give it its default back; in force for those that need no restart.

    :param libraries: where loadable libraries are; one that is missing would keep the server from starting again.
    :raises Refused: for a value or a name that PostgreSQL refuses.
    """
    from psycopg import sql

    if name.lower() in FIXED:
        raise Refused(f'parameter "{name}" cannot be changed', _CANNOT_CHANGE)
    if value is None:
        await connection.execute(sql.SQL("ALTER SYSTEM RESET {}").format(_identifier(name)))
    else:
        items = _items(value) if name.lower() in _LISTS else [value]
        if name.lower() in _LIBRARIES:
            _check_libraries(items, libraries)
        values = sql.SQL(", ").join(map(sql.Literal, items or [""]))
        await connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(_identifier(name), values))
    await _reload(connection)


def _identifier(name: str) -> Any:
    from psycopg import sql

    # Names of extensions' parameters have a dot.
    return sql.SQL(".").join(map(sql.Identifier, name.split(".")))


def _items(text: str) -> list[str]:
    """The items of a list such as `"$user", public`."""
    return [quoted.replace('""', '"') or plain.strip() for quoted, plain in _ITEM.findall(text)]


def _check_libraries(names: list[str], folder: Path) -> None:
    missing = [name for name in names if not (folder / f"{name.removesuffix('.so')}.so").is_file()]
    if missing:
        raise Refused(f"could not access file {missing[0]!r}: the simulator's PostgreSQL does not have it", "58P01")


async def _reload(connection: AsyncConnection[Any]) -> None:
    """Return once the server has read its configuration again: its sessions learn of it after the server itself has."""
    before = await _load_time(connection)
    await connection.execute(b"SELECT pg_reload_conf()")
    while await _load_time(connection) == before:
        await connection.execute(b"SELECT pg_sleep(0.002)")


async def _load_time(connection: AsyncConnection[Any]) -> Any:
    row = await (await connection.execute(b"SELECT pg_conf_load_time()")).fetchone()
    return row[0] if row else None
