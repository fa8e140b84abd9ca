"""The variables of the other parts of a stack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _image_build, _parts
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory._subject import Values

Rules = Callable[[Values], Iterator[str]]
RULE = {"name": "operator", "start_address": "192.0.2.1"}

DATABASE: dict[str, Any] = {
    "database_server_name": "codex-db",
    "database_resource_group": "codex-rg",
    "database_location": "eastus",
    "database_version": 16,
    "database_sku": "Standard_B1ms",
    "database_storage_gb": 32,
    "database_backup_retention_days": 7,
    "database_high_availability": "Disabled",
    "database_maintenance_window": {},
    "database_administrator": "codexadmin",
    "database_password": "",
    "database_name": "codex",
    "database_migrations": None,
    "database_migrations_table": "schema_migrations",
    "database_migrations_baseline": "",
    "database_backend_logins": ["codex_a", "codex_b"],
    "database_further_names": [],
    "database_firewall_rules": [RULE],
    "database_timeout": 3600,
}
REDIS: dict[str, Any] = {
    "redis_name": "codex-redis",
    "redis_resource_group": "codex-rg",
    "redis_location": "eastus",
    "redis_service": "auto",
    "redis_sku": "Standard",
    "redis_capacity": 0,
    "redis_configuration": {"maxmemory-policy": "allkeys-lru", "maxmemory-reserved": 50},
    "redis_firewall_rules": [],
    "redis_patch_schedule": [],
    "redis_managed_sku": "Balanced_B0",
    "redis_high_availability": True,
    "redis_timeout": 3600,
}
REGISTRY: dict[str, Any] = {
    "registry_name": "codexdominionacr",
    "registry_timeout": 600,
    "registry_build": "engine",
    "registry_build_context": "/source",
    "registry_build_dockerfile": "docker/Dockerfile",
    "registry_build_platform": "linux/arm64",
    "registry_build_repository": "codex-backend",
    "registry_build_tag": "",
    "registry_build_more_tags": ["latest", "stable"],
}
STACK: dict[str, Any] = {"stack_location": "eastus", "stack_resource_group": "codex-rg", "stack_timeout": 1800}

WRONG: list[tuple[Rules, dict[str, Any], dict[str, Any], str]] = [
    (_parts.stack, STACK, {"stack_location": "east/us"}, "stack_location: "),
    (_parts.stack, STACK, {"stack_resource_group": "ends."}, "stack_resource_group: "),
    (_parts.registry, REGISTRY, {"registry_name": "with-hyphen"}, "registry_name: "),
    (_parts.registry, REGISTRY, {"registry_build_context": ""}, "registry_build: engine needs the directory"),
    (_parts.registry, REGISTRY, {"registry_build_dockerfile": ""}, "registry_build_dockerfile: it has to be a path"),
    (_parts.registry, REGISTRY, {"registry_build_dockerfile": "/Dockerfile"}, "registry_build_dockerfile: it has to"),
    (_parts.registry, REGISTRY, {"registry_build_platform": "linux"}, "registry_build_platform: "),
    (_parts.registry, REGISTRY, {"registry_build_repository": "Upper"}, "registry_build_repository: 'Upper'"),
    (_parts.registry, REGISTRY, {"registry_build_tag": "-a"}, "registry_build_tag: '-a' is not valid"),
    (_parts.registry, REGISTRY, {"registry_build_more_tags": ["a", "b c"]}, "registry_build_more_tags[2]: 'b c'"),
    (_parts.database, DATABASE, {"database_server_name": "Upper"}, "database_server_name: 'Upper' is not valid"),
    (_parts.database, DATABASE, {"database_version": "16.3"}, "database_version: '16.3' is not a major version"),
    (_parts.database, DATABASE, {"database_sku": "Basic"}, "database_sku: 'Basic' is not a compute size"),
    (_parts.database, DATABASE, {"database_storage_gb": 100}, "database_storage_gb: 100 is not one of"),
    (_parts.database, DATABASE, {"database_backup_retention_days": 36}, "database_backup_retention_days: 36 is not"),
    (
        _parts.database,
        DATABASE,
        {"database_high_availability": "SameZone"},
        "database_high_availability: Standard_B1ms",
    ),
    (_parts.database, DATABASE, {"database_administrator": "admin"}, "database_administrator: 'admin' is reserved"),
    (_parts.database, DATABASE, {"database_password": "Hunter2"}, "database_password: 7 characters"),
    (_parts.database, DATABASE, {"database_password": "xcodexadmin-99X"}, "database_password: it holds 3 or more"),
    (_parts.database, DATABASE, {"database_maintenance_window": {"start_hour": 24}}, "database_maintenance_window."),
    (_parts.database, DATABASE, {"database_name": "a b"}, "database_name: "),
    (
        _parts.database,
        DATABASE,
        {"database_further_names": ["reports", "codex"]},
        "database_further_names: codex is named twice",
    ),
    (
        _parts.database,
        DATABASE,
        {"database_further_names": ["reports", "a/b"]},
        "database_further_names: 'a/b'",
    ),
    (
        _parts.database,
        DATABASE,
        {"database_backend_logins": ["a", "a"]},
        "database_backend_logins: there have to be two",
    ),
    (
        _parts.database,
        DATABASE,
        {"database_backend_logins": ["a", "b" * 64]},
        f"database_backend_logins: '{'b' * 64}' is not valid",
    ),
    (_parts.database, DATABASE, {"database_migrations_table": "Ops"}, "database_migrations_table: 'Ops' is not valid"),
    (
        _parts.database,
        DATABASE,
        {"database_migrations_baseline": 3},
        "database_migrations_baseline: '3' is no name of a migration",
    ),
    (
        _parts.database,
        DATABASE,
        {"database_migrations": "", "database_migrations_baseline": "0003_replays.sql"},
        "database_migrations_baseline: there are no migrations",
    ),
    (_parts.database, DATABASE, {"database_firewall_rules": [RULE, RULE]}, "operator is named twice"),
    (
        _parts.database,
        DATABASE,
        {"database_firewall_rules": [RULE | {"start_address": "localhost"}]},
        "database_firewall_rules[1].start_address: 'localhost' is not an IPv4 address",
    ),
    (
        _parts.database,
        DATABASE,
        {"database_firewall_rules": [{"name": "a", "start_address": "0.0.0.0", "end_address": "255.255.255.255"}]},
        "database_firewall_rules[1].end_address: 0.0.0.0 to 255.255.255.255 is at least half",
    ),
    (_parts.redis, REDIS, {"redis_name": "a--b"}, "redis_name: 'a--b' is not valid"),
    (_parts.redis, REDIS, {"redis_capacity": 9}, "redis_capacity: there is no Standard C9"),
    (_parts.redis, REDIS, {"redis_configuration": {"maxclients": 5}}, "redis_configuration.maxclients: "),
    (_parts.redis, REDIS, {"redis_configuration": {"a": None}}, "redis_configuration.a: has no value"),
    (_parts.redis, REDIS, {"redis_firewall_rules": [RULE | {"name": "a-b"}]}, "redis_firewall_rules.name: 'a-b'"),
    (_parts.redis, REDIS, {"redis_managed_sku": "Huge"}, "redis_managed_sku: 'Huge' is not a size"),
    (_parts.redis, REDIS, {"redis_service": "managed", "redis_name": "x" * 61}, "redis_name: "),
]


@pytest.mark.parametrize(
    ("rules", "good"),
    [(_parts.stack, STACK), (_parts.registry, REGISTRY), (_parts.database, DATABASE), (_parts.redis, REDIS)],
)
def test_a_good_part_has_no_problem(rules: Rules, good: dict[str, Any]) -> None:
    assert list(rules(good)) == []
    for name in good:
        assert list(rules({**good, name: None})) == [], name
    assert list(rules(dict.fromkeys(good))) == []


@pytest.mark.parametrize(("rules", "good", "change", "wrong"), WRONG)
def test_what_azure_would_refuse_is_refused(
    rules: Rules, good: dict[str, Any], change: dict[str, Any], wrong: str
) -> None:
    found = list(rules(good | change))
    assert len(found) == 1, found
    assert wrong in found[0]
    assert found[0].split(":")[0].split(".")[0].split("[")[0] in good


def test_a_password_is_not_repeated() -> None:
    for password in ("Hunter2", "xcodexadmin-99X", "alllowercase"):
        found = list(_parts.database(DATABASE | {"database_password": password}))
        assert found and password not in found[0]


def test_logins_are_named_after_any_database_that_is_allowed() -> None:
    logins = [f"codex-db_backend_{letter}" for letter in "ab"]
    assert list(_parts.database({**DATABASE, "database_name": "codex-db", "database_backend_logins": logins})) == []


def test_migrations_are_read_before_the_first_request(tmp_path: Path) -> None:
    """A folder that only the run knows, as the role's own, is left to the module."""
    values = {**DATABASE, "database_migrations": str(tmp_path)}
    (tmp_path / "0001_a.sql").write_text("SELECT 1;\nCOPY t FROM stdin;\n", encoding="utf-8")
    (tmp_path / "0002_b.sql").write_text("SELECT 'a", encoding="utf-8")
    assert [one.split(": ")[:3] for one in _parts.database(values)] == [
        ["database_migrations", "0001_a.sql", "line 2"],
        ["database_migrations", "0002_b.sql", "line 1"],
    ]
    for name in ("0001_a.sql", "0002_b.sql"):
        (tmp_path / name).write_text("SELECT 1", encoding="utf-8")
    assert list(_parts.database({**values, "database_migrations_baseline": "0002_b"})) == []
    (unknown,) = _parts.database({**values, "database_migrations_baseline": "0003_c.sql"})
    assert "0001_a.sql, 0002_b.sql" in unknown
    (missing,) = _parts.database({**values, "database_migrations": str(tmp_path / "nothing")})
    assert "No such file or directory" in missing
    assert list(_parts.database({**DATABASE, "database_migrations": None})) == []


def test_secrets_of_the_stack_are_asked_for_where_there_are_build_arguments_only() -> None:
    asked: list[str] = []

    def secrets() -> list[str]:
        asked.append("secrets")
        return ["Quiet-5ecret"]

    assert list(_image_build.secret_arguments({"registry_build_arguments": {}}, secrets)) == [] == asked
    found = list(_image_build.secret_arguments({"registry_build_arguments": {"A": "1", "B": "Quiet-5ecret"}}, secrets))
    assert len(found) == 1 and found[0].startswith("registry_build_arguments: the value of B ")
