# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What operators read about an image that was built. Pure; private to this collection."""

from __future__ import annotations

import typing as t

Facts = t.Mapping[str, t.Any]


def summary(built: Facts, host: str, *, check: bool = False) -> str:
    """Return what the registry has now, where it comes from, and how to deploy it.

    :param built: the result of M(codexdominion.azure.container_image_build).
    :param host: of the inventory, which commands are limited to.
    :param check: whether it was a rehearsal.
    """
    image = built["image"]
    name = f"{image['registry']}/{image['repository']}"
    did = "would be built and pushed" if check else "was built and pushed"
    if not built["built"]:
        did = "is in the registry already, nothing built (to build it again: -e registry_build_always=true)"
    source = f"commit {built['commit']}" if built["commit"] else "a directory in no git repository"
    digest = image["digest"] or "not known before: a check builds nothing"
    lines = [
        f"{name}:{image['tag']} {did}",
        f"  source  {source}{', with changes that are in no commit' if built['dirty'] else ''}",
        f"  tags    {', '.join(built['tags'])}",
        f"  digest  {digest}",
    ]
    if image["digest"]:
        digest = f"-e backend_image_digest={image['digest']}"
        lines.append(f"  deploy  ansible-playbook playbooks/redeploy_backend.yml --limit {host} {digest}")
    return "\n".join(lines)
