# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container group as a change would leave it, as far as that is known. Pure; private to this collection."""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Change


def preview(group: dict[str, t.Any], changes: t.Iterable[Change]) -> dict[str, t.Any]:
    """Return a described group with the images and tags that changes bring.

    :param group: as a result describes it; one that is not there yet has no containers.
    """
    after = copy.deepcopy(group)
    containers = {one["name"]: one for one in after.get("containers") or []}
    tags = dict(after.get("tags") or {})
    for change in changes:
        if change.path[0] == "tags":
            _merge(tags, change)
        elif change.path == ("containers",):
            containers = {name: {"name": name, "image": one.get("image")} for name, one in (change.after or {}).items()}
        elif change.path[0] == "containers":
            _change_container(containers, change)
    return {**after, "containers": list(containers.values()), "tags": tags}


def _merge(tags: dict[str, t.Any], change: Change) -> None:
    if len(change.path) == 1:
        tags.update(change.after or {})
    elif change.after is None:
        tags.pop(change.path[1], None)
    else:
        tags[change.path[1]] = change.after


def _change_container(containers: dict[str, dict[str, t.Any]], change: Change) -> None:
    name = change.path[1]
    if len(change.path) == 2 and change.after is None:
        containers.pop(name, None)
    elif len(change.path) == 2:
        containers[name] = {"name": name, "image": change.after.get("image")}
    elif change.path[2] == "image":
        containers[name]["image"] = change.after
