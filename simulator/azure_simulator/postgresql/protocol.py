"""The first messages of PostgreSQL's protocol, as far as a gateway has to understand them (version 3.0)."""

from __future__ import annotations

import struct

CANCEL, SSL, GSS = 80877102, 80877103, 80877104
# The longest first message PostgreSQL itself accepts, in bytes.
LONGEST = 10000
_VERSION = 3


class ProtocolError(Exception):
    """The client does not speak PostgreSQL's protocol."""


def header(data: bytes) -> tuple[int, int]:
    """Length of the whole message and its code, from its first eight bytes."""
    length, code = struct.unpack_from("!ii", data)
    if not 8 <= length <= LONGEST:
        raise ProtocolError(f"a first message of {length} bytes")
    return length, code


def parameters(message: bytes) -> dict[str, str]:
    """What a startup message says: `user`, `database` and others. Said twice, the last counts, as in PostgreSQL."""
    length, code = header(message)
    if code >> 16 != _VERSION:
        raise ProtocolError(f"protocol {code >> 16}.{code & 0xFFFF} is not supported")
    words = message[8:length].split(b"\0")
    return {
        name.decode(errors="replace"): value.decode(errors="replace")
        for name, value in zip(words[::2], words[1::2], strict=False)
        if name
    }


def no_entry(host: str, values: dict[str, str], *, encrypted: bool) -> bytes:
    """PostgreSQL's own answer to a client it has no entry for, which is also Azure's."""
    user = values.get("user", "")
    database = values.get("database") or user
    how = "SSL encryption" if encrypted else "no encryption"
    return fatal("28000", f'no pg_hba.conf entry for host "{host}", user "{user}", database "{database}", {how}')


def fatal(sqlstate: str, message: str) -> bytes:
    """An error that ends the connection."""
    fields = {b"S": b"FATAL", b"V": b"FATAL", b"C": sqlstate.encode(), b"M": message.encode()}
    body = b"".join(kind + text + b"\0" for kind, text in fields.items()) + b"\0"
    return b"E" + struct.pack("!i", len(body) + 4) + body
