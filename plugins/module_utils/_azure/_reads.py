# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this run has read of Azure Resource Manager, kept for its other tasks. Private to this collection.

Kept are answers to a GET of a resource or of a list of resources, in the run's private folder, for C(KEPT_SECONDS).
An answer is taken from there only where a task says that it may be (C(Session.kept)), and once for each URL: whoever
asks a second time wants to know what has become of it. What a task does not say so of, such as the state of an
operation, is asked of Azure.

What this run writes is not kept any more, nor anything else in the same resource group: a write marks the group before
it is sent, for the rest of the run. A write that belongs to no group marks everything.

Never kept: bodies with what looks like a secret, what has not settled, errors other than "there is no such thing",
logs, and everything that is not in the list below.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import re
import time
import typing as t
import urllib.parse

from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError

KEPT_SECONDS = 120.0
"""For how long an answer may take the place of another request, by time.monotonic() from when it was asked for."""

_OK, _NOT_FOUND = 200, 404

_GROUP = re.compile(r"^(/subscriptions/[^/]+)/resourcegroups/([^/]+)", re.IGNORECASE)
_READING_POST = re.compile(r"/(?:list\w*|check\w*|validate)$", re.IGNORECASE)

_NAME = r"/[^/]+"
_KINDS = "|".join(
    (
        rf"Microsoft\.ContainerInstance/containerGroups(?:{_NAME})?",
        rf"Microsoft\.ContainerRegistry/registries{_NAME}(?:/providers/Microsoft\.Authorization/roleAssignments)?",
        rf"Microsoft\.ManagedIdentity/userAssignedIdentities{_NAME}",
        rf"Microsoft\.Network/trafficManagerProfiles{_NAME}",
        rf"Microsoft\.Web/staticSites{_NAME}",
        rf"Microsoft\.DBforPostgreSQL/flexibleServers{_NAME}"
        rf"(?:/(?:databases|firewallRules){_NAME}|/configurations)?",
        rf"Microsoft\.Cache/redis{_NAME}(?:/firewallRules|/patchSchedules(?:{_NAME})?)?",
        rf"Microsoft\.Cache/redisEnterprise{_NAME}(?:/databases{_NAME})?",
    )
)
_KEPT = re.compile(rf"^/subscriptions/[^/]+/resourcegroups/[^/]+(?:/providers/(?:{_KINDS}))?$", re.IGNORECASE)

_SECRET_KEY = re.compile(
    r"(?:password|passwd|secret|token|credentials?|secureValue|connectionString|(?:primary|secondary|access|account|"
    r"storage|workspace)Keys?)$",
    re.IGNORECASE,
)
_SECRET_NAME = re.compile(
    r"pass|pwd|secret|token|credential|key|_url$|dsn|connection|auth|salt|sign|private|cookie", re.IGNORECASE
)
_SECRET_TEXT = re.compile(
    r"://[^\s:@]*:[^\s@]+@|-----BEGIN [A-Z ]*PRIVATE KEY|(?:passw\w*|pwd|secret|token|key|sig)[= ]\S", re.IGNORECASE
)
_SETTLED = frozenset(
    {"succeeded", "ready", "running", "enabled", "online", "active", "stopped", "disabled", "inactive"}
)
_STATES = ("provisioningState", "state", "resourceState")


@dataclasses.dataclass(frozen=True)
class Kept:
    """An answer as it came, without its request."""

    status: int
    headers: dict[str, str]
    text: str


