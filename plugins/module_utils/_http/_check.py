# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking an HTTP service and judging its answers. Standard library only; private to this collection."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
import typing as t
import urllib.parse

from ansible.module_utils.common.parameters import env_fallback

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _checks
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params

_PAUSE = 0.25
_FIRST_BYTES = 200


def _url(value: str) -> str | None:
    parts = urllib.parse.urlsplit(value)
    return None if parts.scheme in ("http", "https") and parts.hostname else f"{value!r} is not an http or https URL"


def _numbers(params: Params) -> t.Iterator[str]:
    if params["requests"] < 1:
        yield f"requests: {params['requests']} is less than 1"
    for option in ("p50", "p95", "request_timeout"):
        if params[option] is not None and params[option] <= 0:
            yield f"{option}: {params[option]:g} is not positive"
    if params["duration"] < 0:
        yield f"duration: {params['duration']} is negative"


SPEC = ArgumentSpec(
    options={
        "url": {"type": "str", "required": True},
        "status": {"type": "int", "default": 200},
        "json": {"type": "dict"},
        "json_keys": {"type": "list", "elements": "str", "default": [], "no_log": False},
        "requests": {"type": "int", "default": 1},
        "p50": {"type": "float"},
        "p95": {"type": "float"},
        **_checks.TARGETS,
        "wait_timeout": {"type": "int", "default": 0},
        "duration": {"type": "int", "default": 0},
        "request_timeout": {"type": "float", "default": 10},
        "ca_path": {"type": "path", "fallback": (env_fallback, ["REQUESTS_CA_BUNDLE"])},
        "hide": {"type": "list", "elements": "str", "default": [], "no_log": True},
        "fail": {"type": "bool", "default": True},
    },
    rules={"url": _url},
    checks=(_numbers,),
)


class _Answers(t.NamedTuple):
    statuses: list[int]
    milliseconds: list[float]
    body: bytes


def check(ctx: Context) -> dict[str, t.Any]:
    """Ask and judge.

    :returns: C(ok), C(checks), C(latency) and C(json).
    :raises OperationsError: when an expectation is not met and C(fail) is set.
    """
    params = ctx.params
    trouble: Exception | None = None
    try:
        answers = _ask(ctx)
        checks = _judge(params, answers)
    except (OSError, http.client.HTTPException) as exc:
        answers, trouble = None, exc
        checks = [_checks.row("answer", "yes", f"{type(exc).__name__}: {exc}", ok=False)]
    ok = all(one["ok"] for one in checks)
    result = {"changed": False, "ok": ok, "checks": checks}
    if answers:
        result["latency"] = _checks.latency(answers.milliseconds)
        if (body := _parse(answers.body)) is not None:
            result["json"] = body
    if not ok and params["fail"]:
        raise _error(params, checks, answers, trouble)
    return result


def _ask(ctx: Context) -> _Answers:
    params = ctx.params
    deadline = time.monotonic() + params["wait_timeout"]
    while True:
        try:
            answers = _series(params, 1)
            if answers.statuses == [params["status"]]:
                break
            state = f"status {answers.statuses[0]}"
        except (OSError, http.client.HTTPException) as exc:
            if time.monotonic() + _PAUSE > deadline:
                raise
            state = str(exc)
        if time.monotonic() + _PAUSE > deadline:
            break
        ctx.report(f"{params['url']}: {state}, waiting for status {params['status']}")
        time.sleep(_PAUSE)
    if params["duration"] and answers.statuses == [params["status"]]:
        return _watch(ctx)
    return answers if params["requests"] == 1 else _series(params, params["requests"])


def _watch(ctx: Context) -> _Answers:
    """Ask again and again, over a new connection each time as new clients do, until the first wrong answer."""
    params = ctx.params
    answers = _Answers([], [], b"")
    end = time.monotonic() + params["duration"]
    while (left := end - time.monotonic()) > 0:
        one = _series(params, 1)
        answers = _Answers([*answers.statuses, *one.statuses], [*answers.milliseconds, *one.milliseconds], one.body)
        if one.statuses != [params["status"]]:
            break
        ctx.report(f"{params['url']}: as expected, watching for another {left:.0f} s")
        time.sleep(min(_PAUSE, left))
    return answers


