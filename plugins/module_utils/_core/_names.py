# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that Azure accepts, one rule per kind of resource. Pure; private to this collection.

Source: U(https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules) and the quota page of
Azure Container Instances. Each rule returns what is wrong with a name, or None.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _text

MOST_TAGS = 50


def resource_group(value: str) -> str | None:
    """Check a resource group's name."""
    if re.fullmatch(r"[\w().-]{1,90}", value) and not value.endswith("."):
        return None
    return (
        f"{value!r} is not valid: 1 to 90 letters, digits, underscores, hyphens, periods, parentheses; no final period"
    )


def registry(value: str) -> str | None:
    """Check a container registry's name."""
    if re.fullmatch(r"[A-Za-z0-9]{5,50}", value):
        return None
    return f"{value!r} is not valid: 5 to 50 letters and digits, nothing else"


def container(value: str) -> str | None:
    """Check the name of a container group or of a container."""
    if re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", value) and "--" not in value:
        return None
    return f"{value!r} is not valid: 1 to 63 lower-case letters, digits and single inner hyphens"


def dns_label(value: str) -> str | None:
    """Check a DNS name label of a container group."""
    if re.fullmatch(r"[a-z][a-z0-9-]{3,61}[a-z0-9]", value):
        return None
    return f"{value!r} is not valid: 5 to 63 lower-case letters, digits and hyphens, first a letter, last no hyphen"


def environment_variable(value: str) -> str | None:
    """Check the name of an environment variable."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
        return None
    return f"{value!r} is not valid: letters, digits and underscores, not starting with a digit"


def identity(value: str) -> str | None:
    """Check the name of a user-assigned identity."""
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{2,127}", value):
        return None
    return f"{value!r} is not valid: 3 to 128 letters, digits, underscores and hyphens, first a letter or digit"


def postgresql_server(value: str) -> str | None:
    """Check the name of a PostgreSQL server."""
    if re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", value):
        return None
    return f"{value!r} is not valid: 3 to 63 lower-case letters, digits and inner hyphens"


def postgresql_firewall_rule(value: str) -> str | None:
    """Check the name of a firewall rule of a PostgreSQL server."""
    if re.fullmatch(r"[A-Za-z0-9_-]{1,128}", value):
        return None
    return f"{value!r} is not valid: 1 to 128 letters, digits, underscores and hyphens"


def postgresql_database(value: str) -> str | None:
    """Check the name of a database: PostgreSQL itself cuts at 63 bytes."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]{0,62}", value):
        return None
    return f"{value!r} is not valid: 1 to 63 letters, digits, underscores and hyphens, first a letter or underscore"


def postgresql_backup(value: str) -> str | None:
    """Check the name of an on-demand backup, of which Azure says only how long it may be."""
    if re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,126}[A-Za-z0-9])?", value):
        return None
    return f"{value!r} is not valid: 1 to 128 letters, digits and inner hyphens"


def location(value: str) -> str | None:
    """Check the form of a region's name; whether it exists is Azure's to say."""
    if re.fullmatch(r"[A-Za-z0-9 ]{2,60}", value):
        return None
    return f"{value!r} is not valid: a region such as eastus or 'East US'"


def normalise_location(value: str) -> str:
    """Return C(East US) as C(eastus): Azure answers in either form."""
    return value.replace(" ", "").lower()


def traffic_profile(value: str) -> str | None:
    """Check the name of a Traffic Manager profile."""
    if re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,61}[A-Za-z0-9])?", value):
        return None
    return f"{value!r} is not valid: 1 to 63 letters, digits, inner hyphens and periods"


def traffic_label(value: str) -> str | None:
    """Check the name that a Traffic Manager profile gets below C(trafficmanager.net)."""
    label = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    if re.fullmatch(rf"{label}(?:\.{label})*", value):
        return None
    return f"{value!r} is not valid: 1 to 63 letters, digits and inner hyphens"


def url_path(value: str) -> str | None:
    """Check the path of a page that Azure asks for."""
    if re.fullmatch(r"/[!-~]*", value):
        return None
    return f"{value!r} is not a path: it begins with / and has no spaces"


def tags(value: t.Mapping[t.Any, object], *, where: str = "tags") -> list[str]:
    """Return what is wrong with a dictionary of tags (at most 50; names to 512, values to 256 characters).

    :param where: what the dictionary is called in messages.
    """
    problems = [f"{where}{wrong}" for wrong in _text.problems(value)]
    if len(value) > MOST_TAGS:
        problems.append(f"{where}: {len(value)} tags, at most {MOST_TAGS} are allowed")
    names = [name for name in value if isinstance(name, str)]
    for name in names:
        if not name or len(name) > 512 or re.search(r"[<>%&\\?/\x00-\x1f]", name):
            problems.append(f"{where}: the name {name!r} is not valid: 1 to 512 characters without < > % & \\ ? /")
        if len(str(value[name])) > 256:
            problems.append(f"{where}: the value of {name!r} is longer than 256 characters")
    folded = [name.lower() for name in names]
    for name in (name for name in names if folded.count(name.lower()) > 1):
        problems.append(f"{where}: {name!r} is there more than once, since Azure does not tell upper from lower case")
    return problems
