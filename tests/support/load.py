"""Constant load on an address, as clients make it: a new connection for every request."""

from __future__ import annotations

import http.client
import threading
import time
import urllib.parse
from types import TracebackType

TIMEOUT_SECONDS = 60.0


class Load:
    """Requests at a fixed rate for as long as a `with` block runs.

    :param rate: requests a second, however long each takes.
    """

    def __init__(self, address: str, path: str = "/", rate: float = 50) -> None:
        parts = urllib.parse.urlsplit(address)
        self._host, self._port, self._path = parts.hostname or "", parts.port, path
        self._rate = rate
        self._end = threading.Event()
        self._lock = threading.Lock()
        self._workers: list[threading.Thread] = []
        self.milliseconds: list[float] = []
        self.failures: list[str] = []
        self.failed_at: list[float] = []
        """When each failure was, by `time.monotonic()`."""

    def __enter__(self) -> Load:
        self._due = time.monotonic()
        self._workers = [threading.Thread(target=self._work, daemon=True) for _number in range(16)]
        for worker in self._workers:
            worker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        for worker in self._workers:
            worker.join(TIMEOUT_SECONDS * 2)

    @property
    def sent(self) -> int:
        """How many requests have ended, well or not."""
        return len(self.milliseconds) + len(self.failures)

    def percentile(self, percent: float) -> float:
        """Return the latency in milliseconds that so many percent of the answers did not exceed."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]

    def longest_outage(self) -> float:
        """Return how many seconds the longest run of failures lasted, from its first failure to its last."""
        longest, began, last = 0.0, None, None
        for moment in self.failed_at:
            if began is None or last is None or moment - last > 1.0:
                began = moment
            longest, last = max(longest, moment - began), moment
        return longest

    def _work(self) -> None:
        while not self._end.is_set():
            with self._lock:
                due = self._due
                self._due = max(due + 1 / self._rate, time.monotonic() - 1)  # what a stall left out is not made up for
            if self._end.wait(max(0.0, due - time.monotonic())):
                return
            self._ask()

    def _ask(self) -> None:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_SECONDS)
        began = time.monotonic()
        try:
            connection.request("GET", self._path)
            answer = connection.getresponse()
            answer.read()
            problem = "" if answer.status == 200 else f"status {answer.status}"
        except (OSError, http.client.HTTPException) as error:
            problem = f"{type(error).__name__}: {error}"
        finally:
            connection.close()
        ended = time.monotonic()
        with self._lock:
            if problem:
                self.failures.append(problem)
                self.failed_at.append(ended)
            else:
                self.milliseconds.append((ended - began) * 1000)
