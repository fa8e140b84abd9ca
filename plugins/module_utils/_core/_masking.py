# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hiding the secrets of a task in its result without changing what the result is. Pure; private to this collection.

Ansible's own masking replaces a secret wherever its characters stand: with a secret C(codex) a registered name
C(codex-api) becomes C(********-api), and the next task uses that. So a result has two kinds of values here.
I(Structure) is what Azure shows to every reader and what later tasks work with: numbers, booleans, keys, and the
strings under the keys below; it is never changed. Everything else is I(text) for people, and no secret stays in it.
"""

from __future__ import annotations

import base64
import html
import json
import re
import typing as t
import urllib.parse

MASK = "*" * 8

SHORT = 4
"""A secret with fewer characters is hidden only where it stands as a value, see C(docs/secrets.md)."""


def _words(*texts: str) -> tuple[str, ...]:
    return tuple(word for text in texts for word in text.split())


_STRUCTURE = frozenset(
    _words(
        "id ids name names kind type service resource_group scope location zones tags owner who stack action release",
        "image images digest tag repository registry login_server manifest prefix file path where url provider",
        "server servers fqdn host hostname ip port ports protocol target endpoint label node nodes pid",
        "database table container member members username identity identities",
        "state status code result impact role source level mode format policy check operation lock_id sha256",
        "sku tier high_availability size family capacity version encoding collation charset ctype",
        "at time moment started finished since until created completed last_updated timestamp",
        "applied pending removed kept restart_required_by unlogged unlogged_tables",
    )
)
_STRUCTURE_ENDS = _words(
    "_id _ids _name _names _type _kind _version _digest _digests _tag _image _label _prefix _state _status _policy",
    "_tier _scope",
    "_url _uri _address _host _server _path _access _at _date _time _timestamp",
)
_ALL_STRUCTURE = frozenset({"tags", "operation", "sku", "ip_address", "user_assigned_identities"})
"""Keys below which everything is structure: the operator's tags, the handle of a running operation."""

_ALL_TEXT = frozenset(
    {"diff", "environment", "secret_environment", "json", "record", "command", "git_repo", "log", "lines", "body"}
)
"""Keys below which everything is text, whatever it is called there."""

_CREDENTIALS = frozenset({"credentials", "keys"})
"""What a task was asked to return. It is no secret of the task's options, and half of it would be worth nothing."""

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours, cursor, erasing
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # titles, links
    r"|\x1b[PX^_][^\x1b\x9c]*(?:\x1b\\|\x9c)?"  # strings for the device
    r"|\x9b[0-?]*[ -/]*[@-~]"
    r"|\x1b[ -/]*[0-~]?"
)
_PASSWORD_IN_URL = re.compile(r"^[a-z][a-z0-9+.-]*://[^/\s:@]*:(.+)@[^@]*$", re.IGNORECASE | re.DOTALL)
_PASSWORD_IN_PAIRS = re.compile(r"(?:password|pwd|accountkey|sharedaccesskey|sig)=([^;&\s]+)", re.IGNORECASE)


def mask(result: t.Mapping[str, t.Any], secrets: t.Iterable[str]) -> dict[str, t.Any]:
    """Return a copy of a module's result in which no text holds one of the secrets.

    :param secrets: the values of options that must not be shown.
    """
    hidden = Hidden(secrets)
    return {key: _masked(value, str(key), hidden) for key, value in result.items()}


def is_structure(key: str) -> bool:
    """Return whether a string under this key is never changed."""
    return key in _STRUCTURE or key.endswith(_STRUCTURE_ENDS)


def without_escapes(text: str) -> str:
    """Return a text without the sequences by which a terminal is told to do something."""
    return _ESCAPES.sub("", text) if "\x1b" in text or "\x9b" in text or "\x9d" in text else text


