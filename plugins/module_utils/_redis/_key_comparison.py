# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparing keys of two caches by what clients read, whatever the versions of the caches. Private."""

from __future__ import annotations

import collections
import itertools
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._redis._connection import Endpoint, connect, errors

# Between the reading and the writing of a lifetime lies one batch, and between two readings a round trip.
_TOLERANCE_MS = 5000

_READERS: dict[bytes, t.Callable[[t.Any, bytes], t.Any]] = {
    b"string": lambda client, key: client.get(key),
    b"list": lambda client, key: client.lrange(key, 0, -1),
    b"set": lambda client, key: client.smembers(key),
    b"hash": lambda client, key: client.hgetall(key),
    b"zset": lambda client, key: client.zrange(key, 0, -1, withscores=True),
    b"stream": lambda client, key: client.xrange(key),
}


class _Found(t.NamedTuple):
    kind: bytes
    value: t.Any
    lifetime: int

    def like(self, other: _Found) -> bool:
        """Return whether a client cannot tell them apart."""
        if (self.kind, self.value) != (other.kind, other.value):
            return False
        if min(self.lifetime, other.lifetime) < 0:
            return self.lifetime == other.lifetime
        return abs(self.lifetime - other.lifetime) <= _TOLERANCE_MS


def compare(here: Endpoint, there: Endpoint, sample: t.Iterable[tuple[int, bytes]]) -> collections.Counter[str]:
    """Compare keys that were copied.

    :param sample: the number of the database, and the key.
    :returns: how many were C(compared), how many are C(differing), and how many were C(changed_meanwhile): the last
        differ too, but from what they were a moment before in the cache they come from.
    :raises OperationsError: when a cache does not answer.
    """
    counts: collections.Counter[str] = collections.Counter()
    for number, keys in itertools.groupby(sorted(sample), key=lambda one: one[0]):
        with (
            connect(here, database=number, text=False) as old,
            connect(there, database=number, text=False) as new,
        ):
            for _number, key in keys:
                with errors(here):
                    before = _look(old, key)
                copied = _look(new, key)
                counts["compared"] += 1
                if not before.like(copied):
                    with errors(here):
                        is_same = _look(old, key).like(before)
                    counts["differing" if is_same else "changed_meanwhile"] += 1
    return counts


def _look(client: t.Any, key: bytes) -> _Found:
    kind = client.type(key)
    read = _READERS.get(kind)
    return _Found(kind, read(client, key) if read else None, int(client.pttl(key)))
