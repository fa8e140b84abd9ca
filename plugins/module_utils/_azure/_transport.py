# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that outlast a hiccup: the one place where something is sent a second time. Private to this collection.

It stands below every pipeline of the SDKs, whose own retries are switched off (C(retry_total: 0)): those repeat a POST
after an error 500 although Azure may have done it, give up after three answers 429 however much time the task has, hand
an answer that breaks off to the caller, and show every attempt to whoever looks at answers. Here the caller sees the
last answer only, and its body has been read.

What is repeated:

=====================================  ================================================================
trouble                                repeated
=====================================  ================================================================
429                                    always, when Azure says so, until the task's deadline: it was not done
no connection (name, refused, proxy)   always, twice: it was not sent
408, 500, 502, 503, 504                only what may be done twice, five times: it may have been done
reset, time-out, body that breaks off  the same
=====================================  ================================================================

What may be done twice is a GET or HEAD, a POST that only reads or registers, and everything else only where the caller
says so. A write of Azure Resource Manager is not among it: repeated, it would restart a container group twice, or be
refused because it runs already. C(_resource.converge) looks what has become of it instead.
"""

from __future__ import annotations

import email.utils
import io
import json
import logging
import re
import time
import typing as t
import urllib.parse

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds before a request is repeated, doubled each time, where Azure does not say how many."""
TRIES = 6
"""How often a request is sent at most, while it is not known what became of it."""
TRIES_UNSENT = 3
"""How often at most, while there is no connection: an address that does not exist is no hiccup."""
_CONNECT_SECONDS, _READ_SECONDS = 30.0, 120.0

THROTTLED = 429
TROUBLE = frozenset({408, 500, 502, 503, 504})
"""Statuses that do not say whether the request was done."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_SAFE_POSTS = re.compile(
    r"/(?:listKeys|listCredentials|listBuildSourceUploadUrl|listLogSasUrl|cancel|register)$", re.IGNORECASE
)

if t.TYPE_CHECKING:
    from ansible_collections.codexdominion.azure.plugins.module_utils._azure._reads import Kept, Reads

Note = t.Callable[[str], None]

# Without a handler Python prints what these warn of, such as an answer that breaks off: what comes of it is said by us.
for _name in ("azure", "msal"):
    logging.getLogger(_name).addHandler(logging.NullHandler())


class PatientTransport:
    """A transport for the pipelines of azure-core.

    :param verify: a file with certificate authorities, or True for those of the system.
    :param deadline: by time.monotonic(); nothing is repeated after it.
    :param note: is told of every repeated request.
    :param repeat_writes: whether everything may be done twice that is sent this way.
    :param whole: whether bodies are read here; what may be large is left to the reader.
    :param connections: a session of requests to share connections with; a new one if None.
    :param reads: what this run has read, for what is sent to Azure Resource Manager.
    """

    def __init__(
        self,
        verify: str | bool,
        deadline: float,
        note: Note,
        *,
        repeat_writes: bool = False,
        whole: bool = True,
        connections: t.Any = None,
        reads: Reads | None = None,
    ) -> None:
        from azure.core.pipeline.transport import RequestsTransport

        # azure-core's own five minutes to connect would be the time of a whole task.
        shared: dict[str, t.Any] = {} if connections is None else {"session": connections, "session_owner": False}
        self._inner = RequestsTransport(
            connection_verify=verify, connection_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS, **shared
        )
        self._reads = reads
        self._deadline = deadline
        self._note = note
        self._repeat_writes = repeat_writes
        self._whole = whole

    def __enter__(self) -> PatientTransport:
        self.open()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def open(self) -> None:
        """Open the connections."""
        self._inner.open()

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()

    def sleep(self, seconds: float) -> None:
        """Wait; azure-core's policies ask the transport for it."""
        time.sleep(seconds)

    def send(self, request: t.Any, **options: t.Any) -> t.Any:
        """Send a request until there is an answer that holds; return the last one.

        :raises AzureError: when there is none.
        """
        if self._reads is None:
            return self._send(request, **options)
        method, url = str(request.method).upper(), str(request.url)
        if self._reads.may_take(method, url) and (kept := self._reads.take(url)) is not None:
            return _replay(request, kept, **options)
        self._reads.sending(method, url)
        asked = time.monotonic()
        response = self._send(request, **options)
        if self._whole and self._reads.wants(method, url, response.status_code):
            self._reads.keep(url, asked, as_kept(response))
        return response

    def _send(self, request: t.Any, **options: t.Any) -> t.Any:
        from azure.core.exceptions import AzureError

        rewind = _rewinder(request)
        number = 0
        while True:
            number += 1
            response, failure = None, None
            try:
                response = self._inner.send(request, **options)
                if self._whole:
                    _load(response)
            except AzureError as exc:
                failure = exc
            trouble = _of_response(response, self._whole) if failure is None else _of_failure(failure)
            pause = self._pause(request, trouble, response, number) if trouble else None
            if not trouble or pause is None or not rewind():
                if failure is not None:
                    raise failure
                if trouble == BROKEN_OFF:
                    raise _broken_off(response)
                return response
            self._note(f"{request.method} {_path(request)}: {trouble}; sent again after {pause:.1f} s")
            time.sleep(pause)

    def _pause(self, request: t.Any, trouble: str, response: t.Any, number: int) -> float | None:
        """Return after how many seconds to send it again; None not to."""
        pause = retry_after(response.headers) if response is not None else None
        if pause is None:
            pause = min(FIRST_PAUSE * 2 ** min(number - 1, 10), LONGEST_PAUSE)
        if time.monotonic() + pause > self._deadline:
            return None
        throttled = response is not None and response.status_code == THROTTLED
        if throttled:
            return pause
        if trouble == UNSENT:
            return pause if number < TRIES_UNSENT else None
        return pause if number < TRIES and self._may_be_done_twice(request) else None

    def _may_be_done_twice(self, request: t.Any) -> bool:
        method = str(request.method).upper()
        return self._repeat_writes or method in _SAFE or (method == "POST" and bool(_SAFE_POSTS.search(_path(request))))


