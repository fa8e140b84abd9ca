# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading at once what the tasks of a run will look at one after the other. Private to this collection.

What a stack consists of is worked out from the inventory at the beginning of a run (C(_inventory._stack_reads)) and
laid down for its host. The first task that looks at any of it reads all of it, in threads over shared connections;
which is after the lock was taken, where one is. It never fails: what cannot be read so is asked for by the task that
needs it, and told by that.
"""

from __future__ import annotations

import concurrent.futures
import json
import time
import typing as t
import urllib.parse

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._reads import Kept, Reads
from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache

THREADS = 10
SECONDS = 20.0
"""For how long it goes on at most where Azure throttles or has trouble, by the transport's deadline."""


class NoAnswerError(Exception):
    """There is no answer to be had, whatever the reason."""


Ask = t.Callable[[str], tuple[float, Kept]]
"""Takes a URL; returns when it was asked for, by time.monotonic(), and the answer.

:raises NoAnswerError: where there is none.
"""


class Read(t.NamedTuple):
    """One GET.

    :param path: below the endpoint of Azure Resource Manager.
    :param of: the path of an identity whose principal C({principal}) in the query stands for.
    """

    path: str
    api_version: str
    query: str = ""
    of: str = ""

    def url(self, endpoint: str, principal: str = "") -> str:
        """Return the absolute URL."""
        query = {"api-version": self.api_version}
        if self.query:
            name, _sign, value = self.query.partition("=")
            query[name] = value.format(principal=principal)
        return f"{endpoint}{self.path}?{urllib.parse.urlencode(query)}"


def lay_down(cache: RunCache, host: str, reads: t.Sequence[Read]) -> None:
    """Say what the tasks of a host are going to look at."""
    cache.put(_key(host), {"reads": [list(one) for one in reads]})


def is_laid_down(cache: RunCache) -> bool:
    """Return whether it is known what the tasks of this host are going to look at."""
    return bool(cache.host) and cache.find(_key(cache.host)) is not None


def read_ahead(cache: RunCache, reads: Reads, endpoint: str, ask: Ask) -> None:
    """Read what was laid down for this host and is not known yet, once in a run."""
    if not cache.host or cache.find(f"{_key(cache.host)} done") is not None:
        return
    with cache.alone(_key(cache.host)):
        laid_down = cache.find(_key(cache.host))
        if laid_down is None or cache.find(f"{_key(cache.host)} done") is not None:
            return
        cache.put(f"{_key(cache.host)} done", {})
        _read([Read(*one) for one in laid_down["reads"]], reads, endpoint, ask)


def _read(wanted: t.Sequence[Read], reads: Reads, endpoint: str, ask: Ask) -> None:
    principals: dict[str, str] = {}

    def one(read: Read) -> None:
        url = read.url(endpoint, principals.get(read.of, ""))
        if reads.is_written(url):
            return
        try:
            asked, answer = ask(url)
        except NoAnswerError:  # the task that needs it asks again, and tells in its own words why there is none
            return
        if reads.wants("GET", url, answer.status):
            reads.keep(url, asked, answer)
        if principal := _principal(answer.text):
            principals[read.path] = principal

    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        started = {read.path: pool.submit(one, read) for read in wanted if not read.of}
        followed = []
        for read in wanted:
            if read.of in started:
                started[read.of].result()
                if principals.get(read.of):
                    followed.append(pool.submit(one, read))
        for future in (*started.values(), *followed):
            future.result()


def _principal(text: str) -> str:
    """Return the principal of an identity, or nothing where the body is not an identity's."""
    try:
        found = json.loads(text)["properties"]["principalId"]
    except (ValueError, LookupError, TypeError):
        return ""
    return str(found)


def deadline() -> float:
    """Return until when requests ahead are repeated, by time.monotonic()."""
    return time.monotonic() + SECONDS


def _key(host: str) -> str:
    return f"ahead {host}"