def _series(params: Params, number: int) -> _Answers:
    """Send requests over one connection, as a client that keeps its connection would."""
    parts = urllib.parse.urlsplit(params["url"])
    timeout = params["request_timeout"]
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context(cafile=params["ca_path"])
        connection = http.client.HTTPSConnection(parts.netloc, timeout=timeout, context=context)
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=timeout)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    answers = _Answers([], [], b"")
    try:
        for _number in range(number):
            began = time.perf_counter()
            connection.request("GET", path, headers={"Accept": "application/json"})
            response = connection.getresponse()
            body = response.read()
            answers.milliseconds.append((time.perf_counter() - began) * 1000)
            answers.statuses.append(response.status)
            answers = answers._replace(body=body)
    finally:
        connection.close()
    return answers


def _judge(params: Params, answers: _Answers) -> list[dict[str, t.Any]]:
    wrong = [status for status in answers.statuses if status != params["status"]]
    found = str(params["status"]) if not wrong else f"{wrong[0]} ({len(wrong)} of {len(answers.statuses)})"
    rows = [_checks.row("status", str(params["status"]), found, ok=not wrong)]
    body = _parse(answers.body)
    if params["json"] or params["json_keys"]:
        content = body if isinstance(body, dict) else {}
        for key, value in (params["json"] or {}).items():
            rows.append(
                _checks.row(key, str(value), str(content.get(key, "(missing)")), ok=_holds(content.get(key), value))
            )
        for key in params["json_keys"]:
            rows.append(_checks.row(key, "(any)", str(content.get(key, "(missing)")), ok=key in content))
    latency = _checks.latency(answers.milliseconds)
    for name in ("p50", "p95"):
        if params[name] is not None:
            rows.append(_checks.at_most(name, params[name], latency[name], params["targets"]))
    return rows


def _holds(found: t.Any, wanted: t.Any) -> bool:
    """Return whether what was found is what is wanted; a dictionary may hold more than that."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        return all(key in found and _holds(found[key], value) for key, value in wanted.items())
    return bool(found == wanted)


def _parse(body: bytes) -> t.Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _error(
    params: Params, checks: list[dict[str, t.Any]], answers: _Answers | None, trouble: Exception | None
) -> OperationsError:
    broken = [one for one in checks if not one["ok"]]
    wanted = "; ".join(f"{_name(one)} {one['expected']}" for one in broken)
    within = f" within {params['wait_timeout']} s" if params["wait_timeout"] else ""
    details: dict[str, t.Any] = {
        "checks": checks,
        "expected": f"{params['url']}: {wanted}{within}",
        "answered": broken[0]["found"],
    }
    if answers:
        details["body"] = answers.body[:500].decode(errors="replace")
        head = answers.body[:_FIRST_BYTES].decode(errors="replace")
        details["answered"] = f"status {answers.statuses[-1]} after {answers.milliseconds[-1]:.0f} ms: {head}"
    remedy = _remedy(params["url"], answers, trouble)
    return OperationsError(
        f"{params['url']}: {_checks.summary(checks)}", code="CheckFailed", remedy=remedy, details=details
    )


def _name(row: dict[str, t.Any]) -> str:
    return "an answer:" if row["check"] == "answer" else str(row["check"])


def _remedy(url: str, answers: _Answers | None, trouble: Exception | None) -> str:
    parts = urllib.parse.urlsplit(url)
    if isinstance(trouble, ConnectionRefusedError):
        return f"Nothing listens on port {parts.port or parts.scheme}: check which port the service listens on."
    if isinstance(trouble, socket.gaierror):
        return f"The name {parts.hostname} does not resolve: check it, or wait until DNS has it."
    if isinstance(trouble, TimeoutError):
        return "The service takes the connection or the request and does not answer: look at its load and its log."
    if answers and answers.statuses[-1] == http.HTTPStatus.NOT_FOUND:
        return "The service has no such page: check the path."
    if answers and answers.statuses[-1] >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
        return "The service itself reports an error: see its log."
    return ""