class Reads:
    """The answers of one run, as one task sees them.

    :param cache: of a run whose host is known: nothing is kept where it is not, as in a module on another machine.
    :param who: whose answers they are: what one may read another one may not.
    :param read_ahead: reads, at the first look, what else the run is going to look at.
    :ivar used: whether something was taken from what was kept, since the last C(with Session.kept()) began.
    """

    def __init__(self, cache: RunCache, who: str, read_ahead: t.Callable[[], None] = lambda: None) -> None:
        self._cache = cache
        self._read_ahead: t.Callable[[], None] | None = read_ahead
        self._who = hashlib.sha256(who.encode()).hexdigest()[:16]
        self._counts = bool(cache.host)
        self._open = False
        self._taken: set[str] = set()
        self.used = False

    def open(self) -> None:
        """From now on answers may be taken, each once."""
        self._open, self.used = True, False
        self._taken.clear()

    def close(self) -> None:
        """From now on everything is asked of Azure."""
        self._open = False

    def may_take(self, method: str, url: str) -> bool:
        """Return whether a request may be answered by what was kept, if it was."""
        open_for = self._open and self._counts and method == "GET"
        return open_for and key_of(url) not in self._taken and may_be_kept(url)

    def take(self, url: str) -> Kept | None:
        """Return an answer that still counts, or None; C(may_take) is to be asked before."""
        if (found := self._find(url)) is None and (read_ahead := self._read_ahead) is not None:
            self._read_ahead = None
            read_ahead()
            found = self._find(url)
        if found is not None:
            self._taken.add(key_of(url))
            self.used = True
        return found

    def is_written(self, url: str) -> bool:
        """Return whether this run may have changed what a URL stands for."""
        return any(self._cache.find(f"written {mark}") is not None for mark in marks_against(_path(url)))

    def wants(self, method: str, url: str, status: int) -> bool:
        """Return whether an answer is to be kept, by what is known without its body."""
        return self._counts and method == "GET" and status in (_OK, _NOT_FOUND) and may_be_kept(url)

    def keep(self, url: str, asked: float, answer: Kept) -> None:
        """Keep an answer, if nothing in it speaks against that; C(wants) is to be asked before.

        :param asked: when, by time.monotonic(), before the request was sent.
        """
        if is_harmless(answer) and not self.is_written(url):
            with contextlib.suppress(OSError, OperationsError):  # whoever needs it asks again
                self._cache.put(self._entry(url), {"asked": asked, **dataclasses.asdict(answer)})

    def sending(self, method: str, url: str) -> None:
        """Take note of a request before it is sent: after a write nothing counts that it may have changed."""
        path = _path(url)
        if self._counts and is_write(method, path):
            try:
                self._cache.put(f"written {mark_of(path)}", {})
            except OSError as exc:
                raise OperationsError(
                    f"Nothing was written to Azure, since the run's own folder takes no file: {exc.strerror or exc}",
                    code="RunFolderFull",
                    remedy="Make room where Ansible keeps its temporary files (ANSIBLE_LOCAL_TEMP), then run it again.",
                ) from exc

    def _find(self, url: str) -> Kept | None:
        found = self._cache.find(self._entry(url))
        if found is None or not 0 <= time.monotonic() - found["asked"] < KEPT_SECONDS or self.is_written(url):
            return None
        return Kept(found["status"], found["headers"], found["text"])

    def _entry(self, url: str) -> str:
        return f"read {self._who} {key_of(url)}"


def key_of(url: str) -> str:
    """Return the same text for URLs that mean the same: Azure does not tell names of different case apart."""
    parts = urllib.parse.urlsplit(url)
    query = sorted(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
    return f"{parts.netloc}{urllib.parse.unquote(parts.path).rstrip('/')} {query}".lower()


def may_be_kept(url: str) -> bool:
    """Return whether a URL is that of a resource whose answers are kept."""
    return bool(_KEPT.match(_path(url)))


def is_write(method: str, path: str) -> bool:
    """Return whether a request may change something."""
    return method not in ("GET", "HEAD", "OPTIONS") and not (method == "POST" and bool(_READING_POST.search(path)))


def mark_of(path: str) -> str:
    """Return what a write to a path marks: its resource group, or everything."""
    return _group(path) or "everything"


def marks_against(path: str) -> tuple[str, ...]:
    """Return the marks that keep an answer of a path from counting."""
    return (_group(path), "everything") if _group(path) else ("everything",)


def is_harmless(answer: Kept) -> bool:
    """Return whether an answer may be kept: whole, settled, and without what looks like a secret."""
    if answer.status not in (_OK, _NOT_FOUND):
        return False
    try:
        body = json.loads(answer.text or "null")
    except ValueError:
        return False
    if not isinstance(body, dict) or body.get("nextLink"):
        return False
    return not _has_secret(body) and all(_is_settled(one) for one in (body, *(body.get("value") or [])))


def _has_secret(value: t.Any) -> bool:
    """Return whether something by its name or its form is a secret; an operator may have put one where none belongs."""
    if isinstance(value, dict):
        named = [(key, one) for key, one in value.items() if isinstance(one, str) and one]
        if {"name", "value"} <= value.keys() and value["value"] and _SECRET_NAME.search(str(value["name"])):
            return True  # an environment variable
        return any(_SECRET_KEY.search(key) for key, _one in named) or any(map(_has_secret, value.values()))
    if isinstance(value, list):
        return any(map(_has_secret, value))
    return isinstance(value, str) and bool(_SECRET_TEXT.search(value))


def _is_settled(resource: t.Any) -> bool:
    """Return whether nothing is being done to a resource: what it becomes then is not to be missed."""
    properties = resource.get("properties") if isinstance(resource, dict) else None
    if not isinstance(properties, dict):
        return True
    states = [properties[name] for name in _STATES if isinstance(properties.get(name), str)]
    return all(state.lower() in _SETTLED for state in states)


def _group(path: str) -> str:
    found = _GROUP.match(path)
    return found[0].lower() if found else ""


def _path(url: str) -> str:
    return urllib.parse.unquote(urllib.parse.urlsplit(url).path).rstrip("/")
