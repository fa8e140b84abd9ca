# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The slow log of a cache without what its clients have stored. Pure; private to this collection.

The log holds whole commands, and with them values, passwords, and scripts. Only their names are told, and the first key
where it is known to be one.
"""

from __future__ import annotations

import datetime
import typing as t

_KEY_LENGTH = 64
# Commands whose first argument is a key (or a pattern of keys), U(https://redis.io/docs/latest/commands/).
_KEY_FIRST_WORDS = """
APPEND BITCOUNT BITFIELD BITFIELD_RO BITPOS BLMOVE BLPOP BRPOP BRPOPLPUSH BZPOPMAX BZPOPMIN COPY DECR DECRBY DEL DUMP
EXISTS EXPIRE EXPIREAT EXPIRETIME GEOADD GEODIST GEOHASH GEOPOS GEORADIUS GEORADIUSBYMEMBER GEOSEARCH GEOSEARCHSTORE GET
GETBIT GETDEL GETEX GETRANGE GETSET HDEL HEXISTS HGET HGETALL HINCRBY HINCRBYFLOAT HKEYS HLEN HMGET HMSET HRANDFIELD
HSCAN HSET HSETNX HSTRLEN HVALS INCR INCRBY INCRBYFLOAT KEYS LCS LINDEX LINSERT LLEN LMOVE LPOP LPOS LPUSH LPUSHX LRANGE
LREM LSET LTRIM MGET MSET MSETNX PERSIST PEXPIRE PEXPIREAT PEXPIRETIME PFADD PFCOUNT PFMERGE PSETEX PTTL RENAME RENAMENX
RESTORE RPOP RPOPLPUSH RPUSH RPUSHX SADD SCARD SDIFF SDIFFSTORE SET SETBIT SETEX SETNX SETRANGE SINTER SINTERSTORE
SISMEMBER SMEMBERS SMISMEMBER SMOVE SORT SORT_RO SPOP SRANDMEMBER SREM SSCAN STRLEN SUBSTR SUNION SUNIONSTORE TOUCH TTL
TYPE UNLINK XACK XADD XAUTOCLAIM XCLAIM XDEL XLEN XPENDING XRANGE XREVRANGE XTRIM ZADD ZCARD ZCOUNT ZDIFFSTORE ZINCRBY
ZINTERSTORE ZLEXCOUNT ZMSCORE ZPOPMAX ZPOPMIN ZRANDMEMBER ZRANGE ZRANGEBYLEX ZRANGEBYSCORE ZRANGESTORE ZRANK ZREM
ZREMRANGEBYLEX ZREMRANGEBYRANK ZREMRANGEBYSCORE ZREVRANGE ZREVRANGEBYLEX ZREVRANGEBYSCORE ZREVRANK ZSCAN ZSCORE
ZUNIONSTORE
"""
_KEY_FIRST = frozenset(_KEY_FIRST_WORDS.split())


def entry(raw: t.Sequence[t.Any]) -> dict[str, t.Any]:
    """Return an entry of C(SLOWLOG GET).

    :param raw: number, seconds since 1970, microseconds, and the command as a list; a service may put more in between.
    :returns: C(id), C(at) in UTC by ISO 8601, C(milliseconds), C(command).
    """
    return {
        "id": int(raw[0]),
        "at": datetime.datetime.fromtimestamp(int(raw[1]), datetime.UTC).isoformat(),
        "milliseconds": round(int(raw[2]) / 1000, 2),
        "command": _shorten(next((part for part in raw[3:] if isinstance(part, list)), [])),
    }


def _shorten(words: t.Sequence[str]) -> str:
    name = words[0].upper() if words else ""
    if name not in _KEY_FIRST or len(words) < 2:
        return name
    # A key may be any bytes, and the result has to be text.
    key = words[1].encode(errors="surrogateescape").decode(errors="backslashreplace")
    return f"{name} {key if len(key) <= _KEY_LENGTH else key[:_KEY_LENGTH] + '…'}"
