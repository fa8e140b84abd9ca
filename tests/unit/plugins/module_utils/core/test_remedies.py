"""Remedies name what exists: inventory variables, playbooks, modules; and fit every service that uses their code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _remedies
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import BUSY

ROOT = Path(__file__).resolve().parents[5]
PREFIXES = ("stack", "registry", "backend", "database", "redis")


def _texts(node: ast.AST) -> Iterator[str]:
    """Yield the literal text of a node, also that of f-strings and of text in several pieces."""
    parts = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    yield " ".join(parts)


def remedies() -> Iterator[tuple[str, str]]:
    """Yield every remedy of the collection, with where it stands."""
    for path in sorted((ROOT / "plugins").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg in ("remedy", "way_out", "allow"):
                yield from ((f"{path.name}:{node.value.lineno}", text) for text in _texts(node.value))
            elif isinstance(node, ast.Assign) and "REMED" in ast.unparse(node.targets[0]).upper():
                yield from ((f"{path.name}:{node.lineno}", text) for text in _texts(node.value))
    yield from _remedies.REMEDIES.items()


def variables() -> set[str]:
    """Return the documented inputs of all roles."""
    found: set[str] = set()
    for path in (ROOT / "roles").glob("*/meta/argument_specs.yml"):
        specs: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]
        for spec in specs.values():
            found |= set(spec.get("options") or {})
    return found


ALL = sorted(set(remedies()))
ROLES = {path.name for path in (ROOT / "roles").iterdir()}
MODULES = {path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")}
PLAYBOOKS = {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
INPUTS = variables()


@pytest.mark.parametrize(("where", "text"), ALL, ids=[f"{number}-{where}" for number, (where, _text) in enumerate(ALL)])
def test_every_name_in_a_remedy_exists(where: str, text: str) -> None:
    named = set(re.findall(rf"\b(?:{'|'.join(PREFIXES)})_[a-z_]+\b", text))
    unknown = named - INPUTS - MODULES - ROLES - PLAYBOOKS
    assert unknown == set(), f"{where} names {unknown}: {text}"
    files = set(re.findall(r"\b([a-z_]+)\.yml\b", text)) - {"vault", "stack", "azure"}
    assert files <= PLAYBOOKS, f"{where} names {files - PLAYBOOKS}"


# What a module's option is called in an inventory.
SPOKEN = {
    "allow_recreate": "backend_allow_recreate",
    "dns_name_label": "backend_dns_label",
    "repository": "backend_image_repository",
    "resource_group": "stack_resource_group",
    "sku": "database_sku",
}


@pytest.mark.parametrize("code", sorted(_remedies.REMEDIES))
def test_a_remedy_that_names_an_option_names_the_variable(code: str) -> None:
    text = _remedies.REMEDIES[code]
    for option, variable in SPOKEN.items():
        if re.search(rf"\b{option}\b", text):
            assert variable in text, text
    for option in ("ca_path", "cloud"):
        if re.search(rf"\b{option}\b", text) and option != "cloud":
            assert f"{option} in azure" in text, text


# Codes that belong to one service alone; every other one is used by several, so its remedy must fit them all.
OWN = {
    "AADSTS": (),
    "SignIn": (),
    "Cache": ("cache", "redis"),
    "ContainerGroup": ("group", "backend"),
    "DnsNameLabel": ("group", "backend"),
    "InaccessibleImage": ("image", "group"),
    "InvalidContainerGroupUpdate": ("group", "backend"),
    "MANIFEST_UNKNOWN": ("image",),
    "NAME_UNKNOWN": ("image", "backend"),
    "TAG_UNKNOWN": ("image",),
    "UNAUTHORIZED": ("registry",),
    "RegistryErrorResponse": ("registry",),
    "Server": ("server", "database", "postgresql"),
}
_SERVICES = r"\b(?:container group|containers?|image|cache|redis|database|postgresql|registry|capacity|size)\b"


@pytest.mark.parametrize("code", sorted(_remedies.REMEDIES))
def test_a_code_of_every_service_gets_no_remedy_of_one(code: str) -> None:
    if any(code.startswith(prefix) for prefix in OWN):
        return
    found = re.findall(_SERVICES, _remedies.REMEDIES[code], re.IGNORECASE)
    assert found == [], f"{code} speaks of {found}: {_remedies.REMEDIES[code]}"


def test_every_code_that_asks_to_wait_says_so() -> None:
    for code in BUSY & set(_remedies.REMEDIES):
        assert "run again" in _remedies.REMEDIES[code]
