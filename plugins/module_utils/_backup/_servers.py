# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server that something is restored into: which it may be, and what Azure does not copy. Pure; private."""

from __future__ import annotations

import datetime
import math
import re
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backup._restore_point import DUMP

OWN, EXISTING, NEW = "own", "existing", "new"

SCRATCH_TAG = "codex-scratch"
"""Whose proof a server was made for."""
RESTORING_TAG = "codex-restoring"
"""What is being restored into a server, until that is finished."""

Server = t.Mapping[str, t.Any]
"""A server as the modules show it."""


class Target(t.TypedDict):
    """Where something goes, and why it must not; C(problem) is empty if it may."""

    way: str
    problem: str


class Settings(t.TypedDict):
    """What a server is made with, and what is set on it, since Azure does not copy it.

    :ivar high_availability: empty: none is asked for.
    """

    location: str
    version: str
    sku: str
    storage_gb: int
    high_availability: str
    configurations: dict[str, str]
    firewall_rules: list[dict[str, t.Any]]


def choose(
    point: t.Mapping[str, t.Any],
    *,
    target: str,
    own: str,
    restoring: str,
    found: Server | None,
    database: str = "",
    switch: bool = False,
) -> Target:
    """Return whether something is restored into the stack's own server, into another that is there, or a new one.

    A server that is there already counts as new only if an interrupted run of this very restore has made it.

    :param point: what is restored, with its C(kind).
    :param target: the name of the server to restore into; C(own) is the name of the stack's own.
    :param restoring: what the tag of a server says that this restore makes.
    :param database: the one to restore into, if it is not the stack's own.
    :param switch: whether the backend is to have what is restored.
    :param found: the server C(target), if it is another one and is there.
    """
    if target == own:
        way = OWN
        problem = (
            "Azure restores a point in time into a new server only: leave database_backup_restore_server out, or name"
            " one that does not exist."
        )
    elif not found or _tag(found, RESTORING_TAG) == restoring:
        way, problem = NEW, ""
    else:
        way = EXISTING
        problem = (
            f"There is a PostgreSQL server {target} already, and Azure restores a point in time into a new one only."
            " Name another with -e database_backup_restore_server=NAME, or leave it out."
        )
    if database and point["kind"] != DUMP:
        problem = (
            "Azure restores a point in time as a whole server: leave database_backup_restore_database out, and take the"
            " rows from the new server."
        )
    elif database and way == NEW:
        problem = (
            f"There is no PostgreSQL server {target}, and a new one gets the stack's own database: leave"
            " database_backup_restore_database out, or name a server that is there."
        )
    elif database and switch:
        problem = (
            "The backend has the database of its stack: leave switch_backend out, or database_backup_restore_database."
        )
    elif point["kind"] == DUMP:
        problem = ""
    return {"way": way, "problem": problem}


def scratch(servers: t.Iterable[Server], *, base: str, stack: str) -> list[str]:
    """Return the names of the servers that were made for a proof of this stack: by name and tag, a name alone says
    nothing about who has made it.

    :param base: what the names of such servers begin with, up to the time.
    """
    name = re.compile(rf"{re.escape(base)}-[0-9]{{8}}t[0-9]{{6}}z")
    return [str(one["name"]) for one in servers if name.fullmatch(one["name"]) and _tag(one, SCRATCH_TAG) == stack]


class Left(t.TypedDict):
    """A server that a restore or a proof has made and not finished with.

    :ivar check: a row for a table of checks.
    :ivar message: what it is, what it does, and what becomes of it by which command.
    """

    check: dict[str, t.Any]
    message: str


def left_over(
    servers: t.Iterable[Server], *, stack: str, host: str, group: str, now: float, running_timeout: int
) -> list[Left]:
    """Return the servers that a run about this stack has made and not finished: they cost, and nobody uses them.

    :param host: the inventory's host of the stack, which runs are limited to.
    :param group: the resource group.
    :param now: seconds since 1970.
    :param running_timeout: for how long, in seconds, a run that has made one may still be at it.
    """
    return [
        left
        for one in servers
        if (left := _left(one, stack=stack, host=host, group=group, young=_age(one, now) <= running_timeout))
    ]


def _left(server: Server, *, stack: str, host: str, group: str, young: bool) -> Left | None:
    name = str(server["name"])
    owner, _space, point = _tag(server, RESTORING_TAG).partition(" ")
    if owner == stack and point:
        what = f"a restore of {point}"
        goes_on = (
            f"Go on with it: ansible-playbook playbooks/restore_database.yml --limit {host} -e restore={point}"
            f" -e database_backup_restore_server={name}; or remove it"
        )
    elif _tag(server, SCRATCH_TAG) == stack:
        what = "a proof by restore"
        goes_on = f"The next ansible-playbook playbooks/drill_restore.yml --limit {host} removes it; or remove it"
    else:
        return None
    found = f"made for {what}" + (", may still be at work" if young else ", not finished")
    return {
        "check": {"name": f"server {name}", "ok": young, "found": f"{found} (expected none left over)"},
        "message": (
            f"{stack}: PostgreSQL server {name} was made for {what}, which "
            f"{'has not finished yet' if young else 'did not finish'}, and costs until it is removed. {goes_on}"
            f" (not while that runs): az postgres flexible-server delete --resource-group {group} --name {name}"
        ),
    }


def _age(server: Server, now: float) -> float:
    """Return how old a server is by the time in its name, in seconds; for ever without one."""
    if not (found := re.search(r"-([0-9]{8}t[0-9]{6}z)$", str(server["name"]))):
        return math.inf
    try:
        made = datetime.datetime.strptime(found[1], "%Y%m%dt%H%M%Sz").replace(tzinfo=datetime.UTC)
    except ValueError:
        return math.inf
    return now - made.timestamp()


def settings(
    source: Server, defaults: t.Mapping[str, t.Any], *, named_rules: t.Iterable[str], scratch: bool
) -> Settings:
    """Return what a restored server is to have: as it is on the source, or as the inventory says where that is gone.

    :param source: empty if it is gone.
    :param defaults: what the inventory says of C(location), C(version), C(sku), C(storage_gb), C(high_availability).
    :param named_rules: the names of firewall rules that the inventory sets itself.
    :param scratch: whether it is removed again, and needs no standby.
    """
    sku = str((source.get("sku") or {}).get("name") or defaults["sku"])
    # The tier Burstable has no standby, so a restore from there does without rather than fail.
    standby = "" if scratch or sku.startswith("Standard_B") else str(defaults["high_availability"] or "")
    names = set(named_rules)
    return {
        "location": str(source.get("location") or defaults["location"]),
        "version": str(source.get("version") or defaults["version"]),
        "sku": sku,
        "storage_gb": int((source.get("storage") or {}).get("storage_size_gb") or defaults["storage_gb"]),
        "high_availability": standby,
        "configurations": {
            one["name"]: one["value"] for one in source.get("configurations") or [] if not one.get("is_read_only")
        },
        # Whether Azure's own services may connect is for the inventory to say, whatever the rule for them is called.
        "firewall_rules": [
            dict(one)
            for one in source.get("firewall_rules") or []
            if one["end_ip_address"] != "0.0.0.0" and one["name"] not in names
        ],
    }


def _tag(server: Server, name: str) -> str:
    return str((server.get("tags") or {}).get(name) or "")
