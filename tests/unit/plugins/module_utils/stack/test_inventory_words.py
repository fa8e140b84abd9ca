"""The remedies of modules in the words of an inventory."""

from __future__ import annotations

import importlib
import re

import pytest
import yaml

from ansible_collections.codexdominion.azure.plugins.module_utils._core._remedies import REMEDIES
from ansible_collections.codexdominion.azure.plugins.module_utils._stack._inventory_words import (
    VARIABLES,
    inventory_words,
)
from tests.repository.test_completeness import ROOT, flat, load

SAID = [
    (
        "container_group",
        "Set allow_recreate to true to delete and create the group; its address may change.",
        "Set backend_allow_recreate to true to delete and create the group; its address may change.",
    ),
    ("codexdominion.azure.container_group", "Set location, such as eastus.", "Set backend_location, such as eastus."),
    (
        "container_group",
        "Run again to go on waiting, or raise timeout.",
        "Run again to go on waiting, or raise backend_timeout.",
    ),
    ("container_group", "choose another dns_name_label.", "choose another backend_dns_label."),
    ("resource_group", "Delete them, or set force to true.", "Delete them, or set stack_remove_everything to true."),
    ("redis_cache", "Correct sku or capacity.", "Correct redis_sku or redis_capacity."),
    ("managed_redis", "Correct sku or capacity.", "Correct redis_managed_sku or capacity."),
    (
        "container_registry",
        "Check tenant_id (AZURE_TENANT_ID) and cloud.",
        "Check tenant_id in azure (AZURE_TENANT_ID) and cloud in azure.",
    ),
    ("container_group", "It cannot move: use its present location or another name.", None),
    ("container_group", "Azure has no capacity for this size in this region: try later.", None),
    ("container_group", "Set backend_timeout.", None),
    ("a_module_of_somebody_else", "Set location.", None),
    ("container_group", "", None),
]


@pytest.mark.parametrize(("module", "remedy", "words"), SAID)
def test_options_become_variables(module: str, remedy: str, words: str | None) -> None:
    assert inventory_words(remedy, module) == (remedy if words is None else words)


@pytest.mark.parametrize("code", sorted(REMEDIES))
def test_what_names_a_variable_already_stays(code: str) -> None:
    """Azure's codes have remedies of their own, in which variables stand beside options."""
    for module in VARIABLES:
        words = inventory_words(REMEDIES[code], module)
        assert inventory_words(words, module) == words
        assert "in azure in azure" not in words


def handed_on() -> dict[tuple[str, str], str]:
    """Return what the roles give each option of each module, as text."""
    found: dict[tuple[str, str], str] = {}
    for path in ROOT.glob("roles/*/tasks/*.yml"):
        for task in flat(load(path)):
            for name, options in task.items():
                if name.startswith("codexdominion.azure.") and isinstance(options, dict):
                    for option, value in options.items():
                        key = (name.rpartition(".")[2], option)
                        found[key] = f"{found.get(key, '')} {yaml.safe_dump(value)} {task.get('vars', '')}"
    return found


NAMED = [(module, option, words.split()[-1]) for module, some in VARIABLES.items() for option, words in some.items()]
OPTIONS = {
    module: set(
        importlib.import_module(f"ansible_collections.codexdominion.azure.plugins.modules.{module}").SPEC.options
    )
    for module in VARIABLES
}


def test_every_variable_is_one() -> None:
    roles = [load(path)["argument_specs"] for path in ROOT.glob("roles/*/meta/argument_specs.yml")]
    variables = {name for role in roles for entry in role.values() for name in entry.get("options") or {}}
    assert {variable for _module, _option, variable in NAMED} <= variables


def test_every_option_is_one_of_a_module_that_has_it() -> None:
    """Modules share tables, so that one of them may lack an option."""
    named = {(option, variable) for _module, option, variable in NAMED}
    there = {(option, variable) for module, option, variable in NAMED if option in OPTIONS[module]}
    assert named == there


def test_what_a_remedy_may_name_is_what_the_roles_hand_on() -> None:
    given = handed_on()
    wrong = [
        (module, option, variable)
        for module, option, variable in NAMED
        if (module, option) in given
        and variable not in given[module, option]
        and not re.search(r"connection|__\w+|item", given[module, option])
    ]
    assert wrong == []
