# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a migration from a classic to a managed cache does, and what stands against it. Pure; private."""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._redis._serving import KINDS, Cache, is_copied


class Migration(t.TypedDict):
    """What there is to do: C(problem) is empty where nothing stands against it."""

    migrates: bool
    copies: bool
    problem: str
    text: str


def plan(
    classic: Cache | None, managed: Cache | None, *, expected: str, sku: str, name: str, group: str, host: str
) -> Migration:
    """Return the plan.

    :param expected: C(auto), or the service that the inventory asks for.
    :param sku: the size of a managed cache that is not there yet.
    :param host: the inventory's host, which the next run is limited to.
    """
    # Whether keys are still to be copied is decided here and once: the tag changes on the way.
    copies = classic is not None and (managed is None or is_copied(classic, managed))
    problem = _problem(classic, managed, expected, name, group, host)
    return {
        "migrates": classic is not None and not problem,
        "copies": copies and not problem,
        "problem": problem,
        "text": _text(classic, managed, copies, sku, name),
    }


def _problem(classic: Cache | None, managed: Cache | None, expected: str, name: str, group: str, host: str) -> str:
    if expected == "classic":
        return "The inventory says redis_service: classic. Say auto or managed, then run this again."
    if classic is None and managed is None:
        return (
            f"There is no {KINDS['classic']} named {name} in {group}. Correct redis_name or redis_resource_group; a "
            "stack without a cache gets one with: ansible-playbook playbooks/provision_cache.yml --limit " + host
        )
    return ""


def _text(classic: Cache | None, managed: Cache | None, copies: bool, sku: str, name: str) -> str:
    if classic is None:
        return f"{name} is an {KINDS['managed']} already, and there is no other. Nothing to migrate."
    before = f"{name}, {KINDS['classic']} {classic['sku']}"
    after = f"{KINDS['managed']} {managed['sku'] if managed else sku}"
    if not copies:
        return f"{before}, was replaced by {after}. Its keys are not copied again."
    does = "The keys are copied, the backend is restarted once, the old cache stays."
    return f"{before}, is to be replaced by {after}. {does}"
