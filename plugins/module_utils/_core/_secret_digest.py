# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a secret is still the one we applied, without being able to read it. Private to this collection.

Azure never returns a secret value. What was applied last is remembered in one resource tag as short digests: salted,
hardened with scrypt, and keyed when the operator gives a key, so that a reader of tags cannot simply try out likely
passwords. A tag holds 256 characters: C(v1.SALT.) and seven characters per secret, two that tell which secret it is and
five that tell its value (30 bits: one change in a thousand million would go unnoticed).
"""

from __future__ import annotations

import base64
import concurrent.futures
import hashlib
import hmac
import os
import typing as t

TAG = "codex-secrets"
MOST = 34
"""How many secrets fit into one tag."""

_SALT_BYTES = 8
_NAME_LENGTH, _VALUE_LENGTH = 2, 5
_ENTRY_LENGTH = _NAME_LENGTH + _VALUE_LENGTH
# 8 MiB and about 20 ms for one guess: dear for somebody who guesses, cheap for a run that checks a few secrets.
_SCRYPT = {"n": 2**13, "r": 8, "p": 1}


def without(tags: t.Mapping[str, str] | None) -> dict[str, str]:
    """Return tags without the one that remembers secrets, which is no tag of the operator's."""
    return {name: value for name, value in (tags or {}).items() if name != TAG}


def remember(secrets: t.Mapping[str, str], key: str | None) -> str:
    """Return the tag value for these secrets, under a fresh salt.

    :param secrets: values by a name that is unique within the resource.
    :param key: the operator's own key, or None.
    :raises ValueError: when there are more than C(MOST).
    """
    if len(secrets) > MOST:
        raise ValueError(f"{len(secrets)} secrets, at most {MOST} can be remembered")
    while True:
        salt = os.urandom(_SALT_BYTES)
        if len({_name(salt, name) for name in secrets}) == len(secrets):
            break
    entries = _entries(salt, secrets, key)
    return f"v1.{_text(salt)}." + "".join(sorted(name + value for name, value in entries.items()))


def changed(secrets: t.Mapping[str, str], tag: str | None, key: str | None) -> list[str]:
    """Return the names of secrets that are not, or not certainly, what the tag remembers, sorted."""
    remembered = _parse(tag or "")
    if remembered is None:
        return sorted(secrets)
    salt, known = remembered
    entries = _entries(salt, secrets, key)
    return sorted(
        name
        for name in secrets
        if not hmac.compare_digest(known.get(_name(salt, name), ""), entries[_name(salt, name)])
    )


def _entries(salt: bytes, secrets: t.Mapping[str, str], key: str | None) -> dict[str, str]:
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:  # scrypt releases the GIL
        digests = pool.map(lambda item: _value(salt, item[0], item[1], key), secrets.items())
        return {_name(salt, name): digest for name, digest in zip(secrets, digests, strict=True)}


def _name(salt: bytes, name: str) -> str:
    return _text(hashlib.sha256(salt + name.encode()).digest())[:_NAME_LENGTH]


def _value(salt: bytes, name: str, value: str, key: str | None) -> str:
    secret = f"{name}\0{value}".encode()
    if key:
        secret = hmac.digest(key.encode(), secret, "sha256")
    digest = hashlib.scrypt(secret, salt=salt, dklen=16, maxmem=64 * 1024 * 1024, **_SCRYPT)
    return _text(digest)[:_VALUE_LENGTH]


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _parse(tag: str) -> tuple[bytes, dict[str, str]] | None:
    version, _dot, rest = tag.partition(".")
    salt, _dot, body = rest.partition(".")
    if version != "v1" or len(body) % _ENTRY_LENGTH:
        return None
    try:
        raw = base64.urlsafe_b64decode(salt + "=" * (-len(salt) % 4))
    except ValueError:
        return None
    entries = [body[start : start + _ENTRY_LENGTH] for start in range(0, len(body), _ENTRY_LENGTH)]
    return raw, {entry[:_NAME_LENGTH]: entry[_NAME_LENGTH:] for entry in entries}
