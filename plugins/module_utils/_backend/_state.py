# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who serves as the backend of a stack, and what else of it there is. Pure; private to this collection.

A backend is one container group named after it, or, with blue and green, one for each colour, of which one serves: of
the endpoints of the Traffic Manager profile that may get traffic and have a group, the one ranked first.
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t

Facts = dict[str, t.Any]

BLUE_GREEN = "blue_green"
STRATEGIES = ("in_place", "recreate", BLUE_GREEN)
COLOURS = ("blue", "green")

_GROUP = "Microsoft.ContainerInstance/containerGroups"
_PROFILE = "Microsoft.Network/trafficManagerProfiles"


def profile_name(name: str) -> str:
    """Return the name of the Traffic Manager profile of a backend."""
    return f"{name}-traffic"


def group_name(name: str, colour: str) -> str:
    """Return the name of the container group of a colour; of none, that of the only group."""
    return f"{name}-{colour}" if colour else name


def digest_of(image: str) -> str:
    """Return the digest of an image that is named by it; another one's name as it is."""
    return image.rpartition("@")[2]


def host_of(group: Facts | None) -> str:
    """Return where a container group is reached: its host name, or its address; empty where it has none."""
    address = (group or {}).get("ip_address") or {}
    return str(address.get("fqdn") or address.get("ip") or "")


def image_of(group: Facts | None) -> str:
    """Return the image a container group runs."""
    containers = (group or {}).get("containers") or []
    return str(containers[0].get("image") or "") if containers else ""


@dataclasses.dataclass(frozen=True)
class Backend:
    """A backend as Azure has it.

    :param groups: all container groups of its resource group, as M(codexdominion.azure.container_group_info) has them.
    :param profile: its Traffic Manager profile, as M(codexdominion.azure.traffic_manager_profile_info) has it.
    """

    name: str
    groups: t.Sequence[Facts] = ()
    profile: Facts | None = None

    @functools.cached_property
    def colour_names(self) -> list[str]:
        """The names of the groups of colours there are."""
        wanted = {group_name(self.name, colour) for colour in COLOURS}
        return [one["name"] for one in self.groups if one["name"] in wanted]

    @functools.cached_property
    def group_names(self) -> list[str]:
        """The names of all groups of the backend there are."""
        return [one["name"] for one in self.groups if one["name"] == self.name or one["name"] in self.colour_names]

    @functools.cached_property
    def ranked(self) -> list[Facts]:
        """The endpoints that may get traffic, the first one first."""
        endpoints = (self.profile or {}).get("endpoints") or []
        return sorted(
            (one for one in endpoints if one["endpoint_status"] == "Enabled"), key=lambda one: one["priority"]
        )

    @functools.cached_property
    def colour(self) -> str:
        """The colour that serves; empty where none does."""
        there = [one["name"] for one in self.ranked if group_name(self.name, one["name"]) in self.colour_names]
        return there[0] if there else ""

    @property
    def next_colour(self) -> str:
        """The colour that a change goes to."""
        return "green" if self.colour == "blue" else "blue"

    @property
    def serving_name(self) -> str:
        """The name of the group that serves, or would."""
        return group_name(self.name, self.colour)

    @functools.cached_property
    def serving(self) -> Facts | None:
        """The group that serves."""
        return next((one for one in self.groups if one["name"] == self.serving_name), None)

    @property
    def serves(self) -> bool:
        """Whether anything does, so that there is something to go back to."""
        return bool(self.colour) or self.name in self.group_names

    @property
    def host(self) -> str:
        """Where clients reach it."""
        if self.colour:
            return str(((self.profile or {}).get("dns_config") or {}).get("fqdn") or "")
        return host_of(self.serving)

    @property
    def serving_endpoints(self) -> list[Facts]:
        """The endpoint that serves, alone, as an option of M(codexdominion.azure.traffic_manager_profile)."""
        target = next((one["target"] for one in self.ranked if one["name"] == self.colour), "")
        return [{"name": self.colour, "target": target, "priority": 1}] if self.colour else []

    @property
    def other_endpoints(self) -> list[Facts]:
        """What else the profile has, with its traffic taken away."""
        return [retired(one) for one in (self.profile or {}).get("endpoints") or [] if one["name"] != self.colour]

    def has_profile(self, strategy: str) -> bool:
        """Return whether it has, or by its strategy should have, a Traffic Manager profile."""
        return strategy == BLUE_GREEN or bool(self.colour_names)

    def is_of_another(self, strategy: str) -> bool:
        """Return whether what runs was made by another strategy, so that its address will be another one."""
        return self.name in self.group_names if strategy == BLUE_GREEN else bool(self.colour_names)

    def resources(self, strategy: str) -> list[str]:
        """Return what it may consist of, as type and name."""
        groups = [group_name(self.name, colour) for colour in ("", *COLOURS)]
        profiles = [profile_name(self.name)] if self.has_profile(strategy) else []
        return [f"{_GROUP}/{one}" for one in groups] + [f"{_PROFILE}/{one}" for one in profiles]

    @property
    def deployed_digests(self) -> list[str]:
        """Everything that any container group of the resource group runs, by digest."""
        images = [str(one["image"]) for group in self.groups for one in group.get("containers") or []]
        return list(dict.fromkeys(digest_of(image) for image in images))


def retired(endpoint: Facts) -> Facts:
    """Return an endpoint that gets no traffic any more."""
    return {"name": endpoint["name"], "target": endpoint["target"], "enabled": False, "priority": 2}


def switch_of_strategy(backend: Backend, strategy: str, drain_seconds: int) -> str:
    """Return what it means that what runs was made by another strategy; empty where it was not."""
    if not backend.is_of_another(strategy):
        return ""
    blue_green = strategy == BLUE_GREEN
    address = "that of a Traffic Manager profile" if blue_green else "that of its container group"
    removed = [backend.name] if blue_green else [*backend.group_names, profile_name(backend.name)]
    return (
        f"{backend.name} runs by another strategy than {strategy}, and gets another address: {address}. What it has now"
        f" answers until the new one is in service and another {drain_seconds} s have passed, and is removed then:"
        f" {', '.join(removed)}. Impact: recreate."
    )


def missing(backend: Backend, resource_group: str, stack: str, host: str) -> str:
    """Return why there is nothing to look at or to change, and what brings it; empty where something serves."""
    if backend.serving is not None:
        return ""
    idle = " or ".join(backend.colour_names)
    nobody = f", and {profile_name(backend.name)} sends nobody to {idle}" if idle else ""
    return (
        f"The stack {stack} has no container group {backend.name} in the resource group {resource_group}{nobody}:"
        f" ansible-playbook playbooks/setup_stack.yml --limit {host}"
    )
