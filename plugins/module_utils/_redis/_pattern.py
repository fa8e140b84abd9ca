# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Patterns of keys, as the command SCAN reads them. Pure; private to this collection.

Whether a pattern says which keys are meant cannot be seen in its characters: C([^~]*), C(*:*) and C(?*) leave as little
as C(*). So it is tried on keys as applications name them.
"""

from __future__ import annotations

import functools
import hashlib
import re

BROAD = 0.25
"""The share of all kinds of keys from which on a pattern is as good as none."""

_WORDS = [
    "session",
    "user",
    "cart",
    "page",
    "cache",
    "lock",
    "job",
    "queue",
    "token",
    "rate",
    "limit",
    "config",
    "feature",
    "index",
    "search",
    "product",
    "order",
    "invoice",
    "image",
    "thumb",
    "report",
    "stats",
    "counter",
    "email",
    "login",
    "visit",
    "geo",
    "price",
    "stock",
    "tag",
    "view",
    "zone",
    "Account",
    "Basket",
    "Customer",
    "Document",
    "Event",
    "File",
    "Group",
    "History",
    "Item",
    "Key",
    "Ledger",
    "Model",
    "Note",
    "Offer",
    "Profile",
    "Query",
    "Region",
    "Setting",
    "Topic",
    "Upload",
    "Vendor",
    "Window",
]
_SHAPES = (
    "{word}:{number}",
    "{word}:{text}",
    "{word}:{number}:{other}",
    "{word}:{other}:{number}",
    "{word}-{number}",
    "{word}_{other}",
    "{word}.{other}.{number}",
    "{word}/{other}/{text}",
    "{word}{number}",
    "{word}",
    "{text}",
    "{number}",
    ":{number}:{word}.{other}",
    "{{{word}}}:{number}",
    "_{word}.{text}",
)


def matches(pattern: str, key: bytes) -> bool:
    """Return whether SCAN would find a key by a pattern."""
    return _compiled(pattern).fullmatch(key) is not None


def is_broad(pattern: str | None) -> bool:
    """Return whether a pattern may leave next to no key; none at all does.

    A pattern of one kind of key, such as C(session:*), matches a few of the keys it is tried on, and one that says what
    a key does not begin with, or that there is a colon in it, matches many.
    """
    if not (pattern or "").strip("*?"):
        return True  # it says nothing of what is in a name
    keys = _keys()
    found = sum(_compiled(pattern).fullmatch(key) is not None for key in keys)
    return found >= BROAD * len(keys)


@functools.cache
def _keys() -> tuple[bytes, ...]:
    """Return keys of every shape: always the same, so that a pattern is judged alike on every day."""
    return tuple(
        shape.format(
            word=word,
            other=_WORDS[(7 * place + 3 * turn + 1) % len(_WORDS)].lower(),
            number=_digest(place, turn, "number")[0] * 41 + turn,
            text=_digest(place, turn, "text").hex(),
        ).encode()
        for place, word in enumerate(_WORDS)
        for turn, shape in enumerate(_SHAPES)
    )


def _digest(place: int, turn: int, what: str) -> bytes:
    return hashlib.sha256(f"{place} {turn} {what}".encode()).digest()[:8]


@functools.lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[bytes]:
    """Translate a pattern, byte by byte as the server compares; what is not closed goes up to the end, as there."""
    text = pattern.encode("utf-8", "surrogateescape")
    parts, place = [b""], 0
    while place < len(text):
        one = text[place : place + 1]
        place += 1
        if one == b"*":
            parts.append(b"")
        elif one == b"?":
            parts[-1] += b"."
        elif one == b"[":
            members, place = _set(text, place)
            parts[-1] += members
        else:
            if one == b"\\" and place < len(text):
                one, place = text[place : place + 1], place + 1
            parts[-1] += re.escape(one)
    first, *rest = parts
    # What is between two stars is taken where it comes first, and never tried again: else many stars take for ever.
    middle = b"".join(b"(?>.*?" + part + b")" for part in rest[:-1] if part)
    return re.compile(first + middle + b"".join(b".*" + part for part in rest[-1:]), re.DOTALL)


def _set(text: bytes, place: int) -> tuple[bytes, int]:
    """Translate what is in brackets, from behind the first one; return it and the place behind the last one."""
    negated = text[place : place + 1] == b"^"
    place += negated
    members: set[int] = set()
    while place < len(text) and text[place : place + 1] != b"]":
        if text[place : place + 1] == b"\\" and place + 1 < len(text):
            members.add(text[place + 1])
            place += 2
        elif text[place + 1 : place + 2] == b"-" and place + 2 < len(text):
            first, last = sorted((text[place], text[place + 2]))
            members.update(range(first, last + 1))
            place += 3
        else:
            members.add(text[place])
            place += 1
    if negated:
        members = set(range(256)) - members
    escaped = b"".join(b"\\x%02x" % member for member in sorted(members))
    return (b"[" + escaped + b"]" if escaped else b"(?!)"), place + 1
