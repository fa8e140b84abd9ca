# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the liveness probe of a container will succeed, before Azure has asked it often enough to act. Private.

Azure asks with GET, and counts a status from 200 to 399; redirects are not followed. After C(failureThreshold)
failures in a row, C(periodSeconds) apart, it kills the container. A container that has just started therefore proves
nothing by running: its page is asked from here, and where it cannot be, the container is watched for as long as Azure
needs.
"""

from __future__ import annotations

import http.client
import ssl
import typing as t

Body = dict[str, t.Any]

_PERIOD, _THRESHOLD, _TIMEOUT = 10, 3, 1
ENDED_BY_OTHERS = (None, 0, 137, 143)
"""Exit codes of a container that Azure has ended, or that has not ended; any other is the program's own."""

_KILLED_TWICE = 2
_PATIENCE = 5.0
"""How long an answer may take at least, in seconds: it comes from further away than to Azure's own probe."""


def probe_of(container: Body) -> Body | None:
    """Return the liveness probe of a container."""
    return container["properties"].get("livenessProbe") or None


def horizon(probe: Body) -> float:
    """Return after how many seconds Azure has killed a container whose probe fails from the beginning."""
    period = probe.get("periodSeconds") or _PERIOD
    threshold = probe.get("failureThreshold") or _THRESHOLD
    timeout = probe.get("timeoutSeconds") or _TIMEOUT
    return float((probe.get("initialDelaySeconds") or 0) + threshold * period + timeout)


def address_of(group: Body, probe: Body) -> tuple[str, int] | None:
    """Return where the probe's page can be asked from outside, or None."""
    address = group["properties"].get("ipAddress") or {}
    port = (probe.get("httpGet") or {}).get("port")
    opened = {one["port"] for one in address.get("ports") or []}
    if address.get("type") != "Public" or not address.get("ip") or port is None or port not in opened:
        return None
    return str(address["ip"]), int(port)


class Answer(t.NamedTuple):
    """What a page has answered.

    :param status: its status, or 0 where there was none.
    :param text: the status, or what went wrong, for people.
    """

    status: int
    text: str

    @property
    def good(self) -> bool:
        """Whether Azure counts it as a success."""
        return 200 <= self.status < 400


def ask(where: tuple[str, int], probe: Body) -> Answer:
    """Ask for the page as Azure does: by address, certificates unchecked, redirects not followed."""
    host, port = where
    page = probe["httpGet"]
    timeout = max(_PATIENCE, float(probe.get("timeoutSeconds") or _TIMEOUT))
    connection: http.client.HTTPConnection
    if str(page.get("scheme") or "http").lower() == "https":
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=timeout)
    headers = {str(one["name"]): str(one["value"]) for one in page.get("httpHeaders") or []}
    try:
        connection.request("GET", path_of(probe), headers=headers)
        status = connection.getresponse().status
    except (OSError, ValueError, http.client.HTTPException) as exc:  # ValueError: what no request can hold
        return Answer(0, f"{type(exc).__name__}: {exc}")
    finally:
        connection.close()
    return Answer(status, f"status {status}")


def path_of(probe: Body) -> str:
    """Return the path a probe asks for."""
    path = str((probe.get("httpGet") or {}).get("path") or "/")
    return path if path.startswith("/") else f"/{path}"


class Proofs:
    """What is known of the liveness probes of a group's containers while it is watched."""

    def __init__(self) -> None:
        self._proven: set[str] = set()
        self._first: dict[str, float] = {}
        self.answers: dict[str, Answer] = {}

    def missing(self, group: Body, container: Body, running_since: float, now: float) -> bool:
        """Return whether it is still open if the probe of a running container will succeed.

        :param running_since: when it was first seen to run as it runs now.
        """
        name, probe = container["name"], probe_of(container)
        if not probe or name in self._proven:
            return False
        self._first.setdefault(name, now)
        where = address_of(group, probe)
        answer = ask(where, probe) if where else None
        good = answer is not None and answer.good
        silent = answer is None or not answer.status
        if answer and (
            not silent or name not in self.answers
        ):  # what it has said tells more than that it is silent now
            self.answers[name] = answer
        if good or (silent and now - running_since >= horizon(probe)):
            self._proven.add(name)
        return name not in self._proven

    def refuted(self, container: Body, view: Body, events: list[Body], now: float) -> bool:
        """Return whether the probe of a container has failed for good: Azure killed it, or would have by now."""
        name, probe = container["name"], probe_of(container)
        if not probe or name in self._proven:
            return False
        answered = name in self.answers and self.answers[name].status > 0 and not self.answers[name].good
        late = answered and now - self._first.get(name, now) >= horizon(probe)
        ended = (view.get("previousState") or {}).get("exitCode")
        # One that was killed once and has never said anything may only have been slow to start.
        enough = (view.get("restartCount") or 0) >= (1 if answered else _KILLED_TWICE)
        return late or (enough and ended in ENDED_BY_OTHERS and killed(events))


def failures(events: list[Body]) -> int:
    """Return how often Azure says that a liveness probe has failed."""
    return sum(
        int(one.get("count") or 1)
        for one in events
        if one.get("name") == "Unhealthy" and "readiness" not in str(one.get("message")).lower()
    )


def killed(events: list[Body]) -> bool:
    """Return whether Azure has killed a container because of its liveness probe."""
    said = any(one.get("name") == "Killing" and "liveness" in str(one.get("message")).lower() for one in events)
    return said or failures(events) >= _THRESHOLD
