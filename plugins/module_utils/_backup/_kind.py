# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a backup is on a server, and why. Pure; private to this collection."""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _rules

WORDS = {"azure": "on-demand backup", "dump": "dump", "mark": "restore mark"}
"""How people call the kinds."""

_NO_ON_DEMAND_STORAGE = "PremiumV2_LRS"


class Choice(t.TypedDict):
    """A kind, how people call it, and the reason in words."""

    kind: str
    words: str
    why: str


def choose(server: t.Mapping[str, t.Any], wanted: str, name: str) -> Choice:
    """Return the kind of backup for a server: Azure's own on demand where it can, or else a dump.

    :param server: the server as its module shows it; empty where there is none.
    :param wanted: C(auto), or the kind that the inventory says.
    :param name: what to call the server.
    """
    if wanted != "auto":
        return {"kind": wanted, "words": WORDS[wanted], "why": "database_backup_kind says so"}
    tier = str((server.get("sku") or {}).get("tier") or "")
    storage = (server.get("storage") or {}).get("type")
    if tier not in ("", _rules.BURSTABLE) and storage != _NO_ON_DEMAND_STORAGE:
        return {"kind": "azure", "words": WORDS["azure"], "why": f"{name} ({tier}) has on-demand backups"}
    reason = tier if tier == _rules.BURSTABLE else f"{tier}, Premium SSD v2"
    return {"kind": "dump", "words": WORDS["dump"], "why": f"{name} ({reason}) has no on-demand backups"}
