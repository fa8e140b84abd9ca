# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The other parts of a stack: what all stand on, registry, database, cache. Pure; private to this collection."""

from __future__ import annotations

import os.path
import pathlib
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _names
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _restore_part
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _image_build, _subject
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory._subject import Values
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import (
    _firewall_rule as _postgresql_firewall_rule,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _rules as _postgresql_rules
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _spec as _postgresql_spec
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _cache_spec as _redis_cache_spec
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _managed_spec
from ansible_collections.codexdominion.azure.plugins.module_utils._schema import (
    _history,
    _migration_files,
    _migration_plan,
)

_SERVER = {
    "name": "database_server_name",
    "resource_group": "database_resource_group",
    "location": "database_location",
    "version": "database_version",
    "sku": "database_sku",
    "storage_gb": "database_storage_gb",
    "backup_retention_days": "database_backup_retention_days",
    "high_availability": "database_high_availability",
    "maintenance_window": "database_maintenance_window",
    "administrator_login": "database_administrator",
    "administrator_password": "database_password",
    "timeout": "database_timeout",
}
_CACHE = {
    "name": "redis_name",
    "resource_group": "redis_resource_group",
    "location": "redis_location",
    "sku": "redis_sku",
    "capacity": "redis_capacity",
    "configuration": "redis_configuration",
    "firewall_rules": "redis_firewall_rules",
    "patch_schedule": "redis_patch_schedule",
    "timeout": "redis_timeout",
}
_MANAGED_CACHE = {
    "name": "redis_name",
    "sku": "redis_managed_sku",
    "high_availability": "redis_high_availability",
    "clustering_policy": "redis_clustering_policy",
    "eviction_policy": "redis_eviction_policy",
}


def stack(values: Values) -> t.Iterator[str]:
    """Yield what is wrong with the variables that every part of the stack stands on."""
    rules = {"stack_location": _names.location, "stack_resource_group": _names.resource_group}
    yield from _subject.named(values, rules)


def registry(values: Values) -> t.Iterator[str]:
    """Yield what is wrong with the variables of the registry."""
    rules = {
        "registry_name": _names.registry,
        "registry_resource_group": _names.resource_group,
        "registry_location": _names.location,
    }
    yield from _subject.named(values, rules)
    yield from _image_build.problems(values)


def database(values: Values) -> t.Iterator[str]:
    """Yield what is wrong with the variables of the database."""
    yield from _subject.of_module(_postgresql_spec.SPEC, _SERVER, values, **_absent("rg", values, _SERVER))
    rules = {
        "database_name": _names.postgresql_database,
        "database_migrations_table": _history.problem_with_table,
    }
    yield from _subject.named(values, rules)
    yield from _further_names(values.get("database_name"), values.get("database_further_names") or [])
    yield from _migrations(values.get("database_migrations"), values.get("database_migrations_baseline"))
    logins = values.get("database_backend_logins")
    if logins is not None:
        if len({str(one) for one in logins}) != 2:
            yield "database_backend_logins: there have to be two that differ, since one takes turns with the other"
        for login in logins:
            if wrong := _postgresql_rules.role(str(login)):
                yield f"database_backend_logins: {wrong}"
    yield from _firewall(values.get("database_firewall_rules") or [])


def database_backup(values: Values) -> t.Iterator[str]:
    """Yield what is wrong with the variables of backups and restores."""
    rules: dict[str, t.Callable[[str], str | None]] = {
        "database_backup_restore_exclude": _restore_part.problem_with_object,
        "database_backup_restore_schemas": _restore_part.problem_with_schema,
        "database_backup_restore_tables": _restore_part.problem_with_table,
    }
    for name, rule in rules.items():
        yield from (f"{name}: {wrong}" for one in values.get(name) or [] if (wrong := rule(str(one))))
    search_path = values.get("database_backup_restore_search_path")
    if search_path and (wrong := _restore_part.problem_with_search_path(str(search_path))):
        yield f"database_backup_restore_search_path: {wrong}"
    beside = values.get("database_backup_restore_database")
    if beside and (wrong := _names.postgresql_database(str(beside))):
        yield f"database_backup_restore_database: {wrong}"
    elif beside and beside == values.get("database_name"):
        yield f"database_backup_restore_database: {beside} is the stack's own; leave it out to replace that one"
    for name in ("database_backup_restore_schemas", "database_backup_restore_tables"):
        if values.get(name) and not beside:
            yield (
                f"{name}: a part of a dump would replace all of the database; name one of its own beside it in"
                " database_backup_restore_database"
            )


def redis(values: Values) -> t.Iterator[str]:
    """Yield what is wrong with the variables of the cache, of whichever service it may be."""
    service = values.get("redis_service")
    if service != "managed":
        yield from _subject.of_module(_redis_cache_spec.SPEC, _CACHE, values, **_absent("rg", values, _CACHE))
    if service != "classic":
        absent = _absent("rg", values, {**_MANAGED_CACHE, "resource_group": "redis_resource_group"})
        managed = _subject.of_module(_managed_spec.SPEC, _MANAGED_CACHE, values, **{"resource_group": "rg", **absent})
        # Both services know the name, and the classic one has said it already.
        yield from (one for one in managed if service == "managed" or not one.startswith("redis_name: "))


def _further_names(first: object, further: t.Sequence[object]) -> t.Iterator[str]:
    names = [str(one) for one in further]
    for name in names:
        if wrong := _names.postgresql_database(name):
            yield f"database_further_names: {wrong}"
    for name in sorted({one for one in names if [*names, str(first)].count(one) > 1}):
        yield f"database_further_names: {name} is named twice, with database_name"


def _migrations(directory: str | None, baseline: object) -> t.Iterator[str]:
    """Read the files, as the module will; a folder that is not known yet says nothing."""
    if baseline and (wrong := _migration_files.problem_with_name(str(baseline))):
        yield f"database_migrations_baseline: {wrong}"
    if directory == "" and baseline:
        yield "database_migrations_baseline: there are no migrations, for database_migrations is empty"
    if not directory:
        return
    try:
        files = _migration_files.read(str(pathlib.Path(os.path.expandvars(str(directory))).expanduser()))
    except OperationsError as error:
        yield from (f"database_migrations: {one}" for one in error.details.get("problems", [error.message]))
        return
    if baseline and not wrong:
        try:
            _migration_plan.baseline(files, str(baseline))
        except OperationsError as error:
            yield f"database_migrations_baseline: {error.message}"


def _absent(resource_group: str, values: Values, variables: t.Mapping[str, str]) -> dict[str, str]:
    """Return what a module requires and the variables do not say: what is missing is said elsewhere."""
    needed = {"resource_group": resource_group, "name": "codex"}
    return {option: value for option, value in needed.items() if not values.get(variables[option])}


def _firewall(rules: t.Sequence[t.Any]) -> t.Iterator[str]:
    names = [str(rule.get("name")) for rule in rules]
    for name in sorted({one for one in names if names.count(one) > 1}):
        yield f"database_firewall_rules: {name} is named twice"
    for number, rule in enumerate(rules, start=1):
        where = f"database_firewall_rules[{number}]"
        if rule.get("name") and (wrong := _names.postgresql_firewall_rule(str(rule["name"]))):
            yield f"{where}.name: {wrong}"
        for option in ("start_address", "end_address"):
            if rule.get(option) and (wrong := _postgresql_firewall_rule.problem_with_address(str(rule[option]))):
                yield f"{where}.{option}: {wrong}"
        params = {"azure_services": False, "start_address": None, "end_address": None, **rule, "allow_any": False}
        yield from (f"{where}.{wrong}" for wrong in _postgresql_firewall_rule.problems(params))
