# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend: one container group, or one for each colour with a Traffic Manager profile. Pure; private."""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backend._state import (
    COLOURS,
    group_name,
    profile_name,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._container_group._spec import SPEC
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _names
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _subject
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory._subject import Values
from ansible_collections.codexdominion.azure.plugins.module_utils._registry import _images

_RULES: dict[str, _subject.Rule] = {
    "backend_resource_group": _names.resource_group,
    "backend_location": _names.location,
    "backend_image_repository": _images.problem_with_repository,
    "backend_image_tag": _images.problem_with_tag,
    "backend_image_digest": _images.problem_with_digest,
    "backend_identity_name": _names.identity,
    "backend_liveness_path": _names.url_path,
    "backend_readiness_path": _names.url_path,
    "backend_health_path": _names.url_path,
}
_RELEASE_SUFFIX = "-20260101T000000Z-0000000"
_MOST_TTL = 2**31 - 1


def problems(values: Values) -> t.Iterator[str]:
    """Yield what is wrong with the variables of the backend, each alone and all together."""
    yield from _subject.named(values, _RULES)
    yield from _group(values)
    yield from _release(values)
    if values.get("backend_strategy") == "blue_green":
        yield from _blue_green(values)
    else:
        label = values.get("backend_dns_label")
        if label and (problem := _names.dns_label(str(label))):
            yield f"backend_dns_label: {problem}"
    if values.get("backend_ip_address") == "Private":
        yield "backend_ip_address: Private needs a subnet, which this role cannot name; use Public or None"
    if values.get("backend_pull") == "admin" and not _subject.is_true(values.get("registry_admin_user_enabled")):
        yield "backend_pull: admin needs registry_admin_user_enabled: true, or nobody can sign in to pull the image"


def _group(values: Values) -> t.Iterator[str]:
    """Yield what the module that makes the group would refuse: names, sizes, ports."""
    name = str(values.get("backend_name") or "backend")
    where = f"containers.{name}"
    container = {"name": name, "cpu": values.get("backend_cpu"), "memory": values.get("backend_memory")}
    if (port := values.get("backend_port")) is not None:
        container["ports"] = [str(port)]
    variables = {
        "name": "backend_name",
        f"{where}.cpu": "backend_cpu",
        f"{where}.memory": "backend_memory",
        f"{where}.ports": "backend_port",
    }
    for problem in SPEC.problems(SPEC.validate({"resource_group": "rg", "name": name, "containers": [container]})):
        if not problem.startswith(f"{where}.name: "):  # the container's is the group's
            yield _subject.translated(problem, variables)
    label, kind = values.get("backend_dns_label"), values.get("backend_ip_address")
    if label and kind == "None":
        yield f"backend_dns_label: needs a public address, but backend_ip_address is {kind}"


def _release(values: Values) -> t.Iterator[str]:
    prefix = values.get("backend_release_prefix")
    if prefix and (problem := _images.problem_with_tag(f"{prefix}{_RELEASE_SUFFIX}")):
        yield f"backend_release_prefix: the tag of a release, {problem}"


def _blue_green(values: Values) -> t.Iterator[str]:
    """Yield what cannot work with two groups and a Traffic Manager profile between them."""
    name = values.get("backend_name")
    label_of = "backend_dns_label" if values.get("backend_dns_label") else "backend_name"
    label = values.get(label_of)
    if name and not _names.container(str(name)):
        if wrong := _first(_names.container(group_name(str(name), colour)) for colour in COLOURS[::-1]):
            yield f"backend_name: the name of the second group, {wrong}"
        elif wrong := _names.traffic_profile(profile_name(str(name))):
            yield f"backend_name: the name of the Traffic Manager profile, {wrong}"
    if label and (wrong := _first(_names.dns_label(f"{label}-{colour}") for colour in COLOURS[::-1])):
        yield f"{label_of}: the label of the second group, {wrong}"
    traffic = values.get("backend_traffic_name")
    if traffic is not None and (wrong := _names.traffic_label(str(traffic))):
        yield f"backend_traffic_name: {wrong}"
    if values.get("backend_ip_address") not in (None, "Public"):
        yield "backend_ip_address: backend_strategy blue_green needs Public, since Traffic Manager reaches nothing else"
    if values.get("backend_readiness_path") == "":
        yield "backend_readiness_path: backend_strategy blue_green needs it, since it decides who gets traffic"
    if values.get("backend_wait") is not None and not _subject.is_true(values["backend_wait"]):
        yield "backend_wait: backend_strategy blue_green needs true"
    ttl, drain = values.get("backend_traffic_ttl"), values.get("backend_drain_seconds")
    if ttl is not None and int(ttl) > _MOST_TTL:
        yield f"backend_traffic_ttl: {ttl} is more than {_MOST_TTL}"
    if ttl is not None and drain is not None and int(drain) < int(ttl):
        yield (
            f"backend_drain_seconds: {drain} is less than backend_traffic_ttl ({ttl}), for which clients keep the old "
            "address"
        )


def _first(found: t.Iterable[str | None]) -> str | None:
    """Return the first problem there is."""
    return next((one for one in found if one), None)
