# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What checks of a backend ask for, and the rows of what they have found. Pure; private to this collection."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._container_group import _looping

Facts = t.Mapping[str, t.Any]

_PARTS = {"database": ["database"], "full": ["database", "cache"]}
"""What a backend connects to, by the profile of its stack."""
_HEALTHY = {"status": "healthy"}


def pages(profile: str, version: str = "") -> list[dict[str, t.Any]]:
    """Return the pages a check asks for, each with what it has to answer.

    :param profile: of the stack, V(mvp), V(database), or V(full).
    :param version: what the start page has to report; empty accepts any.
    """
    parts = _PARTS.get(profile, [])
    return [
        {"path": "/", "json": {"version": version} if version else {}, "json_keys": ["version"]},
        {
            "path": "/health",
            "json": {**_HEALTHY, **{part: dict(_HEALTHY) for part in parts}},
            "json_keys": [part for part in _PARTS["full"] if part not in parts],
        },
        {"path": "/ready", "json": {}, "json_keys": []},
    ]


def rows(
    backend: Facts, answers: t.Sequence[Facts], port: int, now: datetime.datetime | None = None
) -> list[dict[str, t.Any]]:
    """Return what was checked of a backend, each with C(name), C(ok) and C(found).

    :param backend: as M(codexdominion.azure.backend_info) has it, with what goes on inside of its containers.
    :param answers: what M(codexdominion.azure.http_check) found of each page.
    """
    found = [_container(backend, port, now or datetime.datetime.now(datetime.UTC))]
    if backend["serving"] and backend["serving"]["colour"]:
        found.append(_traffic(backend))
    for answer in answers:
        found += [_page(answer["item"]["path"], number, check) for number, check in enumerate(answer["checks"])]
    return found


def _container(backend: Facts, port: int, now: datetime.datetime) -> dict[str, t.Any]:
    serving = backend["serving"]
    if not serving:
        return {"name": f"{backend['serving_name']} runs", "ok": False, "found": backend["missing"]}
    found = f"{serving['state']} at http://{backend['host']}:{port}, {serving['restart_count']} restarts"
    loop = _looping.crash_loop(serving["instance_view"], now)
    return {
        "name": f"{serving['name']} runs",
        "ok": serving["state"] == "Running" and not loop,
        "found": f"{found}; {loop}" if loop else found,
    }


def _traffic(backend: Facts) -> dict[str, t.Any]:
    """Return whether one group alone may get traffic: two are what an interrupted run has left."""
    ranked = backend["traffic"]
    return {
        "name": f"{backend['serving']['name']} alone takes the traffic",
        "ok": len(ranked) == 1 and ranked[0]["endpoint_monitor_status"] == "Online",
        "found": ", ".join(f"{one['name']} {one['endpoint_monitor_status']}" for one in ranked),
    }


def _page(path: str, number: int, check: Facts) -> dict[str, t.Any]:
    body = "body " if number and check["check"] != "p95" else ""
    expected = "" if check["ok"] else f" (expected {check['expected']})"
    return {
        "name": f"GET {path} {body}{check['check']}",
        "ok": check["ok"],
        "found": f"{check['found']}{expected}",
    }
