# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site as a browser gets it: over TLS, page by page. Standard library only; private to this collection."""

from __future__ import annotations

import concurrent.futures
import hashlib
import html.parser
import http.client
import json
import re
import ssl
import time
import typing as t
import urllib.parse

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend import _export

_THREADS = 6
"""How many requests a browser sends to one host at a time."""
_REDIRECTS = 5
_MOST_FILES = 2000
_PROBLEM = (OSError, http.client.HTTPException)
_HEX = re.compile(r"[0-9a-f]{64}")


class Marker(t.NamedTuple):
    """What a site says of itself: which build it is.

    :param addresses: the addresses that were written into its pages when it was built.
    """

    release: str
    sources: str
    content: str
    addresses: tuple[str, ...] = ()

    def to_bytes(self) -> bytes:
        """Return the file with it."""
        return (json.dumps(self._asdict(), indent=2) + "\n").encode()


class Fetched(t.NamedTuple):
    """An answer, after redirections within the site."""

    status: int
    body: bytes
    content_type: str
    milliseconds: float


class Site:
    """A site at its address.

    :param host: its host name, with a port if that is not 443.
    :param ca_path: a file with further certificate authorities to trust.
    :param timeout: for one request, in seconds.
    """

    def __init__(self, host: str, ca_path: str | None, timeout: float = 10.0) -> None:
        self.host, self._timeout = host, timeout
        self._tls = ssl.create_default_context()
        if ca_path:
            self._tls.load_verify_locations(ca_path)

    @property
    def url(self) -> str:
        return f"https://{self.host}"

    def get(self, path: str) -> Fetched:
        """Return what a path answers.

        :raises OSError, http.client.HTTPException: when nothing does.
        """
        began = time.perf_counter()
        for _redirection in range(_REDIRECTS):
            connection = http.client.HTTPSConnection(self.host, timeout=self._timeout, context=self._tls)
            try:
                connection.request("GET", path, headers={"Cache-Control": "no-cache", "Accept-Encoding": "identity"})
                answer = connection.getresponse()
                body = answer.read()
            finally:
                connection.close()
            location = urllib.parse.urlsplit(urllib.parse.urljoin(self.url + path, answer.headers.get("Location", "")))
            if answer.status not in (301, 302, 307, 308) or location.netloc != self.host:
                break
            path = location.path + (f"?{location.query}" if location.query else "")
        kind = str(answer.headers.get("Content-Type", ""))
        return Fetched(answer.status, body, kind, (time.perf_counter() - began) * 1000)

    def marker(self) -> Marker | None:
        """Return which build is served; None where it is none of ours.

        :raises OperationsError: C(PageUnreachable), when nothing answers.
        """
        try:
            answer = self.get(f"/{_export.MARKER}")
        except _PROBLEM as exc:
            raise unreachable(self.url, exc) from exc
        return _marker(answer.body) if answer.status == http.HTTPStatus.OK else None

    def differing(self, content: _export.Content) -> list[str]:
        """Return what is served otherwise than it was built, or not at all: paths, with what is wrong.

        All files are asked for; of very many the pages first, and as many as can be asked for in a reasonable time.
        """
        first = sorted(content.files, key=lambda path: (not path.endswith(".html"), path))[:_MOST_FILES]
        wanted = {f"/{path}": content.files[path] for path in first if path.rpartition("/")[2][:1] != "."}
        wanted.pop(f"/{_export.CONFIGURATION}", None)
        if "index.html" in content.files:
            wanted["/"] = content.files["index.html"]
        with concurrent.futures.ThreadPoolExecutor(_THREADS) as pool:
            found = pool.map(lambda item: self._difference(*item), wanted.items())
        return [one for one in found if one]

    def _difference(self, path: str, digest: str) -> str:
        try:
            answer = self.get(urllib.parse.quote(path))
        except _PROBLEM as exc:
            return f"{path} does not answer ({exc})"
        if answer.status != http.HTTPStatus.OK:
            return f"{path} answers {answer.status}"
        return "" if hashlib.sha256(answer.body).hexdigest() == digest else f"{path} is something else"

    def load(self) -> tuple[float, Fetched]:
        """Return how long the start page takes with what it needs to be shown, in milliseconds, and the page.

        :raises OSError, http.client.HTTPException: when it does not answer.
        """
        began = time.perf_counter()
        page = self.get("/")
        parts = [one for one in parse(page.body).parts if urllib.parse.urlsplit(one).netloc in ("", self.host)]
        paths = {urllib.parse.urlsplit(urllib.parse.urljoin(f"{self.url}/", one)).path for one in parts}
        with concurrent.futures.ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(self.get, sorted(paths)))
        return (time.perf_counter() - began) * 1000, page


class Parsed(html.parser.HTMLParser):
    """What a page loads.

    :ivar parts: addresses of scripts, style sheets, pictures and frames, as they stand there.
    """

    _PLACES: t.ClassVar = {
        "audio": "src",
        "embed": "src",
        "form": "action",
        "iframe": "src",
        "img": "src",
        "link": "href",
        "script": "src",
        "source": "src",
        "video": "src",
    }
    _LOADED: t.ClassVar = ("stylesheet", "preload", "modulepreload", "icon", "manifest")

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element loads."""
        found = dict(attrs)
        address = found.get(self._PLACES.get(tag, ""))
        if address and (tag != "link" or any(one in (found.get("rel") or "").split() for one in self._LOADED)):
            self.parts.append(address)


def parse(body: bytes) -> Parsed:
    """Return what a page loads."""
    parsed = Parsed()
    parsed.feed(body.decode(errors="replace"))
    return parsed


def mixed_content(page: bytes, addresses: t.Iterable[str]) -> list[str]:
    """Return the addresses without TLS that a page loads or calls; a browser blocks them all.

    :param addresses: what was written into the page when it was built.
    """
    found = {one for one in (*parse(page).parts, *addresses) if is_plain(one)}
    return sorted(found)


def is_plain(address: str) -> bool:
    """Return whether a page that came over TLS may not call an address: all without TLS but this machine's own name."""
    parts = urllib.parse.urlsplit(address.strip())
    return parts.scheme.lower() in ("http", "ws") and parts.hostname != "localhost"


def unreachable(url: str, exc: Exception) -> OperationsError:
    """Return the error of a page that does not answer."""
    return OperationsError(
        f"{url} does not answer: {exc}",
        code="PageUnreachable",
        remedy="Look whether this machine reaches it (proxy, firewall, DNS), and run again.",
    )


def _marker(body: bytes) -> Marker | None:
    try:
        content = json.loads(body)
        found = Marker(
            str(content["release"]),
            str(content["sources"]),
            str(content["content"]),
            tuple(str(one) for one in content.get("addresses", ())),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return found if _HEX.fullmatch(found.sources) and _HEX.fullmatch(found.content) else None