class Hidden:
    """The secrets of a task, in every form in which a text may hold them."""

    def __init__(self, secrets: t.Iterable[str]) -> None:
        self.whole = frozenset(one for one in map(str, secrets) if one)
        forms: set[str] = set()
        for secret in self.whole:
            for part in _parts(secret):
                forms |= set(_forms(part))
        self._forms = sorted((one for one in forms if len(one) >= SHORT), key=len, reverse=True)
        short = sorted((one for one in forms if 0 < len(one) < SHORT), key=len, reverse=True)
        self._short = _as_value(short) if short else None

    def text(self, text: str) -> str:
        """Return a text without secrets, and without what a terminal would obey."""
        text = without_escapes(text)
        if not self.whole:
            return text
        if text in self.whole:
            return MASK
        text = _cover(text, [span for form in self._forms for span in _spans(text, form)])
        return self._short.sub(MASK, text) if self._short else text


def _masked(value: t.Any, key: str, hidden: Hidden) -> t.Any:
    if isinstance(value, dict):
        if key in _ALL_STRUCTURE:
            return value
        if key in _ALL_TEXT:
            return _text(value, hidden)
        if key in _CREDENTIALS:
            return {name: MASK if inner in hidden.whole else inner for name, inner in value.items()}
        return {name: _masked(inner, str(name), hidden) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_text(one, hidden) if key in _ALL_TEXT else _masked(one, key, hidden) for one in value]
    if isinstance(value, str):
        structure = is_structure(key) and "\n" not in value and without_escapes(value) == value
        return value if structure else hidden.text(value)
    return value


def _text(value: t.Any, hidden: Hidden) -> t.Any:
    if isinstance(value, dict):
        return {name: _text(inner, hidden) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_text(one, hidden) for one in value]
    return hidden.text(value) if isinstance(value, str) else value


def _parts(secret: str) -> t.Iterator[str]:
    """Yield a secret and what of it a program may show alone: its lines, the password in a URL or connection string."""
    yield secret
    lines = [line.strip() for line in secret.splitlines()]
    if len(lines) > 1:
        yield from (line for line in lines if len(line) >= SHORT)
    found = [match[1] for match in [_PASSWORD_IN_URL.match(secret)] if match]
    found += _PASSWORD_IN_PAIRS.findall(secret)
    for password in found:
        yield password
        yield urllib.parse.unquote(password)


def _forms(secret: str) -> t.Iterator[str]:
    """Yield a text as it is and as programs write it: in URLs, in JSON, in Python, in HTML, in base64."""
    yield secret
    if len(secret) < SHORT:
        return
    for quoted in (
        urllib.parse.quote(secret, safe="", errors="replace"),
        urllib.parse.quote(secret, errors="replace"),
        urllib.parse.quote_plus(secret, errors="replace"),
    ):
        yield quoted
        yield re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), quoted)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield repr(secret)[1:-1]
    yield html.escape(secret)
    yield from _base64(secret.encode(errors="replace"))


def _base64(secret: bytes) -> t.Iterator[str]:
    """Yield what of a secret's base64 does not depend on its neighbours, wherever in a longer text it begins."""
    if len(secret) < 2 * SHORT:
        return
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + secret)
        bits = 8 * (before + len(secret))
        text = encoded.decode()[-(-8 * before // 6) : bits // 6]
        yield text
        yield text.replace("+", "-").replace("/", "_")


def _as_value(short: list[str]) -> re.Pattern[str]:
    """Return what finds short secrets in quotes, after = or :, or alone: anywhere else they are parts of words."""
    any_of = "|".join(map(re.escape, short))
    return re.compile(rf"(?:(?<=[=:])|(?<=[=:] )|(?<=[\"'`]))(?:{any_of})(?![\w.-])|^(?:{any_of})$", re.MULTILINE)


def _spans(text: str, form: str) -> t.Iterator[tuple[int, int]]:
    start = text.find(form)
    while start >= 0:
        yield start, start + len(form)
        start = text.find(form, start + 1)


def _cover(text: str, spans: list[tuple[int, int]]) -> str:
    """Return a text with one mask over each run of spans that overlap: no rest of a secret stays beside it."""
    covered: list[str] = []
    end = 0
    last = -1
    for start, stop in sorted(spans):
        if start > last:
            covered += [text[end:start], MASK]
        last = max(last, stop)
        end = max(end, stop)
    return "".join([*covered, text[end:]]) if covered else text
