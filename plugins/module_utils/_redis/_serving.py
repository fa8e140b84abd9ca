# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which service is the cache of a stack, why, and whether it can be connected to. Pure; private to this collection.

An Azure Cache for Redis, V(classic), and its successor, V(managed), may bear one name. While keys are copied to the
managed one it bears a tag, from before the first key, and serves nobody yet.
"""

from __future__ import annotations

import typing as t

Cache = t.Mapping[str, t.Any]
"""A cache as M(codexdominion.azure.redis_info) describes it; access keys are not looked at."""

KINDS = {"classic": "Azure Cache for Redis", "managed": "Azure Managed Redis"}
MIGRATION_TAG = "codex-migration"


class Serving(t.TypedDict):
    """The cache of the stack.

    C(why) is for people, and C(is_plain) says whether they need it. C(trouble) and C(lacks) are empty, or a sentence
    that the playbook which mends it completes: a cache whose last change has failed, a cache that shows no key.
    """

    service: str
    kind: str
    why: str
    is_plain: bool
    is_ready: bool
    trouble: str
    lacks: str


def is_copied(classic: Cache | None, managed: Cache | None) -> bool:
    """Return whether keys are still being copied to a managed cache."""
    return classic is not None and (managed or {}).get("tags", {}).get(MIGRATION_TAG) == "copying"


def serving(
    classic: Cache | None, managed: Cache | None, *, in_subscription: int, expected: str, name: str, group: str
) -> Serving:
    """Return which service is the cache of the stack, or is to become it.

    :param in_subscription: how many classic caches there are; whoever has some may make more.
    :param expected: C(auto), or the service that was asked for.
    """
    service, why = _choose(classic, managed, in_subscription, expected)
    cache = {"classic": classic, "managed": managed}[service]
    state = str((cache or {}).get("provisioning_state", ""))
    # One whose change has failed may still serve; one whose creation has failed does not. Azure says the same of both.
    trouble = (
        f"{name} is {state} in Azure, and may serve nobody: what needs it may not come up. Bring it in order:"
        if state.lower().endswith("failed")
        else ""
    )
    return {
        "service": service,
        "kind": KINDS[service],
        "why": why,
        "is_plain": expected != "auto" or (cache is not None and not (classic and managed)),
        "is_ready": state == "Succeeded",
        "trouble": trouble,
        "lacks": _lacks(cache, state, name, group),
    }


def _choose(classic: Cache | None, managed: Cache | None, in_subscription: int, expected: str) -> tuple[str, str]:
    if expected != "auto":
        return expected, "that is what was asked for"
    if is_copied(classic, managed):
        return "classic", "keys are still being copied to its successor"
    if managed is not None:
        replaces = ", and what it replaces is not used any more" if classic is not None else ""
        return "managed", f"it is there{replaces}"
    if classic is not None:
        return "classic", "it is there"
    if in_subscription:
        return "classic", f"there is no cache yet, and this subscription has {in_subscription} such: it may make more"
    return "classic", (
        "there is no cache yet. If Azure makes none any more for this subscription, it will be " + KINDS["managed"]
    )


def _lacks(cache: Cache | None, state: str, name: str, group: str) -> str:
    if cache is None:
        return f"There is no {name} in {group}. Provide it:"
    if state != "Succeeded":
        return (
            f"{name} is {state}, and has no access keys. Run this again when it is Succeeded; if it does not become "
            "that, bring it back to what the inventory says:"
        )
    if not cache.get("access_keys_authentication"):
        return f"{name} takes no access keys, and the backend has nothing else to sign in with. Switch them on:"
    return ""
