# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between a container group as it is and as it is wanted, and what each change does to it. Pure; private.

Which changes Azure makes in place: U(https://learn.microsoft.com/azure/container-instances/container-instances-update).
"""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import (
    SECRET_CHANGED,
    SECRET_UNCHANGED,
    Change,
    Impact,
)

_RECREATED_GROUP = frozenset({"os_type", "restart_policy", "subnet_ids", "ip_address"})
_RECREATED_CONTAINER = frozenset({"cpu", "memory"})


def compare(before: t.Mapping[str, t.Any], after: t.Mapping[str, t.Any]) -> list[Change]:
    """Return the changes between two views of a group, see _body.view()."""
    return list(_compare((), before, after))


def secrets(names: t.Iterable[str], already: t.Iterable[Change]) -> list[Change]:
    """Return the changes for secrets that have another value, leaving out those that are new anyway."""
    known = {change.path for change in already}
    return [
        Change(path, SECRET_UNCHANGED, SECRET_CHANGED, Impact.RESTART)
        for path in (_path(name) for name in names)
        if path not in known and not any(path[: len(one)] == one for one in known)
    ]


def _compare(path: tuple[str, ...], before: t.Mapping[str, t.Any], after: t.Mapping[str, t.Any]) -> t.Iterator[Change]:
    for key in sorted({*before, *after}):
        here, old, new = (*path, key), before.get(key), after.get(key)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            yield from _compare(here, old, new)
        else:
            yield Change(here, old, new, _impact(here))


def _impact(path: tuple[str, ...]) -> Impact:
    if path[0] == "tags":
        return Impact.NONE
    if path[0] in _RECREATED_GROUP:
        return Impact.RECREATE
    if path[0] == "containers" and len(path) == 3 and path[2] in _RECREATED_CONTAINER:
        return Impact.RECREATE
    return Impact.RESTART


def _path(name: str) -> tuple[str, ...]:
    """Return where a secret stands in the view; names of servers and files hold dots, so those stand apart."""
    parts = name.split(".")
    return tuple(parts) if parts[0] == "containers" and len(parts) == 4 else ("secrets", name)
