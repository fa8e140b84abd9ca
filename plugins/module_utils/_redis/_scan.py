# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Going through the keys of one database of a cache, without ever keeping it from its other clients. Private."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import Params
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._connection import Endpoint, errors, members


def problems(params: Params) -> t.Iterator[str]:
    """Check the options C(batch_size) and C(pattern)."""
    if params["batch_size"] not in range(1, 10001):
        yield f"batch_size: {params['batch_size']} is not a number from 1 to 10000"
    if params["pattern"] == "":
        yield "pattern: it is empty, and matches no key"


def batches(
    client: t.Any, endpoint: Endpoint, pattern: str | None, count: int, deadline: float
) -> t.Iterator[list[t.Any]]:
    """Yield keys, some at a time and never none, of every member of a cluster; SCAN may name one twice.

    :param pattern: which keys, in the words of SCAN; None for all.
    :param count: about how many keys are looked at, at a time.
    :param deadline: by time.monotonic().
    :raises OperationsError: with code C(Timeout) when the deadline comes first.
    """
    for member in members(client):
        yield from _batches(client, endpoint, pattern, count, deadline, member)


def _batches(
    client: t.Any, endpoint: Endpoint, pattern: str | None, count: int, deadline: float, member: dict[str, t.Any]
) -> t.Iterator[list[t.Any]]:
    cursor = None
    while cursor != 0:
        with errors(endpoint):
            cursor, keys = client.scan(cursor or 0, match=pattern, count=count, **member)
        if isinstance(cursor, dict):
            cursor = next(iter(cursor.values()), 0)
        if keys:
            yield keys
        if time.monotonic() > deadline:
            raise OperationsError(
                f"Redis at {endpoint} still has keys to look at",
                code="Timeout",
                remedy="Run again to go on, or raise timeout.",
            )