UNSENT = "no connection"
BROKEN_OFF = "the answer breaks off"


def new_connections() -> t.Any:
    """Return a session of requests as azure-core sets it up, for several transports to share its connections."""
    from azure.core.pipeline.transport import RequestsTransport

    owner = RequestsTransport()
    owner.open()
    return owner.session


def as_kept(response: t.Any) -> Kept:
    """Return an answer of azure-core, whose body was read, as it is kept."""
    from ansible_collections.codexdominion.azure.plugins.module_utils._azure._reads import Kept

    headers = {name.lower(): value for name, value in response.headers.items()}
    # As it was decoded already; and whose cookies they are is nobody's business.
    dropped = ("content-encoding", "content-length", "transfer-encoding", "set-cookie")
    return Kept(response.status_code, {k: v for k, v in headers.items() if k not in dropped}, response.text())


def _replay(request: t.Any, kept: Kept, **options: t.Any) -> t.Any:
    """Return a kept answer as the transport of azure-core would have, had it come over the wire."""
    import requests
    from azure.core.pipeline.transport import RequestsTransport
    from requests.adapters import BaseAdapter, HTTPAdapter
    from urllib3 import HTTPResponse

    class Replay(BaseAdapter):
        def send(self, request: t.Any, *_args: t.Any, **_options: t.Any) -> requests.Response:
            raw = HTTPResponse(
                body=io.BytesIO(kept.text.encode()), status=kept.status, headers=kept.headers, preload_content=False
            )
            return HTTPAdapter().build_response(request, raw)

        def close(self) -> None:
            """Nothing was opened."""

    session = requests.Session()
    session.trust_env = False
    session.mount("https://", Replay())
    response = RequestsTransport(session=session, session_owner=False).send(request, **options)
    _load(response)
    return response


def _load(response: t.Any) -> None:
    """Read the body, which azure-core leaves for later in operations that take long.

    By requests itself, which keeps it: some clients read it a second time, and past azure-core's copy.

    :raises AzureError: when it breaks off.
    """
    from azure.core.exceptions import IncompleteReadError
    from requests.exceptions import RequestException

    internal = getattr(response, "internal_response", None)  # of responses of older clients
    try:
        (response._internal_response if internal is None else internal).content  # noqa: B018 - reading is all of it
    except RequestException as exc:
        raise IncompleteReadError(exc, error=exc) from exc
    if hasattr(response, "read"):
        response.read()


def _of_response(response: t.Any, whole: bool) -> str:
    """Return what is wrong with an answer, or nothing where it holds."""
    status = response.status_code
    if status == THROTTLED or status in TROUBLE:
        return f"HTTP {status}"
    if whole and status < 400 and "json" in str(response.headers.get("content-type", "")):
        text = response.text()
        try:
            json.loads(text or "null")
        except ValueError:  # cut by something that puts its length right
            return BROKEN_OFF
    return ""


def _of_failure(failure: Exception) -> str:
    """Return what is wrong with a request without an answer, or nothing where sending it again is no use."""
    from azure.core.exceptions import IncompleteReadError, ServiceRequestError, ServiceResponseError

    if isinstance(failure, IncompleteReadError):
        return BROKEN_OFF
    if isinstance(failure, ServiceResponseError):
        return "the connection was lost"
    if isinstance(failure, ServiceRequestError) and "certificate verify failed" not in str(failure).lower():
        return UNSENT
    return ""


def _broken_off(response: t.Any) -> Exception:
    from azure.core.exceptions import IncompleteReadError

    return IncompleteReadError(f"HTTP {response.status_code} with a body that breaks off")


def retry_after(headers: t.Mapping[str, str]) -> float | None:
    """Return after how many seconds Azure wants to be asked again; some services say it in milliseconds.

    No time at all, or one that has passed, is none: whoever goes by it asks as fast as the network lets him.
    """
    for name, unit in (("retry-after-ms", 1000.0), ("x-ms-retry-after-ms", 1000.0), ("retry-after", 1.0)):
        if (value := headers.get(name)) is None:
            continue
        try:
            seconds = float(value) / unit
        except ValueError:
            try:
                seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
            except ValueError:
                continue
        if seconds > 0:  # false for "nan", too
            return seconds
    return None


def _path(request: t.Any) -> str:
    """Return the path alone: a query may hold what is nobody's business."""
    return urllib.parse.urlsplit(str(request.url)).path


def _rewinder(request: t.Any) -> t.Callable[[], bool]:
    """Return what takes a body that is read while it is sent back to its beginning; it says whether it could."""
    body: t.Any = getattr(request, "data", None)
    if not hasattr(body, "read"):
        return lambda: True
    try:
        start = body.tell()
    except (AttributeError, OSError, ValueError):
        return lambda: False

    def rewind() -> bool:
        body.seek(start)
        return True

    return rewind
