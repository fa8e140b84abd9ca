"""Which of the resources that Azure lists belong to what a run removes."""

from __future__ import annotations

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._resource_group import _is_of


@pytest.mark.parametrize(
    ("kind", "name", "removed", "belongs"),
    [
        ("Microsoft.Cache/redis", "codex", "Microsoft.Cache/redis/codex", True),
        ("Microsoft.Cache/Redis", "Codex", "Microsoft.Cache/redis/codex", True),
        ("Microsoft.Cache/redisEnterprise/databases", "codex/default", "Microsoft.Cache/redisEnterprise/codex", True),
        ("Microsoft.Cache/redisEnterprise", "codex", "Microsoft.Cache/redis/codex", False),
        ("Microsoft.Cache/redis", "codex-2", "Microsoft.Cache/redis/codex", False),
        ("Microsoft.Cache/redis", "code", "Microsoft.Cache/redis/codex", False),
        ("Microsoft.Cache/redisEnterprise/databases", "other/codex", "Microsoft.Cache/redisEnterprise/codex", False),
        ("Microsoft.DBforPostgreSQL/flexibleServers", "codex", "Microsoft.Cache/redis/codex", False),
    ],
)
def test_a_resource_belongs_by_type_and_name(kind: str, name: str, removed: str, belongs: bool) -> None:
    assert _is_of({"type": kind, "name": name}, removed) is belongs
