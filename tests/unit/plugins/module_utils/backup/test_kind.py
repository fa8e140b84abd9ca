"""What a backup is on a server."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._backup import _kind


def server(tier: str, storage: str | None = None) -> dict[str, Any]:
    """Return a server as its module shows it."""
    return {"sku": {"name": "some", "tier": tier}, "storage": {"type": storage}}


@pytest.mark.parametrize(
    ("found", "wanted", "kind", "why"),
    [
        (server("Burstable"), "auto", "dump", "codex-db (Burstable) has no on-demand backups"),
        (server("GeneralPurpose"), "auto", "azure", "codex-db (GeneralPurpose) has on-demand backups"),
        (
            server("GeneralPurpose", "PremiumV2_LRS"),
            "auto",
            "dump",
            "codex-db (GeneralPurpose, Premium SSD v2) has no on-demand backups",
        ),
        (server("MemoryOptimized"), "mark", "mark", "database_backup_kind says so"),
        ({}, "azure", "azure", "database_backup_kind says so"),
    ],
)
def test_it_follows_from_the_server(found: dict[str, Any], wanted: str, kind: str, why: str) -> None:
    choice = _kind.choose(found, wanted, "codex-db")
    assert (choice["kind"], choice["words"], choice["why"]) == (kind, _kind.WORDS[kind], why)


def test_of_a_server_that_is_gone_only_dumps_are_left() -> None:
    assert _kind.choose({}, "auto", "codex-db")["kind"] == "dump"
